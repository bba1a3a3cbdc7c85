/**
 * What data files of text have in common: columns without statistics, and row groups that are chunks of CHUNK_BYTES, in which a row belongs to the chunk
 * in which it begins. How many rows that are is known when the chunk is opened.
 */
import type { DataType } from '../../core/types.ts'
import { nodeByName } from '../bind-tree.ts'
import type {
  BoundFile,
  DataFile,
  FileField,
  ReadContext,
  RowGroupInfo,
  RowGroupReader,
  TargetField,
} from '../format.ts'
import { type BoundText, rangeOfText } from './bound-text.ts'
import type { ChunkedText } from './chunked-text.ts'

/** What is known of any text before it is read. */
export interface TextShape {
  /** All columns of the file, in its order. */
  readonly columns: readonly { readonly name: string; readonly type: DataType }[]
  /** Rows of which a value is none of its column's type are left out. */
  readonly dropsRows: boolean
}

export abstract class TextDataFile implements DataFile {
  readonly rowCount: number = 0
  readonly context: ReadContext
  readonly chunks: ChunkedText
  abstract readonly layout: TextShape

  constructor(context: ReadContext, chunks: ChunkedText) {
    this.context = context
    this.chunks = chunks
  }

  protected abstract openChunk(columns: readonly BoundText[], chunk: number): RowGroupReader

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
    return {
      statistics: (_, column) => rangeOfText(columns[column]),
      mightMatch: () => true,
      openRowGroup: (chunk) => this.openChunk(columns, chunk),
    }
  }
}
