// Integer run length encoding, versions 1 and 2, to i64.
//
//   version 1   h >= 0: h + 3 values: i8 delta, varint base               h < 0: -h varints
//   version 2   two bits of kind, then
//     0 short repeat   3 bits width - 1, 3 bits count - 3; the value in `width` bytes
//     1 direct         5 bits width, 9 bits count - 1; packed values
//     2 patched base   as direct, then 3 bits base width - 1, 5 bits patch width, 3 bits gap width - 1, 5 bits patches; base, packed values, patches
//     3 delta          as direct; varint base, varint first delta; packed further deltas
//
// A decoder lives in INTEGER_STATE_BYTES at `state`:
//   +0 position  +4 next value of the run  +8 values of the run  +16 the run: up to 512 i64
//
// A stream comes in pieces: a call decodes the runs that end within the bytes up to `end` and returns how many values that were; the position
// then stands at the first run that is still needed. Bits are packed with the most significant first.
//
// Spec: ORC v1, "Integer Run Length Encoding, version 1" and "version 2".
import { MALFORMED } from './errors'

const RUN: usize = 16

/** Bit widths of the codes 0 to 31. */
function widthOfCode(code: i32): i32 {
  if (code <= 23) return code + 1
  if (code <= 27) return 26 + (code - 24) * 2
  return 40 + (code - 28) * 8
}

/** The next width that values may be packed with. */
function packedWidth(bits: i32): i32 {
  if (bits <= 24) return max(bits, 1)
  if (bits <= 32) return (bits + 1) & ~1
  return (bits + 7) & ~7
}

// @ts-ignore: decorator
@inline function zigzag(value: u64): i64 {
  return <i64>(value >> 1) ^ -(<i64>(value & 1))
}

let varintEnd: usize = 0

/** Reads a varint of at most ten bytes; its end goes to `varintEnd`: 0 when the bytes end before it, 1 when it is too long. */
function varint(p: usize, end: usize): u64 {
  let value: u64 = 0
  let shift: u64 = 0
  while (true) {
    if (p >= end) {
      varintEnd = 0
      return 0
    }
    const byte = <u64>load<u8>(p++)
    if (shift > 63) {
      varintEnd = 1
      return 0
    }
    value |= (byte & 127) << shift
    if (byte < 128) break
    shift += 7
  }
  varintEnd = p
  return value
}

/** Unpacks `n` values of `width` bits from `p`, whose bytes are there. Up to 8 bytes behind them are read. */
function unpack(p: usize, width: i32, n: i32, out: usize): void {
  if (width == 8) {
    for (let i = 0; i < n; i++) store<u64>(out + (<usize>i << 3), <u64>load<u8>(p + <usize>i))
    return
  }
  if (width == 16) {
    for (let i = 0; i < n; i++) store<u64>(out + (<usize>i << 3), <u64>bswap<u16>(load<u16>(p + (<usize>i << 1))))
    return
  }
  if (width <= 56) {
    const shift = <u64>(64 - width)
    let bit: u64 = 0
    for (let i = 0; i < n; i++) {
      const word = bswap<u64>(load<u64>(p + <usize>(bit >> 3)))
      store<u64>(out + (<usize>i << 3), (word << (bit & 7)) >> shift)
      bit += <u64>width
    }
    return
  }
  // 64 bits: whole bytes.
  for (let i = 0; i < n; i++) store<u64>(out + (<usize>i << 3), bswap<u64>(load<u64>(p + (<usize>i << 3))))
}

// @ts-ignore: decorator
@inline function packedBytes(width: i32, n: i32): usize {
  return <usize>((width * n + 7) >> 3)
}

/** Decodes the run at `p` to `out` and puts its end to `runEnd`. Returns its length, 0 when its bytes are not all there, or MALFORMED. */
let runEnd: usize = 0
function run2(p: usize, end: usize, signed: i32, out: usize): i32 {
  const first = <i32>load<u8>(p)
  const kind = first >> 6
  if (kind == 0) {
    const width = ((first >> 3) & 7) + 1
    const count = (first & 7) + 3
    if (end - p < <usize>(width + 1)) return 0
    let bits: u64 = 0
    for (let i = 1; i <= width; i++) bits = (bits << 8) | <u64>load<u8>(p + <usize>i)
    const value = signed ? zigzag(bits) : <i64>bits
    for (let i = 0; i < count; i++) store<i64>(out + (<usize>i << 3), value)
    runEnd = p + <usize>(width + 1)
    return count
  }
  if (end - p < 2) return 0
  const code = (first >> 1) & 31
  const count = (((first & 1) << 8) | <i32>load<u8>(p, 1)) + 1
  if (kind == 1) {
    const width = widthOfCode(code)
    const bytes = packedBytes(width, count)
    if (end - p - 2 < bytes) return 0
    unpack(p + 2, width, count, out)
    if (signed) {
      for (let i = 0; i < count; i++) {
        store<i64>(out + (<usize>i << 3), zigzag(load<u64>(out + (<usize>i << 3))))
      }
    }
    runEnd = p + 2 + bytes
    return count
  }
  return kind == 2 ? patchedRun(p, end, widthOfCode(code), count, out) : deltaRun(p, end, code, count, signed, out)
}

