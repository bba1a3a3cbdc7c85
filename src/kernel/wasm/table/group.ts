// Group tables: find the row of each key, or make one. A row is a header, the key and zeroed aggregate states; it never moves.
// The index is a direct-address table (u32 row addresses) or open addressing as in join.ts. A call stops early when the table
// must be changed (no free row, too full, key outside the direct range, string heap full) and returns the rows done: the
// caller looks at the control block, changes the table, and calls again from there.
//
// Control block:
//    0 u32 index     4 u32 shift     8 u32 dense (1) or hash (0)   12 u32 next free row   16 u32 end of the chunk
//   20 u32 rows     24 u32 limit    28 u32 bytes a row             32 i64 base            40 u64 range
//   48 u32 offset of an i64 key     52 u32 row of the NULL key     56 u32 heap free       60 u32 heap end
//   64 u64 header of a new row      72 u32 key descriptor          76 u32 offset of the hash  80 u32 bytes of a key row
import { mix } from './hash'
import { sameKeys } from './compare'
import { copyBytes } from './scatter'

const INDEX: usize = 0
const SHIFT: usize = 4
const DENSE: usize = 8
const NEXT: usize = 12
const END: usize = 16
const ROWS: usize = 20
const LIMIT: usize = 24
const ROW_BYTES: usize = 28
const BASE: usize = 32
const RANGE: usize = 40
const KEY_OFFSET: usize = 48
const NULL_ROW: usize = 52
const HEAP_FREE: usize = 56
const HEAP_END: usize = 60
const HEADER: usize = 64
const DESCRIPTOR: usize = 72
const HASH_OFFSET: usize = 76
const KEY_BYTES: usize = 80

/** Row of the NULL key; 0 when there is no room for one. */
function nullRow(control: usize): u32 {
  let row = load<u32>(control + NULL_ROW)
  if (row != 0) return row
  row = load<u32>(control + NEXT)
  const bytes = load<u32>(control + ROW_BYTES)
  if (row + bytes > load<u32>(control + END)) return 0
  store<u32>(control + NEXT, row + bytes)
  store<u32>(control + ROWS, load<u32>(control + ROWS) + 1)
  store<u32>(control + NULL_ROW, row)
  // The key's validity bit is bit 0 of byte 5.
  store<u64>(<usize>row, load<u64>(control + HEADER) & ~(<u64>1 << 40))
  return row
}

// @ts-ignore: decorator
@inline
function groupDense<T>(control: usize, from: i32, n: i32, keys: usize, validity: usize, out: usize): i32 {
  const index = <usize>load<u32>(control + INDEX)
  const base = load<i64>(control + BASE)
  const range = load<u64>(control + RANGE)
  const bytes = load<u32>(control + ROW_BYTES)
  const end = load<u32>(control + END)
  const keyOffset = <usize>load<u32>(control + KEY_OFFSET)
  const header = load<u64>(control + HEADER)
  let next = load<u32>(control + NEXT)
  let made: u32 = 0
  let i = from
  for (; i < n; i++) {
    if (validity != 0 && load<u8>(validity + i) == 0) {
      store<u32>(control + NEXT, next)
      const row = nullRow(control)
      if (row == 0) break
      next = load<u32>(control + NEXT)
      store<u32>(out + (<usize>i << 2), row)
      continue
    }
    const key = <i64>load<T>(keys + <usize>i * sizeof<T>())
    const place = <u64>(key - base)
    if (place >= range) break
    const slot = index + (<usize>place << 2)
    let row = load<u32>(slot)
    if (row == 0) {
      if (next + bytes > end) break
      row = next
      next += bytes
      made++
      store<u64>(<usize>row, header)
      store<i64>(<usize>row + keyOffset, key)
      store<u32>(slot, row)
    }
    store<u32>(out + (<usize>i << 2), row)
  }
  store<u32>(control + NEXT, next)
  store<u32>(control + ROWS, load<u32>(control + ROWS) + made)
  return i
}

