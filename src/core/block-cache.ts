/**
 * Blocks of bytes made from files (decompressed pages), kept in the shared memory for all threads and queries as long as nobody else
 * needs the memory.
 *
 *   index    buckets of 8 entries: file (16 bytes of a digest), offset -> address, segment, generation
 *   blocks   one behind the other in segments (cache-segments.ts)
 *
 * A block is kept the second time it is asked for: what is read once, by a job or a stream of a whole table, costs no memory. The
 * first time leaves an entry without a block. When the cache is full only one in ADMIT_ONE_IN is let in, so that a table larger than the cache
 * does not keep replacing its own blocks just before they are used again.
 *
 * A file is known by a digest of its location, size and modification time. One that has changed less than RACY_MS ago is not cached: it could
 * change again without a new time.
 */
import { createHash } from 'node:crypto'
import {
  type Segment,
  dropHolder,
  isCacheFull,
  isCurrent,
  pinSegment,
  takeHolder,
  takeSegment,
  unpinSegment,
} from './cache-segments.ts'
import type { EngineMemory } from './memory.ts'
import {
  CACHED,
  CACHE_BUCKETS,
  CACHE_INDEX,
  CACHE_LIMIT,
  FIRST_PAGE,
  PAGE_BYTES,
  type Pointer,
  controlOf,
  findLastRun,
  takeRun,
  withLock,
} from './memory-control.ts'

const WAYS = 8
const ENTRY_WORDS = 12
const ENTRY_BYTES = ENTRY_WORDS * 4
// Words of an entry; the first four are the file.
const OFFSET_LOW = 4
const OFFSET_HIGH = 5
/** 0 in an entry without a block. */
const POINTER = 6
const SIZE = 7
const SEGMENT = 8
const GENERATION = 9
/** Not 0 in an entry that is used. */
const TICK = 10

/** The index has room for blocks of so many bytes on average. */
const BLOCK_BYTES_USUAL = 8 << 10
const CACHE_BYTES_MIN = 4 << 20
const SEGMENT_BYTES_MIN = 1 << 20
const SEGMENTS_USUAL = 512
const ADMIT_ONE_IN = 8
const RACY_MS = 2000

/** What a file is known by in the cache. */
export type BlockFile = Uint32Array

export interface Block {
  readonly pointer: Pointer
  readonly byteCount: number
}

/** Undefined for files that must not be cached. */
export function blockFileOf(file: {
  readonly url: string
  readonly byteCount: number
  readonly modifiedMs: number
}): BlockFile | undefined {
  if (Date.now() - file.modifiedMs < RACY_MS) return undefined
  const hash = createHash('sha256').update(`${file.byteCount}|${file.modifiedMs}|${file.url}`).digest()
  return new Uint32Array(hash.buffer.slice(hash.byteOffset, hash.byteOffset + 16))
}

/** Gives the cache `limitBytes` of the memory at most; called once, before threads attach. Less than CACHE_BYTES_MIN: no cache. */
export function enableBlockCache(engine: EngineMemory, limitBytes: number): void {
  if (limitBytes < CACHE_BYTES_MIN) return
  const control = controlOf(engine)
  let buckets = 64
  while (buckets * WAYS * BLOCK_BYTES_USUAL < limitBytes) buckets *= 2
  withLock(control, () => {
    const pages = Math.ceil((buckets * WAYS * ENTRY_BYTES) / PAGE_BYTES)
    const first = findLastRun(control, pages)
    if (first < FIRST_PAGE) return
    takeRun(control, first, pages, 0)
    control[CACHED] = pages
    control[CACHE_LIMIT] = Math.floor(limitBytes / PAGE_BYTES)
    control[CACHE_INDEX] = first * PAGE_BYTES
    control[CACHE_BUCKETS] = buckets
  })
}

/** Forgets what a thread that has ended was reading. */
export function dropBlockReaders(engine: EngineMemory, owner: number): void {
  const control = controlOf(engine)
  withLock(control, () => dropHolder(control, owner))
}

