// Rounding, sizes and signs of numbers, and conversions that round.
import { isNullRow, leave } from '../row-state'

const FLOOR = 0
const CEIL = 1
const TRUNC = 2

/** 0 floor, 1 ceil, 2 trunc, 3 nearest (halves to even), 4 abs, 5 negate, 6 square root. */
export function unaryF64(op: i32, a: usize, n: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i += 2) {
    const x = v128.load(a + (i << 3))
    let r: v128
    if (op == FLOOR) r = f64x2.floor(x)
    else if (op == CEIL) r = f64x2.ceil(x)
    else if (op == TRUNC) r = f64x2.trunc(x)
    else if (op == 3) r = f64x2.nearest(x)
    else if (op == 4) r = f64x2.abs(x)
    else if (op == 5) r = f64x2.neg(x)
    else r = f64x2.sqrt(x)
    v128.store(out + (i << 3), r)
  }
}

/** 1, -1 or 0 (for NaN too). */
export function signF64(a: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const x = load<f64>(a + (<usize>i << 3))
    store<f64>(out + (<usize>i << 3), x > 0 ? 1 : x < 0 ? -1 : 0)
  }
}

/** Rounded (`op` 2 trunc, 3 nearest) after multiplication by a power of ten, or division where `divides`; what is not finite then stays. */
export function roundF64(op: i32, a: usize, n: i32, factor: f64, divides: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const x = load<f64>(a + (<usize>i << 3))
    const moved = divides != 0 ? x / factor : x * factor
    const whole = op == TRUNC ? trunc(moved) : nearest(moved)
    const r = divides != 0 ? whole * factor : whole / factor
    store<f64>(out + (<usize>i << 3), r - r == 0 ? r : x)
  }
}

/** Rows (not NULL) whose result is not finite, or 0 where `noZero`: others look what that means. */
export function oddResults(a: usize, n: i32, validity: usize, noZero: i32, slow: usize): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    const r = load<f64>(a + (<usize>i << 3))
    if ((r - r != 0 || (noZero != 0 && r == 0)) && !isNullRow(validity, i)) left = leave(slow, left, i)
  }
  return left
}

/** |x|; the first row (not NULL) that has no positive counterpart, or -1. */
export function absI32(a: usize, n: i32, validity: usize, out: usize): i32 {
  for (let i = 0; i < n; i++) {
    const x = load<i32>(a + (<usize>i << 2))
    if (x == i32.MIN_VALUE && !isNullRow(validity, i)) return i
    store<i32>(out + (<usize>i << 2), x < 0 ? -x : x)
  }
  return -1
}

export function absI64(a: usize, n: i32, validity: usize, out: usize): i32 {
  for (let i = 0; i < n; i++) {
    const x = load<i64>(a + (<usize>i << 3))
    if (x == i64.MIN_VALUE && !isNullRow(validity, i)) return i
    store<i64>(out + (<usize>i << 3), x < 0 ? -x : x)
  }
  return -1
}

/** Signs as 32-bit integers. */
export function signI32(a: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const x = load<i32>(a + (<usize>i << 2))
    store<i32>(out + (<usize>i << 2), <i32>(x > 0) - <i32>(x < 0))
  }
}

/** Signs of 64 bits, 32 bits wide, or as 64-bit decimals where `isWide`. */
export function signI64(a: usize, n: i32, isWide: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const x = load<i64>(a + (<usize>i << 3))
    const sign = <i32>(x > 0) - <i32>(x < 0)
    if (isWide != 0) store<i64>(out + (<usize>i << 3), <i64>sign)
    else store<i32>(out + (<usize>i << 2), sign)
  }
}

/** a / unit, rounded (0 floor, 1 ceil, 2 trunc, 3 half away from zero), times `factor`; |a| and the results stay below 2^62, unit > 0. */
export function roundI64(op: i32, a: usize, n: i32, unit: i64, factor: i64, out: usize): void {
  for (let i = 0; i < n; i++) {
    const value = load<i64>(a + (<usize>i << 3))
    let quotient = value / unit
    const rest = value - quotient * unit
    if (op == FLOOR) quotient -= rest < 0 ? 1 : 0
    else if (op == CEIL) quotient += rest > 0 ? 1 : 0
    else if (op == 3) {
      const size = rest < 0 ? -rest : rest
      if (size >= unit - size) quotient += value < 0 ? -1 : 1
    }
    store<i64>(out + (<usize>i << 3), quotient * factor)
  }
}

/** Doubles as integers, halves to even; the first row (not NULL) outside [least, greatest], or -1. */
export function f64ToI32(a: usize, n: i32, validity: usize, least: f64, greatest: f64, out: usize): i32 {
  for (let i = 0; i < n; i++) {
    const x = nearest(load<f64>(a + (<usize>i << 3)))
    const fits = x >= least && x <= greatest
    if (!fits && !isNullRow(validity, i)) return i
    store<i32>(out + (<usize>i << 2), fits ? <i32>x : 0)
  }
  return -1
}

export function f64ToI64(a: usize, n: i32, validity: usize, out: usize): i32 {
  for (let i = 0; i < n; i++) {
    const x = nearest(load<f64>(a + (<usize>i << 3)))
    // 2^63 itself does not fit.
    const fits = x >= -9223372036854775808.0 && x < 9223372036854775808.0
    if (!fits && !isNullRow(validity, i)) return i
    store<i64>(out + (<usize>i << 3), fits ? <i64>x : 0)
  }
  return -1
}

/**
 * Doubles as decimals: times `power` (10^scale), rounded half away from zero as their shortest texts are. The product is off by a few units in its last place at
 * most, so only numbers that lie that near to a half are left to others, as are those beyond `limit` (10^precision) or 2^49.
 */
export function f64ToDecimal(a: usize, n: i32, validity: usize, power: f64, limit: f64, out: usize, slow: usize): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    const x = load<f64>(a + (<usize>i << 3)) * power
    const size = abs(x)
    const whole = floor(size)
    const rest = size - whole
    const isSure = size < 562_949_953_421_312 && abs(rest - 0.5) > size * 2e-15 + 1e-15
    const rounded = whole + (rest > 0.5 ? 1 : 0)
    if (!isSure || rounded >= limit) {
      if (!isNullRow(validity, i)) left = leave(slow, left, i)
      continue
    }
    store<i64>(out + (<usize>i << 3), x < 0 ? -<i64>rounded : <i64>rounded)
  }
  return left
}

/** Seconds as micros, halves up; what leaves 64 bits, or is none, is in `slow`, whose length is the result. */
export function secondsToMicros(a: usize, n: i32, validity: usize, out: usize, slow: usize): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    const x = load<f64>(a + (<usize>i << 3)) * 1_000_000
    const whole = floor(x)
    const rounded = x - whole >= 0.5 ? whole + 1 : whole
    const fits = abs(rounded) < 9_200_000_000_000_000_000
    if (!fits && !isNullRow(validity, i)) left = leave(slow, left, i)
    store<i64>(out + (<usize>i << 3), fits ? <i64>rounded : 0)
  }
  return left
}
