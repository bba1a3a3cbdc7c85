// From decoded streams to the layouts of vectors.
import { OUT_OF_RANGE } from './errors'

/** i64 to i32 where each is in [low, high]; 0 or OUT_OF_RANGE. */
export function orcNarrow(from: usize, n: i32, low: i64, high: i64, to: usize): i32 {
  for (let i = 0; i < n; i++) {
    const value = load<i64>(from + (<usize>i << 3))
    if (value < low || value > high) return OUT_OF_RANGE
    store<i32>(to + (<usize>i << 2), <i32>value)
  }
  return 0
}

/** Signed bytes to i32. */
export function orcWidenBytes(from: usize, n: i32, to: usize): void {
  for (let i = 0; i < n; i++) store<i32>(to + (<usize>i << 2), <i32>load<i8>(from + <usize>i))
}

/** The sum of `n` lengths (i64), each in [0, 2^31); -1 when one is not, or the sum is 2^53 or more. */
export function orcTotal(lengths: usize, n: i32): f64 {
  let total: u64 = 0
  for (let i = 0; i < n; i++) {
    const length = load<u64>(lengths + (<usize>i << 3))
    if (length > 0x7fff_ffff) return -1
    total += length
  }
  return total > 9007199254740991 ? -1 : <f64>total
}

/** Views of `n` byte arrays that lie one after another from `base` on; their lengths (i64) are checked by `orcTotal`. */
export function orcViews(lengths: usize, n: i32, base: usize, out: usize): void {
  let p = <u64>base
  for (let i = 0; i < n; i++) {
    const length = load<u64>(lengths + (<usize>i << 3))
    store<u64>(out + (<usize>i << 3), (length << 32) | p)
    p += length
  }
}

/** Places of `n` lists in their children: (first, count) in u32, from lengths (i64) that `orcTotal` checked. `validity` 0, or NULLs are lists of nothing. */
export function orcLists(lengths: usize, validity: usize, n: i32, out: usize): void {
  let first: u32 = 0
  let next = 0
  for (let i = 0; i < n; i++) {
    let count: u32 = 0
    if (validity == 0 || load<u8>(validity + <usize>i) != 0) {
      count = load<u32>(lengths + (<usize>next << 3))
      next++
    }
    store<u32>(out + (<usize>i << 3), first)
    store<u32>(out + (<usize>i << 3), count, 4)
    first += count
  }
}

/** Validity of a child of structs: `present` has an entry for each parent that is there, `parent` one a slot. Returns how many are there. */
export function orcNested(parent: usize, present: usize, n: i32, out: usize): i32 {
  let next: usize = 0
  let count = 0
  for (let i = 0; i < n; i++) {
    let is: u8 = 0
    if (load<u8>(parent + <usize>i) != 0) is = present == 0 ? 1 : load<u8>(present + next++)
    store<u8>(out + <usize>i, is)
    count += <i32>is
  }
  return count
}

/**
 * Which slots of a union hold the type numbered `tag`: a byte for each in `out`. `tags` has a byte a slot, `validity` too (0: all are there). How many do.
 */
export function orcTagged(tags: usize, validity: usize, n: i32, tag: i32, out: usize): i32 {
  let count = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const isThere = validity == 0 || load<u8>(validity + i) != 0
    const holds = isThere && <i32>load<u8>(tags + i) == tag
    store<u8>(out + i, <u8>holds)
    count += <i32>holds
  }
  return count
}
