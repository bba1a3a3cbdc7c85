// 128-bit integers: two's complement, low word first. Values of decimals are below 10^38, so sums of two never leave 128 bits.

/** Sign-extends 64 to 128 bits. */
export function widenI64(a: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const value = load<i64>(a + (<usize>i << 3))
    store<i64>(out + (<usize>i << 4), value)
    store<i64>(out + (<usize>i << 4), value >> 63, 8)
  }
}

/** Keeps the low words; returns the first row (not NULL) that does not fit 64 bits, or -1. */
export function narrowI128(a: usize, n: i32, validity: usize, out: usize): i32 {
  let bad: i64 = 0
  for (let i = 0; i < n; i++) {
    const low = load<i64>(a + (<usize>i << 4))
    bad |= (low >> 63) ^ load<i64>(a + (<usize>i << 4), 8)
    store<i64>(out + (<usize>i << 3), low)
  }
  if (bad == 0) return -1
  for (let i = 0; i < n; i++) {
    if (validity != 0 && load<u8>(validity + i) == 0) continue
    if (load<i64>(a + (<usize>i << 4)) >> 63 != load<i64>(a + (<usize>i << 4), 8)) return i
  }
  return -1
}

export function addI128(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const p = a + (<usize>(i * aStep) << 4)
    const q = b + (<usize>(i * bStep) << 4)
    const low = load<u64>(p) + load<u64>(q)
    const carry = <u64>(low < load<u64>(p))
    const high = load<u64>(p, 8) + load<u64>(q, 8) + carry
    store<u64>(out + (<usize>i << 4), low)
    store<u64>(out + (<usize>i << 4), high, 8)
  }
}

export function subtractI128(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const p = a + (<usize>(i * aStep) << 4)
    const q = b + (<usize>(i * bStep) << 4)
    const borrow = <u64>(load<u64>(p) < load<u64>(q))
    const low = load<u64>(p) - load<u64>(q)
    const high = load<u64>(p, 8) - load<u64>(q, 8) - borrow
    store<u64>(out + (<usize>i << 4), low)
    store<u64>(out + (<usize>i << 4), high, 8)
  }
}

/** The high word of the unsigned product. */
// @ts-ignore: decorator
@inline
function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff
  const aHigh = a >> 32
  const bLow = b & 0xffffffff
  const bHigh = b >> 32
  const middle = aHigh * bLow + ((aLow * bLow) >> 32)
  const other = aLow * bHigh + (middle & 0xffffffff)
  return aHigh * bHigh + (middle >> 32) + (other >> 32)
}

/** The exact product of 64-bit values. */
export function multiplyWideI64(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const x = load<i64>(a + (<usize>(i * aStep) << 3))
    const y = load<i64>(b + (<usize>(i * bStep) << 3))
    let high = multiplyHigh(<u64>x, <u64>y)
    high -= <u64>((x >> 63) & y) + <u64>((y >> 63) & x)
    store<i64>(out + (<usize>i << 4), x * y)
    store<u64>(out + (<usize>i << 4), high, 8)
  }
}

/**
 * The product of 128-bit values; returns the first row (not NULL) whose product leaves 128 bits, or -1.
 */
export function multiplyI128(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  let first = -1
  for (let i = 0; i < n; i++) {
    const p = a + (<usize>(i * aStep) << 4)
    const q = b + (<usize>(i * bStep) << 4)
    let xLow = load<u64>(p)
    let xHigh = load<u64>(p, 8)
    let yLow = load<u64>(q)
    let yHigh = load<u64>(q, 8)
    const negative = <i64>(xHigh ^ yHigh) < 0
    if (<i64>xHigh < 0) {
      xLow = 0 - xLow
      xHigh = ~xHigh + <u64>(xLow == 0)
    }
    if (<i64>yHigh < 0) {
      yLow = 0 - yLow
      yHigh = ~yHigh + <u64>(yLow == 0)
    }
    let low = xLow * yLow
    const base = multiplyHigh(xLow, yLow)
    const cross = xHigh * yLow + yHigh * xLow
    let high = base + cross
    const overflow =
      (xHigh != 0 && yHigh != 0) ||
      multiplyHigh(xHigh, yLow) != 0 ||
      multiplyHigh(yHigh, xLow) != 0 ||
      high < base ||
      <i64>high < 0
    if (overflow && first < 0 && (validity == 0 || load<u8>(validity + i) != 0)) first = i
    if (negative) {
      low = 0 - low
      high = ~high + <u64>(low == 0)
    }
    store<u64>(out + (<usize>i << 4), low)
    store<u64>(out + (<usize>i << 4), high, 8)
  }
  return first
}

/** First row (not NULL) whose size is not below `limit` (a positive i128 at `limit`), or -1. */
export function exceedsI128(a: usize, n: i32, validity: usize, limit: usize): i32 {
  const limitLow = load<u64>(limit)
  const limitHigh = load<u64>(limit, 8)
  for (let i = 0; i < n; i++) {
    let low = load<u64>(a + (<usize>i << 4))
    let high = load<u64>(a + (<usize>i << 4), 8)
    if (<i64>high < 0) {
      low = 0 - low
      high = ~high + <u64>(low == 0)
    }
    if (high > limitHigh || (high == limitHigh && low >= limitLow)) {
      if (validity == 0 || load<u8>(validity + i) != 0) return i
    }
  }
  return -1
}

/** First row (not NULL) whose size is not below `limit`, or -1. */
export function exceedsI64(a: usize, n: i32, validity: usize, limit: i64): i32 {
  for (let i = 0; i < n; i++) {
    const value = load<i64>(a + (<usize>i << 3))
    if (value >= limit || value <= -limit) {
      if (validity == 0 || load<u8>(validity + i) != 0) return i
    }
  }
  return -1
}
