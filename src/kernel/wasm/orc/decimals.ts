// Decimals: unbounded zig-zag varints, and a scale for each value.
// Spec: ORC v1, "Decimal Columns".
import { INEXACT, MALFORMED, OVERFLOW } from './errors'

/**
 * Decodes at most `n` varints to i128 at `out`; 0: passes them over. The position at `state` moves behind what was read. Returns how many
 * ended before `end`, or a negative error.
 */
export function orcDecimals(state: usize, end: usize, n: i32, out: usize): i32 {
  let p = <usize>load<u32>(state)
  let done = 0
  while (done < n) {
    let low: u64 = 0
    let high: u64 = 0
    let shift: u64 = 0
    let q = p
    let isWhole = false
    while (q < end) {
      const byte = <u64>load<u8>(q++)
      const bits = byte & 127
      if (shift < 64) {
        low |= bits << shift
        if (shift > 57) high |= bits >> (64 - shift)
      } else {
        // 128 bits end within the nineteenth byte.
        if (shift > 126 || (shift == 126 && bits > 3)) return MALFORMED
        high |= bits << (shift - 64)
      }
      if (byte < 128) {
        isWhole = true
        break
      }
      shift += 7
    }
    if (!isWhole) break
    p = q
    if (out != 0) {
      const sign = -(low & 1)
      store<u64>(out + (<usize>done << 4), ((low >> 1) | (high << 63)) ^ sign)
      store<u64>(out + (<usize>done << 4), (high >> 1) ^ sign, 8)
    }
    done++
  }
  store<u32>(state, <u32>p)
  return done
}

/** Brings `n` i128 whose scales are the i64 at `scales` to the scale `target`, in place; 0 or a negative error. */
export function orcRescale(values: usize, scales: usize, n: i32, target: i32): i32 {
  for (let i = 0; i < n; i++) {
    const scale = load<i64>(scales + (<usize>i << 3))
    if (scale == <i64>target) continue
    const place = values + (<usize>i << 4)
    if (scale > 76 || scale < -76) return MALFORMED
    for (let digits = <i64>target - scale; digits > 0; digits--) if (timesTen(place) < 0) return OVERFLOW
    for (let digits = scale - <i64>target; digits > 0; digits--) if (byTen(place) != 0) return INEXACT
  }
  return 0
}

function timesTen(place: usize): i32 {
  const low = load<u64>(place)
  const high = load<i64>(place, 8)
  if (high > 922337203685477579 || high < -922337203685477579) return -1
  const lower = (low & 0xffff_ffff) * 10
  const upper = (low >> 32) * 10 + (lower >> 32)
  store<u64>(place, (upper << 32) | (lower & 0xffff_ffff))
  store<i64>(place, high * 10 + <i64>(upper >> 32), 8)
  return 0
}

/** Divides the i128 by ten; its remainder is returned. */
function byTen(place: usize): u64 {
  const negative = load<i64>(place, 8) < 0
  if (negative) negate(place)
  let rest: u64 = 0
  for (let i = 3; i >= 0; i--) {
    const word = (rest << 32) | <u64>load<u32>(place + (<usize>i << 2))
    store<u32>(place + (<usize>i << 2), <u32>(word / 10))
    rest = word % 10
  }
  if (negative) negate(place)
  return rest
}

function negate(place: usize): void {
  const low = ~load<u64>(place) + 1
  store<u64>(place, low)
  store<u64>(place, ~load<u64>(place, 8) + <u64>(low == 0), 8)
}

/** Checks that |values| of `n` i128 are below 10^digits; 0 or OVERFLOW. */
export function orcCheckDigits(values: usize, n: i32, digits: i32): i32 {
  let low: u64 = 1
  let high: u64 = 0
  for (let i = 0; i < digits; i++) {
    const lower = (low & 0xffff_ffff) * 10
    const upper = (low >> 32) * 10 + (lower >> 32)
    low = (upper << 32) | (lower & 0xffff_ffff)
    high = high * 10 + (upper >> 32)
  }
  for (let i = 0; i < n; i++) {
    let valueLow = load<u64>(values + (<usize>i << 4))
    let valueHigh = load<u64>(values + (<usize>i << 4), 8)
    if (<i64>valueHigh < 0) {
      valueLow = ~valueLow + 1
      valueHigh = ~valueHigh + <u64>(valueLow == 0)
    }
    if (valueHigh > high || (valueHigh == high && valueLow >= low)) return OVERFLOW
  }
  return 0
}
