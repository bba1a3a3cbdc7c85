/** Fields of dates, times, timestamps and intervals (extract), and truncation to them (date_trunc). */
import { SqlError } from '../../core/errors.ts'
import { type DataType, typeName } from '../../core/types.ts'
import type { IntervalValue, LiteralValue } from '../expr.ts'
import {
  civilFromDays,
  daysFromCivil,
  floorDivide,
  floorModulo,
  splitMicros,
  utcToLocal,
  zoneOffsetSeconds,
} from './calendar.ts'
import {
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  makeInterval,
  timeUnitOf,
} from './interval.ts'
import { zonedTimeOf } from './zoned-time.ts'

/** Fields that are whole numbers. */
export type DateField =
  | 'year'
  | 'quarter'
  | 'month'
  | 'week'
  | 'day'
  | 'dow'
  | 'isodow'
  | 'doy'
  | 'isoyear'
  | 'decade'
  | 'century'
  | 'millennium'
  | 'julian'
type ClockField = 'hour' | 'minute' | 'microsecond'
/** Fields with digits after the point, given in micros (of a second; of a millisecond: in micros too). */
export type FractionField = 'second' | 'millisecond' | 'epoch'
type ZoneField = 'timezone' | 'timezone_hour' | 'timezone_minute'
export type TimeField = DateField | ClockField | FractionField | ZoneField

const NAMES: ReadonlySet<string> = new Set([
  'dow',
  'isodow',
  'doy',
  'isoyear',
  'julian',
  'epoch',
  'timezone',
  'timezone_hour',
  'timezone_minute',
])
const ALIASES: Record<string, TimeField> = {
  dayofweek: 'dow',
  dayofyear: 'doy',
  weekday: 'dow',
  yearweek: 'week',
}

/** The field that a word names (`years`, `usec`, `DOW`); null when it is none. */
export function timeFieldOf(word: string): TimeField | null {
  const lower = word.trim().toLowerCase()
  if (NAMES.has(lower)) return lower as TimeField
  if (Object.hasOwn(ALIASES, lower)) return ALIASES[lower]!
  return timeUnitOf(lower) as TimeField | null
}

/** A field of a day number. */
export function dateField(field: DateField, days: number): number {
  switch (field) {
    case 'dow':
      return (((days + 4) % 7) + 7) % 7
    case 'isodow':
      return ((((days + 3) % 7) + 7) % 7) + 1
    case 'julian':
      return days + 2_440_588
    case 'week':
    case 'isoyear':
      return isoWeek(days)[field]
    default:
  }
  const { year, month, day } = civilFromDays(days)
  switch (field) {
    case 'year':
      // PostgreSQL counts 1 BC as -1.
      return year > 0 ? year : year - 1
    case 'quarter':
      return Math.floor((month + 2) / 3)
    case 'month':
      return month
    case 'day':
      return day
    case 'doy':
      return days - daysFromCivil(year, 1, 1) + 1
    case 'decade':
      return Math.floor(year / 10)
    case 'century':
      return year > 0 ? Math.floor((year + 99) / 100) : -Math.floor((99 - (year - 1)) / 100)
    case 'millennium':
      return year > 0 ? Math.floor((year + 999) / 1000) : -Math.floor((999 - (year - 1)) / 1000)
  }
}

function isoWeek(days: number): { week: number; isoyear: number } {
  // The year of a week is that of its Thursday.
  const thursday = days - (dateField('isodow', days) - 1) + 3
  const { year } = civilFromDays(thursday)
  const week = Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1
  return { week, isoyear: year > 0 ? year : year - 1 }
}

/** Whether extract gives a fraction (as micros) for the field. */
export function isFraction(field: TimeField): field is FractionField {
  return field === 'second' || field === 'millisecond' || field === 'epoch'
}

/**
 * The field's value: a whole number, or for fraction fields in millionths (of a second; of a millisecond for `millisecond`).
 * 0A000 `unit "x" not supported for type y` as PostgreSQL.
 */
