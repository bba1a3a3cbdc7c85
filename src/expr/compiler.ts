/** What the parts of the evaluator (evaluate.ts, evaluate-*.ts) share. */
import type { Arena } from '../core/arena.ts'
import type { Batch, Vector } from '../core/vector.ts'
import type { Expr } from './expr.ts'
import type { EvaluateContext } from './functions/function.ts'

/** A value a row of the batch, of the expression's type. Valid as long as the batch, and until the context's arena is reset. */
export type Evaluator = (batch: Batch) => Vector

export interface CompileOptions {
  /**
   * Decimals of more than 18 digits may come as vectors whose `type` is decimal(18, same scale) when all values of the batch fit 64
   * bits: for consumers that look at the vector's own type, such as sums.
   */
  readonly narrowDecimals?: boolean
}

/** What the compile functions of the node kinds need of each other. */
export interface Compiler {
  readonly context: EvaluateContext
  /** Memory that lives as long as the query: constants. */
  readonly constants: Arena
  /** `narrow`: see CompileOptions.narrowDecimals. */
  compile(expr: Expr, narrow?: boolean): Evaluator
}
