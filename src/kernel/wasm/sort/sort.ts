// Sorting rows: entries of 16 bytes (u64 prefix, u32 row, u32 unused) are radix-sorted by their prefix, then runs of one prefix
// are merge-sorted by comparing rows. A prefix is made of the first eight key bytes that are not the same in all rows.
import { compareKeyBytes, compareRows } from './compare'

/** Ors into `mask` (a byte a key byte) where the keys of n rows differ from the key at `first`. */
export function varyingBytes(n: i32, rows: usize, stride: i32, keyOffset: i32, bytes: i32, first: usize, mask: usize): void {
  let key = rows + keyOffset
  for (let i = 0; i < n; i++, key += stride) {
    for (let b: usize = 0; b < <usize>bytes; b += 8) {
      store<u64>(mask + b, load<u64>(mask + b) | (load<u64>(key + b) ^ load<u64>(first + b)))
    }
  }
}

/** Entries of n rows; `places`: u32 offsets in the row of the `count` (at most 8) bytes of the prefix. */
export function fillEntries(n: i32, rows: usize, stride: i32, places: usize, count: i32, entries: usize): void {
  let row = rows
  let entry = entries
  for (let i = 0; i < n; i++, row += stride, entry += 16) {
    let prefix: u64 = 0
    for (let b: usize = 0; b < <usize>count; b++) prefix = (prefix << 8) | <u64>load<u8>(row + load<u32>(places + (b << 2)))
    store<u64>(entry, prefix)
    store<u32>(entry, <u32>row, 8)
  }
}

/**
 * Sorts by the low `bytes` bytes of the prefix, stably. `counts`: 1 KiB. Returns where the sorted entries are: `entries` or
 * `scratch`.
 */
export function radixSort(n: i32, entries: usize, scratch: usize, bytes: i32, counts: usize): usize {
  let from = entries
  let to = scratch
  for (let b = 0; b < bytes; b++) {
    const shift = <u64>b << 3
    memory.fill(counts, 0, 1024)
    for (let i: usize = 0; i < <usize>n; i++) {
      const p = counts + (<usize>((load<u64>(from + (i << 4)) >> shift) & 255) << 2)
      store<u32>(p, load<u32>(p) + 1)
    }
    let sum: u32 = 0
    for (let d: usize = 0; d < 1024; d += 4) {
      const count = load<u32>(counts + d)
      store<u32>(counts + d, sum)
      sum += count
    }
    for (let i: usize = 0; i < <usize>n; i++) {
      const entry = v128.load(from + (i << 4))
      const p = counts + (<usize>((i64x2.extract_lane(entry, 0) >> <i64>shift) & 255) << 2)
      const place = <usize>load<u32>(p)
      store<u32>(p, <u32>place + 1)
      v128.store(to + (place << 4), entry)
    }
    const swap = from
    from = to
    to = swap
  }
  return from
}

// @ts-ignore: decorator
@inline
function entryOrder(a: usize, b: usize, descriptor: usize): i32 {
  const x = load<u64>(a)
  const y = load<u64>(b)
  if (x != y) return x < y ? -1 : 1
  return compareRows(<usize>load<u32>(a, 8), <usize>load<u32>(b, 8), descriptor)
}

/** Sorts n entries by prefix, then by rows: insertion sort of runs of 16, merged through `scratch`. */
export function mergeSort(n: i32, entries: usize, scratch: usize, descriptor: usize): void {
  const end = entries + (<usize>n << 4)
  for (let run = entries; run < end; run += 256) {
    const stop = run + 256 < end ? run + 256 : end
    for (let p = run + 16; p < stop; p += 16) {
      const prefix = load<u64>(p)
      const row = load<u64>(p, 8)
      store<u64>(scratch, prefix)
      store<u64>(scratch, row, 8)
      let q = p
      while (q > run && entryOrder(q - 16, scratch, descriptor) > 0) {
        v128.store(q, v128.load(q - 16))
        q -= 16
      }
      store<u64>(q, prefix)
      store<u64>(q, row, 8)
    }
  }
  let from = entries
  let to = scratch
  const bytes = <usize>n << 4
  for (let width: usize = 256; width < bytes; width <<= 1) {
    for (let start: usize = 0; start < bytes; start += width << 1) {
      let a = from + start
      const aEnd = from + (start + width < bytes ? start + width : bytes)
      let b = aEnd
      const bEnd = from + (start + (width << 1) < bytes ? start + (width << 1) : bytes)
      let out = to + start
      while (a < aEnd && b < bEnd) {
        if (entryOrder(a, b, descriptor) <= 0) {
          v128.store(out, v128.load(a))
          a += 16
        } else {
          v128.store(out, v128.load(b))
          b += 16
        }
        out += 16
      }
      memory.copy(out, a, aEnd - a)
      memory.copy(out + (aEnd - a), b, bEnd - b)
    }
    const swap = from
    from = to
    to = swap
  }
  if (from != entries) memory.copy(entries, from, bytes)
}

