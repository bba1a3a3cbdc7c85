/** The build side of a join by a range of keys: every worker's rows sorted, then all of them in one array of addresses. */
import { type Pointer, allocatePages, freePages } from '../../core/memory.ts'
import { BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { Breaker, OperatorContext } from '../operators/operator.ts'
import { writeOrder } from '../sort/sort-rows.ts'
import type { SortShape } from '../sort/sort-shape.ts'
import { type SortedRun, SortSink } from '../sort/sort-sink.ts'
import { type RangeJoin, buildSort, sortedShape } from './sorted-shape.ts'

/** What all workers probe. */
export interface SortedBuild {
  /** Address of u32 row addresses in order. */
  readonly sorted: Pointer
  /** Of the same rows: their key bytes side by side, so that a search stays in few pages. */
  readonly keys: Pointer
  readonly count: number
  readonly pages: readonly Pointer[]
}

const WHAT = 'a join by a range'
/** Rows that are merged between two looks at whether the query was cancelled. */
const MERGE_ROWS = 64 * BATCH_ROWS_MAX

export function sortedBreaker(plan: RangeJoin): Breaker {
  const { sort } = sortedShape(plan)
  return {
    createSink: (context) => new SortSink(context, buildSort(plan), sort, false),
    steps: [{ workers: 'one', run: (context, runs) => mergeRuns(context, sort, runs as readonly SortedRun[]) }],
    release({ memory }: OperatorContext, state: readonly unknown[]): void {
      for (const page of (state as readonly SortedBuild[])[0]!.pages) freePages(memory, page)
    },
  }
}

function mergeRuns(context: OperatorContext, shape: SortShape, partials: readonly SortedRun[]): SortedBuild {
  const pages = partials.flatMap((run) => run.pages)
  const runs = partials.filter((run) => run.count > 0)
  const count = runs.reduce((sum, run) => sum + run.count, 0)
  if (count === 0) return { sorted: 0, keys: 0, count, pages }
  const sorted = runs.length === 1 ? runs[0]!.rows : merged(context, shape, runs, count)
  const { keyBytes, keyOffset } = shape
  const keys = allocatePages(context.memory, count * keyBytes + 64, WHAT)
  context.kernels.sort.gatherKeys(count, sorted, keyOffset, keyBytes / 8, keys, keyBytes)
  return { sorted, keys, count, pages: [...pages, keys, ...(runs.length === 1 ? [] : [sorted])] }
}

/** The rows of several runs, in one array of their addresses. */
function merged(context: OperatorContext, shape: SortShape, runs: readonly SortedRun[], count: number): Pointer {
  const { memory, kernels, arena } = context
  const sorted = allocatePages(memory, count * 4 + 64, WHAT)
  // As a sort's source has them (exec/sort/sort-source.ts): cursors of the runs, and a heap of their numbers.
  const cursors = arena.allocate(runs.length * 16)
  const heap = arena.allocate((runs.length + 1) * 4)
  const descriptor = writeOrder(memory, shape, arena.allocate(shape.descriptor.length * 4))
  memory.u32[heap >>> 2] = runs.length
  runs.forEach((run, i) => {
    memory.u32.set([run.rows, run.rows + run.count * 4, 0], (cursors >>> 2) + i * 4)
    memory.u32[(heap >>> 2) + 1 + i] = i
  })
  kernels.sort.makeHeap(cursors, heap, descriptor)
  for (let done = 0; done < count;) {
    context.checkCancelled()
    done += kernels.sort.mergeRuns(cursors, heap, descriptor, Math.min(MERGE_ROWS, count - done), sorted + done * 4)
  }
  return sorted
}
