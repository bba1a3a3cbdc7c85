/** to_date and to_timestamp: a text read by a pattern. Separators match any separators, or none; numbers take as many digits as there are. */
import { SqlError } from '../../core/errors.ts'
import { daysFromCivil, daysInMonth } from './calendar.ts'
import { DAY_NAMES, MONTH_NAMES, ROMAN_MONTHS, type TemplatePart, parseDateTemplate } from './date-template.ts'

/** Numbers read, by field. */
interface Fields {
  year?: number
  month?: number
  day?: number
  dayOfYear?: number
  isoYear?: number
  isoWeek?: number
  isoDay?: number
  isoDayOfYear?: number
  week?: number
  weekOfMonth?: number
  julian?: number
  century?: number
  hour?: number
  minute?: number
  second?: number
  secondOfDay?: number
  micros?: number
  isAfternoon?: boolean
  isTwelveHours?: boolean
  isBeforeChrist?: boolean
  zoneHours?: number
  zoneMinutes?: number
  zoneName?: string
}

export interface ReadTime {
  /** Days since 1970. */
  readonly days: number
  /** Micros of the day. */
  readonly time: bigint
  /** What the text says of its time zone: an offset or a name; null: nothing. */
  readonly zone: string | null
}

/** 22007 when the text does not fit the pattern, 22008 when a value is out of range. */
export function readTime(text: string, template: string): ReadTime {
  const fields: Fields = {}
  new Reader(text, parseDateTemplate(template), fields).read()
  const { zoneHours = 0 } = fields
  const zone =
    fields.zoneHours === undefined && fields.zoneMinutes === undefined
      ? (fields.zoneName ?? null)
      : `${zoneHours < 0 || Object.is(zoneHours, -0) ? '-' : '+'}${Math.abs(zoneHours)}:${(fields.zoneMinutes ?? 0).toString().padStart(2, '0')}`
  return { days: daysOf(fields, text), time: clockOf(fields, text), zone }
}

/** Digits that a number has at most when another number follows at once. */
const WIDTHS: Readonly<Record<string, number>> = {
  YYYY: 4,
  YYY: 3,
  YY: 2,
  Y: 1,
  IYYY: 4,
  IYY: 3,
  IY: 2,
  I: 1,
  MM: 2,
  DD: 2,
  DDD: 3,
  IDDD: 3,
  D: 1,
  ID: 1,
  WW: 2,
  IW: 2,
  W: 1,
  HH24: 2,
  HH12: 2,
  HH: 2,
  MI: 2,
  SS: 2,
  MS: 3,
  US: 6,
  CC: 2,
  Q: 1,
  SSSS: 5,
  SSSSS: 5,
  J: 7,
}

class Reader {
  readonly #text: string
  readonly #parts: readonly TemplatePart[]
  readonly #fields: Fields
  #at = 0

  constructor(text: string, parts: readonly TemplatePart[], fields: Fields) {
    this.#text = text
    this.#parts = parts
    this.#fields = fields
  }

