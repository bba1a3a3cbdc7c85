/**
 * The engine's one shared WebAssembly memory, and the heap of 64 KiB pages in it.
 *
 *   0        64 KiB      1 MiB            2 MiB                                       size
 *   | null   | control   | kernel statics | pages: allocated in runs, by any thread   |
 *
 * The memory is made at its full size at once: the pages are only address space until they are touched, and
 * so no view of it ever goes stale. Every thread attaches to the same memory and takes runs of pages
 * under a lock in the control block. The budget (`memory_limit`) counts pages before they are handed out.
 *
 * Control block (u32 words from CONTROL_START):
 *   [0] lock  [1] pages in use  [2] limit in pages  [3] peak pages in use  [4] search cursor  [5] page count  [6] end of pages ever used
 *   [7] tenants
 *   [64 ...] one word a page: for the first page of a run its length | owner << 16, else 0; FREE marks free pages
 *
 * An owner is a number that a view of the memory carries (`withOwner`): a query or a worker. What an owner left behind when it failed
 * or died is found by it (`freePagesOf`).
 */
import { assert } from './assert.ts'
import { ResourceError } from './errors.ts'

/** Byte address in the shared memory; 0 is null. */
export type Pointer = number

export const PAGE_BYTES = 65_536
export const KERNEL_STATICS_START: number = 1 << 20
const CONTROL_START = 65_536
const HEADER_WORDS = 64
const FIRST_PAGE = 32 // 2 MiB: control (64 KiB..1 MiB) and kernel statics (1..2 MiB) lie below
const PAGES_MAX = 65_535 // one less than 4 GiB: every address and every length fits a u32

const LOCK = 0
const IN_USE = 1
const LIMIT = 2
const PEAK = 3
const CURSOR = 4
const PAGE_COUNT = 5
const USED_END = 6
const TENANTS = 7

/** Owners are 1 to OWNER_MAX; 0 = nobody's: freed by its user only. */
export const OWNER_MAX = 0xfffe
const LENGTH_MASK = 0xffff

const FREE = 0xffff_ffff

/** A million times longer than the lock is ever held by a thread that lives. */
const LOCK_HELD_MS_MAX = 5000
const SPINS_BETWEEN_LOOKS = 1 << 16

export interface EngineMemory {
  readonly memory: WebAssembly.Memory
  readonly u8: Uint8Array
  readonly i8: Int8Array
  readonly i16: Int16Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly f32: Float32Array
  readonly f64: Float64Array
  readonly i64: BigInt64Array
  readonly u64: BigUint64Array
  /** Owner of pages allocated through this view; absent = 0. */
  readonly owner?: number
}

/** A view of the same memory whose pages belong to `owner`. */
export function withOwner(engine: EngineMemory, owner: number): EngineMemory {
  return { ...engine, owner }
}

/** Makes the shared memory: address space for `byteCount` bytes at most 4 GiB, a budget of `limitBytes`. */
export function createMemory(limitBytes: number): EngineMemory {
  const limitPages = Math.max(64, Math.min(PAGES_MAX - FIRST_PAGE, Math.ceil(limitBytes / PAGE_BYTES)))
  // A quarter more address space than budget, so that fragmentation does not eat the budget.
  const pages = Math.min(PAGES_MAX, FIRST_PAGE + limitPages + (limitPages >> 2))
  const engine = attachMemory(new WebAssembly.Memory({ initial: pages, maximum: 65_536, shared: true }))
  const control = controlOf(engine)
  control[LIMIT] = limitPages
  control[CURSOR] = FIRST_PAGE
  control[PAGE_COUNT] = pages
  control.fill(FREE, HEADER_WORDS + FIRST_PAGE, HEADER_WORDS + pages)
  return engine
}

/** Views of a memory that another thread made. */
export function attachMemory(memory: WebAssembly.Memory): EngineMemory {
  const { buffer } = memory
  return {
    memory,
    u8: new Uint8Array(buffer),
    i8: new Int8Array(buffer),
    i16: new Int16Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
    i64: new BigInt64Array(buffer),
    u64: new BigUint64Array(buffer),
  }
}

function controlOf({ u32 }: EngineMemory): Uint32Array {
  const start = CONTROL_START >> 2
  return u32.subarray(start, KERNEL_STATICS_START >> 2)
}

function withLock<T>(control: Uint32Array, work: () => T): T {
  const words = new Int32Array(control.buffer, control.byteOffset, 1)
  // A spin is enough: the section below is microseconds long, and the main thread may not wait.
  let deadline = 0
  for (let spins = 1; Atomics.compareExchange(words, LOCK, 0, 1) !== 0; spins++) {
    if (spins % SPINS_BETWEEN_LOOKS !== 0) continue
    const now = performance.now()
    if (deadline === 0) deadline = now + LOCK_HELD_MS_MAX
    // A thread that was killed with the lock never gives it back: take its place. At worst its pages stay taken.
    if (now > deadline) break
  }
  try {
    return work()
  } finally {
    Atomics.store(words, LOCK, 0)
  }
}

