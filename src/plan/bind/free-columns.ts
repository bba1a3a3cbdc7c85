/** Which columns a plan reads that it does not make itself: those of the queries around it. */
import { type Expr, childrenOf } from '../../expr/expr.ts'
import { type AggregateCall, type LogicalPlan, type SortKey, inputsOf, mapInputs } from '../logical.ts'

type Subqueries = ReadonlyMap<number, LogicalPlan>

/** Ids of the columns that `plan` (with the subqueries in it) reads from outside. */
export function freeColumns(plan: LogicalPlan, subqueries: Subqueries): Set<number> {
  const made = new Set<number>()
  const read = new Set<number>()
  collect(plan, subqueries, made, read)
  for (const id of made) read.delete(id)
  return read
}

function collect(plan: LogicalPlan, subqueries: Subqueries, made: Set<number>, read: Set<number>): void {
  // A projection passes columns on under their own id: only what a leaf or an expression makes is made here.
  const passed = new Set(passedColumns(plan))
  for (const { id } of plan.columns) if (!passed.has(id)) made.add(id)
  for (const expr of expressionsOf(plan)) collectExpr(expr, subqueries, made, read)
  for (const input of inputsOf(plan)) collect(input, subqueries, made, read)
}

function collectExpr(expr: Expr, subqueries: Subqueries, made: Set<number>, read: Set<number>): void {
  if (expr.kind === 'column') read.add(expr.id)
  const plan = expr.kind === 'subquery' ? subqueries.get(expr.plan) : undefined
  if (plan !== undefined) collect(plan, subqueries, made, read)
  for (const child of childrenOf(expr)) collectExpr(child, subqueries, made, read)
}

/** Output columns that are expressions `column(id)` of the same id. */
function passedColumns(plan: LogicalPlan): readonly number[] {
  const exprs = plan.kind === 'project' ? plan.expressions : plan.kind === 'aggregate' ? plan.groups : []
  return exprs.flatMap((expr, i) => (expr.kind === 'column' && expr.id === plan.columns[i]!.id ? [expr.id] : []))
}

/** The expressions of a node itself. */
export function expressionsOf(plan: LogicalPlan): readonly Expr[] {
  switch (plan.kind) {
    case 'scan':
      return plan.filter === null ? [] : [plan.filter]
    case 'values':
      return plan.rows.flat()
    case 'filter':
      return [plan.predicate]
    case 'project':
      return plan.expressions
    case 'join':
      return plan.condition === null ? [] : [plan.condition]
    case 'aggregate':
      return [...plan.groups, ...plan.calls.flatMap(callExpressions)]
    case 'window':
      return [...plan.partitionBy, ...plan.orderBy.map(({ expr }) => expr), ...plan.calls.flatMap(callExpressions)]
    case 'sort':
      return plan.keys.map(({ expr }) => expr)
    case 'distinct':
      return plan.on ?? []
    case 'unnest':
      return plan.lists
    case 'limit':
    case 'set-operation':
    case 'with':
    case 'cte-reference':
      return []
  }
}

function callExpressions(call: AggregateCall): readonly Expr[] {
  return [...call.args, ...(call.filter === null ? [] : [call.filter]), ...call.orderBy.map(({ expr }) => expr)]
}

/** The plan with every expression in it rewritten (not those of its subqueries). */
export function mapExpressions(plan: LogicalPlan, change: (expr: Expr) => Expr): LogicalPlan {
  const inner = mapInputs(plan, (input) => mapExpressions(input, change))
  switch (inner.kind) {
    case 'scan':
      return inner.filter === null ? inner : { ...inner, filter: change(inner.filter) }
    case 'values':
      return { ...inner, rows: inner.rows.map((row) => row.map(change)) }
    case 'filter':
      return { ...inner, predicate: change(inner.predicate) }
    case 'project':
      return { ...inner, expressions: inner.expressions.map(change) }
    case 'join':
      return inner.condition === null ? inner : { ...inner, condition: change(inner.condition) }
    case 'aggregate':
      return {
        ...inner,
        groups: inner.groups.map(change),
        calls: inner.calls.map((call) => mapCall(call, change)),
      }
    case 'window':
      return {
        ...inner,
        partitionBy: inner.partitionBy.map(change),
        orderBy: mapSortKeys(inner.orderBy, change),
        calls: inner.calls.map((call) => mapCall(call, change)),
      }
    case 'sort':
      return { ...inner, keys: mapSortKeys(inner.keys, change) }
    case 'distinct':
      return inner.on === null ? inner : { ...inner, on: inner.on.map(change) }
    case 'unnest':
      return { ...inner, lists: inner.lists.map(change) }
    case 'limit':
    case 'set-operation':
    case 'with':
    case 'cte-reference':
      return inner
  }
}

export function mapCall(call: AggregateCall, change: (expr: Expr) => Expr): AggregateCall {
  return {
    ...call,
    args: call.args.map(change),
    filter: call.filter === null ? null : change(call.filter),
    orderBy: mapSortKeys(call.orderBy, change),
  }
}

export function mapSortKeys(keys: readonly SortKey[], change: (expr: Expr) => Expr): readonly SortKey[] {
  return keys.map((key) => ({ ...key, expr: change(key.expr) }))
}
