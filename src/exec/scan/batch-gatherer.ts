/**
 * Gathers the few rows that selective filters leave of each slice of a row group into batches worth the operators' while.
 *
 *   slice 1: 3 rows, slice 2: 0, slice 3: 7, ...  --copied-->  one batch of thousands
 *
 * Rows are copied into an arena of the gatherer's own, for the slice's is reset; dictionaries stay where they are, as long as the row group is
 * open: so a gatherer belongs to one row group.
 */
import { BATCH_ROWS_MAX, type Batch } from '../../core/vector.ts'
import type { PhysicalScan } from '../../plan/physical.ts'
import type { QueryContext } from '../query-context.ts'
import { GatheredRows } from './gathered-rows.ts'
import { copyOfSlice } from './own-copy.ts'

/** Batches of at least this many rows go on as they are: a batch costs each operator some 10-100 us, a row 1-10 ns. */
export const WORTHWHILE_ROWS = 1024

/** Gathered rows go on from here. */
const GATHERED_ROWS = 4096

/** Lists are not copied with their elements, so rows with nested columns go on as they are. */
export function canGather(plan: PhysicalScan): boolean {
  return plan.projection.length > 0 && plan.projection.every((column) => !NESTED.has(plan.columns[column]!.type.kind))
}

const NESTED: ReadonlySet<string> = new Set(['list', 'map', 'struct'])

export class BatchGatherer {
  readonly #context: QueryContext
  readonly #rows: GatheredRows

  constructor(context: QueryContext) {
    this.#context = context
    this.#rows = new GatheredRows(context)
  }

  /** Takes a slice's rows. Gives a batch, in the context's arena, when there are enough; else keeps a copy of them. */
  add(batch: Batch): Batch | null {
    const rows = this.#rows
    if (rows.pieceCount === 0 && batch.rowCount >= WORTHWHILE_ROWS) return batch
    const full = rows.rowCount + batch.rowCount > BATCH_ROWS_MAX ? this.flush() : null
    const slice = this.#context.arena
    rows.push(batch, (own, vector) => copyOfSlice(own, slice, vector))
    if (full !== null) return full
    return rows.rowCount >= GATHERED_ROWS ? this.flush() : null
  }

  /** What was gathered, or null. */
  flush(): Batch | null {
    return this.#rows.take(this.#context.arena)
  }

  close(): void {
    this.#rows.close()
  }
}
