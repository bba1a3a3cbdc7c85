/**
 * The end of a sort's input: one worker's rows, put in order when the input ends.
 *
 * With a limit, no more than the first `limit + offset` rows can matter: whenever twice as many (and some thousands) have gathered, the
 * rest is dropped, and from then on rows above the last one kept are not taken at all.
 */
import { type Pointer, freePages } from '../../core/memory.ts'
import { type Batch, type Vector, BATCH_ROWS_MAX } from '../../core/vector.ts'
import { compileExprs } from '../../expr/evaluate.ts'
import type { PhysicalSort } from '../../plan/physical.ts'
import type { OperatorContext, Sink } from '../operators/operator.ts'
import { readColumn } from '../rows/row-reader.ts'
import type { RowBlock } from '../rows/row-spill.ts'
import { RowStore } from '../rows/row-store.ts'
import { RowWriter, initRows } from '../rows/row-writer.ts'
import { encodeKeys } from './encode-keys.ts'
import { sortRows } from './sort-rows.ts'
import { spillRun } from './spilled-run.ts'
import type { SortShape } from './sort-shape.ts'

/** What a sink leaves in its worker. */
export interface SortedRun {
  /** Address of u32 row addresses in order. */
  readonly rows: Pointer
  readonly count: number
  readonly pages: readonly Pointer[]
  /** Runs in files: blocks of rows in order. */
  readonly spilled: readonly (readonly RowBlock[])[]
}

const WHAT = 'a sort'
/** Fewer rows are not worth a run. */
const SPILL_ROWS_MIN = 1024
/** Rows beyond twice the limit that gather before a top-n prunes. */
const PRUNE_SLACK_ROWS = 2 * BATCH_ROWS_MAX

export class SortSink implements Sink {
  readonly #context: OperatorContext
  readonly #shape: SortShape
  readonly #evaluateKeys: (batch: Batch) => readonly Vector[]
  readonly #inputCount: number
  /** Rows that are wanted of a top-n. */
  readonly #wanted: number
  #store: RowStore
  #writer: RowWriter
  #rowCount = 0
  /** Key bytes of the last row that a top-n kept, in `#store`'s memory; 0 = none yet. */
  #bound: Pointer = 0
  readonly #plan: PhysicalSort
  readonly #maySpill: boolean
  readonly #spilled: (readonly RowBlock[])[] = []

