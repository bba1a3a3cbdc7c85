/** The bytes of a chunk and of what follows, as far as its last row needs. */
import type { Arena } from '../../core/arena.ts'
import { DataError } from '../../core/errors.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { TextSource } from './text-source.ts'

/** Read beyond a chunk's end for its last row, at first. */
const TAIL_BYTES = 64 << 10
/** Offsets of a chunk's bytes have 29 bits. */
const LOADED_BYTES_MAX = 1 << 29

export class TextChunk {
  /** Offset in the text of the first byte that is loaded. */
  readonly start: number
  base: Pointer = 0
  byteCount = 0
  /** What is loaded goes up to the text's end. */
  isAtEnd = false
  readonly #text: TextSource
  readonly #memory: EngineMemory
  readonly #arena: Arena

  constructor(text: TextSource, { memory, arena }: { memory: EngineMemory; arena: Arena }, start: number) {
    this.#text = text
    this.#memory = memory
    this.#arena = arena
    this.start = start
  }

  /** Loads `byteCount` bytes, and some behind. */
  load(byteCount: number): void {
    const { u8 } = this.#memory
    const wanted = Math.min(byteCount + TAIL_BYTES, (this.#text.byteCount ?? Infinity) - this.start)
    if (wanted > LOADED_BYTES_MAX)
      throw new DataError('54000', `${this.#text.url}: a row of more than ${LOADED_BYTES_MAX} bytes`)
    const base = this.#arena.allocate(wanted)
    u8.copyWithin(base, this.base, this.base + this.byteCount)
    const count = this.#text.copy(u8.subarray(base + this.byteCount, base + wanted), this.start + this.byteCount)
    this.base = base
    this.byteCount += count
    this.isAtEnd = this.byteCount < wanted || this.start + this.byteCount === this.#text.byteCount
  }

  /** Loads more for the row at `next`: as much again as there is of it. */
  loadMore(next: number): void {
    this.load(this.byteCount + Math.max(TAIL_BYTES, this.byteCount - next))
  }

  /** 22021 unless the bytes up to `end` are UTF-8; `place` tells where a byte is. */
  checkText({ text }: Kernels, end: number, place: (offset: number) => string): void {
    const bad = text.utf8Error(this.base, this.base + end)
    if (bad < 0) return
    const byte = this.#memory.u8[this.base + bad]!.toString(16)
    throw new DataError('22021', `${place(bad)}: invalid byte sequence for encoding "UTF8": 0x${byte}`, {
      hint: 'Files must be UTF-8.',
    })
  }
}
