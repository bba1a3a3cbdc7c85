// Snappy, raw block format (github.com/google/snappy, format_description.txt).
//
//   varint length of the output, then elements. The low two bits of an element's tag byte:
//   00 literal        length - 1 in the other six bits, or (60..63) in the 1..4 bytes that follow
//   01 copy, 1 byte   length 4..11, offset of 11 bits
//   10 copy, 2 bytes  length 1..64, offset of 16 bits
//   11 copy, 4 bytes  length 1..64, offset of 32 bits
//
// As long as an element cannot reach the end of either side, it is copied without looking for it; the last ones are
// decoded with every check. Copies move 16 bytes at a time and so write past their end: into what comes next, or the slack behind
// the output (kernel/README.md).
import { copyNear, copyWild } from './copy'
import { BAD_OFFSET, MALFORMED, TOO_LONG, TOO_SHORT, TRUNCATED } from './errors'

// What a tag says: length | bytes of the offset << 8 | upper bits of the offset << 11.
// prettier-ignore
const TAGS = memory.data<u16>([
  1, 260, 513, 1025, 2, 261, 514, 1026, 3, 262, 515, 1027, 4, 263, 516, 1028,
  5, 264, 517, 1029, 6, 265, 518, 1030, 7, 266, 519, 1031, 8, 267, 520, 1032,
  9, 2308, 521, 1033, 10, 2309, 522, 1034, 11, 2310, 523, 1035, 12, 2311, 524, 1036,
  13, 2312, 525, 1037, 14, 2313, 526, 1038, 15, 2314, 527, 1039, 16, 2315, 528, 1040,
  17, 4356, 529, 1041, 18, 4357, 530, 1042, 19, 4358, 531, 1043, 20, 4359, 532, 1044,
  21, 4360, 533, 1045, 22, 4361, 534, 1046, 23, 4362, 535, 1047, 24, 4363, 536, 1048,
  25, 6404, 537, 1049, 26, 6405, 538, 1050, 27, 6406, 539, 1051, 28, 6407, 540, 1052,
  29, 6408, 541, 1053, 30, 6409, 542, 1054, 31, 6410, 543, 1055, 32, 6411, 544, 1056,
  33, 8452, 545, 1057, 34, 8453, 546, 1058, 35, 8454, 547, 1059, 36, 8455, 548, 1060,
  37, 8456, 549, 1061, 38, 8457, 550, 1062, 39, 8458, 551, 1063, 40, 8459, 552, 1064,
  41, 10500, 553, 1065, 42, 10501, 554, 1066, 43, 10502, 555, 1067, 44, 10503, 556, 1068,
  45, 10504, 557, 1069, 46, 10505, 558, 1070, 47, 10506, 559, 1071, 48, 10507, 560, 1072,
  49, 12548, 561, 1073, 50, 12549, 562, 1074, 51, 12550, 563, 1075, 52, 12551, 564, 1076,
  53, 12552, 565, 1077, 54, 12553, 566, 1078, 55, 12554, 567, 1079, 56, 12555, 568, 1080,
  57, 14596, 569, 1081, 58, 14597, 570, 1082, 59, 14598, 571, 1083, 60, 14599, 572, 1084,
  61, 14600, 573, 1085, 62, 14601, 574, 1086, 63, 14602, 575, 1087, 64, 14603, 576, 1088,
])
const MASKS = memory.data<u32>([0, 0xff, 0xffff, 0, 0xffffffff])

/** Input and output that the longest element without extra length bytes takes, and what copying it reads and writes. */
const NEAR_END: usize = 80

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
  const srcSafe = end - NEAR_END
  const outSafe = dstEnd - NEAR_END
  while (src < srcSafe && out < outSafe) {
    const tag = <u32>load<u8>(src)
    src++
    if ((tag & 3) == 0) {
      let length = (tag >> 2) + 1
      v128.store(out, v128.load(src))
      if (length <= 16) {
        out += <usize>length
        src += <usize>length
        continue
      }
      if (length > 60) {
        const extra = length - 60
        length = load<u32>(src) & (<u32>0xffff_ffff >> (32 - 8 * extra))
        if (length >= 0x7fff_ffff) return MALFORMED
        length++
        src += <usize>extra
        if (<usize>length > end - src) return TRUNCATED
        if (<usize>length > dstEnd - out) return TOO_LONG
        memory.copy(out, src, <usize>length)
      } else {
        v128.store(out, v128.load(src, 16), 16)
        v128.store(out, v128.load(src, 32), 32)
        v128.store(out, v128.load(src, 48), 48)
      }
      out += <usize>length
      src += <usize>length
      continue
    }
    const entry = <u32>load<u16>(TAGS + (<usize>tag << 1))
    const length = <usize>(entry & 255)
    const width = <usize>((entry >> 8) & 7)
    const offset = <usize>((load<u32>(src) & load<u32>(MASKS + (width << 2))) + ((entry >> 11) << 8))
    src += width
    // One test for both: an offset of 0 becomes the greatest.
    if (offset - 1 >= out - dst) return BAD_OFFSET
    if (offset >= 16) {
      const from = out - offset
      v128.store(out, v128.load(from))
      v128.store(out, v128.load(from, 16), 16)
      if (length > 32) {
        v128.store(out, v128.load(from, 32), 32)
        v128.store(out, v128.load(from, 48), 48)
      }
    } else copyNear(out, offset, length)
    out += length
  }
  return decodeRest(src, end, dst, out, dstEnd)
}

/** Decodes the elements [src, end) to [out, dstEnd) with every check; returns how many bytes there are from `dst` on. */
function decodeRest(src: usize, end: usize, dst: usize, out: usize, dstEnd: usize): i32 {
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
      memory.copy(out, src, <usize>length)
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
    if (offset >= 16) copyWild(out - offset, out, <usize>length)
    else copyNear(out, offset, <usize>length)
    out += <usize>length
  }
  return out == dstEnd ? <i32>(out - dst) : TOO_SHORT
}
