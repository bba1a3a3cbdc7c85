/**
 * Removes nodes that change nothing.
 *
 *     Distinct a                        Sort a                   Aggregate by a: sum(b)
 *       Aggregate by a   ->  Aggregate    Sort b   ->   Sort a      Sort b                ->  Aggregate by a: sum(b)
 *
 * DISTINCT over rows that are distinct already; sorts whose order nobody sees (below another sort, a grouping, a join or a set operation);
 * DISTINCT on the right of semi and anti joins; DISTINCT within min and max; semi joins with a side whose keys are unique become inner ones,
 * which the join order can place.
 */
import { conjuncts } from '../../expr/expr.ts'
import type { AggregateNode, JoinNode, LogicalPlan } from '../logical.ts'
import { joined, keepColumns, withInputs } from './plan-build.ts'
import { equalityKeys, hasExactlyOneRow, isUniqueOn } from './plan-facts.ts'
import { idsOf, rewriteUp } from './plan-rewrite.ts'
import type { Rule } from './rule.ts'

export const removeRedundant: Rule = {
  name: 'remove-redundant',
  apply: (plan) => rewriteUp(plan, simplify),
}

function simplify(node: LogicalPlan): LogicalPlan {
  switch (node.kind) {
    case 'distinct':
      if (node.on === null && isUniqueOn(node.child, idsOf(node.child))) return node.child
      return node.on === null ? withInputs(node, dropOrder) : node
    case 'sort':
      if (hasExactlyOneRow(node.child) && node.offset === 0 && (node.limit === null || node.limit >= 1))
        return node.child
      if (node.keys.length === 0 && node.limit === null && node.offset === 0) return node.child
      return withInputs(node, dropOrder)
    case 'aggregate':
      return simplifyAggregate(node)
    case 'set-operation':
      return withInputs(node, dropOrder)
    case 'limit':
      return node.limit === null && node.offset === 0 ? node.child : node
    case 'join':
      return simplifyJoin(node)
    default:
      return node
  }
}

/** What `plan` gives, in any order. */
function dropOrder(plan: LogicalPlan): LogicalPlan {
  if (plan.kind === 'sort' && plan.limit === null && plan.offset === 0) return dropOrder(plan.child)
  return plan.kind === 'project' || plan.kind === 'filter' ? withInputs(plan, dropOrder) : plan
}

/** What repeats does not change these. */
const IGNORES_REPEATS: ReadonlySet<string> = new Set(['min', 'max', 'bool_and', 'bool_or', 'every'])
const DEPENDS_ON_ORDER: ReadonlySet<string> = new Set(['array_agg'])

function simplifyAggregate(node: AggregateNode): LogicalPlan {
  let changed = false
  const calls = node.calls.map((call) => {
    if (!call.distinct || !IGNORES_REPEATS.has(call.name)) return call
    changed = true
    return { ...call, distinct: false }
  })
  const next = changed ? { ...node, calls } : node
  return calls.some(({ name }) => DEPENDS_ON_ORDER.has(name)) ? next : withInputs(next, dropOrder)
}

function simplifyJoin(node: JoinNode): LogicalPlan {
  if (node.dependent) return node
  if (node.type !== 'semi' && node.type !== 'anti') return withInputs(node, dropOrder)
  const right = dropRepeats(dropOrder(node.right))
  const left = dropOrder(node.left)
  const on = node.condition === null ? [] : conjuncts(node.condition)
  if (node.type === 'semi' && isUniqueOn(right, equalityKeys({ ...node, right }))) {
    // At most one match a row: the semi join is an inner join whose right columns nobody reads.
    return keepColumns(joined({ type: 'inner', left, right, on }), node.columns)
  }
  return left === node.left && right === node.right ? node : joined({ ...node, left, right, on })
}

function dropRepeats(plan: LogicalPlan): LogicalPlan {
  return plan.kind === 'distinct' && plan.on === null ? dropRepeats(plan.child) : plan
}
