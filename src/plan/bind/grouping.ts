/**
 * GROUP BY: the aggregate node, and the clauses above it rewritten to read its output.
 *
 *     select a + 1, sum(b) from t group by a + 1        bound:     add(a, 1), #sum
 *                                                       rewritten: #group1,   #sum
 *
 * The clauses are bound over the input of the aggregate, as if there were none. Then every part that is written like a group
 * expression becomes that group's column; an input column that is left over is the error 42803. A group that is a plain column
 * keeps its id, unless grouping sets may turn it into NULL.
 */
import { SqlError } from '../../core/errors.ts'
import { type Expr, column, mapChildren } from '../../expr/expr.ts'
import type { LogicalPlan, PlanColumn } from '../logical.ts'
import type { Binder } from './binder.ts'
import { exprKey } from './expr-key.ts'
import { freeColumns, mapAllExpressions } from './free-columns.ts'
import type { GroupedColumns } from './group-items.ts'
import type { Scope } from './scope.ts'

/** Rewrites an expression bound over the aggregate's input to one over its output. */
export type Regroup = (expr: Expr) => Expr

/** Output columns for the group expressions. */
export function groupColumns(binder: Binder, scope: Scope, groups: GroupedColumns): readonly PlanColumn[] {
  const inputs = inputsOf(scope)
  return groups.expressions.map((expr, i) => {
    const name = groups.names[i]!
    const nullable = groups.sets !== null || expr.kind !== 'column' || binder.isNullableColumn(expr.id)
    // A column of a query around is not made anew: it would hide that it comes from outside.
    const isOwn = expr.kind === 'column' && inputs.has(expr.id)
    if (isOwn && groups.sets === null) return { id: expr.id, name, type: expr.type, nullable }
    return binder.newColumn(name, expr.type, nullable)
  })
}

function inputsOf(scope: Scope): ReadonlySet<number> {
  const inputs = new Set<number>()
  for (const { columns } of [scope, ...scope.relations]) for (const { id } of columns) inputs.add(id)
  return inputs
}

export function makeRegroup(
  binder: Binder,
  scope: Scope,
  groups: GroupedColumns,
  outputs: readonly PlanColumn[],
): Regroup {
  const inputs = inputsOf(scope)
  const byKey = new Map<string, PlanColumn>()
  const byColumn = new Map<number, PlanColumn>()
  groups.expressions.forEach((expr, i) => {
    byKey.set(exprKey(expr), outputs[i]!)
    if (expr.kind === 'column') byColumn.set(expr.id, outputs[i]!)
  })
  const regroup = (expr: Expr): Expr => {
    const group = expr.kind === 'literal' ? undefined : byKey.get(exprKey(expr))
    if (group !== undefined) return column(group.id, group.type)
    if (expr.kind === 'column' && inputs.has(expr.id)) throw notGrouped(binder, expr)
    if (expr.kind === 'subquery') regroupSubquery(binder, expr.plan, inputs, byColumn)
    return mapChildren(expr, regroup)
  }
  return (expr) => {
    if (expr.kind !== 'literal' || groups.sets === null) return regroup(expr)
    // A whole output column that is a constant is the group of that constant, NULL where its set leaves it out; within expressions
    // constants are themselves.
    const group = byKey.get(exprKey(expr))
    return group === undefined ? expr : column(group.id, group.type)
  }
}

function notGrouped(binder: Binder, expr: Expr): SqlError {
  const reference = binder.referenceOf(expr)
  const name = reference?.display ?? '?'
  return new SqlError(
    '42803',
    `column "${name}" must appear in the GROUP BY clause or be used in an aggregate function`,
    reference === undefined ? {} : { at: reference.at },
  )
}

/** A subquery may read grouped columns only; where they have new ids, its plan is rewritten in place. */
function regroupSubquery(
  binder: Binder,
  planId: number,
  inputs: ReadonlySet<number>,
  byColumn: ReadonlyMap<number, PlanColumn>,
): void {
  const plan = binder.subqueries.get(planId)!
  const free = [...freeColumns(plan, binder.subqueries)].filter((id) => inputs.has(id))
  const missing = free.find((id) => !byColumn.has(id))
  if (missing !== undefined) {
    const reference = binder.findReference(missing)
    throw new SqlError(
      '42803',
      `subquery uses ungrouped column "${reference?.display ?? '?'}" from outer query`,
      reference === undefined ? {} : { at: reference.at },
    )
  }
  if (free.every((id) => byColumn.get(id)!.id === id)) return
  renameInPlan(binder, planId, (id) => (inputs.has(id) ? (byColumn.get(id)?.id ?? id) : id))
}

function renameInPlan(binder: Binder, planId: number, rename: (id: number) => number): void {
  const change = (expr: Expr): Expr => {
    if (expr.kind === 'column') return column(rename(expr.id), expr.type)
    if (expr.kind === 'subquery') renameInPlan(binder, expr.plan, rename)
    return mapChildren(expr, change)
  }
  const plan: LogicalPlan = mapAllExpressions(binder.subqueries.get(planId)!, change)
  binder.subqueries.set(planId, plan)
}
