/**
 * A CSV file as a data file. Its row groups are chunks of CHUNK_BYTES: a row belongs to the chunk in which it begins. Which rows those are
 * (chunk-starts.ts), and how many, is known when the chunk is opened.
 */
import { Arena } from '../../core/arena.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { nodeByName } from '../bind-tree.ts'
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
import { InternalError } from '../../core/errors.ts'
import { type BoundText, rangeOfText } from '../text/bound-text.ts'
import { lineAt } from '../text/text-error.ts'
import { type TextSource, openText } from '../text/text-source.ts'
import { ChunkStarts } from './chunk-starts.ts'
import { CsvGroupReader } from './group-reader.ts'
import { firstRowOffset } from './header.ts'
import type { CsvLayout } from './layout.ts'

/** Some ten thousand rows: enough to be worth a start, few enough that threads share a file evenly. */
export const CHUNK_BYTES: number = 2 << 20

export const csvFormat: FileFormat = {
  name: 'csv',
  open(file, context, layout) {
    if (layout?.kind !== 'csv') throw new InternalError('a CSV file was opened without its layout')
    return new CsvDataFile(file, context, layout)
  },
}

export class CsvDataFile implements DataFile {
  readonly file: SyncFile
  readonly context: ReadContext
  readonly layout: CsvLayout
  readonly rowGroups: readonly RowGroupInfo[]
  /** The text of compressed files is found from the beginning on. */
  readonly isSequential: boolean
  readonly chunkBytes: number
  #starts: ChunkStarts | undefined
  #text: TextSource | undefined
  /** Of sequential files: the chunk that is read next, and where it begins. */
  #next = { chunk: 0, start: 0 }
  #isAtEnd = false

  constructor(file: SyncFile, context: ReadContext, layout: CsvLayout, chunkBytes: number = CHUNK_BYTES) {
    this.file = file
    this.context = context
    this.layout = layout
    this.chunkBytes = chunkBytes
    this.isSequential = layout.compression !== 'none'
    const count = this.isSequential ? 1 : Math.ceil(file.byteCount / chunkBytes)
    this.rowGroups = Array.from({ length: count }, (_, i) => {
      const byteOffset = i * chunkBytes
      const byteCount = this.isSequential ? file.byteCount : Math.min(chunkBytes, file.byteCount - byteOffset)
      return { rowCount: 0, firstRow: 0, byteOffset, byteCount, isGuess: true }
    })
  }

  hasRowGroup(chunk: number): boolean {
    return chunk === 0 || (chunk === this.#next.chunk && !this.#isAtEnd)
  }

  /** What a chunk is to begin with and where rows of the next one begin; both in the text. */
  boundsOf(chunk: number): { readonly start: number; readonly end: number } {
    if (this.isSequential) {
      if (chunk === 0) this.#startAgain()
      const { start } = this.#next
      return { start, end: start + this.chunkBytes }
    }
    const { byteOffset, byteCount } = this.rowGroups[chunk]!
    return { start: this.#chunkStarts().firstFrom(byteOffset), end: byteOffset + byteCount }
  }

  /** Tells where the rows of a chunk ended. */
  learn(chunk: number, { end, next, isAtEnd }: { end: number; next: number; isAtEnd: boolean }): void {
    if (!this.isSequential) {
      this.#chunkStarts().learn(end, next)
      return
    }
    this.#next = { chunk: chunk + 1, start: next }
    this.#isAtEnd = isAtEnd
    this.text.release(next)
  }

  get text(): TextSource {
    return (this.#text ??= openText(this.file, this.layout.compression, this.context))
  }

  /** The line of a byte of the text, from 1. */
  lineAt(offset: number): number {
    const text = openText(this.file, this.layout.compression, this.context)
    try {
      return lineAt(text, offset)
    } finally {
      text.close()
    }
  }

  /** Bytes of the file that were looked at to find where chunks begin. */
  get bytesSearched(): number {
    return this.#starts?.bytesRead ?? 0
  }

  close(): void {
    this.#text?.close()
    this.#text = undefined
  }

  #startAgain(): void {
    this.close()
    this.#next = { chunk: 0, start: this.#firstRow() }
    this.#isAtEnd = false
  }

  /** Where the chunks' rows begin, as this reader of the file has found. */
  #chunkStarts(): ChunkStarts {
    return (this.#starts ??= new ChunkStarts(this.file, this.context, this.layout.dialect, this.#firstRow()))
  }

  #firstRow(): number {
    const arena = new Arena(this.context.memory, 'the header of a CSV file', 1 << 16)
    try {
      return firstRowOffset(this.text, this.layout, { ...this.context, arena })
    } finally {
      arena.free()
    }
  }

  get rowCount(): number {
    return 0
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
    return new CsvBoundFile(this, columns)
  }
}

class CsvBoundFile implements BoundFile {
  readonly #file: CsvDataFile
  readonly #columns: readonly BoundText[]

  constructor(file: CsvDataFile, columns: readonly BoundText[]) {
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
    return new CsvGroupReader(this.#file, this.#columns, rowGroup)
  }
}
