/**
 * Dates and times in the forms that PostgreSQL reads besides ISO 8601, with DateStyle `ISO, MDY`.
 *
 *   January 8, 1999     8 Jan 1999     Jan-08-1999     08-Jan-99     1/8/1999 (month first)     1999.008 (day of the year)     J2451187
 *   990108     Fri Jan 8 04:05:06 1999 PST     19990108T040506     January 8, 99 BC
 *
 * A text is cut into words, numbers and clocks; each says what it is by its form and by what is known already. Two digits of a year are 1970 to 2069.
 *
 * Source: PostgreSQL's manual, appendix B, "Date/Time Input Interpretation".
 */
import { daysFromCivil, daysInMonth } from './calendar.ts'
import { DAY_NAMES, MONTH_NAMES } from './date-template.ts'

/** What a text says; null where it says nothing. */
export interface LooseDate {
  readonly days: number
  /** `04:05:06.789`, with ` AM` or ` PM`. */
  readonly clock: string | null
  /** As written: an offset, an abbreviation or a name. */
  readonly zone: string | null
}

/** `invalid`: no date at all. `range`: a date that the calendar does not have. */
export type LooseResult = LooseDate | 'invalid' | 'range'

const TEXT_LENGTH_MAX = 128

/** A clock, a date of three parts, a number, a word (also the name of a time zone), an offset. */
const TOKEN =
  /\s*,?\s*(?:(\d{1,2}:\d{2}(?::\d{2}(?:\.\d*)?)?)|([a-z\d]+)([-/.])([a-z\d]+)\3([a-z\d]+)(?![a-z\d])|(\d{4}-\d{3}(?!\d)|\d+(?:\.\d+)?)|([a-z]+(?:[/_][a-z_]+)*)|([-+]\d{1,2}(?::?\d{2}){0,2}))/iy

export function readLooseDate(text: string): LooseResult {
  if (text.length > TEXT_LENGTH_MAX) return 'invalid'
  const reader = new LooseReader()
  TOKEN.lastIndex = 0
  let at = 0
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)
    if (token === null || !reader.take(token)) return 'invalid'
    at = TOKEN.lastIndex
  }
  return reader.result()
}

class LooseReader {
  #year: number | null = null
  /** Whether the year has two digits, whose century is a guess. */
  #isShort = false
  #month: number | null = null
  /** Whether the month was a number, which a name behind it makes a day. */
  #isMonthNumber = false
  #day: number | null = null
  #dayOfYear: number | null = null
  #julian: number | null = null
  #isJulianNext = false
  #isBc = false
  #clock: string | null = null
  #half: string | null = null
  #zone: string | null = null
  /** After a T the digits of a number are a clock. */
  #isClockNext = false

