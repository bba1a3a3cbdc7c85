/** The expressions in the nodes of a plan: every kind of node names its own here, once. What does not change comes back as the same object. */
import type { Expr } from '../expr/expr.ts'
import type { AggregateCall, LogicalPlan, SortKey } from './logical.ts'

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
      const orderBy = mapSortKeys(plan.orderBy, change)
      const calls = mapList(plan.calls, (call) => mapCall(call, change))
      const same = partitionBy === plan.partitionBy && orderBy === plan.orderBy && calls === plan.calls
      return same ? plan : { ...plan, partitionBy, orderBy, calls }
    }
    case 'sort': {
      const keys = mapSortKeys(plan.keys, change)
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

/** The call with `change` applied to its arguments, filter and order. */
export function mapCall(call: AggregateCall, change: (expr: Expr) => Expr): AggregateCall {
  const args = mapList(call.args, change)
  const filter = call.filter === null ? null : change(call.filter)
  const orderBy = mapSortKeys(call.orderBy, change)
  return args === call.args && filter === call.filter && orderBy === call.orderBy
    ? call
    : { ...call, args, filter, orderBy }
}

/** The keys with `change` applied to each. */
export function mapSortKeys(keys: readonly SortKey[], change: (expr: Expr) => Expr): readonly SortKey[] {
  return mapList(keys, (key) => mapKey(key, change))
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