/** A thread's way to the cache. */
export class BlockCache {
  readonly #control: Uint32Array
  readonly #u32: Uint32Array
  readonly #holder: number
  readonly #index: number
  readonly #buckets: number
  readonly #segmentBytes: number
  #open: (Segment & { position: Pointer; readonly end: Pointer }) | undefined
  #asked = 0
  #tick = 0

  /** Undefined when the memory has no cache. */
  static attach(engine: EngineMemory): BlockCache | undefined {
    const control = controlOf(engine)
    if (control[CACHE_INDEX] === 0) return undefined
    const holder = withLock(control, () => takeHolder(control, engine.owner ?? 0))
    return holder < 0 ? undefined : new BlockCache(engine, control, holder)
  }

  private constructor(engine: EngineMemory, control: Uint32Array, holder: number) {
    this.#control = control
    this.#u32 = engine.u32
    this.#holder = holder
    this.#index = control[CACHE_INDEX]! >>> 2
    this.#buckets = control[CACHE_BUCKETS]!
    const usual = (control[CACHE_LIMIT]! * PAGE_BYTES) / SEGMENTS_USUAL
    this.#segmentBytes = Math.max(SEGMENT_BYTES_MIN, Math.ceil(usual / PAGE_BYTES) * PAGE_BYTES)
  }

  /** A reader of one file's blocks, to be closed when nothing points into them any more. */
  openReader(file: BlockFile): BlockReader {
    return new BlockReader(this, file)
  }

