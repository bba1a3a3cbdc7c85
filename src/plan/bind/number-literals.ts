/** Number literals: the type that their digits give them, and other types in which they have exactly the same value. */
import { type TextRange, SqlError } from '../../core/errors.ts'
import {
  type DataType,
  BIGINT,
  DOUBLE,
  INTEGER,
  WIDE_DECIMAL_DIGITS_MAX,
  decimal,
  storageOf,
} from '../../core/types.ts'
import { type LiteralExpr, literal } from '../../expr/expr.ts'
import { decimalToDouble, fitsPrecision, parseDecimal, powerOfTen } from '../../expr/values/decimal.ts'

const INTEGER_MAX = (1n << 31n) - 1n
const BIGINT_MAX = (1n << 63n) - 1n

/** The literal that the digits write: integer, bigint or decimal by size; double only where 1,000 digits don't hold it. */
export function numberLiteral(text: string, at: TextRange): LiteralExpr {
  if (/^0[xob]/i.test(text)) return integerLiteral(BigInt(text.toLowerCase()), at)
  const parsed = parseDecimal(text)
  if (parsed === null) throw new SqlError('42601', `invalid number "${text}"`, { at })
  if (/^\d+$/.test(text)) return integerLiteral(parsed.value, at)
  const exact = naturalDecimal(parsed.value, parsed.scale)
  if (exact !== null) return exact
  const value = Number(text)
  if (!Number.isFinite(value))
    throw new SqlError('22003', `"${text}" is out of range for type double precision`, { at })
  return literal(value, DOUBLE)
}

function integerLiteral(value: bigint, at: TextRange): LiteralExpr {
  if (value <= INTEGER_MAX) return literal(Number(value), INTEGER)
  if (value <= BIGINT_MAX) return literal(value, BIGINT)
  const exact = naturalDecimal(value, 0)
  if (exact === null) {
    throw new SqlError('22003', 'numeric field overflow', {
      at,
      detail: `Decimals have at most ${WIDE_DECIMAL_DIGITS_MAX} digits.`,
    })
  }
  return exact
}

/** The value as a decimal of as many digits as it needs; null beyond 1,000. */
export function naturalDecimal(value: bigint, scale: number): LiteralExpr | null {
  if (scale > WIDE_DECIMAL_DIGITS_MAX || scale < -WIDE_DECIMAL_DIGITS_MAX) return null
  const unscaled = scale < 0 ? value * powerOfTen(-scale) : value
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().length
  const places = Math.max(0, scale)
  const precision = Math.max(digits, places, 1)
  return precision > WIDE_DECIMAL_DIGITS_MAX ? null : literal(unscaled, decimal(precision, places))
}

/** The negated literal: `-9223372036854775808` is a bigint though its digits alone are not. */
export function negateLiteral(expr: LiteralExpr, at: TextRange): LiteralExpr | null {
  const { value, type } = expr
  if (type.kind === 'double') return literal(-(value as number), type)
  if (type.kind === 'decimal' && type.scale > 0) return literal(-(value as bigint), type)
  if (typeof value !== 'number' && typeof value !== 'bigint') return null
  const negated = -BigInt(value)
  if (negated >= -INTEGER_MAX - 1n && negated <= INTEGER_MAX) return literal(Number(negated), INTEGER)
  if (negated >= -BIGINT_MAX - 1n && negated <= BIGINT_MAX) return literal(negated, BIGINT)
  return integerOrDecimal(negated, at)
}

function integerOrDecimal(value: bigint, at: TextRange): LiteralExpr {
  const magnitude = integerLiteral(-value, at)
  return literal(value, magnitude.type)
}

const RANGES: Partial<Record<DataType['kind'], readonly [bigint, bigint]>> = {
  tinyint: [-128n, 127n],
  utinyint: [0n, 255n],
  smallint: [-32_768n, 32_767n],
  usmallint: [0n, 65_535n],
  integer: [-INTEGER_MAX - 1n, INTEGER_MAX],
  uinteger: [0n, (1n << 32n) - 1n],
  bigint: [-BIGINT_MAX - 1n, BIGINT_MAX],
  ubigint: [0n, (1n << 64n) - 1n],
}

/** An integer or decimal literal as a literal of another numeric type with exactly the same value; null when there is none. */
export function adaptNumber(expr: LiteralExpr, to: DataType): LiteralExpr | null {
  const exact = exactValue(expr)
  if (exact === null) return null
  const { value, scale } = exact
  const range = RANGES[to.kind]
  if (range !== undefined) {
    const whole = value / powerOfTen(scale)
    if (whole * powerOfTen(scale) !== value || whole < range[0] || whole > range[1]) return null
    return literal(storageOf(to) === 'i32' ? Number(whole) : whole, to)
  }
  if (to.kind === 'decimal') {
    const shift = to.scale - scale
    const unscaled = shift >= 0 ? value * powerOfTen(shift) : value / powerOfTen(-shift)
    const same = shift >= 0 || unscaled * powerOfTen(-shift) === value
    return same && fitsPrecision(unscaled, to.precision) ? literal(unscaled, to) : null
  }
  // The nearest double is what a cast would give; the nearest float is not what a comparison would take.
  if (to.kind === 'double') {
    const nearest = decimalToDouble(value, scale)
    return Number.isFinite(nearest) ? literal(nearest, to) : null
  }
  if (to.kind === 'real') {
    const nearest = decimalToDouble(value, scale)
    return isExactFloat(nearest, value, scale) ? literal(nearest, to) : null
  }
  return null
}

/** Whether the decimal is a float32 value without rounding (fractions down to 2^-20 are looked at). */
function isExactFloat(nearest: number, value: bigint, scale: number): boolean {
  const shifted = nearest * 2 ** 20
  if (Math.fround(nearest) !== nearest || !Number.isSafeInteger(shifted)) return false
  return BigInt(shifted) * powerOfTen(scale) === value << 20n
}

function exactValue({ value, type }: LiteralExpr): { value: bigint; scale: number } | null {
  if (type.kind === 'decimal') return typeof value === 'bigint' ? { value, scale: type.scale } : null
  if (RANGES[type.kind] === undefined) return null
  return { value: BigInt(value as number | bigint), scale: 0 }
}
