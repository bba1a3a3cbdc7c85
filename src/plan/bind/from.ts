/** FROM: tables, subqueries, functions and joins, to a plan and the names that the other clauses see. */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { BOOLEAN } from '../../core/types.ts'
import { type Expr, column, columnsOf, literal, walkExpr } from '../../expr/expr.ts'
import type {
  DerivedTable,
  Identifier,
  Join,
  PivotTable,
  SampledTable,
  TableAlias,
  TableName,
  TableReference,
  UnpivotTable,
} from '../../sql/ast.ts'
import { BIGINT } from '../../core/types.ts'
import { type TableChanges, changeFields } from '../../table/changes.ts'
import type { Table } from '../../table/table.ts'
import type { JoinNode, LogicalPlan } from '../logical.ts'
import { asofPlan } from './asof-join.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { bindCondition } from './conditions.ts'
import { renameColumns, settleTypes, toScopeColumn } from './bound-columns.ts'
import { bindCteReference } from './ctes.ts'
import { withDeclaredTypes } from './declared-types.ts'
import { freeColumns } from './free-columns.ts'
import { commonNames, mergeColumns } from './join-columns.ts'
import { joinByPosition } from './positional-join.ts'
import { PLACE_COLUMNS, sampleItem, samplesByPlace } from './sample.ts'
import {
  type CteScope,
  type FromItem,
  type Relation,
  type Scope,
  type ScopeColumn,
  NO_CLAUSE,
  findCte,
  inClause,
  makeScope,
} from './scope.ts'
import { columnsOfWork, finishChanges, insertedRows } from './finish-changes.ts'
import { showChanges } from './show-changes.ts'
import { bindTableFunction } from './table-functions.ts'

/** Where FROM stands: the query around it, and the items to the left that LATERAL may name. */
interface Place {
  readonly parent: Scope | null
  readonly ctes: CteScope | null
  readonly siblings: readonly FromItem[]
}

/** SELECT without FROM reads one row without columns. */
const NOTHING: FromItem = {
  plan: { kind: 'values', rows: [[]], columns: [] },
  relations: [],
  columns: [],
  lateral: false,
}

/** `first` stands before all of them: the table that a statement changes. */
export function bindFrom(
  binder: Binder,
  references: readonly TableReference[],
  parent: Scope | null,
  ctes: CteScope | null,
  first: FromItem | null = null,
): FromItem {
  let left = first
  for (const reference of references) {
    const siblings: readonly FromItem[] = left === null ? [] : [left]
    const right = bindReference(binder, reference, { parent, ctes, siblings })
    left = left === null ? right : combine(binder, left, right, 'inner', null, reference.at)
  }
  return left ?? NOTHING
}

function bindReference(binder: Binder, reference: TableReference, place: Place): FromItem {
  switch (reference.kind) {
    case 'table-name':
      return bindTableName(binder, reference, place)
    case 'derived-table':
      return bindDerivedTable(binder, reference, place)
    case 'table-function': {
      const changes = binder.tables.changes.get(reference)
      if (changes !== undefined) {
        const { call, alias, at } = reference
        return bindChanges(binder, changes, { name: call.name.parts.at(-1)!.name, path: [], alias, at })
      }
      const table = binder.tables.tables.get(reference)
      if (table !== undefined)
        return scanTable(binder, table, reference.call.name.parts.at(-1)!.name, [], reference.alias)
      return bindTableFunction(binder, reference, lateralScope(place))
    }
    case 'join':
      return bindJoin(binder, reference, place)
    case 'sampled':
      return bindSampled(binder, reference, place)
    case 'pivot':
    case 'unpivot':
      return bindPivoted(binder, reference, place)
  }
}

function bindSampled(binder: Binder, { source, sample, alias }: SampledTable, place: Place): FromItem {
  const item =
    source.kind === 'table-name' && samplesByPlace(sample)
      ? bindTableName(binder, source, place, PLACE_COLUMNS)
      : bindReference(binder, source, place)
  return aliased(sampleItem(binder, item, sample), alias)
}

function bindPivoted(binder: Binder, ast: PivotTable | UnpivotTable, place: Place): FromItem {
  const source = bindReference(binder, ast.source, place)
  const bound = binder.tables.bindPivoted!(binder, ast, source, place.parent, place.ctes)
  return { ...namedItem(settleTypes(binder, bound, ast.at), ast.alias, null), lateral: source.lateral }
}

/** The item under another name. */
function aliased(item: FromItem, alias: TableAlias | null): FromItem {
  if (alias === null) return item
  return { ...makeItem(item.plan, item.columns, alias, null, []), lateral: item.lateral }
}

