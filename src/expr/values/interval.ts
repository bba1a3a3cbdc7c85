/** Intervals: arithmetic and PostgreSQL's text forms (input: verbose, SQL standard, ISO 8601; output: the `postgres` style). */
import { SqlError } from '../../core/errors.ts'
import { infinityOf, infinitySign, infinityText } from '../../core/infinity.ts'
import { INTERVAL } from '../../core/types.ts'
import type { IntervalValue } from '../expr.ts'

export const MICROS_PER_SECOND = 1_000_000n
export const MICROS_PER_MINUTE: bigint = 60n * MICROS_PER_SECOND
export const MICROS_PER_HOUR: bigint = 60n * MICROS_PER_MINUTE
export const MICROS_PER_DAY: bigint = 24n * MICROS_PER_HOUR

export function makeInterval(months: number, days: number, micros: bigint): IntervalValue {
  if (!fitsInt32(months) || !fitsInt32(days) || BigInt.asIntN(64, micros) !== micros) throw intervalOutOfRange()
  // + 0 turns -0 into 0.
  const interval = { months: months + 0, days: days + 0, micros }
  // Nothing that is computed of what is finite becomes an infinity.
  if (infinitySign(interval, INTERVAL) !== 0) throw intervalOutOfRange()
  return interval
}

function fitsInt32(value: number): boolean {
  return value >= -0x8000_0000 && value <= 0x7fff_ffff
}

function intervalOutOfRange(): SqlError {
  return new SqlError('22008', 'interval out of range')
}

export function addIntervals(a: IntervalValue, b: IntervalValue): IntervalValue {
  return makeInterval(a.months + b.months, a.days + b.days, a.micros + b.micros)
}

export function negateInterval({ months, days, micros }: IntervalValue): IntervalValue {
  return makeInterval(months === 0 ? 0 : -months, days === 0 ? 0 : -days, -micros)
}

/** Fractions of months go to days (of 30 a month), fractions of days to micros, as PostgreSQL. */
export function scaleInterval(interval: IntervalValue, factor: number): IntervalValue {
  const { micros } = interval
  if (Math.abs(factor) === Infinity) return endlessInterval(interval, factor)
  const exact = Number.isInteger(factor) ? micros * BigInt(factor) : null
  return rescaled(interval, (part) => part * factor, exact)
}

/** Infinity times a length, whose sign it takes. */
function endlessInterval({ months, days, micros }: IntervalValue, factor: number): IntervalValue {
  const length = (BigInt(months) * 30n + BigInt(days)) * MICROS_PER_DAY + micros
  if (length === 0n) throw intervalOutOfRange()
  return infinityOf(INTERVAL, length > 0n === factor > 0 ? 1 : -1) as IntervalValue
}

/** Not the same as scaling by 1 / divisor, which may be a little off. */
export function divideInterval(interval: IntervalValue, divisor: number): IntervalValue {
  return rescaled(interval, (part) => part / divisor, null)
}

/** `exactMicros`: where they are known better than a double can say. */
function rescaled(
  { months, days, micros }: IntervalValue,
  scale: (part: number) => number,
  exactMicros: bigint | null,
): IntervalValue {
  const monthsExact = scale(months)
  const daysExact = scale(days)
  const microsExact = scale(Number(micros))
  // Far beyond what fits, and where doubles would overflow below.
  if (![scale(1), monthsExact, daysExact, microsExact].every((size) => Math.abs(size) < 1e20))
    throw intervalOutOfRange()
  const monthsWhole = Math.trunc(monthsExact)
  const daysWhole = Math.trunc(daysExact)
  const daysOfMonths = tidy((monthsExact - monthsWhole) * 30)
  const rest = tidy(daysExact - daysWhole + daysOfMonths - Math.trunc(daysOfMonths))
  const restDays = Math.trunc(rest)
  const restMicros = BigInt(Math.round((rest - restDays) * 86_400_000_000))
  return makeInterval(
    monthsWhole + 0,
    daysWhole + Math.trunc(daysOfMonths) + restDays + 0,
    (exactMicros ?? BigInt(Math.round(microsExact))) + restMicros,
  )
}

/** Takes the noise of binary fractions off: PostgreSQL rounds to a millionth of a second. */
function tidy(value: number): number {
  return Math.round(value * 86_400_000_000) / 86_400_000_000
}

