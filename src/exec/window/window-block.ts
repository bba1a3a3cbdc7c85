/** Whole partitions under computation, and how their values are read. */
import type { Arena } from '../../core/arena.ts'
import type { Pointer } from '../../core/memory.ts'
import type { FlatVector } from '../../core/vector.ts'
import { type Evaluator, compileExpr } from '../../expr/evaluate.ts'
import type { Expr } from '../../expr/expr.ts'
import type { OperatorContext } from '../operators/operator.ts'
import type { RowLayout } from '../rows/row-layout.ts'
import { readColumn } from '../rows/row-reader.ts'
import { flatten } from '../rows/vectors.ts'
import type { WindowRows } from './window-rows.ts'

export interface WindowBlock {
  readonly context: OperatorContext
  /** Lives as long as the block. */
  readonly arena: Arena
  readonly layout: RowLayout
  readonly rows: WindowRows
}

/** The values of a column or constant for `count` rows whose addresses are at `addresses`; address 0 gives NULL in a column. */
export function readValues(
  { context, layout }: WindowBlock,
  expr: Expr,
  addresses: Pointer,
  count: number,
): FlatVector {
  if (expr.kind === 'input') return readColumn(context, layout.columns[expr.index]!, addresses, count)
  return flatten(context, constantEvaluator(context, expr)({ rowCount: count, columns: [] }))
}

/** A compiled constant keeps a page until the query ends, so each is compiled once. */
const evaluators = new WeakMap<OperatorContext, Map<Expr, Evaluator>>()

function constantEvaluator(context: OperatorContext, expr: Expr): Evaluator {
  const known = evaluators.get(context) ?? new Map<Expr, Evaluator>()
  evaluators.set(context, known)
  let evaluate = known.get(expr)
  if (evaluate === undefined) {
    evaluate = compileExpr(expr, context)
    known.set(expr, evaluate)
  }
  return evaluate
}
