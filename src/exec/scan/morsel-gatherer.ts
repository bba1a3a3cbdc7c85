/**
 * Gathers the few rows that each of many row groups and files has to give into batches worth the operators' while.
 *
 *   row group 1: 30 rows, row group 2: 2, ...  --copied, with the bytes of strings-->  one batch of thousands
 *
 * Unlike a row group's own gatherer (batch-gatherer.ts) it outlives row groups, so nothing of theirs is pointed into: columns come out flat, strings with
 * bytes of their own. The first batches go on as they are: a scan that finds a few rows in one place gains nothing by copying them.
 */
import { BATCH_ROWS_MAX, type Batch } from '../../core/vector.ts'
import type { VectorContext } from '../../expr/gather.ts'
import type { PhysicalScan } from '../../plan/physical.ts'
import { WORTHWHILE_ROWS, canGather } from './batch-gatherer.ts'
import { GatheredRows } from './gathered-rows.ts'
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

export class MorselGatherer {
  readonly #rows: GatheredRows
  #passed = 0

  constructor(context: Pick<VectorContext, 'memory' | 'kernels'>) {
    this.#rows = new GatheredRows(context)
  }

  /** Takes a batch. Gives one, valid until the next call, when there is one to go on. */
  add(batch: Batch): Batch | null {
    const rows = this.#rows
    if (rows.pieceCount === 0) {
      if (batch.rowCount >= WORTHWHILE_ROWS) return batch
      if (this.#passed < PASSED_FIRST) {
        this.#passed++
        return batch
      }
    }
    const full = rows.rowCount + batch.rowCount > BATCH_ROWS_MAX ? this.flush() : null
    rows.push(batch, copyVector)
    if (full !== null) return full
    return rows.rowCount >= GATHERED_ROWS || rows.pieceCount >= GATHERED_BATCHES ? this.flush() : null
  }

  /** What was gathered, or null. */
  flush(): Batch | null {
    return this.#rows.take(null)
  }

  close(): void {
    this.#rows.close()
  }
}
