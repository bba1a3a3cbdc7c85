/**
 * Dates and timestamps by a pattern of strptime: `%d/%m/%Y %H:%M:%S`.
 *
 * | %Y | %y | %m | %d | %H | %I | %p | %M | %S | %f | %z | %b %B | %a %A | %j | %-d, %-m, ... |
 *
 * %y is 1969 to 2068, as in C. A space stands for any spaces, other characters for themselves.
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { daysFromCivil, daysInMonth, localToUtc } from '../../expr/values/calendar.ts'
import { DAY_NAMES, MONTH_NAMES } from '../../expr/values/date-template.ts'
import { MICROS_PER_DAY } from '../../expr/values/interval.ts'

interface Parts {
  year: number
  month: number
  day: number
  dayOfYear: number
  hour: number
  minute: number
  second: number
  micros: number
  isAfternoon: boolean | undefined
  offsetMinutes: number | undefined
}

const DIGITS: Readonly<Record<string, string>> = {
  Y: String.raw`(\d{4})`,
  y: String.raw`(\d{2})`,
  m: String.raw`(\d{1,2})`,
  d: String.raw`(\d{1,2})`,
  j: String.raw`(\d{1,3})`,
  H: String.raw`(\d{1,2})`,
  I: String.raw`(\d{1,2})`,
  M: String.raw`(\d{1,2})`,
  S: String.raw`(\d{1,2})`,
  f: String.raw`(\d{1,9})`,
  z: String.raw`(Z|[+-]\d{2}(?::?\d{2})?)`,
  p: '([AaPp][Mm])',
  b: '([A-Za-z]+)',
  B: '([A-Za-z]+)',
  a: '([A-Za-z]+)',
  A: '([A-Za-z]+)',
}

/** Reads texts by a pattern; the function throws 22007 and 22008. Errors here: 0A000 for what the pattern may not hold. */
export function timeReader(type: DataType, format: string, timeZone: string): (text: string) => LiteralValue {
  const fields: string[] = []
  let source = ''
  for (let i = 0; i < format.length; i++) {
    const char = format[i]!
    if (char === ' ') source += String.raw`\s+`
    else if (char !== '%') source += char.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    else {
      let field = format[++i] ?? ''
      if (field === '-') field = format[++i] ?? ''
      if (field === '%') {
        source += '%'
        continue
      }
      const digits = Object.hasOwn(DIGITS, field) ? DIGITS[field] : undefined
      if (digits === undefined) throw unsupported(`"%${field}" in the format "${format}"`)
      source += digits
      fields.push(field)
    }
  }
  const pattern = new RegExp(`^\\s*${source}\\s*$`)
  return (text) => {
    const match = pattern.exec(text)
    if (match === null) {
      throw new SqlError('22007', `invalid input for the format "${format}": "${text}"`)
    }
    const parts: Parts = {
      ...{ year: 1900, month: 1, day: 1, dayOfYear: 0, hour: 0, minute: 0, second: 0, micros: 0 },
      ...{ isAfternoon: undefined, offsetMinutes: undefined },
    }
    fields.forEach((field, i) => setPart(parts, field, match[i + 1]!, text))
    return valueOf(parts, { type, text, timeZone })
  }
}

function setPart(parts: Parts, field: string, text: string, whole: string): void {
  const number = Number(text)
  switch (field) {
    case 'Y':
      parts.year = number
      return
    case 'y':
      parts.year = number + (number < 69 ? 2000 : 1900)
      return
    case 'm':
      parts.month = number
      return
    case 'd':
      parts.day = number
      return
    case 'j':
      parts.dayOfYear = number
      return
    case 'H':
    case 'I':
      parts.hour = number
      return
    case 'M':
      parts.minute = number
      return
    case 'S':
      parts.second = number
      return
    case 'f':
      parts.micros = Math.trunc(Number(text.padEnd(9, '0')) / 1000)
      return
    case 'p':
      parts.isAfternoon = text.toLowerCase() === 'pm'
      return
    case 'z':
      parts.offsetMinutes = offsetOf(text)
      return
    case 'b':
    case 'B':
      parts.month = nameAt(MONTH_NAMES, text, whole) + 1
      return
    default:
      nameAt(DAY_NAMES, text, whole)
  }
}

function offsetOf(text: string): number {
  if (text === 'Z') return 0
  const digits = text.slice(1).replace(':', '')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || '0')
  return text.startsWith('-') ? -minutes : minutes
}

function nameAt(names: readonly string[], text: string, whole: string): number {
  const wanted = text.toLowerCase()
  const place = names.findIndex((name) => name.toLowerCase() === wanted || name.slice(0, 3).toLowerCase() === wanted)
  if (place < 0) throw new SqlError('22007', `invalid name "${text}" in "${whole}"`)
  return place
}

function valueOf(
  parts: Parts,
  { type, text, timeZone }: { readonly type: DataType; readonly text: string; readonly timeZone: string },
): LiteralValue {
  const { year, month, day, dayOfYear, minute, second, micros, isAfternoon, offsetMinutes } = parts
  let { hour } = parts
  const outOfRange = (): SqlError => new SqlError('22008', `date/time field value out of range: "${text}"`)
  if (isAfternoon !== undefined) {
    if (hour < 1 || hour > 12) throw outOfRange()
    hour = (hour % 12) + (isAfternoon ? 12 : 0)
  }
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw outOfRange()
  if (hour > 23 || minute > 59 || second > 59) throw outOfRange()
  let days = daysFromCivil(year, month, day)
  if (dayOfYear > 0) {
    days = daysFromCivil(year, 1, 1) + dayOfYear - 1
    if (dayOfYear > 365 && days >= daysFromCivil(year + 1, 1, 1)) throw outOfRange()
  }
  if (type.kind !== 'timestamp') return days
  const clock = BigInt((hour * 60 + minute) * 60 + second) * 1_000_000n + BigInt(micros)
  const local = BigInt(days) * MICROS_PER_DAY + clock
  const utc =
    offsetMinutes === undefined
      ? type.zone
        ? localToUtc(local, timeZone)
        : local
      : local - BigInt(offsetMinutes) * 60_000_000n
  return type.unit === 'ns' ? utc * 1000n : utc
}
