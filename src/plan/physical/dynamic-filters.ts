/**
 * Finds the scans that a hash join can restrict to the keys of its build side, before they run.
 *
 *     HashJoin p_partkey = l_partkey
 *       probe: Aggregate by l_partkey           the keys of part reach the scan of lineitem through the aggregate's group:
 *                Scan lineitem          <---    partkeys that no part row has are neither read nor aggregated
 *       build: Scan part where ...
 *
 * A probe column is followed down as long as dropping rows by it there drops only rows that the join drops anyway: through filters,
 * projections, sorts, group keys, the kept side of joins, and to the equal key on a join's other side. Not through limits. The rows of the
 * probe side that match nothing must be of no interest: inner, semi, right, right-semi and right-anti joins.
 */
import type { Expr } from '../../expr/expr.ts'
import {
  type DynamicFilterTarget,
  type HashJoin,
  type JoinType,
  type NestedLoopJoin,
  type PhysicalPlan,
  type PhysicalScan,
  physicalInputs,
} from '../physical.ts'

const DROPS_UNMATCHED_PROBE: ReadonlySet<JoinType> = new Set(['inner', 'semi', 'right', 'right-semi', 'right-anti'])

/** Is a filter by key `key` of `join` worth its making? */
export type IsWorthFiltering = (join: HashJoin, key: number) => boolean

/** `plan` with the dynamic filters of all its hash joins. */
export function addDynamicFilters(plan: PhysicalPlan, isWorthFiltering: IsWorthFiltering): PhysicalPlan {
  const targets = new Map<number, DynamicFilterTarget[]>()
  const makers = new Set<number>()
  collect(plan, isWorthFiltering, targets, makers)
  return makers.size === 0 ? plan : attach(plan, targets, makers)
}

function collect(
  plan: PhysicalPlan,
  isWorthFiltering: IsWorthFiltering,
  targets: Map<number, DynamicFilterTarget[]>,
  makers: Set<number>,
): void {
  if (plan.kind === 'hash-join' && DROPS_UNMATCHED_PROBE.has(plan.type)) {
    plan.probeKeys.forEach((key, i) => {
      if (key.kind !== 'input' || plan.nullsEqual[i] === true || !isWorthFiltering(plan, i)) return
      for (const { scan, column } of trace(plan.probe, key.index)) {
        const known = targets.get(scan.id) ?? []
        targets.set(scan.id, [...known, { join: plan.id, key: i, column }])
        makers.add(plan.id)
      }
    })
  }
  for (const child of physicalInputs(plan)) collect(child, isWorthFiltering, targets, makers)
}

interface Place {
  readonly scan: PhysicalScan
  readonly column: number
}

/** Scan columns that hold the values of output column `index`. */
function trace(plan: PhysicalPlan, index: number): readonly Place[] {
  switch (plan.kind) {
    case 'scan':
      // Which rows a limited scan gives would change.
      return plan.limit === null ? [{ scan: plan, column: plan.projection[index]! }] : []
    case 'filter':
      return trace(plan.child, index)
    case 'sort':
      return plan.limit === null && plan.offset === 0 ? trace(plan.child, index) : []
    case 'project':
      return traceExpr(plan.child, plan.expressions[index])
    case 'aggregate':
      return plan.groupingSets === null ? traceExpr(plan.child, plan.groups[index]) : []
    case 'unnest':
      return index < plan.child.output.length ? trace(plan.child, index) : []
    case 'union-all':
      return plan.children.flatMap((child) => trace(child, index))
    case 'materialize':
      return trace(plan.child, index)
    case 'hash-join':
    case 'nested-loop-join':
      return traceJoin(plan, index)
    case 'values':
    // A row less changes what others get.
    case 'window':
    case 'limit':
    case 'cte-scan':
      return []
  }
}

function traceExpr(child: PhysicalPlan, expr: Expr | undefined): readonly Place[] {
  return expr?.kind === 'input' ? trace(child, expr.index) : []
}

function traceJoin(join: HashJoin | NestedLoopJoin, index: number): readonly Place[] {
  const before = join.projection[index]!
  const probeWidth = join.probe.output.length
  switch (join.type) {
    case 'inner':
      return before < probeWidth ? fromProbe(join, before) : fromBuild(join, before - probeWidth)
    case 'left':
    case 'single':
    case 'semi':
    case 'anti':
    case 'mark':
      return before < probeWidth ? fromProbe(join, before) : []
    case 'right':
      return before < probeWidth ? [] : fromBuild(join, before - probeWidth)
    case 'right-semi':
    case 'right-anti':
      return fromBuild(join, before)
    case 'full':
      return []
  }
}

/** A kept column of the probe side; build rows with other values of an equal key meet only probe rows that are dropped. */
function fromProbe(join: HashJoin | NestedLoopJoin, column: number): readonly Place[] {
  const partner = partnerOf(join, column, 'probe')
  return [...trace(join.probe, column), ...(partner === null ? [] : trace(join.build, partner))]
}

function fromBuild(join: HashJoin | NestedLoopJoin, column: number): readonly Place[] {
  const partner = partnerOf(join, column, 'build')
  return [...trace(join.build, column), ...(partner === null ? [] : trace(join.probe, partner))]
}

/** The column of the other side that equals `column` of `side` in every match. */
function partnerOf(join: HashJoin | NestedLoopJoin, column: number, side: 'probe' | 'build'): number | null {
  // NOT IN asks whether the other side has NULLs at all.
  if (join.kind !== 'hash-join' || join.nullAware) return null
  const own = side === 'probe' ? join.probeKeys : join.buildKeys
  const others = side === 'probe' ? join.buildKeys : join.probeKeys
  const key = own.findIndex((one, i) => one.kind === 'input' && one.index === column && join.nullsEqual[i] !== true)
  const other = others[key]
  return other?.kind === 'input' ? other.index : null
}

function attach(
  plan: PhysicalPlan,
  targets: ReadonlyMap<number, readonly DynamicFilterTarget[]>,
  makers: ReadonlySet<number>,
): PhysicalPlan {
  const next = (child: PhysicalPlan): PhysicalPlan => attach(child, targets, makers)
  switch (plan.kind) {
    case 'scan': {
      const dynamicFilters = targets.get(plan.id)
      return dynamicFilters === undefined ? plan : { ...plan, dynamicFilters }
    }
    case 'hash-join':
      return {
        ...plan,
        probe: next(plan.probe),
        build: next(plan.build),
        makesDynamicFilter: makers.has(plan.id),
      }
    case 'nested-loop-join':
      return { ...plan, probe: next(plan.probe), build: next(plan.build) }
    case 'union-all':
      return { ...plan, children: plan.children.map(next) }
    case 'materialize':
      return { ...plan, definition: next(plan.definition), child: next(plan.child) }
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'sort':
    case 'window':
    case 'limit':
    case 'unnest':
      return { ...plan, child: next(plan.child) }
    case 'values':
    case 'cte-scan':
      return plan
  }
}
