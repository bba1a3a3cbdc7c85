/**
 * Hands out the rows of a merge that were chosen: parts of the runs' batches, whose columns are read when they are due.
 *
 * Each filter's columns are read for the rows that passed those before, the rest for the rows that passed all. Small parts are put together,
 * so that operators behind get batches worth their while.
 */
import { BATCH_ROWS_MAX, type Batch, type Selection, type Vector } from '../../../core/vector.ts'
import { concatVectors } from '../../../expr/gather.ts'
import type { PhysicalScan } from '../../../plan/physical.ts'
import type { QueryContext } from '../../query-context.ts'
import { takeVector } from '../../rows/vectors.ts'
import { composeSelections } from '../row-selection.ts'
import type { Check } from '../scan-filters.ts'
import type { RunReader } from './run-reader.ts'

/** Rows [from, to) of a reader's batch, or those of the selection (relative to `from`) of them. */
export interface Piece {
  readonly reader: RunReader
  readonly from: number
  readonly to: number
  readonly selection: Selection | null
}

/** Rows from which a batch goes on as it is. */
const WORTHWHILE_ROWS = 1024

export class PieceReader {
  readonly #context: QueryContext
  readonly #plan: PhysicalScan
  readonly #checks: readonly Check[]
  #pieces: Piece[] = []

  constructor(context: QueryContext, plan: PhysicalScan, checks: readonly Check[]) {
    this.#context = context
    this.#plan = plan
    this.#checks = checks
  }

  /** Pieces of one reader come in ascending order. */
  add(piece: Piece): void {
    if ((piece.selection?.count ?? piece.to - piece.from) > 0) this.#pieces.push(piece)
  }

  /** The next rows that pass, or null when no piece is left. */
  next(): Batch | null {
    const batches: Batch[] = []
    let rowCount = 0
    while (this.#pieces.length > 0 && rowCount < WORTHWHILE_ROWS) {
      const piece = this.#pieces[0]!
      const count = piece.selection?.count ?? piece.to - piece.from
      if (rowCount + count > BATCH_ROWS_MAX) break
      this.#pieces.shift()
      const batch = this.#read(piece)
      if (batch.rowCount === 0) continue
      batches.push(batch)
      rowCount += batch.rowCount
    }
    const [first] = batches
    if (first === undefined) return null
    if (batches.length === 1) return first
    const columns = first.columns.map((_, i) =>
      concatVectors(
        this.#context,
        batches.map((batch) => batch.columns[i]!),
      ),
    )
    return { rowCount, columns }
  }

  #read({ reader, from, to, selection }: Piece): Batch {
    const { arena } = this.#context
    let rows = selection
    let vectors: (Vector | undefined)[] = []
    let rowCount = rows?.count ?? to - from
    const require = (columns: readonly number[]): void => {
      for (const column of columns) vectors[column] ??= reader.read(column, from, to, rows, arena)
    }
    for (const check of this.#checks) {
      require(check.columns)
      const passed = check.run({ rowCount, columns: vectors as Vector[] }, null)
      if (passed === null || passed.count === rowCount) continue
      this.#context.count(this.#plan.id, check.counter, rowCount - passed.count)
      vectors = vectors.map((vector) => vector && takeVector(this.#context, vector, passed.pointer, passed.count))
      rows = composeSelections(this.#context, rows, passed)
      rowCount = passed.count
      if (rowCount === 0) return { rowCount, columns: [] }
    }
    const { projection } = this.#plan
    require(projection)
    return { rowCount, columns: projection.map((column) => vectors[column]!) }
  }

  /** The rows of a batch with all columns that filters and output need that pass the filters. */
  filter(batch: Batch): Batch {
    let { columns, rowCount } = batch
    for (const check of this.#checks) {
      const passed = check.run({ rowCount, columns }, null)
      if (passed === null || passed.count === rowCount) continue
      this.#context.count(this.#plan.id, check.counter, rowCount - passed.count)
      columns = columns.map((vector) => vector && takeVector(this.#context, vector, passed.pointer, passed.count))
      rowCount = passed.count
    }
    return { rowCount, columns: this.#plan.projection.map((column) => columns[column]!) }
  }
}
