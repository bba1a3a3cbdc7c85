/** What rules may ask while they rewrite one query: fresh numbers, statistics, the plans of its subqueries. */
import type { LogicalPlan, LogicalQuery } from '../logical.ts'
import { walkPlan } from './plan-rewrite.ts'
import type { RuleContext } from './rule.ts'

export function makeRuleContext(
  query: LogicalQuery,
  { session, statistics }: Pick<RuleContext, 'session' | 'statistics'>,
): RuleContext {
  let nextId = query.nextColumnId
  let nextCteId = 1 + Math.max(0, ...[query.plan, ...query.subqueries.values()].map(highestCteId))
  return {
    subqueries: query.subqueries,
    session,
    statistics,
    newId: () => nextId++,
    newCteId: () => nextCteId++,
  }
}

function highestCteId(plan: LogicalPlan): number {
  let highest = 0
  for (const node of walkPlan(plan)) if (node.kind === 'with') highest = Math.max(highest, node.cteId)
  return highest
}