export function extractField(field: TimeField, value: LiteralValue, type: DataType, timeZone: string): bigint {
  switch (type.kind) {
    case 'date':
      if (field === 'epoch') return BigInt(value as number) * MICROS_PER_DAY
      if (isDateField(field)) return BigInt(dateField(field, value as number))
      break
    case 'time':
      if (field === 'epoch') return value as bigint
      if (isClock(field)) return clockField(field, value as bigint)
      break
    case 'timetz': {
      const { micros, offset } = zonedTimeOf(value as Uint8Array)
      if (field === 'epoch') return micros - BigInt(offset) * MICROS_PER_SECOND
      if (field === 'timezone') return BigInt(offset)
      if (field === 'timezone_hour') return BigInt(Math.trunc(offset / 3600))
      if (field === 'timezone_minute') return BigInt(Math.trunc((offset % 3600) / 60))
      if (isClock(field)) return clockField(field, micros)
      break
    }
    case 'timestamp':
      return ofTimestamp(field, value as bigint, type, timeZone)
    case 'interval':
      return ofInterval(field, value as IntervalValue)
    default:
  }
  throw unsupportedField(field, type)
}

function unsupportedField(field: string, type: DataType): SqlError {
  return new SqlError('0A000', `unit "${field}" not supported for type ${typeName(type)}`)
}

/** 22023 `unit "x" not recognized for type y`. */
export function unknownField(word: string, type: DataType): SqlError {
  return new SqlError('22023', `unit "${word}" not recognized for type ${typeName(type)}`)
}

function isClock(field: TimeField): field is ClockField | 'second' | 'millisecond' {
  return (
    field === 'hour' || field === 'minute' || field === 'second' || field === 'millisecond' || field === 'microsecond'
  )
}

function isDateField(field: TimeField): field is DateField {
  return !isClock(field) && field !== 'epoch' && !field.startsWith('timezone')
}

function clockField(field: ClockField | 'second' | 'millisecond', time: bigint): bigint {
  switch (field) {
    case 'hour':
      return time / MICROS_PER_HOUR
    case 'minute':
      return (time / MICROS_PER_MINUTE) % 60n
    case 'second':
    case 'microsecond':
      return time % MICROS_PER_MINUTE
    case 'millisecond':
      return (time % MICROS_PER_MINUTE) * 1000n
  }
}

function ofTimestamp(
  field: TimeField,
  ticks: bigint,
  type: DataType & { kind: 'timestamp' },
  timeZone: string,
): bigint {
  const utc = type.unit === 'ns' ? floorDivide(ticks, 1000n) : ticks
  if (field === 'epoch') return utc
  if (!type.zone && field.startsWith('timezone')) throw unsupportedField(field, type)
  if (field === 'timezone') return BigInt(zoneOffsetSeconds(utc, timeZone))
  if (field === 'timezone_hour') return BigInt(Math.trunc(zoneOffsetSeconds(utc, timeZone) / 3600))
  if (field === 'timezone_minute') return BigInt(Math.trunc((zoneOffsetSeconds(utc, timeZone) % 3600) / 60))
  const { days, time } = splitMicros(type.zone ? utcToLocal(utc, timeZone) : utc)
  return isClock(field) ? clockField(field, time) : BigInt(dateField(field as DateField, days))
}

/** The Julian day of a timestamp, and the micros of the day since midnight. */
export function julianDay(
  ticks: bigint,
  type: DataType & { kind: 'timestamp' },
  timeZone: string,
): { readonly days: bigint; readonly time: bigint } {
  const utc = type.unit === 'ns' ? floorDivide(ticks, 1000n) : ticks
  const { days, time } = splitMicros(type.zone ? utcToLocal(utc, timeZone) : utc)
  return { days: BigInt(dateField('julian', days)), time }
}

