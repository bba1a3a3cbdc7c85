/**
 * The end of the last pipeline: rows are copied into blocks of shared pages that leave for the consumer while the pipeline runs.
 *
 * Memory is bounded by the window: the pipeline pauses between two batches of its source once more than `resultWindowKib` wait.
 * Should one source batch make very many rows (a join), what exceeds WINDOWS_BEFORE_SPILL windows goes to a file instead.
 */
import { PAGE_BYTES, runBytes } from '../core/memory.ts'
import type { Batch } from '../core/vector.ts'
import { BatchStore } from './batch-store.ts'
import type { Sink } from './operators/operator.ts'
import type { QueryContext } from './query-context.ts'
import type { Segment } from './segment.ts'

/** A block leaves when it has this many rows or bytes, or when its first row has waited this long. */
const BLOCK_ROWS = 16_384
const BLOCK_BYTES = 512 << 10
const BLOCK_MS = 20
const WINDOWS_BEFORE_SPILL = 4

/** KiB that a block in memory holds of the window. */
export function pendingKib(bytes: number): number {
  return Math.ceil(bytes / 1024)
}

/** `send` takes blocks that are full; what is left at the end is the sink's partial. */
export function createResultSink(context: QueryContext, send: (segments: readonly Segment[]) => void): Sink {
  const store = new BatchStore(context, 'the result', 'spill')
  let firstRowMs = 0

  function take(): readonly Segment[] {
    if (store.rowCount === 0) return []
    if (context.control.pendingKib > WINDOWS_BEFORE_SPILL * context.resultWindowKib) {
      store.spill(context.spillFile())
    }
    const segments = store.detach()
    let bytes = 0
    for (const segment of segments) {
      if (segment.file === null) bytes += runBytes(context.memory, segment.pointer)
    }
    context.control.addPending(pendingKib(bytes))
    return segments
  }

  return {
    push(batch: Batch): boolean {
      if (store.rowCount === 0) firstRowMs = performance.now()
      store.append(batch)
      const isFull =
        store.rowCount >= BLOCK_ROWS ||
        store.byteCount - PAGE_BYTES >= BLOCK_BYTES ||
        performance.now() - firstRowMs > BLOCK_MS
      if (isFull) send(take())
      return true
    },
    finish: () => take(),
    abort: () => store.free(),
  }
}
