/** The part of a join condition that is not equality of keys, evaluated over candidate pairs. */
import type { Pointer } from '../../core/memory.ts'
import type { Batch, Vector } from '../../core/vector.ts'
import { type Evaluator, compileExpr } from '../../expr/evaluate.ts'
import type { HashJoin } from '../../plan/physical.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { readColumn } from '../rows/row-reader.ts'
import { nullVector, takeVector, truthMask } from '../rows/vectors.ts'
import { type JoinedSides, type PairShape, inputsOfExpr } from './join-shape.ts'

export class Residual {
  readonly #context: OperatorContext
  readonly #plan: JoinedSides
  readonly #shape: PairShape
  readonly #condition: Evaluator
  readonly #inputs: ReadonlySet<number>

  constructor(
    context: OperatorContext,
    plan: JoinedSides,
    shape: PairShape,
    condition: NonNullable<HashJoin['residual']>,
  ) {
    this.#context = context
    this.#plan = plan
    this.#shape = shape
    this.#condition = compileExpr(condition, context)
    this.#inputs = inputsOfExpr(condition)
  }

  /** Keeps of `count` pairs (probe row of `batch`, build row) those for which the condition is TRUE: in place; returns how many. */
  filter(batch: Batch, selection: Pointer, rows: Pointer, count: number): number {
    if (count === 0) return 0
    const context = this.#context
    const { table } = context.kernels
    const pairs = { rowCount: count, columns: this.#columns(batch, selection, rows, count) }
    const mask = truthMask(context, this.#condition(pairs))
    const places = context.arena.allocate(count * 4)
    const kept = table.selectBytes(count, mask, 1, places)
    if (kept === count) return count
    table.compact4(kept, places, selection)
    table.compact4(kept, places, rows)
    return kept
  }

  #columns(batch: Batch, selection: Pointer, rows: Pointer, count: number): Vector[] {
    const { probeColumnCount, payload } = this.#shape
    const probe = batch.columns.map((column, i) =>
      this.#inputs.has(i) ? takeVector(this.#context, column, selection, count) : nullVector(column.type, count),
    )
    const build = this.#plan.build.output.map((column, i) =>
      this.#inputs.has(probeColumnCount + i)
        ? readColumn(this.#context, payload[i]!, rows, count)
        : nullVector(column.type, count),
    )
    return [...probe, ...build]
  }
}
