// The RLE / bit-packed hybrid: dictionary codes, levels and booleans.
//
//   run := varint header, then  header & 1 = 0: header >> 1 times the one value in ceil(width / 8) bytes
//                               header & 1 = 1: (header >> 1) * 8 values of `width` bits, LSB first
//
// A decoder lives in HYBRID_STATE_BYTES at `state`, so that a page can be read a slice at a time:
//   +0 position  +4 end  +8 width  +12 values left in the run  +16 is bit-packed  +20 value of the run
//   +24 values taken of the group of eight at `position`  +32 SIMD tables: shuffle A, shuffle B, factors A, factors B
//
// Eight values of up to 24 bits: each half (four values) is shuffled so that each lane has the four bytes in
// which its value begins at bit s = 0..7; multiplied by 2^(7 - s) and shifted right by 7, the value is at bit 0.
//
// Spec: parquet-format 2.11, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".
import { MALFORMED, OUT_OF_RANGE, TRUNCATED } from './errors'

/** Starts decoding the runs in [position, end). */
export function hybridInit(state: usize, position: usize, end: usize, width: i32): i32 {
  if (width < 0 || width > 32) return MALFORMED
  store<u32>(state, <u32>position)
  store<u32>(state, <u32>end, 4)
  store<i32>(state, width, 8)
  store<i32>(state, 0, 12)
  store<i32>(state, 0, 16)
  store<u32>(state, 0, 20)
  store<i32>(state, 0, 24)
  if (width > 24) return 0
  const second = (4 * width) >> 3
  for (let i = 0; i < 4; i++) {
    lane(state + 32, state + 64, i, i * width)
    lane(state + 48, state + 80, i, (i + 4) * width - second * 8)
  }
  return 0
}

function lane(shuffle: usize, factor: usize, i: i32, bit: i32): void {
  for (let k = 0; k < 4; k++) store<u8>(shuffle + <usize>(i * 4 + k), <u8>((bit >> 3) + k))
  store<u32>(factor + <usize>(i * 4), <u32>1 << (7 - (bit & 7)))
}

/** Whether the next `count` values are of one run of `value`; 0 too where the bytes are damaged, which reading them will tell. */
export function hybridIsRunOf(state: usize, count: i32, value: u32): i32 {
  if (load<i32>(state, 12) == 0 && nextRun(state) < 0) return 0
  return <i32>(load<i32>(state, 16) == 0 && load<i32>(state, 12) >= count && load<u32>(state, 20) == value)
}

/** Reads the next run's header. */
function nextRun(state: usize): i32 {
  let p = <usize>load<u32>(state)
  const end = <usize>load<u32>(state, 4)
  const width = load<i32>(state, 8)
  let header: u32 = 0
  let shift: u32 = 0
  while (true) {
    if (p >= end) return TRUNCATED
    const byte = <u32>load<u8>(p++)
    if (shift > 28) return MALFORMED
    header |= (byte & 127) << shift
    if (byte < 128) break
    shift += 7
  }
  if ((header & 1) == 0) {
    const bytes = <usize>((width + 7) >> 3)
    if (bytes > end - p) return TRUNCATED
    let value: u32 = 0
    for (let k: usize = 0; k < bytes; k++) value |= <u32>load<u8>(p + k) << <u32>(8 * k)
    p += bytes
    store<i32>(state, <i32>(header >> 1), 12)
    store<i32>(state, 0, 16)
    store<u32>(state, value, 20)
  } else {
    let count = <u64>(header >> 1) << 3
    // Some writers cut the padding of the last group off.
    if (width > 0) {
      const available = (<u64>(end - p) << 3) / <u64>width
      if (count > available) count = available
    }
    if (count > 0x7fff_ffff) count = 0x7fff_ffff
    store<i32>(state, <i32>count, 12)
    store<i32>(state, 1, 16)
    store<i32>(state, 0, 24)
  }
  store<u32>(state, <u32>p)
  return 0
}

