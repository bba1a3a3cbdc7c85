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
  #starts: ChunkStarts | undefined

  constructor(file: SyncFile, context: ReadContext, layout: CsvLayout, chunkBytes: number = CHUNK_BYTES) {
    this.file = file
    this.context = context
    this.layout = layout
    const count = Math.ceil(file.byteCount / chunkBytes)
    this.rowGroups = Array.from({ length: count }, (_, i) => {
      const byteOffset = i * chunkBytes
      const byteCount = Math.min(chunkBytes, file.byteCount - byteOffset)
      return { rowCount: 0, firstRow: 0, byteOffset, byteCount, isGuess: true }
    })
  }

  get rowCount(): number {
    return 0
  }

  get fields(): readonly FileField[] {
    return this.layout.columns.map(({ name, type }) => ({ name, type, nullable: true, children: [] }))
  }

  /** Where the chunks' rows begin, as this reader of the file has found. */
  get starts(): ChunkStarts {
    if (this.#starts === undefined) {
      const arena = new Arena(this.context.memory, 'the header of a CSV file', 1 << 16)
      try {
        const offset = firstRowOffset(this.file, this.layout, { ...this.context, arena })
        this.#starts = new ChunkStarts(this.file, this.context, this.layout.dialect, offset)
      } finally {
        arena.free()
      }
    }
    return this.#starts
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
