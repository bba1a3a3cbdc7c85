// Conversions between storages: from what a file holds to what a table's type is laid out as. Each works on `n` values that
// lie one after another and are not NULL, and returns 0 or a negative error.
import { INEXACT, OUT_OF_RANGE, OVERFLOW } from './errors'

/** i32 to i64, sign kept. */
export function widenI32(from: usize, n: i32, to: usize): i32 {
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const words = v128.load(from + (<usize>i << 2))
    v128.store(to + (<usize>i << 3), i64x2.extend_low_i32x4_s(words))
    v128.store(to + (<usize>i << 3), i64x2.extend_high_i32x4_s(words), 16)
  }
  for (; i < n; i++) store<i64>(to + (<usize>i << 3), <i64>load<i32>(from + (<usize>i << 2)))
  return 0
}

/** u32 to i64. */
export function widenU32(from: usize, n: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) store<u64>(to + (i << 3), <u64>load<u32>(from + (i << 2)))
  return 0
}

/** i64 to i128, sign kept. */
export function widenI64(from: usize, n: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<i64>(from + (i << 3))
    store<i64>(to + (i << 4), value)
    store<i64>(to + (i << 4), value >> 63, 8)
  }
  return 0
}

/** u64 to i128. */
export function widenU64(from: usize, n: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    store<i64>(to + (i << 4), load<i64>(from + (i << 3)))
    store<i64>(to + (i << 4), 0, 8)
  }
  return 0
}

/** Checks that small integers are within their type: some writers leave rubbish in the upper bits. */
export function checkI32(from: usize, n: i32, min: i32, max: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<i32>(from + (i << 2))
    if (value < min || value > max) return OUT_OF_RANGE
    store<i32>(to + (i << 2), value)
  }
  return 0
}

/** i32 to f64: exact. */
export function i32ToF64(from: usize, n: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) store<f64>(to + (i << 3), <f64>load<i32>(from + (i << 2)))
  return 0
}

export function f32ToF64(from: usize, n: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) store<f64>(to + (i << 3), <f64>load<f32>(from + (i << 2)))
  return 0
}

/** i64 times `factor` (> 0). */
export function scaleI64(from: usize, n: i32, factor: i64, to: usize): i32 {
  const max = i64.MAX_VALUE / factor
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<i64>(from + (i << 3))
    if (value > max || value < -max) return OVERFLOW
    store<i64>(to + (i << 3), value * factor)
  }
  return 0
}

/** i64 divided by `divisor` (> 0), INEXACT if a remainder is left. */
export function divideI64(from: usize, n: i32, divisor: i64, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<i64>(from + (i << 3))
    const quotient = value / divisor
    if (quotient * divisor != value) return INEXACT
    store<i64>(to + (i << 3), quotient)
  }
  return 0
}

/** Checks that |values| are at most `max`. */
export function checkI64(from: usize, n: i32, max: i64, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<i64>(from + (i << 3))
    if (value > max || value < -max) return OVERFLOW
    store<i64>(to + (i << 3), value)
  }
  return 0
}

/** i128 times ten, `digits` times. */
export function scaleI128(from: usize, n: i32, digits: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    let low = load<u64>(from + (i << 4))
    let high = load<i64>(from + (i << 4), 8)
    for (let k = 0; k < digits; k++) {
      // 2^127 / 10, compared by the high word only: decimals of 38 digits stay far below it.
      if (high > 922337203685477579 || high < -922337203685477579) return OVERFLOW
      const lower = (low & 0xffff_ffff) * 10
      const upper = (low >> 32) * 10 + (lower >> 32)
      low = (upper << 32) | (lower & 0xffff_ffff)
      high = high * 10 + <i64>(upper >> 32)
    }
    store<u64>(to + (i << 4), low)
    store<i64>(to + (i << 4), high, 8)
  }
  return 0
}

/** i128 to i64; OVERFLOW where it does not fit. */
export function narrowI128(from: usize, n: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const low = load<i64>(from + (i << 4))
    if (load<i64>(from + (i << 4), 8) != low >> 63) return OVERFLOW
    store<i64>(to + (i << 3), low)
  }
  return 0
}

/** Big-endian two's complement numbers of `width` bytes (1..16), one after another, to i64. */
export function bigEndianToI64(from: usize, n: i32, width: i32, to: usize): i32 {
  if (width <= 8) {
    const shift = <i64>(64 - 8 * width)
    for (let i: usize = 0; i < <usize>n; i++) {
      store<i64>(to + (i << 3), <i64>bswap<u64>(load<u64>(from)) >> shift)
      from += <usize>width
    }
    return 0
  }
  for (let i: usize = 0; i < <usize>n; i++) {
    const error = bigEndian128(from, width)
    if (error < 0) return error
    if (high128 != <i64>low128 >> 63) return OVERFLOW
    store<u64>(to + (i << 3), low128)
    from += <usize>width
  }
  return 0
}

