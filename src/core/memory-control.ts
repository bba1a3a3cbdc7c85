/**
 * The control block of the shared memory, and the heap of 64 KiB pages that it describes.
 *
 *   0        64 KiB      1 MiB            2 MiB                                       size
 *   | null   | control   | kernel statics | pages: allocated in runs, by any thread   |
 *
 * Control block (u32 words from CONTROL_START):
 *   [0] lock  [1] pages in use  [2] limit in pages  [3] peak pages in use  [4] search cursor  [5] page count  [6] end of pages ever used
 *   [7] tenants  [8 ...] of the block cache (cache-segments.ts)
 *   [64 ...] one word a page: for the first page of a run its length | owner << 16, else 0; FREE marks free pages
 *   [SEGMENTS_START ...] segments of the block cache
 *
 * All words but the tenants are read and written under the lock.
 */
import { assert } from './assert.ts'

/** Byte address in the shared memory; 0 is null. */
export type Pointer = number

export const PAGE_BYTES = 65_536
export const KERNEL_STATICS_START: number = 1 << 20
const CONTROL_START = 65_536
export const HEADER_WORDS = 64
export const FIRST_PAGE = 32 // 2 MiB: control (64 KiB..1 MiB) and kernel statics (1..2 MiB) lie below
export const PAGES_MAX = 65_535 // one less than 4 GiB: every address and every length fits a u32
/** First word after those of the pages. */
export const SEGMENTS_START: number = HEADER_WORDS + 65_536

const LOCK = 0
export const IN_USE = 1
export const LIMIT = 2
export const PEAK = 3
export const CURSOR = 4
export const PAGE_COUNT = 5
export const USED_END = 6
export const TENANTS = 7
export const CACHE_LIMIT = 8
export const CACHED = 9
export const CACHE_CLOCK = 10
export const CACHE_INDEX = 11
export const CACHE_BUCKETS = 12

export const LENGTH_MASK = 0xffff
export const FREE = 0xffff_ffff

/** A million times longer than the lock is ever held by a thread that lives. */
const LOCK_HELD_MS_MAX = 5000
const SPINS_BETWEEN_LOOKS = 1 << 16

export function controlOf({ u32 }: { readonly u32: Uint32Array }): Uint32Array {
  const start = CONTROL_START >> 2
  return u32.subarray(start, KERNEL_STATICS_START >> 2)
}

export function withLock<T>(control: Uint32Array, work: () => T): T {
  // A spin is enough: the section below is microseconds long, and the main thread may not wait.
  let deadline = 0
  for (let spins = 1; Atomics.compareExchange(control, LOCK, 0, 1) !== 0; spins++) {
    if (spins % SPINS_BETWEEN_LOOKS !== 0) continue
    const now = performance.now()
    if (deadline === 0) deadline = now + LOCK_HELD_MS_MAX
    // A thread that was killed with the lock never gives it back: take its place. At worst its pages stay taken.
    if (now > deadline) break
  }
  try {
    return work()
  } finally {
    Atomics.store(control, LOCK, 0)
  }
}

/** The first page of a run of `count` free pages; 0 when there is none. Under the lock. */
export function findRun(control: Uint32Array, count: number): number {
  const total = control[PAGE_COUNT]!
  return findBetween(control, count, control[CURSOR]!, total) || findBetween(control, count, FIRST_PAGE, total)
}

function findBetween(control: Uint32Array, count: number, from: number, total: number): number {
  let length = 0
  for (let page = from; page < total; page++) {
    length = control[HEADER_WORDS + page] === FREE ? length + 1 : 0
    if (length === count) return page - count + 1
  }
  return 0
}

/** As `findRun`, from the other end of the memory. */
export function findLastRun(control: Uint32Array, count: number): number {
  let length = 0
  for (let page = control[PAGE_COUNT]! - 1; page >= FIRST_PAGE; page--) {
    length = control[HEADER_WORDS + page] === FREE ? length + 1 : 0
    if (length === count) return page
  }
  return 0
}

/** Marks a run of free pages as taken. Under the lock. */
export function takeRun(control: Uint32Array, first: number, count: number, owner: number): void {
  control.fill(0, HEADER_WORDS + first, HEADER_WORDS + first + count)
  control[HEADER_WORDS + first] = count | (owner << 16)
  control[IN_USE] = control[IN_USE]! + count
}

/** Frees the run that begins with `page`; how many pages it had. Under the lock. */
export function freeRun(control: Uint32Array, page: number): number {
  const word = control[HEADER_WORDS + page]!
  const count = word & LENGTH_MASK
  assert(word !== FREE && count > 0, 'freed pages that are not a run')
  control.fill(FREE, HEADER_WORDS + page, HEADER_WORDS + page + count)
  control[IN_USE] = control[IN_USE]! - count
  // Low addresses first: pages that were touched once stay resident, so they are used again.
  control[CURSOR] = Math.min(control[CURSOR]!, page)
  return count
}