// @ts-ignore: decorator
@inline
function groupHash<T>(control: usize, from: i32, n: i32, keys: usize, validity: usize, out: usize): i32 {
  const index = <usize>load<u32>(control + INDEX)
  const shift = <u64>load<u32>(control + SHIFT)
  const mask = (<u64>1 << (64 - shift)) - 1
  const bytes = load<u32>(control + ROW_BYTES)
  const end = load<u32>(control + END)
  const keyOffset = <usize>load<u32>(control + KEY_OFFSET)
  const header = load<u64>(control + HEADER)
  const limit = load<u32>(control + LIMIT)
  let next = load<u32>(control + NEXT)
  let rows = load<u32>(control + ROWS)
  let lastKey: i64 = 0
  let lastRow: u32 = 0
  let i = from
  let full = false
  for (; i < n; i++) {
    if (validity != 0 && load<u8>(validity + i) == 0) {
      store<u32>(control + NEXT, next)
      store<u32>(control + ROWS, rows)
      const row = nullRow(control)
      if (row == 0) break
      next = load<u32>(control + NEXT)
      rows = load<u32>(control + ROWS)
      store<u32>(out + (<usize>i << 2), row)
      continue
    }
    const key = <i64>load<T>(keys + <usize>i * sizeof<T>())
    // Runs of one key are common: tables are often clustered by what they are grouped by.
    if (key != lastKey || lastRow == 0) {
      const hash = mix(<u64>key)
      let place = hash >> shift
      for (;;) {
        const slot = index + (<usize>place << 3)
        const found = load<u64>(slot)
        if (found == 0) {
          if (next + bytes > end || rows >= limit) {
            full = true
            break
          }
          store<u64>(slot, (hash << 32) | <u64>next)
          store<u64>(<usize>next, header)
          store<i64>(<usize>next + keyOffset, key)
          lastRow = next
          next += bytes
          rows++
          break
        }
        if (<u32>(found >> 32) == <u32>hash && load<i64>(<usize><u32>found + keyOffset) == key) {
          lastRow = <u32>found
          break
        }
        place = (place + 1) & mask
      }
      if (full) break
      lastKey = key
    }
    store<u32>(out + (<usize>i << 2), lastRow)
  }
  store<u32>(control + NEXT, next)
  store<u32>(control + ROWS, rows)
  return i
}

/** out[i] = row of key i. Returns the rows done, counted from 0. */
export function groupI32(control: usize, from: i32, n: i32, keys: usize, validity: usize, out: usize): i32 {
  if (load<u32>(control + DENSE)) return groupDense<i32>(control, from, n, keys, validity, out)
  return groupHash<i32>(control, from, n, keys, validity, out)
}

export function groupI64(control: usize, from: i32, n: i32, keys: usize, validity: usize, out: usize): i32 {
  if (load<u32>(control + DENSE)) return groupDense<i64>(control, from, n, keys, validity, out)
  return groupHash<i64>(control, from, n, keys, validity, out)
}

/** Copies the strings of a new row's key to the heap; false when they do not fit. */
function keepStrings(control: usize, row: usize, descriptor: usize): bool {
  const strings = load<u32>(descriptor, 20)
  let free = load<u32>(control + HEAP_FREE)
  const end = load<u32>(control + HEAP_END)
  let wanted: u64 = 0
  for (let s: u32 = 0; s < strings; s++) wanted += load<u32>(row + load<u32>(descriptor + 24 + (<usize>s << 2)), 4)
  if (<u64>free + wanted > <u64>end) return false
  for (let s: u32 = 0; s < strings; s++) {
    const view = row + <usize>load<u32>(descriptor + 24 + (<usize>s << 2))
    const length = load<u32>(view, 4)
    if (length == 0) continue
    copyBytes(<usize>free, <usize>load<u32>(view), length)
    store<u32>(view, free)
    free += length
  }
  store<u32>(control + HEAP_FREE, free)
  return true
}

/** Any keys: key row i lies at scratch + i * stride, its hash in hashes[i] and in the key row too. */
export function groupRows(control: usize, from: i32, n: i32, scratch: usize, stride: i32, hashes: usize, out: usize): i32 {
  const index = <usize>load<u32>(control + INDEX)
  const shift = <u64>load<u32>(control + SHIFT)
  const mask = (<u64>1 << (64 - shift)) - 1
  const bytes = load<u32>(control + ROW_BYTES)
  const end = load<u32>(control + END)
  const limit = load<u32>(control + LIMIT)
  const descriptor = <usize>load<u32>(control + DESCRIPTOR)
  const keyBytes = <usize>load<u32>(control + KEY_BYTES)
  const hasStrings = load<u32>(descriptor, 20) != 0
  let next = load<u32>(control + NEXT)
  let rows = load<u32>(control + ROWS)
  let lastHash: u64 = 0
  let lastRow: usize = 0
  let i = from
  let full = false
  for (; i < n; i++) {
    const key = scratch + <usize>i * <usize>stride
    const hash = load<u64>(hashes + (<usize>i << 3))
    if (lastRow == 0 || hash != lastHash || !sameKeys(key, lastRow, descriptor)) {
      let place = hash >> shift
      for (;;) {
        const slot = index + (<usize>place << 3)
        const found = load<u64>(slot)
        if (found == 0) {
          if (next + bytes > end || rows >= limit) {
            full = true
            break
          }
          lastRow = <usize>next
          for (let w: usize = 0; w < keyBytes; w += 8) store<u64>(lastRow + w, load<u64>(key + w))
          if (hasStrings && !keepStrings(control, lastRow, descriptor)) {
            memory.fill(lastRow, 0, keyBytes)
            full = true
            break
          }
          store<u64>(slot, (hash << 32) | <u64>next)
          next += bytes
          rows++
          break
        }
        if (<u32>(found >> 32) == <u32>hash && sameKeys(key, <usize><u32>found, descriptor)) {
          lastRow = <usize><u32>found
          break
        }
        place = (place + 1) & mask
      }
      if (full) break
      lastHash = hash
    }
    store<u32>(out + (<usize>i << 2), <u32>lastRow)
  }
  store<u32>(control + NEXT, next)
  store<u32>(control + ROWS, rows)
  return i
}