function ofInterval(field: TimeField, { months, days, micros }: IntervalValue): bigint {
  switch (field) {
    case 'hour':
      return micros / MICROS_PER_HOUR
    case 'minute':
      return (micros / MICROS_PER_MINUTE) % 60n
    case 'second':
    case 'microsecond':
      return micros % MICROS_PER_MINUTE
    case 'millisecond':
      return (micros % MICROS_PER_MINUTE) * 1000n
    case 'day':
      return BigInt(days)
    case 'month':
      return BigInt(months % 12)
    case 'quarter':
      return BigInt(Math.trunc((months % 12) / 3) + 1)
    case 'year':
      return BigInt(Math.trunc(months / 12))
    case 'decade':
      return BigInt(Math.trunc(months / 120))
    case 'century':
      return BigInt(Math.trunc(months / 1200))
    case 'millennium':
      return BigInt(Math.trunc(months / 12_000))
    case 'epoch': {
      // Years of 365.25 days, as PostgreSQL.
      const years = Math.trunc(months / 12)
      const yearMicros = (BigInt(years) * MICROS_PER_DAY * 1461n) / 4n
      return yearMicros + (BigInt(months % 12) * 30n + BigInt(days)) * MICROS_PER_DAY + micros
    }
    default:
      throw unsupportedField(field, { kind: 'interval' })
  }
}

/** The start of the unit (year, quarter, month, week, day, hour, ...) that local micros lie in. */
export function truncateMicros(unit: string, micros: bigint, type: DataType): bigint {
  const step = CLOCK_STEPS[unit]
  if (step !== undefined) return micros - floorModulo(micros, step)
  const { days } = splitMicros(micros)
  return BigInt(truncateDays(unit, days, type)) * MICROS_PER_DAY
}

/** Whether the unit is a part of an hour or an hour: zones then keep their distance from UTC. */
export function isWithinHour(unit: string): boolean {
  return CLOCK_STEPS[unit] !== undefined && unit !== 'day'
}

/** Micros of a unit that is never longer or shorter; undefined for others. */
export function clockStepOf(unit: string): bigint | undefined {
  return CLOCK_STEPS[unit]
}

const CLOCK_STEPS: Record<string, bigint | undefined> = {
  microsecond: 1n,
  millisecond: 1000n,
  second: MICROS_PER_SECOND,
  minute: MICROS_PER_MINUTE,
  hour: MICROS_PER_HOUR,
  day: MICROS_PER_DAY,
}

function truncateDays(unit: string, days: number, type: DataType): number {
  if (unit === 'week') return days - (dateField('isodow', days) - 1)
  const { year, month } = civilFromDays(days)
  switch (unit) {
    case 'month':
      return daysFromCivil(year, month, 1)
    case 'quarter':
      return daysFromCivil(year, Math.floor((month - 1) / 3) * 3 + 1, 1)
    case 'year':
      return daysFromCivil(year, 1, 1)
    case 'decade':
      return daysFromCivil(Math.floor(year / 10) * 10, 1, 1)
    case 'century':
      return daysFromCivil(Math.floor((year - 1) / 100) * 100 + 1, 1, 1)
    case 'millennium':
      return daysFromCivil(Math.floor((year - 1) / 1000) * 1000 + 1, 1, 1)
    default:
      throw unknownField(unit, type)
  }
}

/** date_trunc of an interval. */
export function truncateInterval(unit: string, { months, days, micros }: IntervalValue): IntervalValue {
  const step = CLOCK_STEPS[unit]
  if (unit === 'day') return makeInterval(months, days, 0n)
  if (step !== undefined) return makeInterval(months, days, micros - (micros % step))
  const size = { month: 1, quarter: 3, year: 12, decade: 120, century: 1200, millennium: 12_000 }[unit]
  if (size === undefined) throw unsupportedField(unit, { kind: 'interval' })
  return makeInterval(months - (months % size), 0, 0n)
}
