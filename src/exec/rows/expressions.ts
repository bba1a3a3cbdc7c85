/** Expressions over batches, as operators use them: plain column references cost nothing. */
import { InternalError } from '../../core/errors.ts'
import type { Batch, Vector } from '../../core/vector.ts'
import type { Expr } from '../../expr/expr.ts'
import type { OperatorContext } from '../operators/operator.ts'

export type BatchExpression = (batch: Batch) => Vector

export function compileBatchExpression(_context: OperatorContext, expr: Expr): BatchExpression {
  if (expr.kind === 'input') {
    const { index } = expr
    return (batch) => batch.columns[index]!
  }
  throw new InternalError(`expression ${expr.kind} here`)
}

export function compileBatchExpressions(context: OperatorContext, exprs: readonly Expr[]): readonly BatchExpression[] {
  return exprs.map((expr) => compileBatchExpression(context, expr))
}