/** Sorts the runs of equal prefixes by their rows. */
export function sortTies(n: i32, entries: usize, scratch: usize, descriptor: usize): void {
  let start: usize = 0
  for (let i: usize = 1; i <= <usize>n; i++) {
    if (i < <usize>n && load<u64>(entries + (i << 4)) == load<u64>(entries + (start << 4))) continue
    if (i - start > 1) mergeSort(<i32>(i - start), entries + (start << 4), scratch, descriptor)
    start = i
  }
}

/** The rows of sorted entries. */
export function entryRows(n: i32, entries: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u32>(out + (i << 2), load<u32>(entries + (i << 4), 8))
}

/**
 * Merges sorted arrays of u32 rows. A run is 16 bytes: u32 addresses of its next row's entry and of its end, u32 1 when the
 * caller has more for it. `heap`: how many runs are not at their end, then their numbers, as a heap by their next rows. Writes at most
 * `max` rows; stops early when the run on top of the heap must be given more.
 */
export function mergeRuns(runs: usize, heap: usize, descriptor: usize, max: i32, out: usize): i32 {
  let size = load<u32>(heap)
  const items = heap + 4
  let count: usize = 0
  // The top may have been given more.
  siftDown(items, size, 0, runs, descriptor)
  while (size > 0 && count < <usize>max) {
    const run = runs + (<usize>load<u32>(items) << 4)
    const next = <usize>load<u32>(run)
    store<u32>(out + (count << 2), load<u32>(next))
    count++
    store<u32>(run, <u32>(next + 4))
    if (<u32>(next + 4) == load<u32>(run, 4)) {
      if (load<u32>(run, 8)) break
      size--
      store<u32>(items, load<u32>(items + (<usize>size << 2)))
    }
    siftDown(items, size, 0, runs, descriptor)
  }
  store<u32>(heap, size)
  return <i32>count
}

// @ts-ignore: decorator
@inline
function headOf(items: usize, i: u32, runs: usize): usize {
  return <usize>load<u32>(<usize>load<u32>(runs + (<usize>load<u32>(items + (<usize>i << 2)) << 4)))
}

function siftDown(items: usize, size: u32, from: u32, runs: usize, descriptor: usize): void {
  let i = from
  for (;;) {
    let child = i * 2 + 1
    if (child >= size) return
    if (child + 1 < size && compareRows(headOf(items, child + 1, runs), headOf(items, child, runs), descriptor) < 0) child++
    if (compareRows(headOf(items, child, runs), headOf(items, i, runs), descriptor) >= 0) return
    const a = items + (<usize>i << 2)
    const b = items + (<usize>child << 2)
    const swap = load<u32>(a)
    store<u32>(a, load<u32>(b))
    store<u32>(b, swap)
    i = child
  }
}

/** Orders the heap of mergeRuns for the first time. */
export function makeHeap(runs: usize, heap: usize, descriptor: usize): void {
  const size = load<u32>(heap)
  for (let i = <i32>(size >> 1) - 1; i >= 0; i--) siftDown(heap + 4, size, i, runs, descriptor)
}

/** Row numbers of the keys that are not greater than the key at `bound`, by their first `bytes` bytes. */
export function selectNotAbove(n: i32, keys: usize, stride: i32, bound: usize, bytes: i32, selection: usize): i32 {
  let count: usize = 0
  let key = keys
  for (let i = 0; i < n; i++, key += stride) {
    store<u32>(selection + (count << 2), <u32>i)
    count += <usize>(compareKeyBytes(key, bound, bytes) <= 0)
  }
  return <i32>count
}

/** Copies keys into rows: `words` 8-byte words from keys + selection[i] * stride (0 = i) to rows + i * rowStride. */
export function placeKeys(n: i32, selection: usize, keys: usize, stride: i32, words: i32, rows: usize, rowStride: i32): void {
  let row = rows
  for (let i: usize = 0; i < <usize>n; i++, row += rowStride) {
    const r = selection == 0 ? i : <usize>load<u32>(selection + (i << 2))
    const key = keys + r * <usize>stride
    for (let w: usize = 0; w < <usize>words; w++) store<u64>(row + (w << 3), load<u64>(key + (w << 3)))
  }
}

/** Key bytes of rows given by address, to keys of `stride` bytes. */
export function gatherKeys(n: i32, rows: usize, keyOffset: i32, words: i32, keys: usize, stride: i32): void {
  let key = keys
  for (let i: usize = 0; i < <usize>n; i++, key += stride) {
    const row = <usize>load<u32>(rows + (i << 2)) + keyOffset
    for (let w: usize = 0; w < <usize>words; w++) store<u64>(key + (w << 3), load<u64>(row + (w << 3)))
  }
}
