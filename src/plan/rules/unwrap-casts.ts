/**
 * Compares the column itself instead of its cast, so that the comparison can prune files and join keys stay plain columns.
 *
 *     CAST(date AS timestamp) <= TIMESTAMP '1994-01-01 12:00'   ->  date <= DATE '1994-01-01'
 *     CAST(int AS decimal(12,2)) > 24.50                        ->  int > 24
 *     CAST(int AS bigint) IN (1, 5000000000)                    ->  int IN (1)
 *     CAST(a AS bigint) = CAST(b AS bigint)                     ->  a = b
 *
 * Only casts that keep every value and the order (widening ones). The constant is cast the other way; where it lies between two values of
 * the narrower type, the comparison moves to the one below; where it lies outside the type, the comparison stays as it is.
 */
import { BOOLEAN, type DataType, isInteger, sameType } from '../../core/types.ts'
import {
  type CallExpr,
  type CastExpr,
  type Expr,
  type InListExpr,
  type LiteralExpr,
  call,
  literal,
  rewriteExpr,
} from '../../expr/expr.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { SessionValues } from '../../expr/functions/function.ts'
import { castValue } from '../../expr/values/cast-value.ts'
import { compareValues } from '../../expr/values/compare.ts'
import { mapExpressions } from '../node-expressions.ts'
import { rewriteUp } from './plan-rewrite.ts'
import type { Rule } from './rule.ts'

export const unwrapCasts: Rule = {
  name: 'unwrap-casts',
  apply: (plan, { session }) =>
    rewriteUp(plan, (node) => mapExpressions(node, (expr) => rewriteExpr(expr, (part) => unwrap(part, session)))),
}

function unwrap(expr: Expr, session: SessionValues): Expr {
  if (expr.kind === 'in') return unwrapList(expr, session)
  if (expr.kind !== 'call' || !Object.hasOwn(BETWEEN, expr.name)) return expr
  const [a, b] = expr.args
  if (a?.kind !== 'cast' || !keepsOrder(a)) return expr
  if (b?.kind === 'cast' && keepsOrder(b) && sameType(a.arg.type, b.arg.type)) return { ...expr, args: [a.arg, b.arg] }
  return b?.kind === 'literal' ? unwrapComparison(expr, a, b, session) : expr
}

/** The comparison with the value below, when the constant lies between two values; null: no value equals it. */
const BETWEEN: Readonly<Record<string, string | null>> = {
  eq: null,
  ne: null,
  lt: 'le',
  le: 'le',
  gt: 'gt',
  ge: 'gt',
}

function unwrapComparison(expr: CallExpr, cast: CastExpr, constant: LiteralExpr, session: SessionValues): Expr {
  const { arg, type } = cast
  if (constant.value === null) return expr
  const below = valueBelow(constant.value, type, arg.type, session)
  if (below === null) return expr
  const name = below.isExact ? expr.name : BETWEEN[expr.name]
  if (name === null || name === undefined) return expr
  return call(name, [arg, literal(below.value, arg.type)], BOOLEAN)
}

function unwrapList(expr: InListExpr, session: SessionValues): Expr {
  const { arg: cast, values } = expr
  if (cast.kind !== 'cast' || !keepsOrder(cast)) return expr
  const next: LiteralExpr[] = []
  for (const one of values) {
    if (one.value === null) {
      next.push(literal(null, cast.arg.type))
      continue
    }
    const below = valueBelow(one.value, cast.type, cast.arg.type, session)
    if (below === null) return expr
    // A value that the narrower type lacks equals none of its values.
    if (below.isExact) next.push(literal(below.value, cast.arg.type))
  }
  return next.length === 0 ? expr : { ...expr, arg: cast.arg, values: next }
}

/** Does the cast map different values to different values, in the same order, and never fail? */
function keepsOrder({ arg, type, try: isTry }: CastExpr): boolean {
  const from = arg.type
  if (isTry && sameType(from, type)) return false
  if (from.kind === 'date') return type.kind === 'timestamp' && !type.zone && type.unit === 'us'
  if (from.kind === 'decimal' && type.kind === 'decimal') {
    return type.scale >= from.scale && type.precision - type.scale >= from.precision - from.scale
  }
  if (!isInteger(from)) return false
  const bits = BITS[from.kind] ?? Infinity
  if (isInteger(type)) return bits < (BITS[type.kind] ?? 0) && isUnsigned(from) >= isUnsigned(type)
  if (type.kind === 'decimal') return type.precision - type.scale >= Math.ceil(bits * Math.log10(2))
  // Every integer of up to 53 bits is a double.
  return type.kind === 'double' && bits <= 53
}

const BITS: Partial<Record<DataType['kind'], number>> = {
  tinyint: 7,
  utinyint: 8,
  smallint: 15,
  usmallint: 16,
  integer: 31,
  uinteger: 32,
  bigint: 63,
  ubigint: 64,
}

/** 1 for unsigned: a signed type holds no unsigned one's negatives, an unsigned type none of a signed one's. */
function isUnsigned({ kind }: DataType): number {
  return kind.startsWith('u') ? 1 : 0
}

interface Below {
  readonly value: LiteralValue
  /** The constant itself, not just the value below it. */
  readonly isExact: boolean
}

/** The greatest value of type `to` that is not above `value` (of type `from`); null when that can't be told. */
function valueBelow(value: LiteralValue, from: DataType, to: DataType, session: SessionValues): Below | null {
  // NaN is above all values and has no neighbour.
  if (typeof value === 'number' && !Number.isFinite(value)) return null
  try {
    const near = castValue(value, from, to, session)
    for (const candidate of [near, predecessor(near)]) {
      const order = compareValues(castValue(candidate, to, from, session), value, from)
      if (order <= 0) return { value: candidate, isExact: order === 0 }
    }
    return null
  } catch {
    // Outside the type's range.
    return null
  }
}

function predecessor(value: LiteralValue): LiteralValue {
  if (typeof value === 'bigint') return value - 1n
  return typeof value === 'number' ? value - 1 : value
}
