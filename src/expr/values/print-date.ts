/** to_char of timestamps and intervals: each field of the pattern printed from the parts of the time. */
import { SqlError } from '../../core/errors.ts'
import { civilFromDays, daysFromCivil, splitMicros } from './calendar.ts'
import {
  DAY_NAMES,
  MONTH_NAMES,
  ROMAN_MONTHS,
  type TemplateField,
  ordinalOf,
  parseDateTemplate,
} from './date-template.ts'
import { dateField } from './time-fields.ts'

/** The parts of a time that patterns ask for. */
export interface PrintedTime {
  /** Days since 1970; null for intervals, which have no place in the calendar. */
  readonly days: number | null
  readonly year: number
  readonly month: number
  readonly day: number
  /** Hours of an interval may be beyond 23. */
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly micros: number
  /** Seconds ahead of UTC and the zone's short name; null for times without a zone. */
  readonly zone: { readonly offset: number; readonly name: string } | null
}

/** The parts of local micros. */
export function partsOfMicros(local: bigint, zone: PrintedTime['zone']): PrintedTime {
  const { days, time } = splitMicros(local)
  const seconds = Number(time / 1_000_000n)
  return {
    days,
    ...civilFromDays(days),
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    micros: Number(time % 1_000_000n),
    zone,
  }
}

/** The time by a pattern. 22007 for fields that an interval has not. */
export function printTime(time: PrintedTime, template: string): string {
  let out = ''
  for (const part of parseDateTemplate(template)) out += part.kind === 'text' ? part.text : printField(time, part)
  return out
}

function printField(time: PrintedTime, field: TemplateField): string {
  const name = printName(time, field)
  if (name !== null) return name
  const [value, width] = numberOf(time, field.name)
  const sign = value < 0 ? '-' : ''
  const digits = Math.abs(value).toString()
  // PostgreSQL: the sign of days takes one of their places.
  const isWithin = /^(DD|DDD|CC|Q)$/.test(field.name) || (field.name.startsWith('I') && time.year >= 0)
  const room = isWithin ? width - sign.length : width
  const filled = sign + (field.isBare ? digits : digits.padStart(room, '0'))
  const shown = field.name === 'Y,YYY' ? filled.replace(/(\d{3})$/, ',$1') : filled
  if (field.ordinal === null) return shown
  const suffix = ordinalOf(shown)
  return shown + (field.ordinal === 'TH' ? suffix.toUpperCase() : suffix)
}

/** Place of the month's roman number; those of negative intervals count back from December. */
function romanMonth({ month, year }: PrintedTime): number {
  if (month > 0) return month - 1
  return month < 0 ? month + 12 : year < 0 ? 0 : 11
}

function calendarDays({ days }: PrintedTime): number {
  if (days === null) {
    throw new SqlError('22007', 'invalid format specification for an interval value', {
      hint: 'Intervals are not tied to specific calendar dates.',
    })
  }
  return days
}

/** Fields that are words. */
function printName(time: PrintedTime, { name, written, isBare }: TemplateField): string | null {
  const likeWritten = (text: string, width: number): string => {
    const isUpper = written[1] === written[1]!.toUpperCase()
    const cased = isUpper ? text.toUpperCase() : written[0] === written[0]!.toUpperCase() ? text : text.toLowerCase()
    return isBare ? cased : cased.padEnd(width)
  }
  const lowerIf = (text: string): string => (written === written.toLowerCase() ? text.toLowerCase() : text)
  switch (name) {
    case 'MONTH':
    case 'MON': {
      calendarDays(time)
      const month = MONTH_NAMES[time.month - 1]!
      return name === 'MONTH' ? likeWritten(month, 9) : likeWritten(month.slice(0, 3), 3)
    }
    case 'DAY':
      return likeWritten(DAY_NAMES[dateField('dow', calendarDays(time))]!, 9)
    case 'DY':
      return likeWritten(DAY_NAMES[dateField('dow', calendarDays(time))]!.slice(0, 3), 3)
    case 'RM': {
      if (time.days === null && time.month === 0 && time.year === 0) return ''
      const roman = lowerIf(ROMAN_MONTHS[romanMonth(time)]!)
      return isBare ? roman : roman.padEnd(4)
    }
    case 'AM':
    case 'PM':
      return lowerIf(time.hour % 24 < 12 ? 'AM' : 'PM')
    case 'A.M.':
    case 'P.M.':
      return lowerIf(time.hour % 24 < 12 ? 'A.M.' : 'P.M.')
    case 'AD':
    case 'BC':
      calendarDays(time)
      return lowerIf(time.year > 0 ? 'AD' : 'BC')
    case 'A.D.':
    case 'B.C.':
      calendarDays(time)
      return lowerIf(time.year > 0 ? 'A.D.' : 'B.C.')
    default:
      return printZone(time, name, written)
  }
}

