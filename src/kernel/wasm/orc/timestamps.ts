// Timestamps: seconds since 2015 on the writer's clock, and nanoseconds without their trailing zeroes.
// Spec: ORC v1, "Timestamp Columns".
import { INEXACT, OUT_OF_RANGE, OVERFLOW } from './errors'

/**
 * Puts `n` seconds (i64, counted from `base`, in seconds since 1970) and encoded nanoseconds (i64) together to i64 at `out`: micros, or nanos since 1970.
 *
 * `zone`, `changes`: offsets of the writer's clock in pairs of i64 (from, offset), ascending, the first from the beginning of time; what comes out is what
 * the clock showed. `changes` 0: UTC.
 */
export function orcTimestamps(
  seconds: usize,
  nanos: usize,
  n: i32,
  base: i64,
  zone: usize,
  changes: i32,
  toNanos: i32,
  out: usize,
): i32 {
  let place = 0
  for (let i = 0; i < n; i++) {
    const encoded = load<i64>(nanos + (<usize>i << 3))
    // Negative in files of Arrow's writer: times before 1970 whose seconds were rounded towards zero.
    let part = encoded >> 3
    const zeroes = encoded & 7
    if (part > 999_999_999 || part < -999_999_999) return OUT_OF_RANGE
    if (zeroes != 0) for (let k: i64 = 0; k <= zeroes; k++) part *= 10
    if (part > 999_999_999 || part < -999_999_999) return OUT_OF_RANGE
    let second = load<i64>(seconds + (<usize>i << 3))
    // 2^53 seconds are beyond every unit's range.
    if (second > 9007199254740992 || second < -9007199254740992) return OVERFLOW
    second += base
    if (changes > 0) {
      // Behind 2500-01-01 the rules of the 400 years before hold again.
      let known = second
      if (known >= 16725225600) known -= ((known - 16725225600) / 12622780800 + 1) * 12622780800
      place = placeOf(zone, changes, known, place)
      second += load<i64>(zone + (<usize>place << 4), 8)
    }
    // Writers round seconds before 1970 towards zero when there are more than 999,999 nanoseconds.
    if (second < 0 && part > 999_999) second -= 1
    const unit: i64 = toNanos ? 1_000_000_000 : 1_000_000
    let added = part
    if (!toNanos) {
      if (part % 1000 != 0) return INEXACT
      added = part / 1000
    }
    if (second > i64.MAX_VALUE / unit - 1 || second < i64.MIN_VALUE / unit + 1) return OVERFLOW
    store<i64>(out + (<usize>i << 3), second * unit + added)
  }
  return 0
}

function placeOf(zone: usize, changes: i32, second: i64, near: i32): i32 {
  if (
    load<i64>(zone + (<usize>near << 4)) <= second &&
    (near + 1 == changes || load<i64>(zone + (<usize>(near + 1) << 4)) > second)
  ) {
    return near
  }
  let low = 0
  let high = changes
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (load<i64>(zone + (<usize>middle << 4)) <= second) low = middle
    else high = middle
  }
  return low
}

/**
 * Days of the Julian calendar (before 1582-10-15) at `days` (i32) to those on which the Gregorian calendar, counted backwards, has the same date. `stride`: bytes from
 * one value to the next.
 */
export function orcJulianDays(days: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const place = days + (<usize>i << 2)
    const day = load<i32>(place)
    if (day < -141427) store<i32>(place, gregorianOfJulian(day))
  }
}

/** As `orcJulianDays` for the days of timestamps (i64) in units of `perDay` a day. */
export function orcJulianTimestamps(values: usize, n: i32, perDay: i64): void {
  for (let i = 0; i < n; i++) {
    const place = values + (<usize>i << 3)
    const value = load<i64>(place)
    let day = value / perDay
    if (day * perDay > value) day--
    if (day >= -141427 || day < i32.MIN_VALUE) continue
    store<i64>(place, value + (<i64>gregorianOfJulian(<i32>day) - day) * perDay)
  }
}

function gregorianOfJulian(day: i32): i32 {
  // Day 0 of this count is 0000-03-01 of the Julian calendar.
  const shifted = <i64>day + 719470
  let cycle = shifted / 1461
  if (cycle * 1461 > shifted) cycle--
  const ofCycle = shifted - cycle * 1461
  const ofYear = min<i64>(ofCycle / 365, 3)
  const year = cycle * 4 + ofYear
  const dayOfYear = ofCycle - ofYear * 365
  // The same date of the Gregorian calendar: years begin with March, so that leap days are last.
  let era = year / 400
  if (era * 400 > year) era--
  const yearOfEra = year - era * 400
  return <i32>(era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468)
}
