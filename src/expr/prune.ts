/**
 * Pruning: whether rows of which only bounds are known can satisfy a predicate.
 *
 *   x > 10 and y like 'ab%'     x in [1, 5]   ->  no row can match: skip the file
 *
 * Each part gets the set of TRUE, FALSE and NULL that some row may have (prune/truth.ts), from the range of its values
 * (prune/value-range.ts). On any doubt everything is possible: pruning never changes an answer, only what is read.
 */
import type { DataType } from '../core/types.ts'
import type { ColumnRange } from './column-range.ts'
import type { CallExpr, Expr, InListExpr } from './expr.ts'
import { parseLike } from './values/like-pattern.ts'
import { isExact, isPrefixOnly, mayBegin, mustBegin, prefixOf } from './prune/like-range.ts'
import { ANY, type Truth, allOf, anyOf, not, truth } from './prune/truth.ts'
import {
  UNKNOWN,
  type ValueRange,
  compareBounds,
  isSingle,
  rangeOfColumn,
  rangeOfLiteral,
  rangeThrough,
} from './prune/value-range.ts'

/** What is known of the column that `input` expressions call `inputIndex`; undefined: nothing. */
export type RangeOf = (inputIndex: number) => ColumnRange | undefined

/** False only if the predicate is true for no row. */
export function mightMatch(predicate: Expr, rangeOf: RangeOf): boolean {
  return truthOf(predicate, rangeOf).mayBeTrue
}

/** True only if the predicate is true for every row, so that it need not be evaluated. */
export function mustMatch(predicate: Expr, rangeOf: RangeOf): boolean {
  const { mayBeFalse, mayBeNull } = truthOf(predicate, rangeOf)
  return !mayBeFalse && !mayBeNull
}

function truthOf(expr: Expr, rangeOf: RangeOf): Truth {
  switch (expr.kind) {
    case 'literal':
      return truth(expr.value === true, expr.value === false, expr.value === null)
    case 'and':
      return allOf(expr.args.map((arg) => truthOf(arg, rangeOf)))
    case 'or':
      return anyOf(expr.args.map((arg) => truthOf(arg, rangeOf)))
    case 'in':
      return truthOfIn(expr, valuesOf(expr.arg, rangeOf))
    case 'call':
      return truthOfCall(expr, rangeOf)
    case 'input': {
      if (expr.type.kind !== 'boolean') return ANY
      const { lower, upper, mayBeNull, mayBeValue } = valuesOf(expr, rangeOf)
      return truth(mayBeValue && upper !== false, mayBeValue && lower !== true, mayBeNull)
    }
    case 'cast':
    case 'case':
    case 'column':
    case 'subquery':
      return ANY
  }
}

/** The range of any expression's values. */
function valuesOf(expr: Expr, rangeOf: RangeOf): ValueRange {
  switch (expr.kind) {
    case 'literal':
      return rangeOfLiteral(expr.value)
    case 'input':
      return rangeOfColumn(rangeOf(expr.index), expr.type)
    case 'cast':
      return rangeThrough(expr, expr.arg, valuesOf(expr.arg, rangeOf))
    case 'call': {
      if (expr.type.kind === 'boolean') return rangeOfTruth(truthOf(expr, rangeOf))
      const open = expr.args.filter(({ kind }) => kind !== 'literal')
      return open.length === 1 ? rangeThrough(expr, open[0]!, valuesOf(open[0]!, rangeOf)) : UNKNOWN
    }
    case 'and':
    case 'or':
    case 'in':
      return rangeOfTruth(truthOf(expr, rangeOf))
    case 'case':
    case 'column':
    case 'subquery':
      return UNKNOWN
  }
}

function rangeOfTruth({ mayBeTrue, mayBeFalse, mayBeNull }: Truth): ValueRange {
  return { lower: !mayBeFalse, upper: mayBeTrue, mayBeNull, mayBeValue: mayBeTrue || mayBeFalse }
}

function truthOfCall(expr: CallExpr, rangeOf: RangeOf): Truth {
  const [first, second] = expr.args
  switch (expr.name) {
    case 'not':
      return not(truthOf(first!, rangeOf))
    case 'eq':
    case 'ne':
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
      return compareRanges(expr.name, valuesOf(first!, rangeOf), valuesOf(second!, rangeOf), first!.type)
    case 'is_not_distinct_from':
      return sameOrBothNull(valuesOf(first!, rangeOf), valuesOf(second!, rangeOf), first!.type)
    case 'is_distinct_from':
      return not(sameOrBothNull(valuesOf(first!, rangeOf), valuesOf(second!, rangeOf), first!.type))
    case 'is_null':
    case 'is_unknown':
      return nullness(valuesOf(first!, rangeOf))
    case 'is_not_null':
    case 'is_not_unknown':
      return not(nullness(valuesOf(first!, rangeOf)))
    case 'is_true':
      return isTrue(truthOf(first!, rangeOf))
    case 'is_not_true':
      return not(isTrue(truthOf(first!, rangeOf)))
    case 'is_false':
      return isTrue(not(truthOf(first!, rangeOf)))
    case 'is_not_false':
      return not(isTrue(not(truthOf(first!, rangeOf))))
    case 'like':
      return truthOfLike(expr, valuesOf(first!, rangeOf))
    case 'not_like':
      return not(truthOfLike(expr, valuesOf(first!, rangeOf)))
    case 'starts_with':
      return truthOfPrefix(expr, valuesOf(first!, rangeOf))
    default:
      return ANY
  }
}

