// What the kernels of texts have in common: views, copying, and finding.

/** The view of row `i`; a step of 0 repeats the first. */
// @ts-ignore: decorator
@inline
export function viewOf(views: usize, step: i32, i: i32): usize {
  return views + (<usize>(i * step) << 3)
}

// @ts-ignore: decorator
@inline
export function storeView(out: usize, i: i32, start: usize, length: usize): void {
  store<u32>(out + (<usize>i << 3), <u32>start)
  store<u32>(out + (<usize>i << 3), <u32>length, 4)
}

/** Copies forward, 16 bytes at a time: up to 15 bytes more are read and written. The places do not overlap. */
// @ts-ignore: decorator
@inline
export function copyText(to: usize, from: usize, length: usize): void {
  if (length > 256) {
    memory.copy(to, from, length)
    return
  }
  for (let k: usize = 0; k < length; k += 16) v128.store(to + k, v128.load(from + k))
}

// @ts-ignore: decorator
@inline
export function sameText(p: usize, q: usize, length: usize): bool {
  let i: usize = 0
  for (; i + 8 <= length; i += 8) if (load<u64>(p + i) != load<u64>(q + i)) return false
  for (; i < length; i++) if (load<u8>(p + i) != load<u8>(q + i)) return false
  return true
}

/**
 * Address of the first occurrence of the needle (of at least one byte) in [from, to); 0 if there is none. 16 places at a time: those whose first
 * and last byte fit are compared in full. Reads up to 15 bytes past `to`.
 */
export function findText(from: usize, to: usize, needle: usize, length: usize): usize {
  if (to - from < length) return 0
  const first = i8x16.splat(load<i8>(needle))
  const last = i8x16.splat(load<i8>(needle + length - 1))
  const end = to - length
  for (let p = from; p <= end; p += 16) {
    let bits = i8x16.bitmask(v128.and(i8x16.eq(v128.load(p), first), i8x16.eq(v128.load(p + length - 1), last)))
    while (bits != 0) {
      const at = p + ctz(bits)
      if (at > end) return 0
      if (length <= 2 || sameText(at, needle, length)) return at
      bits &= bits - 1
    }
  }
  return 0
}

/** How many characters: bytes that do not continue one. */
// @ts-ignore: decorator
@inline
export function characters(start: usize, end: usize): i32 {
  let count = 0
  let p = start
  // Continuation bytes are -128 to -65 as signed numbers.
  for (; p + 16 <= end; p += 16) count += popcnt(i8x16.bitmask(i8x16.gt_s(v128.load(p), i8x16.splat(-65))))
  for (; p < end; p++) count += <i32>(load<i8>(p) > -65)
  return count
}

/** Where the character behind the one at `p` begins. */
// @ts-ignore: decorator
@inline
export function nextCharacter(p: usize, end: usize): usize {
  let at = p + 1
  while (at < end && (load<u8>(at) & 0xc0) == 0x80) at++
  return at
}

/** The place after `count` characters. */
// @ts-ignore: decorator
@inline
export function skipCharacters(start: usize, end: usize, count: i32): usize {
  let at = start
  for (let k = 0; k < count && at < end; k++) {
    at++
    while (at < end && (load<u8>(at) & 0xc0) == 0x80) at++
  }
  return at
}

/** The place before the last `count` characters. */
// @ts-ignore: decorator
@inline
export function backCharacters(start: usize, end: usize, count: i32): usize {
  let at = end
  for (let k = 0; k < count && at > start; k++) {
    at--
    while (at > start && (load<u8>(at) & 0xc0) == 0x80) at--
  }
  return at
}
