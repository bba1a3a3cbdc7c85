/**
 * The pages of one column chunk, one after another, decompressed.
 *
 *   dictionary page?  data page  data page ...        page := header (Thrift), body of `compressedByteCount` bytes
 *   body, version 1: compress(repetition levels, definition levels, values)
 *   body, version 2: repetition levels, definition levels, compress(values)
 *
 * Spec: parquet-format 2.11, README.md, "Data Pages"; Compression.md.
 */
import { ARENA_SLACK_BYTES } from '../../core/arena.ts'
import { type DataError, DataError as DataErrorClass, corrupt, unsupported } from '../../core/errors.ts'
import { type Pointer, allocatePages, freePages, runBytes } from '../../core/memory.ts'
import { type CodecName, type Span, canBecome, decompressInto } from '../codec.ts'
import type { ColumnWindow } from './file-bytes.ts'
import { fromThriftError } from './footer.ts'
import type { ColumnChunk } from './metadata.ts'
import { bodyPlace, pageBlockBytes, readPageBlock, writePageBlock } from './page-block.ts'
import { type PageHeader, readPageHeader } from './page-header.ts'
import type { ReaderContext } from './reader-context.ts'
import { ThriftError, ThriftReader } from './thrift.ts'

/** Header sizes are not known beforehand: statistics within can be long. */
const HEADER_BYTES_MIN = 1 << 10
const HEADER_BYTES_MAX = 16 << 20
/** A page of more is refused: writers make pages of 1 MiB, DuckDB's hold a row group. */
const PAGE_BYTES_MAX = 1 << 30

/** parquet-mr before 1.2.9 left the dictionary page's header out of the chunk's size (nation.dict-malformed.parquet). */
const CHUNK_BYTES_MISSED = 100

const CODECS: Record<number, CodecName | 'none' | undefined> = {
  0: 'none',
  1: 'snappy',
  2: 'gzip',
  4: 'brotli',
  5: 'lz4_hadoop',
  6: 'zstd',
  7: 'lz4_raw',
}

/** A page with its header, not yet decompressed. */
export interface Page {
  readonly header: PageHeader
  /** Of the header, in the file. */
  readonly offset: number
  readonly bodyOffset: number
  /** Where its body is, decompressed, when the cache has it; else 0. */
  readonly cached: Pointer
}

/** Where the parts of a data page lie. */
export interface PageBody {
  readonly repetitionLevels: Span
  readonly definitionLevels: Span
  /** Version 1: levels of a length that stands before them, then the values. Version 2: the values. */
  readonly values: Span
  /** Stays until the row group's reader is closed. */
  readonly isKept: boolean
}

const CRC_TABLE_BYTES = 8 << 10

const NOTHING: Span = { pointer: 0, byteCount: 0 }

export class PageReader {
  readonly #context: ReaderContext
  readonly #window: ColumnWindow
  readonly #codec: CodecName | 'none'
  readonly #column: string
  /** Offset of the next page. */
  #position: number
  #buffer: Pointer = 0

  constructor(context: ReaderContext, column: string, chunk: ColumnChunk, window: ColumnWindow) {
    this.#context = context
    this.#column = column
    this.#window = window
    this.#position = window.range.start
    const codec = CODECS[chunk.codec]
    if (codec === undefined) throw unsupported(`reading "${context.url}": Parquet codec ${chunk.codec}`)
    this.#codec = codec
  }

  get isCompressed(): boolean {
    return this.#codec !== 'none'
  }

  get position(): number {
    return this.#position
  }

  /** Goes on with the page whose header is at `offset` and which takes `byteCount` bytes with it. */
  seek(offset: number, byteCount: number): void {
    this.#position = offset
    this.#window.jump(byteCount)
  }