/** Big-endian two's complement numbers of `width` bytes to i128. */
export function bigEndianToI128(from: usize, n: i32, width: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const error = bigEndian128(from, width)
    if (error < 0) return error
    store<u64>(to + (i << 4), low128)
    store<i64>(to + (i << 4), high128, 8)
    from += <usize>width
  }
  return 0
}

/** Big-endian numbers in byte arrays of any length (views) to i64 (`wide` 0) or i128 (`wide` 1). An empty one is 0. */
export function bigEndianViews(views: usize, n: i32, wide: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const error = bigEndian128(<usize>load<u32>(views + (i << 3)), <i32>load<u32>(views + (i << 3), 4))
    if (error < 0) return error
    if (wide) {
      store<u64>(to + (i << 4), low128)
      store<i64>(to + (i << 4), high128, 8)
    } else {
      if (high128 != <i64>low128 >> 63) return OVERFLOW
      store<u64>(to + (i << 3), low128)
    }
  }
  return 0
}

let low128: u64 = 0
let high128: i64 = 0

function bigEndian128(from: usize, width: i32): i32 {
  low128 = 0
  high128 = 0
  if (width == 0) return 0
  const sign = <i64>load<i8>(from) >> 63
  // Longer ones may be padded with copies of the sign.
  while (width > 16) {
    if (<i64>load<i8>(from) != sign) return OVERFLOW
    from++
    width--
    if (width == 16 && <i64>load<i8>(from) >> 63 != sign) return OVERFLOW
  }
  low128 = <u64>sign
  high128 = sign
  for (let k = 0; k < width; k++) {
    high128 = (high128 << 8) | <i64>(low128 >> 56)
    low128 = (low128 << 8) | <u64>load<u8>(from + <usize>k)
  }
  return 0
}

/**
 * INT96 timestamps (u64 nanos of the day, u32 Julian day) to micros (`nanos` 0) or nanos (1) since 1970. Micros round down,
 * as Spark does: writers of INT96 know no other unit than nanos.
 */
export function int96ToTimestamp(from: usize, n: i32, nanos: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const ofDay = load<i64>(from)
    const day = <i64>load<i32>(from, 8) - 2440588
    from += 12
    let value: i64
    if (nanos) {
      const days = day * 86_400_000_000_000
      if (day > 106751 || day < -106752) return OVERFLOW
      value = days + ofDay
      if ((ofDay ^ value) & (days ^ value) & i64.MIN_VALUE) return OVERFLOW
    } else {
      // Modulo 2^64, as Spark counts: days of the years beyond 294246 come out right. The quotient rounds down.
      value = day * 86_400_000_000 + (ofDay >= 0 ? ofDay / 1000 : -((999 - ofDay) / 1000))
    }
    store<i64>(to + (i << 3), value)
  }
  return 0
}

/** IEEE half floats, two bytes each, to f32. */
export function halfToF32(from: usize, n: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const half = <u32>load<u16>(from + (i << 1))
    const sign = (half & 0x8000) << 16
    const exponent = (half >> 10) & 31
    const fraction = half & 1023
    if (exponent == 0) {
      // Zero or subnormal: the fraction counts 2^-24.
      const value = <f32>fraction * <f32>5.9604644775390625e-8
      store<u32>(to + (i << 2), reinterpret<u32>(value) | sign)
    } else {
      const bits = exponent == 31 ? 0x7f80_0000 | (fraction << 13) : ((exponent + 112) << 23) | (fraction << 13)
      store<u32>(to + (i << 2), bits | sign)
    }
  }
  return 0
}

/** Parquet intervals (u32 months, days, millis) to (i32 months, i32 days, i64 micros). */
export function interval(from: usize, n: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const months = load<u32>(from)
    const days = load<u32>(from, 4)
    if (<i32>months < 0 || <i32>days < 0) return OVERFLOW
    store<u32>(to + (i << 4), months)
    store<u32>(to + (i << 4), days, 4)
    store<i64>(to + (i << 4), <i64>load<u32>(from, 8) * 1000, 8)
    from += 12
  }
  return 0
}

/** The 16 bytes of each of `n` byte arrays (views); OUT_OF_RANGE when one has another length. */
export function viewsToB128(views: usize, n: i32, to: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    if (load<u32>(views + (i << 3), 4) != 16) return OUT_OF_RANGE
    v128.store(to + (i << 4), v128.load(<usize>load<u32>(views + (i << 3))))
  }
  return 0
}