function nullness({ mayBeNull, mayBeValue }: ValueRange): Truth {
  return truth(mayBeNull, mayBeValue, false)
}

function isTrue({ mayBeTrue, mayBeFalse, mayBeNull }: Truth): Truth {
  return truth(mayBeTrue, mayBeFalse || mayBeNull, false)
}

function compareRanges(name: string, a: ValueRange, b: ValueRange, type: DataType): Truth {
  const mayBeNull = a.mayBeNull || b.mayBeNull
  if (!a.mayBeValue || !b.mayBeValue) return truth(false, false, mayBeNull)
  switch (name) {
    case 'eq':
    case 'ne': {
      const equal = equality(a, b, type)
      const result = truth(equal.mayBeTrue, equal.mayBeFalse, mayBeNull)
      return name === 'eq' ? result : not(result)
    }
    case 'lt':
      return truth(mayBeLess(a, b, type), mayBeAtMost(b, a, type), mayBeNull)
    case 'le':
      return truth(mayBeAtMost(a, b, type), mayBeLess(b, a, type), mayBeNull)
    case 'gt':
      return truth(mayBeLess(b, a, type), mayBeAtMost(a, b, type), mayBeNull)
    default:
      return truth(mayBeAtMost(b, a, type), mayBeLess(a, b, type), mayBeNull)
  }
}

/** Whether values of the two ranges may be equal, and may differ. */
function equality(a: ValueRange, b: ValueRange, type: DataType): Truth {
  const mayBeEqual = mayBeAtMost(a, besideNumbers(b, a), type) && mayBeAtMost(b, besideNumbers(a, b), type)
  const mustBeEqual = isSingle(a, type) && isSingle(b, type) && compareBounds(a.lower, b.lower, type) === 0
  return truth(mayBeEqual, !mustBeEqual, false)
}

/** What of a range can equal a value of another: where that is never NaN, the numbers only. */
function besideNumbers(range: ValueRange, other: ValueRange): ValueRange {
  const areNumbers = typeof other.upper === 'number' && !Number.isNaN(other.upper)
  return range.upperNumber !== undefined && areNumbers ? { ...range, upper: range.upperNumber } : range
}

/** Whether some a may be less than some b. */
function mayBeLess(a: ValueRange, b: ValueRange, type: DataType): boolean {
  const order = compareBounds(a.lower, b.upper, type)
  return order === undefined || order < 0
}

function mayBeAtMost(a: ValueRange, b: ValueRange, type: DataType): boolean {
  const order = compareBounds(a.lower, b.upper, type)
  return order === undefined || order <= 0
}

function sameOrBothNull(a: ValueRange, b: ValueRange, type: DataType): Truth {
  const bothValues = a.mayBeValue && b.mayBeValue
  const equal = bothValues ? equality(a, b, type) : truth(false, false, false)
  const oneNull = (a.mayBeNull && b.mayBeValue) || (a.mayBeValue && b.mayBeNull)
  return truth(equal.mayBeTrue || (a.mayBeNull && b.mayBeNull), equal.mayBeFalse || oneNull, false)
}

function truthOfIn({ arg, values, negated }: InListExpr, range: ValueRange): Truth {
  const parts = values.map(({ value }) => compareRanges('eq', range, rangeOfLiteral(value), arg.type))
  const result = anyOf(parts)
  return negated ? not(result) : result
}

function truthOfLike({ args }: CallExpr, range: ValueRange): Truth {
  const [, pattern, escape] = args
  if (pattern?.kind !== 'literal' || (escape !== undefined && escape.kind !== 'literal')) return ANY
  if (pattern.value === null || escape?.value === null) return truth(false, false, true)
  if (typeof pattern.value !== 'string') return ANY
  try {
    const parsed = parseLike(pattern.value, (escape?.value as string | undefined) ?? '\\')
    const prefix = prefixOf(parsed)
    if (isExact(parsed)) return compareRanges('eq', range, rangeOfLiteral(prefix), { kind: 'varchar' })
    return prefixTruth(range, prefix, isPrefixOnly(parsed))
  } catch {
    return ANY
  }
}

function truthOfPrefix({ args }: CallExpr, range: ValueRange): Truth {
  const prefix = args[1]
  if (prefix?.kind !== 'literal' || typeof prefix.value !== 'string') return ANY
  return prefixTruth(range, prefix.value, true)
}

/** `isAll`: everything that begins with the prefix matches. */
function prefixTruth(range: ValueRange, prefix: string, isAll: boolean): Truth {
  const { mayBeNull, mayBeValue } = range
  const mayMatch = mayBeValue && mayBegin(range, prefix)
  const mayDiffer = mayBeValue && !(isAll && mustBegin(range, prefix))
  return truth(mayMatch, mayDiffer, mayBeNull)
}
