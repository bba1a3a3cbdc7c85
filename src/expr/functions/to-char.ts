/** Times and numbers as text by a pattern, and back: to_char to_date to_timestamp to_number. */
import { SqlError } from '../../core/errors.ts'
import { TIMESTAMP_INFINITY, TIMESTAMP_MINUS_INFINITY } from '../../core/infinity.ts'
import {
  type DataType,
  DATE,
  DECIMAL_DIGITS_MAX,
  DOUBLE,
  INTERVAL,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
  decimal,
  isFloat,
  isNumeric,
} from '../../core/types.ts'
import { asDecimal, canCoerce } from '../coerce.ts'
import type { IntervalValue, LiteralValue } from '../expr.ts'
import { checkTimestamp, floorDivide, isUtc, localToUtc, utcToLocal, zoneOffsetSeconds } from '../values/calendar.ts'
import { parseDecimal } from '../values/decimal.ts'
import { MICROS_PER_DAY } from '../values/interval.ts'
import { parseNumberTemplate, printNumber, readNumber } from '../values/number-template.ts'
import { type PrintedTime, partsOfMicros, printTime } from '../values/print-date.ts'
import { readTime } from '../values/read-date.ts'
import { secondsToTimestamps, toCharVectors } from '../vectors/time-text.ts'
import { define } from './define.ts'
import type { ScalarFunction, SessionValues, Signature } from './function.ts'

/** Digits of a double that are sure. */
const DOUBLE_DIGITS = 15

function resolveToChar([type, format, ...rest]: readonly DataType[]): Signature | null {
  if (type === undefined || format === undefined || rest.length > 0 || !canCoerce(format, VARCHAR)) return null
  const taken = takenType(type)
  return taken && { args: [taken, VARCHAR], result: VARCHAR }
}

function takenType(type: DataType): DataType | null {
  if (type.kind === 'interval' || type.kind === 'timestamp') return type
  if (type.kind === 'date') return TIMESTAMP
  if (type.kind === 'time') return INTERVAL
  if (type.kind === 'null') return TIMESTAMPTZ
  if (isFloat(type)) return DOUBLE
  return isNumeric(type) ? asDecimal(type) : null
}

function toChar([value, format]: readonly [LiteralValue, string], { args }: Signature, session: SessionValues): string {
  const type = args[0]!
  if (type.kind === 'decimal') return printNumber(value as bigint, type.scale, format)
  if (type.kind === 'double') return printDouble(value as number, format)
  if (type.kind === 'interval') return printTime(partsOfInterval(value as IntervalValue), format)
  const isZoned = type.kind === 'timestamp' && type.zone
  const isNanos = type.kind === 'timestamp' && type.unit === 'ns'
  const micros = isNanos ? floorDivide(value as bigint, 1000n) : (value as bigint)
  if (!isZoned) return printTime(partsOfMicros(micros, null), format)
  const { timeZone } = session
  const zone = { offset: zoneOffsetSeconds(micros, timeZone), name: zoneName(micros, timeZone) }
  return printTime(partsOfMicros(utcToLocal(micros, timeZone), zone), format)
}

/** `CET`, `UTC`; an offset where the zone has no short name. */
function zoneName(micros: bigint, timeZone: string): string {
  if (isUtc(timeZone)) return 'UTC'
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'short' }).formatToParts(
      Number(floorDivide(micros, 1000n)),
    )
    return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone
  } catch {
    return timeZone
  }
}

function partsOfInterval({ months, days, micros }: IntervalValue): PrintedTime {
  const seconds = micros / 1_000_000n
  return {
    days: null,
    year: Math.trunc(months / 12),
    month: months % 12,
    day: days,
    hour: Number(seconds / 3600n),
    minute: Number((seconds / 60n) % 60n),
    second: Number(seconds % 60n),
    micros: Number(micros % 1_000_000n),
    zone: null,
  }
}

