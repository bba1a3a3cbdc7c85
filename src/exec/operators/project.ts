/** SELECT list: one output column an expression; parts that expressions have in common are computed once. */
import type { Batch } from '../../core/vector.ts'
import { compileExprs } from '../../expr/evaluate.ts'
import type { PhysicalProject } from '../../plan/physical.ts'
import type { Emit, OperatorContext, StreamOperator } from './operator.ts'

export function createProject(context: OperatorContext, plan: PhysicalProject): StreamOperator {
  const evaluate = compileExprs(plan.expressions, context)
  return {
    push: (batch: Batch, emit: Emit): boolean => emit({ rowCount: batch.rowCount, columns: evaluate(batch) }),
    finish: () => undefined,
  }
}
