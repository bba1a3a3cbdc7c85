/**
 * Reads one row group in slices of at most BATCH_ROWS_MAX rows, no value more than needed.
 *
 *   slice [start, end)  --check 1--> rows --check 2--> rows ... --deletes--> rows --read the other columns of those rows--> batch
 *
 * Each check's columns are read for the rows that are left; what was read before is narrowed with them. `base` are the rows
 * (of the slice) that the vectors read so far have; `pending` are those of them that passed since. Narrowing costs a copy, so it is done
 * when a column must be read for much fewer rows than `base`.
 */
import { BATCH_ROWS_MAX, type Batch, type Selection, type Vector } from '../../core/vector.ts'
import { firstAtLeast } from '../../expr/prune/named-values.ts'
import type { RowGroupReader, RowRange } from '../../format/format.ts'
import type { PhysicalScan } from '../../plan/physical.ts'
import type { QueryContext } from '../query-context.ts'
import { takeVector } from '../rows/vectors.ts'
import { BatchGatherer, canGather } from './batch-gatherer.ts'
import type { FileScan } from './file-scan.ts'
import type { Morsel } from './morsel.ts'
import { composeSelections, withoutRows } from './row-selection.ts'
import type { Check } from './scan-filters.ts'

/** A column is read for all of `base` when at least this share of it passed. */
const KEEP_SHARE = 0.75

/** Columns are fetched for single stretches of a slice when at most one row in so many passed. */
const SPARSE_ROWS = 64
/** Rows that passed and lie less than so far apart are one stretch: a page has a thousand rows or more. */
const STRETCH_GAP_MAX = 512

/** Rows of a row group that a scan is to read: part after part, ascending. */
export interface RowGroupParts {
  readonly first: RowRange
  /** The part behind those before; null at the end. */
  readonly next: () => RowRange | null
  /** Where the parts will lie, as far as one can tell. */
  readonly likely: RowRange
}

export class RowGroupScan implements Morsel {
  readonly #context: QueryContext
  readonly #plan: PhysicalScan
  readonly #file: FileScan
  readonly #reader: RowGroupReader | null
  readonly #firstRow: number
  /** Of the row group: what may match. */
  readonly #candidates: readonly RowRange[]
  readonly #parts: RowGroupParts | null
  /** Rows that columns are fetched for. */
  readonly #likely: readonly RowRange[]
  /** Of the part under way: what may match. */
  #ranges: readonly RowRange[] = []
  /** Null when every slice goes on whole. */
  readonly #gatherer: BatchGatherer | null
  /** In the order of now. */
  #checks: readonly Check[]
  /** By column: the last check that uses it; Infinity when it is put out. */
  #neededUntil: readonly number[]
  #range = 0
  #row = 0
  #restIsPrefetched = false
  #rowsScanned = 0
  // The slice under way.
  #start = 0
  #end = 0
  #vectors: (Vector | undefined)[] = []
  #base: Selection | null = null
  #baseCount = 0
  #pending: Selection | null = null

  /** `rowGroup`: its number in the file. `parts`: null = all of its rows. */
  constructor(
    context: QueryContext,
    plan: PhysicalScan,
    file: FileScan,
    rowGroup: number,
    parts: RowGroupParts | null = null,
  ) {
    this.#parts = parts
    this.#context = context
    this.#plan = plan
    this.#file = file
    const { rowCount: rowsExpected, firstRow, isGuess } = file.rowGroupInfo(rowGroup)
    this.#firstRow = firstRow
    this.#checks = file.order.checks
    this.#neededUntil = neededUntil(this.#checks, plan.projection)
    this.#gatherer = file.checks.length > 0 && canGather(plan) ? new BatchGatherer(context) : null
    const readsFile = this.#neededUntil.some((_, column) => file.target(column) >= 0)
    this.#reader = readsFile || isGuess === true ? file.openRowGroup(rowGroup) : null
    const rowCount = this.#reader?.rowCount ?? rowsExpected
    const candidates =
      this.#reader === null ? [{ start: 0, end: rowCount }] : file.candidateRanges(this.#reader, rowGroup)
    const wanted = file.wantedIn(firstRow, firstRow + rowCount)
    this.#candidates = wanted === null ? candidates : candidates.flatMap((range) => around(wanted, firstRow, range))
    const all = { start: 0, end: rowCount }
    this.#likely = parts === null ? this.#candidates : within(this.#candidates, parts.likely)
    this.#take(parts?.first ?? all)
    const checked = file.checks.flatMap(({ columns }) => columns)
    this.#restIsPrefetched = checked.length === 0
    this.#prefetch(checked.length === 0 ? plan.projection : checked, this.#likely)
  }