  /** The block and its segment, pinned; false when it was asked for before but is not there, undefined when it was not. */
  find(file: BlockFile, offset: number): (Block & { readonly segment: number }) | false | undefined {
    return withLock(this.#control, () => {
      const at = this.#entryOf(file, offset)
      if (at < 0) return undefined
      const u32 = this.#u32
      const segment = u32[at + SEGMENT]!
      if (u32[at + POINTER] === 0 || !isCurrent(this.#control, segment, u32[at + GENERATION]!)) return false
      pinSegment(this.#control, this.#holder, segment)
      return { pointer: u32[at + POINTER]!, byteCount: u32[at + SIZE]!, segment }
    })
  }

  /** Remembers that a block was asked for. */
  note(file: BlockFile, offset: number): void {
    withLock(this.#control, () => this.#put(file, offset, undefined))
  }

  /** Room for a block, its segment pinned; undefined when there is none, or the block is not to be kept. */
  reserve(byteCount: number): (Block & Segment) | undefined {
    const size = Math.ceil(byteCount / 64) * 64
    return withLock(this.#control, () => {
      const isLarge = size > this.#segmentBytes >> 2
      let open = isLarge ? undefined : this.#open
      if (open !== undefined && !isCurrent(this.#control, open.id, open.generation)) open = undefined
      if (open === undefined || open.position + size > open.end) {
        const segmentBytes = isLarge ? size : this.#segmentBytes
        if (isCacheFull(this.#control, segmentBytes) && ++this.#asked % ADMIT_ONE_IN !== 0) return undefined
        const segment = takeSegment(this.#control, segmentBytes)
        if (segment === undefined) return undefined
        open = { ...segment, position: segment.pointer, end: segment.pointer + segmentBytes }
        if (!isLarge) this.#open = open
      }
      const pointer = open.position
      open.position += size
      pinSegment(this.#control, this.#holder, open.id)
      return { pointer, byteCount, id: open.id, generation: open.generation }
    })
  }

  /** Lets others find a block that was reserved and filled. */
  publish(file: BlockFile, offset: number, block: Block & Segment): void {
    withLock(this.#control, () => this.#put(file, offset, block))
  }

  unpin(segments: Iterable<number>): void {
    withLock(this.#control, () => {
      for (const segment of segments) unpinSegment(this.#control, this.#holder, segment)
    })
  }

  #bucketOf(file: BlockFile, offset: number): number {
    const hash = Math.imul(file[0]! ^ Math.imul(offset >>> 0, 0x9e37_79b1) ^ Math.floor(offset / 2 ** 32), 0x85eb_ca6b)
    return this.#index + ((hash ^ (hash >>> 15)) & (this.#buckets - 1)) * WAYS * ENTRY_WORDS
  }

  /** Word of the entry; -1 when there is none. */
  #entryOf(file: BlockFile, offset: number): number {
    const u32 = this.#u32
    const low = offset >>> 0
    const high = Math.floor(offset / 2 ** 32)
    let at = this.#bucketOf(file, offset)
    for (let way = 0; way < WAYS; way++, at += ENTRY_WORDS) {
      if (u32[at + OFFSET_LOW] !== low || u32[at + OFFSET_HIGH] !== high || u32[at + TICK] === 0) continue
      if (u32[at] !== file[0] || u32[at + 1] !== file[1]) continue
      if (u32[at + 2] === file[2] && u32[at + 3] === file[3]) return at
    }
    return -1
  }

  /** Writes an entry in place of the same one, an unused one, or the oldest of the bucket. */
  #put(file: BlockFile, offset: number, block: (Block & Segment) | undefined): void {
    const u32 = this.#u32
    let at = this.#entryOf(file, offset)
    if (at < 0) {
      at = this.#bucketOf(file, offset)
      for (let way = 1, other = at + ENTRY_WORDS; way < WAYS; way++, other += ENTRY_WORDS) {
        if (this.#worth(other) < this.#worth(at)) at = other
      }
    }
    u32.set(file, at)
    u32[at + OFFSET_LOW] = offset >>> 0
    u32[at + OFFSET_HIGH] = Math.floor(offset / 2 ** 32)
    u32[at + POINTER] = block?.pointer ?? 0
    u32[at + SIZE] = block?.byteCount ?? 0
    u32[at + SEGMENT] = block?.id ?? 0
    u32[at + GENERATION] = block?.generation ?? 0
    u32[at + TICK] = this.#tick = (this.#tick % 0x7fff_ffff) + 1
  }

  /** Entries of little worth are replaced first: unused ones, then those without a block, then old ones. */
  #worth(at: number): number {
    const u32 = this.#u32
    if (u32[at + TICK] === 0) return -1
    const isThere = u32[at + POINTER] !== 0 && isCurrent(this.#control, u32[at + SEGMENT]!, u32[at + GENERATION]!)
    return isThere ? 2 ** 32 + u32[at + TICK]! : u32[at + TICK]!
  }
}

/** What one reader of a file uses of the cache: its blocks stay until it is closed. */
export class BlockReader {
  readonly #cache: BlockCache
  readonly #file: BlockFile
  readonly #blocks = new Map<number, Block>()
  /** Segments pinned, one entry a pin. */
  readonly #pins: number[] = []
  /** Offsets of blocks that were asked for before, by whomever. */
  readonly #wanted = new Set<number>()

  constructor(cache: BlockCache, file: BlockFile) {
    this.#cache = cache
    this.#file = file
  }

  /** The block made of the bytes at `offset` of the file, if there is one. */
  find(offset: number): Block | undefined {
    const known = this.#blocks.get(offset)
    if (known !== undefined) return known
    const found = this.#cache.find(this.#file, offset)
    if (found === undefined) return undefined
    if (found === false) {
      this.#wanted.add(offset)
      return undefined
    }
    this.#pins.push(found.segment)
    this.#blocks.set(offset, found)
    return found
  }

  /**
   * A new block of `byteCount` bytes that `fill` writes; what `fill` throws goes on to the caller and leaves no block. Undefined when
   * the block is not to be kept, or there is no room.
   */
  make(offset: number, byteCount: number, fill: (pointer: Pointer) => void): Block | undefined {
    if (!this.#wanted.has(offset)) {
      this.#cache.note(this.#file, offset)
      return undefined
    }
    const block = this.#cache.reserve(byteCount)
    if (block === undefined) return undefined
    this.#pins.push(block.id)
    fill(block.pointer)
    this.#cache.publish(this.#file, offset, block)
    this.#blocks.set(offset, block)
    return block
  }

  close(): void {
    if (this.#pins.length > 0) this.#cache.unpin(this.#pins)
    this.#pins.length = 0
    this.#blocks.clear()
    this.#wanted.clear()
  }
}
