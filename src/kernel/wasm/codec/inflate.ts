// Deflate (RFC 1951) as a stream: input and output come piece by piece, and what is between two pieces lies in the caller's state.
//
//   state   BITS u64 | COUNT i32 | PHASE i32 | LEFT i32 | LAST i32 | IN u32 | OUT u32 | tables
//   table   2^LOOK entries u16 by the next bits of the stream: symbol << 4 | length, 0 for codes longer than LOOK or not used;
//           then canonical counts and symbols, for the longer ones
//
// The 32 KiB before `out` (as far as there was so much) must be what came out last.
import { BAD_OFFSET, MALFORMED, TRUNCATED } from './errors'

const COUNT: usize = 8
const PHASE: usize = 12
const LEFT: usize = 16
const LAST: usize = 20
const IN: usize = 24
const OUT: usize = 28

const LOOK: i32 = 10
const LOOK_BYTES: usize = 2 << LOOK
// Of a table: counts of the lengths 1 to 15 as u16 from index 0, symbols in canonical order as u16.
const COUNTS: usize = LOOK_BYTES
const SYMBOLS: usize = COUNTS + 32
const TABLE_BYTES: usize = SYMBOLS + 576
const LITERALS: usize = 32
const DISTANCES: usize = LITERALS + TABLE_BYTES
const LENGTHS: usize = DISTANCES + TABLE_BYTES
const STATE_BYTES: usize = LENGTHS + 352

// Phases.
const HEADER: i32 = 0
const STORED: i32 = 1
const CODES: i32 = 2
const DONE: i32 = 3

// Results.
const NEEDS_INPUT: i32 = 1
const NEEDS_OUTPUT: i32 = 2
const ENDED: i32 = 0

/** A header has at most 14 + 19 * 3 + 320 * 14 bits. */
const HEADER_BYTES: usize = 600
/** A literal or a match: 15 + 5 + 15 + 13 bits, and what a refill reads at a time. */
const SYMBOL_BYTES: usize = 16
/** A literal, and the longest match behind it. */
const STEP_MAX: usize = 259

const LENGTH_BASES: usize = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258, 0, 0,
])
const LENGTH_BITS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0, 0, 0,
])
const DISTANCE_BASES: usize = memory.data<u16>([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193,
  12289, 16385, 24577, 0, 0,
])
const DISTANCE_BITS: usize = memory.data<u8>([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 0, 0,
])
const ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

// The bit buffer of the call under way.
let bits: u64 = 0
let count: i32 = 0
let src: usize = 0
let srcEnd: usize = 0
/** Bytes that were taken although there were none. */
let beyond: i32 = 0

/** Bytes of the state, which is zeroes at the beginning of a stream. */
export function inflateStateBytes(): i32 {
  return <i32>STATE_BYTES
}

/** At least 56 bits in the buffer; zeroes behind the end. */
// @ts-ignore: decorator
@inline
function refill(): void {
  if (src + 8 <= srcEnd) {
    bits |= load<u64>(src) << count
    const taken = (63 - count) >> 3
    src += <usize>taken
    count += taken << 3
    return
  }
  while (count <= 56) {
    if (src < srcEnd) bits |= (<u64>load<u8>(src++)) << count
    else beyond++
    count += 8
  }
}

// @ts-ignore: decorator
@inline
function take(n: i32): u32 {
  const value = <u32>(bits & (((<u64>1) << n) - 1))
  bits >>= n
  count -= n
  return value
}

