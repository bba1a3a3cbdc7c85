// Fields of dates and times, and the starts of units that they lie in.
import { civil, civilMonth, civilYear, DAYS_MOST, DAY_MICROS, daysOf, floorDivide, floorModulo64, isoDayOfWeek } from './calendar'
import { isNullRow } from '../row-state'

/** As PostgreSQL counts: 1 BC is -1. */
// @ts-ignore: decorator
@inline
function shownYear(year: i32): i32 {
  return year > 0 ? year : year - 1
}

/** `size` years each, the first of them the years 1 to `size`. */
// @ts-ignore: decorator
@inline
function age(year: i32, size: i32): i32 {
  return year > 0 ? (year + size - 1) / size : -((size - 1 - (year - 1)) / size)
}

/**
 * Fields of day numbers: 0 isodow, 1 doy, 2 week, 3 isoyear, 4 decade, 5 century, 6 millennium, 7 julian. Returns the first row (not NULL) that is too
 * far away, or -1.
 */
export function dayFields(field: i32, days: usize, n: i32, validity: usize, out: usize): i32 {
  for (let i = 0; i < n; i++) {
    let day = load<i32>(days + (<usize>i << 2))
    if (day < -DAYS_MOST || day > DAYS_MOST) {
      if (!isNullRow(validity, i)) return i
      day = 0
    }
    let value: i32
    if (field == 0) value = isoDayOfWeek(day)
    else if (field == 7) value = day + 2_440_588
    else if (field == 2 || field == 3) {
      // The year of a week is that of its Thursday.
      const thursday = day - isoDayOfWeek(day) + 4
      civil(thursday)
      value = field == 3 ? shownYear(civilYear) : (thursday - daysOf(civilYear, 1, 1)) / 7 + 1
    } else {
      civil(day)
      if (field == 1) value = day - daysOf(civilYear, 1, 1) + 1
      else if (field == 4) value = floorDivide(civilYear, 10)
      else value = age(civilYear, field == 5 ? 100 : 1000)
    }
    store<i32>(out + (<usize>i << 2), value)
  }
  return -1
}

/** Whole fields of micros, `isTime`: of the day, else since 1970: 0 hour, 1 minute, 2 micros of the minute. */
export function clockFields(field: i32, micros: usize, isTime: i32, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const value64 = load<i64>(micros + (<usize>i << 3))
    // The end of a day, 24:00, is a time of its own.
    const time = isTime != 0 ? value64 : floorModulo64(value64, DAY_MICROS)
    let value: u32
    if (field == 2) value = <u32>(time % 60_000_000)
    else {
      const minutes = <u32>(time / 1_000_000) / 60
      value = field == 0 ? minutes / 60 : minutes % 60
    }
    store<u32>(out + (<usize>i << 2), value)
  }
}

/** Micros of the minute in 64 bits. */
export function microsOfMinute(micros: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    store<i64>(out + (<usize>i << 3), floorModulo64(load<i64>(micros + (<usize>i << 3)), 60_000_000))
  }
}

/** floor(a / divisor) in 64 bits, divisor > 0. */
export function floorDivideI64(a: usize, n: i32, divisor: i64, out: usize): void {
  for (let i = 0; i < n; i++) {
    const value = load<i64>(a + (<usize>i << 3))
    const quotient = value / divisor
    store<i64>(out + (<usize>i << 3), quotient * divisor > value ? quotient - 1 : quotient)
  }
}

/** The multiple of `step` that is not greater; the first row (not NULL) for which that leaves 64 bits, or -1. */
export function truncateToStep(a: usize, n: i32, validity: usize, step: i64, out: usize): i32 {
  for (let i = 0; i < n; i++) {
    const value = load<i64>(a + (<usize>i << 3))
    const result = value - floorModulo64(value, step)
    if (result > value && !isNullRow(validity, i)) return i
    store<i64>(out + (<usize>i << 3), result)
  }
  return -1
}

/**
 * The first day of the unit: 0 week, 1 month, 2 quarter, 3 year, 4 decade, 5 century, 6 millennium; in micros. Days are those of 64-bit micros. Returns
 * the first row (not NULL) whose first day is none, or -1.
 */
export function truncateDays(unit: i32, days: usize, n: i32, validity: usize, out: usize): i32 {
  for (let i = 0; i < n; i++) {
    const day = load<i32>(days + (<usize>i << 2))
    let first: i32
    if (unit == 0) first = day - (isoDayOfWeek(day) - 1)
    else {
      civil(day)
      const year = civilYear
      if (unit == 1) first = daysOf(year, civilMonth, 1)
      else if (unit == 2) first = daysOf(year, ((civilMonth - 1) / 3) * 3 + 1, 1)
      else if (unit == 3) first = daysOf(year, 1, 1)
      else if (unit == 4) first = daysOf(floorDivide(year, 10) * 10, 1, 1)
      else if (unit == 5) first = daysOf(floorDivide(year - 1, 100) * 100 + 1, 1, 1)
      else first = daysOf(floorDivide(year - 1, 1000) * 1000 + 1, 1, 1)
    }
    if (first < -106_751_991 && !isNullRow(validity, i)) return i
    store<i64>(out + (<usize>i << 3), <i64>first * DAY_MICROS)
  }
  return -1
}
