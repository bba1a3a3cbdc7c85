/**
 * Aggregates of any range of rows, in O(log n): a tree over the rows' states.
 *
 *   level 2   |           0..255           | ...
 *   level 1   | 0..15 | 16..31 | 32..47 ...           a node is what its 16 children have together
 *   level 0   0 1 2 3 ...                             states of rows
 *
 * Rows 3 to 40 are rows 3..15, node 16..31 and rows 32..40. The nodes of many rows' frames are added up by one kernel call an aggregate.
 */
import type { Pointer } from '../../core/memory.ts'
import type { AggregateShape } from '../aggregate/aggregate-shape.ts'
import { mergeAccumulator } from '../aggregate/update.ts'
import { type Frames, frameRanges } from './frames.ts'
import type { WindowBlock } from './window-block.ts'

const FANOUT = 16
const PAIRS_MAX = 16_384

export class FrameTree {
  readonly #block: WindowBlock
  readonly #shape: AggregateShape
  /** Address of the first node, by level. */
  readonly #levels: Pointer[]
  /** Word indexes of pairs of states that wait: from[i] is to be added to to[i]. */
  readonly #from: number
  readonly #to: number
  #pairs = 0

  constructor(block: WindowBlock, shape: AggregateShape, rowStates: Pointer) {
    const { arena, rows } = block
    this.#block = block
    this.#shape = shape
    this.#levels = [rowStates]
    this.#from = arena.allocate(PAIRS_MAX * 4) >>> 2
    this.#to = arena.allocate(PAIRS_MAX * 4) >>> 2
    const { rowBytes } = shape.layout
    let below = rows.rowCount
    while (below > FANOUT) {
      const count = Math.ceil(below / FANOUT)
      const children = this.#levels.at(-1)!
      const nodes = arena.allocateZeroed(count * rowBytes)
      for (let child = 0; child < below; child++)
        this.#add(children + child * rowBytes, nodes + Math.floor(child / FANOUT) * rowBytes)
      this.#flush()
      this.#levels.push(nodes)
      below = count
    }
  }

  /** Writes the addresses of the states of rows' frames to words from `out` on: they live in the context's arena. */
  statesOf(frames: Frames, first: number, count: number, out: number): void {
    const { context } = this.#block
    const { u32 } = context.memory
    const { rowBytes } = this.#shape.layout
    const states = context.arena.allocateZeroed(count * rowBytes)
    const ranges: number[] = []
    for (let i = 0; i < count; i++) {
      const state = states + i * rowBytes
      u32[out + i] = state
      const rangeCount = frameRanges(this.#block, frames, first + i, ranges)
      for (let k = 0; k < rangeCount; k++) this.#addRange(ranges[k * 2]!, ranges[k * 2 + 1]!, state)
    }
    this.#flush()
  }

  #addRange(from: number, to: number, state: Pointer): void {
    const { rowBytes } = this.#shape.layout
    let [low, high] = [from, to]
    for (let level = 0; low < high; level++) {
      const nodes = this.#levels[level]!
      const isTop = level === this.#levels.length - 1
      while (low < high && (isTop || low % FANOUT !== 0)) this.#add(nodes + low++ * rowBytes, state)
      while (low < high && high % FANOUT !== 0) this.#add(nodes + --high * rowBytes, state)
      low = Math.floor(low / FANOUT)
      high = Math.floor(high / FANOUT)
    }
  }

  #add(from: Pointer, to: Pointer): void {
    const { u32 } = this.#block.context.memory
    u32[this.#from + this.#pairs] = from
    u32[this.#to + this.#pairs] = to
    if (++this.#pairs === PAIRS_MAX) this.#flush()
  }

  #flush(): void {
    const { context } = this.#block
    context.checkCancelled()
    const mark = context.arena.mark()
    for (const accumulator of this.#shape.accumulators)
      mergeAccumulator(context, accumulator, this.#from * 4, this.#to * 4, this.#pairs)
    context.arena.release(mark)
    this.#pairs = 0
  }
}
