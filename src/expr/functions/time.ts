/**
 * Functions of dates and times.
 *
 * EXTRACT(year FROM x) is the function `year` and so on (see extractFunctionName), because the type of its result depends on the field:
 * integer, or a decimal for second, millisecond and epoch. date_part('field', x) gives a double, as in PostgreSQL.
 */
import { SqlError } from '../../core/errors.ts'
import { DATE_INFINITY, DATE_MINUS_INFINITY } from '../../core/infinity.ts'
import {
  type DataType,
  BIGINT,
  DATE,
  DOUBLE,
  INTEGER,
  INTERVAL,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TIMETZ,
  VARCHAR,
  decimal,
} from '../../core/types.ts'
import { canCoerce } from '../coerce.ts'
import type { IntervalValue, LiteralValue } from '../expr.ts'
import {
  checkTimestamp,
  daysFromCivil,
  daysInMonth,
  floorDivide,
  localToUtc,
  splitMicros,
  utcToLocal,
  zoneOffsetSeconds,
} from '../values/calendar.ts'
import { MICROS_PER_DAY, timeUnitOf } from '../values/interval.ts'
import {
  type TimeField,
  extractField,
  isFraction,
  isWithinHour,
  timeFieldOf,
  truncateInterval,
  truncateMicros,
  unknownField,
} from '../values/time-fields.ts'
import { zoneByName } from '../values/zone-by-name.ts'
import { atOffset, zonedTimeBytes } from '../values/zoned-time.ts'
import { datePartVectors, extractVectors, truncateVectors } from '../vectors/time.ts'
import type { ScalarFunction, SessionValues, Signature } from './function.ts'
import { overloads } from './overloads.ts'
import { ageBetween, isTimeLike } from './time-arithmetic.ts'

const common = { category: 'time', nulls: 'strict' } as const

/** The registry's function for EXTRACT(field FROM ...); null when PostgreSQL has no such field. */
export function extractFunctionName(field: string): string | null {
  const known = timeFieldOf(field)
  return known === null ? null : functionOf(known)
}

function functionOf(field: TimeField): string {
  return field.startsWith('timezone') ? `extract_${field}` : field
}

const FIELDS: readonly (readonly [TimeField, readonly string[], string, string])[] = [
  ['year', [], 'Year', '2001'],
  ['quarter', [], 'Quarter of the year, 1 to 4', '1'],
  ['month', [], 'Month, 1 to 12', '2'],
  ['week', ['weekofyear'], 'ISO week of the year', '7'],
  ['day', ['dayofmonth'], 'Day of the month', '16'],
  ['hour', [], 'Hour', '20'],
  ['minute', [], 'Minute', '38'],
  ['second', [], 'Second with its fraction', '40.500000'],
  ['millisecond', [], 'Seconds and their fraction in milliseconds', '40500.000'],
  ['microsecond', [], 'Seconds and their fraction in microseconds', '40500000'],
  ['epoch', [], 'Seconds since 1970-01-01 00:00 UTC', '982355920.500000'],
  ['dow', ['dayofweek'], 'Day of the week, Sunday is 0', '5'],
  ['isodow', [], 'Day of the week, Monday is 1, Sunday 7', '5'],
  ['doy', ['dayofyear'], 'Day of the year', '47'],
  ['isoyear', [], 'Year of the ISO week', '2001'],
  ['decade', [], 'Year divided by 10', '200'],
  ['century', [], 'Century', '21'],
  ['millennium', [], 'Millennium', '3'],
  ['julian', [], 'Julian day', '2451957'],
  ['timezone', [], 'Offset of the time zone from UTC in seconds', '0'],
  ['timezone_hour', [], 'Hours of the offset', '0'],
  ['timezone_minute', [], 'Minutes of the offset', '0'],
]

/** Digits: seconds of a minute, of 292,000 years, of a minute in milliseconds. */
function fieldType(field: TimeField): DataType {
  if (field === 'epoch') return decimal(18, 6)
  if (field === 'second') return decimal(8, 6)
  return field === 'millisecond' ? decimal(8, 3) : field === 'julian' ? INTEGER : INTEGER
}

