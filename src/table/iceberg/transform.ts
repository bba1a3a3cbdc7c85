/**
 * Partition transforms: what they give, and which source values a partition value stands for.
 *
 * Pruning does not project predicates onto partitions but ranges back onto columns: `day = 19000` says that `ts` lies within that day. One
 * evaluation of the predicate then uses partitions and column bounds together. `bucket` keeps no order; see bucket-predicate.ts.
 *
 * Spec: Iceberg table spec, "Partition Transforms". Years, months, days and hours count from 1970; truncate rounds down.
 */
import { DATE, type DataType, INTEGER } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { civilFromDays, daysFromCivil, floorDivide, floorModulo } from '../../expr/values/calendar.ts'
import { bucketHash } from './bucket-hash.ts'

export type Transform =
  | { readonly kind: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'void' }
  | { readonly kind: 'bucket'; readonly count: number }
  | { readonly kind: 'truncate'; readonly width: number }
  /** Not known: says nothing about the source. */
  | { readonly kind: 'unknown'; readonly text: string }

/** The transform of a partition spec's text. */
export function parseTransform(text: string): Transform {
  const match = /^(bucket|truncate)\[(\d{1,10})\]$/.exec(text)
  if (match) {
    const parameter = Number(match[2])
    if (parameter > 0) {
      return match[1] === 'bucket' ? { kind: 'bucket', count: parameter } : { kind: 'truncate', width: parameter }
    }
  }
  switch (text) {
    case 'identity':
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
    case 'void':
      return { kind: text }
    default:
      return { kind: 'unknown', text }
  }
}

/** The type of partition values; of unknown transforms it is not known. */
export function transformType(transform: Transform, source: DataType): DataType | undefined {
  switch (transform.kind) {
    case 'identity':
    case 'truncate':
    case 'void':
      return source
    case 'day':
      return DATE
    case 'year':
    case 'month':
    case 'hour':
    case 'bucket':
      return INTEGER
    case 'unknown':
      return undefined
  }
}

/** The partition value of a source value. NULL gives NULL. Undefined: the transform does not take the type, or is unknown. */
export function applyTransform(transform: Transform, value: LiteralValue, type: DataType): LiteralValue | undefined {
  if (value === null || transform.kind === 'void') return null
  switch (transform.kind) {
    case 'identity':
      return value
    case 'bucket': {
      const hash = bucketHash(value, type)
      return hash === undefined ? undefined : (hash & 0x7fff_ffff) % transform.count
    }
    case 'truncate':
      return truncate(value, transform.width)
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
      return timeTransform(transform.kind, value, type)
    case 'unknown':
      return undefined
  }
}

const MICROS_PER_HOUR = 3_600_000_000n
const MICROS_PER_DAY = 24n * MICROS_PER_HOUR

function timeTransform(
  kind: 'year' | 'month' | 'day' | 'hour',
  value: LiteralValue,
  type: DataType,
): number | undefined {
  if (type.kind === 'date') return kind === 'hour' ? undefined : fromDays(kind, value as number)
  if (type.kind !== 'timestamp') return undefined
  const micros = type.unit === 'ns' ? floorDivide(value as bigint, 1000n) : (value as bigint)
  if (kind === 'hour') return Number(floorDivide(micros, MICROS_PER_HOUR))
  return fromDays(kind, Number(floorDivide(micros, MICROS_PER_DAY)))
}

function fromDays(kind: 'year' | 'month' | 'day', days: number): number {
  if (kind === 'day') return days
  const { year, month } = civilFromDays(days)
  return kind === 'year' ? year - 1970 : (year - 1970) * 12 + month - 1
}

function truncate(value: LiteralValue, width: number): LiteralValue | undefined {
  if (typeof value === 'number') return value - (((value % width) + width) % width)
  if (typeof value === 'bigint') return value - floorModulo(value, BigInt(width))
  if (typeof value === 'string') return firstCodePoints(value, width)
  return value instanceof Uint8Array ? value.slice(0, width) : undefined
}