// @ts-ignore: decorator
@inline
function lookup<T>(control: usize, n: i32, keys: usize, validity: usize, out: usize): void {
  const index = <usize>load<u32>(control + INDEX)
  const dense = load<u32>(control + DENSE)
  const base = load<i64>(control + BASE)
  const range = load<u64>(control + RANGE)
  const shift = <u64>load<u32>(control + SHIFT)
  const mask = (<u64>1 << (64 - shift)) - 1
  const keyOffset = <usize>load<u32>(control + KEY_OFFSET)
  const nullKey = load<u32>(control + NULL_ROW)
  for (let i: usize = 0; i < <usize>n; i++) {
    let row: u32 = 0
    if (validity != 0 && load<u8>(validity + i) == 0) {
      row = nullKey
    } else {
      const key = <i64>load<T>(keys + i * sizeof<T>())
      if (dense) {
        const place = <u64>(key - base)
        if (place < range) row = load<u32>(index + (<usize>place << 2))
      } else {
        const hash = mix(<u64>key)
        let place = hash >> shift
        for (;;) {
          const found = load<u64>(index + (<usize>place << 3))
          if (found == 0) break
          if (<u32>(found >> 32) == <u32>hash && load<i64>(<usize><u32>found + keyOffset) == key) {
            row = <u32>found
            break
          }
          place = (place + 1) & mask
        }
      }
    }
    store<u32>(out + (i << 2), row)
  }
}

/** out[i] = row of key i, 0 where there is none; nothing is made. The table has an index. */
export function lookupI32(control: usize, n: i32, keys: usize, validity: usize, out: usize): void {
  lookup<i32>(control, n, keys, validity, out)
}

export function lookupI64(control: usize, n: i32, keys: usize, validity: usize, out: usize): void {
  lookup<i64>(control, n, keys, validity, out)
}

/** As `lookupI64` for any keys, given as to `groupRows`. */
export function lookupRows(control: usize, n: i32, scratch: usize, stride: i32, hashes: usize, out: usize): void {
  const index = <usize>load<u32>(control + INDEX)
  const shift = <u64>load<u32>(control + SHIFT)
  const mask = (<u64>1 << (64 - shift)) - 1
  const descriptor = <usize>load<u32>(control + DESCRIPTOR)
  let key = scratch
  for (let i: usize = 0; i < <usize>n; i++, key += stride) {
    const hash = load<u64>(hashes + (i << 3))
    let place = hash >> shift
    let row: u32 = 0
    for (;;) {
      const found = load<u64>(index + (<usize>place << 3))
      if (found == 0) break
      if (<u32>(found >> 32) == <u32>hash && sameKeys(key, <usize><u32>found, descriptor)) {
        row = <u32>found
        break
      }
      place = (place + 1) & mask
    }
    store<u32>(out + (i << 2), row)
  }
}