/** `read`: hidden columns that are wanted though the query does not name them. */
function bindTableName(binder: Binder, ast: TableName, { ctes }: Place, read: readonly string[] = []): FromItem {
  const { parts } = ast.name
  const name = parts.at(-1)!
  const cte = parts.length === 1 && ast.travel === null ? findCte(ctes, name) : null
  if (cte !== null) {
    const bound = bindCteReference(binder, cte)
    return namedItem(bound, ast.alias, name.name)
  }
  const path = parts.slice(0, -1).map((part) => part.name)
  const changes = binder.tables.changes.get(ast)
  if (changes !== undefined) {
    if (read.length > 0) throw unsupported('a sample of changes by their places', { at: ast.at })
    return bindChanges(binder, changes, { name: name.name, path, alias: ast.alias, at: ast.at })
  }
  const table = binder.tables.tables.get(ast)
  if (table === undefined) throw new SqlError('42P01', `relation "${name.name}" does not exist`, { at: ast.name.at })
  const columnNames = read.length === 0 ? binder.tables.columnNames : new Set([...binder.tables.columnNames, ...read])
  return scanTable(binder, table, name.name, path, ast.alias, columnNames)
}

/** Scans a table under its name or alias, with the hidden columns that the query names somewhere. */
export function scanTable(
  binder: Binder,
  table: Table,
  name: string,
  path: readonly string[],
  alias: TableAlias | null,
  columnNames: ReadonlySet<string> = binder.tables.columnNames,
): FromItem {
  const hidden = table.hiddenColumns.filter((field) => columnNames.has(field.name.toLowerCase()))
  const fields = [...table.schema.fields, ...hidden]
  const columns = fields.map((field) => binder.newColumn(field.name, field.type, field.nullable))
  const scan: LogicalPlan = {
    kind: 'scan',
    table,
    alias: alias?.name.name ?? name,
    projection: fields.map((field) => ({
      name: field.name,
      type: field.type,
      ...(field.id === undefined ? {} : { fieldId: field.id }),
    })),
    filter: null,
    limit: null,
    columns,
  }
  const plan = withDeclaredTypes(binder, table, scan)
  const scopeColumns = plan.columns.map((column, i): ScopeColumn => ({
    ...toScopeColumn(column, true),
    hidden: i >= table.schema.fields.length,
  }))
  return makeItem(plan, scopeColumns, alias, name, path)
}

/** `table_changes(...)`: the rows of changes, and what is left to be done to them. */
function bindChanges(
  binder: Binder,
  changes: TableChanges,
  { name, path, alias, at }: { name: string; path: readonly string[]; alias: TableAlias | null; at: TextRange },
): FromItem {
  const read = new Set([...binder.tables.columnNames, ...columnsOfWork(changes)])
  const { plan, columns } = scanTable(binder, changes.rows, name, [], null, read)
  if (changes.inserted !== undefined) {
    const width = changes.rows.schema.fields.length
    const inserted = insertedRows(binder, changes.inserted, plan, width)
    const shown = inserted.columns.map((one, i): ScopeColumn => ({
      ...toScopeColumn(one, true),
      hidden: i >= width + changeFields(BIGINT).length,
    }))
    return makeItem(inserted, shown, alias, name, path)
  }
  const all = binder.locate(at, () => finishChanges(binder, changes, plan))
  const finished = changes.show === undefined ? all : showChanges(changes, all)
  const shown = columns.slice(0, finished.columns.length).map((from, i): ScopeColumn => ({
    ...toScopeColumn(finished.columns[i]!, true),
    hidden: from.hidden,
  }))
  return makeItem(finished, shown, alias, name, path)
}

function makeItem(
  plan: LogicalPlan,
  columns: readonly ScopeColumn[],
  alias: TableAlias | null,
  name: string | null,
  path: readonly string[],
): FromItem {
  const shown = alias?.name.name ?? name
  const renamed = alias === null ? columns : renameColumns(columns, alias.columns, alias.name.name, alias.at)
  const hidden = alias !== null && name !== null && name !== shown ? { hiddenName: name } : {}
  const relation: Relation = {
    name: shown,
    path: alias === null ? path : [],
    columns: renamed,
    ...hidden,
  }
  return { plan, relations: [relation], columns: renamed, lateral: false }
}

/** A bound query as an item of FROM. */
function namedItem(bound: BoundQuery, alias: TableAlias | null, name: string | null): FromItem {
  return makeItem(bound.plan, bound.columns, alias, name, [])
}

function bindDerivedTable(binder: Binder, ast: DerivedTable, place: Place): FromItem {
  const parent = ast.lateral ? lateralScope(place) : place.parent
  const bound = settleTypes(binder, binder.query(ast.query, parent, place.ctes), ast.at)
  return { ...namedItem(bound, ast.alias, null), lateral: ast.lateral }
}

