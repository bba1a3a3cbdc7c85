/**
 * Reads the rows that begin in a chunk of a text file: where their values lie is found when it is opened, vectors are made of the columns and rows
 * that are asked for. What a row is, and a value, the formats say.
 *
 *   file   ...row|row begins here, row, row, ro|w ends here, row ...
 *                ^ chunk                       ^ next chunk
 */
import { Arena } from '../../core/arena.ts'
import { defined } from '../../core/assert.ts'
import type { Pointer } from '../../core/memory.ts'
import type { DataType } from '../../core/types.ts'
import type { FlatVector, Selection, Vector } from '../../core/vector.ts'
import type { RowGroupReader, RowRange } from '../format.ts'
import { ConstantColumn } from '../parquet/constant-column.ts'
import type { BoundText, BoundTextColumn } from './bound-text.ts'
import { TextChunk } from './text-chunk.ts'
import type { TextContext } from './text-column.ts'
import type { TextDataFile } from './text-data-file.ts'
import { valueError } from './text-error.ts'

/** Rows of the chunk: `length` from `start` on, or of those the ones in the u32 numbers at `rows` (not 0). */
export interface TextRows {
  readonly start: number
  readonly length: number
  readonly rows: Pointer
}

export abstract class TextGroupReader implements RowGroupReader {
  rowCount = 0
  bytesRead = 0
  /** Lives until the reader is closed. */
  protected readonly lasting: Arena
  /** Bytes that tell where the values of a row lie. */
  protected readonly stride: number
  /** Of `rowsMax` rows; `rowCount` are found. */
  protected rows: Pointer = 0
  protected rowsMax = 0
  readonly #file: TextDataFile
  readonly #columns: readonly BoundText[]
  readonly #what: string
  #chunk: TextChunk | undefined

  /** `what` the file is, for errors. The constructor of the format ends with `open`. */
  constructor(
    file: TextDataFile,
    columns: readonly BoundText[],
    { what, stride }: { readonly what: string; readonly stride: number },
  ) {
    this.#file = file
    this.#columns = columns
    this.#what = what
    this.stride = stride
    this.lasting = new Arena(file.context.memory, `a chunk of ${what}`)
  }

  /** Finds the rows that begin before `limit`; where the next one begins. */
  protected abstract findRows(limit: number): number

  protected abstract values(
    context: TextContext,
    column: BoundTextColumn,
    rows: TextRows,
    onBadValue: (row: number, error: unknown) => void,
  ): FlatVector

  /** An error of a value with its place and what may help. */
  protected abstract valueError(error: unknown, column: BoundTextColumn, row: number): unknown

  /** False where no text fails to be a value of the type. */
  protected abstract mayFail(type: DataType): boolean

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
      return new ConstantColumn({ memory, lasting: this.lasting }, bound).ofLength(length)
    }
    const rows = selection?.pointer ?? 0
    const rowOf = (i: number): number => start + (rows === 0 ? i : memory.u32[(rows >>> 2) + i]!)
    return this.values({ memory, kernels, arena }, bound, { start, length, rows }, (i, error) => {
      throw this.valueError(error, bound, rowOf(i))
    })
  }

  close(): void {
    this.lasting.free()
  }

  protected get chunk(): TextChunk {
    return defined(this.#chunk, 'an open chunk')
  }

  protected open(chunk: number): void {
    try {
      this.#load(chunk)
    } catch (error) {
      this.close()
      throw error
    }
  }

  #load(chunk: number): void {
    const { chunks, layout, context } = this.#file
    const before = chunks.bytesRead
    const { start, end } = chunks.boundsOf(chunk)
    this.#chunk = new TextChunk(chunks.text, { memory: context.memory, arena: this.lasting }, start)
    if (start < end) {
      this.#chunk.load(end - start)
      const next = this.findRows(end - start)
      chunks.learn(chunk, { end, next: start + next, isAtEnd: this.#chunk.isAtEnd && next >= this.#chunk.byteCount })
      this.#chunk.checkText(context.kernels, next, (offset) => this.place(offset))
      if (layout.dropsRows) this.#dropBadRows()
    }
    this.bytesRead = chunks.bytesRead - before
  }

  protected growRows(wanted: number): void {
    const rowsMax = Math.max(wanted, this.rowsMax + (this.rowsMax >> 1))
    const rows = this.lasting.allocate(rowsMax * this.stride)
    this.#file.context.memory.u8.copyWithin(rows, this.rows, this.rows + this.rowCount * this.stride)
    this.rows = rows
    this.rowsMax = rowsMax
  }

  /** Leaves rows out of which a value is none of its column's type, whether the column is asked for or not: which rows there are does not hang on the query. */
  #dropBadRows(): void {
    const { layout, context } = this.#file
    const { memory, kernels } = context
    const bad = new Set<number>()
    const arena = new Arena(memory, `values of ${this.#what}`)
    try {
      layout.columns.forEach(({ name, type }, index) => {
        const bound = this.#columns.find((column) => column.kind === 'column' && column.index === index)
        const column = { kind: 'column' as const, type: bound?.type ?? type, index, name }
        if (!this.mayFail(column.type)) return
        const all = { start: 0, length: this.rowCount, rows: 0 }
        this.values({ memory, kernels, arena }, column, all, (row, error) => {
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
      const from = this.rows + row * this.stride
      memory.u8.copyWithin(this.rows + kept++ * this.stride, from, from + this.stride)
    }
    this.rowCount = kept
  }

  /** The file and line of a byte of the chunk. */
  protected place(offset: number): string {
    const { chunks } = this.#file
    return `"${chunks.file.url}", line ${chunks.lineAt(this.chunk.start + offset)}`
  }

  /** Where a row begins: the first word of what is known of it. */
  protected offsetOf(row: number): number {
    return this.#file.context.memory.u32[(this.rows + row * this.stride) >>> 2]!
  }
}