function printDouble(value: number, format: string): string {
  if (!Number.isFinite(value)) {
    const { before, after } = parseNumberTemplate(format)
    return ' '.concat('#'.repeat(before), after > 0 ? `.${'#'.repeat(after)}` : '')
  }
  const parsed = parseDecimal(Math.abs(value) >= 1e21 ? BigInt(value).toString() : plainDigits(value))
  if (parsed === null) throw new SqlError('22003', 'value out of range: overflow')
  return printNumber(parsed.value, parsed.scale, format)
}

/** The double's sure digits, without an exponent. */
function plainDigits(value: number): string {
  const [mantissa, exponent] = value.toExponential(DOUBLE_DIGITS - 1).split('e') as [string, string]
  const digits = mantissa.replace(/[-.]/g, '')
  const point = Number(exponent) + 1
  const sign = value < 0 ? '-' : ''
  if (point <= 0) return `${sign}0.${'0'.repeat(Math.min(-point, 350))}${digits}`
  if (point >= digits.length) return sign + digits.padEnd(point, '0')
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

function toTimestamp(
  [value, format]: readonly [number | string, string?],
  _types: Signature,
  session: SessionValues,
): bigint {
  if (typeof value === 'number') {
    if (Math.abs(value) === Infinity) return value > 0 ? TIMESTAMP_INFINITY : TIMESTAMP_MINUS_INFINITY
    const micros = Math.round(value * 1_000_000)
    if (!Number.isFinite(micros)) throw new SqlError('22008', 'timestamp out of range')
    return checkTimestamp(BigInt(micros))
  }
  const { days, time, zone } = readTime(value, format!)
  const local = BigInt(days) * MICROS_PER_DAY + time
  return localToUtc(local, zone ?? session.timeZone)
}

const DEFINITIONS: readonly ScalarFunction[] = [
  define(
    'time',
    'to_char',
    'A timestamp, interval or number as text after a pattern: `YYYY-MM-DD HH24:MI:SS`, `FM999,990.00`.',
    ["to_char(TIMESTAMP '2002-04-20 17:31:12.66', 'Day, DD  HH12:MI:SS')", 'Saturday , 20  05:31:12'],
    resolveToChar,
    toChar,
    { volatility: 'stable' },
  ),
  define(
    'time',
    'to_date',
    'The date that a text has by a pattern.',
    ["to_date('05 Dec 2000', 'DD Mon YYYY')", '2000-12-05'],
    [[[VARCHAR, VARCHAR], DATE]],
    ([text, format]: readonly [string, string]) => readTime(text, format).days,
  ),
  define(
    'time',
    'to_timestamp',
    'The timestamp with time zone of seconds since 1970, or that a text has by a pattern.',
    ["to_timestamp('05 Dec 2000', 'DD Mon YYYY') = TIMESTAMPTZ '2000-12-05 00:00:00+00'", 'true'],
    [
      [[DOUBLE], TIMESTAMPTZ],
      [[VARCHAR, VARCHAR], TIMESTAMPTZ],
    ],
    toTimestamp,
    { volatility: 'stable', aliases: ['from_unixtime'] },
  ),
  {
    ...define(
      'math',
      'to_number',
      'The number that a text has by a pattern.',
      ["to_number('12,454.8-', '99G999D9S')", '-12454.8'],
      [[[VARCHAR, VARCHAR], decimal(DECIMAL_DIGITS_MAX, 10)]],
      ([text, format]: readonly [string, string], { result }) =>
        readNumber(text, format, result.kind === 'decimal' ? result.scale : 0),
    ),
    refine: ([, format], signature) => {
      if (typeof format !== 'string') return signature
      const { after, shifted } = parseNumberTemplate(format)
      return { ...signature, result: decimal(DECIMAL_DIGITS_MAX, Math.min(DECIMAL_DIGITS_MAX, after + shifted)) }
    },
  },
]

export const toCharFunctions: readonly ScalarFunction[] = DEFINITIONS.map((entry) => {
  if (entry.name === 'to_char') return { ...entry, evaluate: toCharVectors(entry) }
  return entry.name === 'to_timestamp' ? { ...entry, evaluate: secondsToTimestamps(entry) } : entry
})