/** Makes a table of `n` code lengths; false when they are no prefix code. One code alone may be incomplete. */
function build(table: usize, lengths: usize, n: i32): bool {
  memory.fill(table, 0, SYMBOLS)
  for (let i = 0; i < n; i++) {
    const at = table + COUNTS + ((<usize>load<u8>(lengths + <usize>i)) << 1)
    store<u16>(at, load<u16>(at) + 1)
  }
  store<u16>(table + COUNTS, 0)
  let left = 1
  let used = 0
  for (let length = 1; length < 16; length++) {
    const codes = <i32>load<u16>(table + COUNTS + (<usize>length << 1))
    left = (left << 1) - codes
    if (left < 0) return false
    used += codes
  }
  if (left > 0 && used > 1) return false
  // The place of each length's first symbol, and its first code.
  let place = 0
  let code = 0
  for (let length = 1; length < 16; length++) {
    const codes = <i32>load<u16>(table + COUNTS + (<usize>length << 1))
    if (codes > 0) {
      for (let i = 0; i < n; i++) {
        if (<i32>load<u8>(lengths + <usize>i) != length) continue
        store<u16>(table + SYMBOLS + (<usize>place << 1), <u16>i)
        place++
        if (length <= LOOK) {
          // Codes are sent from their highest bit on, so the table is by reversed ones.
          let reversed = 0
          for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit)
          for (let entry = reversed; entry < 1 << LOOK; entry += 1 << length) {
            store<u16>(table + (<usize>entry << 1), <u16>((i << 4) | length))
          }
        }
        code++
      }
    }
    code <<= 1
  }
  return true
}

/** The next symbol; -1 when the bits are no code. */
// @ts-ignore: decorator
@inline
function symbol(table: usize): i32 {
  const entry = <i32>load<u16>(table + ((<usize>(bits & ((1 << LOOK) - 1))) << 1))
  if (entry != 0) {
    const length = entry & 15
    bits >>= length
    count -= length
    return entry >> 4
  }
  return longSymbol(table)
}

function longSymbol(table: usize): i32 {
  let code = 0
  let first = 0
  let place = 0
  for (let length = 1; length < 16; length++) {
    code |= <i32>(bits & 1)
    bits >>= 1
    count--
    const codes = <i32>load<u16>(table + COUNTS + (<usize>length << 1))
    if (code - codes < first) return <i32>load<u16>(table + SYMBOLS + (<usize>(place + code - first) << 1))
    place += codes
    first = (first + codes) << 1
    code <<= 1
  }
  return -1
}

function fixedTables(state: usize): void {
  const lengths = state + LENGTHS
  memory.fill(lengths, 8, 144)
  memory.fill(lengths + 144, 9, 112)
  memory.fill(lengths + 256, 7, 24)
  memory.fill(lengths + 280, 8, 8)
  build(state + LITERALS, lengths, 288)
  memory.fill(lengths, 5, 30)
  // Thirty codes of five bits leave two unused: the table is made without the check for that.
  memory.fill(lengths + 30, 5, 2)
  build(state + DISTANCES, lengths, 32)
}

function dynamicTables(state: usize): bool {
  refill()
  const literals = <i32>take(5) + 257
  const distances = <i32>take(5) + 1
  const codes = <i32>take(4) + 4
  if (literals > 286 || distances > 30) return false
  const lengths = state + LENGTHS
  memory.fill(lengths, 0, 352)
  for (let i = 0; i < codes; i++) {
    refill()
    store<u8>(lengths + <usize>load<u8>(ORDER + <usize>i), <u8>take(3))
  }
  if (!build(state + LITERALS, lengths, 19)) return false
  memory.fill(lengths, 0, 19)
  let i = 0
  while (i < literals + distances) {
    refill()
    const code = symbol(state + LITERALS)
    if (code < 0) return false
    if (code < 16) {
      store<u8>(lengths + <usize>i, <u8>code)
      i++
      continue
    }
    if (code == 16 && i == 0) return false
    const value: u8 = code == 16 ? load<u8>(lengths + <usize>(i - 1)) : 0
    const times = code == 16 ? 3 + <i32>take(2) : code == 17 ? 3 + <i32>take(3) : 11 + <i32>take(7)
    if (i + times > literals + distances) return false
    memory.fill(lengths + <usize>i, value, <usize>times)
    i += times
  }
  // Without an end the block would have none.
  if (load<u8>(lengths + 256) == 0) return false
  return build(state + DISTANCES, lengths + <usize>literals, distances) && build(state + LITERALS, lengths, literals)
}

