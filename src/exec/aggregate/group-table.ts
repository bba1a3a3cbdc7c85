/**
 * One worker's groups: finds the row of each key, making it when it is new (kernel/wasm/table/group.ts does the work).
 *
 * An integer key is indexed directly while the keys seen fit a range not much larger than their number, and by hash once they
 * do not; rows stay where they are when the index changes.
 */
import { type Pointer, PAGE_BYTES, freePages, outOfMemory, runBytes, tryAllocatePages } from '../../core/memory.ts'
import { storageOf } from '../../core/types.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { hashKeys } from '../rows/key-hash.ts'
import { encodeNested, isNested } from '../rows/nested-blobs.ts'
import type { RowLayout } from '../rows/row-layout.ts'
import { type RowChunk, RowStore } from '../rows/row-store.ts'
import { initRows, writeColumn } from '../rows/row-writer.ts'
import { type VectorContext, flatten } from '../rows/vectors.ts'

/** Offsets in the control block, see kernel/wasm/table/group.ts. */
export const CONTROL = {
  index: 0,
  shift: 4,
  dense: 8,
  next: 12,
  end: 16,
  rows: 20,
  limit: 24,
  rowBytes: 28,
  base: 32,
  range: 40,
  keyOffset: 48,
  nullRow: 52,
  heapFree: 56,
  heapEnd: 60,
  header: 64,
  descriptor: 72,
  hashOffset: 76,
  keyBytes: 80,
} as const
const CONTROL_BYTES = 96

/** Chunks are cleared before use: what stays in L2 is still there when its rows are made. */
const CHUNK_BYTES_MAX = 256 << 10
const SLACK_BYTES = 64
const SLOTS_MIN_BITS = 10
/** Entries a row (rows of the batch count too) that a direct index may have: l_orderkey has 4, by 8 workers' shares 32. */
const DENSE_ENTRIES_PER_ROW = 32
const DENSE_ENTRIES_ALWAYS = 1 << 16
const DENSE_ENTRIES_MAX = 1 << 26

/** The groups that a table leaves: plain data. */
export interface GroupRows {
  readonly chunks: readonly RowChunk[]
  readonly pages: readonly Pointer[]
  readonly rowCount: number
  /** Keys of the direct index, if it was one: [base, base + range). */
  readonly dense: { readonly base: bigint; readonly range: bigint } | null
}

/** A place in a table's sequence of rows. */
export interface TablePosition {
  readonly chunks: number
  /** Of the last of them. */
  readonly rows: number
}

/** Writes a control block of an empty table without index; `at` has CONTROL_BYTES bytes, then the key descriptor. */
export function writeControl({ memory }: VectorContext, layout: RowLayout, at: Pointer): void {
  const { u32, u64, bulk } = memory
  bulk.fill(0, at, at + CONTROL_BYTES)
  const set = (offset: number, value: number): void => void (u32[(at + offset) >>> 2] = value)
  set(CONTROL.rowBytes, layout.rowBytes)
  set(CONTROL.keyOffset, layout.columns[0]?.offset ?? 0)
  set(CONTROL.hashOffset, layout.hashOffset)
  set(CONTROL.keyBytes, layout.keyBytes)
  u64[(at + CONTROL.header) >>> 3] = layout.header
  set(CONTROL.descriptor, at + CONTROL_BYTES)
  u32.set(layout.keyDescriptor, (at + CONTROL_BYTES) >>> 2)
}

export function controlBytes(layout: RowLayout): number {
  return CONTROL_BYTES + layout.keyDescriptor.length * 4
}

export class GroupTable {
  readonly #context: OperatorContext
  readonly #layout: RowLayout
  readonly #store: RowStore
  readonly #control: Pointer
  readonly #integer: boolean
  readonly #what: string
  #indexPage: Pointer = 0
  /** Chunks that are full. */
  readonly #chunks: RowChunk[] = []
  #chunkStart: Pointer = 0
  #chunkBytes = PAGE_BYTES

