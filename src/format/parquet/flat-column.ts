/**
 * A column without repetition and without structs around it: a value or a NULL a row.
 */
import type { Arena } from '../../core/arena.ts'
import type { Pointer } from '../../core/memory.ts'
import type { Selection, Vector } from '../../core/vector.ts'
import type { LeafReader } from './leaf-reader.ts'
import type { ReaderContext } from './reader-context.ts'
import { type Places, ValueSink } from './value-sink.ts'

/** Reads the rows of a column; calls ascend. */
export interface ColumnReader {
  read(start: number, end: number, selection: Selection | null, arena: Arena): Vector
  close(): void
}

export class FlatColumn implements ColumnReader {
  readonly #context: ReaderContext
  readonly #reader: LeafReader
  readonly #sink: ValueSink
  /** Row that the leaf reader stands at. */
  #row = 0

  constructor(context: ReaderContext, reader: LeafReader) {
    this.#context = context
    this.#reader = reader
    this.#sink = new ValueSink(context.kernels, context.memory, reader.conversion)
  }

  read(start: number, end: number, selection: Selection | null, arena: Arena): Vector {
    const { type } = this.#reader.conversion
    const length = selection === null ? end - start : selection.count
    if (length === 0) {
      return {
        encoding: 'flat',
        type,
        length: 0,
        data: arena.allocate(0),
        validity: 0,
        children: [],
      }
    }
    this.#skipTo(start)
    const isNullable = this.#reader.leaf.schema.definition > 0
    const validity = isNullable ? arena.allocate(length) : 0
    this.#sink.begin(length, arena, this.#context.scratch)
    if (selection === null) this.#readAll(end - start, validity)
    else this.#readSelected(start, end, selection, validity)
    this.#sink.end()
    return this.#vector(length, validity, arena)
  }

  close(): void {
    this.#reader.close()
  }

  #readAll(rowCount: number, validity: Pointer): void {
    const { memory, kernels } = this.#context
    const { parquet } = kernels
    const { definition } = this.#reader.leaf.schema
    for (let done = 0; done < rowCount;) {
      const n = Math.min(this.#reader.needPage(), rowCount - done)
      let valid = n
      if (validity !== 0) {
        if (this.#reader.isFull) memory.bulk.fill(1, validity + done, validity + done + n)
        else {
          this.#reader.readDefinitions(n, validity + done)
          valid = parquet.validityOf(validity + done, n, definition, validity + done)
        }
      }
      this.#reader.takeValues(n, valid, null, this.#sink)
      done += n
    }
    this.#row += rowCount
  }

  #readSelected(start: number, end: number, { pointer, count }: Selection, validity: Pointer): void {
    const { memory } = this.#context
    const rows = memory.u32.subarray(pointer >>> 2, (pointer >>> 2) + count)
    let next = 0
    for (let row = start; row < end && next < count;) {
      let n = Math.min(this.#reader.needPage(), end - row)
      const from = next
      // Rows of the selection count from `start`.
      next = n === end - row ? count : lowerBound(rows, row + n - start, next)
      if (next > from) {
        const gap = rows[from]! - (row - start)
        if (gap >= SKIPPED_ROWS_MIN) {
          this.#skip(gap)
          row += gap
        }
        // What follows the last of them is skipped when more is asked for.
        n = rows[next - 1]! + 1 - (row - start)
        const selected = { pointer: pointer + from * 4, count: next - from }
        this.#readPlaces(n, selected, row - start, validity === 0 ? 0 : validity + from)
      } else this.#skip(n)
      row += n
      this.#row = row
    }
    // The rest is skipped by the next call, which may pass whole pages over.
  }

  /** Takes the `selected` of the next `n` rows, the first of which is row `base` of the selection's numbering. */
  #readPlaces(n: number, selected: Places, base: number, validity: Pointer): void {
    const { scratch, kernels, memory } = this.#context
    const { parquet } = kernels
    const places = scratch.allocate(selected.count * 4)
    let valid = n
    let found = selected.count
    let levels = 0
    if (validity !== 0 && !this.#reader.isFull) {
      const { definition } = this.#reader.leaf.schema
      levels = scratch.allocate(n)
      this.#reader.readDefinitions(n, levels)
      valid = parquet.validityOf(levels, n, definition, levels)
    }
    if (valid < n) found = parquet.selectValues(levels, selected.pointer, selected.count, base, validity, places)
    else {
      parquet.rebase(selected.pointer, selected.count, base, places)
      if (validity !== 0) memory.bulk.fill(1, validity, validity + selected.count)
    }
    this.#reader.takeValues(n, valid, { pointer: places, count: found }, this.#sink)
  }

  #skipTo(row: number): void {
    if (row <= this.#row) return
    // The index may be read for it, so it is asked only when a page is passed over.
    if (row - this.#row >= this.#reader.left) this.#row = this.#reader.seekRow(this.#row, row)
    this.#skip(row - this.#row)
    this.#row = row
  }

  #skip(rowCount: number): void {
    for (let left = rowCount; left > 0;) {
      const n = this.#reader.needPage()
      if (n <= left) {
        this.#reader.skipPage()
        left -= n
      } else {
        this.#reader.skipInPage(left, this.#context.scratch.allocate(left))
        left = 0
      }
    }
  }

  #vector(length: number, validity: Pointer, arena: Arena): Vector {
    const { type, width } = this.#reader.conversion
    const sink = this.#sink
    const valid = sink.count
    if (valid === 0) return { encoding: 'constant', type, length, data: 0, isNull: true, children: [] }
    let data = sink.pointer
    const hasNulls = valid < length
    if (hasNulls) {
      const itemWidth = sink.isCoded ? 4 : width
      data = arena.allocate(length * itemWidth)
      this.#context.kernels.parquet.spread(sink.pointer, itemWidth, validity, length, data)
    }
    const common = { type, length, data, validity: hasNulls ? validity : 0 }
    if (sink.isCoded) return { encoding: 'dictionary', ...common, dictionary: this.#reader.dictionary! }
    return { encoding: 'flat', ...common, children: [] }
  }
}

/** Fewer rows before the first one wanted are decoded with it. */
const SKIPPED_ROWS_MIN = 128

/** The first index from `from` on whose value is `bound` or more. */
function lowerBound(values: Uint32Array, bound: number, from: number): number {
  let low = from
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! < bound) low = middle + 1
    else high = middle
  }
  return low
}
