/**
 * Finds the distinct values of a whole table as the groups that they are.
 *
 *     Aggregate: count(distinct k), sum(distinct k)        Aggregate: count(k), sum(k)
 *       Scan t                                        ->     Aggregate by k
 *                                                              Scan t
 *
 * Groups are found by all threads, directly by their values where these are few, and go to files where they are many. Only where all calls are of the same
 * distinct value, and there are no other groups.
 */
import { column } from '../../expr/expr.ts'
import { exprKey } from '../bind/expr-key.ts'
import type { AggregateCall, AggregateNode, LogicalPlan } from '../logical.ts'
import { isVolatile } from './expr-facts.ts'
import { planColumn } from './plan-build.ts'
import { rewriteUp } from './plan-rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'

/** Functions that do not care for the order of their values. */
const UNORDERED: ReadonlySet<string> = new Set(['count', 'sum', 'avg', 'min', 'max'])

export const distinctToGroups: Rule = {
  name: 'distinct-to-groups',
  apply: (plan, context) => rewriteUp(plan, (node) => (node.kind === 'aggregate' ? rewrite(node, context) : node)),
}

function rewrite(node: AggregateNode, context: RuleContext): LogicalPlan {
  const { groups, groupingSets, calls, child } = node
  const [first] = calls
  if (first === undefined || groups.length > 0 || groupingSets !== null || !calls.every(isPlain)) return node
  const value = first.args[0]!
  const key = exprKey(value)
  if (isVolatile(value) || !calls.every(({ args }) => exprKey(args[0]!) === key)) return node
  const distinct = planColumn(context.newId(), 'distinct', value.type)
  const below: AggregateNode = {
    kind: 'aggregate',
    columns: [distinct],
    child,
    groups: [value],
    calls: [],
    groupingSets,
  }
  const args = [column(distinct.id, distinct.type)]
  return { ...node, child: below, calls: calls.map((one) => ({ ...one, args, distinct: false })) }
}

function isPlain({ name, args, distinct, filter, orderBy }: AggregateCall): boolean {
  return distinct && UNORDERED.has(name) && args.length === 1 && filter === null && orderBy.length === 0
}