function extractor([field, aliases, description, result]: (typeof FIELDS)[number]): ScalarFunction {
  const zoned = field.startsWith('timezone')
  const source = `TIMESTAMP${zoned ? 'TZ' : ''} '2001-02-16 20:38:40.5${zoned ? '+00' : ''}'`
  return {
    ...common,
    name: functionOf(field),
    aliases,
    description: `\`EXTRACT(${field.toUpperCase()} FROM x)\`: ${description}.`,
    example: { sql: `EXTRACT(${field.toUpperCase()} FROM ${source})`, result },
    resolve: ([type, ...rest]) => {
      if (type === undefined || rest.length > 0) return null
      if (type.kind === 'null') return { args: [TIMESTAMP], result: fieldType(field) }
      return isTimeLike(type) ? { args: [type], result: fieldType(field) } : null
    },
    volatility: 'immutable',
    scalar: ([value], types, session) => {
      const raw = extractField(field, value!, types.args[0]!, session.timeZone)
      if (field === 'millisecond') return raw / 1000n
      return isFraction(field) ? raw : Number(raw)
    },
    evaluate: extractVectors(field),
  }
}

const datePart: ScalarFunction = {
  ...common,
  name: 'date_part',
  aliases: ['extract'],
  description: 'A field of a date, time, timestamp or interval, as a double.',
  example: { sql: "date_part('year', DATE '2001-02-16')", result: '2001' },
  resolve: ([word, type, ...rest]) => {
    if (word === undefined || type === undefined || rest.length > 0 || !canCoerce(word, VARCHAR)) return null
    if (type.kind === 'null') return { args: [VARCHAR, TIMESTAMP], result: DOUBLE }
    return isTimeLike(type) ? { args: [VARCHAR, type], result: DOUBLE } : null
  },
  volatility: 'immutable',
  scalar: ([word, value], { args }, session) => {
    const field = timeFieldOf(word as string)
    if (field === null) throw unknownField(word as string, args[1]!)
    const raw = Number(extractField(field, value!, args[1]!, session.timeZone))
    return isFraction(field) ? raw / 1_000_000 : raw
  },
  evaluate: datePartVectors,
}

const dateTrunc: ScalarFunction = {
  ...common,
  name: 'date_trunc',
  description: 'The start of the year, quarter, month, week, day, hour, ... that a time lies in.',
  example: {
    sql: "date_trunc('month', TIMESTAMP '2001-02-16 20:38:40')",
    result: '2001-02-01 00:00:00',
  },
  resolve: ([word, type, zone, ...rest]) => {
    if (word === undefined || type === undefined || rest.length > 0 || !canCoerce(word, VARCHAR)) return null
    // PostgreSQL takes a date for a timestamp with time zone here.
    const taken = type.kind === 'date' || type.kind === 'null' ? TIMESTAMPTZ : type.kind === 'time' ? INTERVAL : type
    if (taken.kind !== 'timestamp' && taken.kind !== 'interval') return null
    if (zone === undefined) return { args: [VARCHAR, taken], result: taken }
    if (taken.kind !== 'timestamp' || !taken.zone || !canCoerce(zone, VARCHAR)) return null
    return { args: [VARCHAR, taken, VARCHAR], result: taken }
  },
  volatility: 'immutable',
  scalar: ([word, value, zone], { args }, session) => {
    const type = args[1]!
    const unit = timeUnitOf(word as string)
    if (unit === null) throw unknownField(word as string, type)
    if (type.kind === 'interval') return truncateInterval(unit, value as IntervalValue)
    const timeZone = zone === undefined ? session.timeZone : zoneByName(zone as string)
    return truncateTimestamp(unit, value as bigint, type, timeZone)
  },
  evaluate: truncateVectors,
}

function truncateTimestamp(unit: string, ticks: bigint, type: DataType, timeZone: string): bigint {
  if (type.kind !== 'timestamp') throw unknownField(unit, type)
  const perMicro = type.unit === 'ns' ? 1000n : 1n
  const micros = floorDivide(ticks, perMicro)
  if (!type.zone) return checkTimestamp(truncateMicros(unit, micros, type) * perMicro)
  const clock = utcToLocal(micros, timeZone)
  const local = truncateMicros(unit, clock, type)
  // The same hour may come twice where clocks are set back.
  if (isWithinHour(unit)) return checkTimestamp((micros - (clock - local)) * perMicro)
  return checkTimestamp(localToUtc(local, timeZone) * perMicro)
}

