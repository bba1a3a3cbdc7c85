/**
 * Takes rows in the order of partition and order keys; when a partition ends, gives its rows with the results of the window's functions.
 *
 *   batch:  a a a b b b b c c        a's rows complete those held so far: a and b are computed, c is held
 *
 * So memory is what the largest partition needs (and a batch); the rows themselves were spilled, if need be, by the sort below.
 * A partition that does not fit into the memory is error 53200.
 */
import { Arena } from '../../core/arena.ts'
import { type Pointer, freePages } from '../../core/memory.ts'
import { BATCH_ROWS_MAX, type Batch } from '../../core/vector.ts'
import type { PhysicalWindow } from '../../plan/physical.ts'
import type { Emit, OperatorContext, StreamOperator } from '../operators/operator.ts'
import { type RowLayout, layoutRows } from '../rows/row-layout.ts'
import { readColumn } from '../rows/row-reader.ts'
import { FrameFinder } from './frames.ts'
import { KeyChanges } from './key-changes.ts'
import type { WindowBlock } from './window-block.ts'
import { WindowFunctions } from './window-functions.ts'
import { RowGatherer, WHAT } from './window-rows.ts'

export class WindowOperator implements StreamOperator {
  readonly #context: OperatorContext
  readonly #layout: RowLayout
  readonly #partitionChanges: KeyChanges
  readonly #peerChanges: KeyChanges
  readonly #frames: FrameFinder
  readonly #functions: WindowFunctions
  #gatherer: RowGatherer | null = null

  constructor(context: OperatorContext, plan: PhysicalWindow) {
    this.#context = context
    this.#layout = layoutRows({
      keys: [],
      wideKeys: false,
      payload: plan.child.output.map(({ type }) => type),
      withHash: false,
      stateBytes: 0,
    })
    const partition = plan.partitionBy.map((expr) => ({
      expr,
      descending: false,
      nullsFirst: false,
    }))
    this.#partitionChanges = new KeyChanges(context, plan, partition)
    this.#peerChanges = new KeyChanges(context, plan, plan.orderBy)
    this.#frames = new FrameFinder(context, plan)
    this.#functions = new WindowFunctions(context, plan)
  }

  push(batch: Batch, emit: Emit): boolean {
    const { rowCount } = batch
    if (rowCount === 0) return true
    const { u8 } = this.#context.memory
    const partitions = this.#partitionChanges.mark(batch)
    const peers = this.#peerChanges.mark(batch)
    let last = rowCount - 1
    while (last >= 0 && u8[partitions + last] === 0) last--
    if (last >= 0 && (last > 0 || this.#gatherer !== null)) {
      this.#append(batch, 0, last, partitions, peers)
      if (!this.#compute(emit)) return false
    }
    this.#append(batch, Math.max(last, 0), rowCount, partitions, peers)
    return true
  }

  #append(batch: Batch, from: number, to: number, partitions: Pointer, peers: Pointer): void {
    if (from >= to) return
    this.#gatherer ??= new RowGatherer(this.#context, this.#layout)
    this.#gatherer.append(batch, from, to, partitions, peers)
  }

  /** Gives the rows gathered so far, which are whole partitions. */
  #compute(emit: Emit): boolean {
    const gatherer = this.#gatherer
    if (gatherer === null) return true
    const context = this.#context
    const arena = new Arena(context.memory, WHAT)
    let pages: readonly Pointer[] = []
    this.#gatherer = null
    try {
      const gathered = gatherer.finish(arena)
      pages = gathered.pages
      const rows = gathered.rows
      const block: WindowBlock = { context, arena, layout: this.#layout, rows }
      const frames = this.#frames.find(block)
      const results = this.#functions.prepare(block, frames)
      for (let first = 0; first < rows.rowCount; first += BATCH_ROWS_MAX) {
        context.checkCancelled()
        const count = Math.min(BATCH_ROWS_MAX, rows.rowCount - first)
        const mark = context.arena.mark()
        const addresses = (rows.addresses + first) * 4
        const columns = [
          ...this.#layout.columns.map((column) => readColumn(context, column, addresses, count)),
          ...results.map((result) => result(first, count)),
        ]
        const wantsMore = emit({ rowCount: count, columns })
        context.arena.release(mark)
        if (!wantsMore) return false
      }
      return true
    } finally {
      gatherer.free()
      for (const page of pages) freePages(context.memory, page)
      arena.free()
    }
  }

  finish(emit: Emit): void {
    this.#compute(emit)
  }

  abort(): void {
    this.#gatherer?.free()
    this.#gatherer = null
  }
}
