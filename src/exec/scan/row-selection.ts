/** Selections of rows: one within another, and without deleted rows. Results live in the context's arena. */
import { BATCH_ROWS_MAX, type Selection } from '../../core/vector.ts'
import type { OperatorContext } from '../operators/operator.ts'

/** The rows `inner` of the rows `outer` (null: all). */
export function composeSelections(
  { arena, kernels }: Pick<OperatorContext, 'arena' | 'kernels'>,
  outer: Selection | null,
  inner: Selection,
): Selection {
  if (outer === null) return inner
  const { count } = inner
  const pointer = arena.allocate(count * 4)
  kernels.table.take4(count, inner.pointer, outer.pointer, pointer)
  return { pointer, count }
}

/**
 * The rows of `pending` (of `base`, of the slice; null: all) that are not deleted.
 *
 * @param deleted Row numbers in the file, all within the slice.
 */
export function withoutRows(
  { arena, memory }: Pick<OperatorContext, 'arena' | 'memory'>,
  slice: { readonly firstRow: number; readonly rowCount: number },
  base: Selection | null,
  pending: Selection | null,
  deleted: Float64Array,
): Selection {
  const isDeleted = new Uint8Array(Math.max(slice.rowCount, BATCH_ROWS_MAX))
  for (const row of deleted) isDeleted[row - slice.firstRow] = 1
  const { u32 } = memory
  const baseCount = base === null ? slice.rowCount : base.count
  const before = pending === null ? baseCount : pending.count
  const pointer = arena.allocate(before * 4)
  let count = 0
  for (let i = 0; i < before; i++) {
    const inBase = pending === null ? i : u32[(pending.pointer >>> 2) + i]!
    const inSlice = base === null ? inBase : u32[(base.pointer >>> 2) + inBase]!
    if (isDeleted[inSlice] === 1) continue
    u32[(pointer >>> 2) + count++] = inBase
  }
  return { pointer, count }
}

/** The rows of `selection` (null: all) that are not among `without` (null: all; ascending, some of them). */
export function rowsWithout(
  { arena, memory }: OperatorContext,
  rowCount: number,
  selection: Selection | null,
  without: Selection | null,
): Selection {
  const before = selection === null ? rowCount : selection.count
  const pointer = arena.allocate(before * 4)
  if (without === null) return { pointer, count: 0 }
  const { u32 } = memory
  let count = 0
  let at = 0
  for (let i = 0; i < before; i++) {
    const row = selection === null ? i : u32[(selection.pointer >>> 2) + i]!
    if (at < without.count && u32[(without.pointer >>> 2) + at] === row) at++
    else u32[(pointer >>> 2) + count++] = row
  }
  return { pointer, count }
}
