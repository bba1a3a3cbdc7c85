/** to_char for dates and timestamps: the common patterns; others are refused rather than printed half. */
import { unsupported } from '../../core/errors.ts'
import { type DataType, INTERVAL, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from '../../core/types.ts'
import { canCoerce } from '../coerce.ts'
import { civilFromDays, floorDivide, splitMicros, utcToLocal } from '../values/calendar.ts'
import { dateField } from '../values/time-fields.ts'
import type { ScalarFunction } from './function.ts'

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

interface Fields {
  readonly days: number
  readonly time: bigint
}

type Print = (fields: Fields) => string

const two = (value: number): string => value.toString().padStart(2, '0')
const clock = ({ time }: Fields): number => Number(time / 1_000_000n)
const year = ({ days }: Fields): number => civilFromDays(days).year
const month = ({ days }: Fields): number => civilFromDays(days).month
const hours = (fields: Fields): number => Math.floor(clock(fields) / 3600)
const half = (fields: Fields): string => (hours(fields) < 12 ? 'AM' : 'PM')
const fraction = ({ time }: Fields): string => (time % 1_000_000n).toString().padStart(6, '0')
const monthName = (fields: Fields): string => MONTHS[month(fields) - 1]!
const dayName = ({ days }: Fields): string => DAYS[dateField('dow', days)]!

/** Longer patterns stand before their beginnings. */
const PATTERNS: readonly (readonly [string, Print])[] = [
  ['YYYY', (f) => year(f).toString().padStart(4, '0')],
  ['YY', (f) => two(year(f) % 100)],
  ['IYYY', (f) => dateField('isoyear', f.days).toString().padStart(4, '0')],
  ['IW', (f) => two(dateField('week', f.days))],
  ['MM', (f) => two(month(f))],
  ['MONTH', (f) => monthName(f).toUpperCase().padEnd(9)],
  ['Month', (f) => monthName(f).padEnd(9)],
  ['month', (f) => monthName(f).toLowerCase().padEnd(9)],
  ['MON', (f) => monthName(f).slice(0, 3).toUpperCase()],
  ['Mon', (f) => monthName(f).slice(0, 3)],
  ['mon', (f) => monthName(f).slice(0, 3).toLowerCase()],
  ['DDD', (f) => dateField('doy', f.days).toString().padStart(3, '0')],
  ['DD', (f) => two(civilFromDays(f.days).day)],
  ['DAY', (f) => dayName(f).toUpperCase().padEnd(9)],
  ['Day', (f) => dayName(f).padEnd(9)],
  ['day', (f) => dayName(f).toLowerCase().padEnd(9)],
  ['DY', (f) => dayName(f).slice(0, 3).toUpperCase()],
  ['Dy', (f) => dayName(f).slice(0, 3)],
  ['dy', (f) => dayName(f).slice(0, 3).toLowerCase()],
  ['ID', (f) => dateField('isodow', f.days).toString()],
  ['D', (f) => (dateField('dow', f.days) + 1).toString()],
  ['Q', (f) => dateField('quarter', f.days).toString()],
  ['HH24', (f) => two(hours(f))],
  ['HH12', (f) => two(((hours(f) + 11) % 12) + 1)],
  ['HH', (f) => two(((hours(f) + 11) % 12) + 1)],
  ['MI', (f) => two(Math.floor(clock(f) / 60) % 60)],
  ['SSSS', (f) => clock(f).toString()],
  ['SS', (f) => two(clock(f) % 60)],
  ['MS', (f) => fraction(f).slice(0, 3)],
  ['US', (f) => fraction(f)],
  ['AM', half],
  ['PM', half],
  ['am', (f) => half(f).toLowerCase()],
  ['pm', (f) => half(f).toLowerCase()],
]

function findPattern(format: string, at: number): readonly [string, Print] | undefined {
  // Case matters only for names of months and days and for AM: numbers may be written either way.
  return (
    PATTERNS.find(([pattern]) => format.startsWith(pattern, at)) ??
    PATTERNS.find(
      ([pattern]) =>
        /^(YYYY|YY|IYYY|IW|MM|DDD|DD|ID|D|Q|HH24|HH12|HH|MI|SSSS|SS|MS|US)$/.test(pattern) &&
        format.slice(at, at + pattern.length).toUpperCase() === pattern,
    )
  )
}

/** 0A000 for patterns that are not among the above. */
function formatWithPattern(fields: Fields, format: string): string {
  let out = ''
  for (let i = 0; i < format.length;) {
    const char = format[i]!
    if (char === '"') {
      const end = format.indexOf('"', i + 1)
      out += format.slice(i + 1, end < 0 ? undefined : end)
      i = end < 0 ? format.length : end + 1
      continue
    }
    if (!/[A-Za-z]/.test(char)) {
      out += char
      i++
      continue
    }
    const found = findPattern(format, i)
    if (found === undefined || /^(?:TH|th)/.test(format.slice(i + found[0].length))) {
      if (char === 'T' && /^T(HH|hh)/.test(format.slice(i))) {
        out += char
        i++
        continue
      }
      throw unsupported(`the to_char pattern "${format.slice(i)}"`)
    }
    out += found[1](fields)
    i += found[0].length
  }
  return out
}

export const toCharFunctions: readonly ScalarFunction[] = [
  {
    name: 'to_char',
    category: 'time',
    description: 'A timestamp as text after a pattern: YYYY MM DD HH24 MI SS MS US Mon Month Dy Day Q DDD IW IYYY AM.',
    example: {
      sql: "to_char(TIMESTAMP '2002-04-20 17:31:12.66', 'YYYY-MM-DD HH12:MI:SS')",
      result: '2002-04-20 05:31:12',
    },
    resolve: ([type, format, ...rest]) => {
      if (type === undefined || format === undefined || rest.length > 0 || !canCoerce(format, VARCHAR)) return null
      if (type.kind === 'interval') throw unsupported(`to_char of ${INTERVAL.kind}`)
      const taken: DataType = type.kind === 'date' ? TIMESTAMP : type.kind === 'null' ? TIMESTAMPTZ : type
      return taken.kind === 'timestamp' ? { args: [taken, VARCHAR], result: VARCHAR } : null
    },
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([value, format], { args }, session) => {
      const type = args[0] as DataType & { kind: 'timestamp' }
      const micros = type.unit === 'ns' ? floorDivide(value as bigint, 1000n) : (value as bigint)
      const local = type.zone ? utcToLocal(micros, session.timeZone) : micros
      return formatWithPattern(splitMicros(local), format as string)
    },
  },
]