/** Literals and matches up to the block's end; the new end of the output, or NEEDS_*, with where it is in `state`. */
function decodeCodes(state: usize, history: usize, start: usize, outEnd: usize, isLast: bool): i32 {
  let out = start
  const literals = state + LITERALS
  const distances = state + DISTANCES
  let result = -100
  while (true) {
    if (out + STEP_MAX > outEnd) {
      result = NEEDS_OUTPUT
      break
    }
    if (!isLast && src + SYMBOL_BYTES > srcEnd) {
      result = NEEDS_INPUT
      break
    }
    if (beyond > 8) {
      result = TRUNCATED
      break
    }
    refill()
    let code = symbol(literals)
    if (code < 256) {
      if (code < 0) {
        result = MALFORMED
        break
      }
      store<u8>(out++, <u8>code)
      // A second literal fits the bits that are there.
      code = symbol(literals)
      if (code < 256) {
        if (code < 0) {
          result = MALFORMED
          break
        }
        store<u8>(out++, <u8>code)
        continue
      }
      refill()
    }
    if (code == 256) {
      store<i32>(state, HEADER, PHASE)
      break
    }
    const kind = <usize>(code - 257)
    if (kind > 28) {
      result = MALFORMED
      break
    }
    const length = <usize>load<u16>(LENGTH_BASES + (kind << 1)) + <usize>take(<i32>load<u8>(LENGTH_BITS + kind))
    const distanceCode = symbol(distances)
    if (distanceCode < 0 || distanceCode > 29) {
      result = MALFORMED
      break
    }
    const far = <usize>distanceCode
    const distance = <usize>load<u16>(DISTANCE_BASES + (far << 1)) + <usize>take(<i32>load<u8>(DISTANCE_BITS + far))
    if (distance > out - history) {
      result = BAD_OFFSET
      break
    }
    let from = out - distance
    const end = out + length
    if (distance >= 8) {
      // Up to seven bytes more are written: they are overwritten by what follows.
      while (out < end) {
        store<u64>(out, load<u64>(from))
        out += 8
        from += 8
      }
      out = end
    } else while (out < end) store<u8>(out++, load<u8>(from++))
  }
  store<u32>(state, <u32>out, OUT)
  return result
}

/**
 * Goes on with a stream: takes what it can of [input, inputEnd), writes to [out, outEnd), of which the last 258 may stay free. Back references reach to
 * `history`. `isLast`: no input follows. ENDED (0), NEEDS_INPUT (1), NEEDS_OUTPUT (2) or a negative error; state[24] is where the input goes on, state[28] where
 * the output does.
 */
