/** VALUES: rows of expressions over nothing, evaluated once, in worker 0. */
import type { Batch } from '../../core/vector.ts'
import { BATCH_ROWS_MAX } from '../../core/vector.ts'
import { valueAt, vectorFromLiterals } from '../../core/vector-values.ts'
import { compileExpr } from '../../expr/evaluate.ts'
import type { Expr, LiteralValue } from '../../expr/expr.ts'
import type { PhysicalValues } from '../../plan/physical.ts'
import type { OperatorContext, Source } from './operator.ts'

export function createValues(context: OperatorContext, plan: PhysicalValues): Source {
  let row = 0
  return {
    next(): Batch | null {
      const rowCount = Math.min(BATCH_ROWS_MAX, plan.rows.length - row)
      if (rowCount <= 0) return null
      const rows = plan.rows.slice(row, row + rowCount)
      row += rowCount
      const columns = plan.output.map(({ type }, column) => {
        const values = rows.map((exprs) => evaluate(context, exprs[column]!))
        return vectorFromLiterals(context.memory, context.arena, type, values)
      })
      return { rowCount, columns }
    },
    close: () => undefined,
  }
}

function evaluate(context: OperatorContext, expr: Expr): LiteralValue {
  if (expr.kind === 'literal') return expr.value
  return valueAt(context.memory, compileExpr(expr, context)({ rowCount: 1, columns: [] }), 0)
}
