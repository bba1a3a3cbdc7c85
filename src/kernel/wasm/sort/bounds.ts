// Binary search in rows in order, for joins by ranges of keys (src/exec/join/sorted-build.ts).
//
// `sorted` has u32 addresses of rows, ascending; `sortedKeys` the key bytes of the same rows, `keyBytes` each, side by side: a search looks
// at rows only where key bytes are equal up to a string. What is searched for are key bytes and views of the strings among the keys: `views`
// has an address a segment of the descriptor (compare.ts), of an array of views, 0 for none. Key bytes begin at `keyOffset` in rows.
import { compareBytes } from '../aggregate/bytes'
import { compareKeyBytes } from './compare'

/** A row (its address and key bytes) against what is searched for. */
function compareToKey(row: usize, rowKey: usize, key: usize, keyOffset: usize, views: usize, number: usize, descriptor: usize): i32 {
  const segments = load<u32>(descriptor)
  let segment = descriptor + 4
  for (let s: usize = 0; s < <usize>segments; s++, segment += 16) {
    const offset = <usize>load<u32>(segment) - keyOffset
    const bytes = load<i32>(segment, 4)
    const order = compareKeyBytes(rowKey + offset, key + offset, bytes)
    if (order != 0) return order
    const column = <usize>load<u32>(segment, 8)
    // A string's segment ends in a byte for NULL and the first eight bytes; NULLs are equal whatever their views are.
    if (column != 0 && load<u8>(key + offset + (bytes - 9)) == 0) {
      const list = <usize>load<u32>(views + (s << 2))
      const address = list == 0 ? 0 : load<u32>(list + (number << 3))
      const length = list == 0 ? 0 : load<u32>(list + (number << 3), 4)
      const view = <usize>load<u32>(row) + column
      const strings = compareBytes(load<u32>(view), load<u32>(view, 4), address, length)
      if (strings != 0) return strings
    }
  }
  return 0
}

/**
 * For each of n keys: how many of the `total` sorted rows come before it; with `after` 1, equal rows count too. `floor`: u32 numbers that the
 * results are not below, near which they are looked for first; 0 = none. Keys that `valid` (0 = all are) has 0 for get 0.
 */
export function countBefore(n: i32, keys: usize, keyBytes: i32, keyOffset: i32, views: usize, valid: usize, sorted: usize, sortedKeys: usize, total: i32, descriptor: usize, after: i32, floor: usize, out: usize): void {
  const limit = after != 0 ? 0 : -1
  const stride = <usize>keyBytes
  for (let i: usize = 0; i < <usize>n; i++) {
    let low: u32 = 0
    if (valid == 0 || load<u8>(valid + i) != 0) {
      const key = keys + i * stride
      let high = <u32>total
      if (floor != 0) {
        low = load<u32>(floor + (i << 2))
        // Twice as far each time, until a row is not before the key.
        let step: u32 = 1
        while (step <= high - low) {
          const place = <usize>(low + step - 1)
          if (compareToKey(sorted + (place << 2), sortedKeys + place * stride, key, <usize>keyOffset, views, i, descriptor) > limit) {
            high = <u32>place
            break
          }
          low += step
          step <<= 1
        }
      }
      while (low < high) {
        const middle = (low + high) >>> 1
        const place = <usize>middle
        if (compareToKey(sorted + (place << 2), sortedKeys + place * stride, key, <usize>keyOffset, views, i, descriptor) <= limit) low = middle + 1
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

/**
 * For each of n keys the sorted row that is nearest to it, 0 for none: that before the number at `found` (countBefore; `last` 1), or that
 * at it. Such a row agrees with the key in the keys of `descriptor`, and its last key, at `lastKey` in the key bytes, is not NULL.
 */
export function nearestRows(n: i32, found: usize, keys: usize, keyBytes: i32, keyOffset: i32, views: usize, valid: usize, sorted: usize, sortedKeys: usize, total: i32, descriptor: usize, lastKey: i32, last: i32, rows: usize): void {
  const stride = <usize>keyBytes
  for (let i: usize = 0; i < <usize>n; i++) {
    const place = <usize>(load<u32>(found + (i << 2)) - <u32>last)
    let row: u32 = 0
    if (place < <usize>total && (valid == 0 || load<u8>(valid + i) != 0)) {
      const rowKey = sortedKeys + place * stride
      const address = sorted + (place << 2)
      if (load<u8>(rowKey + lastKey) == 0 && compareToKey(address, rowKey, keys + i * stride, <usize>keyOffset, views, i, descriptor) == 0) row = load<u32>(address)
    }
    store<u32>(rows + (i << 2), row)
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
