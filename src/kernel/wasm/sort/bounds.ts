// Binary search in rows in order, for joins by ranges of keys (src/exec/join/sorted-build.ts).
//
// What is searched for are key bytes, `keyBytes` a row, and views of the strings among the keys: `views` has an address a segment of
// the descriptor (compare.ts), of an array of views, 0 for segments without a string. Key bytes begin at `keyOffset` in sorted rows.
import { compareBytes } from '../aggregate/bytes'
import { compareKeyBytes } from './compare'

function compareToKey(row: usize, key: usize, keyOffset: usize, views: usize, number: usize, descriptor: usize): i32 {
  const segments = load<u32>(descriptor)
  let segment = descriptor + 4
  for (let s: usize = 0; s < <usize>segments; s++, segment += 16) {
    const offset = <usize>load<u32>(segment)
    const bytes = load<i32>(segment, 4)
    const order = compareKeyBytes(row + offset, key + (offset - keyOffset), bytes)
    if (order != 0) return order
    const column = <usize>load<u32>(segment, 8)
    // A string's segment ends in a byte for NULL and the first eight bytes; NULLs are equal whatever their views are.
    if (column != 0 && load<u8>(key + (offset - keyOffset) + (bytes - 9)) == 0) {
      const list = <usize>load<u32>(views + (s << 2))
      const address = list == 0 ? 0 : load<u32>(list + (number << 3))
      const length = list == 0 ? 0 : load<u32>(list + (number << 3), 4)
      const strings = compareBytes(load<u32>(row + column), load<u32>(row + column, 4), address, length)
      if (strings != 0) return strings
    }
  }
  return 0
}

/**
 * For each of n keys: how many of the `total` rows at `sorted` (u32 addresses, ascending) come before it; with `after` 1, equal rows
 * count too. Keys that `valid` (0 = all are) has 0 for get 0.
 */
export function countBefore(n: i32, keys: usize, keyBytes: i32, keyOffset: i32, views: usize, valid: usize, sorted: usize, total: i32, descriptor: usize, after: i32, out: usize): void {
  const limit = after != 0 ? 0 : -1
  for (let i: usize = 0; i < <usize>n; i++) {
    let low: u32 = 0
    if (valid == 0 || load<u8>(valid + i) != 0) {
      const key = keys + i * <usize>keyBytes
      let high = <u32>total
      while (low < high) {
        const middle = (low + high) >>> 1
        const row = <usize>load<u32>(sorted + (<usize>middle << 2))
        if (compareToKey(row, key, <usize>keyOffset, views, i, descriptor) <= limit) low = middle + 1
        else high = middle
      }
    }
    store<u32>(out + (i << 2), low)
  }
}

/**
 * Pairs of numbers of the n ranges [from, to) and the rows of `sorted` in them, `max` at most. `state`: u32 number of the next range, u32 how
 * many of its rows are done; starts as zeros. Returns how many pairs there are; fewer than `max` only at the end.
 */
export function expandRanges(n: i32, from: usize, to: usize, sorted: usize, state: usize, max: i32, numbers: usize, rows: usize): i32 {
  let i = load<u32>(state)
  let done = load<u32>(state, 4)
  let count: usize = 0
  while (i < <u32>n && count < <usize>max) {
    const start = load<u32>(from + (<usize>i << 2)) + done
    const end = load<u32>(to + (<usize>i << 2))
    if (start >= end) {
      i++
      done = 0
      continue
    }
    const taken = min(<usize>(end - start), <usize>max - count)
    memory.copy(rows + (count << 2), sorted + (<usize>start << 2), taken << 2)
    for (let k: usize = 0; k < taken; k++) store<u32>(numbers + ((count + k) << 2), i)
    count += taken
    done += <u32>taken
  }
  store<u32>(state, i)
  store<u32>(state, done, 4)
  return <i32>count
}

/** Of each range the row nearest to its bound, 0 for an empty range: the last one, or the first. */
export function nearestRows(n: i32, from: usize, to: usize, sorted: usize, last: i32, rows: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const start = load<u32>(from + (i << 2))
    const end = load<u32>(to + (i << 2))
    const place = <usize>(last != 0 ? end - 1 : start)
    store<u32>(rows + (i << 2), start < end ? load<u32>(sorted + (place << 2)) : 0)
  }
}

/** The rows among n at `sorted` whose flags (byte 4) have (`wanted` 1) or have not (0) a bit of `flags`. Returns how many. */
export function selectFlaggedRows(n: i32, sorted: usize, flags: i32, wanted: i32, out: usize): i32 {
  let count: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = load<u32>(sorted + (i << 2))
    store<u32>(out + (count << 2), row)
    count += <usize>(<i32>((load<u8>(<usize>row, 4) & <u8>flags) != 0) == wanted)
  }
  return <i32>count
}
