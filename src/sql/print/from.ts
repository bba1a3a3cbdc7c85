/** What stands in FROM. */
import type {
  Expression,
  Join,
  PivotColumn,
  PivotItem,
  PivotTable,
  Query,
  Sample,
  Select,
  SelectItem,
  TableFunction,
  TableName,
  TableReference,
  UnpivotTable,
} from '../ast.ts'
import { printAlias, printName, printNames, printQualifiedName } from './names.ts'

interface Printers {
  readonly expression: (ast: Expression) => string
  readonly operand: (ast: Expression) => string
  readonly query: (query: Query) => string
  readonly item: (item: SelectItem) => string
}

export function printReference(ast: TableReference, printers: Printers): string {
  switch (ast.kind) {
    case 'table-name':
      return printTableName(ast, printers)
    case 'derived-table':
      return `${ast.lateral ? 'LATERAL ' : ''}(${printers.query(ast.query)})${printAlias(ast.alias)}`
    case 'table-function':
      return printTableFunction(ast, printers)
    case 'join':
      return printJoin(ast, printers)
    case 'sampled':
      return `${printPrimary(ast.source, printers)} TABLESAMPLE ${printSample(ast.sample, printers)}${printAlias(ast.alias)}`
    case 'pivot':
      return printPivot(ast, printers)
    case 'unpivot':
      return printUnpivot(ast, printers)
  }
}

/** Joins in parentheses. */
function printPrimary(ast: TableReference, printers: Printers): string {
  const text = printReference(ast, printers)
  return ast.kind === 'join' ? `(${text})` : text
}

function printTableName({ name, alias, travel, hint }: TableName, { operand }: Printers): string {
  const shownHint = hint === null ? '' : ` /*+ ${hint} */`
  const version = travel === null ? '' : ` FOR ${travel.kind.toUpperCase()} AS OF ${operand(travel.value)}`
  return `${printQualifiedName(name)}${shownHint}${version}${printAlias(alias)}`
}

function printTableFunction({ lateral, call, beside, ordinality, alias }: TableFunction, printers: Printers): string {
  const calls = [call, ...(beside ?? [])].map(printers.expression)
  const text = beside === undefined ? calls[0]! : `ROWS FROM (${calls.join(', ')})`
  return `${lateral ? 'LATERAL ' : ''}${text}${ordinality ? ' WITH ORDINALITY' : ''}${printAlias(alias)}`
}

function printJoin(ast: Join, printers: Printers): string {
  const { type, asof, natural, on, using, usingAlias } = ast
  const left = printReference(ast.left, printers)
  const right = printPrimary(ast.right, printers)
  const words = `${natural ? 'NATURAL ' : ''}${asof ? 'ASOF ' : ''}${type === 'inner' ? '' : `${type.toUpperCase()} `}JOIN`
  if (on !== null) return `${left} ${words} ${right} ON ${printers.expression(on)}`
  if (using === null) return `${left} ${words} ${right}`
  return `${left} ${words} ${right} USING (${printNames(using)})${usingAlias === undefined ? '' : ` AS ${printName(usingAlias)}`}`
}

export function printSample({ method, size, unit, seed }: Sample, { operand, expression }: Printers): string {
  const words = unit === null ? '' : ` ${unit.toUpperCase()}`
  const repeatable = seed === null ? '' : ` REPEATABLE (${expression(seed)})`
  if (method !== null) return `${printName(method)} (${operand(size)}${words})${repeatable}`
  const bare = size.kind === 'number' || size.kind === 'parameter'
  return `${bare ? `${operand(size)}${words}` : `(${operand(size)}${words})`}${repeatable}`
}

function printPivot(ast: PivotTable, printers: Printers): string {
  const { aggregates, columns, groupBy, alias } = ast
  const items = aggregates.map((item) => printPivotItem(item, printers)).join(', ')
  const list = columns.map((column) => printPivotColumn(column, printers)).join(' ')
  const groups = groupBy === null ? '' : ` GROUP BY ${groupBy.map(printers.expression).join(', ')}`
  return `${printPrimary(ast.source, printers)} PIVOT (${items} FOR ${list}${groups})${printAlias(alias)}`
}

function printPivotItem({ expression, alias }: PivotItem, printers: Printers): string {
  return `${printers.expression(expression)}${alias === null ? '' : ` AS ${printName(alias)}`}`
}

function printPivotColumn({ expression, values, query }: PivotColumn, printers: Printers): string {
  const operand = printers.operand(expression)
  if (query !== null) return `${operand} IN (${printers.query(query)})`
  if (values === null) return operand
  return `${operand} IN (${values.map((value) => printPivotItem(value, printers)).join(', ')})`
}

function printUnpivot(ast: UnpivotTable, printers: Printers): string {
  const { includeNulls, values, name, alias } = ast
  const list = values.length === 1 ? printName(values[0]!) : `(${printNames(values)})`
  const inner = `${list} FOR ${printName(name)} IN (${printUnpivotColumns(ast, printers)})`
  return `${printPrimary(ast.source, printers)} UNPIVOT ${includeNulls ? 'INCLUDE NULLS ' : ''}(${inner})${printAlias(alias)}`
}

function printUnpivotColumns({ columns }: UnpivotTable, { item }: Printers): string {
  return columns
    .map(({ items, alias }) => {
      const list = items.map(item).join(', ')
      return `${items.length === 1 ? list : `ROW(${list})`}${alias === null ? '' : ` AS ${printName(alias)}`}`
    })
    .join(', ')
}

/** `PIVOT t ON ...`: the form for pivots that have no list of values or no aggregates; null for other queries. */
export function printPivotStatement(ast: Select, printers: Printers): string | null {
  const [pivot, ...rest] = ast.from
  if (pivot?.kind !== 'pivot' || rest.length > 0 || pivot.alias !== null || !isPlainStar(ast)) return null
  const { aggregates, columns, groupBy } = pivot
  const list = (items: readonly string[]): string => items.join(', ')
  const parts = [
    `PIVOT ${printReference(pivot.source, printers)}`,
    columns.length === 0 ? '' : `ON ${list(columns.map((column) => printPivotColumn(column, printers)))}`,
    aggregates.length === 0 ? '' : `USING ${list(aggregates.map((item) => printPivotItem(item, printers)))}`,
    groupBy === null ? '' : `GROUP BY ${list(groupBy.map(printers.expression))}`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function isPlainStar(ast: Select): boolean {
  const [item, ...rest] = ast.items
  const star = item?.kind === 'star' && rest.length === 0 ? item : null
  if (star === null || star.qualifier !== null || star.pattern !== undefined) return false
  if (star.exclude.length + star.replace.length + star.rename.length > 0) return false
  const { distinct, distinctOn, where, groupBy, having, qualify, windows, sample } = ast
  const clauses = [distinctOn, where, having, qualify, sample ?? null]
  return !distinct && groupBy.length === 0 && windows.length === 0 && clauses.every((clause) => clause === null)
}
