/** An Avro container file as a data file, and its fields bound to the columns that a table asks for. */
import type { DataType } from '../../core/types.ts'
import type { Expr } from '../../expr/expr.ts'
import { mightMatch } from '../../expr/prune.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { type BoundTree, bindTree, rangeOfMissing } from '../bind-tree.ts'
import type { BoundFile, ColumnRange, DataFile, FileField } from '../format.ts'
import type { ReadContext, RowGroupInfo, RowGroupReader, TargetField } from '../format.ts'
import { type ConversionStep, VIEWS_TO_UUID } from '../parquet/conversion.ts'
import type { AvroIndex } from './block-index.ts'
import { type AvroNode, avroField } from './file-node.ts'
import { AvroGroupReader } from './group-reader.ts'
import { type AvroProgram, compileProgram } from './program.ts'

export class AvroDataFile implements DataFile {
  readonly file: SyncFile
  readonly context: ReadContext
  readonly index: AvroIndex

  constructor(file: SyncFile, context: ReadContext, index: AvroIndex) {
    this.file = file
    this.context = context
    this.index = index
  }

  get rowCount(): number {
    return this.index.rowCount
  }

  get rowGroups(): readonly RowGroupInfo[] {
    return this.index.groups
  }

  get fields(): readonly FileField[] {
    return this.index.columns.map(avroField)
  }

  bind(targets: readonly TargetField[]): BoundFile {
    return new AvroBoundFile(this, bindTree(targets, this.index.columns, ownSteps))
  }
}

/** Tables say what some files do not: that sixteen bytes are a UUID. */
function ownSteps({ type }: AvroNode, to: DataType): readonly ConversionStep[] | undefined {
  return type.kind === 'bytea' && to.kind === 'uuid' ? [VIEWS_TO_UUID] : undefined
}

class AvroBoundFile implements BoundFile {
  readonly #file: AvroDataFile
  readonly #columns: readonly BoundTree<AvroNode>[]
  #program: AvroProgram | undefined

  constructor(file: AvroDataFile, columns: readonly BoundTree<AvroNode>[]) {
    this.#file = file
    this.#columns = columns
  }

  /** Avro has no statistics: only what the file lacks is known. */
  statistics(rowGroup: number, column: number): ColumnRange | undefined {
    const bound = this.#columns[column]
    const { rowCount } = this.#file.rowGroups[rowGroup]!
    if (bound?.kind !== 'missing') return { exact: false, valueCount: rowCount }
    return rangeOfMissing(bound, rowCount)
  }

  mightMatch(rowGroup: number, predicate: Expr): boolean {
    return mightMatch(predicate, (input) => this.statistics(rowGroup, input))
  }

  openRowGroup(rowGroup: number): RowGroupReader {
    const { file, context, index } = this.#file
    this.#program ??= compileProgram(index.record, this.#columns, index.written)
    const group = index.groups[rowGroup]!
    return new AvroGroupReader(file, context, { codec: index.header.codec, group, program: this.#program })
  }
}
