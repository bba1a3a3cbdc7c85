// Times moved by intervals (i32 months, i32 days, i64 micros), and intervals multiplied.
import { civil, civilDay, civilMonth, civilYear, DAY_MICROS, daysInMonth, daysOf, floorDivide } from './calendar'
import { isNullRow, leave } from '../row-state'

/** Days of 64-bit micros, and years that have such days. */
const DAYS_OF_MICROS: i64 = 106_751_990
const YEARS_OF_MICROS: i32 = 292_000

/** Micros moved by the interval (`sign` 1) or against it (-1). Rows that leave 64 bits, or may, are in `slow`, their number is the result. */
export function shiftMicros(
  micros: usize,
  step: i32,
  intervals: usize,
  intervalStep: i32,
  sign: i32,
  n: i32,
  validity: usize,
  out: usize,
  slow: usize,
): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i)) {
      store<i64>(out + (<usize>i << 3), 0)
      continue
    }
    const interval = intervals + (<usize>(i * intervalStep) << 4)
    const months = <i64>load<i32>(interval) * sign
    const days = <i64>load<i32>(interval, 4) * sign
    const rest = load<i64>(interval, 8)
    const value = load<i64>(micros + (<usize>(i * step) << 3))
    let day = value / DAY_MICROS
    if (day * DAY_MICROS > value) day--
    const time = value - day * DAY_MICROS
    let fits = rest > -(1 << 62) && rest < 1 << 62
    if (fits && months != 0) {
      civil(<i32>day)
      const place = <i64>civilYear * 12 + (civilMonth - 1) + months
      fits = place > -<i64>YEARS_OF_MICROS * 12 && place < <i64>YEARS_OF_MICROS * 12
      if (fits) {
        const year = floorDivide(<i32>place, 12)
        const month = <i32>place - year * 12 + 1
        day = <i64>daysOf(year, month, min(civilDay, daysInMonth(year, month)))
      }
    }
    day += days
    fits = fits && day > -DAYS_OF_MICROS && day < DAYS_OF_MICROS
    const moved = day * DAY_MICROS + time
    const delta = rest * sign
    const result = moved + delta
    if (!fits || ((moved ^ result) & (delta ^ result)) < 0) {
      left = leave(slow, left, i)
      continue
    }
    store<i64>(out + (<usize>i << 3), result)
  }
  return left
}

/** Intervals times whole numbers (as doubles). What is not whole or leaves its range is in `slow`. */
export function scaleIntervals(
  intervals: usize,
  intervalStep: i32,
  factors: usize,
  factorStep: i32,
  n: i32,
  validity: usize,
  out: usize,
  slow: usize,
): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    const to = out + (<usize>i << 4)
    if (isNullRow(validity, i)) {
      v128.store(to, i64x2.splat(0))
      continue
    }
    const interval = intervals + (<usize>(i * intervalStep) << 4)
    const factor = load<f64>(factors + (<usize>(i * factorStep) << 3))
    if (nearest(factor) != factor || abs(factor) > 2_000_000_000) {
      left = leave(slow, left, i)
      continue
    }
    const times = <i64>factor
    const months = <i64>load<i32>(interval) * times
    const days = <i64>load<i32>(interval, 4) * times
    const micros = load<i64>(interval, 8)
    const most = <i64>i64.MAX_VALUE / max<i64>(1, times < 0 ? -times : times)
    if (months != <i64><i32>months || days != <i64><i32>days || micros > most || micros < -most) {
      left = leave(slow, left, i)
      continue
    }
    store<i32>(to, <i32>months)
    store<i32>(to, <i32>days, 4)
    store<i64>(to, micros * times, 8)
  }
  return left
}

/** Micros and seconds (`sign` 1 or -1 times) together; the first row (not NULL) that leaves 64 bits, or -1. */
export function addSeconds(micros: usize, seconds: usize, sign: i32, n: i32, validity: usize, out: usize): i32 {
  for (let i = 0; i < n; i++) {
    const value = load<i64>(micros + (<usize>i << 3))
    const delta = <i64>(load<i32>(seconds + (<usize>i << 2)) * sign) * 1_000_000
    const result = value + delta
    if (((value ^ result) & (delta ^ result)) < 0 && !isNullRow(validity, i)) return i
    store<i64>(out + (<usize>i << 3), result)
  }
  return -1
}
