/**
 * LIMIT and OFFSET. All workers count rows on one counter: each batch takes the numbers [before, before + its rows), and those of
 * its rows whose numbers lie in [offset, offset + limit) go on. Over an ordered source one worker counts, so the order stands.
 */
import type { Batch } from '../../core/vector.ts'
import { sliceVector } from '../../core/vector-values.ts'
import type { PhysicalLimit } from '../../plan/physical.ts'
import type { QueryContext } from '../query-context.ts'
import type { Emit, StreamOperator } from './operator.ts'

export function createLimit(context: QueryContext, plan: PhysicalLimit): StreamOperator {
  const number = context.plan.limitNumber(plan.id)
  const { offset } = plan
  const end = plan.limit === null ? Infinity : offset + plan.limit
  return {
    push(batch: Batch, emit: Emit): boolean {
      const before = context.control.countLimit(number, batch.rowCount)
      const from = Math.max(0, offset - before)
      const to = Math.min(batch.rowCount, end - before)
      const wantsMore = from >= to || emit(sliceBatch(batch, from, to))
      return wantsMore && before + batch.rowCount < end
    },
    finish: () => undefined,
    isSatisfied: () => context.control.limitCount(number) >= end,
  }
}

/** Rows [start, end) of a batch, sharing its memory. */
function sliceBatch(batch: Batch, start: number, end: number): Batch {
  const rowCount = end - start
  return { rowCount, columns: batch.columns.map((vector) => sliceVector(vector, start, rowCount)) }
}
