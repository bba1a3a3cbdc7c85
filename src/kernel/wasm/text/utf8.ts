// UTF-8 as RFC 3629 has it: no surrogates, nothing beyond U+10FFFF, no form longer than needed.

/** The first byte of [start, end) that is not UTF-8, counted from `start`; -1: all is. 64 bytes more may be read. */
export function utf8Error(start: usize, end: usize): i32 {
  let p = start
  while (p < end) {
    if (p + 16 <= end && !v128.any_true(v128.and(v128.load(p), i8x16.splat(-128)))) {
      p += 16
      continue
    }
    const byte = <u32>load<u8>(p)
    if (byte < 0x80) {
      p++
      continue
    }
    const length: usize = byte < 0xc2 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 0
    if (length == 0 || p + length > end) return <i32>(p - start)
    const second = <u32>load<u8>(p + 1)
    let least: u32 = 0x80
    let most: u32 = 0xbf
    if (byte == 0xe0) least = 0xa0
    else if (byte == 0xed) most = 0x9f
    else if (byte == 0xf0) least = 0x90
    else if (byte == 0xf4) most = 0x8f
    if (second < least || second > most) return <i32>(p - start)
    for (let i: usize = 2; i < length; i++) if ((load<u8>(p + i) & 0xc0) != 0x80) return <i32>(p - start)
    p += length
  }
  return -1
}

/** The first of `n` views (u32 address, u32 length) whose bytes are not UTF-8; -1: all are. 64 bytes behind a view may be read. */
export function viewsUtf8Error(views: usize, n: i32): i32 {
  for (let i = 0; i < n; i++) {
    const view = load<u64>(views + (<usize>i << 3))
    let p = <usize>(<u32>view)
    let left = <i32>(view >> 32)
    // High bits of 16 bytes at once: most texts are ASCII.
    let high = 0
    while (left >= 16) {
      high |= i8x16.bitmask(v128.load(p))
      p += 16
      left -= 16
    }
    if (left > 0) high |= i8x16.bitmask(v128.load(p)) & ((1 << left) - 1)
    if (high != 0) {
      const start = <usize>(<u32>view)
      if (utf8Error(start, start + <usize>(view >> 32)) >= 0) return i
    }
  }
  return -1
}
