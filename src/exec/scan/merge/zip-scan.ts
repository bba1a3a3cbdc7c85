/**
 * Reads a task whose files have different columns of the same rows (engine `zip` of table/merge.ts), as far as each goes at a time:
 *
 *   run 0   a b   |--------|-----|---       row groups end where they like; a step goes to the nearest end of a batch
 *   run 1   c     |-----|-----|------
 */
import { Arena } from '../../../core/arena.ts'
import { InternalError, corrupt } from '../../../core/errors.ts'
import type { Batch, Vector } from '../../../core/vector.ts'
import type { PhysicalScan } from '../../../plan/physical.ts'
import type { QueryContext } from '../../query-context.ts'
import type { Morsel } from '../morsel.ts'
import type { RoundTask } from '../scan-round.ts'
import type { ScanFilters } from '../scan-filters.ts'
import { mergeShape } from './merge-keys.ts'
import { PieceReader } from './piece-reader.ts'
import { type MergeReading, RunReader } from './run-reader.ts'

export class ZipScan implements Morsel {
  readonly #context: QueryContext
  readonly #readers: readonly RunReader[]
  readonly #columns: readonly { readonly column: number; readonly reader: RunReader }[]
  readonly #filter: PieceReader
  readonly #url: string
  readonly #arena: Arena

  constructor(context: QueryContext, plan: PhysicalScan, task: RoundTask, filters: ScanFilters) {
    const merge = task.merge!
    const { engine } = merge
    if (engine.kind !== 'zip') throw new InternalError('a merge of another kind')
    const checks = filters.checksOf(task.checks)
    const wanted = [...new Set([...plan.projection, ...checks.flatMap(({ columns }) => columns)])]
    const shape = mergeShape(merge, [])
    this.#context = context
    this.#url = task.file.url
    // Rows are matched by their place: none is skipped.
    const base = { context, plan, filters, checks: { filters: [], others: [] }, merge, shape, leading: [] }
    const runOf = (column: number): number => Math.max(0, engine.runs[column] ?? 0)
    this.#readers = merge.runs.map((run, i) => {
      const reading: MergeReading = { ...base, wanted: wanted.filter((column) => runOf(column) === i) }
      return new RunReader(reading, run, i)
    })
    this.#columns = wanted.map((column) => ({ column, reader: this.#readers[runOf(column)]! }))
    this.#filter = new PieceReader(context, plan, checks)
    this.#arena = new Arena(context.memory, 'a merge')
  }

  get bytesRead(): number {
    return this.#readers.reduce((sum, reader) => sum + reader.bytesRead, 0)
  }

  get rowsScanned(): number {
    return this.#readers[0]?.rowsScanned ?? 0
  }

  next(): Batch | null {
    for (;;) {
      this.#context.checkCancelled()
      this.#arena.reset()
      let count = Infinity
      for (const reader of this.#readers) {
        if (rowsLeft(reader) === 0 && !reader.isLast) reader.load()
        count = Math.min(count, rowsLeft(reader))
      }
      if (count <= 0 || count === Infinity) return this.#end()
      const columns: Vector[] = []
      for (const { column, reader } of this.#columns) {
        columns[column] = reader.batch!.read(column, reader.position, reader.position + count, null, this.#arena)
      }
      for (const reader of this.#readers) reader.position += count
      const batch = this.#filter.filter({ rowCount: count, columns })
      if (batch.rowCount > 0) return batch
    }
  }

  close(): void {
    for (const reader of this.#readers) reader.close()
    this.#arena.free()
  }

  #end(): null {
    const isLeft = this.#readers.some((reader) => rowsLeft(reader) > 0)
    if (isLeft) throw corrupt(this.#url, 'files with columns of the same rows have different numbers of rows')
    return null
  }
}

/** Rows of the reader's batch that are not given yet. */
function rowsLeft({ batch, position }: RunReader): number {
  return (batch?.count ?? 0) - position
}
