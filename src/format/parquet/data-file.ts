/** A Parquet file, and its columns bound to those that a table asks for. */
import { Arena } from '../../core/arena.ts'
import { type BlockFile, blockFileOf } from '../../core/block-cache.ts'
import { corrupt } from '../../core/errors.ts'
import { storageOf } from '../../core/types.ts'
import type { Expr } from '../../expr/expr.ts'
import { mightMatch } from '../../expr/prune.ts'
import type { SyncFile } from '../../storage/storage.ts'
import type { BoundFile, ColumnRange, DataFile, FileField } from '../format.ts'
import type { ReadContext, RowGroupInfo, RowGroupReader, TargetField } from '../format.ts'
import { type BoundLeaf, type BoundNode, bindFields } from './bind.ts'
import { bloomMightMatch } from './bloom-filter.ts'
import { readColumnChunk } from './column-chunk.ts'
import { type FileNode, fieldOf, fileNodes } from './file-node.ts'
import { type Footer, fromThriftError } from './footer.ts'
import type { ColumnChunk, RowGroupMetadata } from './metadata.ts'
import { leafPaths } from './schema.ts'
import { ParquetRowGroupReader, type RowGroup } from './row-group-reader.ts'
import { rangeOf } from './statistics.ts'

export class ParquetDataFile implements DataFile {
  readonly file: SyncFile
  readonly context: ReadContext
  readonly footer: Footer
  readonly rowCount: number
  readonly rowGroups: readonly RowGroupInfo[]
  readonly skipsRows = true
  readonly #nodes: readonly FileNode[]
  readonly #chunks = new Map<number, ColumnChunk>()
  #blockFile: BlockFile | null | undefined
  #paths: readonly string[] | undefined

  constructor(file: SyncFile, context: ReadContext, footer: Footer) {
    this.file = file
    this.context = context
    this.footer = footer
    const { metadata, schema } = footer
    this.#nodes = fileNodes(schema, metadata)
    let rowCount = 0
    this.rowGroups = metadata.rowGroups.map((group, i) => {
      if (group.chunkPositions.length !== schema.endLeaf) {
        const found = group.chunkPositions.length
        throw corrupt(file.url, `row group ${i}: expected ${schema.endLeaf} columns, found ${found}`)
      }
      const info = this.#rowGroupInfo(group, i, rowCount)
      rowCount += group.rowCount
      return info
    })
    // parquet-rs 0.3.0 wrote 0 (parquet-testing, repeated_no_annotation.parquet).
    if (metadata.rowCount !== 0 && metadata.rowCount !== rowCount) {
      throw corrupt(file.url, `the row groups have ${rowCount} rows, the footer says ${metadata.rowCount}`)
    }
    this.rowCount = rowCount
  }

  get fields(): readonly FileField[] {
    return this.#nodes.map(fieldOf)
  }

  fieldStatistics(rowGroup: number, path: readonly string[]): ColumnRange | undefined {
    let nodes = this.#nodes
    let found: FileNode | undefined
    for (const name of path) {
      found = nodes.find((node) => node.name === name)
      nodes = found?.kind === 'struct' ? found.children : []
    }
    if (found?.kind !== 'leaf' || found.schema.repetition > 0) return undefined
    const leaf = found.schema.firstLeaf
    const { statistics } = this.chunk(rowGroup, leaf)
    if (statistics === undefined) return undefined
    const order = this.footer.metadata.columnOrders[leaf] ?? 'type'
    return rangeOf(statistics, found, found.type, { rowCount: this.rowGroups[rowGroup]!.rowCount, order })
  }

  bind(targets: readonly TargetField[]): BoundFile {
    const columns = bindFields(targets, this.#nodes)
    if (columns.some(lacksSome)) this.#checkPaths()
    return new ParquetBoundFile(this, columns)
  }

  /** What the cache of decompressed pages knows the file by; undefined: it is not cached. */
  get blockFile(): BlockFile | undefined {
    // What was decrypted is not for those without keys.
    if (this.context.blockCache === undefined || this.footer.decryption !== undefined) return undefined
    if (this.#blockFile === undefined) this.#blockFile = blockFileOf(this.file) ?? null
    return this.#blockFile ?? undefined
  }

  /** Metadata of a leaf's chunk, decoded when first asked for. */
  chunk(rowGroup: number, leaf: number): ColumnChunk {
    const key = this.chunkKey(rowGroup, leaf)
    const known = this.#chunks.get(key)
    if (known !== undefined) return known
    const { footer } = this.footer.metadata
    const position = this.footer.metadata.rowGroups[rowGroup]!.chunkPositions[leaf]!
    try {
      const stored = readColumnChunk(footer, position)
      const chunk = this.footer.decryption?.open(stored, { rowGroup, column: leaf, key }) ?? stored
      this.#checkPath(chunk, leaf)
      this.#chunks.set(key, chunk)
      return chunk
    } catch (error) {
      throw fromThriftError(error, this.file.url, this.file.byteCount - 8 - footer.length)
    }
  }

  /** The schema and the chunks say each column's name: damage changes one of them. */
  #checkPath({ path }: ColumnChunk, leaf: number): void {
    this.#paths ??= leafPaths(this.footer.schema)
    const expected = this.#paths[leaf]!
    // Some writers give the leaf's own name, without the groups that it is in.
    if (path === expected || path.split('\0').length !== expected.split('\0').length) return
    const [found, wanted] = [path, expected].map((text) => text.slice(0, -1).replaceAll('\0', '.'))
    throw corrupt(this.file.url, `the column "${wanted}" is called "${found}" by its row groups`)
  }

  /** A column that is missing may be there under its name as it was. */
  #checkPaths(): void {
    const leaves = this.footer.schema.endLeaf
    if (this.rowGroups.length === 0 || this.footer.decryption !== undefined || leaves > PATHS_MAX) return
    for (let leaf = 0; leaf < leaves; leaf++) this.chunk(0, leaf)
  }

