// Dates and times from text: ISO 8601, or by a pattern. What does not fit goes to `slow`, whose length is the result. NULLs become 0.
import { isNullRow, leave } from '../row-state'
import { NUL } from './character-codes'

const MICROS_OF_DAY: i64 = 86400000000

// @ts-ignore: decorator
@inline
function two(p: usize): i32 {
  const a = <u32>load<u8>(p) - NUL
  const b = <u32>load<u8>(p, 1) - NUL
  return a > 9 || b > 9 ? -1 : <i32>(a * 10 + b)
}

// @ts-ignore: decorator
@inline
function isLeap(year: i32): bool {
  return (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0)
}

const DAYS_OF_MONTHS: usize = memory.data<u8>([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

// @ts-ignore: decorator
@inline
function isDay(year: i32, month: i32, day: i32): bool {
  if (month < 1 || month > 12 || day < 1) return false
  const most = <i32>load<u8>(DAYS_OF_MONTHS + <usize>month) + (month == 2 && isLeap(year) ? 1 : 0)
  return day <= most
}

/** Days since 1970-01-01 of a day of the proleptic Gregorian calendar, years 0 to 9999: years begin in March, so that leap days are last. */
// @ts-ignore: decorator
@inline
function daysOf(year: i32, month: i32, day: i32): i32 {
  const y = month <= 2 ? year + 399 : year + 400
  const era = y / 400
  const yearOfEra = y - era * 400
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
  return (era - 1) * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
}

const NO_DATE: i32 = i32.MIN_VALUE

/** The ten bytes at `p` as a date YYYY-MM-DD of the years 1 to 9999. */
// @ts-ignore: decorator
@inline
function isoDate(p: usize): i32 {
  const century = two(p)
  const yearOfCentury = two(p + 2)
  const month = two(p + 5)
  const day = two(p + 8)
  if ((century | yearOfCentury | month | day) < 0 || load<u8>(p, 4) != 45 || load<u8>(p, 7) != 45) return NO_DATE
  const year = century * 100 + yearOfCentury
  return year > 0 && isDay(year, month, day) ? daysOf(year, month, day) : NO_DATE
}

export function textToDate(views: usize, validity: usize, n: i32, out: usize, slow: usize): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    let value = 0
    if (!isNullRow(validity, i)) {
      value = load<u32>(views + (<usize>i << 3), 4) == 10 ? isoDate(<usize>load<u32>(views + (<usize>i << 3))) : NO_DATE
      if (value == NO_DATE) {
        left = leave(slow, left, i)
        value = 0
      }
    }
    store<i32>(out + (<usize>i << 2), value)
  }
  return left
}

let clockEnd: usize = 0

/** hh:mm[:ss[.f...]] as micros, up to six places; -1 if it is none. Leaves what follows at clockEnd. */
function clockOf(start: usize, end: usize): i64 {
  let p = start
  if (end - p < 5 || load<u8>(p, 2) != 58) return -1
  const hour = two(p)
  const minute = two(p + 3)
  if (hour < 0 || minute < 0 || hour > 23 || minute > 59) return -1
  p += 5
  let second = 0
  let micros: i64 = 0
  if (p < end && load<u8>(p) == 58) {
    if (end - p < 3) return -1
    second = two(p + 1)
    if (second < 0 || second > 59) return -1
    p += 3
    if (p < end && load<u8>(p) == 46) {
      p++
      let places = 0
      for (; p < end; p++, places++) {
        const digit = <u32>load<u8>(p) - NUL
        if (digit > 9) break
        micros = micros * 10 + <i64>digit
        if (places >= 6) return -1
      }
      if (places == 0) return -1
      for (; places < 6; places++) micros *= 10
    }
  }
  clockEnd = p
  return <i64>((hour * 60 + minute) * 60 + second) * 1000000 + micros
}

/** Z, +hh, +hhmm or +hh:mm up to `end` as micros; i64.MIN_VALUE if it is none. */
function zoneOf(p: usize, end: usize): i64 {
  if (end - p == 1 && (load<u8>(p) | 32) == 122) return 0
  const length = end - p
  if (length != 3 && length != 5 && length != 6) return i64.MIN_VALUE
  const sign = load<u8>(p)
  if (sign != 43 && sign != 45) return i64.MIN_VALUE
  const hours = two(p + 1)
  let minutes = 0
  if (length == 5) minutes = two(p + 3)
  if (length == 6) minutes = load<u8>(p, 3) == 58 ? two(p + 4) : -1
  if (hours < 0 || minutes < 0 || hours > 15 || minutes > 59) return i64.MIN_VALUE
  const micros = <i64>(hours * 60 + minutes) * 60000000
  return sign == 45 ? -micros : micros
}

/**
 * Timestamps as micros since 1970: YYYY-MM-DD, or with a space or T and a time behind. `zone`: 0 texts have no zone, 1 they may have one and `isUtc` says that those without
 * are UTC.
 */
export function textToTimestamp(
  views: usize,
  validity: usize,
  n: i32,
  zone: i32,
  isUtc: i32,
  out: usize,
  slow: usize,
): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    let value: i64 = 0
    if (!isNullRow(validity, i)) {
      const p = <usize>load<u32>(views + (<usize>i << 3))
      const length = <usize>load<u32>(views + (<usize>i << 3), 4)
      const end = p + length
      let isFit = false
      const days = length >= 10 ? isoDate(p) : NO_DATE
      if (days != NO_DATE) {
        value = <i64>days * MICROS_OF_DAY
        if (length == 10) isFit = zone == 0 || isUtc != 0
        else if (load<u8>(p, 10) == 32 || (load<u8>(p, 10) | 32) == 116) {
          const clock = clockOf(p + 11, end)
          if (clock >= 0) {
            value += clock
            if (clockEnd == end) isFit = zone == 0 || isUtc != 0
            else if (zone != 0) {
              const offset = zoneOf(clockEnd, end)
              isFit = offset != i64.MIN_VALUE
              value -= offset
            }
          }
        }
      }
      if (!isFit) {
        left = leave(slow, left, i)
        value = 0
      }
    }
    store<i64>(out + (<usize>i << 3), value)
  }
  return left
}

/** Times of the day as micros. */
export function textToTime(views: usize, validity: usize, n: i32, out: usize, slow: usize): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    let value: i64 = 0
    if (!isNullRow(validity, i)) {
      const p = <usize>load<u32>(views + (<usize>i << 3))
      const end = p + <usize>load<u32>(views + (<usize>i << 3), 4)
      value = clockOf(p, end)
      if (value < 0 || clockEnd != end) {
        left = leave(slow, left, i)
        value = 0
      }
    }
    store<i64>(out + (<usize>i << 3), value)
  }
  return left
}