function printZone({ zone, days }: PrintedTime, name: string, written: string): string | null {
  if (!['TZ', 'TZH', 'TZM', 'OF'].includes(name)) return null
  if (days === null) throw new SqlError('22007', 'invalid format specification for an interval value')
  const offset = zone?.offset ?? 0
  const sign = offset < 0 ? '-' : '+'
  const hours = Math.floor(Math.abs(offset) / 3600)
  const minutes = Math.floor(Math.abs(offset) / 60) % 60
  const two = (value: number): string => value.toString().padStart(2, '0')
  if (name === 'TZ') {
    const shown = zone?.name ?? ''
    return written === 'tz' ? shown.toLowerCase() : shown.toUpperCase()
  }
  if (name === 'TZM') return two(minutes)
  return sign + two(hours) + (name === 'OF' && minutes !== 0 ? `:${two(minutes)}` : '')
}

/** Fields that are numbers, and to how many digits they are filled up. */
function numberOf(time: PrintedTime, name: string): readonly [number, number] {
  const clock = clockNumber(time, name)
  if (clock !== null) return clock
  const isCalendar = time.days !== null
  const shownYear = isCalendar && time.year <= 0 ? 1 - time.year : time.year
  switch (name) {
    case 'Y,YYY':
    case 'YYYY':
      return [shownYear, 4]
    case 'YYY':
      return [shownYear % 1000, 3]
    case 'YY':
      return [shownYear % 100, 2]
    case 'Y':
      return [shownYear % 10, 1]
    case 'MM':
      return [time.month, 2]
    case 'DD':
      return [time.day, 2]
    case 'Q':
      if (!isCalendar && time.month === 0) return [0, 1]
      return [Math.floor((time.month - 1) / 3) + 1, 1]
    case 'CC':
      if (!isCalendar) return [Math.trunc(time.year / 100), 2]
      return [dateField('century', time.days!), 2]
    case 'DDD':
      if (!isCalendar) return [time.year * 360 + time.month * 30 + time.day, 3]
      return [dateField('doy', time.days!), 3]
    case 'J':
      return [dateField('julian', calendarDays(time)), 0]
    case 'IYYY':
    case 'IYY':
    case 'IY':
    case 'I':
      if (!isCalendar) return yearDigits(name, intervalIsoYear(time))
      return isoNumber(time, name)
    default:
      return isoNumber(time, name)
  }
}

/** The last digits of a year, as many as the pattern has letters. */
function yearDigits(name: string, year: number): readonly [number, number] {
  return [name.length === 4 ? year : year % 10 ** name.length, name.length]
}

/** PostgreSQL takes the years, months and days of an interval for a date here, which may be none: month 0 belongs to the year before. */
function intervalIsoYear({ year, month, day }: PrintedTime): number {
  const days = julianOf(year, month, day)
  const firstWeek = (of: number): number => {
    const day4 = julianOf(of, 1, 4)
    return day4 - (((day4 % 7) + 7) % 7)
  }
  if (days < firstWeek(year)) return year - 1
  return Math.trunc((days - firstWeek(year)) / 7) + 1 >= 52 && days >= firstWeek(year + 1) ? year + 1 : year
}

/** The number of a day in the Gregorian calendar, also of months and days that are none: PostgreSQL's own arithmetic, which cuts towards zero. */
function julianOf(year: number, month: number, day: number): number {
  const [y, m] = month > 2 ? [year + 4800, month + 1] : [year + 4799, month + 13]
  const century = Math.trunc(y / 100)
  const leapDays = Math.trunc(y / 4) - century + Math.trunc(century / 4)
  return y * 365 - 32_167 + leapDays + Math.trunc((7834 * m) / 256) + day
}

function isoNumber(time: PrintedTime, name: string): readonly [number, number] {
  const days = calendarDays(time)
  const year = dateField('isoyear', days)
  const isoYear = year < 0 ? -year : year
  switch (name) {
    case 'IYYY':
      return [isoYear, 4]
    case 'IYY':
      return [isoYear % 1000, 3]
    case 'IY':
      return [isoYear % 100, 2]
    case 'I':
      return [isoYear % 10, 1]
    case 'IW':
      return [dateField('week', days), 2]
    case 'ID':
      return [dateField('isodow', days), 1]
    case 'D':
      return [dateField('dow', days) + 1, 1]
    case 'IDDD':
      return [(dateField('week', days) - 1) * 7 + dateField('isodow', days), 3]
    case 'WW':
      return [Math.floor((dateField('doy', days) - 1) / 7) + 1, 2]
    case 'W':
      return [Math.floor((days - daysFromCivil(time.year, time.month, 1)) / 7) + 1, 1]
    default:
      throw new SqlError('22007', `no such pattern: ${name}`)
  }
}

function clockNumber({ hour, minute, second, micros }: PrintedTime, name: string): readonly [number, number] | null {
  switch (name) {
    case 'HH24':
      return [hour, 2]
    case 'HH':
    case 'HH12':
      return hour % 12 === 0 ? [12, hour < 0 ? 3 : 2] : [hour % 12, 2]
    case 'MI':
      return [minute, 2]
    case 'SS':
      return [second, 2]
    case 'MS':
      return [Math.trunc(micros / 1000), 3]
    case 'US':
      return [micros, 6]
    case 'SSSS':
    case 'SSSSS':
      return [hour * 3600 + minute * 60 + second, 0]
    default: {
      const digits = /^FF([1-6])$/.exec(name)?.[1]
      if (digits === undefined) return null
      return [Math.trunc(micros / 10 ** (6 - Number(digits))), Number(digits)]
    }
  }
}
