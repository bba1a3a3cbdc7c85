/**
 * What + - * / do to dates, times, timestamps and intervals: types and values.
 *
 *   date + integer, date - date (days)         date | timestamp +- interval -> timestamp
 *   timestamp - timestamp -> interval          time +- interval -> time (wraps), time - time -> interval
 *   interval +- interval, interval * / number  date + time -> timestamp
 */
import { SqlError } from '../../core/errors.ts'
import { DATE_INFINITY, DATE_MINUS_INFINITY } from '../../core/infinity.ts'
import { type DataType, DATE, DOUBLE, INTEGER, INTERVAL, TIME, TIMESTAMP, isNumeric } from '../../core/types.ts'
import { commonType } from '../coerce.ts'
import type { IntervalValue, LiteralValue } from '../expr.ts'
import {
  addToLocal,
  checkTimestamp,
  civilFromDays,
  daysInMonth,
  floorDivide,
  floorModulo,
  localToUtc,
  splitMicros,
  utcToLocal,
} from '../values/calendar.ts'
import {
  MICROS_PER_DAY,
  addIntervals,
  divideInterval,
  makeInterval,
  negateInterval,
  scaleInterval,
} from '../values/interval.ts'
import { moveZonedTime } from '../values/zoned-time.ts'
import type { SessionValues, Signature } from './function.ts'
import { type ArithmeticName, divisionByZero } from './number-arithmetic.ts'

type Kind = DataType['kind']

/** Types for two arguments of which at least one is a date, time, timestamp or interval; null when it is no such operation. */
export function resolveTimes(name: ArithmeticName, args: readonly DataType[]): Signature | null {
  const [a, b] = args
  if (a === undefined || b === undefined || args.length !== 2) return null
  if (a.kind === 'null') return isTimeLike(b) ? resolveTimes(name, [guessForNull(name, b), b]) : null
  if (b.kind === 'null') return isTimeLike(a) ? resolveTimes(name, [a, guessForNull(name, a)]) : null
  if (name === 'add') return resolveAdd(a, b) ?? swapped(resolveAdd(b, a))
  if (name === 'subtract') return resolveSubtract(a, b)
  if (name === 'multiply' || name === 'divide') {
    if ((a.kind === 'interval' || a.kind === 'time') && isNumeric(b))
      return { args: [INTERVAL, DOUBLE], result: INTERVAL }
    if (name === 'multiply' && (b.kind === 'interval' || b.kind === 'time') && isNumeric(a)) {
      return { args: [DOUBLE, INTERVAL], result: INTERVAL }
    }
  }
  return null
}

/** Dates, times, timestamps and intervals. */
export function isTimeLike({ kind }: DataType): boolean {
  return kind === 'date' || kind === 'time' || kind === 'timetz' || kind === 'timestamp' || kind === 'interval'
}

/** The type that an untyped NULL beside `other` stands for. */
function guessForNull(name: ArithmeticName, other: DataType): DataType {
  if (name === 'multiply' || name === 'divide') return DOUBLE
  if (name === 'add') return other.kind === 'date' ? INTEGER : INTERVAL
  return other
}

function swapped(signature: Signature | null): Signature | null {
  return signature && { args: [signature.args[1]!, signature.args[0]!], result: signature.result }
}

const SMALL_INTEGERS: readonly Kind[] = ['tinyint', 'utinyint', 'smallint', 'usmallint', 'integer']

function resolveAdd(a: DataType, b: DataType): Signature | null {
  if (a.kind === 'interval' && b.kind === 'interval') return { args: [a, b], result: INTERVAL }
  if (a.kind === 'date') {
    if (SMALL_INTEGERS.includes(b.kind)) return { args: [DATE, INTEGER], result: DATE }
    if (b.kind === 'interval') return { args: [TIMESTAMP, INTERVAL], result: TIMESTAMP }
    if (b.kind === 'time') return { args: [DATE, TIME], result: TIMESTAMP }
  }
  if ((a.kind === 'timestamp' || a.kind === 'time' || a.kind === 'timetz') && b.kind === 'interval')
    return { args: [a, b], result: a }
  return null
}

function resolveSubtract(a: DataType, b: DataType): Signature | null {
  if (a.kind === 'date' && b.kind === 'date') return { args: [DATE, DATE], result: INTEGER }
  if (a.kind === 'time' && b.kind === 'time') return { args: [TIME, TIME], result: INTERVAL }
  const common = commonType([a, b])
  if (common?.kind === 'timestamp') return { args: [common, common], result: INTERVAL }
  if (a.kind === 'date' && b.kind === 'time') return null
  return resolveAdd(a, b)
}

