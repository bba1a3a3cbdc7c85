/** What is known of an expression's values in a set of rows, and how functions change it. */
import { type DataType, isFloat } from '../../core/types.ts'
import type { ColumnRange } from '../column-range.ts'
import { evaluateValue } from '../evaluate-value.ts'
import { type CallExpr, type CastExpr, type Expr, type LiteralValue, literal } from '../expr.ts'
import type { SessionValues } from '../functions/function.ts'
import { compareFloats, compareValues } from '../values/compare.ts'

/** Every value that is not NULL lies between the bounds, ends included; undefined: no bound. */
export interface ValueRange {
  readonly lower: LiteralValue | undefined
  readonly upper: LiteralValue | undefined
  /** Of floats that may be NaN (`upper` is NaN then): no number is greater. */
  readonly upperNumber?: number | undefined
  /** What every text begins with. */
  readonly prefix?: string | undefined
  readonly mayBeNull: boolean
  /** Whether there may be a value that is not NULL. */
  readonly mayBeValue: boolean
}

export const UNKNOWN: ValueRange = {
  lower: undefined,
  upper: undefined,
  mayBeNull: true,
  mayBeValue: true,
}

export function rangeOfLiteral(value: LiteralValue): ValueRange {
  if (value === null) return { lower: undefined, upper: undefined, mayBeNull: true, mayBeValue: false }
  return { lower: value, upper: value, mayBeNull: false, mayBeValue: true }
}

/** The range of a column. NaN is the greatest float, so where it may occur it is the upper bound. */
export function rangeOfColumn(known: ColumnRange | undefined, type: DataType): ValueRange {
  if (known === undefined) return UNKNOWN
  const { min, max, nullCount, valueCount, nanCount, prefix } = known
  const mayBeNull = nullCount === undefined || nullCount > 0
  const mayBeValue = nullCount === undefined || valueCount === undefined || nullCount < valueCount
  let lower = min ?? undefined
  let upper = max ?? undefined
  let upperNumber: number | undefined
  if (isFloat(type)) {
    // Bounds that are NaN come from writers that did not know better: they say nothing.
    if (Number.isNaN(lower)) lower = undefined
    if (Number.isNaN(upper)) upper = undefined
    if (nanCount !== 0) {
      const areAllNaN = valueCount !== undefined && (nanCount ?? 0) + (nullCount ?? 0) >= valueCount
      if (nanCount !== undefined && areAllNaN) lower = Number.NaN
      else upperNumber = upper as number | undefined
      upper = Number.NaN
    }
  }
  // One literal: asked for every file, and spreading parts into an object takes ten times as long.
  return { lower, upper, upperNumber, prefix, mayBeNull, mayBeValue }
}

/** Sign of a comparison of two bounds; undefined when one is missing or values of the type are not compared. */
export function compareBounds(
  a: LiteralValue | undefined,
  b: LiteralValue | undefined,
  type: DataType,
): number | undefined {
  if (a === undefined || b === undefined || a === null || b === null) return undefined
  if (isFloat(type)) return compareFloats(a as number, b as number)
  switch (type.kind) {
    case 'list':
    case 'map':
    case 'struct':
      return undefined
    default:
      return compareValues(a, b, type)
  }
}

/** All values are one and the same. */
export function isSingle(range: ValueRange, type: DataType): boolean {
  return compareBounds(range.lower, range.upper, type) === 0
}

/** Session-dependent functions are not among the monotonic ones, so any session does. */
const NO_SESSION: SessionValues = { nowMicros: 0n, timeZone: 'UTC' }

/** The range of an expression over another one's range, where it grows (or falls) with it; UNKNOWN otherwise. */
export function rangeThrough(expr: CallExpr | CastExpr, arg: Expr, range: ValueRange): ValueRange {
  const direction = directionOf(expr, arg)
  if (direction === 0) return UNKNOWN
  const lower = at(expr, arg, range.lower)
  const upper = at(expr, arg, range.upper)
  const mayBeNull = range.mayBeNull || (expr.kind === 'cast' && expr.try)
  const [low, high] = direction > 0 ? [lower, upper] : [upper, lower]
  return { lower: low, upper: high, mayBeNull, mayBeValue: range.mayBeValue }
}

/** The value of `expr` where `arg` has the value; undefined when that is an error. */
function at(expr: CallExpr | CastExpr, arg: Expr, value: LiteralValue | undefined): LiteralValue | undefined {
  if (value === undefined) return undefined
  const constant = literal(value, arg.type)
  const replaced: Expr =
    expr.kind === 'cast'
      ? { ...expr, arg: constant }
      : { ...expr, args: expr.args.map((other) => (other === arg ? constant : other)) }
  try {
    return evaluateValue(replaced, [], NO_SESSION) ?? undefined
  } catch {
    return undefined
  }
}

/** 1: never falls as `arg` grows; -1: never grows; 0: neither is known. */
function directionOf(expr: CallExpr | CastExpr, arg: Expr): -1 | 0 | 1 {
  if (expr.kind === 'cast') return isGrowingCast(arg.type, expr.type) ? 1 : 0
  const others = expr.args.filter((other) => other !== arg)
  if (others.some((other) => other.kind !== 'literal' || other.value === null)) return 0
  if (isFloat(arg.type) || isFloat(expr.type)) {
    // NaN is greatest before and after a sum, but not after a change of sign.
    return 0
  }
  switch (expr.name) {
    case 'add':
      return isZoneless(expr) ? 1 : 0
    case 'subtract':
      if (!isZoneless(expr)) return 0
      return expr.args[0] === arg ? 1 : -1
    case 'negate':
      return -1
    case 'year':
      return isZoneless(expr) && arg.type.kind !== 'interval' ? 1 : 0
    case 'date_trunc':
      return isZoneless(expr) && arg.type.kind === 'timestamp' ? 1 : 0
    default:
      return 0
  }
}

function isZoneless(expr: CallExpr): boolean {
  return expr.args.every(({ type }) => !(type.kind === 'timestamp' && type.zone) && type.kind !== 'time')
}

/** In this order, a cast to the right keeps the order of values. */
const NUMBERS = ['tinyint', 'utinyint', 'smallint', 'usmallint', 'integer', 'uinteger', 'bigint', 'ubigint', 'decimal']

function isGrowingCast(from: DataType, to: DataType): boolean {
  const isNumber = NUMBERS.includes(from.kind)
  if (isNumber && (NUMBERS.includes(to.kind) || to.kind === 'double' || to.kind === 'real')) return true
  if (isFloat(from)) return to.kind === 'double'
  if (from.kind === 'date') return to.kind === 'timestamp' && !to.zone
  if (from.kind === 'timestamp' && !from.zone) {
    return to.kind === 'date' || (to.kind === 'timestamp' && !to.zone)
  }
  return from.kind === 'timestamp' && to.kind === 'timestamp' && to.zone
}
