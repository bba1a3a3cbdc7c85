// MD5 (RFC 1321) of byte strings, as 32 hexadecimal digits.
import { isNullRow } from '../row-state'
import { storeView, viewOf } from './rows'

/** floor(2^32 * abs(sin(i + 1))), section 3.4. */
const SINES: usize = memory.data<u32>([
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1,
  0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453,
  0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
  0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05,
  0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d,
  0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
])

let stateA: u32 = 0
let stateB: u32 = 0
let stateC: u32 = 0
let stateD: u32 = 0

// @ts-ignore: decorator
@inline
function step(mixed: u32, a: u32, b: u32, block: usize, word: u32, i: u32, turn: u32): u32 {
  return b + rotl<u32>(a + mixed + load<u32>(SINES + (<usize>i << 2)) + load<u32>(block + (<usize>word << 2)), turn)
}

/** One block of 64 bytes. */
function addBlock(block: usize): void {
  let a = stateA
  let b = stateB
  let c = stateC
  let d = stateD
  for (let i: u32 = 0; i < 16; i += 4) {
    a = step((b & c) | (~b & d), a, b, block, i, i, 7)
    d = step((a & b) | (~a & c), d, a, block, i + 1, i + 1, 12)
    c = step((d & a) | (~d & b), c, d, block, i + 2, i + 2, 17)
    b = step((c & d) | (~c & a), b, c, block, i + 3, i + 3, 22)
  }
  for (let i: u32 = 16; i < 32; i += 4) {
    a = step((d & b) | (~d & c), a, b, block, (5 * i + 1) & 15, i, 5)
    d = step((c & a) | (~c & b), d, a, block, (5 * i + 6) & 15, i + 1, 9)
    c = step((b & d) | (~b & a), c, d, block, (5 * i + 11) & 15, i + 2, 14)
    b = step((a & c) | (~a & d), b, c, block, (5 * i) & 15, i + 3, 20)
  }
  for (let i: u32 = 32; i < 48; i += 4) {
    a = step(b ^ c ^ d, a, b, block, (3 * i + 5) & 15, i, 4)
    d = step(a ^ b ^ c, d, a, block, (3 * i + 8) & 15, i + 1, 11)
    c = step(d ^ a ^ b, c, d, block, (3 * i + 11) & 15, i + 2, 16)
    b = step(c ^ d ^ a, b, c, block, (3 * i + 14) & 15, i + 3, 23)
  }
  for (let i: u32 = 48; i < 64; i += 4) {
    a = step(c ^ (b | ~d), a, b, block, (7 * i) & 15, i, 6)
    d = step(b ^ (a | ~c), d, a, block, (7 * i + 7) & 15, i + 1, 10)
    c = step(a ^ (d | ~b), c, d, block, (7 * i + 14) & 15, i + 2, 15)
    b = step(d ^ (c | ~a), b, c, block, (7 * i + 21) & 15, i + 3, 21)
  }
  stateA += a
  stateB += b
  stateC += c
  stateD += d
}

/** Eight digits of the bytes of `word`, lowest byte first. */
// @ts-ignore: decorator
@inline
function putHex(to: usize, word: u32): void {
  for (let k: u32 = 0; k < 4; k++) {
    const byte = (word >> (8 * k)) & 0xff
    const upper = byte >> 4
    const lower = byte & 15
    store<u8>(to + 2 * k, <u8>(upper + (upper < 10 ? 48 : 87)))
    store<u8>(to + 2 * k + 1, <u8>(lower + (lower < 10 ? 48 : 87)))
  }
}

/** 32 bytes a row to `bytes`; `scratch`: 128 bytes for the end of a text and its length. */
export function md5Rows(views: usize, validity: usize, n: i32, scratch: usize, bytes: usize, out: usize): void {
  let next = bytes
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i)) {
      storeView(out, i, 0, 0)
      continue
    }
    const view = viewOf(views, 1, i)
    let p = <usize>load<u32>(view)
    const length = load<u32>(view, 4)
    stateA = 0x67452301
    stateB = 0xefcdab89
    stateC = 0x98badcfe
    stateD = 0x10325476
    let rest = <usize>length
    for (; rest >= 64; rest -= 64, p += 64) addBlock(p)
    // A bit behind the text, zeroes, and how many bits it had.
    memory.copy(scratch, p, rest)
    store<u8>(scratch + rest, 0x80)
    const size: usize = rest < 56 ? 64 : 128
    memory.fill(scratch + rest + 1, 0, size - rest - 1)
    store<u64>(scratch + size - 8, <u64>length << 3)
    addBlock(scratch)
    if (size == 128) addBlock(scratch + 64)
    putHex(next, stateA)
    putHex(next + 8, stateB)
    putHex(next + 16, stateC)
    putHex(next + 24, stateD)
    storeView(out, i, next, 32)
    next += 32
  }
}
