// PLAIN encoding: values one after another, little-endian; a byte array is a 4-byte length and that many bytes.
// Numbers need no decoding; here are byte arrays (to views) and booleans (bits to bytes).
// Spec: parquet-format 2.11, Encodings.md, "Plain: (PLAIN = 0)".
import { TRUNCATED } from './errors'

/**
 * Views (address, length) of the `n` byte arrays from `position` on. Returns how many bytes they take, or a
 * negative error.
 */
export function plainViews(position: usize, end: usize, n: i32, out: usize): i32 {
  let p = position
  for (let i = 0; i < n; i++) {
    if (end - p < 4) return TRUNCATED
    const length = load<u32>(p)
    p += 4
    if (<usize>length > end - p) return TRUNCATED
    store<u64>(out, (<u64>length << 32) | <u64>p)
    out += 8
    p += <usize>length
  }
  return <i32>(p - position)
}

/** Passes `n` byte arrays over; returns how many bytes they take, or a negative error. */
export function plainSkipViews(position: usize, end: usize, n: i32): i32 {
  let p = position
  for (let i = 0; i < n; i++) {
    if (end - p < 4) return TRUNCATED
    const length = load<u32>(p)
    p += 4
    if (<usize>length > end - p) return TRUNCATED
    p += <usize>length
  }
  return <i32>(p - position)
}

/** Views of those of the next `n` byte arrays whose places, minus `base`, stand ascending in `places`. */
export function plainSelectViews(position: usize, end: usize, n: i32, places: usize, count: i32, out: usize): i32 {
  let p = position
  let next = 0
  for (let i = 0; i < n; i++) {
    if (end - p < 4) return TRUNCATED
    const length = load<u32>(p)
    p += 4
    if (<usize>length > end - p) return TRUNCATED
    if (next < count && load<i32>(places + (<usize>next << 2)) == i) {
      store<u64>(out + (<usize>next << 3), (<u64>length << 32) | <u64>p)
      next++
    }
    p += <usize>length
  }
  return <i32>(p - position)
}

/** Views of `n` values of `width` bytes that lie one after another. */
export function fixedViews(position: usize, width: i32, n: i32, out: usize): void {
  let p = position
  for (let i = 0; i < n; i++) {
    store<u64>(out, (<u64>width << 32) | <u64>p)
    out += 8
    p += <usize>width
  }
}

/** Bits [bit, bit + n) of the bytes at `position`, as bytes. The caller checks that they are within the page. */
export function plainBooleans(position: usize, bit: i32, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const at = bit + i
    store<u8>(out + <usize>i, (load<u8>(position + <usize>(at >> 3)) >> <u8>(at & 7)) & 1)
  }
}