/** `1 year 2 mons 3 days 04:05:06.789`; `00:00:00` for nothing. */
export function formatInterval(interval: IntervalValue): string {
  const sign = infinitySign(interval, INTERVAL)
  if (sign !== 0) return infinityText(sign)
  const { months, days, micros } = interval
  const parts: string[] = []
  const years = Math.trunc(months / 12)
  const rest = months % 12
  let negativeBefore = false
  const add = (amount: number, unit: string): void => {
    if (amount === 0) return
    const sign = negativeBefore && amount > 0 ? '+' : ''
    parts.push(`${sign}${amount} ${unit}${amount === 1 ? '' : 's'}`)
    negativeBefore = amount < 0
  }
  add(years, 'year')
  add(rest, 'mon')
  add(days, 'day')
  if (micros !== 0n || parts.length === 0) {
    const sign = micros < 0n ? '-' : negativeBefore ? '+' : ''
    parts.push(sign + formatTimeParts(micros < 0n ? -micros : micros))
  }
  return parts.join(' ')
}

/** HH:MM:SS[.ffffff] without trailing zeroes; hours may exceed 24. */
export function formatTimeParts(micros: bigint): string {
  const seconds = micros / MICROS_PER_SECOND
  const two = (value: bigint): string => value.toString().padStart(2, '0')
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`
  const fraction = micros % MICROS_PER_SECOND
  return fraction === 0n ? clock : `${clock}.${fraction.toString().padStart(6, '0').replace(/0+$/, '')}`
}

type UnitKind = 'months' | 'days' | 'micros'
const UNITS: Record<string, readonly [UnitKind, number]> = {
  microsecond: ['micros', 1],
  millisecond: ['micros', 1000],
  second: ['micros', 1_000_000],
  minute: ['micros', 60_000_000],
  hour: ['micros', 3_600_000_000],
  day: ['days', 1],
  week: ['days', 7],
  month: ['months', 1],
  quarter: ['months', 3],
  year: ['months', 12],
  decade: ['months', 120],
  century: ['months', 1200],
  millennium: ['months', 12_000],
}
const UNIT_ALIASES: Record<string, string> = {
  us: 'microsecond',
  usec: 'microsecond',
  usecond: 'microsecond',
  ms: 'millisecond',
  msec: 'millisecond',
  msecond: 'millisecond',
  s: 'second',
  sec: 'second',
  m: 'minute',
  min: 'minute',
  h: 'hour',
  hr: 'hour',
  d: 'day',
  w: 'week',
  mon: 'month',
  y: 'year',
  yr: 'year',
  dec: 'decade',
  c: 'century',
  cent: 'century',
  mil: 'millennium',
  centurie: 'century',
  millennia: 'millennium',
}

/** The canonical name of a time unit (`years`, `mon`, `MS`); null when it is none. */
export function timeUnitOf(word: string): string | null {
  const lower = word.toLowerCase()
  for (const name of [lower, lower.endsWith('s') ? lower.slice(0, -1) : lower]) {
    if (Object.hasOwn(UNITS, name)) return name
    if (Object.hasOwn(UNIT_ALIASES, name)) return UNIT_ALIASES[name]!
  }
  return null
}

interface Sum {
  months: number
  days: number
  micros: bigint
}

function addUnit(sum: Sum, unit: string, text: string): void {
  const [kind, factor] = UNITS[unit]!
  if (kind === 'micros') {
    sum.micros += scaledMicros(text, factor, unit === 'second' ? 'even' : 'down')
    return
  }
  const amount = Number(text) * factor
  const whole = Math.trunc(amount)
  const fraction = tidy(amount - whole)
  if (kind === 'days') {
    sum.days += whole
    sum.micros += BigInt(Math.round(fraction * 86_400_000_000))
  } else {
    sum.months += whole
    // PostgreSQL: a fraction of a year rounds to months, a fraction of a month goes to days.
    const days = tidy(fraction * 30)
    if (factor > 1) sum.months += Math.round(fraction)
    else {
      sum.days += Math.trunc(days)
      sum.micros += BigInt(Math.round(tidy(days - Math.trunc(days)) * 86_400_000_000))
    }
  }
}

/** text * factor in micros without a detour over doubles: 0.1 s is 100000. */
function scaledMicros(text: string, factor: number, half: 'even' | 'down' = 'even'): bigint {
  const negative = text.startsWith('-')
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.')
  const digits = fraction.slice(0, 12)
  const scale = 10n ** BigInt(digits.length)
  const unscaled = BigInt((whole === '' ? '0' : whole) + digits) * BigInt(factor)
  const below = unscaled / scale
  const rest = 2n * (unscaled % scale)
  // PostgreSQL: halves go to the even one in clocks and seconds, towards zero in parts of other units.
  const up = rest > scale || (rest === scale && half === 'even' && below % 2n === 1n)
  const micros = up ? below + 1n : below
  return negative ? -micros : micros
}

const TOKEN =
  /\s*(?:(?<sign>[+-]?)(?<hours>\d{1,12}):(?<minutes>\d{1,2})(?::(?<seconds>\d{1,2}(?:\.\d{0,12})?))?|(?<span>[+-]?\d{1,9}-\d{1,2})(?![-:.\d])|(?<number>[+-]?\s*(?:\d{1,20}(?:\.\d{0,15})?|\.\d{1,15}))\s*(?<unit>[a-z]+)?|(?<ago>ago)|@)\s*/iy

/** Units that `INTERVAL '3' MONTH` may give to numbers without one. */
export type IntervalUnit = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'week' | 'quarter'

/** The interval that `text` writes; null when it writes none. `unit`: what plain numbers count (seconds unless said). */
export function parseInterval(text: string, unit: IntervalUnit = 'second'): IntervalValue | null {
  const trimmed = text.trim()
  if (/^[+-]?P/i.test(trimmed)) return parseIso(trimmed)
  const sum: Sum = { months: 0, days: 0, micros: 0n }
  let found = false
  let ago = false
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed)
    if (match === null || ago) return null
    const groups = match.groups!
    if (groups['ago'] !== undefined) ago = found
    else if (groups['hours'] !== undefined) found = addClock(sum, groups)
    else if (groups['span'] !== undefined) {
      const months = monthsOf(groups['span'])
      if (months === null) return null
      sum.months += months
      found = true
    } else if (groups['number'] !== undefined) {
      // A number before a clock counts days: `1 12:30`.
      const beforeClock = /^[+-]?\d+:/.test(trimmed.slice(TOKEN.lastIndex))
      const name = groups['unit'] === undefined ? (beforeClock ? 'day' : unit) : timeUnitOf(groups['unit'])
      if (name === null) return null
      addUnit(sum, name, groups['number'].replace(/\s/g, ''))
      found = true
    }
    if (groups['ago'] !== undefined && !found) return null
  }
  if (!found) return null
  const interval = makeInterval(sum.months, sum.days, sum.micros)
  return ago ? negateInterval(interval) : interval
}

/** `1-2` of the SQL standard: a year and two months. Null for more than 11 months. */
function monthsOf(span: string): number | null {
  const [, sign, years, months] = /^([+-]?)(\d+)-(\d+)$/.exec(span)!
  const count = Number(years) * 12 + Number(months)
  if (Number(months) > 11) return null
  return sign === '-' ? -count : count
}

function addClock(sum: Sum, groups: Record<string, string | undefined>): boolean {
  const hours = BigInt(groups['hours']!)
  const minutes = BigInt(groups['minutes']!)
  const seconds = scaledMicros(groups['seconds'] ?? '0', 1_000_000)
  const micros = hours * MICROS_PER_HOUR + minutes * MICROS_PER_MINUTE + seconds
  sum.micros += groups['sign'] === '-' ? -micros : micros
  return true
}

const ISO_DATE: Record<string, string> = { Y: 'year', M: 'month', W: 'week', D: 'day' }
const ISO_TIME: Record<string, string> = { H: 'hour', M: 'minute', S: 'second' }

function parseIso(text: string): IntervalValue | null {
  const match = /^([+-]?)P((?:[+-]?[\d.]{1,20}[YMWD])*)(?:T((?:[+-]?[\d.]{1,20}[HMS])+))?$/i.exec(text)
  if (match === null || (match[2] === '' && match[3] === undefined)) return null
  const sum: Sum = { months: 0, days: 0, micros: 0n }
  for (const [part, units] of [
    [match[2]!, ISO_DATE],
    [match[3] ?? '', ISO_TIME],
  ] as const) {
    for (const [, number, letter] of part.toUpperCase().matchAll(/([+-]?[\d.]+)([A-Z])/g)) {
      if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(number!)) return null
      addUnit(sum, units[letter!]!, number!)
    }
  }
  const interval = makeInterval(sum.months, sum.days, sum.micros)
  return match[1] === '-' ? negateInterval(interval) : interval
}

const MICROS_OF: Readonly<Record<string, bigint>> = { hour: 3_600_000_000n, minute: 60_000_000n }

/** Fields finer than the last one named are dropped: `INTERVAL '1 day 2 hours' DAY` is a day. */
export function withoutFiner({ months, days, micros }: IntervalValue, unit: string): IntervalValue {
  switch (unit) {
    case 'year':
      return { months: months - (months % 12), days: 0, micros: 0n }
    case 'month':
      return { months, days: 0, micros: 0n }
    case 'day':
      return { months, days, micros: 0n }
    case 'hour':
    case 'minute':
      return { months, days, micros: micros - (micros % MICROS_OF[unit]!) }
    default:
      return { months, days, micros }
  }
}
