/**
 * `t$position_deletes`: every deleted row number, one a row, scanned from the delete files.
 *
 * A deletion vector has no rows to read: its data file is scanned for the row numbers that the vector names, which reads none of its columns.
 *
 * Spec: Iceberg documentation, "Spark Queries, Position deletes"; columns as Iceberg Java's PositionDeletesTable.
 */
import { BIGINT, type Field, INTEGER, type Schema, VARCHAR } from '../../../core/types.ts'
import type { LiteralValue } from '../../../expr/expr.ts'
import type { TargetField } from '../../../format/format.ts'
import type { ColumnSource, FileRef, Pushdown, ScanTask, Table, TableStatistics } from '../../table.ts'
import { targetField } from '../column-sources.ts'
import { FILE_PATH_ID } from '../delete-index.ts'
import { readDeletionVector } from '../deletion-vector.ts'
import type { ContentFile } from '../manifest.ts'
import { type PartitionType, partitionTypeOf } from '../partition-type.ts'
import { dataFileRef } from '../scan.ts'
import { type NestedField, fieldOf } from '../schema.ts'
import { type MetadataTableContext, entriesOf } from './content.ts'

/** Reserved ids (spec, "Reserved Field IDs"). */
const POSITION_ID = 2_147_483_545
const ROW_ID = 2_147_483_544

export class PositionDeletesTable implements Table {
  readonly name: string
  readonly format = 'iceberg'
  readonly schema: Schema
  readonly hiddenColumns: readonly Field[] = []
  readonly #context: MetadataTableContext
  readonly #partition: PartitionType
  /** The deleted row itself, where a writer kept it. */
  readonly #row: NestedField

  constructor(context: MetadataTableContext) {
    this.name = `${context.name}$position_deletes`
    this.#context = context
    this.#partition = partitionTypeOf(context.specs)
    this.#row = { id: ROW_ID, name: 'row', required: false, type: { kind: 'struct', fields: context.schema.fields } }
    const { type } = this.#partition
    const fields: Field[] = [
      { name: 'file_path', type: VARCHAR, nullable: false },
      { name: 'pos', type: BIGINT, nullable: false },
      // Columns of this table are found by name: ids are those of the delete files.
      { name: 'row', type: fieldOf(this.#row).type, nullable: true },
      ...(type === null ? [] : [{ name: 'partition', type, nullable: true }]),
      { name: 'spec_id', type: INTEGER, nullable: false },
      { name: 'delete_file_path', type: VARCHAR, nullable: false },
      ...(context.metadata.formatVersion < 3
        ? []
        : [
            { name: 'content_offset', type: BIGINT, nullable: true },
            { name: 'content_size_in_bytes', type: BIGINT, nullable: true },
          ]),
    ]
    this.schema = { fields }
  }

  async statistics(): Promise<TableStatistics> {
    const { snapshot } = this.#context
    const rowCount = Number(snapshot?.summary.get('total-position-deletes') ?? 0) || 0
    return { rowCount, exact: false, byteCount: rowCount * 16, fileCount: 0, columns: new Map() }
  }

  async *scan({ columns, predicate }: Pushdown): AsyncGenerator<ScanTask> {
    const names = columns.map(({ name }) => name)
    const types = new Map(columns.map(({ name, type }) => [name, type]))
    const rowType = types.get('row')
    const row = rowType === undefined ? undefined : targetField(this.#row, rowType, undefined)
    const dataFiles = await this.#vectorTargets()
    for await (const { status, file } of entriesOf(this.#context)) {
      if (status === 'deleted' || file.content !== 'position-deletes') continue
      const target = file.format === 'puffin' ? dataFiles.get(file.referencedDataFile ?? '') : undefined
      const sources = names.map((name) => this.#source(name, file, target === undefined ? row : undefined))
      if (file.format !== 'puffin') {
        const ref = dataFileRef(this.#context, file)
        yield { file: ref, rowCount: file.recordCount, columns: sources, deletes: [], residual: predicate }
      } else if (target !== undefined) {
        const rows = await readDeletionVector(this.#context.access, file)
        const only = [{ kind: 'positions', rows } as const]
        yield { file: target, rowCount: rows.length, columns: sources, deletes: [], only, residual: predicate }
      }
    }
  }

  metadataTables(): readonly string[] {
    return []
  }

  /** Data files that deletion vectors are for, by path. */
  async #vectorTargets(): Promise<ReadonlyMap<string, FileRef>> {
    const wanted = new Set<string>()
    const targets = new Map<string, FileRef>()
    for await (const { status, file } of entriesOf(this.#context)) {
      if (status !== 'deleted' && file.format === 'puffin' && file.referencedDataFile !== undefined) {
        wanted.add(file.referencedDataFile)
      }
    }
    if (wanted.size === 0) return targets
    for await (const { status, file } of entriesOf(this.#context)) {
      if (status !== 'deleted' && file.content === 'data' && wanted.has(file.path)) {
        targets.set(file.path, dataFileRef(this.#context, file))
      }
    }
    return targets
  }

  #source(name: string, file: ContentFile, row: TargetField | undefined): ColumnSource {
    const isVector = file.format === 'puffin'
    const long = (value: number | undefined): LiteralValue => (value === undefined ? null : BigInt(value))
    switch (name) {
      case 'file_path':
        if (isVector) return { kind: 'constant', value: file.referencedDataFile ?? null, type: VARCHAR }
        return { kind: 'file', field: { id: FILE_PATH_ID, names: ['file_path'], type: VARCHAR, children: [] } }
      case 'pos':
        if (isVector) return { kind: 'position' }
        return { kind: 'file', field: { id: POSITION_ID, names: ['pos'], type: BIGINT, children: [] } }
      case 'row':
        if (row !== undefined) return { kind: 'file', field: row }
        return { kind: 'constant', value: null, type: fieldOf(this.#row).type }
      case 'partition':
        return { kind: 'constant', value: this.#partition.valueOf(file), type: this.#partition.type! }
      case 'spec_id':
        return { kind: 'constant', value: file.specId, type: INTEGER }
      case 'content_offset':
        return { kind: 'constant', value: long(file.contentOffset), type: BIGINT }
      case 'content_size_in_bytes':
        return { kind: 'constant', value: long(file.contentByteCount), type: BIGINT }
      default:
        return { kind: 'constant', value: file.path, type: VARCHAR }
    }
  }
}
