/**
 * Rows that outlive their batch: chunks of rows and of string bytes in pages of their own.
 *
 * Chunks double from 64 KiB to 1 MiB, so a join of ten rows takes two pages and one of ten million a few hundred runs. Rows never
 * move; what a store leaves behind (`detach`) is plain data.
 */
import { assert } from '../../core/assert.ts'
import { type EngineMemory, type Pointer, PAGE_BYTES, allocatePages, freePages, runBytes } from '../../core/memory.ts'
import type { RowLayout } from './row-layout.ts'

const CHUNK_BYTES_MAX = 1 << 20

/** Kernels copy strings with wide stores and rows with 16-byte ones. */
const SLACK_BYTES = 64

/** Consecutive rows. */
export interface RowChunk {
  readonly start: Pointer
  readonly count: number
}

/** What a store leaves behind. */
export interface StoredRows {
  readonly chunks: readonly RowChunk[]
  /** Every run of pages that holds the rows and their strings. */
  readonly pages: readonly Pointer[]
  readonly rowCount: number
}

interface OpenChunk {
  readonly start: Pointer
  readonly end: Pointer
  count: number
}

export class RowStore {
  readonly layout: RowLayout
  /** Two u32: the next free byte of the string heap and its end. */
  readonly heap: Pointer
  readonly #memory: EngineMemory
  readonly #what: string
  #chunks: OpenChunk[] = []
  #pages: Pointer[] = []
  #heapBytes = PAGE_BYTES
  #chunkBytes = PAGE_BYTES
  #byteCount = 0

  readonly #zeroed: boolean

  /** `what` names the user of the memory in errors; `zeroed`: rows begin as zero bytes. */
  constructor(memory: EngineMemory, layout: RowLayout, what: string, options: { readonly zeroed: boolean }) {
    this.#zeroed = options.zeroed
    this.#memory = memory
    this.layout = layout
    this.#what = what
    // The heap's cursor lies at the start of its first page.
    const page = this.#takePages(PAGE_BYTES)
    this.heap = page
    memory.u32[page >>> 2] = page + 16
    memory.u32[(page >>> 2) + 1] = page + PAGE_BYTES - SLACK_BYTES
  }

  get rowCount(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.count, 0)
  }

  /** Bytes of all pages. */
  get byteCount(): number {
    return this.#byteCount
  }

  /** Room for up to `count` rows: how many, and where. */
  reserve(count: number): RowChunk {
    const { rowBytes } = this.layout
    let chunk = this.#chunks.at(-1)
    if (chunk === undefined || chunk.start + (chunk.count + 1) * rowBytes > chunk.end) {
      const start = this.#takePages(Math.max(this.#chunkBytes, rowBytes + SLACK_BYTES))
      this.#chunkBytes = Math.min(CHUNK_BYTES_MAX, this.#chunkBytes * 2)
      chunk = { start, end: start + runBytes(this.#memory, start) - SLACK_BYTES, count: 0 }
      if (this.#zeroed) this.#memory.bulk.fill(0, start, chunk.end)
      this.#chunks.push(chunk)
    }
    const start = chunk.start + chunk.count * rowBytes
    const room = Math.floor((chunk.end - start) / rowBytes)
    const taken = Math.min(room, count)
    chunk.count += taken
    return { start, count: taken }
  }

  /** Gives the string heap a new chunk with room for `byteCount` bytes: what is left of the old one is lost. */
  growHeap(byteCount: number): void {
    const size = Math.max(this.#heapBytes, byteCount + SLACK_BYTES)
    this.#heapBytes = Math.min(CHUNK_BYTES_MAX, this.#heapBytes * 2)
    const page = this.#takePages(size)
    this.#memory.u32[this.heap >>> 2] = page
    this.#memory.u32[(this.heap >>> 2) + 1] = page + runBytes(this.#memory, page) - SLACK_BYTES
  }

  /** Memory that is freed with the rows. */
  allocate(byteCount: number): Pointer {
    return this.#takePages(byteCount)
  }

  /** Hands everything over; the store is not used again. */
  detach(): StoredRows {
    const chunks = this.#chunks.map(({ start, count }) => ({ start, count }))
    const pages = this.#pages
    const { rowCount } = this
    this.#chunks = []
    this.#pages = []
    return { chunks, pages, rowCount }
  }

  free(): void {
    for (const page of this.#pages.splice(0)) freePages(this.#memory, page)
    this.#chunks = []
  }

  #takePages(byteCount: number): Pointer {
    assert(byteCount > 0, 'an empty allocation')
    const pointer = allocatePages(this.#memory, byteCount, this.#what)
    this.#pages.push(pointer)
    this.#byteCount += runBytes(this.#memory, pointer)
    return pointer
  }
}
