/**
 * Syntax trees as SQL that parses to the same tree: for views, and wherever a tree must be kept or shown as text.
 *
 * Operands that are more than a word or a call stand in parentheses, which leave no trace in the tree; queries stand in exactly those
 * that they had, for those do. expressions.ts prints expressions, from.ts what stands in FROM.
 */
import type {
  CommonTable,
  Expression,
  GroupItem,
  OrderItem,
  Query,
  QueryBody,
  Select,
  SelectItem,
  WithClause,
} from '../ast.ts'
import { printExpressionWith, printListWith, printOperandWith } from './expressions.ts'
import { printReference, printPivotStatement, printSample } from './from.ts'
import { printName, printNames, printQualifiedName } from './names.ts'
import { printStar } from './stars.ts'
import { printWindow } from './windows.ts'

export function printExpression(ast: Expression): string {
  return printExpressionWith(ast, printQuery)
}

function printOperand(ast: Expression): string {
  return printOperandWith(ast, printQuery)
}

/** A query without parentheses around it. */
export function printQuery(query: Query): string {
  const parts = [
    query.with === null ? '' : printWith(query.with),
    printBody(query.body),
    printOrder(query),
    query.offset === null ? '' : `OFFSET ${printOperand(query.offset)}`,
    printLimit(query),
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function printOrder({ orderBy, orderByAll }: Query): string {
  if (orderByAll !== null) {
    const nulls = orderByAll.nulls === null ? '' : ` NULLS ${orderByAll.nulls.toUpperCase()}`
    return `ORDER BY ALL${orderByAll.descending ? ' DESC' : ''}${nulls}`
  }
  return orderBy.length === 0 ? '' : `ORDER BY ${printOrderItems(orderBy)}`
}

export function printOrderItems(items: readonly OrderItem[]): string {
  return items
    .map(({ expression, descending, nulls }) => {
      return `${printOperand(expression)}${descending ? ' DESC' : ''}${nulls === null ? '' : ` NULLS ${nulls.toUpperCase()}`}`
    })
    .join(', ')
}

function printLimit({ limit, percent, withTies }: Query): string {
  if (limit === null) return ''
  const count = printOperand(limit)
  if (!withTies && percent !== 'ceiling') return `LIMIT ${count}${percent === undefined ? '' : ' PERCENT'}`
  const unit = percent === undefined ? '' : ' PERCENT'
  return `FETCH FIRST ${count}${unit} ROWS ${withTies ? 'WITH TIES' : 'ONLY'}`
}

function printWith({ recursive, ctes }: WithClause): string {
  return `WITH ${recursive ? 'RECURSIVE ' : ''}${ctes.map(printCommonTable).join(', ')}`
}

function printCommonTable({ name, columns, materialized, query, search, cycle }: CommonTable): string {
  const list = columns.length === 0 ? '' : ` (${printNames(columns)})`
  const hint = materialized === null ? '' : materialized ? ' MATERIALIZED' : ' NOT MATERIALIZED'
  let text = `${printName(name)}${list} AS${hint} (${printQuery(query)})`
  if (search !== undefined) {
    text += ` SEARCH ${search.order.toUpperCase()} FIRST BY ${printNames(search.by)} SET ${printName(search.column)}`
  }
  if (cycle === undefined) return text
  const { by, mark, values, path } = cycle
  const to = values === null ? '' : ` TO ${printOperand(values.to)} DEFAULT ${printOperand(values.default)}`
  return `${text} CYCLE ${printNames(by)} SET ${printName(mark)}${to} USING ${printName(path)}`
}

function printBody(body: QueryBody): string {
  switch (body.kind) {
    case 'select':
      return printSelect(body)
    case 'set-operation': {
      const words = `${body.operator.toUpperCase()}${body.all ? ' ALL' : ''}${body.byName ? ' BY NAME' : ''}`
      return `${printBody(body.left)} ${words} ${printBody(body.right)}`
    }
    case 'values':
      return `VALUES ${body.rows.map((row) => `(${printList(row)})`).join(', ')}`
    case 'table':
      return `TABLE ${printQualifiedName(body.name)}`
    case 'subquery':
      return `(${printQuery(body.query)})`
  }
}

function printSelect(ast: Select): string {
  const pivot = printPivotStatement(ast, PRINTERS)
  if (pivot !== null) return pivot
  const { distinctOn, from, where, groupBy, having, qualify, windows, sample } = ast
  const distinct = distinctOn === null ? (ast.distinct ? ' DISTINCT' : '') : ` DISTINCT ON (${printList(distinctOn)})`
  const items = ast.items.length === 0 ? '' : ` ${ast.items.map(printItem).join(', ')}`
  const parts = [
    `SELECT${distinct}${items}`,
    from.length === 0 ? '' : `FROM ${from.map((one) => printReference(one, PRINTERS)).join(', ')}`,
    where === null ? '' : `WHERE ${printExpression(where)}`,
    groupBy.length === 0 ? '' : printGroupBy(ast),
    having === null ? '' : `HAVING ${printExpression(having)}`,
    qualify === null ? '' : `QUALIFY ${printExpression(qualify)}`,
    windows.length === 0
      ? ''
      : `WINDOW ${windows.map((one) => `${printName(one.name)} AS ${printWindow(one.spec, printOperand)}`).join(', ')}`,
    sample === undefined ? '' : `USING SAMPLE ${printSample(sample, PRINTERS)}`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function printGroupBy({ groupBy, groupDistinct }: Select): string {
  if (groupBy === 'all') return 'GROUP BY ALL'
  return `GROUP BY ${groupDistinct === true ? 'DISTINCT ' : ''}${groupBy.map(printGroupItem).join(', ')}`
}

function printGroupItem(item: GroupItem): string {
  switch (item.kind) {
    case 'expression':
      return printOperand(item.expression)
    case 'rollup':
    case 'cube':
      return `${item.kind.toUpperCase()} (${printList(item.items)})`
    case 'grouping-sets':
      return `GROUPING SETS (${item.sets.map(printGroupItem).join(', ')})`
    case 'empty':
      return '()'
  }
}

export function printItem(item: SelectItem): string {
  if (item.kind === 'star') return printStar(item, printOperand)
  return `${printExpression(item.expression)}${item.alias === null ? '' : ` AS ${printName(item.alias)}`}`
}

function printList(list: readonly Expression[]): string {
  return printListWith(list, printQuery)
}

const PRINTERS = { expression: printExpression, operand: printOperand, query: printQuery, item: printItem }
