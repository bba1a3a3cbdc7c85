/** Casts of columns whose type in the table is another than in a file. */
import type { Arena } from '../../core/arena.ts'
import type { DataType } from '../../core/types.ts'
import type { Vector } from '../../core/vector.ts'
import { type Evaluator, compileExpr } from '../../expr/evaluate.ts'
import { input } from '../../expr/expr.ts'
import type { OperatorContext } from '../operators/operator.ts'

/** Compiled once a column and arena: results live in the arena that the values were read into. */
export class ColumnCasts {
  readonly #context: Pick<OperatorContext, 'memory' | 'kernels' | 'session'>
  readonly #compiled = new WeakMap<Arena, Map<number, Evaluator>>()

  constructor(context: Pick<OperatorContext, 'memory' | 'kernels' | 'session'>) {
    this.#context = context
  }

  cast(column: number, vector: Vector, type: DataType, arena: Arena): Vector {
    let evaluators = this.#compiled.get(arena)
    if (evaluators === undefined) this.#compiled.set(arena, (evaluators = new Map()))
    let evaluate = evaluators.get(column)
    if (evaluate === undefined) {
      const { memory, kernels, session } = this.#context
      const expr = { kind: 'cast', arg: input(0, vector.type), type, try: false } as const
      evaluate = compileExpr(expr, { memory, kernels, session, arena })
      evaluators.set(column, evaluate)
    }
    return evaluate({ rowCount: vector.length, columns: [vector] })
  }
}
