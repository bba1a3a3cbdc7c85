/** Puts the rows of runs that are not sorted in order: all of them at once. */
import { freePages } from '../../../core/memory.ts'
import { type SortableRows, sortRows } from '../../sort/sort-rows.ts'
import { type MergeShape, placeDescriptor } from './merge-keys.ts'
import type { MergeWindow, WindowContext, WindowPart } from './merge-window.ts'

const WHAT = 'a merge'
/** A run's number, and a string, as key bytes. */
const RUN_BYTES = 5
const STRING_BYTES = 9

/** The parts are whole batches, in the order of their runs and files: rows that tie stay in it. */
export function sortParts(context: WindowContext, shape: MergeShape, parts: readonly WindowPart[]): MergeWindow {
  const { arena, kernels, memory } = context
  const { sort, vector } = kernels
  const count = parts.reduce((sum, { to }) => sum + to, 0)
  const order = arena.allocate(count * 4)
  const starts = arena.allocate((count + 1) * 4)
  const chunks = parts.map(({ batch }) => ({ start: batch.rows, count: batch.count }))
  const sorted = sortRows(context, sortable(shape), chunks, WHAT)
  if (sorted !== 0) {
    vector.copyBytes(sorted, count * 4, order)
    freePages(memory, sorted)
  }
  const keyCount = sort.keyStarts(count, order, placeDescriptor(context, shape.keyOrder), starts)
  return { parts, order, count, starts, keyCount }
}

function sortable({ stride, parts, runOffset, fullOrder }: MergeShape): SortableRows {
  const keyOffset = parts[0]?.offset ?? runOffset
  const keyBytes = Math.ceil((runOffset + RUN_BYTES - keyOffset) / 8) * 8
  const firstString = parts.find(({ viewOffset }) => viewOffset !== 0)
  return {
    layout: { rowBytes: stride },
    keyOffset,
    keyBytes,
    leadingBytes: (firstString === undefined ? runOffset + RUN_BYTES : firstString.offset + STRING_BYTES) - keyOffset,
    descriptor: fullOrder,
    hasStrings: firstString !== undefined,
  }
}
