// Rows on their way to a file and back: contiguous, their strings behind them, addresses as offsets from the block's start.
// `strings`: u32 offsets of the rows' string views (address, length); `capacities`: of those, how many from the end are
// followed by a capacity (states of min and max), which becomes the length.
import { mix } from './hash'
import { copyBytes } from './scatter'

/** Bytes of the strings of n rows given by u32 address. */
export function stringBytes(n: i32, rows: usize, strings: usize, count: i32): u32 {
  let total: u32 = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = <usize>load<u32>(rows + (i << 2))
    for (let s: usize = 0; s < <usize>count; s++) total += load<u32>(row + load<u32>(strings + (s << 2)), 4)
  }
  return total
}

/** Writes n rows (`rowBytes`, a multiple of 8) and their strings to the block; returns its bytes. */
export function packRows(
  n: i32, rows: usize, rowBytes: i32, strings: usize, count: i32, capacities: i32, block: usize,
): u32 {
  let to = block
  let heap = block + <usize>n * <usize>rowBytes
  for (let i: usize = 0; i < <usize>n; i++, to += rowBytes) {
    const row = <usize>load<u32>(rows + (i << 2))
    for (let w: usize = 0; w < <usize>rowBytes; w += 8) store<u64>(to + w, load<u64>(row + w))
    for (let s: usize = 0; s < <usize>count; s++) {
      const view = to + <usize>load<u32>(strings + (s << 2))
      const length = load<u32>(view, 4)
      if (length != 0) {
        copyBytes(heap, load<u32>(view), length)
        store<u32>(view, <u32>(heap - block))
        heap += length
      }
      if (<i32>s >= count - capacities) store<u32>(view, length, 8)
    }
  }
  return <u32>(heap - block)
}

/** Makes the offsets of a packed block's strings addresses. */
export function unpackRows(n: i32, block: usize, rowBytes: i32, strings: usize, count: i32): void {
  let row = block
  for (let i = 0; i < n; i++, row += rowBytes) {
    for (let s: usize = 0; s < <usize>count; s++) {
      const view = row + <usize>load<u32>(strings + (s << 2))
      if (load<u32>(view, 4) != 0) store<u32>(view, load<u32>(view) + <u32>block)
    }
  }
}

/** Which of `parts` each hash falls to. */
// @ts-ignore: decorator
@inline
export function partOf(hash: u64, parts: u32): u32 {
  return <u32>(((hash & 0xffffffff) * <u64>parts) >> 32)
}

/** Parts of rows by the hash at `hashOffset`, or (0) by the i64 key at `keyOffset`; integer keys that are NULL fall to part 0. */
export function partsOfRows(n: i32, rows: usize, hashOffset: i32, keyOffset: i32, parts: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = <usize>load<u32>(rows + (i << 2))
    let part: u32 = 0
    if (hashOffset != 0) part = partOf(load<u64>(row + hashOffset), parts)
    else if (load<u8>(row, 5) & 1) part = partOf(mix(load<u64>(row + keyOffset)), parts)
    store<u32>(out + (i << 2), part)
  }
}

/** Parts of rows by the i64 key at `keyOffset`, whatever it means. */
export function partsOfKeys(n: i32, rows: usize, keyOffset: i32, parts: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = <usize>load<u32>(rows + (i << 2))
    store<u32>(out + (i << 2), partOf(mix(load<u64>(row + keyOffset)), parts))
  }
}

/** Parts of hashes. */
export function partsOfHashes(n: i32, hashes: usize, parts: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u32>(out + (i << 2), partOf(load<u64>(hashes + (i << 3)), parts))
}
