/** A JSON file as a data file, in chunks: shared by threads where each line is a value, one after another else. */
import { InternalError } from '../../core/errors.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { nodeByName } from '../bind-tree.ts'
import { byteOrderMark } from '../csv/header.ts'
import type {
  BoundFile,
  ColumnRange,
  DataFile,
  FileField,
  FileFormat,
  ReadContext,
  RowGroupInfo,
  RowGroupReader,
  TargetField,
} from '../format.ts'
import { type BoundText, rangeOfText } from '../text/bound-text.ts'
import { CHUNK_BYTES, ChunkedText, type RowFinder } from '../text/chunked-text.ts'
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

export class JsonDataFile implements DataFile {
  readonly context: ReadContext
  readonly layout: JsonLayout
  readonly chunks: ChunkedText
  /** Where an array's reading is (kernel/wasm/text/json-rows.ts). */
  place = 0

  constructor(file: SyncFile, context: ReadContext, layout: JsonLayout, chunkBytes: number = CHUNK_BYTES) {
    this.context = context
    this.layout = layout
    this.chunks = new ChunkedText(file, context, {
      compression: layout.compression,
      isSequential: layout.form !== 'lines',
      chunkBytes,
      finder: new LineFinder(file),
    })
  }

  get rowCount(): number {
    return 0
  }

  get rowGroups(): readonly RowGroupInfo[] {
    return this.chunks.rowGroups
  }

  get isSequential(): boolean {
    return this.chunks.isSequential
  }

  hasRowGroup(chunk: number): boolean {
    return this.chunks.hasRowGroup(chunk)
  }

  close(): void {
    this.chunks.close()
  }

  get fields(): readonly FileField[] {
    return this.layout.columns.map(({ name, type }) => ({ name, type, nullable: true, children: [] }))
  }

  bind(targets: readonly TargetField[]): BoundFile {
    const nodes = this.layout.columns.map(({ name }, index) => ({ name, index }))
    const columns = targets.map(({ names, type, missing }): BoundText => {
      const node = nodeByName(nodes, names)
      if (node === undefined) return { kind: 'missing', type, value: missing ?? null }
      return { kind: 'column', type, index: node.index, name: node.name }
    })
    return new JsonBoundFile(this, columns)
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

class JsonBoundFile implements BoundFile {
  readonly #file: JsonDataFile
  readonly #columns: readonly BoundText[]

  constructor(file: JsonDataFile, columns: readonly BoundText[]) {
    this.#file = file
    this.#columns = columns
  }

  statistics(_rowGroup: number, column: number): ColumnRange | undefined {
    return rangeOfText(this.#columns[column])
  }

  mightMatch(): boolean {
    return true
  }

  openRowGroup(rowGroup: number): RowGroupReader {
    return new JsonGroupReader(this.#file, this.#columns, rowGroup)
  }
}
