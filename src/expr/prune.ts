/** Whether a predicate can be satisfied by rows of which only ranges of their columns are known. */
import type { ColumnRange } from './column-range.ts'
import type { Expr } from './expr.ts'

/** False only if no row with columns in these ranges can satisfy `predicate`; `input` expressions name the columns. */
export function mightMatch(
  predicate: Expr,
  columnRange: (inputIndex: number) => ColumnRange | undefined,
): boolean {
  void columnRange
  return !(predicate.kind === 'literal' && (predicate.value === false || predicate.value === null))
}
