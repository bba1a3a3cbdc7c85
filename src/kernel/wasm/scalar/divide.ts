// Division of decimals of 64 bits.
import { isNullRow } from '../row-state'

let high: u64 = 0
let low: u64 = 0

/** a * b as `high` and `low`. */
// @ts-ignore: decorator
@inline
function multiplyWide(a: u64, b: u64): void {
  const aLow = a & 0xffffffff
  const aHigh = a >> 32
  const bLow = b & 0xffffffff
  const bHigh = b >> 32
  const first = aLow * bLow
  const second = aHigh * bLow + (first >> 32)
  const third = aLow * bHigh + (second & 0xffffffff)
  high = aHigh * bHigh + (second >> 32) + (third >> 32)
  low = (third << 32) | (first & 0xffffffff)
}

let remainder: u64 = 0

/** (top, bottom) / divisor where top < divisor, so that the quotient has 64 bits; the rest in `remainder`. D. E. Knuth's algorithm D with digits of 32 bits. */
function divideWide(top: u64, bottom: u64, divisor: u64): u64 {
  const shift = clz(divisor)
  const d = divisor << shift
  const dHigh = d >> 32
  const dLow = d & 0xffffffff
  const upper = shift == 0 ? top : (top << shift) | (bottom >> (64 - shift))
  const lower = bottom << shift
  const next = lower >> 32
  const last = lower & 0xffffffff
  let first = upper / dHigh
  let rest = upper - first * dHigh
  while (first > 0xffffffff || first * dLow > ((rest << 32) | next)) {
    first--
    rest += dHigh
    if (rest > 0xffffffff) break
  }
  const middle = ((upper << 32) | next) - first * d
  let second = middle / dHigh
  rest = middle - second * dHigh
  while (second > 0xffffffff || second * dLow > ((rest << 32) | last)) {
    second--
    rest += dHigh
    if (rest > 0xffffffff) break
  }
  remainder = (((middle << 32) | last) - second * d) >> shift
  return (first << 32) + second
}

/**
 * a * power / b as 128 bits, rounded half away from zero; |a| and |b| have at most 18 digits. Steps of 0 repeat the first value. Returns the first row (not
 * NULL) with a divisor of 0, or -1.
 */
export function divideDecimals(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  power: u64,
  n: i32,
  validity: usize,
  out: usize,
): i32 {
  for (let i = 0; i < n; i++) {
    const x = load<i64>(a + (<usize>(i * aStep) << 3))
    const y = load<i64>(b + (<usize>(i * bStep) << 3))
    const to = out + (<usize>i << 4)
    if (y == 0) {
      if (!isNullRow(validity, i)) return i
      v128.store(to, i64x2.splat(0))
      continue
    }
    const divisor = <u64>(y < 0 ? -y : y)
    multiplyWide(<u64>(x < 0 ? -x : x), power)
    let top = high / divisor
    let quotient = divideWide(high - top * divisor, low, divisor)
    if (remainder >= divisor - remainder) {
      quotient++
      if (quotient == 0) top++
    }
    if (x < 0 != y < 0) {
      quotient = 0 - quotient
      top = ~top + (quotient == 0 ? 1 : 0)
    }
    store<u64>(to, quotient)
    store<u64>(to, top, 8)
  }
  return -1
}