// @ts-ignore: decorator
@inline function extract(p: usize, bit: i32, width: i32): u32 {
  return <u32>((load<u64>(p + <usize>(bit >> 3)) >> <u64>(bit & 7)) & (((<u64>1) << <u64>width) - 1))
}

/** Takes `count` values of a bit-packed run as i32, or as bytes (`byteOut`), or not at all (`out` 0). */
function takePacked(state: usize, count: i32, out: usize, byteOut: bool): void {
  const width = load<i32>(state, 8)
  let p = <usize>load<u32>(state)
  let phase = load<i32>(state, 24)
  let left = count
  // The rest of a group that was begun.
  while (phase != 0 && left > 0) {
    if (out != 0) {
      if (byteOut) store<u8>(out++, <u8>extract(p, phase * width, width))
      else {
        store<u32>(out, extract(p, phase * width, width))
        out += 4
      }
    }
    left--
    phase = (phase + 1) & 7
    if (phase == 0) p += <usize>width
  }
  const groups = left >> 3
  if (out != 0 && groups > 0) {
    if (byteOut) unpackBytes(state, p, width, groups, out)
    else if (width <= 24) unpackWords(state, p, width, groups, out)
    else {
      for (let i = 0; i < groups << 3; i++) {
        const bit = <u64>i * <u64>width
        store<u32>(out + (<usize>i << 2), extract(p + <usize>(bit >> 3), <i32>(bit & 7), width))
      }
    }
    out += byteOut ? <usize>(groups << 3) : <usize>(groups << 5)
  }
  p += <usize>groups * <usize>width
  left &= 7
  if (out != 0) {
    for (let i = 0; i < left; i++) {
      const value = extract(p, i * width, width)
      if (byteOut) store<u8>(out + <usize>i, <u8>value)
      else store<u32>(out + (<usize>i << 2), value)
    }
  }
  if (left > 0) phase = left
  store<u32>(state, <u32>p)
  store<i32>(state, phase, 24)
}

function unpackWords(state: usize, from: usize, width: i32, groups: i32, to: usize): void {
  const shuffleA = v128.load(state, 32)
  const shuffleB = v128.load(state, 48)
  const factorA = v128.load(state, 64)
  const factorB = v128.load(state, 80)
  const mask = i32x4.splat((1 << width) - 1)
  const second = <usize>((4 * width) >> 3)
  for (let i = 0; i < groups; i++) {
    const a = i32x4.shr_u(i32x4.mul(i8x16.swizzle(v128.load(from), shuffleA), factorA), 7)
    const b = i32x4.shr_u(i32x4.mul(i8x16.swizzle(v128.load(from + second), shuffleB), factorB), 7)
    v128.store(to, v128.and(a, mask))
    v128.store(to, v128.and(b, mask), 16)
    to += 32
    from += <usize>width
  }
}

function unpackBytes(state: usize, from: usize, width: i32, groups: i32, to: usize): void {
  if (width == 1) {
    const bits = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128)
    const spread = i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)
    const one = i8x16.splat(1)
    for (let i = 0; i < groups; i += 2) {
      const word = v128.and(i8x16.swizzle(i16x8.splat(load<i16>(from)), spread), bits)
      const ones = v128.and(i8x16.eq(word, bits), one)
      if (i + 1 < groups) v128.store(to, ones)
      else store<u64>(to, i64x2.extract_lane(ones, 0))
      from += 2
      to += 16
    }
    return
  }
  if (width > 8) {
    // Levels and booleans are narrower; a wider one is out of range whatever it is.
    memory.fill(to, 0xff, <usize>(groups << 3))
    return
  }
  const shuffleA = v128.load(state, 32)
  const shuffleB = v128.load(state, 48)
  const factorA = v128.load(state, 64)
  const factorB = v128.load(state, 80)
  const mask = i32x4.splat((1 << width) - 1)
  const second = <usize>((4 * width) >> 3)
  for (let i = 0; i < groups; i++) {
    const a = i32x4.shr_u(i32x4.mul(i8x16.swizzle(v128.load(from), shuffleA), factorA), 7)
    const b = i32x4.shr_u(i32x4.mul(i8x16.swizzle(v128.load(from + second), shuffleB), factorB), 7)
    const words = i16x8.narrow_i32x4_u(v128.and(a, mask), v128.and(b, mask))
    store<u64>(to, i64x2.extract_lane(i8x16.narrow_i16x8_u(words, words), 0))
    to += 8
    from += <usize>width
  }
}

