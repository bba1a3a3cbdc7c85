/**
 * Computes once what a query asks for in several places, as if it had named it in WITH.
 *
 *     Join                               With w: Join a, b
 *       Aggregate by k                     Join
 *         Join a, b             ->           Aggregate by k
 *       Aggregate                              Cte w
 *         Join a, b                          Aggregate
 *                                              Cte w
 *
 * Worth it when few rows are kept of many that are read: below a join or an aggregate, that filters of the plan around each use would not have
 * left out anyway. Before joins are ordered: afterwards equal parts may look different. The largest first, until none is left.
 */
import { Estimator } from '../cost/estimate.ts'
import { rowsScanned } from '../cost/rows-scanned.ts'
import { type CteReferenceNode, type LogicalPlan, type WithNode, inputsOf } from '../logical.ts'
import { copyPlan } from './copy-plan.ts'
import { withInputs } from './plan-build.ts'
import { PlanKeys, haveSameRows } from './plan-keys.ts'
import { walkPlan } from './plan-rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'

/** Rows that are read for each that is kept. */
const READ_PER_ROW_MIN = 4
/** Different plans that are shared in a query. */
const SHARED_MAX = 16

export const shareEqualPlans: Rule = {
  name: 'share-equal-plans',
  apply(plan, context) {
    if (!readsATableTwice(plan)) return plan
    let current = plan
    for (let i = 0; i < SHARED_MAX; i++) {
      const uses = largestShared(current, context)
      if (uses === null) return current
      current = share(current, new Set(uses), context)
    }
    return current
  },
}

function readsATableTwice(plan: LogicalPlan): boolean {
  const scans = walkPlan(plan).filter((node) => node.kind === 'scan')
  return scans.some((a, i) => scans.some((b, k) => k > i && haveSameRows(a.table, b.table)))
}

/** The equal plans that read the most; null when none is worth it. */
function largestShared(plan: LogicalPlan, context: RuleContext): readonly LogicalPlan[] | null {
  const estimator = new Estimator(context.statistics)
  estimator.estimate(plan)
  const keys = new PlanKeys()
  const byKey = new Map<string, LogicalPlan[]>()
  for (const node of walkPlan(plan)) {
    const key = isCombining(node) ? keys.of(node) : null
    if (key === null) continue
    const others = byKey.get(key)
    if (others === undefined) byKey.set(key, [node])
    else others.push(node)
  }
  let best: readonly LogicalPlan[] | null = null
  let most = 0
  for (const nodes of byKey.values()) {
    const [first] = nodes as [LogicalPlan]
    const read = rowsScanned(first, estimator)
    if (nodes.length < 2 || read <= most || read < READ_PER_ROW_MIN * estimator.rows(first)) continue
    best = nodes
    most = read
  }
  return best
}

function isCombining({ kind }: LogicalPlan): boolean {
  return kind === 'join' || kind === 'aggregate' || kind === 'distinct' || kind === 'set-operation' || kind === 'window'
}

/** `plan` with one definition, around the innermost node that has all of `uses` below it, and references in their places. */
function share(plan: LogicalPlan, uses: ReadonlySet<LogicalPlan>, context: RuleContext): LogicalPlan {
  const [first] = [...uses] as [LogicalPlan]
  const { plan: definition } = copyPlan(first, context)
  const cteId = context.newCteId()
  const definitionColumns = definition.columns.map(({ id }) => id)
  const replace = (node: LogicalPlan): LogicalPlan => {
    if (!uses.has(node)) return withInputs(node, replace)
    const reference: CteReferenceNode = {
      kind: 'cte-reference',
      cteId,
      name: 'shared',
      columns: node.columns,
      definitionColumns,
    }
    return reference
  }
  const place = (node: LogicalPlan): LogicalPlan => {
    const holding = inputsOf(node).filter((one) => holdsAny(one, uses))
    if (holding.length === 1) return withInputs(node, (one) => (one === holding[0] ? place(one) : one))
    const child = replace(node)
    const shared: WithNode = { kind: 'with', cteId, name: 'shared', definition, child, columns: child.columns }
    return shared
  }
  return place(plan)
}

function holdsAny(plan: LogicalPlan, uses: ReadonlySet<LogicalPlan>): boolean {
  return uses.has(plan) || inputsOf(plan).some((one) => holdsAny(one, uses))
}
