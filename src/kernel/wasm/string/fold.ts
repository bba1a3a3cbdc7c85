// Upper and lower case. ASCII by 16 bytes; letters of two bytes by a table; letters of more bytes that may have another case are left to others.
import { isNullRow, leave } from '../row-state'
import { storeView } from './rows'

/**
 * Letters `first` ('a' or 'A') to its 25 followers with the other case. `table`: a u16 for each character from U+0080 to U+07FF, what stands for it (of
 * the same range), 0 where others must look. Bytes go to `bytes`: as many as came in. Rows left to others are in `slow`, their number is the result.
 */
export function foldRows(
  views: usize,
  validity: usize,
  n: i32,
  first: i32,
  table: usize,
  bytes: usize,
  out: usize,
  slow: usize,
): i32 {
  let left = 0
  let next = bytes
  const least = i8x16.splat(<i8>first)
  const letters = i8x16.splat(26)
  const bit = i8x16.splat(0x20)
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i)) {
      storeView(out, i, 0, 0)
      continue
    }
    const view = views + (<usize>i << 3)
    const start = <usize>load<u32>(view)
    const size = <usize>load<u32>(view, 4)
    let any = i64x2.splat(0)
    for (let k: usize = 0; k < size; k += 16) {
      const part = v128.load(start + k)
      any = v128.or(any, k + 16 <= size ? part : firstBytes(part, size - k))
      const isLetter = i8x16.lt_u(i8x16.sub(part, least), letters)
      v128.store(next + k, v128.xor(part, v128.and(isLetter, bit)))
    }
    if (i8x16.bitmask(any) != 0 && !foldWide(start, start + size, table, next)) {
      left = leave(slow, left, i)
      storeView(out, i, 0, 0)
      continue
    }
    storeView(out, i, next, size)
    next += size
  }
  return left
}

const PLACES: usize = memory.data<u8>([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])

/** The first `count` bytes, the others 0: what lies behind a text says nothing of it. */
// @ts-ignore: decorator
@inline
function firstBytes(part: v128, count: usize): v128 {
  return v128.and(part, i8x16.lt_u(v128.load(PLACES), i8x16.splat(<i8>count)))
}

/** The characters beyond ASCII of [p, end), over their copies at `to`; false: others must look at the text. */
function foldWide(start: usize, end: usize, table: usize, to: usize): bool {
  for (let p = start; p < end; ) {
    const byte = <u32>load<u8>(p)
    if (byte < 0x80) {
      p++
      continue
    }
    if (byte >= 0xc2 && byte < 0xe0) {
      if (p + 1 >= end) return false
      const second = <u32>load<u8>(p, 1)
      if ((second & 0xc0) != 0x80) return false
      const other = <u32>load<u16>(table + (((((byte & 0x1f) << 6) | (second & 0x3f)) - 0x80) << 1))
      if (other == 0) return false
      store<u8>(to + (p - start), <u8>(0xc0 | (other >> 6)))
      store<u8>(to + (p - start), <u8>(0x80 | (other & 0x3f)), 1)
      p += 2
      continue
    }
    const size = caselessBytes(byte, p, end)
    if (size == 0) return false
    p += size
  }
  return true
}

/** Bytes of a character of three or four that surely has no case; 0 if that is not sure: U+3000-9FFF, U+B000-CFFF, U+1F000-1FFFF, U+2000-203F. */
// @ts-ignore: decorator
@inline
function caselessBytes(byte: u32, p: usize, end: usize): usize {
  const size: usize = byte < 0xf0 ? 3 : 4
  if (byte < 0xe0 || p + size > end) return 0
  for (let k: usize = 1; k < size; k++) if ((load<u8>(p + k) & 0xc0) != 0x80) return 0
  const second = load<u8>(p, 1)
  if (size == 4) return byte == 0xf0 && second == 0x9f ? 4 : 0
  if (byte == 0xe2) return second == 0x80 ? 3 : 0
  return (byte >= 0xe3 && byte <= 0xe9) || byte == 0xeb || byte == 0xec ? 3 : 0
}
