/** A JSON file as a data file, in chunks: shared by threads where each line is a value, one after another else. */
import { InternalError } from '../../core/errors.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { byteOrderMark } from '../csv/header.ts'
import type { FileFormat, ReadContext, RowGroupReader } from '../format.ts'
import type { BoundText } from '../text/bound-text.ts'
import { CHUNK_BYTES, ChunkedText, type RowFinder } from '../text/chunked-text.ts'
import { TextDataFile } from '../text/text-data-file.ts'
import type { TextSource } from '../text/text-source.ts'
import { JsonGroupReader } from './group-reader.ts'
import type { JsonLayout } from './layout.ts'

export const jsonFormat: FileFormat = {
  name: 'json',
  open(file, context, layout) {
    if (layout?.kind !== 'json') throw new InternalError('a JSON file was opened without its layout')
    return new JsonDataFile(file, context, layout)
  },
}

export class JsonDataFile extends TextDataFile {
  readonly layout: JsonLayout
  /** Where an array's reading is (kernel/wasm/text/json-rows.ts). */
  place = 0

  constructor(file: SyncFile, context: ReadContext, layout: JsonLayout, chunkBytes: number = CHUNK_BYTES) {
    const chunks = new ChunkedText(file, context, {
      compression: layout.compression,
      isSequential: layout.form !== 'lines',
      chunkBytes,
      finder: new LineFinder(file),
    })
    super(context, chunks)
    this.layout = layout
  }

  protected openChunk(columns: readonly BoundText[], chunk: number): RowGroupReader {
    return new JsonGroupReader(this, columns, chunk)
  }
}

/** A line end is no part of a value: rows begin behind any. */
class LineFinder implements RowFinder {
  readonly #file: SyncFile
  bytesRead = 0

  constructor(file: SyncFile) {
    this.#file = file
  }

  firstRow(text: TextSource): number {
    const head = new Uint8Array(3)
    return byteOrderMark(head.subarray(0, text.copy(head, 0)))
  }

  firstFrom(target: number): number {
    const { byteCount } = this.#file
    if (target <= MARK_BYTES) {
      const head = new Uint8Array(Math.min(MARK_BYTES, byteCount))
      this.#file.readSync(head, 0)
      const first = byteOrderMark(head)
      if (target <= first) return first
    }
    for (let at = target - 1; at < byteCount; at += PIECE_BYTES) {
      const bytes = new Uint8Array(Math.min(PIECE_BYTES, byteCount - at))
      this.#file.readSync(bytes, at)
      this.bytesRead += bytes.length
      const place = bytes.indexOf(LF)
      if (place >= 0) return at + place + 1
    }
    return byteCount
  }

  learn(): void {
    // A look costs less than remembering.
  }
}

const PIECE_BYTES = 64 << 10
const LF = 10
const MARK_BYTES = 3