function now(
  name: string,
  aliases: readonly string[],
  description: string,
  result: DataType,
  value: (session: SessionValues) => LiteralValue,
): ScalarFunction {
  return {
    name,
    aliases,
    category: 'time',
    description,
    example: { sql: `${name}() = ${name}()`, result: 'true' },
    resolve: (args) => (args.length === 0 ? { args: [], result } : null),
    nulls: 'strict',
    volatility: 'stable',
    scalar: (_args, _types, session) => value(session),
  }
}

function localNow({ nowMicros, timeZone }: SessionValues): bigint {
  return utcToLocal(nowMicros, timeZone)
}

/** Days since 1970 of a date whose year counts BC below 0. 22008. */
export function makeDate(year: number, month: number, day: number): number {
  // PostgreSQL: year 0 does not exist, negative years are BC.
  const astronomical = year < 0 ? year + 1 : year
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(astronomical, month)) {
    throw new SqlError('22008', `date field value out of range: ${year}-${pad(month)}-${pad(day)}`)
  }
  const days = daysFromCivil(astronomical, month, day)
  if (days <= DATE_MINUS_INFINITY || days >= DATE_INFINITY) throw new SqlError('22008', 'date out of range')
  return days
}

function pad(value: number): string {
  return value.toString().padStart(2, '0')
}

const makeDateFunction: ScalarFunction = {
  ...common,
  name: 'make_date',
  description: 'The date of a year, month and day.',
  example: { sql: 'make_date(2013, 7, 15)', result: '2013-07-15' },
  resolve: overloads([[INTEGER, INTEGER, INTEGER], DATE]),
  volatility: 'immutable',
  scalar: (args) => makeDate(...(args as readonly number[] as [number, number, number])),
}

const makeTimestamp: ScalarFunction = {
  ...common,
  name: 'make_timestamp',
  description: 'The timestamp of a year, month, day, hour, minute and second.',
  example: { sql: 'make_timestamp(2013, 7, 15, 8, 15, 23.5)', result: '2013-07-15 08:15:23.5' },
  resolve: overloads([[INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, DOUBLE], TIMESTAMP]),
  volatility: 'immutable',
  scalar: (args) => {
    const [year, month, day, hour, minute, second] = args as readonly number[] as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const inRange = hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60
    if (!inRange || (hour === 24 && (minute > 0 || second > 0))) {
      throw new SqlError('22008', `time field value out of range: ${hour}:${pad(minute)}:${second}`)
    }
    const clock = BigInt(hour * 3600 + minute * 60) * 1_000_000n + BigInt(Math.round(second * 1_000_000))
    return checkTimestamp(BigInt(makeDate(year, month, day)) * MICROS_PER_DAY + clock)
  },
}

function resolveAge(args: readonly DataType[]): Signature | null {
  if (args.length < 1 || args.length > 2) return null
  if (!args.every((type) => canCoerce(type, TIMESTAMPTZ))) return null
  const zoned = args.some((type) => type.kind === 'timestamp' && type.zone) || args.some(({ kind }) => kind === 'date')
  const type = zoned ? TIMESTAMPTZ : TIMESTAMP
  return { args: args.map(() => type), result: INTERVAL }
}

const age: ScalarFunction = {
  ...common,
  name: 'age',
  description: 'The time from b (second argument) to a in years, months and days; age(a) is from a to today.',
  example: {
    sql: "age(TIMESTAMP '2001-04-10', TIMESTAMP '1957-06-13')",
    result: '43 years 9 mons 27 days',
  },
  resolve: resolveAge,
  volatility: 'stable',
  scalar: (values, { args }, session) => {
    const type = args[0]!
    const local = (value: LiteralValue): bigint =>
      type.kind === 'timestamp' && type.zone ? utcToLocal(value as bigint, session.timeZone) : (value as bigint)
    if (values.length === 2) return ageBetween(local(values[0]!), local(values[1]!))
    const today = BigInt(splitMicros(localNow(session)).days) * MICROS_PER_DAY
    return ageBetween(today, local(values[0]!))
  },
}

/** The time at the offset that a zone has now, or that an interval is. */
function zonedAt(zone: LiteralValue, value: Uint8Array, { nowMicros }: SessionValues): Uint8Array {
  if (typeof zone === 'string') {
    const offset = zoneOffsetSeconds(nowMicros, zoneByName(zone))
    return atOffset(value, offset)
  }
  return atOffset(value, Number(offsetMicros(zone as IntervalValue) / 1_000_000n))
}

