/** Iceberg metadata made for a test, in memory: files are named, not written. */
import type { JsonObject, JsonValue } from '../../../src/core/exact-json.ts'
import { writeExactJson } from '../../../src/core/exact-json.ts'
import type { AvroObject, AvroValue } from '../../../src/format/avro/decoder.ts'
import { writeAvroFile } from '../../../src/format/avro/write-file.ts'
import { type CountingStorage, countingStorage } from '../../../src/storage/counting-storage.ts'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { createStorageAccess } from '../../../src/storage/storage-access.ts'
import { type IcebergTable, openIcebergTable } from '../../../src/table/iceberg/iceberg-table.ts'
import { MANIFEST_LIST_SCHEMA, manifestEntrySchema } from '../../../src/table/iceberg/manifest-schema.ts'
import type { Pushdown, ScanTask } from '../../../src/table/table.ts'

export interface MadeFile {
  readonly path: string
  readonly content?: 0 | 1 | 2
  readonly format?: string
  readonly partition?: AvroObject
  readonly rows?: number
  readonly bytes?: number
  /** By field id. */
  readonly lower?: Readonly<Record<number, Uint8Array>>
  readonly upper?: Readonly<Record<number, Uint8Array>>
  readonly nulls?: Readonly<Record<number, number>>
  /** Values counted, NULLs included. */
  readonly values?: Readonly<Record<number, number>>
  readonly nans?: Readonly<Record<number, number>>
  readonly splitOffsets?: readonly bigint[]
  readonly equalityIds?: readonly number[]
  readonly referencedDataFile?: string
  readonly status?: 0 | 1 | 2
  /** Null: inherited. */
  readonly sequence?: bigint | null
}

export interface MadeManifest {
  readonly files: readonly MadeFile[]
  readonly sequence: bigint
  readonly specId?: number
  readonly deletes?: boolean
  /** Avro fields of the partition struct. */
  readonly partition?: readonly JsonValue[]
  readonly summaries?: readonly {
    readonly containsNull: boolean
    readonly containsNan?: boolean
    readonly lower?: Uint8Array
    readonly upper?: Uint8Array
  }[]
}

export interface MadeTable {
  readonly fields: readonly JsonObject[]
  readonly specs?: readonly JsonObject[]
  readonly manifests: readonly MadeManifest[]
  readonly metadata?: JsonObject
}

const ROOT = 'memory:/t'

/** Writes the metadata of a version 2 table with one snapshot (id 1) and opens it. */
export async function makeTable(made: MadeTable): Promise<{ table: IcebergTable; storage: CountingStorage }> {
  const storage = countingStorage(createMemoryStorage())
  const manifests: AvroObject[] = []
  for (const [i, manifest] of made.manifests.entries()) {
    const path = `${ROOT}/metadata/m${i}.avro`
    const bytes = writeAvroFile(manifestEntrySchema(manifest.partition ?? []), new Map(), manifest.files.map(entryOf))
    await storage.put(path, bytes)
    manifests.push(listEntry(path, bytes.length, manifest))
  }
  await storage.put(`${ROOT}/metadata/list.avro`, writeAvroFile(MANIFEST_LIST_SCHEMA, new Map(), manifests))
  const metadata: JsonObject = {
    'format-version': 2,
    'table-uuid': '00000000-0000-0000-0000-000000000000',
    location: ROOT,
    'last-sequence-number': 9,
    'last-updated-ms': 1000,
    'last-column-id': 100,
    'current-schema-id': 0,
    schemas: [{ type: 'struct', 'schema-id': 0, fields: made.fields }],
    'default-spec-id': 0,
    'partition-specs': made.specs ?? [{ 'spec-id': 0, fields: [] }],
    properties: {},
    'current-snapshot-id': 1,
    snapshots: [
      {
        'snapshot-id': 1,
        'timestamp-ms': 1000,
        'manifest-list': `${ROOT}/metadata/list.avro`,
        'schema-id': 0,
        summary: { operation: 'append' },
      },
    ],
    'snapshot-log': [{ 'snapshot-id': 1, 'timestamp-ms': 1000 }],
    ...made.metadata,
  }
  await storage.put(`${ROOT}/metadata/v1.metadata.json`, new TextEncoder().encode(writeExactJson(metadata)))
  const table = await openIcebergTable(ROOT, {
    name: 't',
    access: createStorageAccess([], () => storage),
  })
  return { table, storage }
}

/** All tasks of a scan. */
export async function tasksOf(table: IcebergTable, pushdown?: Partial<Pushdown>): Promise<ScanTask[]> {
  const columns = table.schema.fields.map(({ name, type, id }) => ({ name, type, fieldId: id! }))
  const tasks: ScanTask[] = []
  for await (const task of table.scan({ columns, predicate: null, ...pushdown })) tasks.push(task)
  return tasks
}

function listEntry(path: string, byteCount: number, manifest: MadeManifest): AvroObject {
  const counts = [0, 1, 2].map((status) => manifest.files.filter((file) => (file.status ?? 1) === status).length)
  const partitions =
    manifest.summaries?.map(({ containsNull, containsNan, lower, upper }) => ({
      contains_null: containsNull,
      contains_nan: containsNan ?? null,
      lower_bound: lower ?? null,
      upper_bound: upper ?? null,
    })) ?? null
  return {
    manifest_path: path,
    manifest_length: BigInt(byteCount),
    partition_spec_id: manifest.specId ?? 0,
    content: manifest.deletes === true ? 1 : 0,
    sequence_number: manifest.sequence,
    min_sequence_number: manifest.sequence,
    added_snapshot_id: 1n,
    added_files_count: counts[1]!,
    existing_files_count: counts[0]!,
    deleted_files_count: counts[2]!,
    added_rows_count: 0n,
    existing_rows_count: 0n,
    deleted_rows_count: 0n,
    partitions,
    key_metadata: null,
  }
}

function entryOf(file: MadeFile): AvroObject {
  return {
    status: file.status ?? 1,
    snapshot_id: null,
    sequence_number: file.sequence ?? null,
    file_sequence_number: file.sequence ?? null,
    data_file: {
      content: file.content ?? 0,
      file_path: file.path,
      file_format: file.format ?? 'PARQUET',
      partition: file.partition ?? {},
      record_count: BigInt(file.rows ?? 10),
      file_size_in_bytes: BigInt(file.bytes ?? 1000),
      value_counts: pairs(file.values, (count) => BigInt(count)),
      null_value_counts: pairs(file.nulls, (count) => BigInt(count)),
      nan_value_counts: pairs(file.nans, (count) => BigInt(count)),
      lower_bounds: pairs(file.lower, (bytes) => bytes),
      upper_bounds: pairs(file.upper, (bytes) => bytes),
      split_offsets: file.splitOffsets ?? null,
      equality_ids: file.equalityIds ?? null,
      referenced_data_file: file.referencedDataFile ?? null,
    },
  }
}

function pairs<T>(values: Readonly<Record<number, T>> | undefined, convert: (value: T) => AvroValue): AvroValue {
  if (values === undefined) return null
  return Object.entries(values).map(([key, value]) => ({ key: Number(key), value: convert(value) }))
}
