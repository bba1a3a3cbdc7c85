/**
 * The proleptic Gregorian calendar and time zones.
 *
 * Days count from 1970-01-01, micros from 1970-01-01 00:00 UTC. Years are astronomical: year 0 is 1 BC. The algorithms are
 * H. Hinnant's `days_from_civil` and `civil_from_days` (chrono-Compatible Low-Level Date Algorithms), also in the kernels.
 */
import { abbreviationOffset } from './zone-abbreviations.ts'
import { SqlError } from '../../core/errors.ts'
import { TIMESTAMP_INFINITY, TIMESTAMP_MINUS_INFINITY } from '../../core/infinity.ts'
import type { IntervalValue } from '../expr.ts'
import { MICROS_PER_DAY } from './interval.ts'

export interface CivilDate {
  readonly year: number
  /** 1 to 12 */
  readonly month: number
  /** 1 to 31 */
  readonly day: number
}

/** Days of the calendar date. Months outside 1..12 are not allowed; days may run over. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

export function civilFromDays(days: number): CivilDate {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const mp = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * mp + 2) / 5) + 1
  const month = mp + (mp < 10 ? 3 : -9)
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : MONTH_DAYS[month - 1]!
}

/** floor(a / b) for b > 0. */
export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b < 0n ? quotient - 1n : quotient
}

/** a mod b, never negative, for b > 0. */
export function floorModulo(a: bigint, b: bigint): bigint {
  const rest = a % b
  return rest < 0n ? rest + b : rest
}

/** Day number and micros within the day. */
export function splitMicros(micros: bigint): { days: number; time: bigint } {
  return {
    days: Number(floorDivide(micros, MICROS_PER_DAY)),
    time: floorModulo(micros, MICROS_PER_DAY),
  }
}

/** Adds months to a day number; a day that the month lacks becomes its last one. */
export function addMonths(days: number, months: number): number {
  const { year, month, day } = civilFromDays(days)
  const index = year * 12 + (month - 1) + months
  const nextYear = Math.floor(index / 12)
  const nextMonth = index - nextYear * 12 + 1
  return daysFromCivil(nextYear, nextMonth, Math.min(day, daysInMonth(nextYear, nextMonth)))
}

function timestampOutOfRange(): SqlError {
  return new SqlError('22008', 'timestamp out of range')
}

/** `micros` when it fits 64 bits and is not one of their extremes, which are infinities; else 22008. */
export function checkTimestamp(micros: bigint): bigint {
  if (micros <= TIMESTAMP_MINUS_INFINITY || micros >= TIMESTAMP_INFINITY) throw timestampOutOfRange()
  return micros
}

/** Local micros + interval: months first, then days, then micros. */
export function addToLocal(micros: bigint, { months, days, micros: rest }: IntervalValue): bigint {
  const { days: day, time } = splitMicros(micros)
  const moved = (months === 0 ? day : addMonths(day, months)) + days
  return checkTimestamp(BigInt(moved) * MICROS_PER_DAY + time + rest)
}

const formats = new Map<string, Intl.DateTimeFormat | null>()

/** Entries of `formats` at most: names come from users. */
const FORMATS_MAX = 64

function formatOf(zone: string): Intl.DateTimeFormat | null {
  let format = formats.get(zone)
  if (format === undefined) {
    if (formats.size >= FORMATS_MAX) formats.clear()
    format = makeFormat(zone)
    formats.set(zone, format)
  }
  return format
}

function makeFormat(zone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return null
  }
}

export function isUtc(zone: string): boolean {
  return /^(utc|gmt|z|zulu|etc\/utc|etc\/gmt)$/i.test(zone)
}

const FIXED_ZONE = /^(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$/i

/** Whether a time zone can be used: an IANA name, UTC or an offset such as +02:00. */
export function isTimeZone(zone: string): boolean {
  return isUtc(zone) || FIXED_ZONE.test(zone) || abbreviationOffset(zone) !== undefined || formatOf(zone) !== null
}

/** Seconds that the zone's clocks are ahead of UTC at a UTC instant. 22023 for unknown zones. */
export function zoneOffsetSeconds(utcMicros: bigint, zone: string): number {
  if (isUtc(zone)) return 0
  const fixed = FIXED_ZONE.exec(zone)
  if (fixed) {
    const seconds = Number(fixed[2]) * 3600 + Number(fixed[3] ?? 0) * 60 + Number(fixed[4] ?? 0)
    return fixed[1] === '-' ? -seconds : seconds
  }
  const abbreviated = abbreviationOffset(zone)
  if (abbreviated !== undefined) return abbreviated
  const format = formatOf(zone)
  if (format === null) throw new SqlError('22023', `time zone "${zone}" not recognized`)
  const millis = Number(floorDivide(utcMicros, 1000n))
  // Outside the range of JavaScript dates (the year 275760) rules are a guess anyway: take those at its end.
  const clamped = Math.max(-8.64e15 + 86_400_000, Math.min(8.64e15 - 86_400_000, millis))
  const parts: Record<string, string> = {}
  for (const { type, value } of format.formatToParts(clamped)) parts[type] = value
  const year = parts['era'] === 'BC' ? 1 - Number(parts['year']) : Number(parts['year'])
  const days = daysFromCivil(year, Number(parts['month']), Number(parts['day']))
  const clock = Number(parts['hour']) * 3600 + Number(parts['minute']) * 60 + Number(parts['second'])
  return days * 86_400 + clock - Math.floor(clamped / 1000)
}

/** UTC micros as the micros that the zone's clocks show. */
export function utcToLocal(micros: bigint, zone: string): bigint {
  return isUtc(zone) ? micros : checkTimestamp(micros + BigInt(zoneOffsetSeconds(micros, zone)) * 1_000_000n)
}

/**
 * The UTC micros at which the zone's clocks show `local`. Twice a year that is no or two instants: as PostgreSQL, the offset
 * before the change is taken for a time that is skipped, and the later one (standard time) for a time that repeats.
 */
export function localToUtc(local: bigint, zone: string): bigint {
  if (isUtc(zone)) return local
  const offset = (at: bigint): bigint => BigInt(zoneOffsetSeconds(at, zone)) * 1_000_000n
  const before = offset(local - MICROS_PER_DAY)
  const after = offset(local + MICROS_PER_DAY)
  if (before === after) return checkTimestamp(local - before)
  const late = local - after
  if (offset(late) === after) return checkTimestamp(late)
  return checkTimestamp(local - before)
}
