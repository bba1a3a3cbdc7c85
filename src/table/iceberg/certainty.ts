/**
 * Conjuncts that hold for every row of a partition and need not be checked again.
 *
 * `c < 7` is certain where c has no NULLs and `c >= 7` can't match; the order of values is total (NaN is the greatest), so the one is exactly
 * the other's opposite. Only comparisons with literals are looked at: of anything else it is not known when it is NULL.
 */
import type { Expr } from '../../expr/expr.ts'
import { mightMatch } from '../../expr/prune.ts'
import type { ColumnRange } from '../../format/format.ts'

const OPPOSITES: ReadonlyMap<string, string> = new Map([
  ['eq', 'ne'],
  ['ne', 'eq'],
  ['lt', 'ge'],
  ['ge', 'lt'],
  ['gt', 'le'],
  ['le', 'gt'],
])

/** Whether `conjunct` is true for every row with columns in these ranges. */
export function isCertain(conjunct: Expr, rangeOf: (input: number) => ColumnRange | undefined): boolean {
  if (conjunct.kind === 'call' && (conjunct.name === 'is_null' || conjunct.name === 'is_not_null')) {
    const [arg] = conjunct.args
    const range = arg?.kind === 'input' ? rangeOf(arg.index) : undefined
    if (range?.nullCount === undefined) return false
    return conjunct.name === 'is_not_null' ? range.nullCount === 0 : range.nullCount === range.valueCount
  }
  const opposite = oppositeOf(conjunct)
  if (opposite === undefined) return false
  return rangeOf(opposite.column)?.nullCount === 0 && !mightMatch(opposite.expr, rangeOf)
}

/** What is true exactly where the comparison is false, and the column that it compares. */
function oppositeOf(expr: Expr): { readonly expr: Expr; readonly column: number } | undefined {
  if (expr.kind === 'in') {
    if (expr.arg.kind !== 'input' || expr.values.some(({ value }) => value === null)) return undefined
    return { expr: { ...expr, negated: !expr.negated }, column: expr.arg.index }
  }
  if (expr.kind !== 'call') return undefined
  const name = OPPOSITES.get(expr.name)
  const [left, right] = expr.args
  if (name === undefined || left === undefined || right === undefined) return undefined
  const column = left.kind === 'input' ? left : right
  const value = left.kind === 'input' ? right : left
  if (column.kind !== 'input' || value.kind !== 'literal' || value.value === null) return undefined
  return { expr: { ...expr, name }, column: column.index }
}
