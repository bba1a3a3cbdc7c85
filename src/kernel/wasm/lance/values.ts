// Values of Lance pages: runs, strings, symbols, bytes of floats that lie apart.

const TRUNCATED: i32 = -1
const MALFORMED: i32 = -2

/** Expands runs of values of `width` bytes to `n` values; MALFORMED unless the u8 lengths come to just that. */
export function lanceRuns(values: usize, lengths: usize, runs: i32, width: i32, n: i32, out: usize): i32 {
  let done = 0
  for (let run = 0; run < runs; run++) {
    const length = <i32>load<u8>(lengths + <usize>run)
    if (length > n - done) return MALFORMED
    const value = values + <usize>(run * width)
    for (let i = 0; i < length; i++) memory.copy(out + <usize>((done + i) * width), value, <usize>width)
    done += length
  }
  return done == n ? 0 : MALFORMED
}

/**
 * Views of `n` byte arrays by n + 1 offsets of `bits` (32, 64) at `offsets`, counted from `base`, which has `size` bytes. TRUNCATED where they leave it,
 * MALFORMED where they do not ascend.
 */
export function lanceViews(offsets: usize, bits: i32, base: usize, size: u32, n: i32, out: usize): i32 {
  let last: u64 = bits == 64 ? load<u64>(offsets) : <u64>load<u32>(offsets)
  for (let i = 1; i <= n; i++) {
    const end = bits == 64 ? load<u64>(offsets + (<usize>i << 3)) : <u64>load<u32>(offsets + (<usize>i << 2))
    if (end > <u64>size) return TRUNCATED
    if (end < last) return MALFORMED
    store<u64>(out + (<usize>(i - 1) << 3), ((end - last) << 32) | (<u64>base + last))
    last = end
  }
  return 0
}

/** Bytes that `n` views have together. */
export function lanceViewBytes(views: usize, n: i32): f64 {
  let total: u64 = 0
  for (let i = 0; i < n; i++) total += <u64>load<u32>(views + (<usize>i << 3), 4)
  return <f64>total
}

/**
 * Decodes FSST: each code stands for a symbol of 1 to 8 bytes, 255 for the byte that follows. `symbols` are 256 u64, `lengths` 256 bytes, 0 for codes that
 * are not used. `out` has room for eight times the bytes. The views are changed to the decoded ones; MALFORMED for unused codes.
 */
export function lanceFsst(views: usize, n: i32, symbols: usize, lengths: usize, out: usize): i32 {
  for (let i = 0; i < n; i++) {
    const view = views + (<usize>i << 3)
    let p = <usize>load<u32>(view)
    const end = p + <usize>load<u32>(view, 4)
    const start = out
    while (p < end) {
      const code = <usize>load<u8>(p++)
      if (code == 255) {
        if (p >= end) return MALFORMED
        store<u8>(out++, load<u8>(p++))
        continue
      }
      const length = <usize>load<u8>(lengths + code)
      if (length == 0) return MALFORMED
      store<u64>(out, load<u64>(symbols + (code << 3)))
      out += length
    }
    store<u32>(view, <u32>start)
    store<u32>(view, <u32>(out - start), 4)
  }
  return 0
}

/** Puts `n` values of `width` bytes together whose first bytes lie first, then all second ones, ... */
export function lanceJoinBytes(from: usize, n: i32, width: i32, out: usize): void {
  for (let k = 0; k < width; k++) {
    for (let i = 0; i < n; i++) store<u8>(out + <usize>(i * width + k), load<u8>(from + <usize>(k * n + i)))
  }
}

/** Bytes [offset, offset + width) of each of `n` values of `stride` bytes, one after the other. */
export function lanceFieldOf(from: usize, stride: i32, offset: i32, width: i32, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) memory.copy(out + <usize>(i * width), from + <usize>(i * stride + offset), <usize>width)
}