/** A scope that sees the items to the left, within that of the query around. */
function lateralScope({ parent, ctes, siblings }: Place): Scope {
  const scope = makeScope(parent, ctes)
  scope.relations = siblings.flatMap(({ relations }) => relations)
  scope.columns = siblings.flatMap(({ columns }) => columns)
  scope.clause = { ...NO_CLAUSE, name: 'FROM clause of their own query level' }
  return scope
}

const JOIN_TYPES = {
  inner: 'inner',
  cross: 'inner',
  left: 'left',
  right: 'right',
  full: 'full',
  semi: 'semi',
  anti: 'anti',
} as const

function bindJoin(binder: Binder, ast: Join, place: Place): FromItem {
  const left = bindReference(binder, ast.left, place)
  const right = bindReference(binder, ast.right, { ...place, siblings: [...place.siblings, left] })
  if (ast.type === 'positional') return bindPositional(binder, left, right, ast.at)
  const type = JOIN_TYPES[ast.type]
  const how = ast.asof && type !== 'semi' && type !== 'anti' ? combineAsof : combine
  const names = ast.natural ? commonNames(left, right, ast.at) : (ast.using ?? [])
  if (names.length > 0) {
    const merged = mergeColumns(binder, left, right, type, names, ast.at, how, ast.asof)
    return ast.usingAlias === undefined ? merged : nameMerged(merged, ast.usingAlias, names.length)
  }
  if (ast.on === null) return how(binder, left, right, type, null, ast.at)
  checkNames(left, right, ast.at)
  const scope = makeScope(place.parent, place.ctes)
  scope.relations = [...left.relations, ...right.relations]
  scope.columns = [...left.columns, ...right.columns]
  const clause = { ...NO_CLAUSE, name: 'JOIN conditions' }
  const condition = inClause(scope, clause, () => bindCondition(binder, ast.on!, scope, 'JOIN/ON'))
  const outer =
    type === 'left' || type === 'right' ? joinBySubquery(binder, left, right, type, condition, ast.at) : null
  return outer ?? how(binder, left, right, type, condition, ast.at)
}

/**
 * An outer join whose condition has a subquery over both sides: the side that may be missing is read anew for each row of the other, as
 * `a LEFT JOIN LATERAL (SELECT * FROM b WHERE condition) ON true`. Null for other conditions.
 */
function joinBySubquery(
  binder: Binder,
  left: FromItem,
  right: FromItem,
  type: 'left' | 'right',
  condition: Expr,
  at: TextRange,
): FromItem | null {
  const ids = [left, right].map(({ plan }) => plan.columns.map(({ id }) => id)) as [number[], number[]]
  const readsBoth = walkExpr(condition).some((part) => {
    if (part.kind !== 'subquery') return false
    const read = new Set([...columnsOf(part), ...freeColumns(binder.subqueries.get(part.plan)!, binder.subqueries)])
    return ids.every((side) => side.some((id) => read.has(id)))
  })
  if (!readsBoth) return null
  const [kept, missing] = type === 'left' ? [left, right] : [right, left]
  const { plan } = missing
  const filtered: LogicalPlan = { kind: 'filter', child: plan, predicate: condition, columns: plan.columns }
  const joined = combine(
    binder,
    kept,
    { ...missing, plan: filtered, lateral: true },
    'left',
    literal(true, BOOLEAN),
    at,
  )
  if (type === 'left') return joined
  const [keptCount, relationCount] = [kept.columns.length, kept.relations.length]
  return {
    ...joined,
    columns: [...joined.columns.slice(keptCount), ...joined.columns.slice(0, keptCount)],
    relations: [...joined.relations.slice(relationCount), ...joined.relations.slice(0, relationCount)],
  }
}

function combineAsof(
  binder: Binder,
  left: FromItem,
  right: FromItem,
  type: JoinNode['type'],
  condition: Expr | null,
  at: TextRange,
): FromItem {
  checkNames(left, right, at)
  if (type === 'right' || type === 'full') throw unsupported(`ASOF ${type.toUpperCase()} JOIN`, { at })
  if (right.lateral && readsFrom(binder, right, left)) throw unsupported('a LATERAL reference in an ASOF JOIN', { at })
  if (condition === null) throw new SqlError('42601', 'an ASOF JOIN needs a condition', { at })
  const rightSide = nullableItem(binder, right)
  return {
    plan: asofPlan(binder, left, rightSide, condition, type === 'left', at),
    lateral: left.lateral || right.lateral,
    relations: [...left.relations, ...rightSide.relations],
    columns: [...left.columns, ...rightSide.columns],
  }
}

/** `USING (a) AS j`: the merged columns, which come first, under a name of their own. */
function nameMerged(item: FromItem, { name, at }: Identifier, count: number): FromItem {
  if (item.relations.some((other) => other.name === name)) {
    throw new SqlError('42712', `table name "${name}" specified more than once`, { at })
  }
  const relation: Relation = { name, path: [], columns: item.columns.slice(0, count) }
  return { ...item, relations: [...item.relations, relation] }
}

