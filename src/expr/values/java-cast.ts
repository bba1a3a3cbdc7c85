/**
 * Casts as Java does them, where they differ from SQL's: what formats written by Java libraries mean when a column's type is changed
 * (ColumnSource.javaCast). Fractions are cut, integers wrap, texts of numbers and times are Java's.
 *
 * Source of the rules: Apache Paimon, casting rules of its schema evolution.
 */
import { Buffer } from 'node:buffer'
import { SqlError } from '../../core/errors.ts'
import { type DataType, isInteger, typeName } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { fitsPrecision, formatDecimal, parseDecimal, powerOfTen, rescale } from './decimal.ts'
import { floatToJavaText } from './java-text.ts'

/** What types don't say: fractional digits of timestamps. */
export interface JavaCast {
  readonly from: DataType
  readonly to: DataType
  readonly fromDigits: number
  readonly toDigits: number
}

/** The value as the other type. Errors: 22P02 for texts that are no values of it. */
export function javaCast(value: LiteralValue, cast: JavaCast): LiteralValue {
  if (value === null) return null
  const { from, to } = cast
  if (to.kind === 'varchar') return textOf(value, cast)
  if (from.kind === 'varchar') return fromText((value as string).trim(), cast)
  if (from.kind === 'timestamp') return fromTimestamp(value as bigint, cast)
  if (from.kind === 'date' && to.kind === 'timestamp') return BigInt(value as number) * 86_400n * perSecond(to)
  if (to.kind === 'timestamp') return BigInt(value as number | bigint) * perSecond(to)
  if (from.kind === 'boolean') return fromNumber(value === true ? 1 : 0, { kind: 'integer' }, to)
  if (to.kind === 'boolean') return truncated(value as number | bigint, from) !== 0n
  return fromNumber(value as number | bigint, from, to)
}

function perSecond(type: DataType): bigint {
  return type.kind === 'timestamp' && type.unit === 'ns' ? 1_000_000_000n : 1_000_000n
}

/** Without its fraction, towards zero; NaN is 0. */
function truncated(value: number | bigint, type: DataType): bigint {
  if (typeof value === 'bigint') return type.kind === 'decimal' ? value / powerOfTen(type.scale) : value
  if (Number.isNaN(value)) return 0n
  if (!Number.isFinite(value)) return value > 0 ? 2n ** 63n - 1n : -(2n ** 63n)
  const whole = BigInt(Math.trunc(value))
  const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n]
  return whole < least ? least : whole > most ? most : whole
}

const BITS: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, integer: 32, bigint: 64 }

function fromNumber(value: number | bigint, from: DataType, to: DataType): LiteralValue {
  if (isInteger(to)) {
    const isFloat = from.kind === 'real' || from.kind === 'double'
    let whole = truncated(value, from)
    // Floating point numbers saturate at 32 bits before they wrap to fewer.
    if (isFloat && to.kind !== 'bigint') {
      const limit = 2n ** 31n
      whole = whole < -limit ? -limit : whole >= limit ? limit - 1n : whole
    }
    const wrapped = BigInt.asIntN(BITS[to.kind] ?? 64, whole)
    return to.kind === 'bigint' ? wrapped : Number(wrapped)
  }
  if (to.kind === 'decimal') return toDecimal(value, from, to)
  const number =
    typeof value === 'number'
      ? value
      : from.kind === 'decimal'
        ? Number(formatDecimal(value, from.scale))
        : Number(value)
  return to.kind === 'real' ? Math.fround(number) : number
}

/** Rounded half up; NULL where it does not fit. */
function toDecimal(value: number | bigint, from: DataType, to: DataType & { kind: 'decimal' }): bigint | null {
  let result: bigint
  if (from.kind === 'decimal') result = rescale(value as bigint, from.scale, to.scale)
  else if (typeof value === 'bigint' || isInteger(from)) result = BigInt(value) * powerOfTen(to.scale)
  else {
    const parsed = parseDecimal(String(value))
    if (parsed === null) return null
    result = rescale(parsed.value, parsed.scale, to.scale)
  }
  return fitsPrecision(result, to.precision) ? result : null
}