  read(): void {
    this.#skipBlanks()
    this.#parts.forEach((part, i) => {
      if (part.kind === 'text') this.#skipText(part.text, part.isQuoted, this.#parts[i + 1])
      else {
        if (part.name !== 'TZH') this.#skipBlanks()
        if (this.#at < this.#text.length || part.name.startsWith('TZ')) this.#field(part.name, i)
        if (part.ordinal !== null) this.#at = Math.min(this.#text.length, this.#at + 2)
      }
    })
  }

  #skipBlanks(): void {
    while (this.#at < this.#text.length && /\s/.test(this.#text[this.#at]!)) this.#at++
  }

  #skipText(text: string, isQuoted: boolean, next: TemplatePart | undefined): void {
    if (isQuoted) {
      this.#at = Math.min(this.#text.length, this.#at + text.length)
      return
    }
    const char = this.#text[this.#at]
    if (char === undefined) return
    if (/[A-Za-z]/.test(text)) {
      this.#at++
      return
    }
    // A separator takes one of the text, of any kind, and the blanks around; a sign before a zone is the zone's own.
    this.#skipBlanks()
    if (next?.kind === 'field' && ['TZH', 'TZ', 'OF'].includes(next.name)) return
    if (/[^\sA-Za-z0-9]/.test(this.#text[this.#at] ?? 'x')) this.#at++
    this.#skipBlanks()
  }

  #field(name: string, index: number): void {
    if (this.#word(name)) return
    if (this.#zone(name)) return
    const digits = this.#digits(name, index)
    setNumber(this.#fields, name, digits)
  }

  #digits(name: string, index: number): string {
    const next = this.#parts[index + 1]
    const isNumberNext = next?.kind === 'field' && (Object.hasOwn(WIDTHS, next.name) || next.name.startsWith('FF'))
    const width = name === 'Y,YYY' ? 20 : (WIDTHS[name] ?? Number(/^FF(\d)/.exec(name)?.[1] ?? 20))
    const isFixed = isNumberNext || /^(MS|US|FF\d|YYY|YY|Y)$/.test(name)
    const pattern = name === 'Y,YYY' ? /^[+-]?\d+(?:,\d{3})?/ : /^[+-]?\d+/
    const found = pattern.exec(this.#text.slice(this.#at, this.#at + 40))
    if (found === null) throw this.#invalid(name)
    const limit = /^(MS|US|FF\d)$/.test(name) ? 6 : width
    const digits = isFixed && found[0].length > limit ? found[0].slice(0, limit) : found[0]
    this.#at += digits.length
    return digits.replace(',', '')
  }

  #invalid(name: string): SqlError {
    return new SqlError('22007', `invalid value "${this.#text.slice(this.#at, this.#at + 8)}" for "${name}"`)
  }

  /** One of `words` at the present place, any case: its index. */
  #oneOf(words: readonly string[], name: string): number {
    const rest = this.#text.slice(this.#at, this.#at + 12).toLowerCase()
    let best = -1
    words.forEach((word, i) => {
      if (rest.startsWith(word.toLowerCase()) && (best < 0 || words[best]!.length < word.length)) best = i
    })
    if (best < 0) throw this.#invalid(name)
    this.#at += words[best]!.length
    return best
  }

  #word(name: string): boolean {
    const fields = this.#fields
    const short = (words: readonly string[]): readonly string[] => words.map((word) => word.slice(0, 3))
    switch (name) {
      case 'MONTH':
        fields.month = this.#oneOf(MONTH_NAMES, name) + 1
        return true
      case 'MON':
        fields.month = this.#oneOf(short(MONTH_NAMES), name) + 1
        return true
      case 'RM':
        fields.month = this.#oneOf(ROMAN_MONTHS, name) + 1
        return true
      case 'DAY':
        this.#oneOf(DAY_NAMES, name)
        return true
      case 'DY':
        this.#oneOf(short(DAY_NAMES), name)
        return true
      case 'AM':
      case 'PM':
      case 'A.M.':
      case 'P.M.':
        fields.isAfternoon = this.#oneOf(['a.m.', 'p.m.', 'am', 'pm'], name) % 2 === 1
        fields.isTwelveHours = true
        return true
      case 'AD':
      case 'BC':
      case 'A.D.':
      case 'B.C.':
        fields.isBeforeChrist = this.#oneOf(['a.d.', 'b.c.', 'ad', 'bc'], name) % 2 === 1
        return true
      default:
        return false
    }
  }

  #zone(name: string): boolean {
    const rest = this.#text.slice(this.#at, this.#at + 40)
    if (name === 'TZM') {
      const minutes = /^\d{1,2}/.exec(rest)
      if (minutes !== null) {
        this.#fields.zoneMinutes = Number(minutes[0])
        this.#at += minutes[0].length
      }
      return true
    }
    if (name !== 'TZH' && name !== 'OF' && name !== 'TZ') return false
    const offset = /^\s*([+-]?)(\d{1,2})(?::?(\d{2}))?/.exec(rest)
    if (offset === null) {
      const word = /^[A-Za-z]+(?:\/[A-Za-z_]+)*/.exec(rest)
      if (word === null) return true
      this.#fields.zoneName = word[0]
      this.#at += word[0].length
      return true
    }
    this.#fields.zoneHours = Number(offset[2]) * (offset[1] === '-' ? -1 : 1)
    if (name !== 'TZH' && offset[3] !== undefined) this.#fields.zoneMinutes = Number(offset[3])
    this.#at +=
      name === 'TZH'
        ? offset[0].length - (offset[3]?.length ?? 0) - (/:\d{2}$/.test(offset[0]) ? 1 : 0)
        : offset[0].length
    return true
  }
}

/** Years of two digits are those nearest to 2020. */
function fullYear(digits: string, name: string): number {
  const value = Number(digits)
  if (name.length >= 4 || digits.length >= 4) return value
  if (value < 70) return 2000 + value
  if (value < 100) return 1900 + value
  return value < 520 ? 2000 + value : value < 1000 ? 1000 + value : value
}

