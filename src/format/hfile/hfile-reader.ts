/**
 * An HFile from its first cell to its last.
 *
 * Data blocks follow each other in key order, with index and Bloom filter blocks between them, which are passed over: the whole file is read, so
 * the index is not needed.
 */
import { corrupt } from '../../core/errors.ts'
import { BLOCK_HEADER_BYTES, blockBody, parseBlockHeader } from './block.ts'
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

export class HFileReader {
  readonly trailer: HFileTrailer
  readonly #source: ByteSource
  readonly #layout: CellLayout
  #window: Uint8Array = new Uint8Array(0)
  #windowStart = 0

  /** Reads the trailer and the file info; XX001 when it is no HFile. */
  constructor(source: ByteSource) {
    const { url, byteCount } = source
    this.#source = source
    this.trailer = parseTrailer(source.bytes(Math.max(0, byteCount - TRAILER_BYTES_MAX), byteCount), url)
    this.#layout = this.#readLayout()
  }

  get entryCount(): number {
    return this.trailer.entryCount
  }

  /** Cursors over the data blocks, in order, each to be read to its end. XX001 unless they hold as many cells as the trailer says. */
  *blocks(): Generator<CellCursor> {
    const { firstDataBlockOffset, lastDataBlockOffset, entryCount, codec } = this.trailer
    if (entryCount === 0) return
    const { url } = this.#source
    let cellCount = 0
    for (let offset = firstDataBlockOffset; offset <= lastDataBlockOffset;) {
      const { header, block } = this.#block(offset)
      if (header.magic === 'DATABLK*' || header.magic === 'DATABLKE') {
        const body = blockBody(block, header, codec, { url, offset })
        const cursor = new CellCursor(body, header.magic === 'DATABLKE', this.#layout, url)
        yield cursor
        cellCount += cursor.cellCount
      }
      offset += header.totalBytes
    }
    if (cellCount !== entryCount) throw corrupt(url, `damaged HFile: ${cellCount} cells instead of ${entryCount}`)
  }

  #block(offset: number): { header: ReturnType<typeof parseBlockHeader>; block: Uint8Array } {
    const at = { url: this.#source.url, offset }
    const header = parseBlockHeader(this.#bytes(offset, offset + BLOCK_HEADER_BYTES, at.url), this.trailer, at)
    return { header, block: this.#bytes(offset, offset + header.totalBytes, at.url) }
  }

  #bytes(start: number, end: number, url: string): Uint8Array {
    if (end > this.#source.byteCount)
      throw corrupt(url, `damaged HFile: a block at byte ${start} does not fit the file`)
    if (start < this.#windowStart || end > this.#windowStart + this.#window.length) {
      this.#window = this.#source.bytes(start, Math.min(this.#source.byteCount, Math.max(end, start + WINDOW_BYTES)))
      this.#windowStart = start
    }
    return this.#window.subarray(start - this.#windowStart, end - this.#windowStart)
  }

  #readLayout(): CellLayout {
    const { fileInfoOffset, codec } = this.trailer
    const { url } = this.#source
    const { header, block } = this.#block(fileInfoOffset)
    if (header.magic !== 'FILEINF2') throw corrupt(url, `damaged HFile: no file info at byte ${fileInfoOffset}`)
    const info = parseFileInfo(blockBody(block, header, codec, { url, offset: fileInfoOffset }), url)
    const isTrue = (key: string): boolean => (info.get(key)?.at(-1) ?? 0) !== 0
    return {
      hasMvcc: isTrue('KEY_VALUE_VERSION'),
      hasTags: info.has('hfile.MAX_TAGS_LEN') && isNotZero(info.get('hfile.MAX_TAGS_LEN')!),
      hasCompressedTags: isTrue('hfile.TAGS_COMPRESSED'),
    }
  }
}

function isNotZero(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte !== 0)
}
