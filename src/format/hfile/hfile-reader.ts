/**
 * An HFile from its first cell to its last, or from the block on in which a row would be.
 *
 * Data blocks follow each other in key order, with index and Bloom filter blocks between them, which are passed over. Only a reader that begins
 * somewhere else than at the first block needs the index (block-index.ts).
 */
import { corrupt } from '../../core/errors.ts'
import { BLOCK_HEADER_BYTES, blockBody, parseBlockHeader } from './block.ts'
import { type IndexEntry, entryFor, parseIndexBlock, parseRootIndex } from './block-index.ts'
import { CellCursor, type CellLayout } from './cell-cursor.ts'
import { type HFileTrailer, TRAILER_BYTES_MAX, parseFileInfo, parseTrailer } from './trailer.ts'

/** Where bytes come from: a file, a part of one, or memory. */
export interface ByteSource {
  readonly url: string
  readonly byteCount: number
  /** The bytes [start, end), which the source has. */
  bytes(start: number, end: number): Uint8Array
}

/** Bytes read at once: a request more for each block would cost more than a few blocks too many. */
const WINDOW_BYTES = 1 << 20
/** The same of a reader that is looking for something. */
const SEEK_WINDOW_BYTES = 64 << 10
/** Levels of an index that no writer makes. */
const LEVELS_MAX = 16

export class HFileReader {
  readonly trailer: HFileTrailer
  readonly #source: ByteSource
  readonly #layout: CellLayout
  readonly #info: ReadonlyMap<string, Uint8Array>
  #window: Uint8Array = new Uint8Array(0)
  #windowStart = 0
  #windowBytes = WINDOW_BYTES
  #root: readonly IndexEntry[] | undefined

  /** Reads the trailer and the file info; XX001 when it is no HFile. */
  constructor(source: ByteSource) {
    const { url, byteCount } = source
    this.#source = source
    this.trailer = parseTrailer(source.bytes(Math.max(0, byteCount - TRAILER_BYTES_MAX), byteCount), url)
    this.#info = this.#readInfo()
    this.#layout = layoutOf(this.#info)
  }

  get entryCount(): number {
    return this.trailer.entryCount
  }

  /** What the writer said of the file, by name. */
  info(name: string): Uint8Array | undefined {
    return this.#info.get(name)
  }

  /** Cursors over the data blocks, in order, each to be read to its end. XX001 unless they hold as many cells as the trailer says. */
  *blocks(): Generator<CellCursor> {
    const { firstDataBlockOffset, entryCount } = this.trailer
    if (entryCount === 0) return
    const { url } = this.#source
    let cellCount = 0
    for (const cursor of this.#cursors(firstDataBlockOffset)) {
      yield cursor
      cellCount += cursor.cellCount
    }
    if (cellCount !== entryCount) throw corrupt(url, `damaged HFile: ${cellCount} cells instead of ${entryCount}`)
  }

  /** Cursors over the data blocks from the one on that has the first cell of `row`, or would have it. */
  *blocksFrom(row: Uint8Array): Generator<CellCursor> {
    const { dataIndexLevels, entryCount } = this.trailer
    if (entryCount === 0) return
    this.#windowBytes = SEEK_WINDOW_BYTES
    let entry = entryFor((this.#root ??= this.#readRoot()), row)
    if (dataIndexLevels < 1 || dataIndexLevels > LEVELS_MAX || entry === undefined) {
      throw corrupt(this.#source.url, 'damaged HFile: no index of its blocks')
    }
    for (let level = dataIndexLevels; level > 1; level--) {
      const { header, block } = this.#block(entry.offset)
      const at = { url: this.#source.url, offset: entry.offset }
      const below = entryFor(parseIndexBlock(blockBody(block, header, this.trailer.codec, at), at), row)
      if (below === undefined) throw corrupt(at.url, `damaged HFile: an empty index at byte ${at.offset}`)
      entry = below
    }
    yield* this.#cursors(entry.offset)
  }

  #readRoot(): IndexEntry[] {
    const { loadOnOpenOffset, dataIndexCount, codec } = this.trailer
    const at = { url: this.#source.url, offset: loadOnOpenOffset }
    const { header, block } = this.#block(loadOnOpenOffset)
    if (header.magic !== 'IDXROOT2') throw corrupt(at.url, `damaged HFile: no index at byte ${loadOnOpenOffset}`)
    return parseRootIndex(blockBody(block, header, codec, at), dataIndexCount, at)
  }

  *#cursors(start: number): Generator<CellCursor> {
    const { lastDataBlockOffset, codec } = this.trailer
    const { url } = this.#source
    for (let offset = start; offset <= lastDataBlockOffset;) {
      const { header, block } = this.#block(offset)
      if (header.magic === 'DATABLK*' || header.magic === 'DATABLKE') {
        const body = blockBody(block, header, codec, { url, offset })
        yield new CellCursor(body, header.magic === 'DATABLKE', this.#layout, url)
      }
      offset += header.totalBytes
    }
  }

  #block(offset: number): { header: ReturnType<typeof parseBlockHeader>; block: Uint8Array } {
    const at = { url: this.#source.url, offset }
    const header = parseBlockHeader(this.#bytes(offset, offset + BLOCK_HEADER_BYTES, at.url), this.trailer, at)
    return { header, block: this.#bytes(offset, offset + header.totalBytes, at.url) }
  }

  #bytes(start: number, end: number, url: string): Uint8Array {
    if (!(start >= 0 && end <= this.#source.byteCount))
      throw corrupt(url, `damaged HFile: a block at byte ${start} does not fit the file`)
    if (start < this.#windowStart || end > this.#windowStart + this.#window.length) {
      this.#window = this.#source.bytes(
        start,
        Math.min(this.#source.byteCount, Math.max(end, start + this.#windowBytes)),
      )
      this.#windowStart = start
    }
    return this.#window.subarray(start - this.#windowStart, end - this.#windowStart)
  }

  #readInfo(): ReadonlyMap<string, Uint8Array> {
    const { fileInfoOffset, codec } = this.trailer
    const { url } = this.#source
    const { header, block } = this.#block(fileInfoOffset)
    if (header.magic !== 'FILEINF2') throw corrupt(url, `damaged HFile: no file info at byte ${fileInfoOffset}`)
    return parseFileInfo(blockBody(block, header, codec, { url, offset: fileInfoOffset }), url)
  }
}

function layoutOf(info: ReadonlyMap<string, Uint8Array>): CellLayout {
  const isTrue = (key: string): boolean => (info.get(key)?.at(-1) ?? 0) !== 0
  return {
    hasMvcc: isTrue('KEY_VALUE_VERSION'),
    hasTags: info.has('hfile.MAX_TAGS_LEN') && isNotZero(info.get('hfile.MAX_TAGS_LEN')!),
    hasCompressedTags: isTrue('hfile.TAGS_COMPRESSED'),
  }
}

function isNotZero(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte !== 0)
}
