/**
 * Which part of the rows a condition keeps. All numbers are guesses with a method:
 *
 *   a = 5        1 / distinct(a); 0 outside min..max          a IN (..)    the sum of its equalities
 *   a < 5        where 5 lies between min and max             a LIKE 'x%'  1/20, LIKE '%x%' 1/10, '%x%y%' 1/100
 *   count(*) > 5 how groups are spread (aggregate-stats.ts)
 *   a = b        1 / max(distinct(a), distinct(b))            otherwise    1/3
 *
 * Conjuncts are rarely independent: the most selective counts fully, the next by its square root, then its fourth root, and so on.
 * Two bounds on one column are one range, not two conditions.
 */
import type { Expr, LiteralExpr } from '../../expr/expr.ts'
import { conjuncts } from '../../expr/expr.ts'
import { fractionAbove } from './aggregate-stats.ts'
import { type ColumnStats, positionOf } from './column-stats.ts'

export type StatsOf = (id: number) => ColumnStats | undefined

const UNKNOWN = 1 / 3
const RANGE_UNKNOWN = 0.4
/** `HAVING sum(x) > 300` looks for the few. */
const HAVING = 0.05
const LIKE_PREFIX = 0.05
const LIKE_ANYWHERE = 0.1
/** LIKE '%x%y%': of the rows that have x, those that have y behind it. */
const LIKE_NEXT_PART = 0.1
/** Texts that queries compare with constants are codes: types, states, modes. */
const EQUAL_UNKNOWN = 0.04
const SELECTIVITY_MIN = 1e-9

/** Fraction of rows for which all of `predicates` are true. */
export function selectivityOf(predicates: readonly Expr[], statsOf: StatsOf): number {
  const parts = predicates.flatMap((one) => conjuncts(one))
  const { fractions, rest } = rangesOf(parts, statsOf)
  return damp([...fractions, ...rest.map((one) => selectivity(one, statsOf))])
}

/** Combines fractions that are probably correlated. */
function damp(fractions: readonly number[]): number {
  const sorted = [...fractions].sort((a, b) => a - b)
  let result = 1
  let exponent = 1
  for (const one of sorted) {
    result *= one ** exponent
    if (one < 1) exponent /= 2
  }
  return clamp(result)
}

function clamp(value: number): number {
  return Math.min(1, Math.max(SELECTIVITY_MIN, value))
}

const BOUNDS: ReadonlySet<string> = new Set(['lt', 'le', 'gt', 'ge'])

/** Takes the bounds on columns with a known range out of `parts`: one fraction a column. */
function rangesOf(parts: readonly Expr[], statsOf: StatsOf): { fractions: number[]; rest: Expr[] } {
  const ranges = new Map<number, { low: number; high: number; stats: ColumnStats }>()
  const rest: Expr[] = []
  for (const part of parts) {
    const bound = boundOf(part)
    const stats = bound === null ? undefined : statsOf(bound.id)
    if (bound === null || stats?.min === undefined || stats.max === undefined) {
      rest.push(part)
      continue
    }
    const range = ranges.get(bound.id) ?? { low: stats.min, high: stats.max, stats }
    if (bound.isUpper) range.high = Math.min(range.high, bound.position)
    else range.low = Math.max(range.low, bound.position)
    ranges.set(bound.id, range)
  }
  const fractions = [...ranges.values()].map(({ low, high, stats }) => rangeFraction(low, high, stats))
  return { fractions, rest }
}

function rangeFraction(low: number, high: number, stats: ColumnStats): number {
  if (high < low) return SELECTIVITY_MIN
  const width = stats.max! - stats.min!
  // One value's worth at least: a range that holds a bound holds some rows.
  const fraction = width <= 0 ? 1 : Math.max((high - low) / width, 1 / stats.distinct)
  return clamp(fraction * (1 - stats.nullFraction))
}

interface Bound {
  readonly id: number
  readonly position: number
  readonly isUpper: boolean
}

function boundOf(expr: Expr): Bound | null {
  if (expr.kind !== 'call' || !BOUNDS.has(expr.name)) return null
  const [a, b] = expr.args as readonly [Expr, Expr]
  const isFlipped = a.kind === 'literal'
  const [value, constant] = isFlipped ? [b, a] : [a, b]
  if (value.kind !== 'column' || constant.kind !== 'literal') return null
  const position = positionOf(constant.value, constant.type)
  if (position === undefined) return null
  const isUpper = (expr.name === 'lt' || expr.name === 'le') !== isFlipped
  return { id: value.id, position, isUpper }
}

function selectivity(expr: Expr, statsOf: StatsOf): number {
  switch (expr.kind) {
    case 'literal':
      return expr.value === true ? 1 : SELECTIVITY_MIN
    case 'and':
      return selectivityOf(expr.args, statsOf)
    case 'or':
      return clamp(1 - expr.args.reduce((none, arg) => none * (1 - selectivity(arg, statsOf)), 1))
    case 'in': {
      const each = expr.values.map((one) => equalsLiteral(expr.arg, one, statsOf))
      const some = clamp(each.reduce((sum, one) => sum + one, 0))
      return expr.negated ? clamp(1 - some) : Math.min(some, 0.9)
    }
    case 'column': {
      const stats = statsOf(expr.id)
      return stats === undefined ? 0.5 : clamp((1 - stats.nullFraction) / 2)
    }
    case 'call':
      return selectivityOfCall(expr.name, expr.args, statsOf)
    case 'input':
    case 'cast':
    case 'case':
    case 'subquery':
      return UNKNOWN
  }
}

