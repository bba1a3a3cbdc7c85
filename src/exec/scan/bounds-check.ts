/**
 * Whether values lie within the bounds that the statistics of their row group tell: damage that no checksum shows often leaves them.
 *
 * Done where page checksums are compared too (`verify_page_checksums`), for every value that is read.
 */
import { corrupt } from '../../core/errors.ts'
import { BOOLEAN, type DataType, storageOf } from '../../core/types.ts'
import type { Batch, Selection, Vector } from '../../core/vector.ts'
import type { ColumnRange } from '../../expr/column-range.ts'
import { type Expr, and, call, input, literal } from '../../expr/expr.ts'
import { compileFilter } from '../../expr/filter.ts'
import type { EvaluateContext } from '../../expr/functions/function.ts'

/** Of one column of a row group. */
export interface BoundsCheck {
  /** XX001 where a value is outside. */
  run(vector: Vector): void
}

/** Undefined: nothing is known of the values. `where`: the file and the column, for errors. */
export function boundsCheck(
  context: EvaluateContext,
  type: DataType,
  range: ColumnRange | undefined,
  where: { readonly url: string; readonly column: string },
): BoundsCheck | undefined {
  const within = withinExpr(type, range)
  if (within === undefined) return undefined
  const filter = compileFilter([within], context)
  return {
    run(vector) {
      const batch: Batch = { rowCount: vector.length, columns: [vector] }
      const passed: Selection | null = filter(batch, null)
      if (passed === null || passed.count === vector.length) return
      const count = vector.length - passed.count
      throw corrupt(
        where.url,
        `column "${where.column}": ${count} values are not what the statistics of their row group say`,
      )
    },
  }
}

function or(args: readonly Expr[]): Expr {
  return { kind: 'or', args, type: BOOLEAN }
}

function withinExpr(type: DataType, range: ColumnRange | undefined): Expr | undefined {
  if (range === undefined || ['list', 'struct'].includes(storageOf(type))) return undefined
  const value = input(0, type)
  const parts: Expr[] = []
  if (range.min !== undefined && range.min !== null) parts.push(call('ge', [value, literal(range.min, type)], BOOLEAN))
  if (range.max !== undefined && range.max !== null) {
    const below = call('le', [value, literal(range.max, type)], BOOLEAN)
    const isFloat = type.kind === 'real' || type.kind === 'double' || type.kind === 'half'
    // Bounds of floats leave NaN out.
    parts.push(isFloat ? or([below, call('eq', [value, literal(NaN, type)], BOOLEAN)]) : below)
  }
  const isNotNull = range.nullCount === 0
  if (parts.length === 0) return isNotNull ? call('is_not_null', [value], BOOLEAN) : undefined
  return isNotNull ? and(parts) : or([call('is_null', [value], BOOLEAN), and(parts)])
}
