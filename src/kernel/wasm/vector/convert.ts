// Conversions between storages, and fields of dates.

export function i32ToI64(a: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) store<i64>(out + (<usize>i << 3), <i64>load<i32>(a + (<usize>i << 2)))
}
export function i32ToF64(a: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) store<f64>(out + (<usize>i << 3), <f64>load<i32>(a + (<usize>i << 2)))
}
export function i64ToF64(a: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) store<f64>(out + (<usize>i << 3), <f64>load<i64>(a + (<usize>i << 3)))
}
export function f32ToF64(a: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) store<f64>(out + (<usize>i << 3), <f64>load<f32>(a + (<usize>i << 2)))
}

/** First row (not NULL) outside [least, greatest], or -1; writes the low 32 bits. */
export function i64ToI32(a: usize, n: i32, validity: usize, least: i64, greatest: i64, out: usize): i32 {
  for (let i = 0; i < n; i++) {
    const value = load<i64>(a + (<usize>i << 3))
    if ((value < least || value > greatest) && (validity == 0 || load<u8>(validity + i) != 0)) return i
    store<i32>(out + (<usize>i << 2), <i32>value)
  }
  return -1
}

/**
 * Unscaled 64-bit decimals to doubles: value / 10^digits, exact to the last bit as long as values stay within 2^53 and `divisor` (10^digits,
 * digits <= 22) is exact; returns the first row (not NULL) beyond 2^53, or -1.
 */
export function decimalToF64(a: usize, n: i32, validity: usize, divisor: f64, out: usize): i32 {
  const limit: i64 = 1 << 53
  for (let i = 0; i < n; i++) {
    const value = load<i64>(a + (<usize>i << 3))
    if ((value > limit || value < -limit) && (validity == 0 || load<u8>(validity + i) != 0)) return i
    store<f64>(out + (<usize>i << 3), <f64>value / divisor)
  }
  return -1
}

/** value / divisor, rounded half away from zero; 64 bits, divisor > 0. */
export function divideRoundedI64(a: usize, n: i32, divisor: i64, out: usize): void {
  for (let i = 0; i < n; i++) {
    const value = load<i64>(a + (<usize>i << 3))
    let quotient = value / divisor
    const rest = value - quotient * divisor
    const size = rest < 0 ? -rest : rest
    // size > divisor - size is 2 * size >= divisor without overflow.
    if (size >= divisor - size) quotient += value < 0 ? -1 : 1
    store<i64>(out + (<usize>i << 3), quotient)
  }
}

/** floor(a / divisor) for divisor > 0, as i32: timestamps to days. First row (not NULL) beyond 32 bits, or -1. */
export function floorToI32(a: usize, n: i32, validity: usize, divisor: i64, out: usize): i32 {
  for (let i = 0; i < n; i++) {
    const value = load<i64>(a + (<usize>i << 3))
    let quotient = value / divisor
    if (quotient * divisor > value) quotient--
    if (quotient != <i64><i32>quotient && (validity == 0 || load<u8>(validity + i) != 0)) return i
    store<i32>(out + (<usize>i << 2), <i32>quotient)
  }
  return -1
}

/**
 * Fields of day numbers. field: 0 year, 1 month, 2 day, 3 quarter, 4 year * 12 + month - 1, 5 day of week (Sunday 0). Years are astronomical
 * but for field 0, which counts 1 BC as -1. H. Hinnant's civil_from_days, in 32 bits: days stay within +-2^31.
 */
export function dateField(field: i32, a: usize, n: i32, out: usize): void {
  if (field == 5) {
    for (let i = 0; i < n; i++) {
      const day = (<i64>load<i32>(a + (<usize>i << 2)) + 4) % 7
      store<i32>(out + (<usize>i << 2), <i32>(day < 0 ? day + 7 : day))
    }
    return
  }
  for (let i = 0; i < n; i++) {
    const days = load<i32>(a + (<usize>i << 2))
    let era: u32
    let dayOfEra: u32
    let firstYear: i32
    // Shifting by whole eras (146097 days, 400 years) makes day numbers positive. 32-bit divisions by constants become multiplications,
    // 64-bit ones do not: those are for days that shift out of 32 bits.
    if (days > -1_400_000_000 && days < 1_400_000_000) {
      const z = <u32>(days + 719_468 + 1_460_970_000)
      era = z / 146_097
      dayOfEra = z - era * 146_097
      firstYear = -4_000_000
    } else {
      const z = <u64>(<i64>days + 719_468 + 14_609_700_000)
      era = <u32>(z / 146_097)
      dayOfEra = <u32>(z - <u64>era * 146_097)
      firstYear = -40_000_000
    }
    const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    const shifted = (5 * dayOfYear + 2) / 153
    const month = <i32>shifted + (shifted < 10 ? 3 : -9)
    const year = <i32>(yearOfEra + era * 400) + firstYear + (month <= 2 ? 1 : 0)
    let value: i32
    if (field == 0) value = year > 0 ? year : year - 1
    else if (field == 1) value = month
    else if (field == 2) value = <i32>(dayOfYear - (153 * shifted + 2) / 5) + 1
    else if (field == 3) value = (month + 2) / 3
    else value = year * 12 + month - 1
    store<i32>(out + (<usize>i << 2), value)
  }
}
