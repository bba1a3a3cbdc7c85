/**
 * Iceberg tables made commit by commit in a folder, with the odd things in them that writers of others leave behind: what sequence number, partition, bounds and
 * delete files each data file has is said by the test.
 *
 * Spec: Iceberg table spec, format version 2.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type JsonObject, type JsonValue, writeExactJson } from '../../src/core/exact-json.ts'
import { type DataType, VARCHAR } from '../../src/core/types.ts'
import type { LiteralValue } from '../../src/core/value.ts'
import type { AvroObject, AvroValue } from '../../src/format/avro/decoder.ts'
import { writeAvroFile } from '../../src/format/avro/write-file.ts'
import { encodeBound } from '../../src/table/iceberg/bounds.ts'
import { MANIFEST_LIST_SCHEMA, manifestEntrySchema } from '../../src/table/iceberg/manifest-schema.ts'
import { type Column, type ColumnType, type Row, type WrittenFile, writeDataFile } from './data-file.ts'

export interface Bound {
  readonly id: number
  readonly type: DataType
  readonly lower?: LiteralValue
  readonly upper?: LiteralValue
}

interface FileParts {
  /** Of the file, below the table's `data` folder; random when absent. */
  readonly name?: string
  readonly rows: readonly Row[]
  /** Of the file; the table's when absent. */
  readonly columns?: readonly Column[]
  readonly rowGroupRows?: number
  readonly specId?: number
  readonly partition?: AvroObject
  readonly bounds?: readonly Bound[]
  /** By field id. */
  readonly nulls?: Readonly<Record<number, number>>
  readonly nans?: Readonly<Record<number, number>>
}

export interface Commit {
  readonly data?: readonly FileParts[]
  /** A delete file each: (data file, position). */
  readonly positions?: readonly (readonly (readonly [path: string, position: number])[])[]
  readonly equality?: readonly (FileParts & { readonly ids: readonly number[] })[]
  readonly operation?: string
}

export interface IcebergMakerOptions {
  readonly columns: readonly Column[]
  readonly specs?: readonly {
    readonly fields: readonly JsonObject[]
    /** Avro fields. */ readonly avro: readonly JsonValue[]
  }[]
}

const POSITION_COLUMNS: readonly Column[] = [
  { id: 2147483546, name: 'file_path', type: 'string' },
  { id: 2147483545, name: 'pos', type: 'long' },
]

interface Entry {
  readonly file: WrittenFile
  readonly content: 0 | 1 | 2
  readonly parts: Omit<FileParts, 'rows'>
  readonly ids?: readonly number[]
}

export class IcebergMaker {
  readonly folder: string
  readonly #specs: NonNullable<IcebergMakerOptions['specs']>
  #columns: readonly Column[]
  readonly #schemas: { readonly id: number; readonly columns: readonly Column[] }[]
  #specId = 0
  #manifests: AvroObject[] = []
  #snapshots: JsonObject[] = []
  #version = 0
  #number = 0

  constructor(folder: string, options: IcebergMakerOptions) {
    const { columns, specs = [{ fields: [], avro: [] }] } = options
    this.folder = folder
    this.#columns = columns
    this.#schemas = [{ id: 0, columns }]
    this.#specs = specs
  }

  /** Ids of the snapshots, oldest first. */
  get snapshots(): readonly bigint[] {
    return this.#snapshots.map((snapshot) => snapshot['snapshot-id'] as bigint)
  }

  /** Columns of later commits, and of the table as it is now. */
  async evolve(columns: readonly Column[], specId: number = this.#specId): Promise<void> {
    this.#columns = columns
    this.#specId = specId
    this.#schemas.push({ id: this.#schemas.length, columns })
    await this.#writeMetadata()
  }