  /** `maySpill`: false where all rows must be in memory at the end. */
  constructor(context: OperatorContext, plan: PhysicalSort, shape: SortShape, maySpill = true) {
    this.#maySpill = maySpill
    this.#context = context
    this.#plan = plan
    this.#shape = shape
    this.#evaluateKeys = compileExprs(
      plan.keys.map((key) => key.expr),
      context,
    )
    this.#inputCount = plan.child.output.length
    this.#wanted = plan.limit === null ? Number.POSITIVE_INFINITY : plan.limit + plan.offset
    this.#store = this.#newStore()
    this.#writer = new RowWriter(this.#store)
  }

  #newStore(): RowStore {
    return new RowStore(this.#context.memory, this.#shape.layout, WHAT, { zeroed: false })
  }

  push(batch: Batch): boolean {
    const { rowCount } = batch
    if (this.#wanted === 0) return false
    if (rowCount === 0) return true
    const values = this.#evaluateKeys(batch)
    const keys = encodeKeys(this.#context, this.#shape, values, rowCount)
    const strings = values.filter((_, i) => {
      const { column } = this.#shape.keys[i]!
      return column !== null && this.#shape.columns.indexOf(column) >= this.#inputCount
    })
    const columns = [...batch.columns, ...strings]
    const selection = this.#bound === 0 ? 0 : this.#context.arena.allocate((rowCount + 1) * 4)
    const count = selection === 0 ? rowCount : this.#selectWanted(rowCount, keys, selection)
    this.#append(columns, keys, selection, count)
    if (this.#rowCount > this.#wanted * 2 + PRUNE_SLACK_ROWS) this.#prune()
    if (
      this.#maySpill &&
      this.#rowCount >= SPILL_ROWS_MIN &&
      this.#store.byteCount > this.#context.spillThresholdBytes()
    )
      this.#spill()
    return true
  }

  /** Writes the rows so far as a run of their own. */
  #spill(): void {
    const { memory } = this.#context
    const { chunks, pages, rowCount } = this.#store.detach()
    const sorted = sortRows(this.#context, this.#shape, chunks, WHAT)
    this.#spilled.push(spillRun(this.#context, this.#plan, this.#shape, sorted, Math.min(rowCount, this.#wanted)))
    freePages(memory, sorted)
    for (const page of pages) freePages(memory, page)
    this.#store = this.#newStore()
    this.#writer = new RowWriter(this.#store)
    this.#rowCount = 0
    this.#bound = 0
  }

  #selectWanted(rowCount: number, keys: Pointer, selection: Pointer): number {
    const { keyBytes, leadingBytes } = this.#shape
    return this.#context.kernels.sort.selectNotAbove(rowCount, keys, keyBytes, this.#bound, leadingBytes, selection)
  }

  /** Copies `count` rows (of `selection`, or the first) into the store. */
  #append(columns: readonly Vector[], keys: Pointer, selection: Pointer, count: number): void {
    const context = this.#context
    const { layout, keyBytes, keyOffset } = this.#shape
    const { rowBytes } = layout
    let done = 0
    while (done < count) {
      const { start: rows, count: taken } = this.#store.reserve(count - done)
      const chosen = selection === 0 ? this.#rowNumbers(done, taken) : selection + done * 4
      const target = { rows, rowBytes, selection: chosen, count: taken }
      initRows(context, layout, target, 0)
      context.kernels.sort.placeKeys(taken, chosen, keys, keyBytes, keyBytes / 8, rows + keyOffset, rowBytes)
      columns.forEach((column, i) => this.#writer.write(context, this.#shape.columns[i]!, column, target))
      done += taken
    }
    this.#rowCount += count
  }

  /** 0 for the rows from 0 on, else their numbers. */
  #rowNumbers(first: number, count: number): Pointer {
    if (first === 0) return 0
    const numbers = this.#context.arena.allocate(count * 4)
    this.#context.kernels.table.rowAddresses(count, first, 1, numbers)
    return numbers
  }

  /** Keeps the first rows of a top-n, in a store of their own. */
  #prune(): void {
    const context = this.#context
    const { memory, arena } = context
    const old = this.#store.detach()
    const sorted = sortRows(context, this.#shape, old.chunks, WHAT)
    this.#store = this.#newStore()
    this.#writer = new RowWriter(this.#store)
    this.#rowCount = 0
    for (let done = 0; done < this.#wanted; done += BATCH_ROWS_MAX) {
      const mark = arena.mark()
      this.#copyRows(sorted + done * 4, Math.min(BATCH_ROWS_MAX, this.#wanted - done))
      arena.release(mark)
    }
    const { keyBytes, keyOffset } = this.#shape
    const last = memory.u32[(sorted >>> 2) + this.#wanted - 1]!
    this.#bound = this.#store.allocate(keyBytes)
    memory.bulk.copyWithin(this.#bound, last + keyOffset, last + keyOffset + keyBytes)
    freePages(memory, sorted)
    for (const page of old.pages) freePages(memory, page)
  }

  #copyRows(rows: Pointer, count: number): void {
    const context = this.#context
    const { keyBytes, keyOffset, columns } = this.#shape
    const keys = context.arena.allocate(count * keyBytes)
    context.kernels.sort.gatherKeys(count, rows, keyOffset, keyBytes / 8, keys, keyBytes)
    const values = columns.map((column) => readColumn(context, column, rows, count))
    this.#append(values, keys, 0, count)
  }

  finish(): SortedRun {
    const { chunks, pages, rowCount } = this.#store.detach()
    const rows = sortRows(this.#context, this.#shape, chunks, WHAT)
    const count = Math.min(rowCount, this.#wanted)
    return { rows, count, pages: rows === 0 ? pages : [...pages, rows], spilled: this.#spilled }
  }

  abort(): void {
    this.#store.free()
  }
}
