/**
 * Brings LIMIT to where it saves work: into a sort (top-n), past projections, into UNION ALL and, where nothing filters, into the scan.
 *
 *     Limit 10                    Project a, b + 1
 *       Project a, b + 1    ->      Sort a limit 10
 *         Sort a                      Scan t
 *           Scan t
 *
 *     Limit 5                ->   Limit 5
 *       Scan t                      Scan t limit 5        tasks are planned until five rows are found
 */
import type { LimitNode, LogicalPlan } from '../logical.ts'
import { mapInputs } from '../logical.ts'
import { withInputs } from './plan-build.ts'
import type { Rule } from './rule.ts'

export const pushLimits: Rule = {
  name: 'push-limits',
  // From the top: a limit moves over several nodes in one go.
  apply: (plan) => sinkLimits(plan),
}

/** `plan` with every limit as far down as it goes. */
export function sinkLimits(plan: LogicalPlan): LogicalPlan {
  return visit(plan)
}

function visit(plan: LogicalPlan): LogicalPlan {
  const next = plan.kind === 'limit' ? pushLimit(plan) : plan
  return next === plan || next.kind === 'limit' ? withInputs(next, visit) : visit(next)
}

function pushLimit(plan: LimitNode): LogicalPlan {
  const { child, limit, offset } = plan
  switch (child.kind) {
    case 'project':
      return withInputs(child, (below) => ({ ...plan, child: below, columns: below.columns }))
    case 'sort': {
      if (child.limit === null && child.offset === 0) return { ...child, limit, offset }
      return mergeWithSort(plan, child)
    }
    case 'limit': {
      const merged = mergeLimits({ limit, offset }, child)
      return { ...child, ...merged }
    }
    case 'scan':
    case 'set-operation': {
      if (limit === null) return plan
      const capped = capRows(child, limit + offset)
      return capped === child ? plan : { ...plan, child: capped }
    }
    default:
      return plan
  }
}

interface Bounds {
  readonly limit: number | null
  readonly offset: number
}

/** `outer` applied to the rows that `inner` lets through. */
function mergeLimits(outer: Bounds, inner: Bounds): Bounds {
  const left = inner.limit === null ? null : Math.max(0, inner.limit - outer.offset)
  const limit = outer.limit === null ? left : left === null ? outer.limit : Math.min(outer.limit, left)
  return { limit, offset: inner.offset + outer.offset }
}

function mergeWithSort({ limit, offset }: LimitNode, sort: Extract<LogicalPlan, { kind: 'sort' }>): LogicalPlan {
  return { ...sort, ...mergeLimits({ limit, offset }, sort) }
}

/** At most `count` rows of `plan` are wanted, whichever. */
function capRows(plan: LogicalPlan, count: number): LogicalPlan {
  switch (plan.kind) {
    case 'scan': {
      if (plan.filter !== null || (plan.limit !== null && plan.limit <= count)) return plan
      return { ...plan, limit: count }
    }
    case 'set-operation': {
      if (plan.operator !== 'union' || !plan.all) return plan
      return mapInputs(plan, (child) => capInput(child, count))
    }
    default:
      return plan
  }
}

function capInput(child: LogicalPlan, count: number): LogicalPlan {
  const isCapped = (child.kind === 'limit' || child.kind === 'sort') && child.limit !== null && child.limit <= count
  if (isCapped || (child.kind === 'scan' && child.limit !== null && child.limit <= count)) return child
  return { kind: 'limit', columns: child.columns, child, limit: count, offset: 0 }
}
