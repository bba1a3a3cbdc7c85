/** Reads the columns of one row group: makes a reader for each column on its first use. */
import { Arena } from '../../core/arena.ts'
import { assert, defined } from '../../core/assert.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import type { Selection, Vector } from '../../core/vector.ts'
import { type Expr, walkExpr } from '../../expr/expr.ts'
import type { SyncFile } from '../../storage/storage.ts'
import type { BlockFile } from '../../core/block-cache.ts'
import type { ColumnRange, ReadContext, RowGroupReader, RowRange } from '../format.ts'
import type { BoundLeaf, BoundNode } from './bind.ts'
import { type PagedColumn, candidateRangesOf } from './candidate-ranges.ts'
import { ConstantColumn } from './constant-column.ts'
import { type ByteRange, FileBytes } from './file-bytes.ts'
import { type ColumnReader, FlatColumn } from './flat-column.ts'
import { LeafReader } from './leaf-reader.ts'
import { NestedColumn } from './nested-column.ts'
import type { PageIndex } from './index-cache.ts'
import type { ColumnChunk, ColumnOrder } from './metadata.ts'
import { cachedUntil } from './page-block.ts'
import { type OffsetIndex, pageOfRow } from './page-index.ts'
import type { ReaderContext } from './reader-context.ts'
import { pageRange } from './statistics.ts'

/** A row group as its readers need it. */
export interface RowGroup {
  readonly rowCount: number
  /** What the cache of decompressed pages knows the file by; undefined: it is not cached. */
  readonly blockFile: BlockFile | undefined
  /** How bounds of leaf column `leaf` were compared. */
  order(leaf: number): ColumnOrder
  /** The chunk of leaf column `leaf`. */
  chunk(leaf: number): ColumnChunk
  /** Statistics of target column `column`. */
  statistics(column: number): ColumnRange | undefined
  /** Reads the page indexes of leaf columns; `onRead` is told the bytes read. */
  pageIndexes(leaves: readonly number[], onRead: (byteCount: number) => void): void
  /** The page index of a leaf column, if it was read. */
  pageIndex(leaf: number): PageIndex | undefined
}

export class ParquetRowGroupReader implements RowGroupReader {
  readonly rowCount: number
  readonly #group: RowGroup
  readonly #columns: readonly BoundNode[]
  readonly #readers: (ColumnReader | undefined)[] = []
  readonly #context: ReaderContext

