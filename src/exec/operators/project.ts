/** SELECT list: one output column an expression. */
import type { Batch } from '../../core/vector.ts'
import { compileExpr } from '../../expr/evaluate.ts'
import type { PhysicalProject } from '../../plan/physical.ts'
import type { Emit, OperatorContext, StreamOperator } from './operator.ts'

export function createProject(context: OperatorContext, plan: PhysicalProject): StreamOperator {
  const evaluators = plan.expressions.map((expr) =>
    // A plain column passes through untouched.
    expr.kind === 'input' ? (batch: Batch) => batch.columns[expr.index]! : compileExpr(expr, context),
  )
  return {
    push: (batch: Batch, emit: Emit): boolean =>
      emit({ rowCount: batch.rowCount, columns: evaluators.map((evaluate) => evaluate(batch)) }),
    finish: () => undefined,
  }
}
