/** CAST of one value: the meaning of casts, and the path of all pairs of types that have no kernel. */
import { SluiceError, SqlError, unsupported } from '../../core/errors.ts'
import { hasInfinity, infinityInText, infinityOf, infinitySign } from '../../core/infinity.ts'
import { type DataType, isFloat, isInteger, isWideDecimal, sameType, typeName } from '../../core/types.ts'
import type { SessionValues } from '../functions/function.ts'
import type { IntervalValue, LiteralValue } from '../expr.ts'
import {
  checkTimestamp,
  floorDivide,
  floorModulo,
  localToUtc,
  splitMicros,
  utcToLocal,
  zoneOffsetSeconds,
} from './calendar.ts'
import {
  checkPrecision,
  decimalFromDouble,
  decimalFromText,
  decimalToDouble,
  divideRounded,
  powerOfTen,
  rescale,
} from './decimal.ts'
import { bitsOfInteger, integerOfBits, parseBits } from './bit-string.ts'
import { formatValue } from './format-value.ts'
import { integerOfType, integerOutOfRange, integerRange } from './integer.ts'
import { MICROS_PER_DAY, makeInterval, parseInterval } from './interval.ts'
import { JsonNumber, jsonKind, parseJson, writeJsonb } from './json.ts'
import { type ListText, parseListText } from './list-text.ts'
import { invalidText, parseBoolean, parseBytea, parseFloatText, parseInteger, parseUuid } from './number-text.ts'
import { isSpecialDecimal, specialDecimalInText } from './special-decimal.ts'
import { castVariant } from './variant/variant-cast.ts'
import { dateByName, timestampByName } from './time-names.ts'
import { parseZonedTime, zonedTimeBytes, zonedTimeOf } from './zoned-time.ts'
import { invalidTime, parseDate, parseTime, parseTimestamp } from './time-text.ts'

/** The value in another type; both in the form of their type's storage. NULL stays NULL. Errors as PostgreSQL's. */
export function castValue(value: LiteralValue, from: DataType, to: DataType, session: SessionValues): LiteralValue {
  if (value === null || from.kind === 'null') return null
  if (sameType(from, to)) return value
  if (from.kind === 'variant') {
    return castVariant(value as Uint8Array, to, (part, type, target) => castValue(part, type, target, session))
  }
  if (to.kind === 'varchar') return formatValue(value, from, session.timeZone)
  if (from.kind === 'varchar') return fromText(value as string, to, session)
  if (from.kind === 'json' || from.kind === 'jsonb') return fromJson(value as string, to, session)
  if (from.kind === 'bit') return integerOfType(integerOfBits(value as string, to), to)
  if (to.kind === 'bit') return bitsOfInteger(value as number | bigint, from)
  if (isInteger(to)) return toInteger(value, from, to)
  if (isFloat(to)) return toFloat(value, from, to)
  const sign = infinitySign(value, from)
  if (sign !== 0 && !isNested(to)) return infiniteTime(sign, from, to)
  switch (to.kind) {
    case 'decimal':
      return toDecimal(value, from, to)
    case 'boolean':
      return value !== 0 && value !== 0n
    case 'date':
    case 'time':
    case 'timetz':
    case 'timestamp':
      return toTime(value, from, to, session)
    case 'interval':
      return makeInterval(0, 0, value as bigint)
    case 'bytea':
      return value
    case 'uuid':
      if ((value as Uint8Array).length === 16) return value
      throw new SqlError('22P02', 'invalid length for type uuid: 16 bytes are needed')
    default:
      return castNested(value, from, to, session)
  }
}

function isNested({ kind }: DataType): boolean {
  return kind === 'list' || kind === 'struct' || kind === 'map'
}

/** An infinity in a type that has one too; NULL as a time of the day. */
function infiniteTime(sign: -1 | 1, from: DataType, to: DataType): LiteralValue {
  if (hasInfinity(to)) return infinityOf(to, sign)
  if (from.kind !== 'interval') return null
  throw new SqlError('22008', 'cannot convert infinite interval to time')
}

