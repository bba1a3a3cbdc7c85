// Results of aggregates from their states.
import { divideWords, multiplyWords, negateWords } from './wide'

/** 10^38, the bound of decimals. */
const BOUND_LOW: u64 = 0x098a224000000000
const BOUND_HIGH: u64 = 0x4b3b4ca85a86c47a

/** Stores the signed number of 3 words at p as i64 (`wide` 0) or as a decimal i128 (1); false when it does not fit. */
// @ts-ignore: decorator
@inline
function narrow(p: usize, wide: i32, out: usize): bool {
  const low = load<u64>(p)
  const middle = load<u64>(p, 8)
  const sign = load<i64>(p, 16)
  if (wide == 0) {
    store<u64>(out, low)
    return <i64>middle == <i64>low >> 63 && sign == <i64>low >> 63
  }
  store<u64>(out, low)
  store<u64>(out, middle, 8)
  if (sign != <i64>middle >> 63) return false
  // |value| < 10^38
  let high = middle
  let rest = low
  if (sign < 0) {
    rest = ~rest + 1
    high = ~high + <u64>(rest == 0)
  }
  return high != BOUND_HIGH ? high < BOUND_HIGH : rest < BOUND_LOW
}

// @ts-ignore: decorator
@inline
function widen(state: usize, words: i32, scratch: usize): void {
  const low = load<u64>(state)
  store<u64>(scratch, low)
  if (words == 1) {
    store<i64>(scratch, <i64>low >> 63, 8)
    store<i64>(scratch, <i64>low >> 63, 16)
    return
  }
  const middle = load<u64>(state, 8)
  store<u64>(scratch, middle, 8)
  store<i64>(scratch, words == 2 ? <i64>middle >> 63 : load<i64>(state, 16), 16)
}

/**
 * Sums of `words` words. `scratch`: 24 bytes. `mask` 0, or the validity (from gatherSeen) outside of which nothing is checked. Returns
 * the first row whose sum does not fit, or -1.
 */
export function finishSums(n: i32, rows: usize, offset: i32, words: i32, wide: i32, mask: usize, scratch: usize, out: usize): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    widen(<usize>load<u32>(rows + (i << 2)) + offset, words, scratch)
    const fits = narrow(scratch, wide, out + (i << (wide ? 4 : 3)))
    if (!fits && (mask == 0 || load<u8>(mask + i))) return <i32>i
  }
  return -1
}

/**
 * Averages: sum * 10^scaleUp / count, rounded half away from zero. `scratch`: 48 bytes. Writes validity. Returns the first row whose
 * average does not fit, or -1.
 */
export function finishAverages(
  n: i32, rows: usize, sumOffset: i32, words: i32, countOffset: i32, scaleUp: i32, wide: i32, scratch: usize, out: usize, validity: usize,
): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = <usize>load<u32>(rows + (i << 2))
    const count = load<u64>(row + countOffset)
    store<u8>(validity + i, <u8>(count != 0))
    if (count == 0) continue
    widen(row + sumOffset, words, scratch)
    const negative = load<i64>(scratch, 16) < 0
    if (negative) negateWords(scratch, 3)
    let over: u64 = 0
    for (let s = scaleUp; s > 0; s -= 9) {
      let factor: u64 = 1
      for (let k = s < 9 ? s : 9; k > 0; k--) factor *= 10
      over |= multiplyWords(scratch, 3, factor)
    }
    const remainder = divideWords(scratch, 3, count)
    // Half away from zero: remainder >= count - remainder.
    if (remainder >= count - remainder) {
      for (let w: usize = 0; w < 24; w += 8) {
        const word = load<u64>(scratch + w) + 1
        store<u64>(scratch + w, word)
        if (word != 0) break
      }
    }
    if (over != 0 || load<i64>(scratch, 16) < 0) return <i32>i
    if (negative) negateWords(scratch, 3)
    if (!narrow(scratch, wide, out + (i << (wide ? 4 : 3)))) return <i32>i
  }
  return -1
}

/** Float sums (`countOffset` 0) or averages; `single`: as f32. Returns the first row that overflowed, or -1. */
export function finishFloats(
  n: i32, rows: usize, offset: i32, seen: i32, countOffset: i32, single: i32, out: usize, validity: usize,
): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = <usize>load<u32>(rows + (i << 2))
    const flags = load<u8>(row + seen)
    store<u8>(validity + i, flags & 1)
    let value = load<f64>(row + offset)
    if (countOffset != 0) value /= <f64>load<i64>(row + countOffset)
    if (single) {
      value = <f64>(<f32>value)
      store<f32>(out + (i << 2), <f32>value)
    } else {
      store<f64>(out + (i << 3), value)
    }
    if (flags == 1 && value - value != 0) return <i32>i
  }
  return -1
}
