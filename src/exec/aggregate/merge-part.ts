/** One worker's part of a merge of tables of rows: finds, for each row, the first row of its key. */
import { type Pointer, freePages, outOfMemory, tryAllocatePages } from '../../core/memory.ts'
import { BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { OperatorContext } from '../operators/operator.ts'
import type { RowLayout } from '../rows/row-layout.ts'
import { CONTROL, type GroupRows, controlBytes, writeControl } from './group-table.ts'

/** Rows of one call, and for each the row of its key: itself, another's, or 0 when it falls to another worker. */
interface MergedBatch {
  readonly start: Pointer
  readonly count: number
  readonly targets: Pointer
}

/** Which keys are merged: those whose hash falls to `part` of `parts`. */
export interface KeyShare {
  readonly part: number
  readonly parts: number
  /** All rows are of this part (they were spilled by it), not a share of them. */
  readonly holdsAll?: boolean
}

export class MergePart {
  readonly #context: OperatorContext
  readonly #layout: RowLayout
  readonly #tables: readonly GroupRows[]
  readonly #share: KeyShare
  readonly #pages: Pointer[] = []
  readonly #control: Pointer

  constructor(
    context: OperatorContext,
    layout: RowLayout,
    tables: readonly GroupRows[],
    share: KeyShare,
    integer: boolean,
  ) {
    this.#share = share
    this.#context = context
    this.#layout = layout
    this.#tables = tables
    this.#control = this.#allocate(controlBytes(layout))
    writeControl(context, layout, this.#control)
    try {
      if (!integer || !this.#makeDense()) this.#makeHash()
    } catch (error) {
      this.free()
      throw error
    }
  }

  eachBatch(visit: (batch: MergedBatch) => void): void {
    const { arena, kernels } = this.#context
    const { part, parts } = this.#share
    const { rowBytes } = this.#layout
    for (const chunk of this.#tables.flatMap((table) => table.chunks)) {
      this.#context.checkCancelled()
      for (let done = 0; done < chunk.count; done += BATCH_ROWS_MAX) {
        const mark = arena.mark()
        const count = Math.min(BATCH_ROWS_MAX, chunk.count - done)
        const start = chunk.start + done * rowBytes
        const targets = arena.allocate(count * 4)
        kernels.table.mergeIndex(this.#control, count, start, part, parts, targets)
        visit({ start, count, targets })
        arena.release(mark)
      }
    }
  }

  /** A direct index of this worker's range of keys, when all tables had one and the keys are dense together. */
  #makeDense(): boolean {
    const { memory } = this.#context
    const { part, parts, holdsAll } = this.#share
    if (holdsAll === true) return false
    const ranges = this.#tables.filter((table) => table.rowCount > 0).map((table) => table.dense)
    if (ranges.length === 0) return false
    let [low, end] = [2n ** 63n, -(2n ** 63n)]
    for (const range of ranges) {
      if (range === null) return false
      if (range.base < low) low = range.base
      if (range.base + range.range > end) end = range.base + range.range
    }
    const width = (end - low + BigInt(parts) - 1n) / BigInt(parts)
    if (width > BigInt(this.#rowTotal()) * 64n + 65_536n) return false
    const index = this.#tryAllocateZeroed(Number(width) * 4)
    if (index === 0) return false
    this.#set(CONTROL.index, index)
    this.#set(CONTROL.dense, 1)
    memory.i64[(this.#control + CONTROL.base) >>> 3] = low + width * BigInt(part)
    memory.i64[(this.#control + CONTROL.range) >>> 3] = width
    return true
  }

  /** A hash index for this worker's share, with room for shares that chance makes larger. */
  #makeHash(): void {
    const { parts, holdsAll } = this.#share
    const rows = (this.#rowTotal() / (holdsAll === true ? 1 : parts)) * 1.5 + 1024
    const bits = Math.ceil(Math.log2(rows * 1.3))
    const byteCount = 2 ** bits * 8
    const index = this.#tryAllocateZeroed(byteCount)
    if (index === 0) throw outOfMemory(this.#context.memory, byteCount, 'an aggregate')
    this.#set(CONTROL.index, index)
    this.#set(CONTROL.shift, 64 - bits)
  }

  #rowTotal(): number {
    return this.#tables.reduce((sum, table) => sum + table.rowCount, 0)
  }

  #allocate(byteCount: number): Pointer {
    const page = tryAllocatePages(this.#context.memory, byteCount)
    if (page === 0) throw outOfMemory(this.#context.memory, byteCount, 'an aggregate')
    this.#pages.push(page)
    return page
  }

  #tryAllocateZeroed(byteCount: number): Pointer {
    const page = tryAllocatePages(this.#context.memory, byteCount)
    if (page === 0) return 0
    this.#pages.push(page)
    this.#context.memory.bulk.fill(0, page, page + byteCount)
    return page
  }

  #set(offset: number, value: number): void {
    this.#context.memory.u32[(this.#control + offset) >>> 2] = value
  }

  free(): void {
    for (const page of this.#pages.splice(0)) freePages(this.#context.memory, page)
  }
}