export function inflate(
  state: usize,
  input: usize,
  inputEnd: usize,
  history: usize,
  out: usize,
  outEnd: usize,
  isLast: i32,
): i32 {
  bits = load<u64>(state)
  count = load<i32>(state, COUNT)
  // Bits above the count may be there already from bytes that are read again.
  bits &= ((<u64>1) << count) - 1
  src = input
  srcEnd = inputEnd
  beyond = 0
  store<u32>(state, <u32>out, OUT)
  let result = ENDED
  while (true) {
    const phase = load<i32>(state, PHASE)
    if (phase == DONE) break
    if (phase == CODES) {
      const next = decodeCodes(state, history, <usize>load<u32>(state, OUT), outEnd, isLast != 0)
      if (next == -100) continue
      result = next
      break
    }
    if (phase == STORED) {
      let left = <usize>load<i32>(state, LEFT)
      const to = <usize>load<u32>(state, OUT)
      let n = left
      if (n > srcEnd - src) n = srcEnd - src
      if (n > outEnd - to) n = outEnd - to
      memory.copy(to, src, n)
      src += n
      left -= n
      store<u32>(state, <u32>(to + n), OUT)
      store<i32>(state, <i32>left, LEFT)
      if (left > 0) {
        result = src >= srcEnd ? (isLast != 0 ? TRUNCATED : NEEDS_INPUT) : NEEDS_OUTPUT
        break
      }
      store<i32>(state, HEADER, PHASE)
      continue
    }
    if (load<i32>(state, LAST) != 0) {
      store<i32>(state, DONE, PHASE)
      break
    }
    if (isLast == 0 && src + HEADER_BYTES > srcEnd) {
      result = NEEDS_INPUT
      break
    }
    refill()
    store<i32>(state, <i32>take(1), LAST)
    const kind = take(2)
    if (kind == 0) {
      // The rest of the byte is nothing; whole bytes in the buffer are given back.
      take(count & 7)
      src -= <usize>((count >> 3) - (beyond > count >> 3 ? count >> 3 : beyond))
      beyond = 0
      bits = 0
      count = 0
      if (src + 4 > srcEnd) {
        result = TRUNCATED
        break
      }
      const length = <u32>load<u16>(src)
      if ((length ^ <u32>load<u16>(src, 2)) != 0xffff) {
        result = MALFORMED
        break
      }
      src += 4
      store<i32>(state, <i32>length, LEFT)
      store<i32>(state, STORED, PHASE)
    } else if (kind == 3 || (kind == 2 && !dynamicTables(state))) {
      result = MALFORMED
      break
    } else {
      if (kind == 1) fixedTables(state)
      store<i32>(state, CODES, PHASE)
    }
  }
  // Whole bytes in the buffer are given back, so that the caller may put the rest of the input elsewhere.
  let back = count >> 3
  const missing = beyond > back ? back : beyond
  if (beyond > back && result == ENDED) result = TRUNCATED
  src -= <usize>(back - missing)
  count &= 7
  bits &= ((<u64>1) << count) - 1
  store<u64>(state, bits)
  store<i32>(state, count, COUNT)
  store<u32>(state, <u32>src, IN)
  return result
}

/** Makes the eight tables of crc32: 8 KiB. */
export function crc32Tables(tables: usize): void {
  for (let i: u32 = 0; i < 256; i++) {
    let value = i
    for (let bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ 0xedb88320 : value >> 1
    store<u32>(tables + (<usize>i << 2), value)
  }
  for (let i: usize = 0; i < 256; i++) {
    let value = load<u32>(tables + (i << 2))
    for (let k: usize = 1; k < 8; k++) {
      value = load<u32>(tables + ((<usize>(value & 255)) << 2)) ^ (value >> 8)
      store<u32>(tables + (k << 10) + (i << 2), value)
    }
  }
}

/** CRC-32 (IEEE 802.3) of [p, end), going on from `crc`, which is 0 at first: eight bytes at a time by eight tables. */
export function crc32(tables: usize, crc: u32, p: usize, end: usize): u32 {
  let value = ~crc
  while (p + 8 <= end) {
    const low = load<u32>(p) ^ value
    const high = load<u32>(p, 4)
    value =
      load<u32>(tables + (7 << 10) + ((<usize>(low & 255)) << 2)) ^
      load<u32>(tables + (6 << 10) + ((<usize>((low >> 8) & 255)) << 2)) ^
      load<u32>(tables + (5 << 10) + ((<usize>((low >> 16) & 255)) << 2)) ^
      load<u32>(tables + (4 << 10) + ((<usize>(low >> 24)) << 2)) ^
      load<u32>(tables + (3 << 10) + ((<usize>(high & 255)) << 2)) ^
      load<u32>(tables + (2 << 10) + ((<usize>((high >> 8) & 255)) << 2)) ^
      load<u32>(tables + (1 << 10) + ((<usize>((high >> 16) & 255)) << 2)) ^
      load<u32>(tables + ((<usize>(high >> 24)) << 2))
    p += 8
  }
  while (p < end) value = load<u32>(tables + ((<usize>((value ^ <u32>load<u8>(p++)) & 255)) << 2)) ^ (value >> 8)
  return ~value
}
