/** Rows as dbgen's text: fields ended by `|`, rows by a line feed, money with two decimals, quantities without. */
import { type Chunk, type Column, Int64Column, TextColumn } from './columns.ts'
import { DAY_COUNT, START_DAY } from './dates.ts'

const BAR = 124
const LINE_FEED = 10
const DATE_BYTES = 10

/** `YYYY-MM-DD` of each day from 1992-01-01. */
const DATES: Uint8Array = makeDates()

function makeDates(): Uint8Array {
  const bytes = new Uint8Array(DAY_COUNT * DATE_BYTES)
  for (let day = 0; day < DAY_COUNT; day++) {
    const text = new Date((START_DAY + day) * 86_400_000).toISOString().slice(0, DATE_BYTES)
    bytes.set(Buffer.from(text, 'latin1'), day * DATE_BYTES)
  }
  return bytes
}

export interface TextBuffer {
  bytes: Uint8Array
  length: number
}

/** Appends the chunk's rows to `out`, growing it. */
export function formatRows(chunk: Chunk, out: TextBuffer): void {
  const writers = chunk.columns.map((column, i) => fieldWriter(column, chunk.specs[i]!.name))
  const textBytes = chunk.columns.reduce(
    (sum, column) => sum + (column instanceof TextColumn ? column.offsets[chunk.rowCount]! : 0),
    0,
  )
  reserve(out, textBytes + chunk.rowCount * (chunk.columns.length * 21 + 1))
  const { bytes } = out
  let position = out.length
  for (let row = 0; row < chunk.rowCount; row++) {
    for (const write of writers) {
      position = write(bytes, position, row)
      bytes[position++] = BAR
    }
    bytes[position++] = LINE_FEED
  }
  out.length = position
}

function reserve(out: TextBuffer, more: number): void {
  if (out.length + more <= out.bytes.length) return
  const next = new Uint8Array(Math.max(out.bytes.length * 2, out.length + more))
  next.set(out.bytes.subarray(0, out.length))
  out.bytes = next
}

/** Writes row `row` of a column at `position`; returns the position after it. */
type FieldWriter = (bytes: Uint8Array, position: number, row: number) => number

function fieldWriter(column: Column, name: string): FieldWriter {
  if (column instanceof TextColumn) return (bytes, position, row) => writeText(column, bytes, position, row)
  if (column instanceof Int64Column) {
    if (column.kind === 'bigint') return (bytes, position, row) => writeInteger(bytes, position, column.at(row))
    if (name === 'l_quantity') return (bytes, position, row) => writeInteger(bytes, position, column.at(row) / 100)
    return (bytes, position, row) => writeMoney(bytes, position, column.at(row))
  }
  if (column.kind === 'date') return (bytes, position, row) => writeDate(bytes, position, column.at(row))
  return (bytes, position, row) => writeInteger(bytes, position, column.at(row))
}

function writeText({ bytes: source, offsets }: TextColumn, bytes: Uint8Array, position: number, row: number): number {
  const start = offsets[row]!
  const length = offsets[row + 1]! - start
  for (let i = 0; i < length; i++) bytes[position + i] = source[start + i]!
  return position + length
}

function writeDate(bytes: Uint8Array, position: number, day: number): number {
  const start = (day - START_DAY) * DATE_BYTES
  for (let i = 0; i < DATE_BYTES; i++) bytes[position + i] = DATES[start + i]!
  return position + DATE_BYTES
}

/** A non-negative integer below 2^53. */
function writeInteger(bytes: Uint8Array, position: number, value: number): number {
  let digits = 1
  for (let limit = 10; value >= limit; limit *= 10) digits += 1
  let rest = value
  for (let i = position + digits - 1; i >= position; i--) {
    const next = Math.floor(rest / 10)
    bytes[i] = 48 + rest - next * 10
    rest = next
  }
  return position + digits
}

function writeMoney(bytes: Uint8Array, position: number, cents: number): number {
  let at = position
  if (cents < 0) bytes[at++] = 45
  const amount = Math.abs(cents)
  const whole = Math.floor(amount / 100)
  at = writeInteger(bytes, at, whole)
  const rest = amount - whole * 100
  bytes[at++] = 46
  bytes[at++] = 48 + Math.floor(rest / 10)
  bytes[at++] = 48 + (rest % 10)
  return at
}
