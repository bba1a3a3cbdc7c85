/**
 * Reads the values that begin in a chunk of a JSON file: where the members lie that are columns is found when it is opened, vectors are made of the columns
 * and rows that are asked for. Of nested types the values are made one by one.
 */
import { type DataError, SqlError } from '../../core/errors.ts'
import { type DataType, JSON_TEXT, VARCHAR, typeName } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { valueAt, vectorFromLiterals } from '../../core/vector-values.ts'
import type { FlatVector } from '../../core/vector.ts'
import { parseJson } from '../../expr/values/json.ts'
import type { BoundText, BoundTextColumn } from '../text/bound-text.ts'
import { type TextContext, textColumn } from '../text/text-column.ts'
import { malformedRow, valueError } from '../text/text-error.ts'
import { TextGroupReader, type TextRows } from '../text/text-group-reader.ts'
import type { JsonDataFile } from './data-file.ts'
import { valueOfJson } from './nested-values.ts'

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

export class JsonGroupReader extends TextGroupReader {
  readonly #file: JsonDataFile
  #escapes = 0

  constructor(file: JsonDataFile, columns: readonly BoundText[], chunk: number) {
    super(file, columns, { what: 'a JSON file', stride: (file.layout.columns.length + 1) * 8 })
    this.#file = file
    if (chunk === 0) file.place = 0
    this.open(chunk)
  }

  /** Texts too: half a pair of surrogates is no character. */
  protected mayFail(): boolean {
    return true
  }

  protected values(
    context: TextContext,
    member: BoundTextColumn,
    { start, length, rows }: TextRows,
    onBadValue: (row: number, error: unknown) => void,
  ): FlatVector {
    const { arena, memory, kernels } = context
    const { layout } = this.#file
    const { type, index } = member
    const isRaw = isNested(type)
    const place = [this.rows + start * this.stride, layout.columns.length, index, length, rows] as const
    const room = this.#escapes === 0 || isRaw ? 0 : arena.allocate(kernels.text.jsonEscapedBytes(...place))
    const data = arena.allocate(length * 8)
    const mask = arena.allocate(length)
    const nulls = kernels.text.jsonViews(this.chunk.base, ...place, isRaw ? 1 : 0, room, data, mask)
    if (nulls < 0) throw this.valueError(new SqlError('22P05', HALF_PAIR), member, start - 1 - nulls)
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

  /** Finds the values that begin before `limit`; where it goes on. */
  protected findRows(limit: number): number {
    const { context, layout } = this.#file
    const { memory, kernels } = context
    const { i32 } = memory
    const chunk = this.chunk
    const keys = vectorFromLiterals(
      memory,
      this.lasting,
      VARCHAR,
      layout.columns.map(({ name }) => name),
    )
    const state = this.lasting.allocate(24)
    const scratch = this.lasting.allocate(KEY_BYTES_MAX)
    i32[state >>> 2] = this.#file.place
    this.growRows(Math.ceil(limit / ROW_BYTES_GUESS) + 16)
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
        this.rowsMax - this.rowCount,
        scratch,
        this.rows + this.rowCount * this.stride,
        state,
      )
      this.rowCount += found
      const [place, at, error, errorAt, escapes] = [0, 1, 2, 3, 4].map((word) => i32[(state >>> 2) + word]!) as Five
      next = at
      this.#escapes += escapes
      this.#file.place = place
      if (error !== 0) throw this.#malformed(error, errorAt)
      const isFull = this.rowCount === this.rowsMax
      if (next >= limit || (isLast && !isFull)) return next
      if (isFull) this.growRows(Math.ceil((this.rowsMax * Math.max(limit, 1)) / Math.max(next, 1)) + 16)
      else if (chunk.byteCount - next > layout.rowBytesMax) throw this.#tooLong(next)
      else chunk.loadMore(next)
    }
  }

  protected valueError(error: unknown, { name, type }: BoundTextColumn, row: number): unknown {
    return valueError(`${this.place(this.offsetOf(row))}, column "${name}" ${typeName(type)}`, error, HINT)
  }

  #malformed(error: number, offset: number): DataError {
    const hint = HINTS[error]
    const column = this.#columnAt(offset)
    return malformedRow(`${this.place(offset)}, byte ${column} of it`, ERRORS[error] ?? `error ${error}`, {
      ...(hint === undefined ? {} : { hint }),
    })
  }

  /** The byte of its line, from 1, of what is loaded of that. */
  #columnAt(offset: number): number {
    const { u8 } = this.#file.context.memory
    let at = offset
    while (at > 0 && u8[this.chunk.base + at - 1] !== LF) at--
    return offset - at + 1
  }

  #tooLong(offset: number): DataError {
    const { rowBytesMax } = this.#file.layout
    return malformedRow(this.place(offset), `the value is longer than ${rowBytesMax} bytes`, {
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
