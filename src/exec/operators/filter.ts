/** WHERE and HAVING above something that is not a scan: rows for which the predicate is TRUE. */
import type { Batch } from '../../core/vector.ts'
import { compileFilter } from '../../expr/filter.ts'
import { gatherVector } from '../../expr/gather.ts'
import { conjuncts } from '../../expr/expr.ts'
import type { PhysicalFilter } from '../../plan/physical.ts'
import type { Emit, OperatorContext, StreamOperator } from './operator.ts'

export function createFilter(context: OperatorContext, plan: PhysicalFilter): StreamOperator {
  const select = compileFilter(conjuncts(plan.predicate), context)
  return {
    push(batch: Batch, emit: Emit): boolean {
      const selection = select(batch, null)
      if (selection.count === 0) return true
      if (selection.count === batch.rowCount) return emit(batch)
      const columns = batch.columns.map((vector) => gatherVector(context, vector, selection))
      return emit({ rowCount: selection.count, columns })
    },
    finish: () => undefined,
  }
}