/** As castValue, NULL instead of an error that the value is to blame for. */
export function tryCastValue(value: LiteralValue, from: DataType, to: DataType, session: SessionValues): LiteralValue {
  // Most of the time of an error is its stack trace, which nobody sees, and there may be one a row.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return castValue(value, from, to, session)
  } catch (error) {
    if (isValueError(error)) return null
    throw error
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** Errors of class 22: data exceptions. */
export function isValueError(error: unknown): boolean {
  return error instanceof SluiceError && error.sqlstate.startsWith('22')
}

function fromText(text: string, to: DataType, session: SessionValues): LiteralValue {
  if (isInteger(to)) return parseInteger(text, to)
  if (isFloat(to)) return parseFloatText(text, to)
  const sign = hasInfinity(to) ? infinityInText(text) : 0
  if (sign !== 0) return infinityOf(to, sign)
  switch (to.kind) {
    case 'boolean':
      return parseBoolean(text)
    case 'decimal': {
      const value = decimalFromText(text.trim(), to.precision, to.scale)
      if (value !== null) return value
      const special = isWideDecimal(to) ? specialDecimalInText(text) : null
      if (special === null) throw invalidText(to, text)
      return special
    }
    case 'date':
      return dateByName(text, session) ?? parseDate(text)
    case 'time':
      return parseTime(text)
    case 'timetz':
      return parseZonedTime(text, session.timeZone, session.nowMicros)
    case 'timestamp':
      return timestampByName(text, to, session) ?? parseTimestamp(text, to, session.timeZone)
    case 'interval': {
      const interval = parseInterval(text)
      if (interval === null) throw invalidTime(to, text)
      return interval
    }
    case 'bytea':
      return parseBytea(text)
    case 'uuid':
      return parseUuid(text)
    case 'bit':
      return parseBits(text)
    case 'json':
      parseJson(text)
      return text
    case 'jsonb':
      return writeJsonb(parseJson(text))
    case 'list':
      return listFromText(parseListText(text), to.element.type, text, session)
    default:
      throw unsupported(`a cast from varchar to ${typeName(to)}`)
  }
}

/** JSON to the other JSON type, or the number or boolean that it is. */
function fromJson(text: string, to: DataType, session: SessionValues): LiteralValue {
  if (to.kind === 'json') return text
  const json = parseJson(text)
  if (to.kind === 'jsonb') return writeJsonb(json)
  if (json === null) return null
  const isFit = to.kind === 'boolean' ? typeof json === 'boolean' : json instanceof JsonNumber
  if (!isFit) throw new SqlError('22023', `cannot cast jsonb ${jsonKind(json)} to type ${typeName(to)}`)
  if (typeof json === 'boolean') return json
  const digits = (json as JsonNumber).text
  // Halves of integers round as those of numeric do.
  if (!isInteger(to) || /^-?\d+$/.test(digits)) return fromText(digits, to, session)
  const exact: DataType = { kind: 'decimal', precision: 38, scale: 10 }
  return castValue(fromText(digits, exact, session), exact, to, session)
}

function listFromText(parts: readonly ListText[], type: DataType, text: string, session: SessionValues): LiteralValue {
  return parts.map((part) => {
    if (part === null) return null
    const isList = type.kind === 'list'
    if (isList !== (typeof part !== 'string')) throw new SqlError('22P02', `malformed array literal: "${text}"`)
    if (type.kind === 'list') return listFromText(part as readonly ListText[], type.element.type, text, session)
    return castValue(part as string, { kind: 'varchar' }, type, session)
  })
}

function toInteger(value: LiteralValue, from: DataType, to: DataType): LiteralValue {
  if (from.kind === 'boolean') return integerOfType(value === true ? 1n : 0n, to)
  if (from.kind === 'decimal' && isSpecialDecimal(value)) {
    throw new SqlError('0A000', `cannot convert ${wordOf(value)} to ${typeName(to)}`)
  }
  if (from.kind === 'decimal') return integerOfType(rescale(value as bigint, from.scale, 0), to)
  if (isFloat(from)) {
    const rounded = roundHalfEven(value as number)
    const [least, greatest] = integerRange(to)
    // Compares as integers: a double near 2^63 is not exact as a limit.
    if (!Number.isFinite(rounded)) throw integerOutOfRange(to)
    const exact = BigInt(rounded)
    if (exact < least || exact > greatest) throw integerOutOfRange(to)
    return integerOfType(exact, to)
  }
  return integerOfType(BigInt(value as number | bigint), to)
}

/** PostgreSQL rounds doubles with rint: halves to even. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value)
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

function toFloat(value: LiteralValue, from: DataType, to: DataType): number {
  const exact = from.kind === 'decimal' ? decimalToDouble(value as bigint, from.scale) : Number(value)
  if (from.kind === 'decimal' && !Number.isFinite(exact) && !isSpecialDecimal(value))
    throw new SqlError('22003', 'value out of range: overflow')
  if (to.kind === 'double') return exact
  const rounded = Math.fround(exact)
  if (Number.isFinite(exact) && !Number.isFinite(rounded)) {
    throw new SqlError('22003', 'value out of range: overflow')
  }
  if (exact !== 0 && rounded === 0) throw new SqlError('22003', 'value out of range: underflow')
  return rounded
}

function toDecimal(value: LiteralValue, from: DataType, to: DataType & { kind: 'decimal' }): LiteralValue {
  const { precision, scale } = to
  if (isSpecialDecimal(value) && !Number.isFinite(value)) return specialDecimal(value, to)
  if (from.kind === 'decimal') {
    return checkPrecision(rescale(value as bigint, from.scale, scale), precision, scale)
  }
  // PostgreSQL takes the digits of a real that are sure: 6.
  if (from.kind === 'real') return decimalFromDouble(Number((value as number).toPrecision(6)), precision, scale)
  if (isFloat(from)) return decimalFromDouble(value as number, precision, scale)
  return checkPrecision(BigInt(value as number | bigint) * powerOfTen(scale), precision, scale)
}

/** NaN or an infinity as a decimal, if the type is one of those that have them. */
function specialDecimal(value: number, to: DataType & { kind: 'decimal' }): LiteralValue {
  if (isWideDecimal(to)) return value
  throw new SqlError('22003', `cannot convert ${wordOf(value)} to ${typeName(to)}`, {
    detail: 'Decimals of at most 38 digits, those of tables, are finite.',
  })
}

function wordOf(value: number): string {
  return Number.isNaN(value) ? 'NaN' : 'infinity'
}

function unitOf(type: DataType): bigint {
  return type.kind === 'timestamp' && type.unit === 'ns' ? 1000n : 1n
}

function toTime(value: LiteralValue, from: DataType, to: DataType, session: SessionValues): LiteralValue {
  if (from.kind === 'interval' && to.kind === 'time') {
    return floorModulo((value as IntervalValue).micros, MICROS_PER_DAY)
  }
  const zone = session.timeZone
  if (from.kind === 'timetz') return zonedTimeOf(value as Uint8Array).micros
  if (from.kind === 'time') {
    return zonedTimeBytes({ micros: value as bigint, offset: zoneOffsetSeconds(session.nowMicros, zone) })
  }
  if (from.kind === 'date' && to.kind === 'timestamp') {
    const local = BigInt(value as number) * MICROS_PER_DAY
    return checkTimestamp((to.zone ? localToUtc(local, zone) : local) * unitOf(to))
  }
  if (from.kind !== 'timestamp') throw unsupported(`a cast from ${typeName(from)} to ${typeName(to)}`)
  const ticks = value as bigint
  if (to.kind === 'timestamp') return changeTimestamp(ticks, from, to, zone)
  const micros = floorDivide(ticks, unitOf(from))
  const { days, time } = splitMicros(from.zone ? utcToLocal(micros, zone) : micros)
  if (to.kind === 'timetz') return zonedTimeBytes({ micros: time, offset: zoneOffsetSeconds(micros, zone) })
  return to.kind === 'date' ? days : time
}

type Timestamp = DataType & { kind: 'timestamp' }

function changeTimestamp(ticks: bigint, from: Timestamp, to: Timestamp, zone: string): bigint {
  let value = ticks
  if (from.zone !== to.zone) {
    const micros = floorDivide(value, unitOf(from))
    const rest = value - micros * unitOf(from)
    const moved = to.zone ? localToUtc(micros, zone) : utcToLocal(micros, zone)
    value = moved * unitOf(from) + rest
  }
  if (from.unit === to.unit) return value
  // Nanos to micros rounds, as PostgreSQL does with digits that it can't keep.
  return to.unit === 'ns' ? checkTimestamp(value * 1000n) : divideRounded(value, 1000n)
}

function castNested(value: LiteralValue, from: DataType, to: DataType, session: SessionValues): LiteralValue {
  const parts = value as readonly LiteralValue[]
  if (from.kind === 'list' && to.kind === 'list') {
    return parts.map((part) => castValue(part, from.element.type, to.element.type, session))
  }
  if (from.kind === 'struct' && to.kind === 'struct') {
    return parts.map((part, i) => castValue(part, from.fields[i]!.type, to.fields[i]!.type, session))
  }
  if (from.kind === 'map' && to.kind === 'map') {
    return parts.map((pair) => {
      const [key, item] = pair as readonly [LiteralValue, LiteralValue]
      return [
        castValue(key, from.key.type, to.key.type, session),
        castValue(item, from.value.type, to.value.type, session),
      ]
    })
  }
  throw unsupported(`a cast from ${typeName(from)} to ${typeName(to)}`)
}
