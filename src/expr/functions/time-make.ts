/** Times made from parts, and intervals brought to a usual form: make_* date_bin justify_* isfinite and the clock. */
import { SqlError, unsupported } from '../../core/errors.ts'
import {
  type DataType,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  INTEGER,
  INTERVAL,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from '../../core/types.ts'
import type { IntervalValue } from '../expr.ts'
import { addToLocal, checkTimestamp, floorDivide, localToUtc, utcToLocal } from '../values/calendar.ts'
import { MICROS_PER_DAY, makeInterval, negateInterval, withoutFiner } from '../values/interval.ts'
import { formatTimestamp } from '../values/time-text.ts'
import { define } from './define.ts'
import type { ScalarFunction } from './function.ts'
import type { Overloads } from './text-function.ts'
import { makeDate } from './time.ts'

const two = (value: number): string => value.toString().padStart(2, '0')

/** Micros of the day; 22008 when a part is out of range. */
function clockOf(hour: number, minute: number, second: number): bigint {
  const inRange = hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60
  if (!inRange || (hour === 24 && (minute > 0 || second > 0))) {
    throw new SqlError('22008', `time field value out of range: ${hour}:${two(minute)}:${second}`)
  }
  return BigInt(hour * 3600 + minute * 60) * 1_000_000n + BigInt(Math.round(second * 1_000_000))
}

type Parts = readonly [number, number, number, number, number, number, string?]

function bin(stride: IntervalValue, source: bigint, origin: bigint): bigint {
  if (stride.months !== 0) throw unsupported('binning timestamps into intervals of months or years')
  const size = BigInt(stride.days) * MICROS_PER_DAY + stride.micros
  if (size <= 0n) throw new SqlError('22008', 'stride must be greater than zero')
  return checkTimestamp(origin + floorDivide(source - origin, size) * size)
}

function justifyHours({ months, days, micros }: IntervalValue): IntervalValue {
  const whole = micros / MICROS_PER_DAY
  let time = micros - whole * MICROS_PER_DAY
  let day = days + Number(whole)
  if (day > 0 && time < 0n) {
    time += MICROS_PER_DAY
    day--
  } else if (day < 0 && time > 0n) {
    time -= MICROS_PER_DAY
    day++
  }
  return makeInterval(months, day, time)
}

function justifyDays({ months, days, micros }: IntervalValue): IntervalValue {
  let month = months + Math.trunc(days / 30)
  let day = days % 30
  if (month > 0 && day < 0) {
    day += 30
    month--
  } else if (month < 0 && day > 0) {
    day -= 30
    month++
  }
  return makeInterval(month, day + 0, micros)
}

function justifyBoth({ months, days, micros }: IntervalValue): IntervalValue {
  const whole = micros / MICROS_PER_DAY
  let time = micros - whole * MICROS_PER_DAY
  let day = days + Number(whole)
  let month = months + Math.trunc(day / 30)
  day %= 30
  if (month > 0 && (day < 0 || (day === 0 && time < 0n))) {
    day += 30
    month--
  } else if (month < 0 && (day > 0 || (day === 0 && time > 0n))) {
    day -= 30
    month++
  }
  if (day > 0 && time < 0n) {
    time += MICROS_PER_DAY
    day--
  } else if (day < 0 && time > 0n) {
    time -= MICROS_PER_DAY
    day++
  }
  return makeInterval(month, day + 0, time)
}

/** Leaves out `count` arguments from the end: each is 0 then. */
function upTo(types: readonly DataType[], result: DataType): Overloads {
  return Array.from({ length: types.length + 1 }, (_, count) => [types.slice(0, count), result] as const)
}

function moved(name: string, sign: 1 | -1, example: readonly [string, string]): ScalarFunction {
  return define(
    'time',
    name,
    `The timestamp ${sign > 0 ? 'plus' : 'minus'} an interval, days and months counted in a time zone (the session's unless given).`,
    example,
    [
      [[TIMESTAMPTZ, INTERVAL], TIMESTAMPTZ],
      [[TIMESTAMPTZ, INTERVAL, VARCHAR], TIMESTAMPTZ],
      [[TIMESTAMP, INTERVAL], TIMESTAMP],
    ],
    ([value, interval, zone]: readonly [bigint, IntervalValue, string?], { args }, session) => {
      const by = sign > 0 ? interval : negateInterval(interval)
      const type = args[0]!
      if (type.kind === 'timestamp' && !type.zone) return checkTimestamp(addToLocal(value, by))
      const where = zone ?? session.timeZone
      const local = addToLocal(utcToLocal(value, where), { ...by, micros: 0n })
      return checkTimestamp(localToUtc(local, where) + by.micros)
    },
    { volatility: 'stable' },
  )
}

const SIX = [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, DOUBLE] as const

function clockNow(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000))
}

