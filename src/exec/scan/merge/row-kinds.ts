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
const DELETE = 3

/** The kinds of `count` rows by the columns that tell them; a row is a retraction when any column says so. */
export function readKinds(
  context: VectorContext,
  sources: readonly RowKindColumn[],
  columnOf: (column: number) => Vector,
  count: number,
): RowKinds {
  if (sources.length === 0) return ALL_INSERTS
  const { memory } = context
  const pointer = context.arena.allocateZeroed(count)
  let hasRetractions = false
  for (const { column, form } of sources) {
    const { data, validity } = flatten(context, columnOf(column))
    for (let row = 0; row < count; row++) {
      if (validity !== 0 && memory.u8[validity + row] === 0) continue
      const kind = form === 'is-deleted' ? memory.u8[data + row]! * DELETE : memory.i32[(data >>> 2) + row]!
      if (kind < 0 || kind > DELETE) throw corrupt('', `unknown row kind ${kind}`)
      if (kind === 0) continue
      memory.u8[pointer + row] = kind
      hasRetractions ||= (kind & 1) === 1
    }
  }
  return hasRetractions ? { pointer, hasRetractions } : ALL_INSERTS
}