/** Decodes `n` values to i32 at `out`; 0, or a negative error. */
export function hybridRead(state: usize, n: i32, out: usize): i32 {
  while (n > 0) {
    let count = load<i32>(state, 12)
    if (count == 0) {
      const error = nextRun(state)
      if (error < 0) return error
      continue
    }
    if (count > n) count = n
    if (load<i32>(state, 16)) takePacked(state, count, out, false)
    else {
      const value = i32x4.splat(load<i32>(state, 20))
      const bytes = <usize>count << 2
      for (let i: usize = 0; i < bytes; i += 16) v128.store(out + i, value)
    }
    store<i32>(state, load<i32>(state, 12) - count, 12)
    out += <usize>count << 2
    n -= count
  }
  return 0
}

/** Decodes `n` values to bytes at `out`: levels and booleans; OUT_OF_RANGE when one is above `max`. */
export function hybridReadBytes(state: usize, n: i32, out: usize, max: i32): i32 {
  const start = out
  const total = n
  while (n > 0) {
    let count = load<i32>(state, 12)
    if (count == 0) {
      const error = nextRun(state)
      if (error < 0) return error
      continue
    }
    if (count > n) count = n
    if (load<i32>(state, 16)) takePacked(state, count, out, true)
    else {
      const value = load<u32>(state, 20)
      if (value > <u32>max) return OUT_OF_RANGE
      memory.fill(out, <u8>value, <usize>count)
    }
    store<i32>(state, load<i32>(state, 12) - count, 12)
    out += <usize>count
    n -= count
  }
  if (load<i32>(state, 8) > 1 || max < 1) {
    for (let i = 0; i < total; i++) if (<i32>load<u8>(start + <usize>i) > max) return OUT_OF_RANGE
  }
  return 0
}

/** Passes `n` values over; 0, or a negative error. */
export function hybridSkip(state: usize, n: i32): i32 {
  while (n > 0) {
    let count = load<i32>(state, 12)
    if (count == 0) {
      const error = nextRun(state)
      if (error < 0) return error
      continue
    }
    if (count > n) count = n
    if (load<i32>(state, 16)) takePacked(state, count, 0, false)
    store<i32>(state, load<i32>(state, 12) - count, 12)
    n -= count
  }
  return 0
}

/** Whether every one of `n` i32 codes is in [0, limit). */
export function codesBelow(codes: usize, n: i32, limit: i32): bool {
  let greatest = i32x4.splat(0)
  let i = 0
  for (; i + 4 <= n; i += 4) greatest = i32x4.max_u(greatest, v128.load(codes + (<usize>i << 2)))
  let max = <u32>i32x4.extract_lane(greatest, 0)
  max = select<u32>(<u32>i32x4.extract_lane(greatest, 1), max, <u32>i32x4.extract_lane(greatest, 1) > max)
  max = select<u32>(<u32>i32x4.extract_lane(greatest, 2), max, <u32>i32x4.extract_lane(greatest, 2) > max)
  max = select<u32>(<u32>i32x4.extract_lane(greatest, 3), max, <u32>i32x4.extract_lane(greatest, 3) > max)
  for (; i < n; i++) {
    const code = load<u32>(codes + (<usize>i << 2))
    if (code > max) max = code
  }
  return n == 0 || max < <u32>limit
}
