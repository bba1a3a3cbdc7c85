// Huffman-coded literals of Zstandard (RFC 8878, sections 3.1.1.3.1 and 4.2).
//
// The table has always 2^11 cells, so that a symbol is found by the 11 bits that follow whatever the longest code is.
// Streams are read backwards, from the highest bit of their last byte down. A stream in the fast loop is `bits` (u64: the next bit is
// the highest) and `ip` (where bits was loaded). The lowest bit of `bits` is set when loading, so that the number of zeroes
// below it counts the bits used; five symbols of 11 bits and 7 bits left over fit into the 63 others.
import { MALFORMED, TRUNCATED } from './errors'
import { buildTable, countsLog, countsSymbols, readCounts } from './fse'
import { HUFFMAN, WEIGHTS, WEIGHT_TABLE } from './zstd-memory'

const LOG: i32 = 11

/** Reads a tree description and builds the table. Returns how many bytes it takes, or a negative error. */
export function readTree(work: usize, src: usize, end: usize): i32 {
  if (src >= end) return TRUNCATED
  const header = <i32>load<u8>(src)
  let count: i32
  let size: i32
  if (header >= 128) {
    count = header - 127
    size = (count + 1) >> 1
    if (<usize>size > end - src - 1) return TRUNCATED
    for (let i = 0; i < count; i++) {
      const pair = load<u8>(src + 1 + <usize>(i >> 1))
      store<u8>(work + WEIGHTS + <usize>i, i & 1 ? pair & 15 : pair >> 4)
    }
  } else {
    size = header
    if (<usize>size > end - src - 1) return TRUNCATED
    count = readWeights(work, src + 1, src + 1 + <usize>size)
    if (count < 0) return count
  }
  const error = buildHuffman(work, count)
  return error < 0 ? error : size + 1
}

/** Weights coded by two interleaved states; returns how many there are. */
function readWeights(work: usize, src: usize, end: usize): i32 {
  const head = readCounts(work, src, end, 255, 6)
  if (head < 0) return head
  const log = countsLog
  const built = buildTable(work, work + WEIGHT_TABLE, log, countsSymbols, 0, 0)
  if (built < 0) return built
  const start = src + <usize>head
  if (start >= end) return TRUNCATED
  const last = <i32>load<u8>(end - 1)
  if (last == 0) return MALFORMED
  // Bits that are not read yet, counted from `start`.
  let left = <i32>(end - start) * 8 - (clz<i32>(last) - 23)
  left -= log
  let a = take(start, left, log)
  left -= log
  let b = take(start, left, log)
  if (left < 0) return TRUNCATED
  const weights = work + WEIGHTS
  let count = 0
  while (true) {
    if (count >= 254) return MALFORMED
    let cell = work + WEIGHT_TABLE + (<usize>a << 3)
    store<u8>(weights + <usize>count, load<u8>(cell))
    count++
    let bits = <i32>load<u8>(cell, 6)
    left -= bits
    if (left < 0) {
      store<u8>(weights + <usize>count, load<u8>(work + WEIGHT_TABLE + (<usize>b << 3)))
      count++
      return count
    }
    a = <i32>load<u16>(cell, 4) + take(start, left, bits)
    cell = work + WEIGHT_TABLE + (<usize>b << 3)
    store<u8>(weights + <usize>count, load<u8>(cell))
    count++
    bits = <i32>load<u8>(cell, 6)
    left -= bits
    if (left < 0) {
      store<u8>(weights + <usize>count, load<u8>(work + WEIGHT_TABLE + (<usize>a << 3)))
      count++
      return count
    }
    b = <i32>load<u16>(cell, 4) + take(start, left, bits)
  }
}

// @ts-ignore: decorator
@inline function take(start: usize, at: i32, bits: i32): i32 {
  if (at < 0) return 0
  return <i32>(load<u32>(start + <usize>(at >> 3)) >> <u32>(at & 7)) & ((1 << bits) - 1)
}

