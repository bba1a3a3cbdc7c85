// Numbers, dates and timestamps as texts. Bytes go to `bytes` one text after the other; NULL rows get empty views. Rows left to others are in `slow`, their
// number is the result; their views are empty.
import { civil, civilDay, civilMonth, civilYear, DAYS_MOST, DAY_MICROS } from './calendar'
import { isNullRow, leave } from '../row-state'

// @ts-ignore: decorator
@inline
export function storeView(out: usize, i: i32, start: usize, end: usize): void {
  store<u32>(out + (<usize>i << 3), <u32>start)
  store<u32>(out + (<usize>i << 3), <u32>(end - start), 4)
}

/** How many digits `value` has; at least 1. */
// @ts-ignore: decorator
@inline
function digitsOf(value: u64): i32 {
  if (value < 100_000_000) {
    const small = <u32>value
    if (small < 10_000) return small < 100 ? (small < 10 ? 1 : 2) : small < 1000 ? 3 : 4
    return small < 1_000_000 ? (small < 100_000 ? 5 : 6) : small < 10_000_000 ? 7 : 8
  }
  let count = 8
  for (let rest = value / 100_000_000; rest != 0; rest /= 10) count++
  return count
}

/** `count` digits, zeroes first. */
// @ts-ignore: decorator
@inline
export function putDigits(to: usize, value: u64, count: i32): void {
  let rest = value
  let at = to + count
  while (rest > <u64>u32.MAX_VALUE && at > to) {
    const next = rest / 10
    store<u8>(--at, <u8>(48 + (rest - next * 10)))
    rest = next
  }
  let small = <u32>rest
  while (at > to) {
    const next = small / 10
    store<u8>(--at, <u8>(48 + (small - next * 10)))
    small = next
  }
}

/** An unscaled decimal with its point before the last `scale` digits, at least one before it; where it ends. */
// @ts-ignore: decorator
@inline
function putDecimal(start: usize, value: i64, scale: i32): usize {
  let to = start
  if (value < 0) store<u8>(to++, 45)
  const size = value < 0 ? 0 - <u64>value : <u64>value
  const count = max(digitsOf(size), scale + 1)
  putDigits(to, size, count)
  if (scale == 0) return to + count
  const point = to + (count - scale)
  for (let at = to + count; at > point; at--) store<u8>(at, load<u8>(at - 1))
  store<u8>(point, 46)
  return to + count + 1
}

/** 32-bit integers; 11 bytes a row. */
export function printI32(values: usize, validity: usize, n: i32, bytes: usize, out: usize): void {
  let next = bytes
  for (let i = 0; i < n; i++) {
    const start = next
    if (!isNullRow(validity, i)) next = putDecimal(next, <i64>load<i32>(values + (<usize>i << 2)), 0)
    storeView(out, i, start, next)
  }
}

/** 64-bit integers and decimals; 22 bytes a row, or `scale` + 4 if that is more. */
export function printI64(values: usize, validity: usize, n: i32, scale: i32, bytes: usize, out: usize): void {
  let next = bytes
  for (let i = 0; i < n; i++) {
    const start = next
    if (!isNullRow(validity, i)) next = putDecimal(next, load<i64>(values + (<usize>i << 3)), scale)
    storeView(out, i, start, next)
  }
}

/** The date as ten bytes; false unless its year has four digits. */
// @ts-ignore: decorator
@inline
function putDate(to: usize, days: i32): bool {
  if (days < -DAYS_MOST || days > DAYS_MOST) return false
  civil(days)
  if (civilYear < 1 || civilYear > 9999) return false
  putDigits(to, civilYear, 4)
  store<u8>(to, 45, 4)
  putDigits(to + 5, civilMonth, 2)
  store<u8>(to, 45, 7)
  putDigits(to + 8, civilDay, 2)
  return true
}

/** Dates of the years 1 to 9999; 10 bytes a row. */
export function printDates(days: usize, validity: usize, n: i32, bytes: usize, out: usize, slow: usize): i32 {
  let left = 0
  let next = bytes
  for (let i = 0; i < n; i++) {
    const start = next
    if (!isNullRow(validity, i)) {
      if (putDate(next, load<i32>(days + (<usize>i << 2)))) next += 10
      else left = leave(slow, left, i)
    }
    storeView(out, i, start, next)
  }
  return left
}

/** Timestamps of the years 1 to 9999, in local micros, with `+00` behind if `isZoned`; 29 bytes a row. */
export function printMicros(
  micros: usize,
  validity: usize,
  n: i32,
  isZoned: i32,
  bytes: usize,
  out: usize,
  slow: usize,
): i32 {
  let left = 0
  let next = bytes
  for (let i = 0; i < n; i++) {
    const start = next
    if (!isNullRow(validity, i)) {
      const value = load<i64>(micros + (<usize>i << 3))
      let day = value / DAY_MICROS
      if (day * DAY_MICROS > value) day--
      if (putDate(next, <i32>day)) next = putClock(next, value - day * DAY_MICROS, isZoned)
      else left = leave(slow, left, i)
    }
    storeView(out, i, start, next)
  }
  return left
}

/** The time of the day behind a date, without zeroes at the end of its fraction; where it ends. */
function putClock(date: usize, time: i64, isZoned: i32): usize {
  const seconds = <u32>(time / 1_000_000)
  store<u8>(date, 32, 10)
  putDigits(date + 11, seconds / 3600, 2)
  store<u8>(date, 58, 13)
  putDigits(date + 14, (seconds / 60) % 60, 2)
  store<u8>(date, 58, 16)
  putDigits(date + 17, seconds % 60, 2)
  let end = date + 19
  let fraction = <u32>(time - <i64>seconds * 1_000_000)
  if (fraction != 0) {
    let places = 6
    for (; fraction % 10 == 0; fraction /= 10) places--
    store<u8>(end, 46)
    putDigits(end + 1, fraction, places)
    end += 1 + places
  }
  if (isZoned != 0) {
    store<u8>(end, 43)
    store<u16>(end, 0x3030, 1)
    end += 3
  }
  return end
}

const POWERS: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
])

/**
 * Doubles of at most 15 digits, from 1e-4 to 1e15: the fewest decimal places whose number reads back as the same double are the shortest text, as a number
 * of so few digits is the only one near its double. 22 bytes a row.
 */
export function printF64(values: usize, validity: usize, n: i32, bytes: usize, out: usize, slow: usize): i32 {
  let left = 0
  let next = bytes
  for (let i = 0; i < n; i++) {
    const start = next
    if (!isNullRow(validity, i)) {
      const value = load<f64>(values + (<usize>i << 3))
      const size = abs(value)
      let scale = -1
      let whole: f64 = 0
      if (reinterpret<u64>(value) == 0) scale = 0
      else if (size >= 1e-4 && size < 1e15) {
        for (let k = 0; k <= 15; k++) {
          const power = load<f64>(POWERS + (<usize>k << 3))
          whole = nearest(value * power)
          if (abs(whole) >= 1e15) break
          if (whole / power == value) {
            scale = k
            break
          }
        }
      }
      if (scale < 0) left = leave(slow, left, i)
      else next = putDecimal(next, <i64>whole, scale)
    }
    storeView(out, i, start, next)
  }
  return left
}
