// Numbers and booleans from text. What is not written in the common form is left to others: its row goes to `slow`, whose length is the result.
// Validity 0: there are no NULLs. NULLs become 0.
import { isNullRow, leave } from '../row-state'
import { NUL } from './character-codes'

/** Whole numbers of at most 18 digits. */
export function textToI64(views: usize, validity: usize, n: i32, out: usize, slow: usize): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    let p = <usize>load<u32>(views + (<usize>i << 3))
    const end = p + <usize>load<u32>(views + (<usize>i << 3), 4)
    let value: i64 = 0
    if (!isNullRow(validity, i)) {
      const isNegative = p < end && load<u8>(p) == 45
      if (isNegative) p++
      let isWhole = p < end && end - p <= 18
      for (; isWhole && p < end; p++) {
        const digit = <u32>load<u8>(p) - NUL
        if (digit > 9) isWhole = false
        value = value * 10 + <i64>digit
      }
      if (isNegative) value = -value
      if (!isWhole) {
        left = leave(slow, left, i)
        value = 0
      }
    }
    store<i64>(out + (<usize>i << 3), value)
  }
  return left
}

/** Whole numbers of at most 9 digits from `least` to `most`. */
export function textToI32(views: usize, validity: usize, n: i32, least: i32, most: i32, out: usize, slow: usize): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    let p = <usize>load<u32>(views + (<usize>i << 3))
    const end = p + <usize>load<u32>(views + (<usize>i << 3), 4)
    let value: i32 = 0
    if (!isNullRow(validity, i)) {
      const isNegative = p < end && load<u8>(p) == 45
      if (isNegative) p++
      let isWhole = p < end && end - p <= 9
      for (; isWhole && p < end; p++) {
        const digit = <u32>load<u8>(p) - NUL
        if (digit > 9) isWhole = false
        value = value * 10 + <i32>digit
      }
      if (isNegative) value = -value
      if (!isWhole || value < least || value > most) {
        left = leave(slow, left, i)
        value = 0
      }
    }
    store<i32>(out + (<usize>i << 2), value)
  }
  return left
}

/** Powers of ten that a double has exactly. */
const POWERS: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
  1e22,
])

/**
 * Doubles whose digits are a whole number up to 2^53 and whose power of ten is at most 22: one division or multiplication of exact numbers rounds right
 * (W. D. Clinger, "How to read floating point numbers accurately", 1990).
 */
export function textToF64(views: usize, validity: usize, n: i32, out: usize, slow: usize): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    let p = <usize>load<u32>(views + (<usize>i << 3))
    const end = p + <usize>load<u32>(views + (<usize>i << 3), 4)
    let value: f64 = 0
    if (!isNullRow(validity, i)) {
      const isNegative = p < end && load<u8>(p) == 45
      if (isNegative) p++
      let digits: i64 = 0
      let seen = 0
      let power = 0
      let isPlain = true
      for (; p < end; p++) {
        const digit = <u32>load<u8>(p) - NUL
        if (digit > 9) break
        digits = digits * 10 + <i64>digit
        seen++
      }
      if (p < end && load<u8>(p) == 46) {
        for (p++; p < end; p++) {
          const digit = <u32>load<u8>(p) - NUL
          if (digit > 9) break
          digits = digits * 10 + <i64>digit
          seen++
          power--
        }
      }
      if (seen == 0 || seen > 18) isPlain = false
      if (isPlain && p < end && (load<u8>(p) | 32) == 101) {
        p++
        const isDown = p < end && load<u8>(p) == 45
        if (p < end && (isDown || load<u8>(p) == 43)) p++
        let exponent = 0
        const first = p
        for (; p < end && p - first < 4; p++) {
          const digit = <u32>load<u8>(p) - NUL
          if (digit > 9) break
          exponent = exponent * 10 + <i32>digit
        }
        if (p == first) isPlain = false
        power += isDown ? -exponent : exponent
      }
      if (!isPlain || p != end || digits > 9007199254740992 || power < -22 || power > 22) {
        left = leave(slow, left, i)
      } else {
        value = <f64>digits
        if (power < 0) value /= load<f64>(POWERS + (<usize>-power << 3))
        else value *= load<f64>(POWERS + (<usize>power << 3))
        if (isNegative) value = -value
      }
    }
    store<f64>(out + (<usize>i << 3), value)
  }
  return left
}

/** Decimals of at most 18 digits with at most `scale` places, and `whole` digits before the point. */
export function textToDecimal(views: usize, validity: usize, n: i32, whole: i32, scale: i32, out: usize, slow: usize): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    let p = <usize>load<u32>(views + (<usize>i << 3))
    const end = p + <usize>load<u32>(views + (<usize>i << 3), 4)
    let value: i64 = 0
    if (!isNullRow(validity, i)) {
      const isNegative = p < end && load<u8>(p) == 45
      if (isNegative) p++
      const first = p
      for (; p < end && p - first <= 18; p++) {
        const digit = <u32>load<u8>(p) - NUL
        if (digit > 9) break
        value = value * 10 + <i64>digit
      }
      const before = <i32>(p - first)
      let places = 0
      if (p < end && load<u8>(p) == 46) {
        for (p++; p < end && places <= scale; p++, places++) {
          const digit = <u32>load<u8>(p) - NUL
          if (digit > 9) break
          value = value * 10 + <i64>digit
        }
      }
      if (before + places == 0 || before > whole || places > scale || p != end) {
        left = leave(slow, left, i)
        value = 0
      } else {
        for (; places < scale; places++) value *= 10
        if (isNegative) value = -value
      }
    }
    store<i64>(out + (<usize>i << 3), value)
  }
  return left
}

/** `true`, `false`, `t` and `f` in any case. */
export function textToBoolean(views: usize, validity: usize, n: i32, out: usize, slow: usize): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    const p = <usize>load<u32>(views + (<usize>i << 3))
    const length = load<u32>(views + (<usize>i << 3), 4)
    let value: u8 = 0
    if (!isNullRow(validity, i)) {
      const first = length == 0 ? 0 : <u32>load<u8>(p) | 32
      const isTrue = first == 116 && (length == 1 || (length == 4 && (load<u32>(p) | 0x20202020) == 0x65757274))
      const isFalse =
        first == 102 &&
        (length == 1 || (length == 5 && (load<u32>(p) | 0x20202020) == 0x736c6166 && (load<u8>(p, 4) | 32) == 101))
      if (!isTrue && !isFalse) left = leave(slow, left, i)
      value = isTrue ? 1 : 0
    }
    store<u8>(out + <usize>i, value)
  }
  return left
}
