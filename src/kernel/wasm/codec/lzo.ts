// LZO1X, as ORC and Hadoop store it: without a header.
//
//   the first byte, above 17: that minus 17 literals
//   instruction   0..15, after no literals: 3 + n literals (0: a length in more bytes)
//                 0..15, after 1 to 3 literals: 2 bytes back (n & 12) >> 2 | next << 2, + 1;   after more: 3 bytes, + 2049
//                 16..31: 2 + (n & 7) bytes, distance 16384 + (n & 8) << 11 | u16 >> 2; a distance of 16384 is the end
//                 32..63: 2 + (n & 31) bytes, distance (u16 >> 2) + 1
//                 64..255: 1 + (n >> 5) bytes, distance ((n >> 2) & 7 | next << 3) + 1
//   the lowest two bits of the distance's first byte: literals that follow, without an instruction of their own
//
// Source: Linux, Documentation/staging/lzo.rst.
import { copyMatch, copyWild } from './copy'
import { BAD_OFFSET, MALFORMED, TOO_LONG, TRUNCATED } from './errors'

let cursor: usize = 0

/** A length in more bytes: 255 for each zero, and the last byte; -1 when the bytes end. */
function moreLength(end: usize): i64 {
  let length: i64 = 0
  while (true) {
    if (cursor >= end) return -1
    const byte = <i64>load<u8>(cursor++)
    if (byte != 0) return length + byte
    length += 255
  }
}

/** Decompresses to at most `dstLength` bytes; returns how many there were, or a negative error. */
export function lzoDecode(src: usize, srcLength: i32, dst: usize, dstLength: i32): i32 {
  const end = src + <usize>srcLength
  const dstEnd = dst + <usize>dstLength
  let out = dst
  // Literals copied last: 0, 1 to 3, or 4 for more.
  let state = 0
  cursor = src
  if (srcLength > 0 && load<u8>(src) > 17) {
    const count = <usize>load<u8>(src) - 17
    cursor++
    if (count > end - cursor) return TRUNCATED
    if (count > dstEnd - out) return TOO_LONG
    copyWild(cursor, out, count)
    cursor += count
    out += count
    state = count < 4 ? <i32>count : 4
  }
  while (true) {
    if (cursor >= end) return TRUNCATED
    const code = <u32>load<u8>(cursor++)
    let length: i64
    let distance: u32
    let trailing: u32
    if (code < 16 && state == 0) {
      length = <i64>code + 3
      if (code == 0) {
        const more = moreLength(end)
        if (more < 0) return TRUNCATED
        length = more + 18
      }
      if (length > <i64>(end - cursor)) return TRUNCATED
      if (length > <i64>(dstEnd - out)) return TOO_LONG
      copyWild(cursor, out, <usize>length)
      cursor += <usize>length
      out += <usize>length
      state = 4
      continue
    }
    if (code < 16) {
      if (cursor >= end) return TRUNCATED
      distance = ((code & 12) >> 2) | (<u32>load<u8>(cursor++) << 2)
      length = state == 4 ? 3 : 2
      distance += state == 4 ? 2049 : 1
      trailing = code & 3
    } else if (code < 64) {
      const mask: u32 = code < 32 ? 7 : 31
      length = <i64>(code & mask) + 2
      if ((code & mask) == 0) {
        const more = moreLength(end)
        if (more < 0) return TRUNCATED
        length = more + <i64>mask + 2
      }
      if (end - cursor < 2) return TRUNCATED
      const word = <u32>load<u16>(cursor)
      cursor += 2
      trailing = word & 3
      if (code < 32) {
        distance = 16384 + ((code & 8) << 11) + (word >> 2)
        // The end of the data.
        if (distance == 16384) return length == 3 && cursor == end ? <i32>(out - dst) : MALFORMED
      } else distance = (word >> 2) + 1
    } else {
      if (cursor >= end) return TRUNCATED
      length = <i64>(code >> 5) + 1
      distance = ((code >> 2) & 7) + (<u32>load<u8>(cursor++) << 3) + 1
      trailing = code & 3
    }
    if (<usize>distance > out - dst) return BAD_OFFSET
    if (length > <i64>(dstEnd - out)) return TOO_LONG
    copyMatch(out, <usize>distance, <usize>length)
    out += <usize>length
    if (<usize>trailing > end - cursor) return TRUNCATED
    if (<usize>trailing > dstEnd - out) return TOO_LONG
    copyWild(cursor, out, <usize>trailing)
    cursor += <usize>trailing
    out += <usize>trailing
    state = <i32>trailing
  }
}
