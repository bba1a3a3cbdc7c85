// BYTE_STREAM_SPLIT: byte k of all values, then byte k + 1 of all values, ...
// Spec: parquet-format 2.11, Encodings.md, "Byte Stream Split (BYTE_STREAM_SPLIT = 9)".

/** Puts values [first, first + n) of the `total` at `start` together; `width` bytes each. */
export function splitRead(start: usize, total: i32, width: i32, first: i32, n: i32, out: usize): void {
  let i = 0
  const from = start + <usize>first
  const stride = <usize>total
  if (width == 4) {
    for (; i + 16 <= n; i += 16) {
      const p = from + <usize>i
      const a = v128.load(p)
      const b = v128.load(p + stride)
      const c = v128.load(p + 2 * stride)
      const d = v128.load(p + 3 * stride)
      const to = out + (<usize>i << 2)
      interleave4(low8(a, b), low8(c, d), to)
      interleave4(high8(a, b), high8(c, d), to + 32)
    }
  } else if (width == 8) {
    for (; i + 16 <= n; i += 16) {
      const p = from + <usize>i
      const a = v128.load(p)
      const b = v128.load(p + stride)
      const c = v128.load(p + 2 * stride)
      const d = v128.load(p + 3 * stride)
      const e = v128.load(p + 4 * stride)
      const f = v128.load(p + 5 * stride)
      const g = v128.load(p + 6 * stride)
      const h = v128.load(p + 7 * stride)
      const to = out + (<usize>i << 3)
      interleave8(low8(a, b), low8(c, d), low8(e, f), low8(g, h), to)
      interleave8(high8(a, b), high8(c, d), high8(e, f), high8(g, h), to + 64)
    }
  }
  const size = <usize>width
  for (; i < n; i++) {
    const p = from + <usize>i
    const to = out + <usize>i * size
    for (let k: usize = 0; k < size; k++) store<u8>(to + k, load<u8>(p + k * stride))
  }
}

// @ts-ignore: decorator
@inline function low8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
}

// @ts-ignore: decorator
@inline function high8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
}

// @ts-ignore: decorator
@inline function low16(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
}

// @ts-ignore: decorator
@inline function high16(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
}

/** Eight 4-byte values from their pairs of bytes. */
function interleave4(ab: v128, cd: v128, to: usize): void {
  v128.store(to, low16(ab, cd))
  v128.store(to, high16(ab, cd), 16)
}

/** Eight 8-byte values from their pairs of bytes. */
function interleave8(ab: v128, cd: v128, ef: v128, gh: v128, to: usize): void {
  const lowA = low16(ab, cd)
  const highA = high16(ab, cd)
  const lowB = low16(ef, gh)
  const highB = high16(ef, gh)
  v128.store(to, i32x4.shuffle(lowA, lowB, 0, 4, 1, 5))
  v128.store(to, i32x4.shuffle(lowA, lowB, 2, 6, 3, 7), 16)
  v128.store(to, i32x4.shuffle(highA, highB, 0, 4, 1, 5), 32)
  v128.store(to, i32x4.shuffle(highA, highB, 2, 6, 3, 7), 48)
}