/** Puts n rows that are in no index yet, of keys that differ, into the index: after it was enlarged or changed its form. */
export function reindex(control: usize, n: i32, rows: usize): void {
  const index = <usize>load<u32>(control + INDEX)
  const shift = <u64>load<u32>(control + SHIFT)
  const mask = (<u64>1 << (64 - shift)) - 1
  const dense = load<u32>(control + DENSE)
  const base = load<i64>(control + BASE)
  const stride = <usize>load<u32>(control + ROW_BYTES)
  const keyOffset = <usize>load<u32>(control + KEY_OFFSET)
  const hashOffset = <usize>load<u32>(control + HASH_OFFSET)
  const skip = load<u32>(control + NULL_ROW)
  let row = rows
  for (let i = 0; i < n; i++, row += stride) {
    if (<u32>row == skip) continue
    if (dense) {
      store<u32>(index + (<usize>(load<i64>(row + keyOffset) - base) << 2), <u32>row)
      continue
    }
    const hash = hashOffset != 0 ? load<u64>(row + hashOffset) : mix(load<u64>(row + keyOffset))
    let place = hash >> shift
    while (load<u64>(index + (<usize>place << 3)) != 0) place = (place + 1) & mask
    store<u64>(index + (<usize>place << 3), (hash << 32) | <u64>row)
  }
}

/**
 * Merges tables: for each of n rows, the row of the same key in the index, which is the row itself when it is the first (out[i] =
 * row). Takes only rows whose hash falls to `part` of `parts`; others get out[i] = 0. The index must have room for n more rows.
 * Rows of integer keys have no stored hash; their NULL row is recognised by its validity bit.
 */
export function mergeIndex(control: usize, n: i32, rows: usize, part: i32, parts: i32, out: usize): void {
  const index = <usize>load<u32>(control + INDEX)
  const shift = <u64>load<u32>(control + SHIFT)
  const mask = (<u64>1 << (64 - shift)) - 1
  const stride = <usize>load<u32>(control + ROW_BYTES)
  const keyOffset = <usize>load<u32>(control + KEY_OFFSET)
  const hashOffset = <usize>load<u32>(control + HASH_OFFSET)
  const descriptor = <usize>load<u32>(control + DESCRIPTOR)
  const dense = load<u32>(control + DENSE)
  const base = load<i64>(control + BASE)
  const range = load<u64>(control + RANGE)
  let made: u32 = 0
  let row = rows
  for (let i: usize = 0; i < <usize>n; i++, row += stride) {
    const generic = hashOffset != 0
    if (!generic && (load<u8>(row, 5) & 1) == 0) {
      let target: u32 = 0
      if (part == 0) {
        target = load<u32>(control + NULL_ROW)
        if (target == 0) {
          target = <u32>row
          store<u32>(control + NULL_ROW, target)
          made++
        }
      }
      store<u32>(out + (i << 2), target)
      continue
    }
    if (dense) {
      // A dense index covers this part's keys alone.
      const place = <u64>(load<i64>(row + keyOffset) - base)
      let target: u32 = 0
      if (place < range) {
        const slot = index + (<usize>place << 2)
        target = load<u32>(slot)
        if (target == 0) {
          target = <u32>row
          store<u32>(slot, target)
          made++
        }
      }
      store<u32>(out + (i << 2), target)
      continue
    }
    const hash = generic ? load<u64>(row + hashOffset) : mix(load<u64>(row + keyOffset))
    // Bits that neither the place nor much of the tag depends on choose the part.
    if (<i32>(((hash & 0xffffffff) * <u64>parts) >> 32) != part) {
      store<u32>(out + (i << 2), 0)
      continue
    }
    let place = hash >> shift
    for (;;) {
      const slot = index + (<usize>place << 3)
      const found = load<u64>(slot)
      if (found == 0) {
        store<u64>(slot, (hash << 32) | <u64>row)
        store<u32>(out + (i << 2), <u32>row)
        made++
        break
      }
      const other = <usize><u32>found
      if (<u32>(found >> 32) == <u32>hash && (generic ? sameKeys(row, other, descriptor) : load<i64>(row + keyOffset) == load<i64>(other + keyOffset))) {
        store<u32>(out + (i << 2), <u32>other)
        break
      }
      place = (place + 1) & mask
    }
  }
  store<u32>(control + ROWS, load<u32>(control + ROWS) + made)
}

/** Group numbers of dictionary codes: ids = (ids + code) * factor; NULL counts as code `size`. `first` starts from 0. */
export function combineCodes(n: i32, codes: usize, validity: usize, size: i32, factor: i32, first: i32, ids: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const code = validity == 0 || load<u8>(validity + i) ? load<i32>(codes + (i << 2)) : size
    const before = first ? 0 : load<i32>(ids + (i << 2))
    store<i32>(ids + (i << 2), before + code * factor)
  }
}

/**
 * Rows of group numbers that `cache` (u32 row by number; 0 unknown) does not know yet: the first of each, in `misses`. They are
 * marked in the cache (address 1) until the caller stores their rows. Returns how many.
 */
