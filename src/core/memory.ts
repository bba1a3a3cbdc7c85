/**
 * The engine's one shared WebAssembly memory, and the heap of 64 KiB pages in it (memory-control.ts has the layout).
 *
 * The memory is made at its full size at once: the pages are only address space until they are touched, and
 * so no view of it ever goes stale. Every thread attaches to the same memory and takes runs of pages
 * under a lock in the control block. The budget (`memory_limit`) counts pages before they are handed out; what the block cache holds
 * (cache-segments.ts) counts too, but gives way to everything else.
 *
 * An owner is a number that a view of the memory carries (`withOwner`): a query or a worker. What an owner left behind when it failed
 * or died is found by it (`freePagesOf`).
 */
import { type BulkMemory, bulkMemoryOf } from './bulk-memory.ts'
import { reclaimSegment } from './cache-segments.ts'
import { ResourceError } from './errors.ts'
import {
  CACHED,
  CURSOR,
  FIRST_PAGE,
  FREE,
  HEADER_WORDS,
  IN_USE,
  LENGTH_MASK,
  LIMIT,
  PAGES_MAX,
  PAGE_BYTES,
  PAGE_COUNT,
  PEAK,
  type Pointer,
  TENANTS,
  USED_END,
  controlOf,
  findRun,
  freeRun,
  takeRun,
  withLock,
} from './memory-control.ts'

export { PAGE_BYTES, type Pointer } from './memory-control.ts'

/** Owners are 1 to OWNER_MAX; 0 = nobody's: freed by its user only. */
export const OWNER_MAX = 0xfffe

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
  /** Fills and moves byte ranges. */
  readonly bulk: BulkMemory
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
    bulk: bulkMemoryOf(memory),
  }
}

/** Takes a run of pages of at least `byteCount` bytes; its address, or 0 when the budget or the space is used up. */
export function tryAllocatePages(engine: EngineMemory, byteCount: number): Pointer {
  const count = Math.max(1, Math.ceil(byteCount / PAGE_BYTES))
  const control = controlOf(engine)
  return withLock(control, () => {
    let first = 0
    // What is cached gives way.
    do {
      if (control[IN_USE]! + count <= control[LIMIT]!) first = findRun(control, count)
    } while (first === 0 && reclaimSegment(control))
    if (first === 0) return 0
    takeRun(control, first, count, engine.owner ?? 0)
    control[CURSOR] = first + count
    if (first + count > control[USED_END]!) control[USED_END] = first + count
    control[PEAK] = Math.max(control[PEAK]!, control[IN_USE]! - control[CACHED]!)
    return first * PAGE_BYTES
  })
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

/** Bytes in use, those of the block cache left out: they give way. */
export function memoryUse(engine: EngineMemory): {
  usedBytes: number
  limitBytes: number
  peakBytes: number
  tenants: number
  cachedBytes: number
} {
  const control = controlOf(engine)
  return {
    tenants: Atomics.load(control, TENANTS),
    usedBytes: (control[IN_USE]! - control[CACHED]!) * PAGE_BYTES,
    cachedBytes: control[CACHED]! * PAGE_BYTES,
    limitBytes: control[LIMIT]! * PAGE_BYTES,
    peakBytes: control[PEAK]! * PAGE_BYTES,
  }
}
