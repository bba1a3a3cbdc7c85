/**
 * One step of a merge of sorted runs: the rows that can be merged now, in order.
 *
 *   run 0  a c d f|h k        the lowest last key among runs that have more is the bound (here f): rows up to it are complete,
 *   run 1  b c    |           for whatever comes later in any run is above it; the rest waits for the next step
 *   run 2  c e f  |g
 */
import type { Arena } from '../../../core/arena.ts'
import type { Pointer } from '../../../core/memory.ts'
import type { EngineMemory } from '../../../core/memory.ts'
import type { Kernels } from '../../../kernel/kernels.ts'
import { type MergeShape, placeDescriptor } from './merge-keys.ts'
import type { RunReader } from './run-reader.ts'

/** Rows [from, to) of a run's batch. */
export interface WindowPart {
  readonly reader: RunReader
  readonly from: number
  readonly to: number
}

export interface MergeWindow {
  readonly parts: readonly WindowPart[]
  /** Addresses of the records of all parts, by key, then in the order in which they merge. */
  readonly order: Pointer
  readonly count: number
  /** Where each key begins in the order, as u32; then `count`. */
  readonly starts: Pointer
  readonly keyCount: number
}

export interface WindowContext {
  readonly memory: EngineMemory
  readonly kernels: Kernels
  /** The window lives here. */
  readonly arena: Arena
}

/** The rows that are complete now, taken off the readers; null when all runs are at their end. */
export function nextParts(
  context: WindowContext,
  shape: MergeShape,
  readers: readonly RunReader[],
): WindowPart[] | null {
  const active: RunReader[] = []
  for (const reader of readers) {
    if (reader.position === reader.count && !reader.isLast) reader.load()
    if (reader.position < reader.count) active.push(reader)
  }
  if (active.length === 0) return null
  const { sort } = context.kernels
  const keyOrder = placeDescriptor(context, shape.keyOrder)
  let bound: Pointer = 0
  for (const { isLast, rows, count } of active) {
    if (isLast) continue
    const last = rows + (count - 1) * shape.stride
    if (bound === 0 || sort.rowsUpTo(1, last, shape.stride, bound, keyOrder) === 1) bound = last
  }
  const parts: WindowPart[] = []
  for (const reader of active) {
    const from = reader.position
    const left = reader.count - from
    const first = reader.rows + from * shape.stride
    const taken = bound === 0 ? left : sort.rowsUpTo(left, first, shape.stride, bound, keyOrder)
    if (taken === 0) continue
    reader.position += taken
    parts.push({ reader, from, to: from + taken })
  }
  return parts
}

/** Puts the rows of the parts in order. */
export function orderParts(context: WindowContext, shape: MergeShape, parts: readonly WindowPart[]): MergeWindow {
  const { arena, kernels, memory } = context
  const { sort } = kernels
  const count = parts.reduce((sum, { from, to }) => sum + to - from, 0)
  const order = arena.allocate(count * 4)
  const starts = arena.allocate((count + 1) * 4)
  const [only] = parts
  if (parts.length === 1 && only !== undefined) {
    sort.rowAddresses(count, only.reader.rows + only.from * shape.stride, shape.stride, order)
  } else {
    const runs = arena.allocate(parts.length * 16)
    const heap = arena.allocate((parts.length + 1) * 4)
    memory.u32[heap >>> 2] = parts.length
    parts.forEach(({ reader, from, to }, i) => {
      const rows = arena.allocate((to - from) * 4)
      sort.rowAddresses(to - from, reader.rows + from * shape.stride, shape.stride, rows)
      memory.u32.set([rows, rows + (to - from) * 4, 0, 0], (runs >>> 2) + i * 4)
      memory.u32[(heap >>> 2) + 1 + i] = i
    })
    const descriptor = placeDescriptor(context, shape.fullOrder)
    sort.makeHeap(runs, heap, descriptor)
    sort.mergeRuns(runs, heap, descriptor, count, order)
  }
  const keyCount = sort.keyStarts(count, order, placeDescriptor(context, shape.keyOrder), starts)
  return { parts, order, count, starts, keyCount }
}
