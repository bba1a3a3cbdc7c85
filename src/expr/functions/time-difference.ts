/** What lies between times: overlaps, date_diff, and the functions of other dialects for days and months. */
import { SqlError } from '../../core/errors.ts'
import {
  type DataType,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  INTEGER,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import { commonType } from '../coerce.ts'
import {
  addMonths,
  checkTimestamp,
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  floorDivide,
  splitMicros,
} from '../values/calendar.ts'
import { compareValues } from '../values/compare.ts'
import { MICROS_PER_DAY, timeUnitOf } from '../values/interval.ts'
import { dateField, unknownField } from '../values/time-fields.ts'
import { define } from './define.ts'
import type { ScalarFunction, Signature } from './function.ts'

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** A period as OVERLAPS takes it: ends in order, a known one first. */
function period(a: LiteralValue, b: LiteralValue, type: DataType): readonly [LiteralValue, LiteralValue] {
  if (a === null) return [b, null]
  return b !== null && compareValues(a, b, type) > 0 ? [b, a] : [a, b]
}

function overlap(values: readonly LiteralValue[], { args }: Signature): boolean | null {
  const type = args[0]!
  const [start1, end1] = period(values[0]!, values[1]!, type)
  const [start2, end2] = period(values[2]!, values[3]!, type)
  if (start1 === null || start2 === null) return null
  const order = compareValues(start1, start2, type)
  if (order === 0) return end1 === null || end2 === null ? null : true
  const [later, early, late] = order > 0 ? [start1, end2, end1] : [start2, end1, end2]
  if (early === null) return null
  if (compareValues(later, early, type) < 0) return true
  return late === null ? null : false
}

/** Micros per unit, of those that have a length. */
const LENGTHS: Readonly<Record<string, bigint>> = {
  microsecond: 1n,
  millisecond: 1000n,
  second: 1_000_000n,
  minute: 60_000_000n,
  hour: 3_600_000_000n,
  day: MICROS_PER_DAY,
}

/** Months of a calendar unit. */
const MONTH_UNITS: Readonly<Record<string, number>> = {
  month: 1,
  quarter: 3,
  year: 12,
  decade: 120,
  century: 1200,
  millennium: 12_000,
}

function monthNumber(days: number): number {
  const { year, month } = civilFromDays(days)
  return year * 12 + month - 1
}

/** How many times a unit begins between two times. */
function boundaries(word: string, from: bigint, to: bigint): bigint {
  const unit = timeUnitOf(word)
  if (unit === null) throw unknownField(word, TIMESTAMP)
  const length = Object.hasOwn(LENGTHS, unit) ? LENGTHS[unit] : undefined
  if (length !== undefined) return floorDivide(to, length) - floorDivide(from, length)
  const [first, last] = [splitMicros(from).days, splitMicros(to).days]
  // 1970-01-05 was a Monday.
  if (unit === 'week') return BigInt(Math.floor((last + 3) / 7) - Math.floor((first + 3) / 7))
  const months = Object.hasOwn(MONTH_UNITS, unit) ? MONTH_UNITS[unit] : undefined
  if (months === undefined) throw unknownField(word, TIMESTAMP)
  return BigInt(Math.floor(monthNumber(last) / months) - Math.floor(monthNumber(first) / months))
}

/** How many whole units lie between two times. */
function wholeUnits(word: string, from: bigint, to: bigint): bigint {
  if (to < from) return -wholeUnits(word, to, from)
  const unit = timeUnitOf(word)
  const length =
    unit === 'week' ? 7n * MICROS_PER_DAY : unit !== null && Object.hasOwn(LENGTHS, unit) ? LENGTHS[unit] : undefined
  if (length !== undefined) return (to - from) / length
  const size = unit !== null && Object.hasOwn(MONTH_UNITS, unit) ? MONTH_UNITS[unit]! : null
  if (size === null) throw unknownField(word, TIMESTAMP)
  const [first, last] = [splitMicros(from), splitMicros(to)]
  let months = monthNumber(last.days) - monthNumber(first.days)
  const day = addMonths(first.days, months)
  if (day > last.days || (day === last.days && first.time > last.time)) months--
  return BigInt(Math.floor(months / size))
}

/** Months from b to a: whole when both are on the same day of the month or on its last one, else days count 1/31. */
function monthsBetween(a: bigint, b: bigint): number {
  const [later, earlier] = [splitMicros(a), splitMicros(b)]
  const [x, y] = [civilFromDays(later.days), civilFromDays(earlier.days)]
  const months = monthNumber(later.days) - monthNumber(earlier.days)
  const areLast = x.day === daysInMonth(x.year, x.month) && y.day === daysInMonth(y.year, y.month)
  if (x.day === y.day || areLast) return months
  const days = x.day - y.day + Number(later.time - earlier.time) / Number(MICROS_PER_DAY)
  return Math.round((months + days / 31) * 1e8) / 1e8
}

function nextDay(days: number, name: string): number | null {
  const wanted = DAYS.findIndex((day) => name.length >= 2 && day.toLowerCase().startsWith(name.toLowerCase()))
  if (wanted < 0) throw new SqlError('22007', `invalid day of the week: "${name}"`)
  return days + 1 + ((wanted - dateField('dow', days + 1) + 7) % 7)
}

function ofDate(
  name: string,
  description: string,
  example: readonly [string, string],
  result: DataType,
  compute: (days: number) => LiteralValue,
): ScalarFunction {
  return define(
    'time',
    name,
    description,
    example,
    [
      [[DATE], result],
      [[TIMESTAMP], result],
    ],
    ([value]: readonly [number | bigint]) => compute(typeof value === 'bigint' ? splitMicros(value).days : value),
  )
}

const BETWEEN = [
  [[VARCHAR, TIMESTAMP, TIMESTAMP], BIGINT],
  [[VARCHAR, TIMESTAMPTZ, TIMESTAMPTZ], BIGINT],
] as const

function epoch(name: string, what: string, result: string, convert: (micros: bigint) => bigint): ScalarFunction {
  return define(
    'time',
    name,
    `${what} since 1970-01-01 00:00 UTC.`,
    [`${name}(TIMESTAMP '1970-01-01 00:00:01.5')`, result],
    [
      [[TIMESTAMP], BIGINT],
      [[TIMESTAMPTZ], BIGINT],
    ],
    ([value]: readonly [bigint]) => convert(value),
  )
}

export const timeDifferenceFunctions: readonly ScalarFunction[] = [
  define(
    'time',
    'periods_overlap',
    '`(a, b) OVERLAPS (c, d)`: whether two periods have some time in common.',
    ["(DATE '2001-02-16', DATE '2001-12-21') OVERLAPS (DATE '2001-10-30', DATE '2002-10-30')", 'true'],
    (args) => {
      const common = args.length === 4 ? commonType(args) : null
      const type = common?.kind === 'null' ? TIMESTAMPTZ : common
      if (type === null || !['date', 'time', 'timestamp'].includes(type.kind)) return null
      return { args: args.map(() => type), result: BOOLEAN }
    },
    overlap,
    { nulls: 'custom' },
  ),
  define(
    'time',
    'date_diff',
    'How often a unit (`day`, `month`, ...) begins between two times.',
    ["date_diff('month', DATE '1992-09-30', DATE '1993-11-01')", '14'],
    BETWEEN,
    ([unit, from, to]: readonly [string, bigint, bigint]) => boundaries(unit, from, to),
  ),
  define(
    'time',
    'datediff',
    'Days from the second date to the first; with a unit before them as date_diff.',
    ["datediff(DATE '2009-07-31', DATE '2009-07-30')", '1'],
    [[[DATE, DATE], INTEGER], ...BETWEEN],
    (args: readonly (number | bigint | string)[]) =>
      args.length === 2
        ? (args[0] as number) - (args[1] as number)
        : boundaries(args[0] as string, args[1] as bigint, args[2] as bigint),
  ),
  define(
    'time',
    'date_sub',
    'How many whole units (`day`, `month`, ...) lie between two times.',
    ["date_sub('month', DATE '1992-09-30', DATE '1993-11-01')", '13'],
    BETWEEN,
    ([unit, from, to]: readonly [string, bigint, bigint]) => wholeUnits(unit, from, to),
    { aliases: ['datesub', 'timestampdiff'] },
  ),
  ofDate('last_day', 'The last day of the month.', ["last_day(DATE '2009-01-12')", '2009-01-31'], DATE, (days) => {
    const { year, month } = civilFromDays(days)
    return daysFromCivil(year, month, daysInMonth(year, month))
  }),
  ofDate(
    'dayname',
    'The English name of the day of the week.',
    ["dayname(DATE '1992-03-22')", 'Sunday'],
    VARCHAR,
    (days) => DAYS[dateField('dow', days)]!,
  ),
  ofDate(
    'monthname',
    'The English name of the month.',
    ["monthname(DATE '1992-09-20')", 'September'],
    VARCHAR,
    (days) => MONTHS[civilFromDays(days).month - 1]!,
  ),
  define(
    'time',
    'add_months',
    'The date some months later, the last of the month at most.',
    ["add_months(DATE '2016-08-31', 1)", '2016-09-30'],
    [[[DATE, INTEGER], DATE]],
    ([days, months]: readonly [number, number]) => addMonths(days, months),
  ),
  define(
    'time',
    'months_between',
    'Months from the second time to the first, with a fraction.',
    ["months_between(TIMESTAMP '1997-02-28 10:30:00', TIMESTAMP '1996-10-30')", '3.94959677'],
    [[[TIMESTAMP, TIMESTAMP], DOUBLE]],
    ([a, b]: readonly [bigint, bigint]) => monthsBetween(a, b),
  ),
  define(
    'time',
    'next_day',
    'The first date after one that falls on a day of the week.',
    ["next_day(DATE '2015-01-14', 'TU')", '2015-01-20'],
    [[[DATE, VARCHAR], DATE]],
    ([days, name]: readonly [number, string]) => nextDay(days, name),
  ),
  epoch('epoch_us', 'Microseconds', '1500000', (micros) => micros),
  epoch('epoch_ns', 'Nanoseconds', '1500000000', (micros) => checkTimestamp(micros * 1000n)),
  epoch('unix_timestamp', 'Whole seconds', '1', (micros) => floorDivide(micros, 1_000_000n)),
]