function selectivityOfCall(name: string, args: readonly Expr[], statsOf: StatsOf): number {
  const [a, b] = args
  if (a === undefined) return UNKNOWN
  switch (name) {
    case 'eq':
    case 'is_not_distinct_from':
      return b === undefined ? UNKNOWN : equality(a, b, statsOf)
    case 'ne':
    case 'is_distinct_from':
      return b === undefined ? UNKNOWN : clamp(1 - equality(a, b, statsOf))
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
      return b === undefined ? RANGE_UNKNOWN : comparison(name, a, b, statsOf)
    case 'like':
    case 'ilike':
      return likeSelectivity(b)
    case 'not_like':
    case 'not_ilike':
      return clamp(1 - likeSelectivity(b))
    case 'starts_with':
      return LIKE_PREFIX
    case 'not':
      return clamp(1 - selectivity(a, statsOf))
    case 'is_null':
      return clamp(nullFraction(a, statsOf))
    case 'is_not_null':
      return clamp(1 - nullFraction(a, statsOf))
    case 'is_true':
      return selectivity(a, statsOf)
    default:
      return UNKNOWN
  }
}

/** A bound on something without a known range. */
function comparison(name: string, a: Expr, b: Expr, statsOf: StatsOf): number {
  const isFlipped = a.kind === 'literal'
  const [value, constant] = isFlipped ? [b, a] : [a, b]
  if (constant.kind !== 'literal') return RANGE_UNKNOWN
  const stats = statsOfValue(value, statsOf)
  if (stats?.isAggregate !== true) return RANGE_UNKNOWN
  const position = positionOf(constant.value, constant.type)
  if (stats.spread === undefined || position === undefined) return HAVING
  const above = fractionAbove(position, stats.spread)
  const isUpper = (name === 'lt' || name === 'le') !== isFlipped
  return clamp(isUpper ? 1 - above : above)
}

function statsOfValue(value: Expr, statsOf: StatsOf): ColumnStats | undefined {
  if (value.kind === 'cast') return statsOfValue(value.arg, statsOf)
  return value.kind === 'column' ? statsOf(value.id) : undefined
}

function nullFraction(expr: Expr, statsOf: StatsOf): number {
  return (expr.kind === 'column' ? statsOf(expr.id)?.nullFraction : undefined) ?? 0.05
}

function likeSelectivity(pattern: Expr | undefined): number {
  const text = pattern?.kind === 'literal' && typeof pattern.value === 'string' ? pattern.value : ''
  const parts = text.split('%').filter((part) => part !== '').length
  const first = text.startsWith('%') || text.startsWith('_') ? LIKE_ANYWHERE : LIKE_PREFIX
  return clamp(first * LIKE_NEXT_PART ** Math.max(0, parts - 1))
}

function equality(a: Expr, b: Expr, statsOf: StatsOf): number {
  if (a.kind === 'literal') return equalsLiteral(b, a, statsOf)
  if (b.kind === 'literal') return equalsLiteral(a, b, statsOf)
  const left = distinctOf(a, statsOf)
  const right = distinctOf(b, statsOf)
  if (left === undefined && right === undefined) return EQUAL_UNKNOWN
  return clamp(1 / Math.max(left ?? 1, right ?? 1))
}

/** Distinct values of an expression: at most the product of those of its columns. Undefined: not known. */
export function distinctOf(expr: Expr, statsOf: StatsOf): number | undefined {
  switch (expr.kind) {
    case 'column':
      return statsOf(expr.id)?.distinct
    case 'literal':
      return 1
    case 'cast':
      return distinctOf(expr.arg, statsOf)
    case 'call': {
      if (expr.name === 'extract' || expr.name === 'year' || expr.name === 'date_part')
        return distinctYears(expr.args, statsOf)
      let product: number | undefined = 1
      for (const arg of expr.args) {
        const one = distinctOf(arg, statsOf)
        if (one === undefined || product === undefined) return undefined
        product *= one
      }
      return product
    }
    default:
      return undefined
  }
}

/** Parts of a date are mostly years. */
function distinctYears(args: readonly Expr[], statsOf: StatsOf): number | undefined {
  for (const arg of args) {
    const stats = arg.kind === 'column' ? statsOf(arg.id) : undefined
    if (stats?.min === undefined || stats.max === undefined) continue
    return Math.max(1, Math.min(stats.distinct, Math.ceil((stats.max - stats.min) / 365)))
  }
  return 30
}

function equalsLiteral(value: Expr, constant: LiteralExpr, statsOf: StatsOf): number {
  if (constant.value === null) return SELECTIVITY_MIN
  const stats = value.kind === 'column' ? statsOf(value.id) : undefined
  if (stats === undefined) {
    const distinct = distinctOf(value, statsOf)
    return distinct === undefined ? EQUAL_UNKNOWN : clamp(1 / distinct)
  }
  const position = positionOf(constant.value, constant.type)
  if (position !== undefined && stats.min !== undefined && stats.max !== undefined) {
    if (position < stats.min || position > stats.max) return SELECTIVITY_MIN
  }
  const part = stats.isGuess ? Math.max(EQUAL_UNKNOWN, 1 / stats.baseRows) : 1 / stats.distinct
  return clamp((1 - stats.nullFraction) * part)
}
