/** WHERE and HAVING above something that is not a scan: rows for which the predicate is TRUE. */
import type { Batch } from '../../core/vector.ts'
import { conjuncts } from '../../expr/expr.ts'
import { compileFilter } from '../../expr/filter.ts'
import type { PhysicalFilter } from '../../plan/physical.ts'
import { takeBatch } from '../rows/vectors.ts'
import type { Emit, OperatorContext, StreamOperator } from './operator.ts'

export function createFilter(context: OperatorContext, plan: PhysicalFilter): StreamOperator {
  const select = compileFilter(conjuncts(plan.predicate), context)
  return {
    push(batch: Batch, emit: Emit): boolean {
      const selection = select(batch, null)
      if (selection.count === 0) return true
      if (selection.count === batch.rowCount) return emit(batch)
      return emit(takeBatch(context, batch, selection.pointer, selection.count))
    },
    finish: () => undefined,
  }
}
