// Text: UTF-8 bytes behind views (u32 address, u32 length).

/**
 * LIKE by segments. Pattern block, u32 words: [0] flags (1 anchored at the start, 2 at the end, 4 has `_`), [1] segments, then for each
 * segment: address, byte length, characters. A byte 0xff (never in UTF-8) in a segment stands for `_`.
 * mask[i] = match ^ negated; NULL rows get 0.
 */
export function likeBytes(views: usize, validity: usize, n: i32, pattern: usize, negated: i32, out: usize): void {
  const hasWildcards = (load<u32>(pattern) & 4) != 0
  for (let i = 0; i < n; i++) {
    if (validity != 0 && load<u8>(validity + i) == 0) {
      store<u8>(out + i, 0)
      continue
    }
    const at = views + (<usize>i << 3)
    const start = <usize>load<u32>(at)
    const end = start + load<u32>(at, 4)
    const hit = hasWildcards ? matchesWild(start, end, pattern) : matchesPlain(start, end, pattern)
    store<u8>(out + i, <u8>(<i32>hit ^ negated))
  }
}

function matchesPlain(start: usize, end: usize, pattern: usize): bool {
  const flags = load<u32>(pattern)
  let count = load<u32>(pattern, 4)
  let segment = pattern + 8
  let from = start
  let to = end
  if ((flags & 1) != 0 && count > 0) {
    const length = load<u32>(segment, 4)
    if (to - from < length || !same(from, load<u32>(segment), length)) return false
    from += length
    segment += 12
    count--
    if (count == 0) return (flags & 2) == 0 || from == to
  }
  if ((flags & 2) != 0 && count > 0) {
    const last = segment + (count - 1) * 12
    const length = load<u32>(last, 4)
    if (to - from < length || !same(to - length, load<u32>(last), length)) return false
    to -= length
    count--
  }
  for (; count > 0; count--, segment += 12) {
    const length = load<u32>(segment, 4)
    const found = find(from, to, load<u32>(segment), length)
    if (found == 0) return false
    from = found + length
  }
  return true
}

// @ts-ignore: decorator
@inline
function same(p: usize, q: usize, length: u32): bool {
  let i: u32 = 0
  for (; i + 8 <= length; i += 8) if (load<u64>(p + i) != load<u64>(q + i)) return false
  for (; i < length; i++) if (load<u8>(p + i) != load<u8>(q + i)) return false
  return true
}

/**
 * Address of the first occurrence of the needle (of at least one byte) in [from, to); 0 if there is none. 16 places at a time: those whose first
 * and last byte fit are compared in full. Reads up to 15 bytes past `to`.
 */
function find(from: usize, to: usize, needle: usize, length: u32): usize {
  if (to - from < length) return 0
  const first = i8x16.splat(load<i8>(needle))
  const last = i8x16.splat(load<i8>(needle + length - 1))
  const end = to - length
  for (let p = from; p <= end; p += 16) {
    let bits = i8x16.bitmask(
      v128.and(i8x16.eq(v128.load(p), first), i8x16.eq(v128.load(p + length - 1), last)),
    )
    while (bits != 0) {
      const at = p + ctz(bits)
      if (at > end) return 0
      if (same(at, needle, length)) return at
      bits &= bits - 1
    }
  }
  return 0
}

/** The end of the segment's match at `p`; 0 if it does not match there. */
function matchAt(p: usize, to: usize, segment: usize): usize {
  const bytes = <usize>load<u32>(segment)
  const length = load<u32>(segment, 4)
  let at = p
  for (let i: u32 = 0; i < length; i++) {
    if (at >= to) return 0
    const token = load<u8>(bytes + i)
    if (token == 0xff) at = nextCharacter(at, to)
    else if (load<u8>(at) == token) at++
    else return 0
  }
  return at
}

// @ts-ignore: decorator
@inline
function nextCharacter(p: usize, to: usize): usize {
  let at = p + 1
  while (at < to && (load<u8>(at) & 0xc0) == 0x80) at++
  return at
}

function matchesWild(start: usize, end: usize, pattern: usize): bool {
  const flags = load<u32>(pattern)
  let count = load<u32>(pattern, 4)
  let segment = pattern + 8
  let from = start
  let to = end
  if ((flags & 1) != 0 && count > 0) {
    from = load<u32>(segment, 4) == 0 ? from : matchAt(from, to, segment)
    if (from == 0) return false
    segment += 12
    count--
    if (count == 0) return (flags & 2) == 0 || from == to
  }
  if ((flags & 2) != 0 && count > 0) {
    const last = segment + (count - 1) * 12
    let at = to
    for (let back = load<u32>(last, 8); back > 0; back--) {
      if (at <= from) return false
      at--
      while (at > from && (load<u8>(at) & 0xc0) == 0x80) at--
    }
    if (load<u32>(last, 4) > 0 && matchAt(at, to, last) != to) return false
    to = at
    count--
  }
  for (; count > 0; count--, segment += 12) {
    let after: usize = 0
    while (from < to) {
      after = matchAt(from, to, segment)
      if (after != 0) break
      from = nextCharacter(from, to)
    }
    if (after == 0) return false
    from = after
  }
  return true
}

/** Characters [from, from + count) as views of the same bytes; `from` counts from 0, count -1: to the end. NULL rows get empty views. */
export function substringViews(views: usize, validity: usize, n: i32, from: u32, count: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const to = out + (<usize>i << 3)
    if (validity != 0 && load<u8>(validity + i) == 0) {
      store<u64>(to, 0)
      continue
    }
    const at = views + (<usize>i << 3)
    const start = <usize>load<u32>(at)
    const end = start + load<u32>(at, 4)
    const first = skipCharacters(start, end, from)
    const last = count < 0 ? end : skipCharacters(first, end, <u32>count)
    store<u32>(to, <u32>first)
    store<u32>(to, <u32>(last - first), 4)
  }
}

// @ts-ignore: decorator
@inline
function skipCharacters(start: usize, end: usize, count: u32): usize {
  let at = start
  for (let k: u32 = 0; k < count && at < end; k++) {
    if (load<u8>(at) < 0x80) at++
    else at = nextCharacter(at, end)
  }
  return at
}

/** How many characters: bytes that do not continue one. */
export function characterCounts(views: usize, validity: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    let count = 0
    if (validity == 0 || load<u8>(validity + i) != 0) {
      const at = views + (<usize>i << 3)
      const start = <usize>load<u32>(at)
      const length = load<u32>(at, 4)
      let j: u32 = 0
      for (; j + 16 <= length; j += 16) {
        // Continuation bytes are -128 to -65 as signed numbers.
        count += popcnt(i8x16.bitmask(i8x16.gt_s(v128.load(start + j), i8x16.splat(-65))))
      }
      for (; j < length; j++) count += <i32>(load<i8>(start + j) > -65)
    }
    store<i32>(out + (<usize>i << 2), count)
  }
}

/** How many bytes. */
export function byteCounts(views: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) store<u32>(out + (<usize>i << 2), load<u32>(views + (<usize>i << 3), 4))
}
