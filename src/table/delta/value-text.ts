/**
 * Values as text: partition values, and the dates and timestamps of statistics.
 *
 * Spec: Delta PROTOCOL.md, "Partition Value Serialization".
 */
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { daysFromCivil, daysInMonth } from '../../expr/values/calendar.ts'
import { fitsPrecision, parseDecimal, powerOfTen } from '../../expr/values/decimal.ts'

const INTEGER_RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  tinyint: [-128n, 127n],
  smallint: [-32_768n, 32_767n],
  integer: [-2_147_483_648n, 2_147_483_647n],
  bigint: [-(1n << 63n), (1n << 63n) - 1n],
}

/** 38 digits, a sign, a point, an exponent, and room for zeroes. */
const DECIMAL_TEXT_MAX = 200

const MICROS_PER_SECOND = 1_000_000n
const SECONDS_PER_DAY = 86_400n

/** The value of a text that is not empty; undefined when it is not one of the type. */
export function valueOfText(text: string, type: DataType): LiteralValue | undefined {
  switch (type.kind) {
    case 'varchar':
      return text
    case 'boolean':
      return /^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return integerOf(text.trim(), type.kind)
    case 'real':
    case 'double': {
      const value = floatOf(text.trim())
      return value !== undefined && type.kind === 'real' ? Math.fround(value) : value
    }
    case 'decimal':
      return decimalOf(text.trim(), type.precision, type.scale)
    case 'date':
      return daysOf(text.trim())
    case 'timestamp':
      return microsOf(text.trim())
    case 'bytea':
      // As Spark casts between the two: the text's UTF-8 bytes.
      return new TextEncoder().encode(text)
    default:
      return undefined
  }
}

function integerOf(text: string, kind: string): LiteralValue | undefined {
  if (!/^[+-]?\d{1,20}$/.test(text)) return undefined
  const value = BigInt(text.replace(/^\+/, ''))
  const [min, max] = INTEGER_RANGES[kind]!
  if (value < min || value > max) return undefined
  return kind === 'bigint' ? value : Number(value)
}

function floatOf(text: string): number | undefined {
  const special = /^([+-]?)(?:inf|infinity)$/i.exec(text)
  if (special !== null) return special[1] === '-' ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return NaN
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/.test(text) ? Number(text) : undefined
}

/** Undefined where digits would be lost. */
function decimalOf(text: string, precision: number, scale: number): bigint | undefined {
  if (text.length > DECIMAL_TEXT_MAX) return undefined
  const parsed = parseDecimal(text)
  if (parsed === null) return undefined
  let { value } = parsed
  let places = parsed.scale
  while (places > scale && value % 10n === 0n && value !== 0n) {
    value /= 10n
    places--
  }
  if (value === 0n) return 0n
  if (places > scale || scale - places > 2 * precision) return undefined
  value *= powerOfTen(scale - places)
  return fitsPrecision(value, precision) ? value : undefined
}

function daysOf(text: string): number | undefined {
  const match = /^([+-]?\d{1,6})-(\d{1,2})-(\d{1,2})(?:[ T]00:00:00(?:\.0+)?Z?)?$/.exec(text)
  return match === null ? undefined : civilDays(match[1]!, match[2]!, match[3]!)
}

function civilDays(yearText: string, monthText: string, dayText: string): number | undefined {
  const [year, month, day] = [Number(yearText), Number(monthText), Number(dayText)]
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  return daysFromCivil(year, month, day)
}

const TIMESTAMP =
  /^([+-]?\d{1,6})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(?:Z|UTC|([+-])(\d{2}):?(\d{2})?(?::?(\d{2}))?)?$/

/**
 * Micros since 1970. Without a zone, a timestamp with time zone is taken to be in UTC: the zone of the system that wrote it is not recorded.
 */
export function microsOf(text: string): bigint | undefined {
  const match = TIMESTAMP.exec(text)
  if (match === null) return undefined
  const days = civilDays(match[1]!, match[2]!, match[3]!)
  const [hours, minutes, seconds] = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0)]
  if (days === undefined || hours > 23 || minutes > 59 || seconds > 59) return undefined
  const offset = Number(match[9] ?? 0) * 3600 + Number(match[10] ?? 0) * 60 + Number(match[11] ?? 0)
  const ofDay = hours * 3600 + minutes * 60 + seconds - (match[8] === '-' ? -offset : offset)
  const fraction = BigInt((match[7] ?? '').padEnd(6, '0').slice(0, 6))
  return (BigInt(days) * SECONDS_PER_DAY + BigInt(ofDay)) * MICROS_PER_SECOND + fraction
}