/** Units of a timestamp type in a microsecond. */
function perMicro(type: DataType): bigint {
  return type.kind === 'timestamp' && type.unit === 'ns' ? 1000n : 1n
}

/** a op b; `types` come from resolveTimes. */
export function computeTimes(
  name: ArithmeticName,
  a: LiteralValue,
  b: LiteralValue,
  types: Signature,
  session: SessionValues,
): LiteralValue {
  const [left, right] = types.args as readonly [DataType, DataType]
  if (left.kind === 'interval' && right.kind !== 'interval' && name !== 'divide') {
    if (name === 'multiply') return scaleInterval(a as IntervalValue, b as number)
    return computeTimes(name, b, a, { args: [right, left], result: types.result }, session)
  }
  if (name === 'multiply') return scaleInterval(b as IntervalValue, a as number)
  if (name === 'divide') {
    if (b === 0) throw divisionByZero()
    return divideInterval(a as IntervalValue, b as number)
  }
  const sign = name === 'add' ? 1 : -1
  switch (left.kind) {
    case 'date':
      return computeDate(a as number, b, right, sign)
    case 'time':
      return computeTime(a as bigint, b, right, sign)
    case 'timetz':
      return moveZonedTime(a as Uint8Array, BigInt(sign) * (b as IntervalValue).micros)
    case 'timestamp':
      if (right.kind === 'timestamp') return timestampDifference(a as bigint, b as bigint, perMicro(left))
      return addInterval(a as bigint, signed(b as IntervalValue, sign), left, session)
    case 'interval':
      return addIntervals(a as IntervalValue, signed(b as IntervalValue, sign))
    default:
      // integer + date
      return computeDate(b as number, a, left, 1)
  }
}

function signed(interval: IntervalValue, sign: number): IntervalValue {
  return sign < 0 ? negateInterval(interval) : interval
}

function computeDate(days: number, other: LiteralValue, type: DataType, sign: number): LiteralValue {
  if (type.kind === 'date') return days - (other as number)
  if (type.kind === 'time') return checkTimestamp(BigInt(days) * MICROS_PER_DAY + (other as bigint))
  const moved = days + sign * (other as number)
  if (moved <= DATE_MINUS_INFINITY || moved >= DATE_INFINITY) throw new SqlError('22008', 'date out of range')
  return moved
}

function computeTime(time: bigint, other: LiteralValue, type: DataType, sign: number): LiteralValue {
  if (type.kind === 'time') return makeInterval(0, 0, time - (other as bigint))
  if (type.kind === 'date') return checkTimestamp(BigInt(other as number) * MICROS_PER_DAY + time)
  const { micros } = other as IntervalValue
  return floorModulo(time + BigInt(sign) * micros, MICROS_PER_DAY)
}

/** Days and time of day, as PostgreSQL's timestamp subtraction. */
function timestampDifference(a: bigint, b: bigint, unit: bigint): IntervalValue {
  const micros = floorDivide(a - b, unit)
  const days = micros / MICROS_PER_DAY
  return makeInterval(0, Number(days), micros - days * MICROS_PER_DAY)
}

/** A timestamp moved by an interval; months and days are those of the session's time zone where the type has a zone. */
function addInterval(value: bigint, interval: IntervalValue, type: DataType, session: SessionValues): bigint {
  const unit = perMicro(type)
  const micros = floorDivide(value, unit)
  const rest = value - micros * unit
  const zoned = type.kind === 'timestamp' && type.zone && (interval.months !== 0 || interval.days !== 0)
  let moved: bigint
  if (zoned) {
    const local = utcToLocal(micros, session.timeZone)
    const shifted = addToLocal(local, { ...interval, micros: 0n })
    moved = localToUtc(shifted, session.timeZone) + interval.micros
  } else {
    moved = addToLocal(micros, interval)
  }
  return checkTimestamp(moved * unit + rest)
}

/** age(a, b): the difference in years, months, days and time, field by field; a missing day is borrowed from the earlier month. */
export function ageBetween(a: bigint, b: bigint): IntervalValue {
  if (a < b) return negateInterval(ageBetween(b, a))
  const [from, to] = [splitMicros(b), splitMicros(a)]
  const [first, last] = [civilFromDays(from.days), civilFromDays(to.days)]
  let micros = to.time - from.time
  let days = last.day - first.day
  let months = (last.year - first.year) * 12 + last.month - first.month
  if (micros < 0n) {
    micros += MICROS_PER_DAY
    days--
  }
  if (days < 0) {
    days += daysInMonth(first.year, first.month)
    months--
  }
  return makeInterval(months, days, micros)
}
