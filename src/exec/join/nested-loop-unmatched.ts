/** Build rows of a nested-loop join after its probe: those without a match (right, full, right-anti) or with one (right-semi). */
import type { Batch } from '../../core/vector.ts'
import type { NestedLoopJoin } from '../../plan/physical.ts'
import type { OperatorContext, Source } from '../operators/operator.ts'
import { nullVector, takeVector } from '../rows/vectors.ts'
import { type LoadedSegment, loadSegment } from '../segment.ts'
import { outputBuildStart } from './join-shape.ts'
import type { NestedLoopState } from './nested-loop-state.ts'

export class NestedLoopUnmatched implements Source {
  readonly #context: OperatorContext
  readonly #plan: NestedLoopJoin
  readonly #state: NestedLoopState
  #loaded: LoadedSegment | null = null
  #batches: Iterator<Batch> | null = null
  /** Number of the next batch's first row. */
  #firstRow = 0

  constructor(context: OperatorContext, plan: NestedLoopJoin, state: NestedLoopState) {
    this.#context = context
    this.#plan = plan
    this.#state = state
  }

  next(): Batch | null {
    for (;;) {
      const item = this.#batches?.next()
      if (item !== undefined && item.done !== true) {
        const first = this.#firstRow
        this.#firstRow += item.value.rowCount
        const rows = this.#chosen(item.value, first)
        if (rows !== null) return rows
        continue
      }
      this.close()
      const morsel = this.#context.nextMorsel()
      const segment = this.#state.segments[morsel]
      if (segment === undefined) return null
      this.#loaded = loadSegment(this.#context, segment)
      this.#batches = this.#loaded.batches[Symbol.iterator]()
      this.#firstRow = this.#state.firstRows[morsel]!
    }
  }

  #chosen(build: Batch, firstRow: number): Batch | null {
    const { arena, kernels } = this.#context
    const wanted = this.#plan.type === 'right-semi' ? 1 : 0
    const selection = arena.allocate((build.rowCount + 1) * 4)
    const count = kernels.table.selectBytes(build.rowCount, this.#state.matched + firstRow, wanted, selection)
    if (count === 0) return null
    const buildStart = outputBuildStart(this.#plan, this.#plan.probe.output.length)
    const columns = this.#plan.projection.map((index) =>
      index < buildStart
        ? nullVector(this.#plan.probe.output[index]!.type, count)
        : takeVector(this.#context, build.columns[index - buildStart]!, selection, count),
    )
    return { rowCount: count, columns }
  }

  close(): void {
    this.#loaded?.release()
    this.#loaded = null
    this.#batches = null
  }
}