function patchedRun(p: usize, end: usize, width: i32, count: i32, out: usize): i32 {
  if (end - p < 4) return 0
  const third = <i32>load<u8>(p, 2)
  const fourth = <i32>load<u8>(p, 3)
  const baseBytes = (third >> 5) + 1
  const patchWidth = widthOfCode(third & 31)
  const gapWidth = (fourth >> 5) + 1
  const patches = fourth & 31
  const entryWidth = packedWidth(patchWidth + gapWidth)
  if (patchWidth + gapWidth > 64 || width + patchWidth > 64) return MALFORMED
  const valueBytes = packedBytes(width, count)
  const patchBytes = packedBytes(entryWidth, patches)
  if (end - p < <usize>(4 + baseBytes) + valueBytes + patchBytes) return 0
  let q = p + 4
  let base: u64 = 0
  for (let i = 0; i < baseBytes; i++) base = (base << 8) | <u64>load<u8>(q++)
  // Sign and magnitude.
  const sign = <u64>1 << <u64>(baseBytes * 8 - 1)
  const start = (base & sign) != 0 ? -(<i64>(base & (sign - 1))) : <i64>base
  unpack(q, width, count, out)
  q += valueBytes
  let bit: u64 = 0
  let at = 0
  const mask = patchWidth == 64 ? u64.MAX_VALUE : ((<u64>1) << <u64>patchWidth) - 1
  for (let i = 0; i < patches; i++) {
    const entry = bitsAt(q, bit, entryWidth)
    bit += <u64>entryWidth
    at += <i32>(entry >> <u64>patchWidth) & 255
    const patch = entry & mask
    // A gap of 255 without a patch only moves on.
    if (patch == 0) continue
    if (at >= count) return MALFORMED
    const place = out + (<usize>at << 3)
    store<u64>(place, load<u64>(place) | (patch << <u64>width))
  }
  for (let i = 0; i < count; i++) {
    const place = out + (<usize>i << 3)
    store<i64>(place, start + load<i64>(place))
  }
  runEnd = q + patchBytes
  return count
}

/** `width` bits, 1 to 64, that begin at bit `bit` of the bytes at `p`. */
function bitsAt(p: usize, bit: u64, width: i32): u64 {
  let value: u64 = 0
  for (let i = 0; i < width; i++) {
    const at = bit + <u64>i
    value = (value << 1) | <u64>((load<u8>(p + <usize>(at >> 3)) >> <u8>(7 - (at & 7))) & 1)
  }
  return value
}

function deltaRun(p: usize, end: usize, code: i32, count: i32, signed: i32, out: usize): i32 {
  const bits = varint(p + 2, end)
  if (varintEnd <= 1) return varintEnd == 0 ? 0 : MALFORMED
  const base = signed ? zigzag(bits) : <i64>bits
  const first = zigzag(varint(varintEnd, end))
  if (varintEnd <= 1) return varintEnd == 0 ? 0 : MALFORMED
  const q = varintEnd
  let value = base
  if (code == 0) {
    for (let i = 0; i < count; i++) {
      store<i64>(out + (<usize>i << 3), value)
      value += first
    }
    runEnd = q
    return count
  }
  const width = widthOfCode(code)
  const rest = max(count - 2, 0)
  const bytes = packedBytes(width, rest)
  if (end - q < bytes) return 0
  store<i64>(out, value)
  if (count > 1) {
    value += first
    store<i64>(out, value, 8)
    unpack(q, width, rest, out + 16)
    const down = first < 0
    for (let i = 2; i < count; i++) {
      const place = out + (<usize>i << 3)
      const delta = load<i64>(place)
      value = down ? value - delta : value + delta
      store<i64>(place, value)
    }
  }
  runEnd = q + bytes
  return count
}

function run1(p: usize, end: usize, signed: i32, out: usize): i32 {
  const header = <i32>load<i8>(p)
  if (header >= 0) {
    if (end - p < 2) return 0
    const delta = <i64>load<i8>(p, 1)
    const bits = varint(p + 2, end)
    if (varintEnd <= 1) return varintEnd == 0 ? 0 : MALFORMED
    let value = signed ? zigzag(bits) : <i64>bits
    for (let i = 0; i < header + 3; i++) {
      store<i64>(out + (<usize>i << 3), value)
      value += delta
    }
    runEnd = varintEnd
    return header + 3
  }
  let q = p + 1
  for (let i = 0; i < -header; i++) {
    const bits = varint(q, end)
    if (varintEnd <= 1) return varintEnd == 0 ? 0 : MALFORMED
    store<i64>(out + (<usize>i << 3), signed ? zigzag(bits) : <i64>bits)
    q = varintEnd
  }
  runEnd = q
  return -header
}

/** Decodes at most `n` integers to i64 at `out`; 0: passes them over. Returns how many there were, or a negative error. */
export function orcIntegers(state: usize, end: usize, version: i32, signed: i32, n: i32, out: usize): i32 {
  let p = <usize>load<u32>(state)
  let next = load<i32>(state, 4)
  let count = load<i32>(state, 8)
  let done = 0
  while (done < n) {
    if (next == count) {
      if (p >= end) break
      // A run that is wanted whole is decoded where it belongs.
      const direct = out != 0 && n - done >= 512
      const to = direct ? out + (<usize>done << 3) : state + RUN
      const found = version == 2 ? run2(p, end, signed, to) : run1(p, end, signed, to)
      if (found < 0) return found
      if (found == 0) break
      p = runEnd
      if (direct) {
        done += found
        continue
      }
      next = 0
      count = found
    }
    const take = min(count - next, n - done)
    if (out != 0) memory.copy(out + (<usize>done << 3), state + RUN + (<usize>next << 3), <usize>take << 3)
    next += take
    done += take
  }
  store<u32>(state, <u32>p)
  store<i32>(state, next, 4)
  store<i32>(state, count, 8)
  return done
}
