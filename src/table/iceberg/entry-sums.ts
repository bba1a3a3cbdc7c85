/**
 * Sums over the entries of a manifest's block as columns: rows, bytes, NULLs and bounds of the live files.
 *
 * Bounds of integers, dates and times are compared as their bytes, 8 of them as a signed high and an unsigned low half; other types' are decoded one by one.
 */
import { corrupt } from '../../core/errors.ts'
import { type DataType, isFloat } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { compareValues } from '../../expr/values/compare.ts'
import type { AvroColumn } from '../../format/avro/record-columns.ts'
import type { ColumnRange } from '../../format/format.ts'
import { decodeBound } from './bounds.ts'
import { integerBytes } from './integer-ranges.ts'
import { type EntryColumns, SlotReader } from './manifest-columns.ts'
import { isWhole } from './pruning.ts'

export interface BlockSum {
  readonly rowCount: number
  readonly byteCount: number
  readonly fileCount: number
  /** One for each column asked for, as if the block's files were one. */
  readonly ranges: readonly ColumnRange[]
}

export interface SummedColumn {
  readonly id: number
  readonly type: DataType
  readonly wants: 'bounds' | 'nulls'
}

const DELETED = 2

export function sumEntries(entries: EntryColumns, columns: readonly SummedColumn[], url: string): BlockSum {
  const slots = new SlotReader()
  const live: number[] = []
  let [rowCount, byteCount] = [0, 0]
  for (let row = 0; row < entries.rowCount; row++) {
    if (slots.integer(entries.status, row) === DELETED) continue
    live.push(row)
    rowCount += counted(slots.integer(entries.recordCount, row), 'record_count', url)
    byteCount += counted(slots.integer(entries.byteCount, row), 'file_size_in_bytes', url)
  }
  const ranges = columns.map((column) => rangeOf({ entries, slots, live, rowCount }, column))
  return { rowCount, byteCount, fileCount: live.length, ranges }
}

function counted(value: number, what: string, url: string): number {
  if (!Number.isSafeInteger(value)) throw corrupt(url, `${what} is out of range`)
  return value
}

interface Block {
  readonly entries: EntryColumns
  readonly slots: SlotReader
  /** Rows of the live entries, and how many rows their files have. */
  readonly live: readonly number[]
  readonly rowCount: number
}

type MutableRange = { -readonly [K in keyof ColumnRange]: ColumnRange[K] }

function rangeOf(block: Block, column: SummedColumn): ColumnRange {
  const { nullCount, rows } = nullsOf(block, column)
  const range: MutableRange = { valueCount: block.rowCount, exact: isWhole(column.type) }
  if (nullCount !== undefined) range.nullCount = nullCount
  if (!isFloat(column.type)) range.nanCount = 0
  // Only exact bounds are an answer.
  if (column.wants === 'bounds' && range.exact && rows.length > 0) {
    const min = extreme(block, column, rows, 'min')
    const max = min === undefined ? undefined : extreme(block, column, rows, 'max')
    if (min !== undefined && max !== undefined) Object.assign(range, { min, max })
  }
  return range
}

/** The NULLs of all live files, undefined when one does not say, and the rows of those files that have bounds: with rows, and not all of them NULL. */
function nullsOf(
  { entries, slots, live }: Block,
  { id }: SummedColumn,
): { nullCount: number | undefined; rows: readonly number[] } {
  const nulls = entries.nullCounts.get(id)
  const rows: number[] = []
  let nullCount: number | undefined = 0
  for (const row of live) {
    const count = nulls === undefined || slots.isNull(nulls, row) ? -1 : slots.integer(nulls, row)
    // A count that is negative or beyond 2^53 is no count: as if it were not there.
    const isCount = count >= 0 && Number.isSafeInteger(count)
    nullCount = isCount && nullCount !== undefined ? nullCount + count : undefined
    const recordCount = slots.integer(entries.recordCount, row)
    if (recordCount > 0 && !(isCount && count === recordCount)) rows.push(row)
  }
  return { nullCount, rows }
}

/** The least lower or the greatest upper bound; undefined when a file has none. */
function extreme(
  { entries, slots }: Block,
  { id, type }: SummedColumn,
  rows: readonly number[],
  end: 'min' | 'max',
): LiteralValue | undefined {
  const bounds = (end === 'min' ? entries.lowerBounds : entries.upperBounds).get(id)
  if (bounds === undefined) return undefined
  if (bounds.nullCount > 0 && rows.some((row) => slots.isNull(bounds, row))) return undefined
  const width = integerBytes(type)
  const found = width === undefined ? undefined : extremeInteger(slots, bounds, rows, { end, width })
  if (found !== undefined) return decodeBound(slots.bytes(bounds, found), type)
  let best: LiteralValue | undefined
  for (const row of rows) {
    const value = decodeBound(slots.bytes(bounds, row), type)
    if (value === undefined) return undefined
    if (best === undefined || compareValues(value, best, type) < 0 === (end === 'min')) best = value
  }
  return best
}

/** The row with the extreme; undefined when a bound has another width: it was written when the column was narrower. */
function extremeInteger(
  slots: SlotReader,
  bounds: AvroColumn,
  rows: readonly number[],
  { end, width }: { readonly end: 'min' | 'max'; readonly width: number },
): number | undefined {
  const sign = end === 'min' ? 1 : -1
  let [best, high, low] = [-1, 0, 0]
  for (const row of rows) {
    if (slots.length(bounds, row) !== width) return undefined
    const start = slots.start(bounds, row)
    const nextHigh = slots.int32At(start + width - 4)
    const nextLow = width === 8 ? slots.int32At(start) >>> 0 : 0
    const order = nextHigh === high ? nextLow - low : nextHigh - high
    if (best < 0 || order * sign < 0) [best, high, low] = [row, nextHigh, nextLow]
  }
  return best < 0 ? undefined : best
}
