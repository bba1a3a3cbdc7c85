/**
 * Dates, times and timestamps as text: PostgreSQL's ISO style out; ISO 8601 and its close relatives in (`1994-1-5`, `19940105`,
 * `1994/01/05`, `T` or blanks between date and time, fractions, `BC`, offsets, zone names); other forms are loose-date.ts's.
 */
import { SqlError } from '../../core/errors.ts'
import { DATE_INFINITY, DATE_MINUS_INFINITY, infinitySign, infinityText } from '../../core/infinity.ts'
import { type DataType, typeName } from '../../core/types.ts'
import {
  checkTimestamp,
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  floorDivide,
  isTimeZone,
  localToUtc,
  splitMicros,
  utcToLocal,
  zoneOffsetSeconds,
} from './calendar.ts'
import { MICROS_PER_DAY, formatTimeParts } from './interval.ts'
import { readLooseDate } from './loose-date.ts'

/** `1994-01-05`; years before 1 as `0044-03-15 BC`; `infinity`. */
export function formatDate(days: number): string {
  if (days === DATE_INFINITY || days === DATE_MINUS_INFINITY) return infinityText(days > 0 ? 1 : -1)
  const { year, month, day } = civilFromDays(days)
  const shown = year > 0 ? year : 1 - year
  const text = `${pad(shown, 4)}-${pad(month, 2)}-${pad(day, 2)}`
  return year > 0 ? text : `${text} BC`
}

function pad(value: number, width: number): string {
  return value.toString().padStart(width, '0')
}

/** `1994-01-05 12:30:00.5`, with zone `...+02`. `value` in the type's unit. */
export function formatTimestamp(value: bigint, type: DataType, timeZone: string): string {
  if (type.kind !== 'timestamp') throw new TypeError('not a timestamp')
  const sign = infinitySign(value, type)
  if (sign !== 0) return infinityText(sign)
  const unit = type.unit === 'ns' ? 1000n : 1n
  const utc = floorDivide(value, unit)
  const nanos = Number(value - utc * unit)
  const micros = type.zone ? utcToLocal(utc, timeZone) : utc
  const { days, time } = splitMicros(micros)
  const date = formatDate(days)
  const clock = withNanos(formatTimeParts(time), time, nanos)
  const zone = type.zone ? formatOffset(zoneOffsetSeconds(utc, timeZone)) : ''
  return date.endsWith(' BC') ? `${date.slice(0, -3)} ${clock}${zone} BC` : `${date} ${clock}${zone}`
}

/** Adds the digits below a microsecond to a formatted time. */
function withNanos(clock: string, time: bigint, nanos: number): string {
  if (nanos === 0) return clock
  const fraction = (time % 1_000_000n).toString().padStart(6, '0') + pad(nanos, 3)
  return `${clock.slice(0, 8)}.${fraction.replace(/0+$/, '')}`
}

/** `+02`, `-03:30`: of seconds east of Greenwich. */
export function formatOffset(seconds: number): string {
  const size = Math.abs(seconds)
  const parts = [pad(Math.floor(size / 3600), 2)]
  if (size % 3600 !== 0) parts.push(pad(Math.floor(size / 60) % 60, 2))
  if (size % 60 !== 0) parts.push(pad(size % 60, 2))
  return (seconds < 0 ? '-' : '+') + parts.join(':')
}

const DATE_TEXT =
  /^(?:(\d{4,6})-(\d{1,2})-(\d{1,2})|(\d{4,6})\/(\d{1,2})\/(\d{1,2})|(\d{4})(\d{2})(\d{2}))(?=$|[\sT]|BC)/i
const TIME_TEXT = /^(\d{1,2}):(\d{0,2})(?::(\d{0,2})(?:\.(\d{0,60}))?)?(\s*[ap]m\b)?/i

interface ParsedTimestamp {
  readonly days: number
  /** Nanoseconds of the day; may be 24 hours. */
  readonly nanos: bigint
  /** What follows the time, if anything: `Z`, `+02:00`, `Europe/Berlin`. */
  readonly zone: string | null
}

function parse(text: string, type: DataType): ParsedTimestamp | null {
  let rest = text.trim()
  if (rest.toLowerCase() === 'epoch') return { days: 0, nanos: 0n, zone: 'UTC' }
  let bc = false
  if (/\bBC$/i.test(rest)) {
    bc = true
    rest = rest.slice(0, -2).trim()
  }
  const date = DATE_TEXT.exec(rest)
  if (date === null) return parseLoose(text, type)
  const [y, m, d] = date
    .slice(1)
    .filter((part) => part !== undefined)
    .map(Number) as [number, number, number]
  if (m < 1 || m > 12 || d < 1 || y === 0 || d > daysInMonth(bc ? 1 - y : y, m)) throw fieldOutOfRange(text)
  const days = daysFromCivil(bc ? 1 - y : y, m, d)
  rest = rest.slice(date[0].length)
  const time = /^(?:\s*T\s*|\s+)(?=\d)/i.exec(rest)
  let nanos = 0n
  if (time !== null) {
    const clock = parseClock(rest.slice(time[0].length), text)
    if (clock === null) return parseLoose(text, type)
    ;({ nanos, rest } = clock)
  }
  const zone = rest.trim()
  if (zone !== '' && !isTimeZone(zone)) {
    if (/^[a-z/_]+$/i.test(zone) && type.kind === 'timestamp' && type.zone) {
      throw new SqlError('22023', `time zone "${zone}" not recognized`)
    }
    return parseLoose(text, type)
  }
  return { days, nanos, zone: zone === '' ? null : asOffset(zone) }
}

