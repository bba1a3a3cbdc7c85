/**
 * An arena: memory that is handed out by moving a pointer and given back all at once.
 *
 * One thread uses an arena. `mark`/`release` nest like a stack. Chunks that `reset` leaves over are
 * used again, so a steady pipeline allocates no pages after its first batch.
 */
import { type EngineMemory, type Pointer, allocatePages, freePages, runBytes } from './memory.ts'

/** Chunk size of an arena unless one allocation needs more. */
const CHUNK_BYTES = 1 << 20

/** Bytes after every allocation that kernels may read or overwrite: wide loads and stores run past the end. */
export const ARENA_SLACK_BYTES = 64

export interface ArenaMark {
  readonly chunk: number
  readonly position: Pointer
}

export class Arena {
  readonly #engine: EngineMemory
  readonly #what: string
  readonly #chunkBytes: number
  readonly #chunks: { readonly start: Pointer; readonly end: Pointer }[] = []
  #current = -1
  #position: Pointer = 0
  #end: Pointer = 0

  /** `what` names the arena in out-of-memory errors. */
  constructor(engine: EngineMemory, what: string, chunkBytes: number = CHUNK_BYTES) {
    this.#engine = engine
    this.#what = what
    this.#chunkBytes = chunkBytes
  }

  /**
   * `byteCount` bytes, 16-byte aligned, not cleared, followed by ARENA_SLACK_BYTES that kernels may read and
   * clobber.
   */
  allocate(byteCount: number): Pointer {
    const size = Math.ceil((byteCount + ARENA_SLACK_BYTES) / 16) * 16
    if (this.#position + size > this.#end) return this.#allocateSlow(size)
    const pointer = this.#position
    this.#position += size
    return pointer
  }

  /** As `allocate`, filled with zeroes. */
  allocateZeroed(byteCount: number): Pointer {
    const pointer = this.allocate(byteCount)
    this.#engine.bulk.fill(0, pointer, pointer + byteCount)
    return pointer
  }

  /** Whether an address lies in it: what does is gone after `reset`. */
  holds(pointer: Pointer): boolean {
    return this.#chunks.some(({ start, end }) => pointer >= start && pointer < end)
  }

  mark(): ArenaMark {
    return { chunk: this.#current, position: this.#position }
  }

  /** Gives back what was allocated since `mark`. */
  release(mark: ArenaMark): void {
    this.#current = mark.chunk
    this.#position = mark.position
    this.#end = this.#chunks[mark.chunk]?.end ?? 0
  }

  /** Gives back everything, keeping at most `keepBytes` of chunks for the next use. */
  reset(keepBytes: number = 8 * CHUNK_BYTES): void {
    let kept = 0
    for (let i = 0; i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i]!
      kept += chunk.end - chunk.start
      if (kept > keepBytes && i > 0) {
        for (const extra of this.#chunks.splice(i)) freePages(this.#engine, extra.start)
        break
      }
    }
    this.#current = -1
    this.#position = 0
    this.#end = 0
  }

  /** Gives every chunk back to the heap; the arena can still be used. */
  free(): void {
    for (const chunk of this.#chunks.splice(0)) freePages(this.#engine, chunk.start)
    this.#current = -1
    this.#position = 0
    this.#end = 0
  }

  /**
   * Hands the arena's chunks to somebody else (results that outlive a pipeline), who frees each with
   * `freePages`. The arena is empty afterwards.
   */
  detach(): Pointer[] {
    const pointers = this.#chunks.splice(0).map((chunk) => chunk.start)
    this.#current = -1
    this.#position = 0
    this.#end = 0
    return pointers
  }

  /** Bytes of all chunks. */
  get byteCount(): number {
    return this.#chunks.reduce((sum, chunk) => sum + (chunk.end - chunk.start), 0)
  }

  #allocateSlow(size: number): Pointer {
    // Skip chunks too small for this one: they are used again after the next reset.
    while (this.#current + 1 < this.#chunks.length) {
      const chunk = this.#chunks[++this.#current]!
      if (chunk.end - chunk.start >= size) {
        this.#end = chunk.end
        this.#position = chunk.start + size
        return chunk.start
      }
    }
    const wanted = Math.max(size, this.#chunkBytes)
    const start = allocatePages(this.#engine, wanted, this.#what)
    const chunk = { start, end: start + runBytes(this.#engine, start) }
    this.#chunks.push(chunk)
    this.#current = this.#chunks.length - 1
    this.#position = start + size
    this.#end = chunk.end
    return start
  }
}