function firstCodePoints(text: string, count: number): string {
  if (text.length <= count) return text
  return Array.from(text.slice(0, count * 2))
    .slice(0, count)
    .join('')
}

/** Source values that a range of partition values stands for. Ends include what they name; an absent end is unknown. */
export interface SourceRange {
  readonly min?: LiteralValue
  readonly max?: LiteralValue
  /** What all of them begin with. */
  readonly prefix?: string
  /** The ends are values that occur, not just bounds. */
  readonly exact: boolean
}

/** The source values whose partition values lie in [low, high] (neither NULL nor NaN). */
export function sourceRange(transform: Transform, type: DataType, low: LiteralValue, high: LiteralValue): SourceRange {
  switch (transform.kind) {
    case 'identity':
      return { min: low, max: high, exact: true }
    case 'truncate': {
      const max = truncateEnd(high, transform.width)
      const prefix = typeof low === 'string' && low === high ? { prefix: low } : {}
      return { min: low, ...(max === undefined ? {} : { max }), ...prefix, exact: false }
    }
    case 'year':
    case 'month':
    case 'day':
    case 'hour': {
      if (typeof low !== 'number' || typeof high !== 'number') return { exact: false }
      // Before 0.12, Iceberg's Java writer rounded moments before 1970 towards it: they may lie one period lower.
      const min = periodStart(transform.kind, low <= 0 ? low - 1 : low, type)
      const next = periodStart(transform.kind, high + 1, type)
      if (min === undefined || next === undefined) return { exact: false }
      return { min, max: typeof next === 'bigint' ? next - 1n : next - 1, exact: false }
    }
    default:
      return { exact: false }
  }
}

/** The first source value of a period. */
function periodStart(
  kind: 'year' | 'month' | 'day' | 'hour',
  period: number,
  type: DataType,
): number | bigint | undefined {
  if (kind === 'hour') {
    return type.kind === 'timestamp' ? inUnit(BigInt(period) * MICROS_PER_HOUR, type.unit) : undefined
  }
  const days = startDay(kind, period)
  if (type.kind === 'date') return days
  return type.kind === 'timestamp' ? inUnit(BigInt(days) * MICROS_PER_DAY, type.unit) : undefined
}

function startDay(kind: 'year' | 'month' | 'day', period: number): number {
  if (kind === 'day') return period
  if (kind === 'year') return daysFromCivil(1970 + period, 1, 1)
  const year = Math.floor(period / 12)
  return daysFromCivil(1970 + year, period - year * 12 + 1, 1)
}

function inUnit(micros: bigint, unit: 'us' | 'ns'): bigint {
  return unit === 'ns' ? micros * 1000n : micros
}

/** The greatest value that truncates to `value`, or a bound above it; undefined when there is none to name. */
function truncateEnd(value: LiteralValue, width: number): LiteralValue | undefined {
  if (typeof value === 'number') return value + width - 1
  if (typeof value === 'bigint') return value + BigInt(width) - 1n
  if (typeof value === 'string') return Array.from(value).length < width ? value : textAfterPrefix(value)
  if (value instanceof Uint8Array) return value.length < width ? value : bytesAfterPrefix(value)
  return undefined
}

/** The least text greater than every text that begins with `prefix`, as far as one can be named. */
function textAfterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (symbol) => symbol.codePointAt(0)!)
  while (points.length > 0) {
    const last = points.pop()!
    if (last < 0x10_ffff) {
      // U+D800..U+DFFF are no characters.
      const next = last + 1 >= 0xd800 && last + 1 <= 0xdfff ? 0xe000 : last + 1
      return String.fromCodePoint(...points, next)
    }
  }
  return undefined
}

function bytesAfterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  for (let length = prefix.length; length > 0; length--) {
    if (prefix[length - 1]! < 0xff) {
      const next = prefix.slice(0, length)
      next[length - 1]!++
      return next
    }
  }
  return undefined
}
