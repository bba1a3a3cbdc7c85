/**
 * Reads the rows that begin in a chunk of a CSV file: their fields are found when it is opened, values are made of the columns and rows that are asked for.
 *
 *   file   ...row|row begins here, row, row, ro|w ends here, row ...
 *                ^ chunk                       ^ next chunk
 */
import { Arena } from '../../core/arena.ts'
import { defined } from '../../core/assert.ts'
import type { DataError } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { VARCHAR, typeName } from '../../core/types.ts'
import { vectorFromLiterals } from '../../core/vector-values.ts'
import type { FlatVector, Selection, Vector } from '../../core/vector.ts'
import type { RowGroupReader, RowRange } from '../format.ts'
import { ConstantColumn } from '../parquet/constant-column.ts'
import type { BoundText } from '../text/bound-text.ts'
import { type TextContext, textColumn } from '../text/text-column.ts'
import { TextChunk } from '../text/text-chunk.ts'
import { malformedRow, valueError } from '../text/text-error.ts'
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

export class CsvGroupReader implements RowGroupReader {
  rowCount = 0
  readonly #file: CsvDataFile
  readonly #columns: readonly BoundText[]
  readonly #lasting: Arena
  readonly #dialect: Pointer
  readonly #nulls: FlatVector
  readonly #stride: number
  #chunk: TextChunk | undefined
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

  get #loaded(): TextChunk {
    return defined(this.#chunk, 'an open chunk')
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
    const chunk = this.#loaded
    const first = this.#rows + start * this.#stride
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

  #open(chunk: number): void {
    const { chunks, layout, context } = this.#file
    const before = chunks.bytesRead
    const { start, end } = chunks.boundsOf(chunk)
    this.#chunk = new TextChunk(chunks.text, { memory: context.memory, arena: this.#lasting }, start)
    if (start < end) {
      this.#chunk.load(end - start)
      const next = this.#findRows(end - start)
      chunks.learn(chunk, { end, next: start + next, isAtEnd: this.#chunk.isAtEnd && next >= this.#chunk.byteCount })
      this.#chunk.checkText(context.kernels, next, (offset) => this.#place(offset))
      if (layout.dropsRows) this.#dropBadRows()
    }
    this.bytesRead = chunks.bytesRead - before
  }

  /** Finds the rows that begin before `limit`; where the next one begins. */
  #findRows(limit: number): number {
    const { context, layout } = this.#file
    const { memory, kernels } = context
    const chunk = this.#loaded
    const columns = layout.columns.length
    const state = this.#lasting.allocate(20)
    this.#growRows(Math.ceil(limit / ROW_BYTES_GUESS) + 16)
    let next = 0
    for (;;) {
      const isLast = chunk.isAtEnd
      const flags = (isLast ? LAST : 0) | (layout.padsRows ? PAD : 0) | (layout.dropsRows ? DROP : 0)
      const out = this.#rows + this.rowCount * this.#stride
      const room = this.#rowsMax - this.rowCount
      const [from, to] = [next, chunk.byteCount]
      const found = kernels.text.csvRows(chunk.base, from, to, limit, this.#dialect, columns, flags, room, out, state)
      this.rowCount += found
      const [at, error, fields, escapes] = [0, 1, 2, 3].map((word) => memory.i32[(state >>> 2) + word]!) as Four
      next = at
      this.#escapes += escapes
      if (error !== 0) throw this.#rowError(error, fields, next)
      if (next >= limit || (isLast && found < room)) return next
      if (found === room) this.#growRows(Math.ceil((this.#rowsMax * Math.max(limit, 1)) / Math.max(next, 1)) + 16)
      else {
        if (chunk.byteCount - next > layout.rowBytesMax) throw this.#rowTooLong(next)
        chunk.loadMore(next)
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
    const { chunks } = this.#file
    return `"${chunks.file.url}", line ${chunks.lineAt(this.#loaded.start + offset)}`
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
}

type Four = [number, number, number, number]
