// Order of strings by bytes.

/** Negative, 0 or positive. May read up to 7 bytes past the ends. */
export function compareBytes(a: usize, aLength: u32, b: usize, bLength: u32): i32 {
  let left = aLength < bLength ? aLength : bLength
  while (left >= 8) {
    const x = bswap<u64>(load<u64>(a))
    const y = bswap<u64>(load<u64>(b))
    if (x != y) return x < y ? -1 : 1
    a += 8
    b += 8
    left -= 8
  }
  if (left > 0) {
    const drop = 64 - (<u64>left << 3)
    const x = bswap<u64>(load<u64>(a)) >> drop
    const y = bswap<u64>(load<u64>(b)) >> drop
    if (x != y) return x < y ? -1 : 1
  }
  return aLength < bLength ? -1 : <i32>(aLength > bLength)
}
