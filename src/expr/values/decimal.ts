/** Exact arithmetic on unscaled decimals as bigint: the reference of the i64 and i128 kernels, and their slow path. */
import { SqlError } from '../../core/errors.ts'
import { DECIMAL_DIGITS_MAX, WIDE_DECIMAL_DIGITS_MAX } from '../../core/types.ts'

const POWERS: readonly bigint[] = Array.from({ length: 78 }, (_, i) => 10n ** BigInt(i))

/** 10^exponent for 0 <= exponent. */
export function powerOfTen(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent)
}

/** dividend / divisor, rounded half away from zero. The divisor is not 0. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  const rest = dividend - quotient * divisor
  const twice = rest < 0n ? -2n * rest : 2n * rest
  if (twice < (divisor < 0n ? -divisor : divisor)) return quotient
  return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n
}

/** The unscaled value at another scale, rounded half away from zero. */
export function rescale(value: bigint, from: number, to: number): bigint {
  if (to >= from) return value * powerOfTen(to - from)
  return divideRounded(value, powerOfTen(from - to))
}

/** Whether an unscaled value has at most `precision` digits. */
export function fitsPrecision(value: bigint, precision: number): boolean {
  const limit = powerOfTen(precision)
  return value < limit && value > -limit
}

/** `value` when it fits, else 22003 as PostgreSQL words it. */
export function checkPrecision(value: bigint, precision: number, scale: number): bigint {
  if (fitsPrecision(value, precision)) return value
  throw numericOverflow(precision, scale)
}

export function numericOverflow(precision: number, scale: number): SqlError {
  if (precision === DECIMAL_DIGITS_MAX || precision >= WIDE_DECIMAL_DIGITS_MAX) {
    return new SqlError('22003', 'numeric field overflow', {
      detail: `Decimals have at most ${precision} digits here.`,
    })
  }
  return new SqlError('22003', 'numeric field overflow', {
    detail:
      `A field with precision ${precision}, scale ${scale} must round to an absolute value less than ` +
      (precision === scale ? '1.' : `10^${precision - scale}.`),
  })
}

/** The decimal as text with its full scale: -0.50; `NaN`, `-Infinity`. */
export function formatDecimal(value: bigint | number, scale: number): string {
  if (typeof value === 'number') return String(value)
  if (scale === 0) return value.toString()
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const sign = value < 0n ? '-' : ''
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const DECIMAL_TEXT = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/

/** Digits beyond which a text is not parsed: far more than a decimal or a double can tell apart. */
const TEXT_DIGITS_MAX = 20_000

/** The unscaled value and scale that the text writes; null when it is not a number. */
export function parseDecimal(text: string): { value: bigint; scale: number } | null {
  if (text.length > TEXT_DIGITS_MAX) return null
  const match = DECIMAL_TEXT.exec(text)
  if (match === null) return null
  const [, sign, whole, fraction = '', exponent] = match
  if (whole === '' && fraction === '') return null
  const magnitude = BigInt(whole! + fraction)
  return {
    value: sign === '-' ? -magnitude : magnitude,
    scale: fraction.length - (exponent === undefined ? 0 : Number(exponent)),
  }
}

/** The text as an unscaled decimal(precision, scale); null when it is not a number; 22003 when it does not fit. */
export function decimalFromText(text: string, precision: number, scale: number): bigint | null {
  const parsed = parseDecimal(text)
  if (parsed === null) return null
  if (parsed.value === 0n) return 0n
  const digits = parsed.value.toString().length
  // Keeps exponents of a million from making numbers of a million digits.
  if (digits - parsed.scale > precision - scale + 2) throw numericOverflow(precision, scale)
  if (parsed.scale > scale + digits + 1) return 0n
  return checkPrecision(rescale(parsed.value, parsed.scale, scale), precision, scale)
}

/** The nearest double of an unscaled decimal. */
export function decimalToDouble(value: bigint | number, scale: number): number {
  if (typeof value === 'number') return value
  // Through text: dividing two rounded doubles would round twice.
  if (scale === 0) return Number(value)
  if (value >= -EXACT && value <= EXACT && scale <= 22) return Number(value) / 10 ** scale
  return Number(formatDecimal(value, scale))
}

/** Up to 2^53 and 10^22 both operands are exact, so one division rounds once. */
const EXACT = 1n << 53n

/** A double as an unscaled decimal, rounded half away from zero from its shortest text; 22003 when it does not fit or is not finite. */
export function decimalFromDouble(value: number, precision: number, scale: number): bigint {
  if (!Number.isFinite(value)) {
    throw new SqlError('22003', `cannot convert ${Number.isNaN(value) ? 'NaN' : 'infinity'} to decimal`)
  }
  const unscaled = decimalFromText(String(value), precision, scale)
  return unscaled ?? 0n
}
