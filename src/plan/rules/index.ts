/**
 * Rewrites a bound query into a plan that is cheaper to run and has no subqueries left.
 *
 * The order of RULES matters:
 *   1. Constants and booleans first: they uncover conjuncts, and EXISTS as a conjunct is a cheaper join than EXISTS as a value.
 *   2. Subqueries become dependent joins, so that all uses of a common table expression stand in one plan; filters are pushed past them before `decorrelate`, which may compute the outer side twice.
 *   3. What decorrelation leaves is cleaned up: its outer joins become inner ones where the filters above allow, or the join order
 *      could not touch them.
 *   4. Filters go down once more, with what equalities imply, before `order-joins`, whose estimates need them in place.
 *      So are the rules before it that look for equal plans: ordered joins may be equal and look different.
 *   5. Limits and columns last: the other rules may still add uses.
 *
 * A rule costs every query its walk: it should see quickly that it has nothing to do.
 */
import type { SessionValues } from '../../expr/functions/function.ts'
import type { Table, TableStatistics } from '../../table/table.ts'
import type { LogicalPlan, LogicalQuery } from '../logical.ts'
import { aggregatesToWindows } from './aggregates-to-windows.ts'
import { answerFromMetadata, questionsForMetadata } from './answer-from-metadata.ts'
import { decorrelate } from './decorrelate.ts'
import { deriveFilters } from './derive-filters.ts'
import { distinctToGroups } from './distinct-to-groups.ts'
import { expandGroupingSets } from './expand-grouping-sets.ts'
import { filterCtes } from './filter-ctes.ts'
import { foldExpressions } from './fold-constants.ts'
import { inlineCheapCtes } from './inline-ctes.ts'
import { orderJoins } from './order-joins.ts'
import { outerToInner } from './outer-to-inner.ts'
import { pruneColumns } from './prune-columns.ts'
import { pruneFields } from './prune-fields.ts'
import { pushFilters } from './push-filters.ts'
import { pushLimits } from './push-limits.ts'
import { removeRedundant } from './remove-redundant.ts'
import type { Rule } from './rule.ts'
import { makeRuleContext } from './rule-context.ts'
import { shareEqualPlans } from './share-equal-plans.ts'
import { simplifyBooleans } from './simplify-booleans.ts'
import { unnestSubqueries } from './unnest-subqueries.ts'
import { unwrapCasts } from './unwrap-casts.ts'
import { verifyPlan } from './verify-plan.ts'

const RULES: readonly Rule[] = [
  foldExpressions,
  simplifyBooleans,
  unnestSubqueries,
  inlineCheapCtes,
  pushFilters,
  decorrelate,
  expandGroupingSets,
  distinctToGroups,
  foldExpressions,
  simplifyBooleans,
  unwrapCasts,
  pushFilters,
  outerToInner,
  removeRedundant,
  pushFilters,
  filterCtes,
  deriveFilters,
  pushFilters,
  aggregatesToWindows,
  shareEqualPlans,
  orderJoins,
  pushFilters,
  pushLimits,
  pruneColumns,
  pruneFields,
  answerFromMetadata,
]

export interface OptimizeOptions {
  readonly disabledRules: ReadonlySet<string>
  readonly session: SessionValues
  /** Undefined: unknown. */
  readonly statistics: (table: Table) => TableStatistics | undefined
  /** Checks the plan after every rule; for tests. */
  readonly verify?: boolean
  /** Told of every rule that changed the plan. */
  readonly trace?: (rule: string, plan: LogicalPlan) => void
}

/** The plan to run: the query's columns (ids, types), no SubqueryExpr, no dependent join. */
export function optimize(query: LogicalQuery, options: OptimizeOptions): LogicalPlan {
  const { disabledRules, verify = false, trace } = options
  const context = makeRuleContext(query, options)
  let plan = query.plan
  for (const rule of RULES) {
    if (rule.required !== true && disabledRules.has(rule.name)) continue
    const next = rule.apply(plan, context)
    if (next === plan) continue
    plan = next
    if (verify) verifyPlan(plan, query.plan.columns, rule.name)
    trace?.(rule.name, plan)
  }
  return plan
}

/** What an optimized plan asks that exact statistics would answer: of columns, by table. */
export function questionsOf(
  plan: LogicalPlan,
  { disabledRules }: OptimizeOptions,
): ReturnType<typeof questionsForMetadata> {
  return disabledRules.has(answerFromMetadata.name) ? new Map() : questionsForMetadata(plan)
}

/** An optimized plan with the answers of exact statistics that were not at hand when it was optimized. */
export function answerExactly(plan: LogicalPlan, query: LogicalQuery, options: OptimizeOptions): LogicalPlan {
  const answered = answerFromMetadata.apply(plan, makeRuleContext(query, options))
  if (answered !== plan) options.trace?.(answerFromMetadata.name, answered)
  return answered
}

/** Names that `SET disabled_rules` takes. */
export function ruleNames(): readonly string[] {
  return [...new Set(RULES.filter(({ required }) => required !== true).map(({ name }) => name))]
}