function fromTimestamp(value: bigint, { from, to, toDigits }: JavaCast): LiteralValue {
  const unit = perSecond(from)
  // As Java divides: towards zero, after the milliseconds are taken downwards.
  const millis = floorDivide(value * 1000n, unit)
  if (to.kind === 'bigint') return millis / 1000n
  if (to.kind === 'integer') return Number(BigInt.asIntN(32, millis / 1000n))
  if (to.kind === 'date') return Number(floorDivide(value, unit * 86_400n))
  if (to.kind === 'timestamp') {
    const nanos = value * (1_000_000_000n / unit)
    const step = 10n ** BigInt(9 - toDigits)
    return (floorDivide(nanos, step) * step) / (1_000_000_000n / perSecond(to))
  }
  throw new SqlError('42846', `cannot cast type ${typeName(from)} to ${typeName(to)}`)
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b < 0n ? quotient - 1n : quotient
}

function textOf(value: LiteralValue, { from, fromDigits }: JavaCast): LiteralValue {
  switch (from.kind) {
    case 'real':
    case 'double':
      return floatToJavaText(value as number, from.kind)
    case 'decimal':
      return formatDecimal(value as bigint, from.scale)
    case 'date':
      return new Date((value as number) * 86_400_000).toISOString().slice(0, 10)
    case 'timestamp':
      return timestampText(value as bigint, perSecond(from), fromDigits)
    case 'bytea':
      return Buffer.from(value as Uint8Array).toString('utf8')
    default:
      return String(value as number | bigint | boolean | string)
  }
}

/** `2024-01-01 00:00:00.120`: at least as many digits as the type has. */
function timestampText(value: bigint, unit: bigint, digits: number): string {
  const seconds = floorDivide(value, unit)
  let fraction = ((value - seconds * unit) * (1_000_000_000n / unit)).toString().padStart(9, '0')
  while (fraction.length > digits && fraction.endsWith('0')) fraction = fraction.slice(0, -1)
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')
  return fraction === '' ? text : `${text}.${fraction}`
}

function fromText(text: string, { from, to }: JavaCast): LiteralValue {
  const malformed = (): SqlError =>
    new SqlError('22P02', `invalid input syntax for type ${typeName(to)}: "${text}"`, {
      detail: `a cast from ${typeName(from)}`,
    })
  if (isInteger(to)) {
    if (!/^[+-]?\d+$/.test(text)) throw malformed()
    const value = BigInt(text.replace('+', ''))
    if (BigInt.asIntN(BITS[to.kind] ?? 64, value) !== value) throw malformed()
    return to.kind === 'bigint' ? value : Number(value)
  }
  if (to.kind === 'decimal') {
    const parsed = parseDecimal(text)
    if (parsed === null) throw malformed()
    const value = rescale(parsed.value, parsed.scale, to.scale)
    return fitsPrecision(value, to.precision) ? value : null
  }
  if (to.kind === 'real' || to.kind === 'double') {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(NaN|Infinity)$/.test(text)) throw malformed()
    return to.kind === 'real' ? Math.fround(Number(text)) : Number(text)
  }
  if (to.kind === 'boolean') {
    const word = text.toLowerCase()
    if (['t', 'true', 'y', 'yes', '1'].includes(word)) return true
    if (['f', 'false', 'n', 'no', '0'].includes(word)) return false
  }
  if (to.kind === 'date' && /^\d{4}-\d{2}-\d{2}$/.test(text)) {
    const millis = Date.parse(`${text}T00:00:00Z`)
    // Days that a month has not are taken for the next month's.
    if (!Number.isNaN(millis) && new Date(millis).toISOString().startsWith(text)) return millis / 86_400_000
  }
  throw malformed()
}
