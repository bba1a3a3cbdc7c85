/**
 * Infinite dates, timestamps and intervals: the extremes of their storage, as PostgreSQL keeps them, so that order, equality, hashes and bounds need no
 * look at them. Whatever computes with days or micros does.
 *
 *   date i32, timestamp i64: the least value is -infinity, the greatest is infinity
 *   interval: months, days and micros all have their least or greatest value
 */
import type { DataType } from './types.ts'
import type { IntervalValue, LiteralValue } from './value.ts'

export const DATE_INFINITY = 0x7fff_ffff
export const DATE_MINUS_INFINITY = -0x8000_0000
export const TIMESTAMP_INFINITY = 0x7fff_ffff_ffff_ffffn
export const TIMESTAMP_MINUS_INFINITY = -0x8000_0000_0000_0000n

export const INTERVAL_INFINITY: IntervalValue = {
  months: DATE_INFINITY,
  days: DATE_INFINITY,
  micros: TIMESTAMP_INFINITY,
}
export const INTERVAL_MINUS_INFINITY: IntervalValue = {
  months: DATE_MINUS_INFINITY,
  days: DATE_MINUS_INFINITY,
  micros: TIMESTAMP_MINUS_INFINITY,
}

/** 1 for infinity, -1 for -infinity, 0 for what is finite. */
export type InfinitySign = -1 | 0 | 1

/** Whether a type has infinities that are no floats. */
export function hasInfinity({ kind }: DataType): boolean {
  return kind === 'date' || kind === 'timestamp' || kind === 'interval'
}

/** Of a value of a date, timestamp or interval; 0 for NULL and for other types. */
export function infinitySign(value: LiteralValue | undefined, { kind }: DataType): InfinitySign {
  switch (kind) {
    case 'date':
      return value === DATE_INFINITY ? 1 : value === DATE_MINUS_INFINITY ? -1 : 0
    case 'timestamp':
      return value === TIMESTAMP_INFINITY ? 1 : value === TIMESTAMP_MINUS_INFINITY ? -1 : 0
    case 'interval':
      return intervalSign(value as IntervalValue | null)
    default:
      return 0
  }
}

function intervalSign(value: IntervalValue | null): InfinitySign {
  if (value === null) return 0
  const { months, days, micros } = value
  if (months === DATE_INFINITY && days === DATE_INFINITY && micros === TIMESTAMP_INFINITY) return 1
  return months === DATE_MINUS_INFINITY && days === DATE_MINUS_INFINITY && micros === TIMESTAMP_MINUS_INFINITY ? -1 : 0
}

/** The infinity of a date, timestamp or interval type. */
export function infinityOf({ kind }: DataType, sign: -1 | 1): LiteralValue {
  switch (kind) {
    case 'date':
      return sign > 0 ? DATE_INFINITY : DATE_MINUS_INFINITY
    case 'timestamp':
      return sign > 0 ? TIMESTAMP_INFINITY : TIMESTAMP_MINUS_INFINITY
    case 'interval':
      return sign > 0 ? INTERVAL_INFINITY : INTERVAL_MINUS_INFINITY
    default:
      throw new TypeError(`${kind} has no infinity`)
  }
}

/** `infinity`, `-infinity`. */
export function infinityText(sign: -1 | 1): string {
  return sign > 0 ? 'infinity' : '-infinity'
}

/** What a text says if it is `infinity`, `+infinity` or `-infinity`, in any case, blanks around it; else 0. */
export function infinityInText(text: string): InfinitySign {
  // Most texts are told by their length.
  if (text.length < 8 || text.length > 64) return 0
  const match = /^\s*([-+]?)infinity\s*$/i.exec(text)
  return match === null ? 0 : match[1] === '-' ? -1 : 1
}
