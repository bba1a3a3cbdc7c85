/**
 * Evaluates what has no columns, and drops filters that let everything or nothing through.
 *
 *     Filter d <= DATE '1998-12-01' - INTERVAL '90 days' AND true
 *     ->
 *     Filter d <= DATE '1998-09-02'
 */
import { foldConstants } from '../../expr/fold.ts'
import { conjuncts } from '../../expr/expr.ts'
import type { JoinNode, LogicalPlan } from '../logical.ts'
import { mapExpressions } from '../node-expressions.ts'
import { filtered, joined, keepColumns, noRows } from './plan-build.ts'
import { rewriteUp } from './plan-rewrite.ts'
import type { Rule } from './rule.ts'

export const foldExpressions: Rule = {
  name: 'fold-constants',
  apply: (plan, { session }) =>
    rewriteUp(plan, (node) => simplify(mapExpressions(node, (expr) => foldConstants(expr, session)))),
}

function simplify(node: LogicalPlan): LogicalPlan {
  switch (node.kind) {
    case 'filter': {
      const { predicate, child } = node
      if (isEmpty(child)) return noRows(node.columns)
      if (predicate.kind !== 'literal') return node
      return predicate.value === true ? child : noRows(node.columns)
    }
    case 'scan': {
      if (node.filter?.kind !== 'literal') return node
      return node.filter.value === true ? { ...node, filter: null } : noRows(node.columns)
    }
    case 'join':
      return simplifyJoin(node)
    case 'limit':
      return node.limit === 0 || isEmpty(node.child) ? noRows(node.columns) : node
    case 'sort':
      return node.limit === 0 || isEmpty(node.child) ? noRows(node.columns) : node
    case 'project':
    case 'distinct':
    case 'window':
      return isEmpty(node.child) ? noRows(node.columns) : node
    default:
      return node
  }
}

function isEmpty(plan: LogicalPlan): boolean {
  return plan.kind === 'values' && plan.rows.length === 0
}

function simplifyJoin(node: JoinNode): LogicalPlan {
  const { type, left, right, condition, columns } = node
  if (isEmpty(left) && type !== 'right' && type !== 'full') return noRows(columns)
  if (isEmpty(right)) {
    if (type === 'inner' || type === 'semi' || type === 'right') return noRows(columns)
    if (type === 'anti') return left
  }
  if (condition === null || condition.kind !== 'literal') return node
  if (condition.value === true && type !== 'mark') return joined({ ...node, on: [] })
  if (condition.value === true) return node
  if (type === 'inner' || type === 'semi') return noRows(columns)
  return type === 'anti' ? keepColumns(filtered(left, conjuncts({ ...condition, value: true })), columns) : node
}
