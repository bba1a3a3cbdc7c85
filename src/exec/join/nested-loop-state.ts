/** The build side of a nested-loop join: its rows in segments, and a byte a row for joins that must know which rows matched. */
import { type Pointer, allocatePages, freePages } from '../../core/memory.ts'
import type { Batch } from '../../core/vector.ts'
import type { NestedLoopJoin } from '../../plan/physical.ts'
import { BatchStore } from '../batch-store.ts'
import type { Breaker, OperatorContext, Sink } from '../operators/operator.ts'
import { type Segment, freeSegment } from '../segment.ts'

export interface NestedLoopState {
  readonly segments: readonly Segment[]
  /** By segment: number of its first row. */
  readonly firstRows: readonly number[]
  readonly rowCount: number
  /** A byte a row, 1 = had a match; 0 when the join does not need to know. */
  readonly matched: Pointer
}

/** Whether build rows are put out by whether they had a match. */
export function marksBuildRows({ type }: NestedLoopJoin): boolean {
  return type === 'right' || type === 'full' || type === 'right-semi' || type === 'right-anti'
}

export function nestedLoopBreaker(plan: NestedLoopJoin): Breaker {
  return {
    createSink: (context) => createSink(context, plan),
    steps: [
      {
        workers: 'one',
        run: (context, partials) => joinSegments(context, plan, (partials as readonly (readonly Segment[])[]).flat()),
      },
    ],
    release({ memory }, state) {
      const { segments, matched } = (state as readonly NestedLoopState[])[0]!
      for (const segment of segments) freeSegment(memory, segment)
      if (matched !== 0) freePages(memory, matched)
    },
  }
}

function createSink(context: OperatorContext, plan: NestedLoopJoin): Sink {
  const store = new BatchStore(context, 'a nested-loop join', 'spill')
  return {
    push(batch: Batch): boolean {
      if (batch.rowCount === 0) return true
      store.append(batch)
      if (store.byteCount > context.spillThresholdBytes()) {
        const before = store.spilledBytes
        store.spill(context.spillFile())
        context.count(plan.id, 'spilled_bytes', store.spilledBytes - before)
      }
      return true
    },
    finish: (): readonly Segment[] => store.detach(),
    abort: () => store.free(),
  }
}

function joinSegments(
  { memory }: OperatorContext,
  plan: NestedLoopJoin,
  segments: readonly Segment[],
): NestedLoopState {
  let rowCount = 0
  const firstRows = segments.map((segment) => {
    const first = rowCount
    rowCount += segment.rowCount
    return first
  })
  let matched: Pointer = 0
  if (marksBuildRows(plan)) {
    matched = allocatePages(memory, rowCount + 1, 'a nested-loop join')
    memory.bulk.fill(0, matched, matched + rowCount)
  }
  return { segments, firstRows, rowCount, matched }
}
