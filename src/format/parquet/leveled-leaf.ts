/**
 * A leaf column with its levels, row by row: what nested columns are assembled from.
 *
 *   page:    levels 0 1 1 0 0 1 ... decoded a window at a time; rows begin where the repetition level is 0
 *   read:    whole rows; a row may go on in the next page (version 1)
 */
import type { Arena } from '../../core/arena.ts'
import type { Pointer } from '../../core/memory.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { LeafReader } from './leaf-reader.ts'
import type { ReaderContext } from './reader-context.ts'
import { ValueSink } from './value-sink.ts'

/** Level positions decoded at once. */
const WINDOW = 8192

/** Some rows of a leaf: a level position is a value, a NULL or an empty list. */
export interface LeveledRows {
  readonly positions: number
  /** Bytes; 0 for columns without repetition. */
  readonly repetitions: Pointer
  readonly definitions: Pointer
  /** Values or codes, those that are NULL left out, zeroes behind them; 0 when there are none. */
  readonly values: Pointer
  readonly valueCount: number
  readonly isCoded: boolean
  readonly dictionary: FlatVector | undefined
}

export class LeveledLeaf {
  readonly reader: LeafReader
  readonly #context: ReaderContext
  /** Null for leaves that are read for their levels only. */
  readonly #sink: ValueSink | null
  readonly #window: { readonly repetitions: Pointer; readonly definitions: Pointer }
  /** Positions [from, to) of the window are decoded and not taken. */
  #from = 0
  #to = 0
  /** What was taken in this call. */
  #repetitions: Pointer = 0
  #definitions: Pointer = 0
  #count = 0
  #capacity = 0

  constructor(context: ReaderContext, reader: LeafReader, withValues: 'values' | 'levels only') {
    this.reader = reader
    this.#context = context
    const { kernels, memory, lasting } = context
    this.#sink = withValues === 'values' ? new ValueSink(kernels, memory, reader.conversion) : null
    this.#window = {
      repetitions: lasting.allocateZeroed(WINDOW),
      definitions: lasting.allocateZeroed(WINDOW),
    }
  }

  /** Reads the next `rowCount` rows; levels lie in the scratch arena, values in `arena`. */
  read(rowCount: number, arena: Arena): LeveledRows {
    this.#count = 0
    this.#capacity = 0
    this.#sink?.begin(rowCount, arena, this.#context.scratch)
    this.#advance(rowCount, this.#sink)
    this.#sink?.end()
    return {
      positions: this.#count,
      repetitions: this.reader.leaf.schema.repetition > 0 ? this.#repetitions : 0,
      definitions: this.#definitions,
      values: this.#sink?.pointer ?? 0,
      valueCount: this.#sink?.count ?? 0,
      isCoded: this.#sink?.isCoded ?? false,
      dictionary: this.reader.dictionary,
    }
  }

  /** Passes the rows [current, target) over, at the first of which the reader stands. */
  skip(current: number, target: number): void {
    const row = this.reader.seekRow(current, target)
    if (row > current) {
      this.#from = 0
      this.#to = 0
    }
    let left = target - row
    while (left > 0 && this.#from === this.#to) {
      this.reader.needPage()
      const rows = this.#rowsOfPage()
      if (rows === 0 || rows > left) break
      this.reader.skipPage()
      left -= rows
    }
    for (; left > 0; left -= Math.min(left, WINDOW)) {
      this.#count = 0
      this.#advance(Math.min(left, WINDOW), null)
    }
  }

  close(): void {
    this.reader.close()
  }

  /** Rows of the page that the reader is at the beginning of, if they are known and whole; else 0. */
  #rowsOfPage(): number {
    const { header } = this.reader
    if (!this.reader.isAtPageStart) return 0
    if (this.reader.leaf.schema.repetition === 0) return header.valueCount
    return header.kind === 'data-v2' ? header.rowCount : 0
  }

  #advance(rowCount: number, sink: ValueSink | null): void {
    const { parquet } = this.#context.kernels
    const { definition, repetition } = this.reader.leaf.schema
    for (let rows = 0; ;) {
      if (this.#from === this.#to && !this.#refill(rows < rowCount)) return
      const available = this.#to - this.#from
      const repetitions = this.#window.repetitions + this.#from
      const definitions = this.#window.definitions + this.#from
      const n =
        repetition === 0
          ? Math.min(available, rowCount - rows)
          : parquet.positionsOfRows(repetitions, available, rows, rowCount)
      if (n === 0) return
      rows += repetition === 0 ? n : parquet.countZeroes(repetitions, n)
      this.#append(repetitions, definitions, n)
      const valid = definition === 0 ? n : parquet.countEqual(definitions, n, definition)
      this.reader.takeValues(n, valid, null, sink)
      this.#from += n
      if (repetition === 0 && rows === rowCount) return
    }
  }

  /** Decodes the next levels; false at the end of the chunk, which is an error when rows are wanting. */
  #refill(needed: boolean): boolean {
    const left = needed ? this.reader.needPage() : this.reader.pageLeft()
    if (left === 0) return false
    const n = Math.min(WINDOW, left)
    const { definition, repetition } = this.reader.leaf.schema
    if (repetition > 0) this.reader.readRepetitions(n, this.#window.repetitions)
    if (definition > 0) this.reader.readDefinitions(n, this.#window.definitions)
    this.#from = 0
    this.#to = n
    return true
  }

  #append(repetitions: Pointer, definitions: Pointer, n: number): void {
    const { memory, scratch } = this.#context
    const needed = this.#count + n
    if (needed > this.#capacity) {
      const capacity = Math.max(needed, this.#capacity * 2)
      const [oldRepetitions, oldDefinitions] = [this.#repetitions, this.#definitions]
      this.#repetitions = scratch.allocate(capacity)
      this.#definitions = scratch.allocate(capacity)
      memory.bulk.copyWithin(this.#repetitions, oldRepetitions, oldRepetitions + this.#count)
      memory.bulk.copyWithin(this.#definitions, oldDefinitions, oldDefinitions + this.#count)
      this.#capacity = capacity
    }
    memory.bulk.copyWithin(this.#repetitions + this.#count, repetitions, repetitions + n)
    memory.bulk.copyWithin(this.#definitions + this.#count, definitions, definitions + n)
    this.#count = needed
  }
}
