// Merging sorted runs of rows that have one row per key and run (src/exec/scan/merge/merge-keys.ts has the layout):
//
//   | u32 address of the row's byte in a mask | u32 number | u8 kind, 7 unused | key bytes | order bytes | strings of the keys |
//
// `rows` are `n` of them, `stride` bytes apart; an `order` is an array of their addresses. Kinds: 0 insert, 1 update before, 2 update
// after, 3 delete; odd ones are retractions.
import { compareRows } from './compare'

/** Writes the headers: row i's mask byte is mask + i, its number first + i; `kinds`: a byte a row, 0 = all inserts. */
export function placeHeaders(n: i32, rows: usize, stride: i32, mask: usize, first: i32, kinds: usize): void {
  let row = rows
  for (let i = 0; i < n; i++, row += stride) {
    store<u32>(row, <u32>(mask + i))
    store<u32>(row, first + i, 4)
    store<u64>(row, kinds == 0 ? 0 : <u64>load<u8>(kinds + i), 8)
  }
}

// @ts-ignore: decorator
@inline
function foldKinds<T>(n: i32, data: usize, validity: usize, factor: i32, kinds: usize): i32 {
  let all = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const kind = <i32>load<T>(data + i * sizeof<T>()) * factor
    if (kind == 0 || (validity != 0 && load<u8>(validity + i) == 0)) continue
    all |= kind
    store<u8>(kinds + i, <u8>kind)
  }
  return all
}

/** Puts kinds that are neither 0 nor NULL into `kinds`, a byte a row. Returns all bits that occur; beyond 3, some are unknown. */
export function foldKindsI32(n: i32, data: usize, validity: usize, kinds: usize): i32 {
  return foldKinds<i32>(n, data, validity, 1, kinds)
}

/** The same for booleans: TRUE is a delete. */
export function foldDeleted(n: i32, data: usize, validity: usize, kinds: usize): i32 {
  return foldKinds<u8>(n, data, validity, 3, kinds)
}

/** Numbers n rows anew, from `first` on. */
export function placeNumbers(n: i32, rows: usize, stride: i32, first: i32): void {
  let row = rows
  for (let i = 0; i < n; i++, row += stride) store<u32>(row, first + i, 4)
}

/** Copies string views to rows + i * stride; NULLs become empty strings. */
export function placeViews(n: i32, data: usize, validity: usize, rows: usize, stride: i32): void {
  let row = rows
  for (let i: usize = 0; i < <usize>n; i++, row += stride) {
    store<u64>(row, validity == 0 || load<u8>(validity + i) != 0 ? load<u64>(data + (i << 3)) : 0)
  }
}

/** How many of n ascending rows are not above the row at `bound`. */
export function rowsUpTo(n: i32, rows: usize, stride: i32, bound: usize, descriptor: usize): i32 {
  let low = 0
  let high = n
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareRows(rows + middle * stride, bound, descriptor) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

/** The first row that is not above the one before it; n when there is none. */
export function firstDisorder(n: i32, rows: usize, stride: i32, descriptor: usize): i32 {
  for (let i = 1; i < n; i++) {
    const row = rows + i * stride
    if (compareRows(row - stride, row, descriptor) >= 0) return i
  }
  return n
}

export function rowAddresses(n: i32, rows: usize, stride: i32, order: usize): void {
  let row = rows
  for (let i: usize = 0; i < <usize>n; i++, row += stride) store<u32>(order + (i << 2), <u32>row)
}

/** Where in an order each key begins, as u32, and after them n. Returns the number of keys. */
export function keyStarts(n: i32, order: usize, descriptor: usize, starts: usize): i32 {
  let count: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    if (i > 0 && compareRows(load<u32>(order + (i << 2) - 4), load<u32>(order + (i << 2)), descriptor) == 0) continue
    store<u32>(starts + (count << 2), <u32>i)
    count++
  }
  store<u32>(starts + (count << 2), n)
  return <i32>count
}

/**
 * Marks one row of each key in the masks: the last, or the first. `ignore`: retractions are passed over; else one that is chosen is marked
 * only with `keep`. Returns how many rows were marked; -1 when `refuse` is set and a key of several rows has a retraction.
 */
export function markRows(
  keys: i32, order: usize, starts: usize, last: i32, ignore: i32, keep: i32, refuse: i32,
): i32 {
  let count = 0
  for (let k: usize = 0; k < <usize>keys; k++) {
    const start = load<u32>(starts + (k << 2))
    const end = load<u32>(starts + (k << 2), 4)
    let chosen: usize = 0
    for (let i = start; i < end; i++) {
      const row = <usize>load<u32>(order + (<usize>i << 2))
      const retracts = (load<u8>(row, 8) & 1) != 0
      if (retracts && refuse && end - start > 1) return -1
      if (retracts && ignore) continue
      if (last || chosen == 0) chosen = row
    }
    if (chosen == 0 || (!keep && (load<u8>(chosen, 8) & 1) != 0)) continue
    store<u8>(<usize>load<u32>(chosen), 1)
    count++
  }
  return count
}

/** Marks all of n rows that are no retractions; returns how many. */
export function markInserts(n: i32, rows: usize, stride: i32): i32 {
  let row = rows
  let count = 0
  for (let i = 0; i < n; i++, row += stride) {
    const inserts = <u8>(~load<u8>(row, 8) & 1)
    store<u8>(<usize>load<u32>(row), inserts)
    count += inserts
  }
  return count
}

/** The numbers of the rows of an order, and their kinds. */
export function orderNumbers(n: i32, order: usize, numbers: usize, kinds: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = <usize>load<u32>(order + (i << 2))
    store<u32>(numbers + (i << 2), load<u32>(row, 4))
    store<u8>(kinds + i, load<u8>(row, 8))
  }
}
