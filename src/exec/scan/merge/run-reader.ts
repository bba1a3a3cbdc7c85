/**
 * Reads one run batch by batch: the columns of the merge's keys, order and kind of each batch, and of the others what is asked for.
 *
 *   files of the run --> row groups --> row ranges --> batches of at most BATCH_ROWS_MAX rows, deleted rows left out
 *
 * Of a sorted run one batch is there at a time; its order is checked, for a run out of order would merge wrongly. Of a run that is not sorted
 * all batches stay, and with them the row groups they are of.
 */
import { Arena } from '../../../core/arena.ts'
import { corrupt } from '../../../core/errors.ts'
import { BATCH_ROWS_MAX, type Vector } from '../../../core/vector.ts'
import type { RowGroupReader, RowRange } from '../../../format/format.ts'
import type { PhysicalScan } from '../../../plan/physical.ts'
import type { MergeRun, MergeTask } from '../../../table/merge.ts'
import type { QueryContext } from '../../query-context.ts'
import { FileScan } from '../file-scan.ts'
import { withoutRows } from '../row-selection.ts'
import type { TaskChecks } from '../scan-round.ts'
import type { ScanFilters } from '../scan-filters.ts'
import { LastKey } from './last-key.ts'
import { type MergeShape, placeDescriptor, writeKeys } from './merge-keys.ts'
import { readKinds } from './row-kinds.ts'
import { type BatchKeys, type BatchOrigin, RunBatch, readOrigin } from './run-batch.ts'

/** What the readers of all runs of a merge share. */
export interface MergeReading {
  readonly context: QueryContext
  readonly plan: PhysicalScan
  readonly filters: ScanFilters
  readonly checks: TaskChecks
  readonly merge: MergeTask
  readonly shape: MergeShape
  /** Columns that `load` reads: keys, ordering, kinds. */
  readonly leading: readonly number[]
  /** All columns that the merge reads. */
  readonly wanted: readonly number[]
}

const ARENA_CHUNK_BYTES = 256 << 10

export class RunReader {
  /** Null before the first `load`, and at the end. */
  batch: RunBatch | null = null
  /** Rows of the batch that are used up. */
  position = 0
  /** Nothing follows the batch. */
  isLast = false
  rowsScanned = 0
  readonly #reading: MergeReading
  readonly #run: MergeRun
  readonly #number: number
  readonly #prunable: ReadonlySet<number>
  readonly #arena: Arena
  readonly #lastKey: LastKey
  #fileIndex = -1
  #file: FileScan | null = null
  #rowGroup = -1
  #reader: RowGroupReader | null = null
  readonly #readers: RowGroupReader[] = []
  #bytesOfClosed = 0
  #firstRow = 0
  #ranges: readonly RowRange[] = []
  #range = 0
  #row = 0
  #slice: RowRange = { start: 0, end: 0 }

  constructor(reading: MergeReading, run: MergeRun, number: number) {
    this.#reading = reading
    this.#run = run
    this.#number = number
    this.#prunable = new Set(reading.merge.keys)
    this.#arena = new Arena(reading.context.memory, 'a merge', ARENA_CHUNK_BYTES)
    this.#lastKey = new LastKey(reading.shape)
  }

  /** The file of the run that the batch is of. */
  get fileIndex(): number {
    return this.#fileIndex
  }

  get bytesRead(): number {
    return this.#readers.reduce((sum, reader) => sum + reader.bytesRead, this.#bytesOfClosed)
  }

