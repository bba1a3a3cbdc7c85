/**
 * Reads the rows that begin in a chunk of a CSV file: their fields are found when it is opened, values are made of the columns and rows that are asked for.
 *
 *   file   ...row|row begins here, row, row, ro|w ends here, row ...
 *                ^ chunk                       ^ next chunk
 */
import { Arena } from '../../core/arena.ts'
import { defined } from '../../core/assert.ts'
import { DataError, InternalError } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { VARCHAR, typeName } from '../../core/types.ts'
import { vectorFromLiterals } from '../../core/vector-values.ts'
import type { FlatVector, Selection, Vector } from '../../core/vector.ts'
import type { RowGroupReader, RowRange } from '../format.ts'
import { ConstantColumn } from '../parquet/constant-column.ts'
import type { BoundText } from '../text/bound-text.ts'
import { type TextContext, textColumn } from '../text/text-column.ts'
import { malformedRow, valueError } from '../text/text-error.ts'
import type { CsvDataFile } from './data-file.ts'
import { storeDialect } from './kernel-dialect.ts'

/** Read beyond a chunk's end for its last row, at first. */
const TAIL_BYTES = 64 << 10
/** Rows expected of a chunk before the first has been read: a row has so many bytes. */
const ROW_BYTES_GUESS = 64
/** Offsets of a chunk's bytes have 30 bits. */
const LOADED_BYTES_MAX = 1 << 29

// As kernel/wasm/text/csv-rows.ts has them.
const LAST = 1
const PAD = 2
const DROP = 4
const TOO_MANY_OR_FEW = 1
const BEHIND_QUOTE = 2

const HINT =
  'Give the column another type (types => {...}), all_varchar => true, or leave such rows out with ignore_errors => true.'

export class CsvGroupReader implements RowGroupReader {
  rowCount = 0
  readonly #file: CsvDataFile
  readonly #columns: readonly BoundText[]
  readonly #lasting: Arena
  readonly #dialect: Pointer
  readonly #nulls: FlatVector
  readonly #stride: number
  /** Offset in the file of the first byte that is loaded. */
  #start = 0
  #base: Pointer = 0
  #loaded = 0
  /** What is loaded goes up to the text's end. */
  #isAtEnd = false
  /** Words of the rows. */
  #rows: Pointer = 0
  #rowsMax = 0
  #escapes = 0
  bytesRead = 0

  constructor(file: CsvDataFile, columns: readonly BoundText[], chunk: number) {
    const { context, layout } = file
    this.#file = file
    this.#columns = columns
    this.#lasting = new Arena(context.memory, 'a chunk of a CSV file')
    this.#dialect = storeDialect(context.memory, this.#lasting, layout.dialect)
    this.#stride = (layout.columns.length + 1) * 4
    this.#nulls = vectorFromLiterals(context.memory, this.#lasting, VARCHAR, layout.nulls)
    try {
      this.#open(chunk)
    } catch (error) {
      this.close()
      throw error
    }
  }

  candidateRanges(): readonly RowRange[] {
    return this.rowCount === 0 ? [] : [{ start: 0, end: this.rowCount }]
  }

  prefetch(): void {
    // A chunk is read whole.
  }

