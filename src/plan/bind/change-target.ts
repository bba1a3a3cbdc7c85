/**
 * What DELETE, UPDATE and MERGE have in common: their table with the hidden columns that say where a row lies, RETURNING, and the query that
 * computes what is to be done.
 *
 *   _file, _pos | action (MERGE) | the row's new values, in the table's order | what they must satisfy | RETURNING
 */
import { unsupported } from '../../core/errors.ts'
import { BOOLEAN, type Field } from '../../core/types.ts'
import { type Expr, column } from '../../expr/expr.ts'
import type { ChangeTarget, Returning } from '../../sql/ast.ts'
import type { Table } from '../../table/table.ts'
import type { LogicalPlan, LogicalQuery, PlanColumn } from '../logical.ts'
import { finishQuery } from './bind.ts'
import type { Binder } from './binder.ts'
import { toScopeColumn } from './bound-columns.ts'
import { bindCondition } from './conditions.ts'
import { keptValue } from './declared-types.ts'
import { scanTable } from './from.ts'
import { isNullable } from './nullability.ts'
import {
  type CteScope,
  type FromItem,
  NO_CLAUSE,
  type Relation,
  type ScopeColumn,
  inClause,
  makeScope,
} from './scope.ts'
import { expandItems } from './select-items.ts'
import { settle } from './typing.ts'

export type RowAction = 'delete' | 'update' | 'insert'

/** A query whose rows say what is to be done to which row of a table. */
export interface ChangeQuery {
  readonly query: LogicalQuery
  /** What happens to each row; with several, the column at `ACTION_AT` is an index into them. */
  readonly actions: readonly RowAction[]
  readonly hasActionColumn: boolean
  /** Where the columns of the new rows begin; null where rows only go. */
  readonly valuesAt: number | null
  /** Conditions on the new rows, from `checksAt` on: NULL passes unless they must be true. */
  readonly checks: readonly RowCheck[]
  readonly checksAt: number
  readonly returningAt: number
  /** Null: without RETURNING. */
  readonly returning: readonly Field[] | null
}

export const FILE_AT = 0
export const POSITION_AT = 1
export const ACTION_AT = 2

export interface TargetItem {
  readonly table: Table
  readonly item: FromItem
  readonly relation: Relation
  /** Hidden columns. */
  readonly file: PlanColumn
  readonly position: PlanColumn
  /** The table's columns, in its order. */
  readonly columns: readonly ScopeColumn[]
}

const PLACE = ['_file', '_pos'] as const

/** The scan of the table that is changed. */
export function scanTarget(binder: Binder, table: Table, { name, alias }: ChangeTarget): TargetItem {
  const own = name.parts.at(-1)!
  const path = name.parts.slice(0, -1).map((part) => part.name)
  const names = new Set([...binder.tables.columnNames, ...PLACE])
  const shown = alias === null ? null : { name: alias, columns: [], at: alias.at }
  const item = scanTable(binder, table, own.name, path, shown, names)
  const [file, position] = PLACE.map((hidden) => {
    const found = item.columns.find((one) => one.hidden && one.name === hidden)
    return item.plan.columns.find(({ id }) => id === found?.id)
  })
  if (file === undefined || position === undefined) {
    throw unsupported(`changing rows of a table that has a column called "${PLACE.join('" or "')}"`, { at: name.at })
  }
  const columns = item.columns.filter(({ hidden }) => !hidden)
  return { table, item, relation: item.relations[0]!, file, position, columns }
}

/** The relation with other columns in place of the table's. */
export function withColumns(relation: Relation, columns: readonly ScopeColumn[]): Relation {
  return { ...relation, columns: [...columns, ...relation.columns.filter(({ hidden }) => hidden)] }
}

/** PostgreSQL's names for the row before and after, where nothing else has them; not part of `*`. */
export function oldAndNew(
  relations: readonly Relation[],
  rows: Readonly<Record<string, readonly ScopeColumn[]>>,
): readonly Relation[] {
  return Object.entries(rows)
    .filter(([name]) => relations.every((relation) => relation.name !== name))
    .map(([name, columns]) => ({ name, path: [], columns }))
}

