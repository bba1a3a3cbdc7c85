// Rows of a merge that are held, of which one of each key wins (src/exec/scan/merge/held-rows.ts). An entry is the row of a key in a group table; at
// `offset` it says of the key:
//
//   0 u32 number of the winner + 1, 0 = none yet     4 u32 number of the first row + 1     8 u8 met     9 u8 not put out at the end
//
// Orders are records that compare (sort/compare.ts), `stride` bytes apart, address 0 = rows have no order; `ordered` is a byte a row, 0 = the row has
// none (address 0 = all have).
import { compareRows } from '../sort/compare'

const FIRST: usize = 4
const MET: usize = 8
const DONE: usize = 9

// @ts-ignore: decorator
@inline
function hasOrder(ordered: usize, row: usize): bool {
  return ordered == 0 || load<u8>(ordered + row) != 0
}

/** A row wins over another unless its order is below; where either has none, it does. */
// @ts-ignore: decorator
@inline
function winsOver(
  row: usize, records: usize, ordered: usize, other: usize, others: usize, othersOrdered: usize, stride: usize, descriptor: usize,
): bool {
  if (records == 0 || !hasOrder(ordered, row) || !hasOrder(othersOrdered, other)) return true
  return compareRows(records + row * stride, others + other * stride, descriptor) >= 0
}

/**
 * Takes rows `from` to `n` in turn, entries[i] being that of row i. outcome[i] = 0: the first of its key, 1: it wins over the winner so far, 2: it does
 * not.
 */
export function holdRows(
  from: i32, n: i32, entries: usize, offset: i32, records: usize, ordered: usize, stride: i32, descriptor: usize, outcome: usize,
): void {
  for (let i: usize = <usize>from; i < <usize>n; i++) {
    const entry = <usize>load<u32>(entries + (i << 2)) + offset
    const winner = load<u32>(entry)
    if (winner == 0) {
      store<u32>(entry, <u32>i + 1)
      store<u32>(entry, <u32>i + 1, FIRST)
      store<u8>(outcome + i, 0)
    } else if (winsOver(i, records, ordered, winner - 1, records, ordered, stride, descriptor)) {
      store<u32>(entry, <u32>i + 1)
      store<u8>(outcome + i, 1)
    } else {
      store<u8>(outcome + i, 2)
    }
  }
}

/**
 * Rows of the first run meet the winners, each winner one row at most: `kept` are the rows that stay, `hits` those that a winner replaces. Returns how
 * many are kept; the others are hits. entries[i] = 0: nobody holds the key.
 */
export function meetRows(
  n: i32, entries: usize, offset: i32, records: usize, ordered: usize, held: usize, heldOrdered: usize, stride: i32, descriptor: usize,
  kept: usize, hits: usize,
): i32 {
  let k: usize = 0
  let h: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = <usize>load<u32>(entries + (i << 2))
    if (row == 0 || load<u8>(row + offset, MET) != 0) {
      store<u32>(kept + (k++ << 2), <u32>i)
      continue
    }
    const entry = row + offset
    store<u8>(entry, 1, MET)
    if (winsOver(load<u32>(entry) - 1, held, heldOrdered, i, records, ordered, stride, descriptor)) {
      store<u32>(hits + (h++ << 2), <u32>i)
    } else {
      store<u8>(entry, 1, DONE)
      store<u32>(kept + (k++ << 2), <u32>i)
    }
  }
  return <i32>k
}

/** Which of the rows [from, to), counted from `from`, are put out at the end: winners that are no deletes (bytes, 1 = is one). Returns the count. */
export function selectWinners(from: i32, to: i32, entries: usize, offset: i32, deletes: usize, out: usize): i32 {
  let count: usize = 0
  for (let i: usize = <usize>from; i < <usize>to; i++) {
    const entry = <usize>load<u32>(entries + (i << 2)) + offset
    store<u32>(out + (count << 2), <u32>(i - from))
    count += <usize>(load<u32>(entry) == <u32>i + 1 && load<u8>(entry, DONE) == 0 && load<u8>(deletes + i) == 0)
  }
  return <i32>count
}

/** out[i] = 1 when record i (of sort/merge.ts) is a retraction. */
export function copyRetractions(n: i32, records: usize, stride: i32, out: usize): void {
  let record = records
  for (let i: usize = 0; i < <usize>n; i++, record += stride) store<u8>(out + i, load<u8>(record, 8) & 1)
}
