/**
 * One worker's share of a scan: takes row groups, one at a time, and reads them.
 *
 * The morsels of a scan are row groups, but how many a file has is in its footer, which only threads read. So each task has a
 * counter of its own in the control page: a worker takes a task nobody has begun (the morsel counter), and all its row groups one by one;
 * when no such task is left it helps with the tasks of others, whose row groups it takes from the same counters. Where there are few row groups,
 * threads share them (pieces.ts).
 */
import { BATCH_ROWS_MAX, type Batch } from '../../core/vector.ts'
import type { PhysicalScan } from '../../plan/physical.ts'
import { filesOfMerge } from '../../table/merge.ts'
import type { Source } from '../operators/operator.ts'
import type { QueryContext } from '../query-context.ts'
import { FileScan } from './file-scan.ts'
import { MergeScan } from './merge/merge-scan.ts'
import { UnsortedMerge } from './merge/unsorted-merge.ts'
import { ZipScan } from './merge/zip-scan.ts'
import type { Morsel } from './morsel.ts'
import { MorselGatherer, canGatherMorsels } from './morsel-gatherer.ts'
import { RowGroupPieces, countersOf, piecesWanted } from './pieces.ts'
import { RowGroupScan } from './row-group-scan.ts'
import { SequentialScan } from './sequential-scan.ts'
import type { ScanRound } from './scan-round.ts'
import { ScanFilters } from './scan-filters.ts'

export function createScanSource(context: QueryContext, plan: PhysicalScan, round: ScanRound): Source {
  return new ScanSource(context, plan, round)
}

const NO_ROWS: Batch = { rowCount: 0, columns: [] }

class ScanSource implements Source {
  readonly #context: QueryContext
  readonly #plan: PhysicalScan
  readonly #round: ScanRound
  readonly #filters: ScanFilters
  readonly #limitNumber: number
  /** Null when every batch goes on as it is. */
  readonly #gatherer: MorselGatherer | null
  #task = -1
  /** Rows of the task under way that are counted, not read. */
  #countedLeft = 0
  #file: FileScan | null = null
  #rowGroup: Morsel | null = null
  /** Null: row groups of the file are not shared. */
  #pieces: RowGroupPieces | null = null
  /** Tasks below this one have no row groups left to help with. */
  #helpFrom = 0
  #mayBegin = true
  /** Of the row group under way; opening it may read some already. */
  #bytesCounted = 0

  constructor(context: QueryContext, plan: PhysicalScan, round: ScanRound) {
    this.#context = context
    this.#plan = plan
    this.#round = round
    this.#filters = context.once(plan.id, () => new ScanFilters(context, plan))
    this.#gatherer = canGatherMorsels(plan) ? new MorselGatherer(context) : null
    this.#limitNumber = plan.limit === null ? -1 : context.plan.limitNumber(plan.id)
  }

