/**
 * The selectivity of equalities between two relations' columns.
 *
 *   one pair     1 / max(distinct a, distinct b): every value of the smaller set is assumed to be in the larger
 *   key          a column that is unique in its table is a key, and what it is compared with refers to it: it has no values of its own,
 *                however wide its range of values makes it look
 *   many pairs   nearly always a composite key: no more combinations than rows in the smaller table
 */
import type { ColumnStats } from './column-stats.ts'

/** Of this part of the rows distinct: unique, but for the error of an estimate. */
const UNIQUE_FRACTION = 0.95

function looksUnique({ baseDistinct, baseRows, isGuess }: ColumnStats): boolean {
  // What queries join by is mostly a key of one of the two.
  return isGuess || baseDistinct >= baseRows * UNIQUE_FRACTION
}

/** Distinct values of each of some equal columns, once the keys among them bound the others. */
export function boundedDistinct(members: readonly ColumnStats[]): readonly number[] {
  const keys = members
    .filter(looksUnique)
    .map(({ baseDistinct, baseRows, isGuess }) => (isGuess ? baseRows : baseDistinct))
  const bound = Math.min(Infinity, ...keys)
  return members.map(({ distinct, baseRows, isGuess }) => Math.max(1, Math.min(isGuess ? baseRows : distinct, bound)))
}

/** Fraction of the pairs of rows for which all of `pairs` are equal. */
export function keySelectivity(pairs: readonly (readonly [ColumnStats, ColumnStats])[]): number {
  let fraction = 1
  for (const [a, b] of pairs) fraction /= Math.max(...boundedDistinct([a, b]))
  if (pairs.length < 2) return fraction
  return Math.max(fraction, compositeBound(pairs))
}

/** The least that equalities in several columns can select. */
export function compositeBound(pairs: readonly (readonly [ColumnStats, ColumnStats])[]): number {
  const left = Math.max(1, ...pairs.map(([a]) => a.baseRows))
  const right = Math.max(1, ...pairs.map(([, b]) => b.baseRows))
  return 1 / Math.min(left, right)
}
