/** Page indexes of a file, read when asked for and kept with its footer. */
import type { SyncFile } from '../../storage/storage.ts'
import { coalesce } from './file-bytes.ts'
import type { ColumnChunk } from './metadata.ts'
import { type ColumnIndex, type OffsetIndex, readColumnIndex, readOffsetIndex } from './page-index.ts'
import { ThriftError } from './thrift.ts'

/** A page index, or what is there of it. */
export interface PageIndex {
  readonly offsets: OffsetIndex | undefined
  readonly columns: ColumnIndex | undefined
}

const NONE: PageIndex = { offsets: undefined, columns: undefined }
/** Chunks whose indexes a footer keeps: some KiB each. */
const ENTRIES_MAX = 1024
/** An index has some 40 bytes a page; more is taken for damaged, and left unread. */
const INDEX_BYTES_MAX = 64 << 20

export class IndexCache {
  readonly #known = new Map<number, PageIndex>()

  /** The index of one chunk, if it was read. */
  peek(key: number): PageIndex | undefined {
    return this.#known.get(key)
  }

  /**
   * Reads the indexes of several chunks (by key: a number of the caller's for each chunk of the file), near ones at once.
   * An index that is damaged counts as absent: it only saves reading. `onRead` is told the bytes read.
   */
  load(file: SyncFile, chunks: ReadonlyMap<number, ColumnChunk>, onRead: (byteCount: number) => void): void {
    const wanted = [...chunks].filter(([key]) => !this.#known.has(key))
    if (wanted.length === 0) return
    const ranges = wanted.flatMap(([, chunk]) => rangesOf(chunk, file.byteCount))
    const parts = coalesce(ranges).map(({ start, end }) => {
      const bytes = new Uint8Array(end - start)
      file.readSync(bytes, start)
      onRead(bytes.length)
      return { start, end, bytes }
    })
    const bytesAt = ({ start, end }: { start: number; end: number }): Uint8Array => {
      const part = parts.find((candidate) => candidate.start <= start && end <= candidate.end)!
      return part.bytes.subarray(start - part.start, end - part.start)
    }
    if (this.#known.size + wanted.length > ENTRIES_MAX) this.#known.clear()
    for (const [key, chunk] of wanted) this.#known.set(key, decode(chunk, file.byteCount, bytesAt))
  }
}

interface Range {
  readonly start: number
  readonly end: number
}

function offsetRange(chunk: ColumnChunk, fileBytes: number): Range | undefined {
  return rangeOf(chunk.offsetIndexOffset, chunk.offsetIndexByteCount, fileBytes)
}

function columnRange(chunk: ColumnChunk, fileBytes: number): Range | undefined {
  return rangeOf(chunk.columnIndexOffset, chunk.columnIndexByteCount, fileBytes)
}

function rangeOf(start: number | undefined, byteCount: number | undefined, fileBytes: number): Range | undefined {
  if (start === undefined || byteCount === undefined || byteCount === 0 || byteCount > INDEX_BYTES_MAX) return undefined
  return start >= 4 && start + byteCount <= fileBytes ? { start, end: start + byteCount } : undefined
}

function rangesOf(chunk: ColumnChunk, fileBytes: number): Range[] {
  const ranges = [offsetRange(chunk, fileBytes), columnRange(chunk, fileBytes)]
  return ranges.filter((range) => range !== undefined)
}

function decode(chunk: ColumnChunk, fileBytes: number, bytesAt: (range: Range) => Uint8Array): PageIndex {
  const offsets = offsetRange(chunk, fileBytes)
  if (offsets === undefined) return NONE
  try {
    const pages = readOffsetIndex(bytesAt(offsets))
    if (pages === undefined) return NONE
    const columns = columnRange(chunk, fileBytes)
    const index = columns === undefined ? undefined : readColumnIndex(bytesAt(columns), pages.length)
    return { offsets: pages, columns: index }
  } catch (error) {
    if (error instanceof ThriftError) return NONE
    throw error
  }
}
