/**
 * One stream of a stripe, decompressed chunk by chunk into the shared memory.
 *
 *   buffer   [ read | position ....... end |  room for the next chunk )
 *
 * Decoders take bytes from `position`; when a run does not end before `end`, `more` moves what is left to the front and puts the next chunk
 * behind it.
 */
import { assert } from '../../core/assert.ts'
import { DataError, corrupt } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { decompressWithin } from '../codec.ts'
import type { ByteRange, ColumnWindow } from '../parquet/file-bytes.ts'
import { CHUNK_HEADER_BYTES } from './chunks.ts'
import type { OrcContext } from './reader-context.ts'

/** Bytes of an uncompressed stream taken at a time, and where few rows are wanted. */
const PIECE_BYTES = 64 << 10
const SPARSE_PIECE_BYTES = 512

interface Chunk {
  readonly pointer: Pointer
  readonly byteCount: number
  readonly isStored: boolean
}

export class OrcStream {
  readonly range: ByteRange
  /** Names the stream in errors. */
  readonly column: string
  readonly #context: OrcContext
  readonly #window: ColumnWindow
  /** Place in the file of the next chunk. */
  #next: number
  #buffer: Pointer = 0
  #capacity = 0
  position: Pointer = 0
  end: Pointer = 0

  constructor(context: OrcContext, range: ByteRange, column: string) {
    this.#context = context
    this.range = range
    this.column = column
    this.#window = context.bytes.openWindow(range)
    this.#next = range.start
  }

  /** Decompresses the next chunk behind what is left; false at the end of the stream. */
  more(): boolean {
    if (this.#next >= this.range.end) return false
    const chunk = this.#nextChunk()
    const { memory, codec } = this.#context
    const bound = chunk.isStored ? chunk.byteCount : this.#boundOf(chunk)
    this.#makeRoom(bound)
    if (chunk.isStored) {
      memory.bulk.copyWithin(this.end, chunk.pointer, chunk.pointer + chunk.byteCount)
      this.end += chunk.byteCount
      return true
    }
    try {
      this.end += decompressWithin(codec!, chunk, { pointer: this.end, byteCount: bound }, this.#context)
    } catch (cause) {
      if (!(cause instanceof DataError)) throw cause
      throw this.error(cause.message, cause)
    }
    return true
  }

  /** Copies the next `byteCount` bytes to `to`, or passes them over where that is 0. */
  take(byteCount: number, to: Pointer): void {
    for (let done = 0; done < byteCount;) {
      const count = Math.min(this.end - this.position, byteCount - done)
      if (to !== 0) this.#context.memory.bulk.copyWithin(to + done, this.position, this.position + count)
      this.position += count
      done += count
      if (done < byteCount && !this.more()) throw this.error('the stream ends before its last value')
    }
  }

  /** Whether the rest of the stream may have so many bytes: asked before memory is allocated for what a damaged file announces. */
  mayHave(byteCount: number): boolean {
    const { codec, blockByteCount } = this.#context
    let count = this.end - this.position
    if (codec === undefined) return byteCount <= count + this.range.end - this.#next
    for (let at = this.#next; at < this.range.end && count < byteCount;) {
      const { length, isStored } = this.#header(at)
      count += isStored ? length : blockByteCount
      at += CHUNK_HEADER_BYTES + length
    }
    return byteCount <= count
  }

  /** Numbers of a position in the stream, without those of a run. */
  get positionCount(): number {
    return this.#context.codec === undefined ? 1 : 2
  }

  /** Goes to the chunk that begins `chunkOffset` bytes into the stream, and within it to `offset`; without chunks to `chunkOffset`. */
  seek(chunkOffset: number, offset: number): void {
    this.#next = this.range.start + chunkOffset
    if (this.#next > this.range.end) throw this.error(`position ${chunkOffset} is behind the stream's end`)
    this.position = this.#buffer
    this.end = this.#buffer
    if (offset > 0) this.take(offset, 0)
  }

  error(problem: string, cause?: unknown): DataError {
    const what = `column "${this.column}", stream at offset ${this.range.start}: ${problem}`
    return corrupt(this.#context.url, what, cause === undefined ? {} : { cause })
  }

  #nextChunk(): Chunk {
    if (this.#context.codec === undefined) {
      const piece = this.#context.isSparse ? SPARSE_PIECE_BYTES : PIECE_BYTES
      const byteCount = Math.min(piece, this.range.end - this.#next)
      const pointer = this.#bytesAt(this.#next, byteCount)
      this.#next += byteCount
      return { pointer, byteCount, isStored: true }
    }
    const { length, isStored } = this.#header(this.#next)
    const pointer = this.#bytesAt(this.#next + CHUNK_HEADER_BYTES, length)
    this.#next += CHUNK_HEADER_BYTES + length
    return { pointer, byteCount: length, isStored }
  }

  /** Where few rows are wanted nothing behind the bytes is read with them. */
  #bytesAt(at: number, byteCount: number): Pointer {
    if (this.#context.isSparse) this.#window.jump(byteCount)
    return this.#window.at(at, byteCount)
  }

  #header(at: number): { readonly length: number; readonly isStored: boolean } {
    const left = this.range.end - at
    if (left < CHUNK_HEADER_BYTES) throw this.error('a chunk ends within its header')
    const { u8 } = this.#context.memory
    const pointer = this.#bytesAt(at, CHUNK_HEADER_BYTES)
    const header = u8[pointer]! + u8[pointer + 1]! * 256 + u8[pointer + 2]! * 65_536
    const length = header >>> 1
    if (length > left - CHUNK_HEADER_BYTES) throw this.error(`a chunk of ${length} bytes does not fit`)
    return { length, isStored: (header & 1) === 1 }
  }

  /** Bytes that a chunk can become. */
  #boundOf({ pointer, byteCount }: Chunk): number {
    const { codec, blockByteCount, kernels } = this.#context
    if (codec === 'snappy') {
      const length = kernels.codec.snappyLength(pointer, byteCount)
      return length < 0 ? blockByteCount : Math.min(blockByteCount, length)
    }
    return Math.min(blockByteCount, byteCount * 1032)
  }

  #makeRoom(byteCount: number): void {
    const { memory, lasting } = this.#context
    const left = this.end - this.position
    assert(left >= 0, 'the position is within the buffer')
    if (this.end + byteCount <= this.#buffer + this.#capacity && this.#buffer !== 0) return
    let target = this.#buffer
    if (left + byteCount > this.#capacity) {
      this.#capacity = Math.max(left + byteCount, this.#capacity * 2)
      target = lasting.allocate(this.#capacity)
    }
    memory.bulk.copyWithin(target, this.position, this.position + left)
    this.#buffer = target
    this.position = target
    this.end = target + left
  }
}
