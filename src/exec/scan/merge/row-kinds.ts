/** Kinds of rows, a byte each: 0 insert, 1 update before, 2 update after, 3 delete; odd ones retract. */
import { corrupt } from '../../../core/errors.ts'
import type { Pointer } from '../../../core/memory.ts'
import type { Vector } from '../../../core/vector.ts'
import type { RowKindColumn } from '../../../table/merge.ts'
import { type VectorContext, flatten } from '../../rows/vectors.ts'

export interface RowKinds {
  /** A byte a row; 0: all are inserts. */
  readonly pointer: Pointer
  readonly hasRetractions: boolean
}

const ALL_INSERTS: RowKinds = { pointer: 0, hasRetractions: false }
/** Kinds are 0 to 3. */
const KIND_BITS = 3

/** The kinds of `count` rows by the columns that tell them; a row is a retraction when any column says so. */
export function readKinds(
  context: VectorContext,
  sources: readonly RowKindColumn[],
  columnOf: (column: number) => Vector,
  count: number,
): RowKinds {
  if (sources.length === 0) return ALL_INSERTS
  const { foldDeleted, foldKindsI32 } = context.kernels.sort
  const pointer = context.arena.allocateZeroed(count)
  let hasRetractions = false
  for (const { column, form } of sources) {
    const { data, validity } = flatten(context, columnOf(column))
    const fold = form === 'is-deleted' ? foldDeleted : foldKindsI32
    const bits = fold(count, data, validity, pointer)
    if (bits < 0 || bits > KIND_BITS) throw corrupt('', 'unknown row kind')
    // Odd kinds retract: a bit that occurs is that of some row.
    hasRetractions ||= (bits & 1) === 1
  }
  return hasRetractions ? { pointer, hasRetractions } : ALL_INSERTS
}