  read(column: number, start: number, end: number, selection: Selection | null, arena: Arena): Vector {
    const bound = defined(this.#columns[column], 'a bound column')
    const length = selection?.count ?? end - start
    const { memory, kernels } = this.#file.context
    if (bound.kind === 'missing') {
      return new ConstantColumn({ memory, lasting: this.#lasting }, bound).ofLength(length)
    }
    const rows = selection?.pointer ?? 0
    const rowOf = (i: number): number => start + (rows === 0 ? i : memory.u32[(rows >>> 2) + i]!)
    return this.#values({ memory, kernels, arena }, bound, { start, length, rows }, (i, error) => {
      throw this.#valueError(error, bound, rowOf(i))
    })
  }

  close(): void {
    this.#lasting.free()
  }

  #values(
    context: TextContext,
    { type, index }: Exclude<BoundText, { kind: 'missing' }>,
    { start, length, rows }: { readonly start: number; readonly length: number; readonly rows: Pointer },
    onBadValue: (row: number, error: unknown) => void,
  ): FlatVector {
    const { arena } = context
    const { layout } = this.#file
    const { text } = context.kernels
    const first = this.#rows + start * this.#stride
    const columns = layout.columns.length
    const room = this.#escapes === 0 ? 0 : arena.allocate(text.csvEscapedBytes(first, columns, index, length, rows))
    const data = arena.allocate(length * 8)
    const mask = arena.allocate(length)
    const quotedNulls = layout.quotedNulls || type.kind !== 'varchar' ? 1 : 0
    const { data: nulls, length: nullCount } = this.#nulls
    const place = [first, columns, index, length, rows] as const
    const found = text.csvViews(this.#base, ...place, this.#dialect, nulls, nullCount, quotedNulls, room, data, mask)
    return textColumn(context, { data, validity: found === 0 ? 0 : mask, length }, type, layout.values, onBadValue)
  }

  #open(chunk: number): void {
    const { text, layout, context } = this.#file
    const before = this.#file.bytesSearched + text.bytesRead
    const { start, end } = this.#file.boundsOf(chunk)
    this.#start = start
    if (start < end) {
      this.#load(end - start + TAIL_BYTES)
      const next = this.#findRows(end - start)
      this.#file.learn(chunk, { end, next: start + next, isAtEnd: this.#isAtEnd && next >= this.#loaded })
      const bad = context.kernels.text.utf8Error(this.#base, this.#base + next)
      if (bad >= 0) throw this.#notUtf8(bad)
      if (layout.dropsRows) this.#dropBadRows()
    }
    this.bytesRead = this.#file.bytesSearched + this.#file.text.bytesRead - before
  }

  /** Makes `byteCount` bytes from the start on available, as far as there are so many. */
  #load(byteCount: number): void {
    const { text, context } = this.#file
    const { u8 } = context.memory
    const wanted = Math.min(byteCount, (text.byteCount ?? Infinity) - this.#start)
    if (wanted > LOADED_BYTES_MAX) throw this.#rowTooLong(0)
    const base = this.#lasting.allocate(wanted)
    u8.copyWithin(base, this.#base, this.#base + this.#loaded)
    const count = text.copy(u8.subarray(base + this.#loaded, base + wanted), this.#start + this.#loaded)
    this.#base = base
    this.#loaded += count
    this.#isAtEnd = this.#loaded < wanted || this.#start + this.#loaded === text.byteCount
  }

  /** Finds the rows that begin before `limit`; where the next one begins. */
  #findRows(limit: number): number {
    const { context, layout } = this.#file
    const { memory, kernels } = context
    const columns = layout.columns.length
    const state = this.#lasting.allocate(20)
    this.#growRows(Math.ceil(limit / ROW_BYTES_GUESS) + 16)
    let next = 0
    for (;;) {
      const isLast = this.#isAtEnd
      const flags = (isLast ? LAST : 0) | (layout.padsRows ? PAD : 0) | (layout.dropsRows ? DROP : 0)
      const out = this.#rows + this.rowCount * this.#stride
      const room = this.#rowsMax - this.rowCount
      const [from, to] = [next, this.#loaded]
      const found = kernels.text.csvRows(this.#base, from, to, limit, this.#dialect, columns, flags, room, out, state)
      this.rowCount += found
      const [at, error, fields, escapes] = [0, 1, 2, 3].map((word) => memory.i32[(state >>> 2) + word]!) as Four
      next = at
      this.#escapes += escapes
      if (error !== 0) throw this.#rowError(error, fields, next)
      if (next >= limit || (isLast && found < room)) return next
      if (found === room) this.#growRows(Math.ceil((this.#rowsMax * Math.max(limit, 1)) / Math.max(next, 1)) + 16)
      else {
        if (this.#loaded - next > layout.rowBytesMax) throw this.#rowTooLong(next)
        this.#load(this.#loaded + Math.max(TAIL_BYTES, this.#loaded - next))
      }
    }
  }

  #growRows(wanted: number): void {
    const rowsMax = Math.max(wanted, this.#rowsMax + (this.#rowsMax >> 1))
    const rows = this.#lasting.allocate(rowsMax * this.#stride)
    this.#file.context.memory.u8.copyWithin(rows, this.#rows, this.#rows + this.rowCount * this.#stride)
    this.#rows = rows
    this.#rowsMax = rowsMax
  }

  /** Leaves rows out of which a value is none of its column's type, whether the column is asked for or not: which rows there are does not hang on the query. */
  #dropBadRows(): void {
    const { layout, context } = this.#file
    const { memory, kernels } = context
    const { u8 } = memory
    const bad = new Set<number>()
    const arena = new Arena(memory, 'values of a CSV file')
    try {
      layout.columns.forEach(({ name, type }, index) => {
        const bound = this.#columns.find((column) => column.kind === 'column' && column.index === index)
        const wanted = bound?.type ?? type
        if (wanted.kind === 'varchar') return
        const all = { start: 0, length: this.rowCount, rows: 0 }
        this.#values({ memory, kernels, arena }, { kind: 'column', type: wanted, index, name }, all, (row, error) => {
          if (valueError('', error, '') === error) throw error
          bad.add(row)
        })
        arena.reset()
      })
    } finally {
      arena.free()
    }
    if (bad.size === 0) return
    let kept = 0
    for (let row = 0; row < this.rowCount; row++) {
      if (bad.has(row)) continue
      const from = this.#rows + row * this.#stride
      u8.copyWithin(this.#rows + kept++ * this.#stride, from, from + this.#stride)
    }
    this.rowCount = kept
  }

  #place(offset: number): string {
    const { file } = this.#file
    return `"${file.url}", line ${this.#file.lineAt(this.#start + offset)}`
  }

  #valueError(error: unknown, { name, index, type }: Exclude<BoundText, { kind: 'missing' }>, row: number): unknown {
    const offset = this.#file.context.memory.u32[(this.#rows + row * this.#stride) >>> 2]!
    const place = `${this.#place(offset)}, column ${index + 1} ("${name}" ${typeName(type)})`
    return valueError(place, error, HINT)
  }

  #rowError(error: number, fields: number, offset: number): DataError {
    const { columns } = this.#file.layout
    const place = this.#place(offset)
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
    return malformedRow(this.#place(offset), `the row is longer than ${rowBytesMax} bytes`, {
      hint: 'max_line_size => ... allows longer ones; a quote that is never closed makes them.',
    })
  }

  #notUtf8(offset: number): DataError {
    const { memory } = this.#file.context
    const byte = memory.u8[this.#base + offset]
    if (byte === undefined) throw new InternalError('a byte within the chunk')
    const text = `invalid byte sequence for encoding "UTF8": 0x${byte.toString(16)}`
    return new DataError('22021', `${this.#place(offset)}: ${text}`, { hint: 'Files must be UTF-8.' })
  }
}

type Four = [number, number, number, number]
