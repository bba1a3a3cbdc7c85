/** A Lance file, and its columns bound to those that a table asks for. */
import { corrupt } from '../../core/errors.ts'
import type { Expr } from '../../expr/expr.ts'
import { mightMatch } from '../../expr/prune.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { type BoundTree, bindTree, rangeOfMissing } from '../bind-tree.ts'
import type { BoundFile, ColumnRange, DataFile, FileField } from '../format.ts'
import type { ReadContext, RowGroupInfo, RowGroupReader, RowRange, TargetField } from '../format.ts'
import { type LanceMetadata, isString } from './file-metadata.ts'
import { LanceGroupReader, hasLists } from './group-reader.ts'
import { KeptDictionaries, openLanceContext } from './reader-context.ts'
import { type LanceNode, lanceFileField } from './schema.ts'

/** Rows of a row group: enough for a batch or two, few enough that vectors of thousands of numbers fit the memory. */
const GROUP_ROWS = 16_384

export class LanceDataFile implements DataFile {
  readonly file: SyncFile
  readonly context: ReadContext
  readonly metadata: LanceMetadata
  readonly rowGroups: readonly RowGroupInfo[]
  readonly columnOf: ReadonlyMap<LanceNode, number>
  readonly dictionaries: KeptDictionaries = new KeptDictionaries()

  constructor(file: SyncFile, context: ReadContext, metadata: LanceMetadata) {
    this.file = file
    this.context = context
    this.metadata = metadata
    this.columnOf = numberColumns(metadata)
    const { rowCount } = metadata
    this.rowGroups = Array.from({ length: Math.ceil(rowCount / GROUP_ROWS) }, (_, i) => {
      const firstRow = i * GROUP_ROWS
      const rows = Math.min(GROUP_ROWS, rowCount - firstRow)
      // A file is read as one: its rows have no place of their own in it.
      return { rowCount: rows, firstRow, byteOffset: 0, byteCount: Math.ceil((file.byteCount * rows) / rowCount) }
    })
  }

  get rowCount(): number {
    return this.metadata.rowCount
  }

  get fields(): readonly FileField[] {
    return this.metadata.columns.map(lanceFileField)
  }

  bind(targets: readonly TargetField[]): BoundFile {
    const columns = bindTree(targets, this.metadata.columns)
    // A dataset names the files that have a field: unlike other formats it asks no other for it.
    columns.forEach(({ kind }, i) => {
      const { id, names } = targets[i]!
      if (kind !== 'missing' || id === undefined || this.metadata.columns.some((node) => node.id === id)) return
      throw corrupt(this.file.url, `it lacks the field ${id}, column "${names[0] ?? ''}"`)
    })
    return new LanceBoundFile(this, columns)
  }
}

/** Leaves have a column each (strings of Lance 0.13 two), in the order of the schema; structs and lists have one up to version 2.0 only. */
function numberColumns({ columns, version, stringsAreLists }: LanceMetadata): ReadonlyMap<LanceNode, number> {
  const numbers = new Map<LanceNode, number>()
  let next = 0
  const add = (node: LanceNode): void => {
    const isLeaf = node.raw !== undefined || node.refusal !== undefined || node.field.isPacked
    if (isLeaf || version === '2.0' || version === 'legacy') numbers.set(node, next++)
    if (stringsAreLists && isString(node)) next++
    if (!isLeaf) node.children.forEach(add)
  }
  columns.forEach(add)
  return numbers
}

class LanceBoundFile implements BoundFile {
  readonly #file: LanceDataFile
  readonly #columns: readonly BoundTree<LanceNode>[]

  constructor(file: LanceDataFile, columns: readonly BoundTree<LanceNode>[]) {
    this.#file = file
    this.#columns = columns
  }

  /** These versions have no statistics: only what the file lacks is known. */
  statistics(rowGroup: number, column: number): ColumnRange | undefined {
    const bound = this.#columns[column]
    const { rowCount } = this.#file.rowGroups[rowGroup]!
    return bound?.kind === 'missing' ? rangeOfMissing(bound, rowCount) : { exact: false, valueCount: rowCount }
  }

  mightMatch(rowGroup: number, predicate: Expr): boolean {
    return mightMatch(predicate, (input) => this.statistics(rowGroup, input))
  }

  openRowGroup(rowGroup: number): RowGroupReader {
    const { firstRow, rowCount } = this.#file.rowGroups[rowGroup]!
    return this.#reader({ start: firstRow, end: firstRow + rowCount })
  }

  /** Lists have no place of their own: where a row's begins is known when those before it have been read. */
  get openRows(): BoundFile['openRows'] {
    if (this.#columns.some(hasLists)) return undefined
    return (rows) => this.#reader(rows)
  }

  #reader(rows: RowRange | Float64Array): RowGroupReader {
    const { file, context, metadata, columnOf } = this.#file
    return new LanceGroupReader(openLanceContext(file, context, this.#file.dictionaries), {
      metadata,
      columnOf,
      columns: this.#columns,
      rows,
    })
  }
}