const PLAIN: Readonly<Record<string, keyof Fields>> = {
  MM: 'month',
  DD: 'day',
  DDD: 'dayOfYear',
  IDDD: 'isoDayOfYear',
  IW: 'isoWeek',
  ID: 'isoDay',
  WW: 'week',
  W: 'weekOfMonth',
  J: 'julian',
  CC: 'century',
  HH24: 'hour',
  MI: 'minute',
  SS: 'second',
  SSSS: 'secondOfDay',
  SSSSS: 'secondOfDay',
}

function setNumber(fields: Fields, name: string, digits: string): void {
  const value = Number(digits)
  if (Object.hasOwn(PLAIN, name)) {
    ;(fields as Record<string, number>)[PLAIN[name]!] = value
    return
  }
  if (/^(Y,YYY|Y+)$/.test(name)) fields.year = fullYear(digits, name.replace(',', ''))
  else if (/^IY*$/.test(name)) fields.isoYear = fullYear(digits, name)
  else if (name === 'HH' || name === 'HH12') {
    if (value < 1 || value > 12) {
      throw new SqlError('22007', `hour "${value}" is invalid for the 12-hour clock`, {
        hint: 'Use the 24-hour clock, or give an hour between 1 and 12.',
      })
    }
    fields.hour = value
    fields.isTwelveHours = true
  } else if (name === 'MS') fields.micros = Number(digits.padEnd(3, '0').slice(0, 6).padEnd(6, '0'))
  else if (name === 'US') fields.micros = Number(digits.padEnd(6, '0').slice(0, 6))
  else if (/^FF\d$/.test(name)) {
    // All digits are read, and rounded to as many as there are to be.
    const unit = 10 ** (6 - Number(name[2]))
    fields.micros = Math.round(Number(digits.padEnd(6, '0').slice(0, 6)) / unit) * unit
  }
}

function outOfRange(text: string): SqlError {
  return new SqlError('22008', `date/time field value out of range: "${text}"`)
}

function clockOf(fields: Fields, text: string): bigint {
  let seconds = fields.secondOfDay
  if (seconds === undefined) {
    let hour = fields.hour ?? 0
    if (fields.isTwelveHours === true && fields.isAfternoon !== undefined)
      hour = (hour % 12) + (fields.isAfternoon ? 12 : 0)
    const minute = fields.minute ?? 0
    const second = fields.second ?? 0
    if (hour > 24 || minute > 59 || second > 59) throw outOfRange(text)
    seconds = hour * 3600 + minute * 60 + second
  }
  if (seconds > 86_400) throw outOfRange(text)
  return BigInt(seconds) * 1_000_000n + BigInt(fields.micros ?? 0)
}

/** Monday of the ISO year's first week. */
function isoStart(year: number): number {
  const fourth = daysFromCivil(year, 1, 4)
  return fourth - ((((fourth + 3) % 7) + 7) % 7)
}

function daysOf(fields: Fields, text: string): number {
  if (fields.julian !== undefined) return fields.julian - 2_440_588
  if (fields.isoYear !== undefined) {
    const start = isoStart(fields.isoYear)
    if (fields.isoDayOfYear !== undefined) return start + fields.isoDayOfYear - 1
    return start + ((fields.isoWeek ?? 1) - 1) * 7 + (fields.isoDay ?? 1) - 1
  }
  let year = fields.year ?? (fields.century === undefined ? undefined : (fields.century - 1) * 100 + 1)
  // PostgreSQL: without a year it is 1 BC.
  if (year === undefined) year = 0
  else {
    if (fields.isBeforeChrist === true) year = -year
    // Years below 1 are BC.
    if (year < 0) year += 1
  }
  if (fields.dayOfYear !== undefined && fields.month === undefined) {
    const length = daysFromCivil(year + 1, 1, 1) - daysFromCivil(year, 1, 1)
    if (fields.dayOfYear < 1 || fields.dayOfYear > length) throw outOfRange(text)
    return daysFromCivil(year, 1, 1) + fields.dayOfYear - 1
  }
  if (fields.week !== undefined && fields.month === undefined) return daysFromCivil(year, 1, 1) + (fields.week - 1) * 7
  const month = fields.month ?? 1
  const day = fields.day ?? (fields.weekOfMonth === undefined ? 1 : (fields.weekOfMonth - 1) * 7 + 1)
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw outOfRange(text)
  return daysFromCivil(year, month, day)
}
