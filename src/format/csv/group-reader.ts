/** Reads the rows of a CSV file in chunks (text-group-reader.ts): where the fields lie is found by a kernel. */
import type { DataError } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { type DataType, VARCHAR, typeName } from '../../core/types.ts'
import { vectorFromLiterals } from '../../core/vector-values.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { BoundText, BoundTextColumn } from '../text/bound-text.ts'
import { type TextContext, textColumn } from '../text/text-column.ts'
import { malformedRow, valueError } from '../text/text-error.ts'
import { TextGroupReader, type TextRows } from '../text/text-group-reader.ts'
import type { CsvDataFile } from './data-file.ts'
import { storeDialect } from './kernel-dialect.ts'

/** Rows expected of a chunk before the first has been read: a row has so many bytes. */
const ROW_BYTES_GUESS = 64
// As kernel/wasm/text/csv-rows.ts has them.
const LAST = 1
const PAD = 2
const DROP = 4
const TOO_MANY_OR_FEW = 1
const BEHIND_QUOTE = 2

const HINT =
  'Give the column another type (types => {...}), all_varchar => true, or leave such rows out with ignore_errors => true.'

export class CsvGroupReader extends TextGroupReader {
  readonly #file: CsvDataFile
  readonly #dialect: Pointer
  readonly #nulls: FlatVector
  #escapes = 0

  constructor(file: CsvDataFile, columns: readonly BoundText[], chunk: number) {
    const { context, layout } = file
    super(file, columns, { what: 'a CSV file', stride: (layout.columns.length + 1) * 4 })
    this.#file = file
    this.#dialect = storeDialect(context.memory, this.lasting, layout.dialect)
    this.#nulls = vectorFromLiterals(context.memory, this.lasting, VARCHAR, layout.nulls)
    this.open(chunk)
  }

  /** Any text is a varchar. */
  protected mayFail({ kind }: DataType): boolean {
    return kind !== 'varchar'
  }

  protected values(
    context: TextContext,
    { type, index }: BoundTextColumn,
    { start, length, rows }: TextRows,
    onBadValue: (row: number, error: unknown) => void,
  ): FlatVector {
    const { arena } = context
    const { layout } = this.#file
    const { text } = context.kernels
    const chunk = this.chunk
    const first = this.rows + start * this.stride
    const columns = layout.columns.length
    const room = this.#escapes === 0 ? 0 : arena.allocate(text.csvEscapedBytes(first, columns, index, length, rows))
    const data = arena.allocate(length * 8)
    const mask = arena.allocate(length)
    const quotedNulls = layout.quotedNulls || type.kind !== 'varchar' ? 1 : 0
    const { data: nulls, length: nullCount } = this.#nulls
    const place = [first, columns, index, length, rows] as const
    const found = text.csvViews(chunk.base, ...place, this.#dialect, nulls, nullCount, quotedNulls, room, data, mask)
    return textColumn(context, { data, validity: found === 0 ? 0 : mask, length }, type, layout.values, onBadValue)
  }

  /** Finds the rows that begin before `limit`; where the next one begins. */
  protected findRows(limit: number): number {
    const { context, layout } = this.#file
    const { memory, kernels } = context
    const chunk = this.chunk
    const columns = layout.columns.length
    const state = this.lasting.allocate(20)
    this.growRows(Math.ceil(limit / ROW_BYTES_GUESS) + 16)
    let next = 0
    for (;;) {
      const isLast = chunk.isAtEnd
      const flags = (isLast ? LAST : 0) | (layout.padsRows ? PAD : 0) | (layout.dropsRows ? DROP : 0)
      const out = this.rows + this.rowCount * this.stride
      const room = this.rowsMax - this.rowCount
      const [from, to] = [next, chunk.byteCount]
      const found = kernels.text.csvRows(chunk.base, from, to, limit, this.#dialect, columns, flags, room, out, state)
      this.rowCount += found
      const [at, error, fields, escapes] = [0, 1, 2, 3].map((word) => memory.i32[(state >>> 2) + word]!) as Four
      next = at
      this.#escapes += escapes
      if (error !== 0) throw this.#rowError(error, fields, next)
      if (next >= limit || (isLast && found < room)) return next
      if (found === room) this.growRows(Math.ceil((this.rowsMax * Math.max(limit, 1)) / Math.max(next, 1)) + 16)
      else {
        if (chunk.byteCount - next > layout.rowBytesMax) throw this.#rowTooLong(next)
        chunk.loadMore(next)
      }
    }
  }

  protected valueError(error: unknown, { name, index, type }: BoundTextColumn, row: number): unknown {
    const place = `${this.place(this.offsetOf(row))}, column ${index + 1} ("${name}" ${typeName(type)})`
    return valueError(place, error, HINT)
  }

  #rowError(error: number, fields: number, offset: number): DataError {
    const { columns } = this.#file.layout
    const place = this.place(offset)
    if (error === TOO_MANY_OR_FEW) {
      const what =
        fields > columns.length
          ? `extra data after last expected column: ${columns.length} columns expected`
          : `missing data for column "${columns[fields]!.name}": ${fields} of ${columns.length} columns found`
      const hint =
        fields > columns.length
          ? 'ignore_errors => true leaves such rows out.'
          : 'null_padding => true fills such rows up with NULLs, ignore_errors => true leaves them out.'
      return malformedRow(place, what, { hint })
    }
    if (error === BEHIND_QUOTE) {
      return malformedRow(`${place}, column ${fields + 1}`, 'text behind the closing quote', {
        hint: "Say how quotes are written: quote => '', or escape => '\\'.",
      })
    }
    return malformedRow(`${place}, column ${fields + 1}`, 'unterminated CSV quoted field')
  }

  #rowTooLong(offset: number): DataError {
    const { rowBytesMax } = this.#file.layout
    return malformedRow(this.place(offset), `the row is longer than ${rowBytesMax} bytes`, {
      hint: 'max_line_size => ... allows longer ones; a quote that is never closed makes them.',
    })
  }
}

type Four = [number, number, number, number]
