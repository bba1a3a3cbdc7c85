/**
 * Gathers the few rows that each of many row groups and files has to give into batches worth the operators' while.
 *
 *   row group 1: 30 rows, row group 2: 2, ...  --copied, with the bytes of strings-->  one batch of thousands
 *
 * Unlike a row group's own gatherer (batch-gatherer.ts) it outlives row groups, so nothing of theirs is pointed into: columns come out flat, strings with
 * bytes of their own. The first batches go on as they are: a scan that finds a few rows in one place gains nothing by copying them.
 */
import { Arena } from '../../core/arena.ts'
import { BATCH_ROWS_MAX, type Batch } from '../../core/vector.ts'
import { type VectorContext, concatVectors } from '../../expr/gather.ts'
import type { PhysicalScan } from '../../plan/physical.ts'
import { WORTHWHILE_ROWS, canGather } from './batch-gatherer.ts'
import { copyVector } from './own-copy.ts'

/** Small batches that go on before any is kept. */
const PASSED_FIRST = 3
/** Gathered rows go on from here, or after so many batches: who waits for them sees some come. */
const GATHERED_ROWS = 4096
const GATHERED_BATCHES = 24

/** Whether a scan's row groups can have few rows to give, and these can be copied. Limits count rows as they go on. */
export function canGatherMorsels(plan: PhysicalScan): boolean {
  return plan.limit === null && plan.filters.length + plan.dynamicFilters.length > 0 && canGather(plan)
}

type Context = Pick<VectorContext, 'memory' | 'kernels'>

export class MorselGatherer {
  readonly #context: Context
  #arena: Arena
  /** The other arena: what was given last lies in it. */
  #spare: Arena
  #pieces: Batch[] = []
  #rowCount = 0
  #passed = 0

  constructor(context: Context) {
    this.#context = context
    this.#arena = new Arena(context.memory, 'a scan', ARENA_CHUNK_BYTES)
    this.#spare = new Arena(context.memory, 'a scan', ARENA_CHUNK_BYTES)
  }

  /** Takes a batch. Gives one, valid until the next call, when there is one to go on. */
  add(batch: Batch): Batch | null {
    if (this.#pieces.length === 0) {
      if (batch.rowCount >= WORTHWHILE_ROWS) return batch
      if (this.#passed < PASSED_FIRST) {
        this.#passed++
        return batch
      }
    }
    const full = this.#rowCount + batch.rowCount > BATCH_ROWS_MAX ? this.flush() : null
    const own = { memory: this.#context.memory, kernels: this.#context.kernels, arena: this.#arena }
    this.#pieces.push({ rowCount: batch.rowCount, columns: batch.columns.map((column) => copyVector(own, column)) })
    this.#rowCount += batch.rowCount
    if (full !== null) return full
    return this.#rowCount >= GATHERED_ROWS || this.#pieces.length >= GATHERED_BATCHES ? this.flush() : null
  }

  /** What was gathered, or null. */
  flush(): Batch | null {
    if (this.#rowCount === 0) return null
    const own = { memory: this.#context.memory, kernels: this.#context.kernels, arena: this.#arena }
    const columns = this.#pieces[0]!.columns.map((_, i) =>
      concatVectors(
        own,
        this.#pieces.map((piece) => piece.columns[i]!),
      ),
    )
    const batch = { rowCount: this.#rowCount, columns }
    const used = this.#arena
    this.#arena = this.#spare
    this.#arena.reset()
    this.#spare = used
    this.#pieces = []
    this.#rowCount = 0
    return batch
  }

  close(): void {
    this.#arena.free()
    this.#spare.free()
  }
}

const ARENA_CHUNK_BYTES = 256 << 10
