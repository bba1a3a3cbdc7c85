/**
 * Gathers the few rows that selective filters leave of each slice of a row group into batches worth the operators' while.
 *
 *   slice 1: 3 rows, slice 2: 0, slice 3: 7, ...  --copied-->  one batch of thousands
 *
 * Rows are copied into an arena of the gatherer's own, for the slice's is reset; dictionaries stay where they are, as long as the row group is
 * open: so a gatherer belongs to one row group.
 */
import { Arena } from '../../core/arena.ts'
import { BATCH_ROWS_MAX, type Batch } from '../../core/vector.ts'
import { concatVectors } from '../../expr/gather.ts'
import type { PhysicalScan } from '../../plan/physical.ts'
import type { QueryContext } from '../query-context.ts'
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
  #arena: Arena
  /** The other arena, free for the pieces that come next. */
  #spare: Arena
  #pieces: Batch[] = []
  #rowCount = 0

  constructor(context: QueryContext) {
    this.#context = context
    this.#arena = new Arena(context.memory, 'a scan', ARENA_CHUNK_BYTES)
    this.#spare = new Arena(context.memory, 'a scan', ARENA_CHUNK_BYTES)
  }

  /** Takes a slice's rows. Gives a batch, in the context's arena, when there are enough; else keeps a copy of them. */
  add(batch: Batch): Batch | null {
    if (this.#pieces.length === 0 && batch.rowCount >= WORTHWHILE_ROWS) return batch
    let full: Batch | null = null
    if (this.#rowCount + batch.rowCount > BATCH_ROWS_MAX) {
      full = this.#join()
      this.#clear()
    }
    this.#pieces.push(this.#copy(batch))
    this.#rowCount += batch.rowCount
    if (full !== null) return full
    return this.#rowCount >= GATHERED_ROWS ? this.flush() : null
  }

  /** What was gathered, or null. */
  flush(): Batch | null {
    if (this.#rowCount === 0) return null
    const batch = this.#join()
    this.#clear()
    return batch
  }

  close(): void {
    this.#arena.free()
    this.#spare.free()
  }

  #copy(batch: Batch): Batch {
    const { memory, kernels, arena } = this.#context
    const own = { memory, kernels, arena: this.#arena }
    return { rowCount: batch.rowCount, columns: batch.columns.map((column) => copyOfSlice(own, arena, column)) }
  }

  #join(): Batch {
    const columns = this.#pieces[0]!.columns.map((_, i) =>
      concatVectors(
        this.#context,
        this.#pieces.map((piece) => piece.columns[i]!),
      ),
    )
    return { rowCount: this.#rowCount, columns }
  }

  /** The joined batch may be the one piece itself: its arena is kept until the next clear. */
  #clear(): void {
    const used = this.#arena
    this.#arena = this.#spare
    this.#arena.reset()
    this.#spare = used
    this.#pieces = []
    this.#rowCount = 0
  }
}

/** Small: most row groups gather a few rows only. */
const ARENA_CHUNK_BYTES = 256 << 10