  next(): Batch | null {
    const batch = this.#next()
    if (this.#gatherer === null || batch === NO_ROWS) return batch
    return batch === null ? this.#gatherer.flush() : (this.#gatherer.add(batch) ?? NO_ROWS)
  }

  #next(): Batch | null {
    const { control, workerIndex } = this.#context
    for (;;) {
      if (this.#isSatisfied()) return null
      if (this.#countedLeft > 0) return this.#emitCounted()
      if (this.#rowGroup === null && !this.#openRowGroup()) {
        if (this.#countedLeft > 0) continue
        return null
      }
      const rowGroup = this.#rowGroup
      // A file in which nothing can match: the driver may want to pause between files.
      if (rowGroup === null) return NO_ROWS
      const scannedBefore = rowGroup.rowsScanned
      const batch = rowGroup.next()
      const bytes = rowGroup.bytesRead - this.#bytesCounted
      this.#bytesCounted += bytes
      control.addProgress(workerIndex, rowGroup.rowsScanned - scannedBefore, bytes)
      if (bytes > 0) this.#context.count(this.#plan.id, 'bytes_read', bytes)
      if (batch !== null) {
        if (this.#limitNumber >= 0) control.countLimit(this.#limitNumber, batch.rowCount)
        return batch
      }
      control.addMorselDone(workerIndex)
      this.#closeRowGroup()
      return NO_ROWS
    }
  }

  close(): void {
    this.#gatherer?.close()
    this.#closeRowGroup()
    this.#closeFile()
  }

  #isSatisfied(): boolean {
    const { limit } = this.#plan
    return limit !== null && this.#context.control.limitCount(this.#limitNumber) >= limit
  }

  /** Opens the next row group that may have rows, if the file under way or the next one has any; false when no file is left. */
  #openRowGroup(): boolean {
    if (this.#filters.passNothing) return false
    for (;;) {
      if (this.#file === null && !this.#openFile()) return false
      if (this.#rowGroup !== null) return true
      // The task's rows are counted, not read.
      if (this.#countedLeft > 0) return false
      // Nothing to count, or a merge that another worker does.
      if (this.#file === null) continue
      const file = this.#file
      const number = this.#context.control.takeRowGroup(this.#task)
      if (number >= file.rowGroups.length) {
        this.#rowGroup = this.#help(file)
        if (this.#rowGroup === null) this.#closeFile()
        return true
      }
      const rowGroup = file.rowGroups[number]!
      if (file.mightMatch(rowGroup)) {
        this.#context.count(this.#plan.id, 'row_groups_scanned', 1)
        this.#bytesCounted = 0
        if (file.isSequential) this.#rowGroup = new SequentialScan(this.#context, this.#plan, file)
        else if (this.#pieces === null) this.#rowGroup = new RowGroupScan(this.#context, this.#plan, file, rowGroup)
        else this.#rowGroup = this.#begin(file, number, this.#pieces)
        return true
      }
      const { rowCount } = file.rowGroupInfo(rowGroup)
      this.#context.count(this.#plan.id, 'row_groups_pruned', 1)
      this.#context.count(this.#plan.id, 'rows_pruned_by_statistics', rowCount)
      this.#context.control.addProgress(this.#context.workerIndex, rowCount, 0)
    }
  }

  /** Reads pieces of a row group, by its number in the task, that nobody has begun. */
  #begin(file: FileScan, number: number, pieces: RowGroupPieces): RowGroupScan {
    const rowGroup = file.rowGroups[number]!
    const likely = { start: 0, end: file.rowGroupInfo(rowGroup).rowCount }
    const parts = { first: pieces.begin(number), next: () => pieces.next(number), likely }
    return new RowGroupScan(this.#context, this.#plan, file, rowGroup, parts)
  }

  /** Reads pieces of a row group that another thread has begun; null: none needs help. */
  #help(file: FileScan): RowGroupScan | null {
    const pieces = this.#pieces
    const help = pieces?.help() ?? null
    if (help === null) return null
    this.#bytesCounted = 0
    const { number, range } = help
    const parts = { first: range, next: () => pieces!.next(number), likely: range }
    return new RowGroupScan(this.#context, this.#plan, file, file.rowGroups[number]!, parts)
  }

  #openFile(): boolean {
    const task = this.#nextTask()
    if (task < 0) return false
    this.#task = task
    const { countedRows } = this.#round.tasks[task]!
    if (countedRows !== null) {
      // Only who begins the task counts; for the others it has no row groups.
      this.#context.control.setRowGroupCount(task, 0)
      this.#countedLeft = countedRows
      return true
    }
    if (this.#round.tasks[task]!.merge !== undefined) {
      this.#openMerge(task)
      return true
    }
    const file = new FileScan(this.#context, this.#plan, this.#round.tasks[task]!, this.#filters)
    this.#file = file
    const { rowGroups } = file
    const { control, workerCount } = this.#context
    control.setRowGroupCount(task, rowGroups.length)
    const taskCount = this.#round.tasks.length
    const wanted = file.skipsRows ? piecesWanted(rowGroups.length, { workerCount, taskCount }) : 1
    const rowCounts = rowGroups.map((rowGroup) => file.rowGroupInfo(rowGroup).rowCount)
    const { first } = countersOf(task, taskCount)
    this.#pieces = wanted === 1 ? null : new RowGroupPieces(control, rowCounts, { wanted, first })
    return true
  }

  /** A merge is one morsel: who takes it first does it all. */
  #openMerge(task: number): void {
    const { control } = this.#context
    control.setRowGroupCount(task, 1)
    if (control.takeRowGroup(task) > 0) return
    this.#bytesCounted = 0
    const roundTask = this.#round.tasks[task]!
    const merge = roundTask.merge!
    const isSorted = merge.runs.every((run) => run.isSorted)
    const Merge = merge.engine.kind === 'zip' ? ZipScan : isSorted ? MergeScan : UnsortedMerge
    this.#rowGroup = new Merge(this.#context, this.#plan, roundTask, this.#filters)
  }

  /** A task that nobody has begun, else one with row groups left, else -1. */
  #nextTask(): number {
    const { tasks } = this.#round
    if (this.#mayBegin) {
      const begun = this.#context.nextMorsel()
      if (begun < tasks.length) {
        const { isNewFile, countedRows, merge } = tasks[begun]!
        const files = merge === undefined ? 1 : filesOfMerge(merge).length
        if (isNewFile && countedRows === null) this.#context.count(this.#plan.id, 'files_scanned', files)
        return begun
      }
      this.#mayBegin = false
    }
    while (this.#helpFrom < tasks.length) {
      const task = this.#helpFrom++
      if (tasks[task]!.countedRows === null && !this.#context.control.isTaken(task, countersOf(task, tasks.length)))
        return task
    }
    return -1
  }

  /** Rows that the table's metadata counts: batches without columns. */
  #emitCounted(): Batch {
    const rowCount = Math.min(BATCH_ROWS_MAX, this.#countedLeft)
    this.#countedLeft -= rowCount
    const { control, workerIndex } = this.#context
    control.addProgress(workerIndex, rowCount, 0)
    if (this.#limitNumber >= 0) control.countLimit(this.#limitNumber, rowCount)
    if (this.#countedLeft === 0) control.addMorselDone(workerIndex)
    return { rowCount, columns: [] }
  }

  #closeRowGroup(): void {
    this.#rowGroup?.close()
    this.#rowGroup = null
  }

  #closeFile(): void {
    this.#file?.close()
    this.#file = null
  }
}