export const timeMakeFunctions: readonly ScalarFunction[] = [
  define(
    'time',
    'make_time',
    'The time of an hour, minute and second.',
    ['make_time(8, 15, 23.5)', '08:15:23.5'],
    [[[INTEGER, INTEGER, DOUBLE], TIME]],
    ([hour, minute, second]: readonly [number, number, number]) => clockOf(hour, minute, second),
  ),
  define(
    'time',
    'make_timestamptz',
    "The timestamp with time zone of a year, month, day, hour, minute and second, in a time zone or the session's.",
    ["make_timestamptz(2013, 7, 15, 8, 15, 23.5, 'UTC') = TIMESTAMPTZ '2013-07-15 08:15:23.5+00'", 'true'],
    [
      [SIX, TIMESTAMPTZ],
      [[...SIX, VARCHAR], TIMESTAMPTZ],
    ],
    ([year, month, day, hour, minute, second, zone]: Parts, _types, session) => {
      const local = BigInt(makeDate(year, month, day)) * MICROS_PER_DAY + clockOf(hour, minute, second)
      return checkTimestamp(localToUtc(local, zone ?? session.timeZone))
    },
    { volatility: 'stable' },
  ),
  define(
    'time',
    'make_interval',
    'The interval of years, months, weeks, days, hours, mins and secs; each may be left out or given by name.',
    ['make_interval(days => 10)', '10 days'],
    upTo([INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, DOUBLE], INTERVAL),
    ([years = 0, months = 0, weeks = 0, days = 0, hours = 0, mins = 0, secs = 0]: readonly number[]) => {
      if (!Number.isFinite(secs)) throw new SqlError('22008', 'interval out of range')
      const micros = BigInt(hours * 3600 + mins * 60) * 1_000_000n + BigInt(Math.round(secs * 1_000_000))
      return makeInterval(years * 12 + months, weeks * 7 + days, micros)
    },
  ),
  moved('date_add', 1, ["date_add(TIMESTAMP '2021-10-31 00:00:00', INTERVAL '1 day')", '2021-11-01 00:00:00']),
  moved('date_subtract', -1, [
    "date_subtract(TIMESTAMP '2021-11-01 00:00:00', INTERVAL '1 day')",
    '2021-10-31 00:00:00',
  ]),
  define(
    'time',
    'date_bin',
    'The start of the interval of a size that a time lies in, counted from an origin.',
    ["date_bin('15 minutes', TIMESTAMP '2001-02-16 20:38:40', TIMESTAMP '2001-02-16 20:05:00')", '2001-02-16 20:35:00'],
    [
      [[INTERVAL, TIMESTAMP, TIMESTAMP], TIMESTAMP],
      [[INTERVAL, TIMESTAMPTZ, TIMESTAMPTZ], TIMESTAMPTZ],
    ],
    ([stride, source, origin]: readonly [IntervalValue, bigint, bigint]) => bin(stride, source, origin),
  ),
  define(
    'time',
    'interval_fields',
    '`x::INTERVAL DAY TO MINUTE`: the interval without what is finer than that field.',
    ["INTERVAL '1 day 02:03:04'::INTERVAL DAY TO MINUTE", '1 day 02:03:00'],
    [[[INTERVAL, VARCHAR], INTERVAL]],
    ([interval, field]: readonly [IntervalValue, string]) => withoutFiner(interval, field),
  ),
  define(
    'time',
    'justify_hours',
    'The interval with every 24 hours as a day.',
    ["justify_hours(INTERVAL '50 hours 10 minutes')", '2 days 02:10:00'],
    [[[INTERVAL], INTERVAL]],
    ([interval]: readonly [IntervalValue]) => justifyHours(interval),
  ),
  define(
    'time',
    'justify_days',
    'The interval with every 30 days as a month.',
    ["justify_days(INTERVAL '1 year 65 days')", '1 year 2 mons 5 days'],
    [[[INTERVAL], INTERVAL]],
    ([interval]: readonly [IntervalValue]) => justifyDays(interval),
  ),
  define(
    'time',
    'justify_interval',
    'The interval with hours as days, days as months, and one sign.',
    ["justify_interval(INTERVAL '1 mon -1 hour')", '29 days 23:00:00'],
    [[[INTERVAL], INTERVAL]],
    ([interval]: readonly [IntervalValue]) => justifyBoth(interval),
  ),
  define(
    'time',
    'isfinite',
    'Whether a date, timestamp, interval or number is finite.',
    ["isfinite(DATE '2001-02-16')", 'true'],
    [
      [[DOUBLE], BOOLEAN],
      [[DATE], BOOLEAN],
      [[TIMESTAMP], BOOLEAN],
      [[TIMESTAMPTZ], BOOLEAN],
      [[INTERVAL], BOOLEAN],
    ],
    ([value]: readonly [number | bigint | IntervalValue]) => typeof value !== 'number' || Number.isFinite(value),
  ),
  define(
    'time',
    'clock_timestamp',
    'The time at this very moment: it moves on within a statement.',
    ["clock_timestamp() > TIMESTAMPTZ '2001-01-01 00:00:00+00'", 'true'],
    [[[], TIMESTAMPTZ]],
    () => clockNow(),
    { volatility: 'volatile', aliases: ['get_current_timestamp'] },
  ),
  define(
    'time',
    'timeofday',
    'The time at this very moment, as text.',
    ['length(timeofday()) > 20', 'true'],
    [[[], VARCHAR]],
    (_args: readonly [], _types, session) => formatTimestamp(clockNow(), TIMESTAMPTZ, session.timeZone),
    { volatility: 'volatile' },
  ),
  define(
    'time',
    'make_timestamp_micros',
    'The timestamp of microseconds since 1970.',
    ['make_timestamp_micros(1500000)', '1970-01-01 00:00:01.5'],
    [[[BIGINT], TIMESTAMP]],
    ([micros]: readonly [bigint]) => micros,
    { aliases: ['timestamp_micros'] },
  ),
]