function bindPositional(binder: Binder, left: FromItem, right: FromItem, at: TextRange): FromItem {
  checkNames(left, right, at)
  if (right.lateral && readsFrom(binder, right, left)) {
    throw unsupported('a LATERAL reference in a POSITIONAL JOIN', { at })
  }
  return joinByPosition(binder, nullableItem(binder, left), nullableItem(binder, right))
}

function checkNames(left: FromItem, right: FromItem, at: TextRange): void {
  for (const { name, path } of right.relations) {
    if (name === null) continue
    const same = left.relations.some((other) => other.name === name && other.path.join('.') === path.join('.'))
    if (same) throw new SqlError('42712', `table name "${name}" specified more than once`, { at })
  }
}

/** The join of two items; `condition` is bound already. */
export function combine(
  binder: Binder,
  left: FromItem,
  right: FromItem,
  type: JoinNode['type'],
  condition: Expr | null,
  at: TextRange,
): FromItem {
  checkNames(left, right, at)
  const dependent = right.lateral && readsFrom(binder, right, left)
  if (dependent && (type === 'right' || type === 'full')) {
    throw new SqlError(
      '42P10',
      'invalid reference to FROM-clause entry: the combining JOIN type must be INNER or LEFT for a LATERAL reference',
      { at },
    )
  }
  const lateral = dependent ? unnestLeft(binder, left, right, type, condition) : null
  if (lateral !== null) return lateral
  const keepsRight = type !== 'semi' && type !== 'anti'
  const leftSide = type === 'right' || type === 'full' ? nullableItem(binder, left) : left
  const rightSide = type === 'left' || type === 'full' ? nullableItem(binder, right) : right
  const plan: JoinNode = {
    kind: 'join',
    type,
    left: left.plan,
    right: right.plan,
    condition: type !== 'full' && isTrue(condition) ? null : condition,
    dependent,
    columns: keepsRight ? [...leftSide.plan.columns, ...rightSide.plan.columns] : left.plan.columns,
  }
  if (!keepsRight) return { ...left, plan }
  return {
    plan,
    lateral: left.lateral || right.lateral,
    relations: [...leftSide.relations, ...rightSide.relations],
    columns: [...leftSide.columns, ...rightSide.columns],
  }
}

/** Whether the plan of `item` reads columns of `from`. */
function readsFrom(binder: Binder, item: FromItem, from: FromItem): boolean {
  const free = freeColumns(item.plan, binder.subqueries)
  return from.plan.columns.some(({ id }) => free.has(id))
}

/**
 * `t, unnest(t.list)`: an unnest over t instead of a join with one that depends on t. Null when the right side is more than that.
 */
function unnestLeft(
  binder: Binder,
  left: FromItem,
  right: FromItem,
  type: JoinNode['type'],
  condition: Expr | null,
): FromItem | null {
  const outer = type === 'left'
  if (type !== 'inner' && !outer) return null
  if (outer && !isTrue(condition)) return null
  const top = right.plan.kind === 'project' ? right.plan : null
  const unnest = top?.child ?? right.plan
  if (unnest.kind !== 'unnest' || unnest.child.kind !== 'values' || unnest.child.columns.length > 0) return null
  const rightSide = outer ? nullableItem(binder, right) : right
  let plan: LogicalPlan = {
    ...unnest,
    child: left.plan,
    outer,
    columns: [...left.plan.columns, ...unnest.columns],
  }
  if (top !== null) {
    plan = {
      kind: 'project',
      child: plan,
      expressions: [...left.plan.columns.map(({ id, type: of }) => column(id, of)), ...top.expressions],
      columns: [...left.plan.columns, ...rightSide.plan.columns],
    }
  }
  if (!outer && condition !== null) plan = { kind: 'filter', child: plan, predicate: condition, columns: plan.columns }
  return {
    plan,
    lateral: true,
    relations: [...left.relations, ...rightSide.relations],
    columns: [...left.columns, ...rightSide.columns],
  }
}

function isTrue(condition: Expr | null): boolean {
  return condition?.kind === 'literal' && condition.value === true
}

/** The item as the outer join above sees it: every column may be NULL. Its plan stays; only the columns' flags change. */
function nullableItem(binder: Binder, item: FromItem): FromItem {
  const widen = <T extends { readonly nullable: boolean }>(columns: readonly T[]): readonly T[] =>
    columns.map((column) => (column.nullable ? column : { ...column, nullable: true }))
  const columns = widen(item.plan.columns)
  binder.setNullable(columns)
  return {
    plan: { ...item.plan, columns },
    lateral: item.lateral,
    relations: item.relations.map((relation) => ({
      ...relation,
      isFilled: true,
      columns: widen(relation.columns),
    })),
    columns: widen(item.columns),
  }
}
