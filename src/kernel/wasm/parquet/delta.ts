// DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY.
//
//   header := block size, miniblocks a block, count, first value (zigzag)             all varints
//   block  := least delta (zigzag), a width a miniblock (bytes), miniblocks of block size / miniblocks packed deltas
//
// Deltas are added modulo 2^64 (2^32 for INT32), as writers subtract them.
// Spec: parquet-format 2.11, Encodings.md, "Delta Encoding (DELTA_BINARY_PACKED = 5)" and the two after it.
import { MALFORMED, TRUNCATED } from './errors'

let position: usize = 0
let limit: usize = 0
let failed: i32 = 0

function varint(): u64 {
  let value: u64 = 0
  for (let shift: u64 = 0; shift < 70; shift += 7) {
    if (position >= limit) {
      failed = TRUNCATED
      return 0
    }
    const byte = <u64>load<u8>(position++)
    value |= (byte & 127) << shift
    if (byte < 128) return value
  }
  failed = MALFORMED
  return 0
}

function zigzag(): i64 {
  const value = varint()
  return <i64>(value >> 1) ^ -(<i64>(value & 1))
}

/** How many values the stream at `start` holds, or a negative error. */
export function deltaCount(start: usize, end: usize): i32 {
  position = start
  limit = end
  failed = 0
  varint()
  varint()
  const count = varint()
  if (failed < 0) return failed
  return count > 0x7fff_ffff ? MALFORMED : <i32>count
}

// @ts-ignore: decorator
@inline function extract(p: usize, bit: u64, width: u64): u64 {
  const at = p + <usize>(bit >> 3)
  const shift = bit & 7
  let value = load<u64>(at) >> shift
  if (shift + width > 64) value |= <u64>load<u8>(at, 8) << (64 - shift)
  return width == 64 ? value : value & (((<u64>1) << width) - 1)
}

/** Decodes the stream at `start` to i32 (`wide` 0) or i64 (1). Returns how many bytes it takes, or a negative error. */
export function deltaDecode(start: usize, end: usize, wide: i32, out: usize): i32 {
  position = start
  limit = end
  failed = 0
  const blockSize = varint()
  const miniblocks = varint()
  const count = varint()
  let value = zigzag()
  if (failed < 0) return failed
  if (count > 0x7fff_ffff || miniblocks == 0 || miniblocks > 0xffff || blockSize > 0xff_ffff) return MALFORMED
  const size = blockSize / miniblocks
  if (size == 0 || size % 8 != 0 || size * miniblocks != blockSize) return MALFORMED
  if (count == 0) return <i32>(position - start)
  let left = <i64>count - 1
  out = put(out, value, wide)
  while (left > 0) {
    const least = zigzag()
    if (failed < 0) return failed
    const widths = position
    if (<u64>(limit - position) < miniblocks) return TRUNCATED
    position += <usize>miniblocks
    for (let i: usize = 0; i < <usize>miniblocks && left > 0; i++) {
      const width = <u64>load<u8>(widths + i)
      if (width > 64) return MALFORMED
      const n = left < <i64>size ? left : <i64>size
      const bytes = (<u64>n * width + 7) >> 3
      if (<u64>(limit - position) < bytes) return TRUNCATED
      for (let k: i64 = 0; k < n; k++) {
        value += least + <i64>extract(position, <u64>k * width, width)
        out = put(out, value, wide)
      }
      // The last miniblock is padded, but not by every writer.
      const whole = (size * width) >> 3
      const rest = <u64>(limit - position)
      position += <usize>(whole < rest ? whole : rest)
      left -= n
    }
  }
  return <i32>(position - start)
}

// @ts-ignore: decorator
@inline function put(out: usize, value: i64, wide: i32): usize {
  if (wide) {
    store<i64>(out, value)
    return out + 8
  }
  store<i32>(out, <i32>value)
  return out + 4
}

/**
 * Views of `n` byte arrays of the given lengths that lie one after another from `start` on; `out` 0: only checks.
 * Returns how many bytes they take, or a negative error.
 */
export function viewsOfLengths(lengths: usize, n: i32, start: usize, end: usize, out: usize): i32 {
  let p = start
  for (let i: usize = 0; i < <usize>n; i++) {
    const length = load<u32>(lengths + (i << 2))
    if (<usize>length > end - p) return TRUNCATED
    if (out != 0) store<u64>(out + (i << 3), (<u64>length << 32) | <u64>p)
    p += <usize>length
  }
  return <i32>(p - start)
}

/**
 * Bytes of `n` values made of a prefix of the value before (at first one of `previousLength` bytes) and a suffix each, of which there
 * are `available` bytes; a negative error when that does not fit.
 */
export function prefixedBytes(prefixes: usize, suffixes: usize, n: i32, previousLength: i32, available: i32): i32 {
  let total: i64 = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const prefix = load<i32>(prefixes + (i << 2))
    const suffix = load<i32>(suffixes + (i << 2))
    if (prefix < 0 || suffix < 0 || prefix > previousLength) return MALFORMED
    if (suffix > available) return TRUNCATED
    available -= suffix
    previousLength = prefix + suffix
    total += <i64>previousLength
    if (total > 0x3fff_ffff) return MALFORMED
  }
  return <i32>total
}

/**
 * Puts `n` values together at `bytes`: the first prefix bytes of the value before (at first `previous`, of
 * `previousLength` bytes), then the suffix from [start, end). Writes views to `out`. Returns how many bytes of suffixes
 * were taken, or a negative error.
 */
export function joinPrefixes(
  prefixes: usize,
  suffixes: usize,
  n: i32,
  start: usize,
  end: usize,
  previous: usize,
  previousLength: i32,
  bytes: usize,
  out: usize,
): i32 {
  let p = start
  for (let i: usize = 0; i < <usize>n; i++) {
    const prefix = load<i32>(prefixes + (i << 2))
    const suffix = load<i32>(suffixes + (i << 2))
    if (prefix > previousLength) return MALFORMED
    if (<usize>suffix > end - p) return TRUNCATED
    memory.copy(bytes, previous, <usize>prefix)
    memory.copy(bytes + <usize>prefix, p, <usize>suffix)
    p += <usize>suffix
    previous = bytes
    previousLength = prefix + suffix
    store<u64>(out + (i << 3), (<u64>previousLength << 32) | <u64>bytes)
    bytes += <usize>previousLength
  }
  return <i32>(p - start)
}

/** Whether `n` views all have `length` bytes. */
export function haveLength(views: usize, n: i32, length: i32): bool {
  for (let i: usize = 0; i < <usize>n; i++) if (load<i32>(views + (i << 3), 4) != length) return false
  return true
}