  /** Moves to the next batch that has rows; null at the end. */
  load(): void {
    const { context, shape } = this.#reading
    const { batch } = this
    if (batch !== null && this.#run.isSorted)
      this.#lastKey.keep(context.memory, batch.rows + (batch.count - 1) * shape.stride)
    this.#arena.reset()
    this.batch = null
    this.position = 0
    while (this.batch === null && this.#nextSlice()) this.batch = this.#readSlice()
    this.isLast = this.batch === null || this.#atEnd()
  }

  close(): void {
    this.#closeRowGroup()
    this.#file?.close()
    this.#file = null
    this.#arena.free()
  }

  /** Moves to the next slice of rows; false at the end. */
  #nextSlice(): boolean {
    for (;;) {
      const range = this.#ranges[this.#range]
      if (range !== undefined && this.#row < range.end) {
        this.#slice = { start: this.#row, end: Math.min(range.end, this.#row + BATCH_ROWS_MAX) }
        this.#row = this.#slice.end
        return true
      }
      if (this.#range + 1 < this.#ranges.length) this.#row = this.#ranges[++this.#range]!.start
      else if (!this.#nextRowGroup()) return false
    }
  }

  #atEnd(): boolean {
    return (
      this.#row >= (this.#ranges[this.#range]?.end ?? 0) &&
      this.#range + 1 >= this.#ranges.length &&
      this.#rowGroup + 1 >= (this.#file?.rowGroups.length ?? 0) &&
      this.#fileIndex + 1 >= this.#run.files.length
    )
  }

  #nextRowGroup(): boolean {
    const { context, plan, wanted } = this.#reading
    this.#closeRowGroup()
    this.#ranges = []
    context.checkCancelled()
    for (;;) {
      const file = this.#file
      if (file === null || this.#rowGroup + 1 >= file.rowGroups.length) {
        if (!this.#nextFile()) return false
        continue
      }
      const rowGroup = file.rowGroups[++this.#rowGroup]!
      const { rowCount, firstRow } = file.rowGroupInfo(rowGroup)
      if (!file.mightMatch(rowGroup)) {
        context.count(plan.id, 'row_groups_pruned', 1)
        context.count(plan.id, 'rows_pruned_by_statistics', rowCount)
        this.rowsScanned += rowCount
        continue
      }
      context.count(plan.id, 'row_groups_scanned', 1)
      const reader = file.openRowGroup(rowGroup)
      this.#reader = reader
      this.#readers.push(reader)
      this.#firstRow = firstRow
      this.#ranges = file.candidateRanges(reader, rowGroup)
      this.#range = 0
      this.#row = this.#ranges[0]?.start ?? 0
      const targets = wanted.map((column) => file.target(column)).filter((target) => target >= 0)
      if (targets.length > 0) reader.prefetch([...new Set(targets)], this.#ranges)
      return true
    }
  }

  #nextFile(): boolean {
    const { context, plan, filters, checks } = this.#reading
    this.#file?.close()
    this.#file = null
    const next = this.#run.files[this.#fileIndex + 1]
    if (next === undefined) return false
    this.#fileIndex++
    this.#rowGroup = -1
    const { file, split, columns, deletes } = next
    const task = { file, split: split ?? null, columns, deletes, only: null, checks }
    this.#file = new FileScan(context, plan, task, filters, this.#prunable)
    return true
  }

  /** Null when all rows of the slice are deleted. */
  #readSlice(): RunBatch | null {
    const { context, leading } = this.#reading
    const { start, end } = this.#slice
    this.rowsScanned += end - start
    const base = this.#withoutDeleted()
    const count = base?.count ?? end - start
    if (count === 0) return null
    const own = { memory: context.memory, kernels: context.kernels, arena: this.#arena }
    const origin: BatchOrigin = { file: this.#file!, reader: this.#reader!, firstRow: this.#firstRow, start, base }
    const columns: Vector[] = []
    for (const column of leading) {
      columns[column] = readOrigin(own, origin, column, { from: 0, to: count, selection: null }, this.#arena)
    }
    const keys = this.#writeRecords(columns, count)
    if (this.#run.isSorted) this.#checkOrder(keys)
    return new RunBatch(own, origin, keys)
  }

  #writeRecords(columns: readonly Vector[], count: number): BatchKeys {
    const { context, merge, shape } = this.#reading
    const own = { memory: context.memory, kernels: context.kernels, arena: this.#arena }
    const kinds = readKinds(own, merge.rowKinds, (column) => columns[column]!, count)
    const mask = this.#arena.allocateZeroed(count)
    const rows = this.#arena.allocate(count * shape.stride)
    context.kernels.sort.placeHeaders(count, rows, shape.stride, mask, 0, kinds.pointer)
    // Rows that are not sorted are found by hash: of their records only the header counts.
    if (this.#run.isSorted) writeKeys(own, shape, rows, count, this.#number, (column) => columns[column]!)
    return { count, rows, mask, hasRetractions: kinds.hasRetractions, columns }
  }

  #withoutDeleted(): BatchOrigin['base'] {
    const { positions } = this.#file!.deletes
    if (positions === null) return null
    const { context, plan } = this.#reading
    const firstRow = this.#firstRow + this.#slice.start
    const rowCount = this.#slice.end - this.#slice.start
    const deleted = positions.in(firstRow, firstRow + rowCount)
    if (deleted.length === 0) return null
    const own = { memory: context.memory, arena: this.#arena }
    context.count(plan.id, 'rows_pruned_by_deletes', deleted.length)
    return withoutRows(own, { firstRow, rowCount }, null, null, deleted)
  }

  #checkOrder({ rows, count }: BatchKeys): void {
    const { context, shape, merge } = this.#reading
    if (merge.keys.length === 0) return
    const own = { memory: context.memory, kernels: context.kernels, arena: this.#arena }
    const descriptor = placeDescriptor(own, shape.keyOrder)
    const { sort } = context.kernels
    const last = this.#lastKey.place(own)
    const follows = last === 0 || sort.rowsUpTo(1, rows, shape.stride, last, descriptor) === 0
    if (follows && sort.firstDisorder(count, rows, shape.stride, descriptor) === count) return
    const { url } = this.#run.files[this.#fileIndex]!.file
    throw corrupt(url, 'its rows are not in the order of the primary key')
  }

  /** With `now` the row group is done with; else it stays for its batches. */
  #closeRowGroup(): void {
    const reader = this.#reader
    this.#reader = null
    if (reader === null) return
    this.#bytesOfClosed += reader.bytesRead
    this.#readers.splice(this.#readers.indexOf(reader), 1)
    reader.close()
  }
}