  constructor(
    file: SyncFile,
    { memory, kernels, blockCache, checksPages = false }: ReadContext,
    group: RowGroup,
    columns: readonly BoundNode[],
  ) {
    this.rowCount = group.rowCount
    this.#group = group
    this.#columns = columns
    this.#context = {
      url: file.url,
      memory,
      kernels,
      bytes: new FileBytes(memory, file),
      blocks: group.blockFile === undefined ? null : (blockCache?.openReader(group.blockFile) ?? null),
      checksPages,
      lasting: new Arena(memory, 'pages of a Parquet file', 256 << 10),
      scratch: new Arena(memory, 'decoding a Parquet file', 256 << 10),
    }
  }

  candidateRanges(predicate: Expr): readonly RowRange[] {
    const inputs = new Set<number>()
    for (const node of walkExpr(predicate)) if (node.kind === 'input') inputs.add(node.index)
    const leaves = [...inputs].flatMap((input) => flatLeaf(this.#columns[input]) ?? [])
    this.#loadIndexes(leaves)
    return candidateRangesOf(
      predicate,
      this.rowCount,
      (input) => this.#pagedColumn(input),
      (input) => this.#group.statistics(input),
    )
  }

  prefetch(columns: readonly number[], ranges: readonly RowRange[]): void {
    const rowCount = ranges.reduce((sum, { start, end }) => sum + end - start, 0)
    if (rowCount === 0) return
    const leaves = columns.flatMap((column) => leafNodesOf(defined(this.#columns[column], 'a bound column')))
    // Below a half of the rows, offset indexes cost less than the pages that they save.
    if (rowCount * 2 < this.rowCount) this.#loadIndexes(leaves)
    const bytes = leaves.flatMap((leaf) => this.#bytesOf(leaf, ranges)).flatMap((range) => this.#uncached(range))
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
    this.#context.blocks?.close()
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
    const { firstLeaf, repetition } = leaf.node.schema
    const chunk = this.#group.chunk(firstLeaf)
    if (repetition === 0 && chunk.valueCount !== this.rowCount) {
      const { url } = this.#context
      throw corrupt(
        url,
        `column "${leaf.node.name}": ${chunk.valueCount} values in a row group of ${this.rowCount} rows`,
      )
    }
    const window = this.#context.bytes.openWindow(this.#chunkRange(leaf, chunk))
    // What stands first is the dictionary: it was not fetched with the pages when it is large, and not all pages need it.
    const first = this.#offsetsOf(leaf)?.[0]?.offset ?? 0
    if (first > window.range.start) window.jump(first - window.range.start)
    const offsets = (): OffsetIndex | undefined => {
      if (chunk.compressedByteCount < INDEX_WORTH_BYTES && this.#offsetsOf(leaf) === undefined) return undefined
      this.#loadIndexes([leaf])
      return this.#offsetsOf(leaf)
    }
    return new LeafReader(this.#context, leaf.node, leaf.conversion, { chunk, window, offsets })
  }

  #loadIndexes(leaves: readonly BoundLeaf[]): void {
    const numbers = leaves.map((leaf) => leaf.node.schema.firstLeaf)
    this.#group.pageIndexes(numbers, (byteCount) => {
      this.#context.bytes.bytesRead += byteCount
    })
  }

  /** The pages of a leaf, when its index was read and lies within the chunk. */
  #offsetsOf(leaf: BoundLeaf): OffsetIndex | undefined {
    const { firstLeaf } = leaf.node.schema
    const offsets = this.#group.pageIndex(firstLeaf)?.offsets
    if (offsets === undefined) return undefined
    const { start, end } = this.#chunkRange(leaf, this.#group.chunk(firstLeaf))
    const last = offsets.at(-1)!
    const fits = offsets[0]!.offset >= start && last.offset + last.byteCount <= end && last.firstRow <= this.rowCount
    return fits ? offsets : undefined
  }

  /**
   * What to read of a leaf for some rows: its pages there, or the whole chunk. Its dictionary too, unless it is larger than they are: columns whose
   * dictionary became too large have pages without codes.
   */
  #bytesOf(leaf: BoundLeaf, ranges: readonly RowRange[]): ByteRange[] {
    const chunk = this.#chunkRange(leaf, this.#group.chunk(leaf.node.schema.firstLeaf))
    const offsets = this.#offsetsOf(leaf)
    if (offsets === undefined) return [chunk]
    const pages = ranges.map((range) => {
      const from = offsets[pageOfRow(offsets, range.start)]!
      const to = offsets[pageOfRow(offsets, Math.max(range.start, range.end - 1))]!
      return { start: from.offset, end: to.offset + to.byteCount }
    })
    const dictionary = { start: chunk.start, end: offsets[0]!.offset }
    return byteCountOf([dictionary]) > byteCountOf(pages) ? pages : [dictionary, ...pages]
  }

  /** A range of whole pages without those at its beginning that are cached. */
  #uncached(range: ByteRange): ByteRange[] {
    const { blocks, memory } = this.#context
    if (blocks === null) return [range]
    const start = cachedUntil(memory, blocks, range)
    return start >= range.end ? [] : [{ start, end: range.end }]
  }

  #pagedColumn(input: number): PagedColumn | undefined {
    const leaf = flatLeaf(this.#columns[input])
    if (leaf === undefined) return undefined
    const { firstLeaf } = leaf.node.schema
    const offsets = this.#offsetsOf(leaf)
    const index = this.#group.pageIndex(firstLeaf)?.columns
    if (offsets === undefined || index === undefined) return undefined
    const order = this.#group.order(firstLeaf)
    return {
      firstRows: offsets.map(({ firstRow }) => firstRow),
      range: (page) => {
        const end = offsets[page + 1]?.firstRow ?? this.rowCount
        return pageRange(index, page, leaf, { rowCount: end - offsets[page]!.firstRow, order })
      },
    }
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

function byteCountOf(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0)
}

/** Smaller chunks are walked from page to page. */
const INDEX_WORTH_BYTES = 256 << 10

/** The leaf of a column that has a value a row. */
function flatLeaf(column: BoundNode | undefined): BoundLeaf | undefined {
  return column?.kind === 'leaf' && column.node.schema.repetition === 0 ? column : undefined
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
