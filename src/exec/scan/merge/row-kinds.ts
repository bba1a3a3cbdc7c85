/** Kinds of rows, a byte each: 0 insert, 1 update before, 2 update after, 3 delete; odd ones retract. */
import { corrupt } from '../../../core/errors.ts'
import type { Pointer } from '../../../core/memory.ts'
import { BOOLEAN, VARCHAR } from '../../../core/types.ts'
import type { Vector } from '../../../core/vector.ts'
import { type Expr, input, literal } from '../../../expr/expr.ts'
import { compileFilter } from '../../../expr/filter.ts'
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
  for (const source of sources) {
    if (source.form === 'texts') {
      hasRetractions = markTexts(context, columnOf(source.column), source.deleted, pointer) || hasRetractions
      continue
    }
    const { data, validity } = flatten(context, columnOf(source.column))
    const fold = source.form === 'is-deleted' ? foldDeleted : foldKindsI32
    const bits = fold(count, data, validity, pointer)
    if (bits < 0 || bits > KIND_BITS) throw corrupt('', 'unknown row kind')
    // Odd kinds retract: a bit that occurs is that of some row.
    hasRetractions ||= (bits & 1) === 1
  }
  return hasRetractions ? { pointer, hasRetractions } : ALL_INSERTS
}

const DELETE = 3
/** What texts are equal to does not depend on it. */
const NO_SESSION = { nowMicros: 0n, timeZone: 'UTC' } as const

/** Makes deletes of the rows whose text is one of some; whether there are any. */
function markTexts(context: VectorContext, column: Vector, deleted: readonly string[], pointer: Pointer): boolean {
  const values = deleted.map((text) => literal(text, VARCHAR))
  const isDeleted: Expr = { kind: 'in', arg: input(0, VARCHAR), values, negated: false, type: BOOLEAN }
  const found = compileFilter([isDeleted], { ...context, session: NO_SESSION })(
    { rowCount: column.length, columns: [column] },
    null,
  )
  const rows = context.memory.u32.subarray(found.pointer >>> 2, (found.pointer >>> 2) + found.count)
  for (const row of rows) context.memory.u8[pointer + row] = DELETE
  return found.count > 0
}
