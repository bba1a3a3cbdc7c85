/** Build rows of a hash join after its probe: those without a match (right, full, right-anti) or with one (right-semi). */
import { type Batch, BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { HashJoin } from '../../plan/physical.ts'
import type { OperatorContext, Source } from '../operators/operator.ts'
import { FLAG_MATCHED } from '../rows/row-layout.ts'
import type { RowChunk } from '../rows/row-store.ts'
import { JoinOutput } from './join-output.ts'
import type { JoinShape } from './join-shape.ts'

export class UnmatchedSource implements Source {
  readonly #context: OperatorContext
  readonly #shape: JoinShape
  readonly #output: JoinOutput
  readonly #nextChunk: () => RowChunk | null
  /** 1: flagged rows are wanted. */
  readonly #wanted: number
  #chunk: RowChunk | null = null
  /** Rows of the chunk that were looked at. */
  #done = 0

  /** `nextChunk`: the chunks of build rows to look at. */
  constructor(context: OperatorContext, plan: HashJoin, shape: JoinShape, nextChunk: () => RowChunk | null) {
    this.#context = context
    this.#shape = shape
    this.#output = new JoinOutput(context, plan, shape)
    this.#nextChunk = nextChunk
    this.#wanted = plan.type === 'right-semi' ? 1 : 0
  }

  next(): Batch | null {
    const { arena, kernels } = this.#context
    const { rowBytes } = this.#shape.layout
    for (;;) {
      if (this.#chunk === null || this.#done === this.#chunk.count) {
        this.#context.checkCancelled()
        this.#chunk = this.#nextChunk()
        this.#done = 0
        if (this.#chunk === null) return null
      }
      const count = Math.min(BATCH_ROWS_MAX, this.#chunk.count - this.#done)
      const start = this.#chunk.start + this.#done * rowBytes
      const rows = arena.allocate(count * 4)
      const found = kernels.table.selectFlagged(count, start, rowBytes, FLAG_MATCHED, this.#wanted, rows)
      this.#done += count
      if (found > 0) return this.#output.emitBuild(rows, found)
    }
  }

  close(): void {
    // The rows belong to the join's state.
  }
}
