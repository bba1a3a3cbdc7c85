/** Puts joined rows together: only projected columns are made. */
import type { Pointer } from '../../core/memory.ts'
import type { Batch, Vector } from '../../core/vector.ts'
import type { Emit, OperatorContext } from '../operators/operator.ts'
import { readColumn } from '../rows/row-reader.ts'
import { nullVector, takeVector } from '../rows/vectors.ts'
import { type JoinedSides, type PairShape, outputBuildStart } from './join-shape.ts'

export class JoinOutput {
  readonly #context: OperatorContext
  readonly #plan: JoinedSides
  readonly #shape: PairShape
  readonly #buildStart: number
  readonly #probeCount: number

  constructor(context: OperatorContext, plan: JoinedSides, shape: PairShape) {
    this.#context = context
    this.#plan = plan
    this.#shape = shape
    const start = outputBuildStart(plan, shape.probeColumnCount)
    this.#buildStart = start < 0 ? Number.POSITIVE_INFINITY : start
    this.#probeCount = plan.type === 'right-semi' || plan.type === 'right-anti' ? 0 : shape.probeColumnCount
  }

  /** Probe rows `selection` (0: all, in order) beside the build rows at `rows` (address 0 = NULLs). `mark`: of a mark join. */
  emit(emit: Emit, batch: Batch, selection: Pointer, rows: Pointer, count: number, mark?: Vector): boolean {
    if (count === 0) return true
    const columns = this.#plan.projection.map((index) => {
      if (index < this.#probeCount) {
        const column = batch.columns[index]!
        return selection === 0 ? column : takeVector(this.#context, column, selection, count)
      }
      return mark ?? this.#buildColumn(index - this.#buildStart, rows, count)
    })
    return emit({ rowCount: count, columns })
  }

  /** Build rows alone: NULLs for probe columns. */
  emitBuild(rows: Pointer, count: number): Batch {
    const columns = this.#plan.projection.map((index) => {
      if (index < this.#probeCount) return nullVector(this.#plan.probe.output[index]!.type, count)
      return this.#buildColumn(index - this.#buildStart, rows, count)
    })
    return { rowCount: count, columns }
  }

  #buildColumn(index: number, rows: Pointer, count: number): Vector {
    return readColumn(this.#context, this.#shape.payload[index]!, rows, count)
  }
}