/** Builds the table of `count` weights and the one that they imply. */
function buildHuffman(work: usize, count: i32): i32 {
  let sum: u32 = 0
  for (let i = 0; i < count; i++) {
    const weight = <u32>load<u8>(work + WEIGHTS + <usize>i)
    if (weight > <u32>LOG + 1) return MALFORMED
    if (weight > 0) sum += (<u32>1) << (weight - 1)
  }
  if (sum == 0) return MALFORMED
  const log = 32 - clz<i32>(<i32>sum)
  if (log > LOG) return MALFORMED
  const rest = ((<u32>1) << <u32>log) - sum
  if ((rest & (rest - 1)) != 0) return MALFORMED
  store<u8>(work + WEIGHTS + <usize>count, <u8>(32 - clz<i32>(<i32>rest)))
  let cell = work + HUFFMAN
  // Codes of the least weight (the longest ones) come first.
  for (let weight = 1; weight <= log; weight++) {
    const bits = log + 1 - weight
    const cells = 1 << (LOG - bits)
    for (let symbol = 0; symbol <= count; symbol++) {
      if (<i32>load<u8>(work + WEIGHTS + <usize>symbol) != weight) continue
      const value = <u16>(bits | (symbol << 8))
      for (let i = 0; i < cells; i++) {
        store<u16>(cell, value)
        cell += 2
      }
    }
  }
  return cell == work + HUFFMAN + (<usize>2 << LOG) ? 0 : MALFORMED
}

/** Decodes `n` symbols of the bits below bit `left` of `start`, all of which must be used. */
function decodeRest(table: usize, start: usize, left: i32, out: usize, n: usize): i32 {
  const end = out + n
  while (out < end) {
    let index: u32
    if (left >= LOG) {
      const at = left - LOG
      index = (load<u32>(start + <usize>(at >> 3)) >> <u32>(at & 7)) & 2047
    } else {
      if (left <= 0) return MALFORMED
      index = ((load<u32>(start) & (((<u32>1) << <u32>left) - 1)) << <u32>(LOG - left)) & 2047
    }
    const cell = <u32>load<u16>(table + (<usize>index << 1))
    left -= <i32>(cell & 255)
    store<u8>(out++, <u8>(cell >> 8))
  }
  return left == 0 ? 0 : MALFORMED
}

/** Decodes one stream of `size` bytes to `n` symbols; 0 or a negative error. */
export function decodeStream(work: usize, src: usize, size: usize, out: usize, n: usize): i32 {
  if (size == 0) return TRUNCATED
  const last = <i32>load<u8>(src + size - 1)
  if (last == 0) return MALFORMED
  return decodeRest(work + HUFFMAN, src, <i32>size * 8 - (clz<i32>(last) - 23), out, n)
}

// @ts-ignore: decorator
@inline function first(end: usize): u64 {
  const bits = load<u64>(end - 8) | 1
  return bits << <u64>(clz<u32>(<u32>load<u8>(end - 1)) - 23)
}

