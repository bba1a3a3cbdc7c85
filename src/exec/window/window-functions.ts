/** The functions of a window: each gives its column for any range of a block's rows, asked for from first to last. */
import { unsupported } from '../../core/errors.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { PhysicalAggregateCall, PhysicalWindow } from '../../plan/physical.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { FrameAggregates } from './frame-aggregates.ts'
import type { Frames } from './frames.ts'
import { rankingFunction } from './rankings.ts'
import { valueFunction } from './value-functions.ts'
import type { WindowBlock } from './window-block.ts'

/** The results of rows [first, first + count). */
export type WindowResult = (first: number, count: number) => FlatVector

/** A function that is no aggregate. */
export type WindowFunction = (block: WindowBlock, call: PhysicalAggregateCall, frames: Frames) => WindowResult

export class WindowFunctions {
  readonly #calls: readonly PhysicalAggregateCall[]
  readonly #own: readonly (WindowFunction | undefined)[]
  readonly #aggregates: FrameAggregates | null

  constructor(context: OperatorContext, plan: PhysicalWindow) {
    this.#calls = plan.calls
    this.#own = plan.calls.map(({ name }) => rankingFunction(name) ?? valueFunction(name))
    const aggregates = plan.calls.filter((_, i) => this.#own[i] === undefined)
    if (aggregates.some(({ distinct }) => distinct)) throw unsupported('DISTINCT in a window')
    this.#aggregates = aggregates.length === 0 ? null : new FrameAggregates(context, plan, aggregates)
  }

  /** What gives the columns of a block, one a call. */
  prepare(block: WindowBlock, frames: Frames): readonly WindowResult[] {
    const aggregates = this.#aggregates?.prepare(block, frames) ?? []
    let next = 0
    return this.#calls.map((call, i) => {
      const own = this.#own[i]
      return own === undefined ? aggregates[next++]! : own(block, call, frames)
    })
  }
}