/** `GMT+8` is eight hours west, as POSIX has it; `+8` is east. */
function asOffset(zone: string): string {
  const posix = /^(?:gmt|utc)([-+])(.+)$/i.exec(zone)
  return posix === null ? zone : `${posix[1] === '+' ? '-' : '+'}${posix[2]!}`
}

/** The forms that are not ISO 8601. */
function parseLoose(text: string, type: DataType): ParsedTimestamp | null {
  const found = readLooseDate(text)
  if (found === 'range') throw fieldOutOfRange(text)
  if (found === 'invalid') return null
  const { days, zone: written } = found
  if (written !== null && !isTimeZone(written)) {
    const isName = written.includes('/') && type.kind === 'timestamp'
    if (isName) throw new SqlError('22023', `time zone "${written}" not recognized`)
    return null
  }
  const zone = written === null ? null : asOffset(written)
  if (found.clock === null) return { days, nanos: 0n, zone }
  const clock = parseClock(found.clock, text)
  return clock === null || clock.rest.trim() !== '' ? null : { days, nanos: clock.nanos, zone }
}

/** Halves go to the even one, as in PostgreSQL. */
function toMicros(nanos: bigint): bigint {
  const below = nanos / 1000n
  const rest = nanos % 1000n
  return rest > 500n || (rest === 500n && below % 2n === 1n) ? below + 1n : below
}

function parseClock(text: string, whole: string): { nanos: bigint; rest: string } | null {
  const match = TIME_TEXT.exec(text)
  if (match === null) return null
  let hours = Number(match[1])
  // `11:` and `11:1` are times too.
  const minutes = Number(match[2])
  const seconds = Number(match[3] ?? 0)
  const half = match[5]?.trim().toLowerCase()
  if (half !== undefined) {
    if (hours < 1 || hours > 12) throw fieldOutOfRange(whole)
    hours = (hours % 12) + (half === 'pm' ? 12 : 0)
  }
  const digits = match[4] ?? ''
  // Digits beyond nanoseconds round.
  const fraction = (BigInt((digits + '0000000000').slice(0, 10)) + 5n) / 10n
  const nanos = BigInt(hours * 3600 + minutes * 60 + seconds) * 1_000_000_000n + fraction
  if (minutes > 59 || seconds > 60 || nanos > 86_400_000_000_000n) throw fieldOutOfRange(whole)
  return { nanos, rest: text.slice(match[0].length) }
}

function fieldOutOfRange(text: string): SqlError {
  return new SqlError('22008', `date/time field value out of range: "${text}"`)
}

/** `invalid input syntax for type date: "x"`. */
export function invalidTime(type: DataType, text: string): SqlError {
  return new SqlError('22007', `invalid input syntax for type ${typeName(type)}: "${text}"`)
}

/** Days since 1970-01-01. 22007, 22008. */
export function parseDate(text: string): number {
  const type: DataType = { kind: 'date' }
  const parsed = parse(text, type)
  if (parsed === null) throw invalidTime(type, text)
  return parsed.days
}

/** The timestamp in the type's unit; text without a zone is local time of `timeZone` for types with zone. 22007, 22008, 22023. */
export function parseTimestamp(text: string, type: DataType, timeZone: string): bigint {
  const parsed = parse(text, type)
  if (parsed === null || type.kind !== 'timestamp') throw invalidTime(type, text)
  const day = BigInt(parsed.days) * MICROS_PER_DAY
  const zone = parsed.zone === 'UTC' ? 'UTC' : (parsed.zone ?? timeZone)
  const toUtc = (local: bigint): bigint => (type.zone ? localToUtc(local, zone) : local)
  if (type.unit === 'us') return checkTimestamp(toUtc(day + toMicros(parsed.nanos)))
  return checkTimestamp(toUtc(day + parsed.nanos / 1000n) * 1000n + (parsed.nanos % 1000n))
}

/** The clock that a text begins with, and what follows it; null where there is none. 22008. */
export function readClock(text: string, whole: string): { readonly micros: bigint; readonly rest: string } | null {
  const clock = parseClock(text, whole)
  return clock && { micros: toMicros(clock.nanos), rest: clock.rest }
}

/** Micros of the day; `24:00:00` is allowed. 22007, 22008. */
export function parseTime(text: string): bigint {
  const trimmed = text.trim()
  const clock = parseClock(trimmed, text)
  if (clock === null || (clock.rest.trim() !== '' && !isTimeZone(clock.rest.trim()))) {
    throw invalidTime({ kind: 'time' }, text)
  }
  return toMicros(clock.nanos)
}
