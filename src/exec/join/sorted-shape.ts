/**
 * A join by a range of keys: the build side is sorted once, and a probe row finds its rows by binary search.
 *
 *     ON b.k = a.k AND b.t <= a.t      keys k, t      rows from (a.k, lowest) to (a.k, a.t)
 *     ON a.t BETWEEN b.lo AND b.hi     keys lo        rows from lowest to a.t; b.hi >= a.t is checked for each
 *
 * The rows are those of a sort (exec/sort/sort-shape.ts), NULL keys last; this file says how a join sees them.
 */
import type { PhysicalSort } from '../../plan/physical.ts'
import type { KeyRange, NestedLoopJoin } from '../../plan/physical.ts'
import { type SortShape, describeOrder, sortShape } from '../sort/sort-shape.ts'
import type { PairShape } from './join-shape.ts'

export type RangeJoin = NestedLoopJoin & { readonly range: KeyRange }

export function hasRange(plan: NestedLoopJoin): plan is RangeJoin {
  return plan.range !== undefined
}

/** The sort of the build side. */
export function buildSort({ id, build, range }: RangeJoin): PhysicalSort {
  return {
    kind: 'sort',
    id,
    output: build.output,
    estimate: build.estimate,
    child: build,
    keys: range.buildKeys.map((expr) => ({ expr, descending: false, nullsFirst: false })),
    limit: null,
    offset: 0,
  }
}

export interface SortedShape {
  readonly sort: SortShape
  readonly pairs: PairShape
  /** As the sort's descriptor, of the keys that must be equal. */
  readonly equalDescriptor: readonly number[]
  /** Of the last key, within the key bytes. */
  readonly lastKey: number
}

export function sortedShape(plan: RangeJoin): SortedShape {
  const sort = sortShape(buildSort(plan))
  const payload = sort.columns.slice(0, plan.build.output.length)
  const lastKey = sort.keys.at(-1)!.offset
  const equalDescriptor = describeOrder(sort.keys.slice(0, -1), sort.keyOffset, lastKey)
  return { sort, equalDescriptor, lastKey, pairs: { payload, probeColumnCount: plan.probe.output.length } }
}