/** Decodes four streams (their sizes stand before them) to `n` symbols; 0 or a negative error. */
export function decodeFourStreams(work: usize, src: usize, size: usize, out: usize, n: usize): i32 {
  if (size < 10) return TRUNCATED
  const size0 = <usize>load<u16>(src)
  const size1 = <usize>load<u16>(src, 2)
  const size2 = <usize>load<u16>(src, 4)
  if (size0 + size1 + size2 + 6 >= size) return TRUNCATED
  const size3 = size - 6 - size0 - size1 - size2
  const start0 = src + 6
  const start1 = start0 + size0
  const start2 = start1 + size1
  const start3 = start2 + size2
  const end3 = start3 + size3
  const segment = (n + 3) >> 2
  if (segment * 3 > n) return MALFORMED
  let out0 = out
  let out1 = out + segment
  let out2 = out1 + segment
  let out3 = out2 + segment
  const end = out + n
  if (min<usize>(min<usize>(size0, size1), min<usize>(size2, size3)) < 8) {
    if (size0 == 0 || size1 == 0 || size2 == 0) return TRUNCATED
    let error = decodeStream(work, start0, size0, out0, segment)
    if (error == 0) error = decodeStream(work, start1, size1, out1, segment)
    if (error == 0) error = decodeStream(work, start2, size2, out2, segment)
    return error == 0 ? decodeStream(work, start3, size3, out3, end - out3) : error
  }
  if (load<u8>(start1 - 1) == 0 || load<u8>(start2 - 1) == 0 || load<u8>(start3 - 1) == 0 || load<u8>(end3 - 1) == 0) {
    return MALFORMED
  }
  const table = work + HUFFMAN
  let ip0 = start1 - 8
  let ip1 = start2 - 8
  let ip2 = start3 - 8
  let ip3 = end3 - 8
  let bits0 = first(start1)
  let bits1 = first(start2)
  let bits2 = first(start3)
  let bits3 = first(end3)
  while (true) {
    // A turn gives 5 symbols of each stream and uses at most 7 bytes and 6 bits of it.
    let turns = <i32>(end - out3) / 5
    turns = min<i32>(turns, <i32>(ip0 - start0) / 7)
    turns = min<i32>(turns, <i32>(ip1 - start1) / 7)
    turns = min<i32>(turns, <i32>(ip2 - start2) / 7)
    turns = min<i32>(turns, <i32>(ip3 - start3) / 7)
    if (turns <= 0) break
    for (; turns > 0; turns--) {
      for (let k: usize = 0; k < 5; k++) {
        const c0 = <u64>load<u16>(table + <usize>(bits0 >> 53 << 1))
        const c1 = <u64>load<u16>(table + <usize>(bits1 >> 53 << 1))
        const c2 = <u64>load<u16>(table + <usize>(bits2 >> 53 << 1))
        const c3 = <u64>load<u16>(table + <usize>(bits3 >> 53 << 1))
        bits0 <<= c0 & 63
        bits1 <<= c1 & 63
        bits2 <<= c2 & 63
        bits3 <<= c3 & 63
        store<u8>(out0 + k, <u8>(c0 >> 8))
        store<u8>(out1 + k, <u8>(c1 >> 8))
        store<u8>(out2 + k, <u8>(c2 >> 8))
        store<u8>(out3 + k, <u8>(c3 >> 8))
      }
      let used = ctz<u64>(bits0)
      ip0 -= <usize>(used >> 3)
      bits0 = (load<u64>(ip0) | 1) << (used & 7)
      used = ctz<u64>(bits1)
      ip1 -= <usize>(used >> 3)
      bits1 = (load<u64>(ip1) | 1) << (used & 7)
      used = ctz<u64>(bits2)
      ip2 -= <usize>(used >> 3)
      bits2 = (load<u64>(ip2) | 1) << (used & 7)
      used = ctz<u64>(bits3)
      ip3 -= <usize>(used >> 3)
      bits3 = (load<u64>(ip3) | 1) << (used & 7)
      out0 += 5
      out1 += 5
      out2 += 5
      out3 += 5
    }
  }
  const first1 = out + segment
  const first2 = first1 + segment
  const first3 = first2 + segment
  let error = decodeRest(table, start0, leftOf(ip0, start0, bits0), out0, first1 - out0)
  if (error == 0) error = decodeRest(table, start1, leftOf(ip1, start1, bits1), out1, first2 - out1)
  if (error == 0) error = decodeRest(table, start2, leftOf(ip2, start2, bits2), out2, first3 - out2)
  return error == 0 ? decodeRest(table, start3, leftOf(ip3, start3, bits3), out3, end - out3) : error
}

/** Bits of a stream that are not read yet. */
// @ts-ignore: decorator
@inline function leftOf(ip: usize, start: usize, bits: u64): i32 {
  return <i32>(ip - start) * 8 + 64 - <i32>ctz<u64>(bits)
}
