/**
 * Reads the values that begin in a chunk of a JSON file: where the members lie that are columns is found when it is opened, vectors are made of the columns
 * and rows that are asked for. Of nested types the values are made one by one.
 */
import { Arena } from '../../core/arena.ts'
import { defined } from '../../core/assert.ts'
import { type DataError, SqlError } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { type DataType, JSON_TEXT, VARCHAR, typeName } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { valueAt, vectorFromLiterals } from '../../core/vector-values.ts'
import type { FlatVector, Selection, Vector } from '../../core/vector.ts'
import { parseJson } from '../../expr/values/json.ts'
import type { RowGroupReader, RowRange } from '../format.ts'
import { ConstantColumn } from '../parquet/constant-column.ts'
import type { BoundText } from '../text/bound-text.ts'
import { TextChunk } from '../text/text-chunk.ts'
import { type TextContext, textColumn } from '../text/text-column.ts'
import { malformedRow, valueError } from '../text/text-error.ts'
import type { JsonDataFile } from './data-file.ts'
import { valueOfJson } from './nested-values.ts'

type BoundMember = Exclude<BoundText, { kind: 'missing' }>

/** Rows expected of a chunk before the first has been read: a value has so many bytes. */
const ROW_BYTES_GUESS = 128
const KEY_BYTES_MAX = 4096

// As kernel/wasm/text/json-rows.ts has them.
const FORMS = { lines: 0, array: 1, stream: 2 } as const
const LAST = 1
const DROP = 2
const PLAIN = 4
const ERRORS: Readonly<Record<number, string>> = {
  2: 'malformed JSON',
  3: 'JSON is nested too deeply',
  4: 'a JSON object is needed, because members are columns',
  5: 'the JSON value does not end with its line',
  6: 'a key occurs twice in a JSON object',
}
const HINTS: Readonly<Record<number, string>> = {
  4: 'records => false reads each value as one column.',
  5: "format => 'unstructured' reads values of several lines.",
}

const HINT = "Give the column another type (columns => {...}): 'json' holds anything."

export class JsonGroupReader implements RowGroupReader {
  rowCount = 0
  bytesRead = 0
  readonly #file: JsonDataFile
  readonly #columns: readonly BoundText[]
  readonly #lasting: Arena
  readonly #stride: number
  #chunk: TextChunk | undefined
  #rows: Pointer = 0
  #rowsMax = 0
  #escapes = 0