/** A condition on rows that are written, and the error for one that does not meet it. */
export interface RowCheck {
  readonly expr: Expr
  readonly mustBeTrue: boolean
  readonly sqlstate: string
  readonly message: string
}

/** The CHECK constraints of a table, over the columns of new rows. */
export function tableChecks(binder: Binder, { name, rules }: Table, columns: readonly ScopeColumn[]): RowCheck[] {
  const { parseExpression } = binder.context
  return (rules?.checks ?? []).map((check) => {
    if (parseExpression === undefined) throw unsupported(`constraint "${check.name}" of table "${name}"`)
    const scope = makeScope(null, null, { relations: [{ name, path: [], columns }], columns })
    const clause = { ...NO_CLAUSE, name: 'check constraints' }
    const expr = inClause(scope, clause, () => bindCondition(binder, parseExpression(check.expression), scope, 'CHECK'))
    const message = `new row for relation "${name}" violates check constraint "${check.name}"`
    return { expr, mustBeTrue: false, sqlstate: '23514', message }
  })
}

export interface ReturningPlace {
  readonly ctes: CteScope | null
  readonly relations: readonly Relation[]
  /** What `*` and plain names mean. */
  readonly columns: readonly ScopeColumn[]
}

export interface ChangeEnd {
  readonly checks: readonly RowCheck[]
  readonly returning: Returning | null
  readonly place: ReturningPlace
  /** Puts the common tables under the plan. */
  readonly wrap: (plan: LogicalPlan) => LogicalPlan
}

/** The query: `lead`, the checks, and then what RETURNING asks for. */
export function finishChange(
  binder: Binder,
  child: LogicalPlan,
  lead: readonly PlanColumn[],
  { checks, returning, place, wrap }: ChangeEnd,
): Pick<ChangeQuery, 'query' | 'checks' | 'checksAt' | 'returningAt' | 'returning'> {
  const columns: PlanColumn[] = []
  const expressions: Expr[] = []
  for (const from of lead) {
    const value = column(from.id, from.type)
    const kept = keptValue(value)
    expressions.push(kept)
    columns.push(kept === value ? from : binder.newColumn(from.name, kept.type, from.nullable))
  }
  for (const { expr } of checks) {
    expressions.push(expr)
    columns.push(binder.newColumn('check', BOOLEAN, true))
  }
  const returningAt = columns.length
  const fields = returning === null ? null : bindReturning(binder, returning, place)
  for (const { name, expr } of fields ?? []) {
    expressions.push(expr)
    columns.push(binder.newColumn(name, expr.type, isNullable(binder, expr)))
  }
  const isPlain = columns.length === child.columns.length && columns.every(({ id }, i) => id === child.columns[i]!.id)
  const plan = wrap(isPlain ? child : { kind: 'project', child, expressions, columns })
  const query = finishQuery(binder, { plan, columns: columns.map((made) => toScopeColumn(made, false)) })
  return {
    query,
    checks,
    checksAt: lead.length,
    returningAt,
    returning: fields?.map((_, i) => query.output[returningAt + i]!) ?? null,
  }
}

function bindReturning(
  binder: Binder,
  returning: Returning,
  { ctes, relations, columns }: ReturningPlace,
): readonly { readonly name: string; readonly expr: Expr }[] {
  const scope = makeScope(null, ctes, { relations, columns })
  return inClause(scope, { ...NO_CLAUSE, name: 'RETURNING' }, () =>
    expandItems(binder, returning, scope).map((item) => ({ name: item.name, expr: settle(item.bind()) })),
  )
}

/** A node that adds columns to all of its child's. */
export function addColumns(
  child: LogicalPlan,
  added: readonly { readonly column: PlanColumn; readonly expr: Expr }[],
): LogicalPlan {
  return {
    kind: 'project',
    child,
    expressions: [...child.columns.map(({ id, type }) => column(id, type)), ...added.map(({ expr }) => expr)],
    columns: [...child.columns, ...added.map((one) => one.column)],
  }
}

export function addFilter(child: LogicalPlan, predicate: Expr | null): LogicalPlan {
  return predicate === null ? child : { kind: 'filter', child, predicate, columns: child.columns }
}
