/**
 * A CTE or scalar subquery that is computed once: its rows are kept in segments of shared pages and read by every scan of it.
 * When they exceed the worker's share of the memory, what is held so far goes to a file.
 */
import type { Batch } from '../core/vector.ts'
import type { CteScan, MaterializeCte } from '../plan/physical.ts'
import { BatchStore } from './batch-store.ts'
import type { Breaker, OperatorContext, Sink, Source } from './operators/operator.ts'
import { type LoadedSegment, type Segment, freeSegment, loadSegment } from './segment.ts'

/** One a worker. */
type CtePartial = readonly Segment[]

export function cteBreaker(plan: MaterializeCte): Breaker {
  return {
    createSink: (context) => createCteSink(context, plan),
    steps: [],
    release(context, state) {
      for (const segment of (state as readonly CtePartial[]).flat()) freeSegment(context.memory, segment)
    },
  }
}

function createCteSink(context: OperatorContext, plan: MaterializeCte): Sink {
  const store = new BatchStore(context, `the rows of "${plan.name}"`, 'spill')
  return {
    push(batch: Batch): boolean {
      store.append(batch)
      if (store.byteCount > context.spillThresholdBytes()) {
        const before = store.spilledBytes
        store.spill(context.spillFile())
        context.count(plan.id, 'spilled_bytes', store.spilledBytes - before)
      }
      return true
    },
    finish: (): CtePartial => store.detach(),
    abort: () => store.free(),
  }
}

/** Reads the rows that all workers kept. */
export function createCteScan(context: OperatorContext, plan: CteScan, state: readonly unknown[]): Source {
  return createSegmentSource(context, (state as readonly CtePartial[]).flat(), plan.projection)
}

/** Reads segments; a morsel is a segment. `projection`: the columns wanted, null for all. */
export function createSegmentSource(
  context: OperatorContext,
  segments: readonly Segment[],
  projection: readonly number[] | null,
): Source {
  let loaded: LoadedSegment | null = null
  let batches: Iterator<Batch> | null = null

  function close(): void {
    loaded?.release()
    loaded = null
    batches = null
  }

  return {
    next(): Batch | null {
      for (;;) {
        const item = batches?.next()
        if (item !== undefined && item.done !== true) {
          if (projection === null) return item.value
          const { rowCount, columns } = item.value
          return { rowCount, columns: projection.map((column) => columns[column]!) }
        }
        close()
        const segment = segments[context.nextMorsel()]
        if (segment === undefined) return null
        loaded = loadSegment(context, segment)
        batches = loaded.batches[Symbol.iterator]()
      }
    },
    close,
  }
}
