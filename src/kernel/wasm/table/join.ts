// Join tables over rows: a direct-address table of u32 row addresses (index = key - minimum), or open addressing with linear
// probing over u64 slots (high half: low 32 bits of the hash, low half: row address; 0 = free). Position = hash >> shift. An
// entry is the newest row of its key; rows of equal keys are chained through `next` (u32 at offset 0, 0 = end). With
// `shared` set, several threads insert at once. Rows whose flag 2 is set (a NULL in the key) are left out.
import { mix } from './hash'
import { sameKeys } from './compare'

const FLAGS: usize = 4
const NULL_KEY: u8 = 2
const MATCHED: u8 = 1

/** Inserts n rows by the i64 at `keyOffset`; returns how many met a row of the same key. */
export function insertDense(n: i32, rows: usize, stride: i32, keyOffset: i32, min: i64, table: usize, shared: i32): i32 {
  let duplicates = 0
  let row = rows
  for (let i = 0; i < n; i++) {
    if ((load<u8>(row + FLAGS) & NULL_KEY) == 0) {
      const slot = table + (<usize>(load<i64>(row + keyOffset) - min) << 2)
      let previous: u32
      if (shared) {
        previous = atomic.xchg<u32>(slot, <u32>row)
      } else {
        previous = load<u32>(slot)
        store<u32>(slot, <u32>row)
      }
      store<u32>(row, previous)
      duplicates += <i32>(previous != 0)
    }
    row += stride
  }
  return duplicates
}

export function insertHash(n: i32, rows: usize, stride: i32, keyOffset: i32, slots: usize, shift: i32, shared: i32): i32 {
  let duplicates = 0
  let row = rows
  const mask = (<u64>1 << <u64>(64 - shift)) - 1
  for (let i = 0; i < n; i++) {
    if ((load<u8>(row + FLAGS) & NULL_KEY) == 0) {
      const key = load<i64>(row + keyOffset)
      const hash = mix(<u64>key)
      const entry = (hash << 32) | <u64>row
      let place = hash >> <u64>shift
      for (;;) {
        const slot = slots + (<usize>place << 3)
        const found = shared ? atomic.load<u64>(slot) : load<u64>(slot)
        const other = <usize><u32>found
        if (found == 0 || (((found ^ hash << 32) >> 32) == 0 && load<i64>(other + keyOffset) == key)) {
          store<u32>(row, <u32>other)
          if (shared) {
            if (atomic.cmpxchg<u64>(slot, found, entry) != found) continue
          } else {
            store<u64>(slot, entry)
          }
          duplicates += <i32>(found != 0)
          break
        }
        place = (place + 1) & mask
      }
    }
    row += stride
  }
  return duplicates
}

/** Any keys: the hash is the u64 at `hashOffset`, `keys` describes them (compare.ts). */
export function insertRows(n: i32, rows: usize, stride: i32, hashOffset: i32, keys: usize, slots: usize, shift: i32, shared: i32): i32 {
  let duplicates = 0
  let row = rows
  const mask = (<u64>1 << <u64>(64 - shift)) - 1
  for (let i = 0; i < n; i++) {
    if ((load<u8>(row + FLAGS) & NULL_KEY) == 0) {
      const hash = load<u64>(row + hashOffset)
      const entry = (hash << 32) | <u64>row
      let place = hash >> <u64>shift
      for (;;) {
        const slot = slots + (<usize>place << 3)
        const found = shared ? atomic.load<u64>(slot) : load<u64>(slot)
        const other = <usize><u32>found
        if (found == 0 || (((found ^ hash << 32) >> 32) == 0 && sameKeys(other, row, keys))) {
          store<u32>(row, <u32>other)
          if (shared) {
            if (atomic.cmpxchg<u64>(slot, found, entry) != found) continue
          } else {
            store<u64>(slot, entry)
          }
          duplicates += <i32>(found != 0)
          break
        }
        place = (place + 1) & mask
      }
    }
    row += stride
  }
  return duplicates
}

// @ts-ignore: decorator
@inline
function probeDense<T>(n: i32, keys: usize, validity: usize, min: i64, range: u64, table: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const key = <u64>(<i64>load<T>(keys + i * sizeof<T>()) - min)
    let row: u32 = 0
    if (key < range && (validity == 0 || load<u8>(validity + i))) row = load<u32>(table + (<usize>key << 2))
    store<u32>(out + (i << 2), row)
  }
}

