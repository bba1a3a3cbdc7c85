/**
 * Runs physical plans: the executor's face to the engine.
 *
 *   plan --splitPipelines--> pipelines --coordinator--> rounds --lanes--> threads --blocks--> result queue --> consumer
 *
 * The calling thread coordinates and never blocks. Worker threads start at the first query that is worth it; small queries run in
 * the calling thread, in time slices.
 */
import type { EngineMemory } from '../core/memory.ts'
import type { SessionValues } from '../expr/functions/function.ts'
import { type Kernels, createKernels } from '../kernel/kernels.ts'
import type { PhysicalPlan } from '../plan/physical.ts'
import { Coordinator } from './coordinator.ts'
import { type Lane, createLocalLane } from './lane.ts'
import type { ResultBlock } from './messages.ts'
import { type OwnerNumbers, createOwnerNumbers } from './owners.ts'
import { type WorkerPool, createWorkerPool } from './pool.ts'
import { WORKERS_MAX } from './query-control.ts'
import type { ResultBatch } from './result-queue.ts'
import type { ScanSource } from './scan/scan-feed.ts'
import { type SpillRoot, createSpillRoot } from './spill-root.ts'

export type { ScanSource } from './scan/scan-feed.ts'

export interface ExecutorOptions {
  readonly memory: EngineMemory
  /** Worker threads. */
  readonly threads: number
  /** Where operators spill to; made when needed. */
  readonly tempDirectory: string
}

export interface RunOptions {
  readonly session: SessionValues
  readonly signal?: AbortSignal
  /** At most every PROGRESS_MS while the query runs. */
  readonly onProgress?: (progress: QueryProgress) => void
  /** Where to run: `auto` (default) by the size of the scans. Tests compare the others. */
  readonly placement?: 'auto' | 'local' | 'workers'
  /** False: threads get each step of a query by a message of its own. For tests: the rows are the same. */
  readonly putsOff?: boolean
}

export interface QueryProgress {
  /** Rows that scans have read. */
  readonly rows: number
  readonly bytes: number
  /** 0 to 1, by the rows of the files known so far; null when they are not known. */
  readonly fraction: number | null
}

export interface QueryRun {
  /**
   * The result, once; the query runs while it is read, and is cancelled when the reader stops early. Each batch must be
   * released by its reader. Throws the query's error.
   */
  readonly batches: AsyncIterable<ResultBatch>
  /** Counters by plan node id, right when the query is over. */
  metrics(): ReadonlyMap<number, Readonly<Record<string, number>>>
}

export interface Executor {
  /** `sources`: tables by the `source` of the plan's scans. Nothing runs before the batches are read. */
  run(plan: PhysicalPlan, sources: ReadonlyMap<number, ScanSource>, options: RunOptions): QueryRun
  /** The worker threads, for tests and diagnostics. */
  readonly pool: WorkerPool
  /** Cancels running queries, ends the threads, deletes spill files. */
  close(): Promise<void>
}

/** What a coordinator needs of the executor. */
export interface ExecutorParts {
  readonly memory: EngineMemory
  readonly owners: OwnerNumbers
  readonly pool: WorkerPool
  readonly localLane: () => Lane
  readonly kernels: () => Kernels
  readonly spillRoot: SpillRoot
  /** Where a query's blocks go; undefined: nowhere. */
  setBlockHandler(query: number, handler: ((block: ResultBlock) => void) | undefined): void
  nextQuery(): number
}

export function createExecutor(options: ExecutorOptions): Executor {
  const { memory } = options
  const owners = createOwnerNumbers()
  const handlers = new Map<number, (block: ResultBlock) => void>()
  const running = new Set<Coordinator>()
  const onBlock = (block: ResultBlock): void => handlers.get(block.query)?.(block)
  const pool = createWorkerPool(memory, owners, Math.max(1, Math.min(WORKERS_MAX, options.threads)), onBlock)
  const spillRoot = createSpillRoot(options.tempDirectory)
  let localLane: Lane | null = null
  let kernels: Kernels | null = null
  let queries = 0

  const parts: ExecutorParts = {
    memory,
    owners,
    pool,
    localLane: () => (localLane ??= createLocalLane(memory, onBlock)),
    kernels: () => (kernels ??= createKernels(memory)),
    spillRoot,
    setBlockHandler(query, handler) {
      if (handler === undefined) handlers.delete(query)
      else handlers.set(query, handler)
    },
    nextQuery: () => ++queries,
  }

  return {
    pool,
    run(plan, sources, runOptions) {
      const coordinator = new Coordinator(parts, plan, sources, runOptions)
      return {
        batches: {
          [Symbol.asyncIterator]() {
            running.add(coordinator)
            return coordinator.iterate(() => running.delete(coordinator))
          },
        },
        metrics: () => coordinator.metrics(),
      }
    },
    async close() {
      await Promise.all([...running].map((coordinator) => coordinator.cancel()))
      await pool.close()
      spillRoot.remove()
    },
  }
}
