/**
 * Walking and rewriting plans and the expressions in their nodes. Everything here keeps identity: what does not change comes back as
 * the same object.
 */
import { type Expr, childrenOf, columnsOf, rewriteExpr } from '../../expr/expr.ts'
import { type AggregateCall, type LogicalPlan, type SortKey, inputsOf } from '../logical.ts'
import { withInputs } from './plan-build.ts'

/** Rewrites inputs first, then the node itself. */
export function rewriteUp(plan: LogicalPlan, change: (plan: LogicalPlan) => LogicalPlan): LogicalPlan {
  return change(withInputs(plan, (input) => rewriteUp(input, change)))
}

/** Every node, parents first. */
export function* walkPlan(plan: LogicalPlan): Generator<LogicalPlan> {
  yield plan
  for (const input of inputsOf(plan)) yield* walkPlan(input)
}

/** The expressions of the node itself, not of its inputs. */
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

/** The node with `change` applied to each of its own expressions (as a whole). */
export function mapExpressions(plan: LogicalPlan, change: (expr: Expr) => Expr): LogicalPlan {
  switch (plan.kind) {
    case 'scan': {
      const filter = plan.filter === null ? null : change(plan.filter)
      return filter === plan.filter ? plan : { ...plan, filter }
    }
    case 'values': {
      const rows = mapList(plan.rows, (row) => mapList(row, change))
      return rows === plan.rows ? plan : { ...plan, rows }
    }
    case 'filter': {
      const predicate = change(plan.predicate)
      return predicate === plan.predicate ? plan : { ...plan, predicate }
    }
    case 'project': {
      const expressions = mapList(plan.expressions, change)
      return expressions === plan.expressions ? plan : { ...plan, expressions }
    }
    case 'join': {
      const condition = plan.condition === null ? null : change(plan.condition)
      return condition === plan.condition ? plan : { ...plan, condition }
    }
    case 'aggregate': {
      const groups = mapList(plan.groups, change)
      const calls = mapList(plan.calls, (call) => mapCall(call, change))
      return groups === plan.groups && calls === plan.calls ? plan : { ...plan, groups, calls }
    }
    case 'window': {
      const partitionBy = mapList(plan.partitionBy, change)
      const orderBy = mapList(plan.orderBy, (key) => mapKey(key, change))
      const calls = mapList(plan.calls, (call) => mapCall(call, change))
      const same = partitionBy === plan.partitionBy && orderBy === plan.orderBy && calls === plan.calls
      return same ? plan : { ...plan, partitionBy, orderBy, calls }
    }
    case 'sort': {
      const keys = mapList(plan.keys, (key) => mapKey(key, change))
      return keys === plan.keys ? plan : { ...plan, keys }
    }
    case 'distinct': {
      const on = plan.on === null ? null : mapList(plan.on, change)
      return on === plan.on ? plan : { ...plan, on }
    }
    case 'unnest': {
      const lists = mapList(plan.lists, change)
      return lists === plan.lists ? plan : { ...plan, lists }
    }
    case 'limit':
    case 'set-operation':
    case 'with':
    case 'cte-reference':
      return plan
  }
}

function mapCall(call: AggregateCall, change: (expr: Expr) => Expr): AggregateCall {
  const args = mapList(call.args, change)
  const filter = call.filter === null ? null : change(call.filter)
  const orderBy = mapList(call.orderBy, (key) => mapKey(key, change))
  return args === call.args && filter === call.filter && orderBy === call.orderBy
    ? call
    : { ...call, args, filter, orderBy }
}

function mapKey(key: SortKey, change: (expr: Expr) => Expr): SortKey {
  const expr = change(key.expr)
  return expr === key.expr ? key : { ...key, expr }
}

/** `items` with each replaced; the same array when none changed. */
function mapList<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
  const next = items.map(change)
  return next.every((item, i) => item === items[i]) ? items : next
}

/** `expr` with columns replaced by expressions, by id. */
export function substitute(expr: Expr, replacements: ReadonlyMap<number, Expr>): Expr {
  if (replacements.size === 0) return expr
  return rewriteExpr(expr, (part) => (part.kind === 'column' ? (replacements.get(part.id) ?? part) : part))
}

/** Ids that the plan reads and does not make: the columns of plans around it. Subquery plans are looked into. */
export function freeColumns(plan: LogicalPlan, subqueries?: ReadonlyMap<number, LogicalPlan>): Set<number> {
  const free = new Set<number>()
  const made = new Set<number>()
  const visit = (node: LogicalPlan): void => {
    for (const { id } of node.columns) made.add(id)
    for (const expr of expressionsOf(node)) {
      for (const id of columnsOf(expr)) free.add(id)
      if (subqueries !== undefined) addSubqueryColumns(expr, subqueries, free)
    }
    inputsOf(node).forEach(visit)
  }
  visit(plan)
  for (const id of made) free.delete(id)
  return free
}

function addSubqueryColumns(expr: Expr, subqueries: ReadonlyMap<number, LogicalPlan>, free: Set<number>): void {
  const plan = expr.kind === 'subquery' ? subqueries.get(expr.plan) : undefined
  if (plan !== undefined) for (const id of freeColumns(plan, subqueries)) free.add(id)
  for (const child of childrenOf(expr)) addSubqueryColumns(child, subqueries, free)
}

/** By list of columns, which nodes that pass them on have in common. */
const columnIds = new WeakMap<LogicalPlan['columns'], ReadonlySet<number>>()

/** Ids of the columns of `plan`. */
export function idsOf({ columns }: LogicalPlan): ReadonlySet<number> {
  let ids = columnIds.get(columns)
  if (ids === undefined) {
    const made = new Set<number>()
    for (const { id } of columns) made.add(id)
    columnIds.set(columns, (ids = made))
  }
  return ids
}

/** Does `expr` read columns of `ids` only? */
export function readsOnly(expr: Expr, ids: ReadonlySet<number>): boolean {
  for (const id of columnsOf(expr)) if (!ids.has(id)) return false
  return true
}

/** Does `expr` read any column of `ids`? */
export function readsAny(expr: Expr, ids: ReadonlySet<number>): boolean {
  for (const id of columnsOf(expr)) if (ids.has(id)) return true
  return false
}