  /** `what` names the user of the memory in errors. */
  constructor(
    context: OperatorContext,
    layout: RowLayout,
    form: 'integer' | 'rows' | 'none',
    what: string = 'an aggregate',
  ) {
    this.#context = context
    this.#what = what
    this.#layout = layout
    this.#integer = form === 'integer'
    this.#store = new RowStore(context.memory, layout, what, { zeroed: true })
    this.#control = this.#store.allocate(controlBytes(layout))
    writeControl(context, layout, this.#control)
  }

  get rowCount(): number {
    return this.#get(CONTROL.rows)
  }

  /** Bytes held: rows, strings, index. */
  get byteCount(): number {
    return this.#store.byteCount + (this.#indexPage === 0 ? 0 : runBytes(this.#context.memory, this.#indexPage))
  }

  /** Two u32, next free byte and end: strings of aggregate states go there too. */
  get heap(): Pointer {
    return this.#control + CONTROL.heapFree
  }

  /** Memory that is freed with the rows. */
  allocate(byteCount: number): Pointer {
    return this.#store.allocate(byteCount)
  }

  growHeap(byteCount: number): void {
    const size = Math.max(Math.min(this.#chunkBytes, CHUNK_BYTES_MAX), byteCount + SLACK_BYTES)
    const page = this.#store.allocate(size)
    this.#set(CONTROL.heapFree, page)
    this.#set(CONTROL.heapEnd, page + runBytes(this.#context.memory, page) - SLACK_BYTES)
  }

  /** The one row of a table without keys. */
  onlyRow(): Pointer {
    if (this.rowCount === 0) {
      this.#openChunk()
      const row = this.#get(CONTROL.next)
      this.#context.kernels.table.initRows(1, row, this.#layout.rowBytes, this.#layout.header, 0)
      this.#set(CONTROL.next, row + this.#layout.rowBytes)
      this.#set(CONTROL.rows, 1)
    }
    return this.#chunkStart
  }

  /** u32 rows of the keys, in the context's arena. */
  find(keys: readonly Vector[], rowCount: number): Pointer {
    const out = this.#context.arena.allocate(rowCount * 4)
    if (rowCount === 0) return out
    if (this.#integer) this.#findIntegers(flatten(this.#context, keys[0]!), out)
    else this.#findRows(keys, rowCount, out)
    return out
  }

  /** As `find`, but makes nothing: 0 for keys that are not there. */
  lookup(keys: readonly Vector[], rowCount: number): Pointer {
    const { arena, kernels } = this.#context
    const out = arena.allocate(rowCount * 4)
    const { table } = kernels
    if (this.#indexPage === 0) {
      this.#context.memory.bulk.fill(0, out, out + rowCount * 4)
    } else if (this.#integer) {
      const { data, validity, type } = flatten(this.#context, keys[0]!)
      const kernel = storageOf(type) === 'i32' ? table.lookupI32 : table.lookupI64
      kernel(this.#control, rowCount, data, validity, out)
    } else {
      const { scratch, hashes } = this.#keyRows(keys, rowCount)
      table.lookupRows(this.#control, rowCount, scratch, this.#layout.keyBytes, hashes, out)
    }
    return out
  }

  #findIntegers(key: FlatVector, out: Pointer): void {
    const { table } = this.#context.kernels
    const { data, validity, length } = key
    const kernel = storageOf(key.type) === 'i32' ? table.groupI32 : table.groupI64
    if (this.#indexPage === 0) this.#chooseIndex(key, 0)
    let done = 0
    for (;;) {
      done = kernel(this.#control, done, length, data, validity, out)
      if (done >= length) return
      if (this.#isChunkFull()) this.#openChunk()
      else if (this.#get(CONTROL.dense) === 1) this.#chooseIndex(key, done)
      else this.#enlargeHash()
    }
  }

  #findRows(given: readonly Vector[], rowCount: number, out: Pointer): void {
    const { table } = this.#context.kernels
    if (this.#indexPage === 0) this.#makeHash(SLOTS_MIN_BITS)
    const { scratch, hashes } = this.#keyRows(given, rowCount)
    const stride = this.#layout.keyBytes
    let done = 0
    for (;;) {
      done = table.groupRows(this.#control, done, rowCount, scratch, stride, hashes, out)
      if (done >= rowCount) return
      if (this.#isChunkFull()) this.#openChunk()
      else if (this.#get(CONTROL.rows) >= this.#get(CONTROL.limit)) this.#enlargeHash()
      else this.growHeap(this.#stringBytes(scratch + done * stride))
    }
  }

  /** Keys as rows, and their hashes, in the context's arena. */
  #keyRows(given: readonly Vector[], rowCount: number): { readonly scratch: Pointer; readonly hashes: Pointer } {
    const context = this.#context
    const layout = this.#layout
    const keys = given.map((key) => (isNested(key.type) ? encodeNested(context, key, { asKeys: true }) : key))
    const hashes = hashKeys(context, keys, rowCount)
    const stride = layout.keyBytes
    const scratch = context.arena.allocateZeroed(rowCount * stride)
    const target = { rows: scratch, rowBytes: stride, selection: 0, count: rowCount }
    initRows(context, layout, target, 0)
    keys.forEach((key, i) => writeColumn(context, layout.columns[i]!, key, target))
    context.kernels.table.scatterWords(rowCount, 0, hashes, scratch, stride, layout.hashOffset)
    return { scratch, hashes }
  }

  #stringBytes(row: Pointer): number {
    const { u32 } = this.#context.memory
    let total = 0
    this.#layout.columns.forEach((column) => {
      if (column.key && column.storage === 'bytes') total += u32[(row + column.offset + 4) >>> 2]!
    })
    return total
  }

  #isChunkFull(): boolean {
    return this.#get(CONTROL.next) + this.#layout.rowBytes > this.#get(CONTROL.end)
  }

  #closeChunk(): void {
    if (this.#chunkStart === 0) return
    const count = (this.#get(CONTROL.next) - this.#chunkStart) / this.#layout.rowBytes
    if (count > 0) this.#chunks.push({ start: this.#chunkStart, count })
  }

  #openChunk(): void {
    this.#closeChunk()
    const { memory } = this.#context
    const start = this.#store.allocate(Math.max(this.#chunkBytes, this.#layout.rowBytes + SLACK_BYTES))
    this.#chunkBytes = Math.min(CHUNK_BYTES_MAX, this.#chunkBytes * 2)
    const end = start + runBytes(memory, start) - SLACK_BYTES
    memory.bulk.fill(0, start, end)
    this.#chunkStart = start
    this.#set(CONTROL.next, start)
    this.#set(CONTROL.end, end)
  }

  /** An index for the keys so far and those of `key` from row `from` on: direct, if they are dense enough. */
  #chooseIndex(key: FlatVector, from: number): void {
    const { arena, memory } = this.#context
    const range = arena.allocate(16)
    const words = range >>> 3
    memory.i64[words] = 2n ** 63n - 1n
    memory.i64[words + 1] = -(2n ** 63n)
    this.#widen(key, from, range)
    let [low, high] = [memory.i64[words]!, memory.i64[words + 1]!]
    // Only NULLs: any range will do until a key comes.
    if (low > high) [low, high] = [0n, 0n]
    const rowCount = this.rowCount + key.length - from
    const allowed = Math.min(DENSE_ENTRIES_MAX, Math.max(DENSE_ENTRIES_ALWAYS, rowCount * DENSE_ENTRIES_PER_ROW))
    const base = this.#indexPage === 0 ? low : memory.i64[(this.#control + CONTROL.base) >>> 3]!
    if (this.#indexPage === 0) {
      if (this.#widenDense(base, 0n, [low, high], allowed)) return
    } else {
      // The room behind the last key is kept, unless that is too much.
      if (this.#widenDense(base, this.#range(), [low, high], allowed)) return
      if (this.#widenDense(base, this.#usedEntries(), [low, high], allowed)) return
    }
    this.#makeHash(SLOTS_MIN_BITS)
  }

  /** A direct index for the entries from `base` on, and for further keys; false when that is more than allowed. */
  #widenDense(base: bigint, entries: bigint, [low, high]: readonly [bigint, bigint], allowed: number): boolean {
    const newLow = base < low ? base : low
    const newHigh = base + entries - 1n > high ? base + entries - 1n : high
    const wanted = newHigh - newLow + 1n
    return wanted <= BigInt(allowed) && this.#makeDense(base, Number(entries), newLow, Number(wanted))
  }

  /** Entries of the direct index up to the last that has a row: what lies behind was room to grow. */
  #usedEntries(): bigint {
    const { u32 } = this.#context.memory
    const start = this.#indexPage >>> 2
    let end = Number(this.#range())
    while (end > 0 && u32[start + end - 1] === 0) end--
    return BigInt(end)
  }

  #range(): bigint {
    return this.#context.memory.i64[(this.#control + CONTROL.range) >>> 3]!
  }

  #widen({ data, validity, type, length }: FlatVector, from: number, range: Pointer): void {
    const { table } = this.#context.kernels
    const mask = validity === 0 ? 0 : validity + from
    if (storageOf(type) === 'i32') table.minMaxI32(length - from, data + from * 4, mask, range)
    else table.minMaxI64(length - from, data + from * 8, mask, range)
  }

  /** Moves the direct index to a wider range, with most room on the side to which it grows. False when memory is short. */
  #makeDense(base: bigint, entries: number, low: bigint, wanted: number): boolean {
    const { memory } = this.#context
    // Clearing and moving are what growth costs: few steps.
    const capacity = Math.min(DENSE_ENTRIES_MAX, Math.max(Math.min(wanted * 4, wanted + (1 << 22)), 1 << 14))
    const room = capacity - wanted
    const newBase = low < base ? clampInt64(low - BigInt(room - (room >> 2))) : startOf(low, room)
    const page = tryAllocatePages(memory, capacity * 4)
    if (page === 0) return false
    memory.bulk.fill(0, page, page + capacity * 4)
    if (entries > 0) {
      const place = page + Number(base - newBase) * 4
      memory.bulk.copyWithin(place, this.#indexPage, this.#indexPage + entries * 4)
    }
    this.#dropIndex()
    this.#indexPage = page
    this.#set(CONTROL.index, page)
    this.#set(CONTROL.dense, 1)
    memory.i64[(this.#control + CONTROL.base) >>> 3] = newBase
    memory.i64[(this.#control + CONTROL.range) >>> 3] = BigInt(capacity)
    return true
  }

  #enlargeHash(): void {
    const bits = 64 - this.#get(CONTROL.shift)
    // Small tables grow by four: fewer moves.
    this.#makeHash(bits < 18 ? bits + 2 : bits + 1)
  }

  /** A hash index of 2^bits slots (or as many as the rows need) with all rows so far. */
  #makeHash(bitsWanted: number): void {
    const { memory, kernels } = this.#context
    let bits = bitsWanted
    while (2 ** (bits - 1) <= this.rowCount) bits++
    const byteCount = 2 ** bits * 8
    const page = tryAllocatePages(memory, byteCount)
    if (page === 0) throw outOfMemory(memory, byteCount, this.#what)
    memory.bulk.fill(0, page, page + byteCount)
    this.#dropIndex()
    this.#indexPage = page
    this.#set(CONTROL.index, page)
    this.#set(CONTROL.dense, 0)
    this.#set(CONTROL.shift, 64 - bits)
    this.#set(CONTROL.limit, 2 ** (bits - 1))
    for (const { start, count } of this.#allChunks()) kernels.table.reindex(this.#control, count, start)
  }

  #allChunks(): readonly RowChunk[] {
    if (this.#chunkStart === 0) return this.#chunks
    const count = (this.#get(CONTROL.next) - this.#chunkStart) / this.#layout.rowBytes
    return [...this.#chunks, { start: this.#chunkStart, count }]
  }

  /** Where the next row will lie. */
  position(): TablePosition {
    const chunks = this.#allChunks()
    return { chunks: chunks.length, rows: chunks.at(-1)?.count ?? 0 }
  }

  /** The rows made since `position`, or all (null). */
  chunksSince(position: TablePosition | null): readonly RowChunk[] {
    const chunks = this.#allChunks()
    if (position === null || position.chunks === 0) return chunks
    const { start, count } = chunks[position.chunks - 1]!
    const rest = { start: start + position.rows * this.#layout.rowBytes, count: count - position.rows }
    return [rest, ...chunks.slice(position.chunks)]
  }

  #dropIndex(): void {
    if (this.#indexPage !== 0) freePages(this.#context.memory, this.#indexPage)
    this.#indexPage = 0
  }

  /** Hands the rows over and frees the index; the table is not used again. */
  finish(): GroupRows {
    const { memory } = this.#context
    const { rowCount } = this
    const chunks = this.#allChunks().filter(({ count }) => count > 0)
    const base = memory.i64[(this.#control + CONTROL.base) >>> 3]!
    const dense = this.#get(CONTROL.dense) === 1 ? { base, range: this.#range() } : null
    this.#dropIndex()
    return { chunks, pages: this.#store.detach().pages, rowCount, dense }
  }

  abort(): void {
    this.#dropIndex()
    this.#store.free()
  }

  #get(offset: number): number {
    return this.#context.memory.u32[(this.#control + offset) >>> 2]!
  }

  #set(offset: number, value: number): void {
    this.#context.memory.u32[(this.#control + offset) >>> 2] = value
  }
}

/** Where a direct index begins that may begin up to `room` below its first key: at 0 if need be, for keys are often counted from 1. */
function startOf(low: bigint, room: number): bigint {
  return low > 0n && low <= BigInt(room >> 1) ? 0n : low
}

function clampInt64(value: bigint): bigint {
  const least = -(2n ** 63n)
  return value < least ? least : value
}
