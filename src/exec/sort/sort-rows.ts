/**
 * Orders the rows of one store: u32 addresses in the order of their keys.
 *
 * Most key bytes are the same in all rows (NULL bytes, high bytes of small numbers), so the radix sort runs over the first eight that
 * are not; rows that tie there are compared.
 */
import { type EngineMemory, type Pointer, allocatePages, freePages } from '../../core/memory.ts'
import type { VectorContext } from '../rows/vectors.ts'
import type { RowChunk } from '../rows/row-store.ts'
import type { SortShape } from './sort-shape.ts'

const PREFIX_BYTES_MAX = 8
/** Below, the histograms of a radix sort cost more than they save. */
const RADIX_ROWS_MIN = 256
const ENTRY_BYTES = 16

/** The sorted rows of `chunks`, in pages that the caller frees; 0 for no rows. */
export function sortRows(context: VectorContext, shape: SortShape, chunks: readonly RowChunk[], what: string): Pointer {
  const count = chunks.reduce((sum, chunk) => sum + chunk.count, 0)
  if (count === 0) return 0
  const { memory } = context
  const pages: Pointer[] = []
  const allocate = (byteCount: number): Pointer => {
    const page = allocatePages(memory, byteCount, what)
    pages.push(page)
    return page
  }
  try {
    const entries = allocate(count * ENTRY_BYTES + 64)
    const scratch = allocate(count * ENTRY_BYTES + 64)
    const sorted = sortEntries(context, shape, chunks, count, entries, scratch)
    const out = allocatePages(memory, count * 4 + 64, what)
    context.kernels.sort.entryRows(count, sorted, out)
    return out
  } finally {
    for (const page of pages) freePages(memory, page)
  }
}

function sortEntries(
  context: VectorContext,
  shape: SortShape,
  chunks: readonly RowChunk[],
  count: number,
  entries: Pointer,
  scratch: Pointer,
): Pointer {
  const { arena, kernels, memory } = context
  const { sort } = kernels
  const { rowBytes } = shape.layout
  const varying = varyingPlaces(context, shape, chunks)
  // What follows a string prefix counts only once the strings themselves are equal.
  const leadingEnd = shape.keyOffset + shape.leadingBytes
  const prefix = varying.filter((place) => place < leadingEnd).slice(0, PREFIX_BYTES_MAX)
  const places = arena.allocate(PREFIX_BYTES_MAX * 4)
  memory.u32.set(prefix, places >>> 2)
  let entry = entries
  for (const chunk of chunks) {
    sort.fillEntries(chunk.count, chunk.start, rowBytes, places, prefix.length, entry)
    entry += chunk.count * ENTRY_BYTES
  }
  const descriptor = writeOrder(memory, shape, arena.allocate(shape.descriptor.length * 4))
  if (count < RADIX_ROWS_MIN) {
    sort.mergeSort(count, entries, scratch, descriptor)
    return entries
  }
  const sorted = sort.radixSort(count, entries, scratch, prefix.length, arena.allocate(1024)) >>> 0
  const other = sorted === entries ? scratch : entries
  if (shape.hasStrings || varying.length > PREFIX_BYTES_MAX) sort.sortTies(count, sorted, other, descriptor)
  return sorted
}

/** Offsets in the row of the key bytes that are not the same in all rows. */
function varyingPlaces(
  { arena, kernels, memory }: VectorContext,
  shape: SortShape,
  chunks: readonly RowChunk[],
): number[] {
  const { keyBytes, keyOffset, layout } = shape
  const mask = arena.allocateZeroed(keyBytes)
  const first = chunks[0]!.start + keyOffset
  for (const { start, count } of chunks) {
    kernels.sort.varyingBytes(count, start, layout.rowBytes, keyOffset, keyBytes, first, mask)
  }
  const places: number[] = []
  for (let b = 0; b < keyBytes; b++) if (memory.u8[mask + b] !== 0) places.push(keyOffset + b)
  return places
}

/** Writes the descriptor of the order to `at`. */
export function writeOrder({ u32 }: EngineMemory, shape: SortShape, at: Pointer): Pointer {
  u32.set(shape.descriptor, at >>> 2)
  return at
}