/** Takes a run of pages of at least `byteCount` bytes; its address, or 0 when the budget or the space is used up. */
export function tryAllocatePages(engine: EngineMemory, byteCount: number): Pointer {
  const count = Math.max(1, Math.ceil(byteCount / PAGE_BYTES))
  const control = controlOf(engine)
  return withLock(control, () => {
    if (control[IN_USE]! + count > control[LIMIT]!) return 0
    const total = control[PAGE_COUNT]!
    const first = findRun(control, count, control[CURSOR]!, total) || findRun(control, count, FIRST_PAGE, total)
    if (first === 0) return 0
    control.fill(0, HEADER_WORDS + first, HEADER_WORDS + first + count)
    control[HEADER_WORDS + first] = count | ((engine.owner ?? 0) << 16)
    control[CURSOR] = first + count
    if (first + count > control[USED_END]!) control[USED_END] = first + count
    control[IN_USE] = control[IN_USE]! + count
    control[PEAK] = Math.max(control[PEAK]!, control[IN_USE]!)
    return first * PAGE_BYTES
  })
}

function findRun(control: Uint32Array, count: number, from: number, total: number): number {
  let length = 0
  for (let page = from; page < total; page++) {
    length = control[HEADER_WORDS + page] === FREE ? length + 1 : 0
    if (length === count) return page - count + 1
  }
  return 0
}

/** As `tryAllocatePages`, but throws ResourceError 53200 where that gives 0. `what` names the user of the memory. */
export function allocatePages(engine: EngineMemory, byteCount: number, what: string): Pointer {
  const pointer = tryAllocatePages(engine, byteCount)
  if (pointer === 0) throw outOfMemory(engine, byteCount, what)
  return pointer
}

export function outOfMemory(engine: EngineMemory, byteCount: number, what: string): ResourceError {
  const { usedBytes, limitBytes } = memoryUse(engine)
  return new ResourceError('53200', `out of memory: ${what} needs ${byteCount} more bytes`, {
    detail: `${usedBytes} of ${limitBytes} bytes are in use`,
    hint: 'Raise memory_limit.',
  })
}

/** Gives back a run that `tryAllocatePages` handed out; any thread may. */
export function freePages(engine: EngineMemory, pointer: Pointer): void {
  const page = pointer / PAGE_BYTES
  const control = controlOf(engine)
  withLock(control, () => freeRun(control, page))
}

function freeRun(control: Uint32Array, page: number): number {
  const word = control[HEADER_WORDS + page]!
  const count = word & LENGTH_MASK
  assert(word !== FREE && count > 0, 'freed pages that are not a run')
  control.fill(FREE, HEADER_WORDS + page, HEADER_WORDS + page + count)
  control[IN_USE] = control[IN_USE]! - count
  // Low addresses first: pages that were touched once stay resident, so they are used again.
  control[CURSOR] = Math.min(control[CURSOR]!, page)
  return count
}

/** Frees all pages that still belong to `owner`; no thread may be using them. Returns their bytes. */
export function freePagesOf(engine: EngineMemory, owner: number): number {
  const control = controlOf(engine)
  return withLock(control, () => {
    let freed = 0
    for (let page = FIRST_PAGE; page < control[USED_END]!; page++) {
      const word = control[HEADER_WORDS + page]!
      if (word !== FREE && word >>> 16 === owner) freed += freeRun(control, page)
    }
    return freed * PAGE_BYTES
  })
}

/** Makes the run at `pointer` belong to `owner` from now on. */
export function assignPages(engine: EngineMemory, pointer: Pointer, owner: number): void {
  const control = controlOf(engine)
  const page = HEADER_WORDS + pointer / PAGE_BYTES
  withLock(control, () => {
    control[page] = (control[page]! & LENGTH_MASK) | (owner << 16)
  })
}

/** Bytes of the run that begins at `pointer`. */
export function runBytes(engine: EngineMemory, pointer: Pointer): number {
  return (controlOf(engine)[HEADER_WORDS + pointer / PAGE_BYTES]! & LENGTH_MASK) * PAGE_BYTES
}

/** Counts those who share the limit (running queries), so that each can tell what is its share: +1 when one comes, -1 when it goes. */
export function addTenants(engine: EngineMemory, change: 1 | -1): void {
  Atomics.add(controlOf(engine), TENANTS, change)
}

export function memoryUse(engine: EngineMemory): {
  usedBytes: number
  limitBytes: number
  peakBytes: number
  tenants: number
} {
  const control = controlOf(engine)
  return {
    tenants: Atomics.load(control, TENANTS),
    usedBytes: control[IN_USE]! * PAGE_BYTES,
    limitBytes: control[LIMIT]! * PAGE_BYTES,
    peakBytes: control[PEAK]! * PAGE_BYTES,
  }
}
