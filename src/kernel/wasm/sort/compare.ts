// Order of rows by their sort keys. The descriptor (u32 words):
//   [0] number of segments, then per segment: [offset of key bytes in the row, how many, offset of a string column or 0, 1 =
//   descending]. The key bytes decide; when they are equal and there is a string column, its strings do.
import { compareBytes } from '../aggregate/bytes'

/** Negative, 0, positive. */
// @ts-ignore: decorator
@inline
export function compareKeyBytes(a: usize, b: usize, bytes: i32): i32 {
  let left = bytes
  while (left >= 8) {
    const x = load<u64>(a)
    const y = load<u64>(b)
    if (x != y) return bswap<u64>(x) < bswap<u64>(y) ? -1 : 1
    a += 8
    b += 8
    left -= 8
  }
  if (left == 0) return 0
  const drop = 64 - (<u64>left << 3)
  const x = bswap<u64>(load<u64>(a)) >> drop
  const y = bswap<u64>(load<u64>(b)) >> drop
  return x == y ? 0 : x < y ? -1 : 1
}

export function compareRows(a: usize, b: usize, descriptor: usize): i32 {
  const segments = load<u32>(descriptor)
  let segment = descriptor + 4
  for (let s: u32 = 0; s < segments; s++, segment += 16) {
    const offset = <usize>load<u32>(segment)
    const order = compareKeyBytes(a + offset, b + offset, load<i32>(segment, 4))
    if (order != 0) return order
    const column = <usize>load<u32>(segment, 8)
    if (column != 0) {
      const strings = compareBytes(load<u32>(a + column), load<u32>(a + column, 4), load<u32>(b + column), load<u32>(b + column, 4))
      if (strings != 0) return load<u32>(segment, 12) ? -strings : strings
    }
  }
  return 0
}
