/** Build rows of a join by a range after its probe: those without a match (right, full, right-anti) or with one (right-semi). */
import { type Batch, BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { OperatorContext, Source } from '../operators/operator.ts'
import { FLAG_MATCHED } from '../rows/row-layout.ts'
import { JoinOutput } from './join-output.ts'
import type { SortedBuild } from './sorted-build.ts'
import { type RangeJoin, sortedShape } from './sorted-shape.ts'

/** Rows that a worker takes at a time. */
const MORSEL_ROWS = 16 * BATCH_ROWS_MAX

export class SortedUnmatched implements Source {
  readonly #context: OperatorContext
  readonly #build: SortedBuild
  readonly #output: JoinOutput
  /** 1: flagged rows are wanted. */
  readonly #wanted: number
  /** Numbers of sorted rows still to look at. */
  #next = 0
  #end = 0

  constructor(context: OperatorContext, plan: RangeJoin, state: readonly unknown[]) {
    this.#context = context
    this.#build = (state as readonly SortedBuild[])[0]!
    this.#output = new JoinOutput(context, plan, sortedShape(plan).pairs)
    this.#wanted = plan.type === 'right-semi' ? 1 : 0
  }

  next(): Batch | null {
    const { arena, kernels } = this.#context
    const { sorted, count } = this.#build
    for (;;) {
      if (this.#next === this.#end) {
        this.#context.checkCancelled()
        this.#next = this.#context.nextMorsel() * MORSEL_ROWS
        if (this.#next >= count) {
          this.#end = this.#next
          return null
        }
        this.#end = Math.min(count, this.#next + MORSEL_ROWS)
      }
      const taken = Math.min(BATCH_ROWS_MAX, this.#end - this.#next)
      const rows = arena.allocate((taken + 1) * 4)
      const found = kernels.sort.selectFlaggedRows(taken, sorted + this.#next * 4, FLAG_MATCHED, this.#wanted, rows)
      this.#next += taken
      if (found > 0) return this.#output.emitBuild(rows, found)
    }
  }

  close(): void {
    // The rows belong to the join's state.
  }
}