export function findMisses(n: i32, ids: usize, cache: usize, misses: usize): i32 {
  let count: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const entry = cache + (<usize>load<u32>(ids + (i << 2)) << 2)
    if (load<u32>(entry) == 0) {
      store<u32>(entry, 1)
      store<u32>(misses + (count << 2), <u32>i)
      count++
    }
  }
  return <i32>count
}

/**
 * Orders rows by group number: `order` = row numbers, group by group; runs = (row address, end in `order`) pairs. `counts` is
 * scratch of `groups` u32. Returns the number of runs.
 */
export function orderByGroup(n: i32, ids: usize, groups: i32, cache: usize, counts: usize, order: usize, runs: usize): i32 {
  memory.fill(counts, 0, <usize>groups << 2)
  for (let i: usize = 0; i < <usize>n; i++) {
    const p = counts + (<usize>load<u32>(ids + (i << 2)) << 2)
    store<u32>(p, load<u32>(p) + 1)
  }
  let run: usize = 0
  let end: u32 = 0
  for (let g: usize = 0; g < <usize>groups; g++) {
    const count = load<u32>(counts + (g << 2))
    if (count == 0) continue
    store<u32>(counts + (g << 2), end)
    end += count
    store<u32>(runs + (run << 3), load<u32>(cache + (g << 2)))
    store<u32>(runs + (run << 3), end, 4)
    run++
  }
  for (let i: usize = 0; i < <usize>n; i++) {
    const p = counts + (<usize>load<u32>(ids + (i << 2)) << 2)
    const place = load<u32>(p)
    store<u32>(order + (<usize>place << 2), <u32>i)
    store<u32>(p, place + 1)
  }
  return <i32>run
}

/**
 * After mergeIndex: rows that were found to belong to another (out[i] is neither 0 nor the row itself), as pairs `from`, `to`; they get
 * flag 4. Returns the count.
 */
export function selectMerged(n: i32, rows: usize, stride: i32, targets: usize, from: usize, to: usize): i32 {
  let count: usize = 0
  let row = rows
  for (let i: usize = 0; i < <usize>n; i++, row += stride) {
    const target = load<u32>(targets + (i << 2))
    if (target == 0 || target == <u32>row) continue
    store<u8>(row, load<u8>(row, 4) | 4, 4)
    store<u32>(from + (count << 2), <u32>row)
    store<u32>(to + (count << 2), target)
    count++
  }
  return <i32>count
}

/** Rows from[i] that were added to rows to[i] tell so: their first word becomes that address. */
export function forwardRows(n: i32, from: usize, to: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u32>(<usize>load<u32>(from + (i << 2)), load<u32>(to + (i << 2)))
}

/** In place: addresses of merged rows (flag 4) become those of the rows that they were added to. */
export function resolveRows(n: i32, rows: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = <usize>load<u32>(rows + (i << 2))
    if ((load<u8>(row, 4) & 4) != 0) store<u32>(rows + (i << 2), load<u32>(row))
  }
}

/**
 * Of n rows, those whose key (u32 at `offset`) falls to `part` of `parts` by its hash: their addresses in `from`, their keys in `to`.
 * Returns the count.
 */
export function selectShare(n: i32, rows: usize, stride: i32, offset: i32, part: i32, parts: i32, from: usize, to: usize): i32 {
  let count: usize = 0
  let row = rows
  for (let i: usize = 0; i < <usize>n; i++, row += stride) {
    const key = load<u32>(row + offset)
    store<u32>(from + (count << 2), <u32>row)
    store<u32>(to + (count << 2), key)
    count += <usize>(<i32>(((mix(key) & 0xffffffff) * <u64>parts) >> 32) == part)
  }
  return <i32>count
}

/** After mergeIndex: rows that are the first of their key in this part. */
export function selectFirsts(n: i32, rows: usize, stride: i32, targets: usize, out: usize): i32 {
  let count: usize = 0
  let row = rows
  for (let i: usize = 0; i < <usize>n; i++, row += stride) {
    store<u32>(out + (count << 2), <u32>row)
    count += <usize>(load<u32>(targets + (i << 2)) == <u32>row)
  }
  return <i32>count
}

/** Runs (see orderByGroup) as a row a value. */
export function runRows(runCount: i32, runs: usize, order: usize, out: usize): void {
  let i: usize = 0
  for (let r: usize = 0; r < <usize>runCount; r++) {
    const row = load<u32>(runs + (r << 3))
    const end = <usize>load<u32>(runs + (r << 3), 4)
    for (; i < end; i++) {
      const place = order == 0 ? i : <usize>load<u32>(order + (i << 2))
      store<u32>(out + (place << 2), row)
    }
  }
}