  #take(part: RowRange): void {
    this.#ranges = within(this.#candidates, part)
    this.#range = 0
    this.#row = this.#ranges[0]?.start ?? 0
    const rowCount = part.end - part.start
    const left = this.#ranges.reduce((sum, { start, end }) => sum + end - start, 0)
    if (left < rowCount) this.#context.count(this.#plan.id, 'rows_pruned_by_page_index', rowCount - left)
    this.#rowsScanned += rowCount - left
  }

  get bytesRead(): number {
    return this.#reader?.bytesRead ?? 0
  }

  /** Rows dealt with so far, whether they passed or not. */
  get rowsScanned(): number {
    return this.#rowsScanned
  }

  /** The next rows that pass, or null at the end. */
  next(): Batch | null {
    const { arena } = this.#context
    for (;;) {
      const range = this.#ranges[this.#range]
      if (range === undefined) {
        const part = this.#parts?.next()
        if (part === null || part === undefined) return this.#gatherer?.flush() ?? null
        this.#take(part)
        continue
      }
      if (this.#row >= range.end) {
        this.#range++
        this.#row = this.#ranges[this.#range]?.start ?? 0
        continue
      }
      this.#start = this.#row
      this.#end = Math.min(range.end, this.#start + BATCH_ROWS_MAX)
      this.#row = this.#end
      this.#rowsScanned += this.#end - this.#start
      const slice = this.#slice()
      const batch = slice === null || this.#gatherer === null ? slice : this.#gatherer.add(slice)
      if (batch !== null) return batch
      // Nothing of the slice is used any more: the gatherer has copies.
      arena.reset()
      this.#context.checkCancelled()
    }
  }

  close(): void {
    this.#gatherer?.close()
    this.#reader?.close()
  }

  #slice(): Batch | null {
    this.#vectors = []
    this.#base = null
    this.#baseCount = this.#end - this.#start
    this.#pending = null
    this.#chooseWanted()
    const { deletes, order } = this.#file
    if (this.#checks !== order.checks) {
      this.#checks = order.checks
      this.#neededUntil = neededUntil(this.#checks, this.#plan.projection)
    }
    const checks = this.#checks
    for (let i = 0; i < checks.length; i++) {
      this.#run(checks[i]!, i)
      if (this.#count === 0) break
    }
    order.sliceDone()
    if (this.#count === 0) return null
    if (deletes.positions !== null) {
      const before = this.#count
      const first = this.#firstRow + this.#start
      const deleted = deletes.positions.in(first, first + this.#end - this.#start)
      if (deleted.length > 0) {
        const slice = { firstRow: first, rowCount: this.#end - this.#start }
        this.#pending = withoutRows(this.#context, slice, this.#base, this.#pending, deleted)
        this.#countPruned('rows_pruned_by_deletes', before)
      }
      if (this.#count === 0) return null
    }
    return this.#output()
  }

  /** `number`: of the check, in the order of now. */
  #run(check: Check, number: number): void {
    const start = performance.now()
    const isRead = this.#require(check.columns, number)
    const readNs = isRead && this.#base === null ? ((performance.now() - start) * 1e6) / this.#baseCount : null
    const before = this.#count
    const runStart = performance.now()
    this.#pending = check.run({ rowCount: this.#baseCount, columns: this.#vectors as Vector[] }, this.#pending)
    if (this.#pending?.count === this.#baseCount) this.#pending = null
    this.#file.order.note(check, before, this.#count, readNs, performance.now() - runStart)
    this.#countPruned(check.counter, before)
  }

  /** Where rows are named by number, those alone are read. */
  #chooseWanted(): void {
    const first = this.#firstRow + this.#start
    const rows = this.#file.wantedIn(first, this.#firstRow + this.#end)
    if (rows === null || rows.length === this.#baseCount) return
    const { arena, memory } = this.#context
    const pointer = arena.allocate(rows.length * 4)
    rows.forEach((row, i) => (memory.u32[(pointer >>> 2) + i] = row - first))
    this.#base = { pointer, count: rows.length }
    this.#baseCount = rows.length
  }

  /** Rows of the slice that have passed so far. */
  get #count(): number {
    return this.#pending === null ? this.#baseCount : this.#pending.count
  }

  #countPruned(counter: string, before: number): void {
    const pruned = before - this.#count
    if (pruned > 0) this.#context.count(this.#plan.id, counter, pruned)
  }

  /** Reads columns for the next check, which is number `check`; false: all of them are there. */
  #require(columns: readonly number[], check: number): boolean {
    const missing = columns.filter((column) => this.#vectors[column] === undefined)
    if (missing.length === 0) return false
    if (this.#pending !== null && this.#pending.count < KEEP_SHARE * this.#baseCount) this.#narrow(check)
    for (const column of missing) this.#vectors[column] = this.#read(column, this.#base, this.#baseCount)
    return true
  }

  /** Makes `pending` the base. */
  #narrow(check: number): void {
    const pending = this.#pending!
    this.#vectors = this.#vectors.map((vector, column) =>
      vector === undefined || this.#neededUntil[column]! < check
        ? undefined
        : takeVector(this.#context, vector, pending.pointer, pending.count),
    )
    this.#base = composeSelections(this.#context, this.#base, pending)
    this.#baseCount = pending.count
    this.#pending = null
  }

  #output(): Batch {
    const { projection } = this.#plan
    if (this.#pending !== null) this.#narrow(Infinity)
    if (!this.#restIsPrefetched) this.#prefetchRest()
    const columns = projection.map(
      (column) => (this.#vectors[column] ??= this.#read(column, this.#base, this.#baseCount)),
    )
    return { rowCount: this.#baseCount, columns }
  }

  #read(column: number, rows: Selection | null, count: number): Vector {
    const target = this.#file.target(column)
    if (target < 0) return this.#file.computed(column, this.#firstRow + this.#start, count, rows)
    const range = { start: this.#start, end: this.#end }
    return this.#file.read(this.#reader!, column, { range, selection: rows, firstRow: this.#firstRow })
  }

  /**
   * Fetches the columns that no check has read: while few rows of a slice pass, for these rows; else for the rest of the row group, in fewer and larger reads.
   */
  #prefetchRest(): void {
    const { projection } = this.#plan
    const isSparse = this.#baseCount * SPARSE_ROWS <= this.#end - this.#start
    if (this.#base !== null && isSparse) return this.#prefetch(projection, this.#stretches(this.#base))
    this.#restIsPrefetched = true
    this.#prefetch(projection, this.#rangesLeft())
  }

  /** Rows that columns are still read for: of the last slice, from the first to the last of those that passed. */
  #rangesLeft(): readonly RowRange[] {
    if (this.#end !== this.#likely.at(-1)!.end || this.#base === null) return this.#likely
    const { memory } = this.#context
    const { pointer, count } = this.#base
    const first = memory.u32[pointer >>> 2]!
    const last = memory.u32[(pointer >>> 2) + count - 1]!
    return [{ start: this.#start + first, end: this.#start + last + 1 }]
  }

  /** Of the row group: stretches of the slice that have the rows. */
  #stretches({ pointer, count }: Selection): readonly RowRange[] {
    const { u32 } = this.#context.memory
    const ranges: { start: number; end: number }[] = []
    for (let i = 0; i < count; i++) {
      const row = this.#start + u32[(pointer >>> 2) + i]!
      const last = ranges.at(-1)
      if (last !== undefined && row - last.end < STRETCH_GAP_MAX) last.end = row + 1
      else ranges.push({ start: row, end: row + 1 })
    }
    return ranges
  }

  #prefetch(columns: readonly number[], ranges: readonly RowRange[]): void {
    const targets = columns.map((column) => this.#file.target(column)).filter((target) => target >= 0)
    if (targets.length > 0) this.#reader?.prefetch([...new Set(targets)], ranges)
  }
}

function neededUntil(checks: readonly Check[], projection: readonly number[]): readonly number[] {
  const last: number[] = []
  checks.forEach(({ columns }, i) => {
    for (const column of columns) last[column] = i
  })
  for (const column of projection) last[column] = Infinity
  return last
}

/** Wanted rows that lie at most so far apart are read in one slice. */
const WANTED_GAP_MAX = 64

/** Stretches of a range of a row group from a wanted row (of the file, ascending) to another. */
function around(wanted: Float64Array, firstRow: number, { start, end }: RowRange): readonly RowRange[] {
  const ranges: { start: number; end: number }[] = []
  const to = firstAtLeast(wanted, firstRow + end)
  for (let i = firstAtLeast(wanted, firstRow + start); i < to; i++) {
    const row = wanted[i]! - firstRow
    const last = ranges.at(-1)
    if (last !== undefined && row - last.end < WANTED_GAP_MAX) last.end = row + 1
    else ranges.push({ start: row, end: row + 1 })
  }
  return ranges
}

/** The parts of ascending ranges that lie in another. */
function within(ranges: readonly RowRange[], part: RowRange): readonly RowRange[] {
  return ranges
    .map(({ start, end }) => ({ start: Math.max(start, part.start), end: Math.min(end, part.end) }))
    .filter(({ start, end }) => start < end)
}
