/**
 * Reads one sorted run batch by batch: the columns of the merge's keys, order and kind of each batch, and of the others what is asked for.
 *
 *   files of the run --> row groups --> row ranges --> batches of at most BATCH_ROWS_MAX rows, deleted rows left out
 *
 * A batch is there until the next `load`; rows are used up from its front (`position`). Columns are read for ascending parts of a batch,
 * each part once. Key order is checked: a run out of order would merge wrongly.
 */
import { Arena } from '../../../core/arena.ts'
import { corrupt } from '../../../core/errors.ts'
import type { Pointer } from '../../../core/memory.ts'
import { sliceVector } from '../../../core/vector-values.ts'
import { BATCH_ROWS_MAX, type Selection, type Vector } from '../../../core/vector.ts'
import type { RowGroupReader, RowRange } from '../../../format/format.ts'
import type { PhysicalScan } from '../../../plan/physical.ts'
import type { MergeRun, MergeTask } from '../../../table/merge.ts'
import type { QueryContext } from '../../query-context.ts'
import { takeVector } from '../../rows/vectors.ts'
import { FileScan } from '../file-scan.ts'
import { withoutRows } from '../row-selection.ts'
import type { TaskChecks } from '../scan-round.ts'
import type { ScanFilters } from '../scan-filters.ts'
import { LastKey } from './last-key.ts'
import { type MergeShape, placeDescriptor, writeKeys } from './merge-keys.ts'
import { readKinds } from './row-kinds.ts'

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
  /** Rows of the batch. */
  count = 0
  /** Rows of the batch that are used up. */
  position = 0
  /** Of the batch's first record. */
  rows: Pointer = 0
  /** The mask bytes of the batch's records. */
  mask: Pointer = 0
  hasRetractions = false
  /** Nothing follows the batch. */
  isLast = false
  bytesRead = 0
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
  #readerBytes = 0
  #firstRow = 0
  #ranges: readonly RowRange[] = []
  #range = 0
  #row = 0
  // The batch.
  #start = 0
  #end = 0
  #base: Selection | null = null
  #columns: (Vector | undefined)[] = []

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

  /** The name of the file that the batch is of. */
  get fileUrl(): string {
    return this.#run.files[this.#fileIndex]?.file.url ?? ''
  }

  /** The next batch that has rows; at the end `count` is 0. What was read of the batch before is gone. */
  load(): void {
    this.#keepLastKey()
    this.#arena.reset()
    this.count = 0
    this.position = 0
    while (this.count === 0 && this.#nextSlice()) this.#readSlice()
    this.isLast = this.count === 0 || this.#atEnd()
  }

  /** Column `column` of rows [from, to) of the batch, or of those of `selection` (relative to `from`). */
  read(column: number, from: number, to: number, selection: Selection | null, arena: Arena): Vector {
    const count = selection?.count ?? to - from
    const known = this.#columns[column]
    if (known !== undefined) {
      const part = sliceVector(known, from, to - from)
      const { memory, kernels } = this.#reading.context
      return selection === null ? part : takeVector({ memory, kernels, arena }, part, selection.pointer, count)
    }
    const file = this.#file!
    const [start, end, rows] = this.#rowsInGroup(from, to, selection, arena)
    const target = file.target(column)
    if (target < 0) return file.computed(column, this.#firstRow + start, count, rows, arena)
    const vector = this.#reader!.read(target, start, end, rows, arena)
    this.#countBytes()
    return vector
  }

  close(): void {
    this.#closeReader()
    this.#file?.close()
    this.#file = null
    this.#arena.free()
  }

  /** Rows of the row group that rows [from, to) of the batch are: a range, and the selection within it. */
  #rowsInGroup(
    from: number,
    to: number,
    selection: Selection | null,
    arena: Arena,
  ): readonly [number, number, Selection | null] {
    const base = this.#base
    if (base === null) return [this.#start + from, this.#start + to, selection]
    const { u32 } = this.#reading.context.memory
    const at = base.pointer >>> 2
    if (from >= to) return [this.#start, this.#start, null]
    const first = u32[at + from]!
    const count = selection?.count ?? to - from
    const pointer = arena.allocate(count * 4)
    for (let i = 0; i < count; i++) {
      const row = selection === null ? i : u32[(selection.pointer >>> 2) + i]!
      u32[(pointer >>> 2) + i] = u32[at + from + row]! - first
    }
    return [this.#start + first, this.#start + u32[at + to - 1]! + 1, { pointer, count }]
  }

  /** Moves to the next slice of rows; false at the end. */
  #nextSlice(): boolean {
    for (;;) {
      const range = this.#ranges[this.#range]
      if (range !== undefined && this.#row < range.end) {
        this.#start = this.#row
        this.#end = Math.min(range.end, this.#row + BATCH_ROWS_MAX)
        this.#row = this.#end
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
    this.#closeReader()
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
      this.#firstRow = firstRow
      this.#ranges = file.pruning === null ? [{ start: 0, end: rowCount }] : reader.candidateRanges(file.pruning)
      this.#range = 0
      this.#row = this.#ranges[0]?.start ?? 0
      const targets = wanted.map((column) => file.target(column)).filter((target) => target >= 0)
      if (targets.length > 0) reader.prefetch([...new Set(targets)], this.#ranges)
      this.#countBytes()
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

  #readSlice(): void {
    const { context, leading } = this.#reading
    const rowCount = this.#end - this.#start
    this.rowsScanned += rowCount
    this.#columns = []
    this.#base = this.#withoutDeleted()
    const count = this.#base?.count ?? rowCount
    if (count === 0) return
    const own = { memory: context.memory, kernels: context.kernels, arena: this.#arena }
    const columns: Vector[] = []
    for (const column of leading) columns[column] = this.read(column, 0, count, null, this.#arena)
    this.#columns = columns
    this.count = count
    const { merge, shape } = this.#reading
    const kinds = readKinds(own, merge.rowKinds, (column) => columns[column]!, count)
    this.hasRetractions = kinds.hasRetractions
    this.mask = this.#arena.allocateZeroed(count)
    this.rows = this.#arena.allocate(count * shape.stride)
    context.kernels.sort.placeHeaders(count, this.rows, shape.stride, this.mask, 0, kinds.pointer)
    writeKeys(own, shape, this.rows, count, this.#number, (column) => columns[column]!)
    this.#checkOrder()
  }

  #withoutDeleted(): Selection | null {
    const { positions } = this.#file!.deletes
    if (positions === null) return null
    const { context, plan } = this.#reading
    const firstRow = this.#firstRow + this.#start
    const rowCount = this.#end - this.#start
    const deleted = positions.in(firstRow, firstRow + rowCount)
    if (deleted.length === 0) return null
    const own = { memory: context.memory, arena: this.#arena }
    context.count(plan.id, 'rows_pruned_by_deletes', deleted.length)
    return withoutRows(own, { firstRow, rowCount }, null, null, deleted)
  }

  #checkOrder(): void {
    const { context, shape, merge } = this.#reading
    if (merge.keys.length === 0 || !this.#run.isSorted) return
    const own = { memory: context.memory, kernels: context.kernels, arena: this.#arena }
    const descriptor = placeDescriptor(own, shape.keyOrder)
    const { sort } = context.kernels
    const last = this.#lastKey.place(own)
    const follows = last === 0 || sort.rowsUpTo(1, this.rows, shape.stride, last, descriptor) === 0
    if (follows && sort.firstDisorder(this.count, this.rows, shape.stride, descriptor) === this.count) return
    throw corrupt(this.fileUrl, 'its rows are not in the order of the primary key')
  }

  #keepLastKey(): void {
    const { context, shape } = this.#reading
    if (this.count > 0) this.#lastKey.keep(context.memory, this.rows + (this.count - 1) * shape.stride)
  }

  #countBytes(): void {
    const bytes = this.#reader!.bytesRead
    this.bytesRead += bytes - this.#readerBytes
    this.#readerBytes = bytes
  }

  #closeReader(): void {
    this.#reader?.close()
    this.#reader = null
    this.#readerBytes = 0
  }
}
