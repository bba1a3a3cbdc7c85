// Snappy, raw block format (github.com/google/snappy, format_description.txt).
//
//   varint length of the output, then elements. The low two bits of an element's tag byte:
//   00 literal        length - 1 in the other six bits, or (60..63) in the 1..4 bytes that follow
//   01 copy, 1 byte   length 4..11, offset of 11 bits
//   10 copy, 2 bytes  length 1..64, offset of 16 bits
//   11 copy, 4 bytes  length 1..64, offset of 32 bits
//
// Copies and literals move 16 bytes at a time and so write up to 31 bytes past their end: the slack behind every
// output is there for that (kernel/README.md).
import { BAD_OFFSET, MALFORMED, TOO_LONG, TOO_SHORT, TRUNCATED } from './errors'

/** Length of the output that the block at `src` announces; negative when that is malformed. */
export function snappyLength(src: usize, srcLength: i32): i32 {
  const end = src + <usize>srcLength
  let length: u32 = 0
  for (let shift: u32 = 0; shift < 35; shift += 7) {
    if (src >= end) return TRUNCATED
    const byte = <u32>load<u8>(src++)
    length |= (byte & 127) << shift
    if (byte < 128) return length > 0x7fff_ffff ? MALFORMED : <i32>length
  }
  return MALFORMED
}

/** Decompresses a block of exactly `dstLength` bytes; returns that, or a negative error. */
export function snappyDecode(src: usize, srcLength: i32, dst: usize, dstLength: i32): i32 {
  const announced = snappyLength(src, srcLength)
  if (announced < 0) return announced
  if (announced != dstLength) return announced > dstLength ? TOO_LONG : TOO_SHORT
  const end = src + <usize>srcLength
  const dstEnd = dst + <usize>dstLength
  while (load<u8>(src++) >= 128) continue
  let out = dst
  while (src < end) {
    const tag = <u32>load<u8>(src)
    src++
    let length: u32
    let offset: usize
    if ((tag & 3) == 0) {
      length = (tag >> 2) + 1
      if (length > 60) {
        const extra = length - 60
        if (src + <usize>extra > end) return TRUNCATED
        length = load<u32>(src) & (<u32>0xffff_ffff >> (32 - 8 * extra))
        if (length >= 0x7fff_ffff) return MALFORMED
        length++
        src += <usize>extra
      }
      if (<usize>length > end - src) return TRUNCATED
      if (<usize>length > dstEnd - out) return TOO_LONG
      v128.store(out, v128.load(src))
      if (length > 16) {
        if (length > 2048) memory.copy(out, src, <usize>length)
        else for (let i: usize = 16; i < <usize>length; i += 16) v128.store(out + i, v128.load(src + i))
      }
      out += <usize>length
      src += <usize>length
      continue
    }
    if ((tag & 3) == 1) {
      length = 4 + ((tag >> 2) & 7)
      offset = <usize>(((tag >> 5) << 8) | <u32>load<u8>(src))
      src += 1
    } else if ((tag & 3) == 2) {
      length = 1 + (tag >> 2)
      offset = <usize>load<u16>(src)
      src += 2
    } else {
      length = 1 + (tag >> 2)
      offset = <usize>load<u32>(src)
      src += 4
    }
    if (src > end) return TRUNCATED
    // One test for both: an offset of 0 becomes the greatest.
    if (offset - 1 >= out - dst) return BAD_OFFSET
    if (<usize>length > dstEnd - out) return TOO_LONG
    const from = out - offset
    if (offset >= 16) {
      v128.store(out, v128.load(from))
      v128.store(out, v128.load(from, 16), 16)
      if (length > 32) {
        v128.store(out, v128.load(from, 32), 32)
        v128.store(out, v128.load(from, 48), 48)
      }
    } else if (offset >= 8) {
      for (let i: usize = 0; i < <usize>length; i += 8) store<u64>(out + i, load<u64>(from + i))
    } else {
      for (let i: usize = 0; i < <usize>length; i++) store<u8>(out + i, load<u8>(from + i))
    }
    out += <usize>length
  }
  return out == dstEnd ? dstLength : TOO_SHORT
}
