/** Reads the columns of one row group: makes a reader for each column on its first use. */
import { Arena } from '../../core/arena.ts'
import { assert, defined } from '../../core/assert.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import type { Selection, Vector } from '../../core/vector.ts'
import type { Expr } from '../../expr/expr.ts'
import type { SyncFile } from '../../storage/storage.ts'
import type { ReadContext, RowGroupReader, RowRange } from '../format.ts'
import type { BoundNode } from './bind.ts'
import { ConstantColumn } from './constant-column.ts'
import { type ByteRange, FileBytes } from './file-bytes.ts'
import { type ColumnReader, FlatColumn } from './flat-column.ts'
import { LeafReader } from './leaf-reader.ts'
import { NestedColumn } from './nested-column.ts'
import type { ColumnChunk } from './metadata.ts'
import type { ReaderContext } from './reader-context.ts'
import type { BoundLeaf } from './bind.ts'

/** A row group as its readers need it. */
export interface RowGroup {
  readonly rowCount: number
  /** The chunk of leaf column `leaf`. */
  chunk(leaf: number): ColumnChunk
}

export class ParquetRowGroupReader implements RowGroupReader {
  readonly rowCount: number
  readonly #group: RowGroup
  readonly #columns: readonly BoundNode[]
  readonly #readers: (ColumnReader | undefined)[] = []
  readonly #context: ReaderContext

  constructor(file: SyncFile, { memory, kernels }: ReadContext, group: RowGroup, columns: readonly BoundNode[]) {
    this.rowCount = group.rowCount
    this.#group = group
    this.#columns = columns
    this.#context = {
      ...{ url: file.url, memory, kernels, bytes: new FileBytes(memory, file) },
      lasting: new Arena(memory, 'pages of a Parquet file', 256 << 10),
      scratch: new Arena(memory, 'decoding a Parquet file', 256 << 10),
    }
  }

  candidateRanges(_predicate: Expr): readonly RowRange[] {
    return [{ start: 0, end: this.rowCount }]
  }

  prefetch(columns: readonly number[], ranges: readonly RowRange[]): void {
    if (ranges.length === 0) return
    const wanted = columns.flatMap((column) => leafNodesOf(defined(this.#columns[column], 'a bound column')))
    const bytes = wanted.map((leaf) => this.#chunkRange(leaf, this.#group.chunk(leaf.node.schema.firstLeaf)))
    if (FileBytes.mayPrefetch(bytes)) this.#context.bytes.prefetch(bytes)
  }

  read(column: number, start: number, end: number, selection: Selection | null, arena: Arena): Vector {
    assert(start <= end && end <= this.rowCount, 'rows beyond the row group')
    this.#context.scratch.reset()
    const reader = (this.#readers[column] ??= this.#open(defined(this.#columns[column], 'a bound column')))
    return reader.read(start, end, selection, arena)
  }

  get bytesRead(): number {
    return this.#context.bytes.bytesRead
  }

  close(): void {
    for (const reader of this.#readers.splice(0)) reader?.close()
    this.#context.bytes.close()
    this.#context.lasting.free()
    this.#context.scratch.free()
  }

  #open(column: BoundNode): ColumnReader {
    if (column.kind === 'missing') return new ConstantColumn(this.#context, column)
    if (column.kind === 'leaf' && column.node.schema.repetition === 0) {
      return new FlatColumn(this.#context, this.#openLeaf(column))
    }
    return new NestedColumn(this.#context, column, (leaf) => this.#openLeaf(leaf))
  }

  #openLeaf(leaf: BoundLeaf): LeafReader {
    const chunk = this.#group.chunk(leaf.node.schema.firstLeaf)
    const window = this.#context.bytes.openWindow(this.#chunkRange(leaf, chunk))
    return new LeafReader(this.#context, leaf.node, leaf.conversion, { chunk, window })
  }

  /** Bytes of a column chunk in the file, checked. */
  #chunkRange({ node }: BoundLeaf, chunk: ColumnChunk): ByteRange {
    const { url } = this.#context
    const { file } = this.#context.bytes
    if (chunk.isEncrypted) throw unsupported(`reading "${url}": the encrypted column "${node.name}"`)
    if (chunk.isElsewhere) throw unsupported(`reading "${url}": column chunks in other files`)
    const { physical } = node.schema.element
    if (chunk.physical !== physical) {
      throw corrupt(url, `column "${node.name}": expected type ${physical}, found ${chunk.physical}`)
    }
    const { dictionaryPageOffset, dataPageOffset, compressedByteCount } = chunk
    // Some writers put 0 for "no dictionary page".
    const hasDictionary = dictionaryPageOffset !== undefined && dictionaryPageOffset >= 4
    const start = hasDictionary ? Math.min(dictionaryPageOffset, dataPageOffset) : dataPageOffset
    const end = start + compressedByteCount
    if (start < 4 || end > file.byteCount) {
      throw corrupt(url, `column "${node.name}": bytes [${start}, ${end}) of a file of ${file.byteCount} bytes`)
    }
    return { start, end }
  }
}

function leafNodesOf(column: BoundNode): BoundLeaf[] {
  switch (column.kind) {
    case 'missing':
      return []
    case 'leaf':
      return [column]
    default:
      return column.children.flatMap(leafNodesOf)
  }
}