  /** Writes the files of a commit and publishes it; gives the paths of its data files. */
  async commit({ data = [], positions = [], equality = [], operation }: Commit): Promise<string[]> {
    this.#number++
    // Larger than a JavaScript number holds exactly.
    const snapshotId = 9007199254740993n + BigInt(this.#number) * 2n
    const dataEntries = await Promise.all(data.map(async (parts) => this.#entry(0, parts)))
    const deletes = [
      ...(await Promise.all(
        positions.map(async (rows) => {
          const paths = rows.map(([path]) => path).toSorted()
          const bounds = [{ id: POSITION_COLUMNS[0]!.id, type: VARCHAR, lower: paths[0]!, upper: paths.at(-1)! }]
          return this.#entry(1, { rows: rows.map(([path, at]) => [path, at]), columns: POSITION_COLUMNS, bounds })
        }),
      )),
      ...(await Promise.all(equality.map(async ({ ids, ...parts }) => this.#entry(2, parts, ids)))),
    ]
    await this.#addManifests(dataEntries, 0, snapshotId)
    await this.#addManifests(deletes, 1, snapshotId)
    const list = join(this.folder, 'metadata', `snap-${snapshotId}.avro`)
    await writeFile(list, writeAvroFile(MANIFEST_LIST_SCHEMA, new Map(), this.#manifests))
    const parent = this.snapshots.at(-1)
    this.#snapshots.push({
      'snapshot-id': snapshotId,
      ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
      'sequence-number': this.#number,
      'timestamp-ms': 1_700_000_000_000 + this.#number,
      'manifest-list': list,
      'schema-id': this.#schemas.at(-1)!.id,
      summary: { operation: operation ?? (deletes.length === 0 ? 'append' : 'overwrite') },
    })
    await this.#writeMetadata()
    return dataEntries.map(({ file }) => file.path)
  }

  async #entry(content: 0 | 1 | 2, { rows, ...parts }: FileParts, ids?: readonly number[]): Promise<Entry> {
    const { columns = this.#columns, rowGroupRows } = parts
    const { name } = parts
    const options = {
      ...(rowGroupRows === undefined ? {} : { rowGroupRows }),
      ...(name === undefined ? {} : { name }),
    }
    const file = await writeDataFile(join(this.folder, 'data'), columns, rows, options)
    return { file, content, parts, ...(ids === undefined ? {} : { ids }) }
  }

  async #addManifests(entries: readonly Entry[], content: 0 | 1, snapshotId: bigint): Promise<void> {
    const specIds = new Set(entries.map(({ parts }) => parts.specId ?? this.#specId))
    for (const specId of specIds) {
      const own = entries.filter(({ parts }) => (parts.specId ?? this.#specId) === specId)
      const path = join(this.folder, 'metadata', `m-${this.#number}-${content}-${specId}.avro`)
      const bytes = writeAvroFile(
        manifestEntrySchema(this.#specs[specId]!.avro),
        new Map(),
        own.map((entry) => entryRecord(entry)),
      )
      await mkdir(join(this.folder, 'metadata'), { recursive: true })
      await writeFile(path, bytes)
      this.#manifests = [...this.#manifests, this.#listEntry(path, bytes.length, { specId, content, own, snapshotId })]
    }
  }

  #listEntry(
    path: string,
    byteCount: number,
    parts: { specId: number; content: 0 | 1; own: readonly Entry[]; snapshotId: bigint },
  ): AvroObject {
    return {
      manifest_path: path,
      manifest_length: BigInt(byteCount),
      partition_spec_id: parts.specId,
      content: parts.content,
      sequence_number: BigInt(this.#number),
      min_sequence_number: BigInt(this.#number),
      added_snapshot_id: parts.snapshotId,
      added_files_count: parts.own.length,
      existing_files_count: 0,
      deleted_files_count: 0,
      added_rows_count: BigInt(parts.own.reduce((sum, { file }) => sum + file.rowCount, 0)),
      existing_rows_count: 0n,
      deleted_rows_count: 0n,
      partitions: null,
      key_metadata: null,
    }
  }

  async #writeMetadata(): Promise<void> {
    const current = this.snapshots.at(-1)
    const metadata: JsonObject = {
      'format-version': 2,
      'table-uuid': '00000000-0000-0000-0000-000000000000',
      location: this.folder,
      'last-sequence-number': this.#number,
      'last-updated-ms': 1_700_000_000_000 + this.#number,
      'last-column-id': 1000,
      'current-schema-id': this.#schemas.at(-1)!.id,
      schemas: this.#schemas.map(({ id, columns }) => ({
        type: 'struct',
        'schema-id': id,
        fields: columns.map(fieldJson),
      })),
      'default-spec-id': this.#specId,
      'partition-specs': this.#specs.map(({ fields }, id) => ({ 'spec-id': id, fields })),
      'last-partition-id': 1010,
      'default-sort-order-id': 0,
      'sort-orders': [{ 'order-id': 0, fields: [] }],
      properties: {},
      'current-snapshot-id': current ?? -1,
      refs: current === undefined ? {} : { main: { 'snapshot-id': current, type: 'branch' } },
      snapshots: this.#snapshots,
      'snapshot-log': this.#snapshots.map((one) => ({
        'snapshot-id': one['snapshot-id']!,
        'timestamp-ms': one['timestamp-ms']!,
      })),
    }
    await mkdir(join(this.folder, 'metadata'), { recursive: true })
    await writeFile(join(this.folder, 'metadata', `v${++this.#version}.metadata.json`), writeExactJson(metadata))
  }
}

function fieldJson({ id, name, type }: Column): JsonObject {
  return { id, name, required: false, type: typeJson(type) }
}

function typeJson(type: ColumnType): JsonValue {
  return typeof type === 'string' ? type : { type: 'struct', fields: type.struct.map(fieldJson) }
}

function entryRecord({ file, content, parts, ids }: Entry): AvroObject {
  const { partition = {}, bounds = [], nulls, nans } = parts
  const side = (which: 'lower' | 'upper'): AvroValue => {
    const found = bounds.flatMap(({ id, type, [which]: value }) => {
      const bytes = value === undefined ? undefined : encodeBound(value, type)
      return bytes === undefined ? [] : [{ key: id, value: bytes }]
    })
    return found.length === 0 ? null : found
  }
  return {
    status: 1,
    snapshot_id: null,
    sequence_number: null,
    file_sequence_number: null,
    data_file: {
      content,
      file_path: file.path,
      file_format: 'PARQUET',
      partition,
      record_count: BigInt(file.rowCount),
      file_size_in_bytes: BigInt(file.byteCount),
      null_value_counts: counts(nulls),
      nan_value_counts: counts(nans),
      lower_bounds: side('lower'),
      upper_bounds: side('upper'),
      equality_ids: ids ?? null,
      referenced_data_file: null,
    },
  }
}

function counts(byId: Readonly<Record<number, number>> | undefined): AvroValue {
  return byId === undefined
    ? null
    : Object.entries(byId).map(([key, value]) => ({ key: Number(key), value: BigInt(value) }))
}
