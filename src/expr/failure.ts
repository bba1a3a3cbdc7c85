/** Which expressions can't raise an error whatever the values: they may be evaluated where SQL would not have got to. */
import { type DataType, isFloat } from '../core/types.ts'
import type { CallExpr, CastExpr, Expr } from './expr.ts'

const SAFE_CALLS: ReadonlySet<string> = new Set([
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'is_distinct_from',
  'is_not_distinct_from',
  'not',
  'is_null',
  'is_not_null',
  'is_true',
  'is_not_true',
  'is_false',
  'is_not_false',
  'is_unknown',
  'is_not_unknown',
  'coalesce',
  'nullif',
  'greatest',
  'least',
  'field',
  'element',
  'array_length',
  'cardinality',
  'length',
  'octet_length',
  'lower',
  'upper',
  'starts_with',
  'ends_with',
  'strpos',
  'year',
  'month',
  'day',
])

const PATTERN_CALLS: ReadonlySet<string> = new Set(['like', 'not_like', 'ilike', 'not_ilike'])

/** False on any doubt. */
export function cannotFail(expr: Expr): boolean {
  switch (expr.kind) {
    case 'column':
    case 'input':
    case 'literal':
      return true
    case 'call':
      return isSafeCall(expr) && expr.args.every(cannotFail)
    case 'cast':
      return (expr.try || isSafeCast(expr)) && cannotFail(expr.arg)
    case 'and':
    case 'or':
      return expr.args.every(cannotFail)
    case 'in':
      return cannotFail(expr.arg)
    case 'case':
      return cannotFail(expr.else) && expr.branches.every(({ when, then }) => cannotFail(when) && cannotFail(then))
    case 'subquery':
      return false
  }
}

function isSafeCall({ name, args }: CallExpr): boolean {
  if (SAFE_CALLS.has(name)) return true
  const pattern = args[1]
  // A pattern that ends in its escape character is an error.
  return (
    PATTERN_CALLS.has(name) &&
    args.length === 2 &&
    pattern?.kind === 'literal' &&
    !(typeof pattern.value === 'string' && pattern.value.includes('\\'))
  )
}

/** Decimal digits of integer types. */
const DIGITS: Partial<Record<DataType['kind'], number>> = {
  tinyint: 3,
  smallint: 5,
  integer: 10,
  bigint: 19,
}

function isSafeCast({ arg, type }: CastExpr): boolean {
  const from = arg.type
  if (type.kind === 'varchar') return true
  const digits = DIGITS[from.kind]
  if (digits !== undefined) {
    if (isFloat(type) && type.kind !== 'half') return true
    if (type.kind === 'decimal') return type.precision - type.scale >= digits
    return (DIGITS[type.kind] ?? 0) >= digits
  }
  if (from.kind === 'decimal' && type.kind === 'decimal') {
    // Rounding can add a digit.
    const spare = type.scale >= from.scale ? 0 : 1
    return type.precision - type.scale >= from.precision - from.scale + spare
  }
  if (from.kind === 'decimal' || from.kind === 'real') return type.kind === 'double'
  return from.kind === 'timestamp' && type.kind === 'date'
}