  /** False when the token has no place. */
  take(token: RegExpExecArray): boolean {
    const [, clock, first, , second, third, number, word, offset] = token
    if (clock !== undefined) return this.#takeClock(clock)
    if (first !== undefined) return this.#takeParts([first, second!, third!])
    if (number !== undefined) return this.#takeNumber(number)
    if (word !== undefined) return this.#takeWord(word)
    if (offset === undefined || this.#clock === null || this.#zone !== null) return false
    this.#zone = offset
    return true
  }

  #takeClock(clock: string): boolean {
    if (this.#clock !== null) return false
    this.#clock = clock
    this.#isClockNext = false
    return true
  }

  #takeParts(parts: readonly [string, string, string]): boolean {
    if (this.#hasDate()) return false
    const named = parts.findIndex((part) => monthOf(part) !== null)
    const numbers = parts.filter((_, i) => i !== named)
    if (numbers.some((part) => !/^\d+$/.test(part)) || named === 2) return false
    if (named >= 0) {
      this.#month = monthOf(parts[named]!)
      const [a, b] = numbers as [string, string]
      return a.length > 2 ? this.#takeYear(a) && this.#takeDay(b) : this.#takeDay(a) && this.#takeYear(b)
    }
    const [a, b, c] = parts
    const [year, month, day] = a.length > 2 ? [a, b, c] : [c, a, b]
    this.#month = Number(month)
    return month.length <= 2 && this.#takeDay(day) && this.#takeYear(year)
  }

  #takeNumber(number: string): boolean {
    if (this.#isJulianNext) {
      this.#isJulianNext = false
      this.#julian = Number(number)
      return Number.isInteger(this.#julian)
    }
    if (this.#isClockNext || (this.#hasDate() && this.#clock === null)) return this.#takeDigits(number)
    if (this.#hasDate()) return false
    if (/^\d{4}[.-]\d{3}$/.test(number)) {
      this.#dayOfYear = Number(number.slice(5))
      return this.#takeYear(number.slice(0, 4))
    }
    if (!/^\d+$/.test(number)) return false
    if (this.#month === null && (number.length === 8 || number.length === 6)) {
      this.#month = Number(number.slice(-4, -2))
      return this.#takeYear(number.slice(0, -4)) && this.#takeDay(number.slice(-2))
    }
    if (number.length > 2 && this.#year === null) return this.#takeYear(number)
    if (this.#month === null && number.length <= 2) {
      this.#month = Number(number)
      this.#isMonthNumber = true
      return true
    }
    return this.#day === null && number.length <= 2 ? this.#takeDay(number) : this.#takeYear(number)
  }

  /** `0405`, `040506`, `040506.789`. */
  #takeDigits(number: string): boolean {
    const [whole = '', fraction] = number.split('.')
    if (whole.length !== 4 && whole.length !== 6) return false
    const seconds = whole.length === 6 ? `:${whole.slice(4)}` : ''
    const rest = fraction === undefined || seconds === '' ? '' : `.${fraction}`
    return this.#takeClock(`${whole.slice(0, 2)}:${whole.slice(2, 4)}${seconds}${rest}`)
  }

  #takeWord(word: string): boolean {
    const lower = word.toLowerCase()
    const month = monthOf(lower)
    if (month !== null && (this.#month === null || (this.#isMonthNumber && this.#day === null))) {
      this.#day ??= this.#month
      this.#month = month
      this.#isMonthNumber = false
      return true
    }
    switch (lower) {
      case 'am':
      case 'pm':
        if (this.#clock === null || this.#half !== null) return false
        this.#half = lower
        return true
      case 'bc':
      case 'bce':
        this.#isBc = true
        return true
      case 'ad':
      case 'ce':
      case 'at':
      case 'on':
        return true
      case 'j':
        this.#isJulianNext = !this.#hasDate()
        return this.#isJulianNext
      case 't':
        this.#isClockNext = this.#clock === null
        return this.#isClockNext
      default:
        if (isDayName(lower)) return true
        if (this.#zone !== null) return false
        this.#zone = word
        return true
    }
  }

  #takeDay(text: string): boolean {
    if (text.length > 2 || this.#day !== null) return false
    this.#day = Number(text)
    return true
  }

  #takeYear(text: string): boolean {
    if (text.length > 6 || this.#year !== null) return false
    this.#year = Number(text)
    this.#isShort = text.length <= 2
    return true
  }

  #hasDate(): boolean {
    if (this.#julian !== null) return true
    return this.#year !== null && (this.#dayOfYear !== null || (this.#month !== null && this.#day !== null))
  }

  result(): LooseResult {
    if (!this.#hasDate() || this.#isJulianNext || this.#isClockNext) return 'invalid'
    const days = this.#days()
    if (days === null) return 'range'
    const clock = this.#clock === null || this.#half === null ? this.#clock : `${this.#clock} ${this.#half}`
    return { days, clock, zone: this.#zone }
  }

  #days(): number | null {
    if (this.#julian !== null) return this.#julian - JULIAN_OF_1970
    const year = this.#fullYear()
    if (year === null) return null
    if (this.#dayOfYear !== null) {
      return this.#dayOfYear > 0 && this.#dayOfYear <= 366 ? daysFromCivil(year, 1, 1) + this.#dayOfYear - 1 : null
    }
    const [month, day] = [this.#month!, this.#day!]
    if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null
    return daysFromCivil(year, month, day)
  }

  /** As astronomers count: 1 BC is 0. */
  #fullYear(): number | null {
    const year = this.#year!
    if (this.#isBc) return year === 0 ? null : 1 - year
    if (this.#isShort) return year < 70 ? 2000 + year : 1900 + year
    return year === 0 ? null : year
  }
}

const JULIAN_OF_1970 = 2_440_588

/** 1 to 12 for a name of at least three letters. */
function monthOf(word: string): number | null {
  const lower = word.toLowerCase()
  if (lower === 'sept') return 9
  const month = MONTH_NAMES.findIndex(
    (name) => lower === name.toLowerCase() || lower === name.slice(0, 3).toLowerCase(),
  )
  return month < 0 ? null : month + 1
}

const SHORT_DAYS: ReadonlySet<string> = new Set(['tues', 'wednes', 'weds', 'thur', 'thurs'])

function isDayName(lower: string): boolean {
  if (SHORT_DAYS.has(lower)) return true
  return DAY_NAMES.some((name) => lower === name.toLowerCase() || lower === name.slice(0, 3).toLowerCase())
}