  /** A number of its own for each chunk of the file. */
  chunkKey(rowGroup: number, leaf: number): number {
    return rowGroup * this.footer.schema.endLeaf + leaf
  }

  #rowGroupInfo(group: RowGroupMetadata, index: number, firstRow: number): RowGroupInfo {
    const { rowCount, totalByteCount, compressedByteCount, fileOffset } = group
    const byteCount =
      compressedByteCount !== undefined && compressedByteCount > 0 ? compressedByteCount : totalByteCount
    let byteOffset = fileOffset ?? 0
    if (byteOffset < 4 && group.chunkPositions.length > 0) {
      const { dictionaryPageOffset, dataPageOffset } = this.chunk(index, 0)
      const hasDictionary = dictionaryPageOffset !== undefined && dictionaryPageOffset >= 4
      byteOffset = hasDictionary ? Math.min(dictionaryPageOffset, dataPageOffset) : dataPageOffset
    }
    return { rowCount, firstRow, byteOffset, byteCount }
  }
}

/** Leaves whose names are compared where a file lacks some that are asked for. */
const PATHS_MAX = 1000

function lacksSome(bound: BoundNode): boolean {
  return bound.kind === 'missing' || (bound.kind === 'struct' && bound.children.some(lacksSome))
}

class ParquetBoundFile implements BoundFile {
  readonly #file: ParquetDataFile
  readonly #columns: readonly BoundNode[]

  constructor(file: ParquetDataFile, columns: readonly BoundNode[]) {
    this.#file = file
    this.#columns = columns
  }

  statistics(rowGroup: number, column: number): ColumnRange | undefined {
    const bound = this.#columns[column]
    const { rowCount } = this.#file.rowGroups[rowGroup]!
    if (bound?.kind === 'missing') {
      if (bound.value === null) return { exact: true, nullCount: rowCount, valueCount: rowCount }
      const storage = storageOf(bound.type)
      if (storage === 'list' || storage === 'struct') return undefined
      return { min: bound.value, max: bound.value, exact: true, nullCount: 0, valueCount: rowCount }
    }
    if (bound?.kind !== 'leaf' || bound.node.schema.repetition > 0) return undefined
    const leaf = bound.node.schema.firstLeaf
    const { statistics } = this.#file.chunk(rowGroup, leaf)
    if (statistics === undefined) return { exact: false, valueCount: rowCount }
    const order = this.#file.footer.metadata.columnOrders[leaf] ?? 'type'
    return rangeOf(statistics, bound.node, bound.type, { rowCount, order })
  }

  mightMatch(rowGroup: number, predicate: Expr): boolean {
    if (!mightMatch(predicate, (input) => this.statistics(rowGroup, input))) return false
    const { file, context } = this.#file
    const scratch = new Arena(context.memory, 'looking up a Bloom filter', 64 << 10)
    try {
      return bloomMightMatch(predicate, {
        file,
        context,
        scratch,
        column: (input) => this.#leafChunk(rowGroup, input),
      })
    } finally {
      scratch.free()
    }
  }

  openRowGroup(rowGroup: number): RowGroupReader {
    const file = this.#file
    const { rowCount } = file.rowGroups[rowGroup]!
    const group: RowGroup = {
      rowCount,
      blockFile: file.blockFile,
      order: (leaf) => file.footer.metadata.columnOrders[leaf] ?? 'type',
      chunk: (leaf) => file.chunk(rowGroup, leaf),
      statistics: (column) => this.statistics(rowGroup, column),
      pageIndexes: (leaves, onRead) => {
        const chunks = new Map(leaves.map((leaf) => [file.chunkKey(rowGroup, leaf), file.chunk(rowGroup, leaf)]))
        file.footer.indexes.load(file.file, chunks, onRead)
      },
      pageIndex: (leaf) => file.footer.indexes.peek(file.chunkKey(rowGroup, leaf)),
    }
    return new ParquetRowGroupReader(file.file, file.context, group, this.#columns)
  }

  #leafChunk(rowGroup: number, column: number): { leaf: BoundLeaf; chunk: ColumnChunk } | undefined {
    const leaf = this.#columns[column]
    if (leaf?.kind !== 'leaf' || leaf.node.schema.repetition > 0) return undefined
    return { leaf, chunk: this.#file.chunk(rowGroup, leaf.node.schema.firstLeaf) }
  }
}