  constructor(file: JsonDataFile, columns: readonly BoundText[], chunk: number) {
    this.#file = file
    this.#columns = columns
    this.#lasting = new Arena(file.context.memory, 'a chunk of a JSON file')
    this.#stride = (file.layout.columns.length + 1) * 8
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
    { type, index }: BoundMember,
    { start, length, rows }: { readonly start: number; readonly length: number; readonly rows: Pointer },
    onBadValue: (row: number, error: unknown) => void,
  ): FlatVector {
    const { arena, memory, kernels } = context
    const { layout } = this.#file
    const isRaw = isNested(type)
    const place = [this.#rows + start * this.#stride, layout.columns.length, index, length, rows] as const
    const room = this.#escapes === 0 || isRaw ? 0 : arena.allocate(kernels.text.jsonEscapedBytes(...place))
    const data = arena.allocate(length * 8)
    const mask = arena.allocate(length)
    const nulls = kernels.text.jsonViews(this.#loaded.base, ...place, isRaw ? 1 : 0, room, data, mask)
    if (nulls < 0) throw this.#valueError(new SqlError('22P05', HALF_PAIR), { type, index }, start - 1 - nulls)
    const texts = { data, validity: nulls === 0 ? 0 : mask, length }
    if (!isRaw) return textColumn(context, texts, type, layout.values, onBadValue)
    const json: FlatVector = { encoding: 'flat', type: JSON_TEXT, ...texts, children: [] }
    if (type.kind === 'json') return json
    const literals: LiteralValue[] = []
    for (let row = 0; row < length; row++) {
      let value: LiteralValue = null
      try {
        const text = valueAt(memory, json, row)
        if (text !== null) value = valueOfJson(parseJson(text as string), type, layout.values)
      } catch (error) {
        onBadValue(row, error)
      }
      literals.push(value)
    }
    return vectorFromLiterals(memory, arena, type, literals)
  }

  get #loaded(): TextChunk {
    return defined(this.#chunk, 'an open chunk')
  }

  #open(chunk: number): void {
    const { chunks, layout, context } = this.#file
    const before = chunks.bytesRead
    const { start, end } = chunks.boundsOf(chunk)
    if (chunk === 0) this.#file.place = 0
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

  /** Finds the values that begin before `limit`; where it goes on. */
  #findRows(limit: number): number {
    const { context, layout } = this.#file
    const { memory, kernels } = context
    const { i32 } = memory
    const chunk = this.#loaded
    const keys = vectorFromLiterals(
      memory,
      this.#lasting,
      VARCHAR,
      layout.columns.map(({ name }) => name),
    )
    const state = this.#lasting.allocate(24)
    const scratch = this.#lasting.allocate(KEY_BYTES_MAX)
    i32[state >>> 2] = this.#file.place
    this.#growRows(Math.ceil(limit / ROW_BYTES_GUESS) + 16)
    let next = 0
    for (;;) {
      const isLast = chunk.isAtEnd
      const flags = (isLast ? LAST : 0) | (layout.dropsRows ? DROP : 0) | (layout.isPlain ? PLAIN : 0)
      const found = kernels.text.jsonRows(
        chunk.base,
        next,
        chunk.byteCount,
        limit,
        FORMS[layout.form],
        flags,
        keys.data,
        layout.columns.length,
        this.#rowsMax - this.rowCount,
        scratch,
        this.#rows + this.rowCount * this.#stride,
        state,
      )
      this.rowCount += found
      const [place, at, error, errorAt, escapes] = [0, 1, 2, 3, 4].map((word) => i32[(state >>> 2) + word]!) as Five
      next = at
      this.#escapes += escapes
      this.#file.place = place
      if (error !== 0) throw this.#malformed(error, errorAt)
      const isFull = this.rowCount === this.#rowsMax
      if (next >= limit || (isLast && !isFull)) return next
      if (isFull) this.#growRows(Math.ceil((this.#rowsMax * Math.max(limit, 1)) / Math.max(next, 1)) + 16)
      else if (chunk.byteCount - next > layout.rowBytesMax) throw this.#tooLong(next)
      else chunk.loadMore(next)
    }
  }

  #growRows(wanted: number): void {
    const rowsMax = Math.max(wanted, this.#rowsMax + (this.#rowsMax >> 1))
    const rows = this.#lasting.allocate(rowsMax * this.#stride)
    this.#file.context.memory.u8.copyWithin(rows, this.#rows, this.#rows + this.rowCount * this.#stride)
    this.#rows = rows
    this.#rowsMax = rowsMax
  }

  /** Leaves rows out of which a value is none of its column's type, whether the column is asked for or not. */
  #dropBadRows(): void {
    const { layout, context } = this.#file
    const { memory, kernels } = context
    const bad = new Set<number>()
    const arena = new Arena(memory, 'values of a JSON file')
    try {
      layout.columns.forEach(({ name, type }, index) => {
        const bound = this.#columns.find((column) => column.kind === 'column' && column.index === index)
        const member = { kind: 'column' as const, type: bound?.type ?? type, index, name }
        const all = { start: 0, length: this.rowCount, rows: 0 }
        this.#values({ memory, kernels, arena }, member, all, (row, error) => {
          if (valueError('', error, '') === error) throw error
          bad.add(row)
        })
        arena.reset()
      })
    } finally {
      arena.free()
    }
    let kept = 0
    for (let row = 0; row < this.rowCount; row++) {
      if (bad.has(row)) continue
      const from = this.#rows + row * this.#stride
      memory.u8.copyWithin(this.#rows + kept++ * this.#stride, from, from + this.#stride)
    }
    this.rowCount = kept
  }

  #place(offset: number): string {
    const { chunks } = this.#file
    return `"${chunks.file.url}", line ${chunks.lineAt(this.#loaded.start + offset)}`
  }

  #valueError(error: unknown, { index, type }: Pick<BoundMember, 'index' | 'type'>, row: number): unknown {
    const offset = this.#file.context.memory.u32[(this.#rows + row * this.#stride) >>> 2]!
    const { name } = this.#file.layout.columns[index]!
    return valueError(`${this.#place(offset)}, column "${name}" ${typeName(type)}`, error, HINT)
  }

  #malformed(error: number, offset: number): DataError {
    const hint = HINTS[error]
    const column = this.#columnAt(offset)
    return malformedRow(`${this.#place(offset)}, byte ${column} of it`, ERRORS[error] ?? `error ${error}`, {
      ...(hint === undefined ? {} : { hint }),
    })
  }

  /** The byte of its line, from 1, of what is loaded of that. */
  #columnAt(offset: number): number {
    const { u8 } = this.#file.context.memory
    let at = offset
    while (at > 0 && u8[this.#loaded.base + at - 1] !== LF) at--
    return offset - at + 1
  }

  #tooLong(offset: number): DataError {
    const { rowBytesMax } = this.#file.layout
    return malformedRow(this.#place(offset), `the value is longer than ${rowBytesMax} bytes`, {
      hint: 'maximum_object_size => ... allows longer ones.',
    })
  }
}

const LF = 10
const HALF_PAIR = 'a Unicode surrogate stands alone'

function isNested({ kind }: DataType): boolean {
  return kind === 'struct' || kind === 'list' || kind === 'map' || kind === 'json' || kind === 'jsonb'
}

type Five = [number, number, number, number, number]