function offsetMicros({ months, days, micros }: IntervalValue): bigint {
  if (months !== 0 || days !== 0) {
    throw new SqlError('22023', 'interval time zone must not include months or days')
  }
  return micros - (micros % 1_000_000n)
}

/** Local micros of a zone from micros in UTC, or the other way round. */
function movedTo(zone: LiteralValue, micros: bigint, toLocal: boolean): bigint {
  if (typeof zone !== 'string') {
    const offset = offsetMicros(zone as IntervalValue)
    return toLocal ? micros + offset : micros - offset
  }
  const name = zoneByName(zone)
  return toLocal ? utcToLocal(micros, name) : localToUtc(micros, name)
}

const timezone: ScalarFunction = {
  ...common,
  name: 'timezone',
  description: '`x AT TIME ZONE zone`: local time of a zone from a timestamp with time zone, and the other way round.',
  example: {
    sql: "TIMESTAMP '2001-02-16 20:38:40' AT TIME ZONE 'UTC' = TIMESTAMPTZ '2001-02-16 20:38:40+00'",
    result: 'true',
  },
  resolve: ([zone, type, ...rest]) => {
    if (zone === undefined || type === undefined || rest.length > 0) return null
    if (type.kind === 'timetz' && zone.kind === 'interval') return { args: [INTERVAL, TIMETZ], result: TIMETZ }
    if (zone.kind === 'interval' && type.kind === 'timestamp') {
      return { args: [INTERVAL, type], result: { ...type, zone: !type.zone } }
    }
    if (!canCoerce(zone, VARCHAR)) return null
    if (type.kind === 'timetz' || type.kind === 'time') return { args: [VARCHAR, TIMETZ], result: TIMETZ }
    const taken = type.kind === 'date' || type.kind === 'null' ? TIMESTAMPTZ : type
    if (taken.kind !== 'timestamp') return null
    return { args: [VARCHAR, taken], result: { ...taken, zone: !taken.zone } }
  },
  volatility: 'immutable',
  scalar: ([zone, value], { args }, session) => {
    if (args[1]!.kind === 'timetz') return zonedAt(zone!, value as Uint8Array, session)
    const type = args[1] as DataType & { kind: 'timestamp' }
    const unit = type.unit === 'ns' ? 1000n : 1n
    const micros = floorDivide(value as bigint, unit)
    const rest = (value as bigint) - micros * unit
    const moved = movedTo(zone!, micros, type.zone)
    return checkTimestamp(moved * unit + rest)
  },
}

export const timeFunctions: readonly ScalarFunction[] = [
  ...FIELDS.map(extractor),
  datePart,
  dateTrunc,
  now(
    'now',
    ['current_timestamp', 'transaction_timestamp'],
    'When the transaction began.',
    TIMESTAMPTZ,
    ({ nowMicros }) => nowMicros,
  ),
  now(
    'statement_timestamp',
    [],
    'When the statement began.',
    TIMESTAMPTZ,
    ({ nowMicros, statementMicros }) => statementMicros ?? nowMicros,
  ),
  now(
    'current_date',
    ['today'],
    "The session's date when the statement began.",
    DATE,
    (session) => splitMicros(localNow(session)).days,
  ),
  now('current_time', [], "The session's time of day with its offset when the statement began.", TIMETZ, (session) => {
    const offset = zoneOffsetSeconds(session.nowMicros, session.timeZone)
    return zonedTimeBytes({ micros: splitMicros(localNow(session)).time, offset })
  }),
  now('localtimestamp', [], "The session's local time when the statement began.", TIMESTAMP, localNow),
  now(
    'localtime',
    [],
    "The session's time of day when the statement began.",
    TIME,
    (session) => splitMicros(localNow(session)).time,
  ),
  makeDateFunction,
  makeTimestamp,
  age,
  timezone,
  {
    ...common,
    name: 'epoch_ms',
    description: 'Milliseconds since 1970-01-01 00:00 UTC.',
    example: { sql: "epoch_ms(TIMESTAMP '1970-01-01 00:00:01.5')", result: '1500' },
    resolve: overloads([[TIMESTAMP], BIGINT], [[TIMESTAMPTZ], BIGINT]),
    volatility: 'immutable',
    scalar: ([value]) => floorDivide(value as bigint, 1000n),
  },
]