  /** The next page, or undefined at the end of the chunk; its body is passed over. */
  next(): Page | undefined {
    const { end } = this.#window.range
    while (this.#position < end) {
      const offset = this.#position
      const page = this.#cachedPage(offset) ?? this.#readHeader(offset)
      this.#position = page.bodyOffset + page.header.compressedByteCount
      if (this.#position > end + CHUNK_BYTES_MISSED || this.#position > this.#context.bytes.file.byteCount) {
        throw this.#error(offset, `the page ends at ${this.#position}, its column chunk at ${end}`)
      }
      const { byteCount } = page.header
      if (byteCount > PAGE_BYTES_MAX) throw unsupported(`reading "${this.#context.url}": a page of ${byteCount} bytes`)
      if (page.header.kind !== 'other') return page
    }
    return undefined
  }

  /**
   * A page's parts. With `lasting` they stay until the row group's reader is closed, else until the next page is opened. A page that goes
   * to the cache gets its values aligned there; `hasLevels`: behind definition levels of version 1.
   */
  open(page: Page, { lasting, hasLevels = false }: { lasting: boolean; hasLevels?: boolean }): PageBody {
    const { header, offset } = page
    const { compressedByteCount, byteCount } = header
    const levels = header.repetitionByteCount + header.definitionByteCount
    if (header.kind === 'data-v2' && (levels > compressedByteCount || levels > byteCount)) {
      throw this.#error(offset, 'levels are longer than the page')
    }
    if (page.cached !== 0) return bodyAt(header, page.cached, byteCount, true)
    if (this.#codec === 'none' || !header.isCompressed) return this.#plain(page, lasting)
    if (byteCount === levels) return { ...bodyAt(header, this.#raw(page), levels, false), values: NOTHING }
    const made = this.#context.blocks?.make(offset, pageBlockBytes(byteCount), (block) =>
      this.#fillBlock(block, page, hasLevels),
    )
    if (made !== undefined) {
      return bodyAt(header, readPageBlock(this.#context.memory, made).body, byteCount, true)
    }
    const raw = this.#raw(page)
    const compressed = { pointer: raw + levels, byteCount: compressedByteCount - levels }
    const size = byteCount - levels
    const pointer = lasting ? this.#context.lasting.allocate(size) : this.#bufferOf(size)
    this.#decompress(offset, compressed, { pointer, byteCount: size })
    return { ...bodyAt(header, raw, levels, false), values: { pointer, byteCount: size } }
  }

  close(): void {
    if (this.#buffer !== 0) freePages(this.#context.memory, this.#buffer)
    this.#buffer = 0
  }

  /** A page that the cache has. */
  #cachedPage(offset: number): Page | undefined {
    const { blocks, memory } = this.#context
    const block = blocks?.find(offset)
    if (block === undefined) return undefined
    const { header, headerLength, body } = readPageBlock(memory, block)
    return { header, offset, bodyOffset: offset + headerLength, cached: body }
  }

  #raw({ header, bodyOffset, offset }: Page): Pointer {
    const pointer = this.#window.at(bodyOffset, header.compressedByteCount)
    if (this.#context.checksPages && header.checksum >= 0) this.#verify(header, pointer, offset)
    return pointer
  }

  /** XX001 unless the body has the checksum that its header says. */
  #verify({ checksum, compressedByteCount }: PageHeader, pointer: Pointer, offset: number): void {
    const { kernels, scratch } = this.#context
    const mark = scratch.mark()
    const tables = scratch.allocate(CRC_TABLE_BYTES)
    kernels.codec.crc32Tables(tables)
    const found = kernels.codec.crc32(tables, 0, pointer, pointer + compressedByteCount) >>> 0
    scratch.release(mark)
    if (found !== checksum) throw this.#error(offset, 'its checksum is wrong')
  }

  /** Decompresses a page into a block of the cache. */
  #fillBlock(block: Pointer, page: Page, hasLevels: boolean): void {
    const { memory } = this.#context
    const { header, offset } = page
    const { byteCount, compressedByteCount } = header
    const levels = header.repetitionByteCount + header.definitionByteCount
    const raw = this.#raw(page)
    let body = bodyPlace(block, levels)
    memory.bulk.copyWithin(body, raw, raw + levels)
    this.#decompress(
      offset,
      { pointer: raw + levels, byteCount: compressedByteCount - levels },
      { pointer: body + levels, byteCount: byteCount - levels },
    )
    if (hasLevels && byteCount >= 4) {
      const { u8, bulk } = memory
      const length = u8[body]! + u8[body + 1]! * 2 ** 8 + u8[body + 2]! * 2 ** 16 + u8[body + 3]! * 2 ** 24
      const aligned = bodyPlace(block, (4 + length) % 2 ** 32)
      if (length <= byteCount - 4) bulk.copyWithin(aligned, body, body + byteCount)
      if (length <= byteCount - 4) body = aligned
    }
    writePageBlock(memory, block, { header, headerLength: page.bodyOffset - offset, body })
  }

  /** A body that is not compressed. */
  #plain(page: Page, lasting: boolean): PageBody {
    if (lasting) this.#window.keepsViews = true
    return bodyAt(page.header, this.#raw(page), page.header.compressedByteCount, false)
  }

  #decompress(offset: number, from: Span, to: Span): void {
    if (!canBecome(this.#codec as CodecName, from, to.byteCount, this.#context)) {
      throw this.#error(offset, `${from.byteCount} bytes of ${this.#codec} cannot become ${to.byteCount}`)
    }
    try {
      decompressInto(this.#codec as CodecName, from, to, this.#context)
    } catch (error) {
      if (!(error instanceof DataErrorClass)) throw error
      throw this.#error(offset, error.message, error)
    }
  }

  #bufferOf(byteCount: number): Pointer {
    const { memory } = this.#context
    const needed = byteCount + ARENA_SLACK_BYTES
    if (this.#buffer !== 0 && runBytes(memory, this.#buffer) >= needed) return this.#buffer
    this.close()
    this.#buffer = allocatePages(memory, needed, 'decompressing a Parquet page')
    return this.#buffer
  }

  #readHeader(offset: number): Page {
    const { end } = this.#window.range
    let size = Math.min(end - offset, this.#window.available(offset) || HEADER_BYTES_MIN)
    for (;;) {
      const pointer = this.#window.at(offset, size)
      const reader = new ThriftReader(this.#context.memory.u8, pointer, pointer + size)
      try {
        const header = readPageHeader(reader)
        return { header, offset, bodyOffset: offset + reader.position - pointer, cached: 0 }
      } catch (error) {
        const more = Math.min(end - offset, Math.max(size * 8, HEADER_BYTES_MIN), HEADER_BYTES_MAX)
        if (!(error instanceof ThriftError && error.truncated) || more === size) {
          throw fromThriftError(error, this.#context.url, offset - pointer)
        }
        size = more
      }
    }
  }

  #error(offset: number, what: string, cause?: unknown): DataError {
    const { url } = this.#context
    return corrupt(url, `column "${this.#column}", page at offset ${offset}: ${what}`, { cause })
  }
}

/** The parts of a body of `byteCount` bytes that lies at `pointer`. */
function bodyAt(header: PageHeader, pointer: Pointer, byteCount: number, isKept: boolean): PageBody {
  const { kind, repetitionByteCount, definitionByteCount } = header
  if (kind !== 'data-v2') {
    return { repetitionLevels: NOTHING, definitionLevels: NOTHING, values: { pointer, byteCount }, isKept }
  }
  const levels = repetitionByteCount + definitionByteCount
  return {
    repetitionLevels: { pointer, byteCount: repetitionByteCount },
    definitionLevels: { pointer: pointer + repetitionByteCount, byteCount: definitionByteCount },
    values: { pointer: pointer + levels, byteCount: byteCount - levels },
    isKept,
  }
}
