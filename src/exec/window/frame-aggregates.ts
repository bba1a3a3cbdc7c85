/**
 * Aggregates over frames, by the states and kernels of GROUP BY (exec/aggregate/):
 *
 * | frames                              | states                                                                    |
 * |-------------------------------------|---------------------------------------------------------------------------|
 * | the whole partition                 | one a partition                                                           |
 * | from the partition's start on       | one a row: its own value and all before it in the partition (prefix)      |
 * | any                                 | one a row, and a tree above (frame-tree.ts): a frame is a few of its nodes |
 */
import type { Pointer } from '../../core/memory.ts'
import { BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { PhysicalAggregateCall, PhysicalWindow } from '../../plan/physical.ts'
import { type AggregateShape, aggregateShape } from '../aggregate/aggregate-shape.ts'
import { finishCall } from '../aggregate/finish-calls.ts'
import { type StateHeap, mergeAccumulator, updateAccumulator } from '../aggregate/update.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { truthMask } from '../rows/vectors.ts'
import { FrameTree } from './frame-tree.ts'
import type { Frames } from './frames.ts'
import { prefixExtremes } from './prefix-extremes.ts'
import { type WindowBlock, readValues } from './window-block.ts'
import type { WindowResult } from './window-functions.ts'

/** Writes the addresses of the states of rows [first, first + count) to words from `out` on. */
type StatesOf = (first: number, count: number, out: number) => void

export class FrameAggregates {
  readonly #shape: AggregateShape

  constructor(_context: OperatorContext, plan: PhysicalWindow, calls: readonly PhysicalAggregateCall[]) {
    const { id, output, estimate, child } = plan
    this.#shape = aggregateShape({
      kind: 'aggregate',
      id,
      output,
      estimate,
      child,
      groups: [],
      calls,
      groupingSets: null,
    })
  }

  prepare(block: WindowBlock, frames: Frames): readonly WindowResult[] {
    const { context } = block
    const shape = this.#shape
    const statesOf =
      frames.form === 'partition'
        ? this.#partitionStates(block)
        : frames.form === 'growing'
          ? this.#prefixStates(block, frames)
          : this.#treeStates(block, frames)
    // All calls of a range of rows share the states.
    let states: Pointer = 0
    let statesFirst = -1
    return shape.plan.calls.map((call, k): WindowResult => {
      return (first, count) => {
        if (k === 0 || statesFirst !== first) {
          states = context.arena.allocate(count * 4)
          statesFirst = first
          statesOf(first, count, states >>> 2)
        }
        return finishCall(context, shape, call, states, count)
      }
    })
  }

  #partitionStates(block: WindowBlock): StatesOf {
    const { arena, context, rows } = block
    const { rowBytes } = this.#shape.layout
    const { u32, bulk } = context.memory
    const { rowCount, partitionStart } = rows
    let partitions = 0
    for (let row = 0; row < rowCount; row++) if (u32[partitionStart + row] === row) partitions++
    const base = arena.allocateZeroed(partitions * rowBytes)
    const stateOf = arena.allocate(rowCount * 4) >>> 2
    let state = base - rowBytes
    for (let row = 0; row < rowCount; row++) {
      if (u32[partitionStart + row] === row) state += rowBytes
      u32[stateOf + row] = state
    }
    this.#update(block, (first) => (stateOf + first) * 4)
    return (first, count, out) => {
      const from = (stateOf + first) * 4
      bulk.copyWithin(out * 4, from, from + count * 4)
    }
  }

  /** One state a row, with its own value: the address of the first. */
  #rowStates(block: WindowBlock): Pointer {
    const { arena, context, rows } = block
    const { rowBytes } = this.#shape.layout
    const base = arena.allocateZeroed(rows.rowCount * rowBytes)
    this.#update(block, (first, count) => {
      const addresses = context.arena.allocate(count * 4)
      context.kernels.table.rowAddresses(count, base + first * rowBytes, rowBytes, addresses)
      return addresses
    })
    return base
  }

  /** Adds each row's values to the state that `statesOf` says. */
  #update(block: WindowBlock, statesOf: (first: number, count: number) => Pointer): void {
    const { context, rows } = block
    const { plan, accumulators } = this.#shape
    const heap = this.#heap(block)
    for (let first = 0; first < rows.rowCount; first += BATCH_ROWS_MAX) {
      context.checkCancelled()
      const count = Math.min(BATCH_ROWS_MAX, rows.rowCount - first)
      const mark = context.arena.mark()
      const addresses = (rows.addresses + first) * 4
      const values = plan.args.map((arg) => readValues(block, arg, addresses, count))
      const filters = plan.filters.map((filter) => truthMask(context, readValues(block, filter, addresses, count)))
      const target = { kind: 'rows', rows: statesOf(first, count), count } as const
      for (const accumulator of accumulators) {
        const value = accumulator.arg < 0 ? null : values[accumulator.arg]!
        const filter = accumulator.filter < 0 ? 0 : filters[accumulator.filter]!
        updateAccumulator(context, accumulator, value, filter, target, heap)
      }
      context.arena.release(mark)
    }
  }

  /** Where string states lie: in the block's arena. */
  #heap({ arena, context }: WindowBlock): StateHeap {
    const { u32 } = context.memory
    const heap = arena.allocateZeroed(8)
    return {
      heap,
      growHeap(byteCount) {
        const size = Math.max(byteCount, 1 << 16)
        const at = arena.allocate(size)
        u32[heap >>> 2] = at
        u32[(heap >>> 2) + 1] = at + size
      },
    }
  }

  #prefixStates(block: WindowBlock, { end }: Frames): StatesOf {
    const { arena, context, rows } = block
    const { rowBytes } = this.#shape.layout
    const { u32 } = context.memory
    const { rowCount, partitionStart } = rows
    const base = this.#rowStates(block)
    for (let first = 0; first < rowCount; first += BATCH_ROWS_MAX) {
      context.checkCancelled()
      const mark = context.arena.mark()
      const last = Math.min(rowCount, first + BATCH_ROWS_MAX)
      const from = context.arena.allocate(BATCH_ROWS_MAX * 4) >>> 2
      const to = context.arena.allocate(BATCH_ROWS_MAX * 4) >>> 2
      let count = 0
      for (let row = first; row < last; row++) {
        if (u32[partitionStart + row] === row) continue
        u32[from + count] = base + (row - 1) * rowBytes
        u32[to + count++] = base + row * rowBytes
      }
      this.#addBefore(context, from * 4, to * 4, count)
      context.arena.release(mark)
    }
    const empty = arena.allocateZeroed(rowBytes)
    return (first, count, out) => {
      for (let i = 0; i < count; i++) {
        const stop = u32[end + first + i]!
        const isEmpty = stop <= u32[partitionStart + first + i]!
        u32[out + i] = isEmpty ? empty : base + (stop - 1) * rowBytes
      }
    }
  }

  /** Adds states to those behind them, in order: each has all before it by the time it is added. */
  #addBefore(context: OperatorContext, from: Pointer, to: Pointer, count: number): void {
    for (const accumulator of this.#shape.accumulators) {
      const { kind, storage } = accumulator
      const isExtreme = kind === 'min' || kind === 'max' || kind === 'any'
      // Kernels for strings and sums take one pair after the other; those for other extremes gather all first.
      if (isExtreme && storage !== 'bytes') prefixExtremes(context.memory, accumulator, from, to, count)
      else mergeAccumulator(context, accumulator, from, to, count)
    }
  }

  #treeStates(block: WindowBlock, frames: Frames): StatesOf {
    const base = this.#rowStates(block)
    const tree = new FrameTree(block, this.#shape, base)
    return (first, count, out) => tree.statesOf(frames, first, count, out)
  }
}
