// LZ4, raw block format (github.com/lz4/lz4, doc/lz4_Block_format.md).
//
//   sequence := token (4 bits of literal length, 4 bits of match length - 4), more length bytes while 255, literals,
//               u16 offset, more match length bytes; the last sequence ends after its literals
import { copyMatch, copyWild } from './copy'
import { BAD_OFFSET, TOO_LONG, TOO_SHORT, TRUNCATED } from './errors'

/** Decompresses a block of exactly `dstLength` bytes; returns that, or a negative error. */
export function lz4Decode(src: usize, srcLength: i32, dst: usize, dstLength: i32): i32 {
  const count = lz4DecodeWithin(src, srcLength, dst, dstLength)
  return count >= 0 && count != dstLength ? TOO_SHORT : count
}

/** Decompresses a block of at most `dstLength` bytes; returns how many there were, or a negative error. */
export function lz4DecodeWithin(src: usize, srcLength: i32, dst: usize, dstLength: i32): i32 {
  const end = src + <usize>srcLength
  const dstEnd = dst + <usize>dstLength
  let out = dst
  while (src < end) {
    const token = <u32>load<u8>(src++)
    let length = <usize>(token >> 4)
    if (length == 15) {
      let byte: u32
      do {
        if (src >= end) return TRUNCATED
        byte = <u32>load<u8>(src++)
        length += <usize>byte
      } while (byte == 255)
    }
    if (length > end - src) return TRUNCATED
    if (length > dstEnd - out) return TOO_LONG
    copyWild(src, out, length)
    src += length
    out += length
    if (src == end) break
    if (end - src < 2) return TRUNCATED
    const offset = <usize>load<u16>(src)
    src += 2
    let match = <usize>(token & 15) + 4
    if (match == 19) {
      let byte: u32
      do {
        if (src >= end) return TRUNCATED
        byte = <u32>load<u8>(src++)
        match += <usize>byte
      } while (byte == 255)
    }
    if (offset - 1 >= out - dst) return BAD_OFFSET
    if (match > dstEnd - out) return TOO_LONG
    copyMatch(out, offset, match)
    out += match
  }
  return <i32>(out - dst)
}