/** out[i] = first row of key i, or 0. */
export function probeDenseI32(n: i32, keys: usize, validity: usize, min: i64, range: u64, table: usize, out: usize): void {
  probeDense<i32>(n, keys, validity, min, range, table, out)
}

export function probeDenseI64(n: i32, keys: usize, validity: usize, min: i64, range: u64, table: usize, out: usize): void {
  probeDense<i64>(n, keys, validity, min, range, table, out)
}

// @ts-ignore: decorator
@inline
function probeHash<T>(n: i32, keys: usize, validity: usize, keyOffset: i32, slots: usize, shift: i32, out: usize): void {
  const mask = (<u64>1 << <u64>(64 - shift)) - 1
  for (let i: usize = 0; i < <usize>n; i++) {
    const key = <i64>load<T>(keys + i * sizeof<T>())
    let row: u32 = 0
    if (validity == 0 || load<u8>(validity + i)) {
      const hash = mix(<u64>key)
      let place = hash >> <u64>shift
      for (;;) {
        const found = load<u64>(slots + (<usize>place << 3))
        if (found == 0) break
        if (<u32>(found >> 32) == <u32>hash && load<i64>(<usize><u32>found + keyOffset) == key) {
          row = <u32>found
          break
        }
        place = (place + 1) & mask
      }
    }
    store<u32>(out + (i << 2), row)
  }
}

export function probeHashI32(n: i32, keys: usize, validity: usize, keyOffset: i32, slots: usize, shift: i32, out: usize): void {
  probeHash<i32>(n, keys, validity, keyOffset, slots, shift, out)
}

export function probeHashI64(n: i32, keys: usize, validity: usize, keyOffset: i32, slots: usize, shift: i32, out: usize): void {
  probeHash<i64>(n, keys, validity, keyOffset, slots, shift, out)
}

/** The keys of probe row i are in scratch row i, laid out as the build rows' keys; `valid` 0 = all rows may match. */
export function probeRows(
  n: i32, scratch: usize, stride: i32, hashes: usize, valid: usize, keys: usize, slots: usize, shift: i32, out: usize,
): void {
  const mask = (<u64>1 << <u64>(64 - shift)) - 1
  let probe = scratch
  for (let i: usize = 0; i < <usize>n; i++) {
    let row: u32 = 0
    if (valid == 0 || load<u8>(valid + i)) {
      const hash = load<u64>(hashes + (i << 3))
      let place = hash >> <u64>shift
      for (;;) {
        const found = load<u64>(slots + (<usize>place << 3))
        if (found == 0) break
        if (<u32>(found >> 32) == <u32>hash && sameKeys(probe, <usize><u32>found, keys)) {
          row = <u32>found
          break
        }
        place = (place + 1) & mask
      }
    }
    store<u32>(out + (i << 2), row)
    probe += stride
  }
}

/**
 * Pairs of (probe row, build row) from chains. `cursor` points to two u32: the input under way and its next build row (0: at
 * its first). Stops at `capacity` pairs; returns the pairs. All is done when cursor[0] = n.
 */
export function expandChains(
  n: i32, selection: usize, heads: usize, cursor: usize, capacity: i32, outSelection: usize, outRows: usize,
): i32 {
  let i = load<u32>(cursor)
  let row = load<u32>(cursor, 4)
  let count: usize = 0
  while (i < <u32>n) {
    if (row == 0) row = load<u32>(heads + (<usize>i << 2))
    const probe = load<u32>(selection + (<usize>i << 2))
    while (row != 0 && count < <usize>capacity) {
      store<u32>(outSelection + (count << 2), probe)
      store<u32>(outRows + (count << 2), row)
      count++
      row = load<u32>(<usize>row)
    }
    if (row != 0) break
    i++
  }
  store<u32>(cursor, i)
  store<u32>(cursor, row, 4)
  return <i32>count
}

/** Sets the matched flag of rows. */
export function markRows(n: i32, rows: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u8>(<usize>load<u32>(rows + (i << 2)) + FLAGS, MATCHED)
}

/** Sets the matched flag of every row of the chains; a chain is marked from its head on, so a marked row ends the walk. */
export function markChains(n: i32, heads: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    let row = <usize>load<u32>(heads + (i << 2))
    while (row != 0 && load<u8>(row + FLAGS) == 0) {
      store<u8>(row + FLAGS, MATCHED)
      row = <usize>load<u32>(row)
    }
  }
}
