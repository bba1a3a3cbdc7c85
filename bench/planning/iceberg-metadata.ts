/** Writes the metadata of an Iceberg table (version 2) with one snapshot, manifest by manifest. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject, JsonValue } from '../../src/core/exact-json.ts'
import type { AvroObject, AvroValue } from '../../src/format/avro/decoder.ts'
import { writeAvroFile } from '../../src/format/avro/write-file.ts'
import { MANIFEST_LIST_SCHEMA, manifestEntrySchema } from '../../src/table/iceberg/manifest-schema.ts'

export interface WrittenManifest {
  /** `data_file` records, with the counts of rows and bytes as bigints. */
  readonly files: readonly AvroObject[]
  readonly sequence: bigint
  readonly content: 'data' | 'deletes'
  /** One a partition field: summaries as the manifest list has them. */
  readonly summaries: readonly AvroObject[]
}

export interface WrittenTable {
  readonly fields: readonly JsonObject[]
  /** Of the partition spec, and the same as Avro fields. */
  readonly partitionFields: readonly JsonObject[]
  readonly partition: readonly JsonValue[]
  readonly manifests: Iterable<WrittenManifest>
}

export function writeIcebergMetadata(folder: string, table: WrittenTable): void {
  mkdirSync(join(folder, 'metadata'), { recursive: true })
  const manifests: AvroObject[] = []
  for (const manifest of table.manifests) {
    const path = join(folder, 'metadata', `m${String(manifests.length).padStart(5, '0')}.avro`)
    const entries = manifest.files.map((file) => ({
      status: 1,
      snapshot_id: null,
      sequence_number: null,
      file_sequence_number: null,
      data_file: file,
    }))
    const schema = manifestEntrySchema(table.partition)
    const bytes = writeAvroFile(schema, new Map([['partition-spec-id', '0']]), entries)
    writeFileSync(path, bytes)
    manifests.push(listEntry(path, bytes.length, manifest))
  }
  const list = join(folder, 'metadata', 'snap-1.avro')
  writeFileSync(list, writeAvroFile(MANIFEST_LIST_SCHEMA, new Map(), manifests))
  writeFileSync(join(folder, 'metadata', 'v1.metadata.json'), JSON.stringify(metadataOf(folder, list, table)))
  writeFileSync(join(folder, 'metadata', 'version-hint.text'), '1')
}

/** Counts that are one for all columns, by field id. */
export function perColumn(ids: readonly number[], value: bigint): AvroValue {
  return ids.map((id) => ({ key: id, value }))
}

function listEntry(path: string, byteCount: number, manifest: WrittenManifest): AvroObject {
  const rowCount = manifest.files.reduce((sum, file) => sum + (file['record_count'] as bigint), 0n)
  return {
    manifest_path: path,
    manifest_length: BigInt(byteCount),
    partition_spec_id: 0,
    content: manifest.content === 'data' ? 0 : 1,
    sequence_number: manifest.sequence,
    min_sequence_number: manifest.sequence,
    added_snapshot_id: 1n,
    added_files_count: manifest.files.length,
    existing_files_count: 0,
    deleted_files_count: 0,
    added_rows_count: rowCount,
    existing_rows_count: 0n,
    deleted_rows_count: 0n,
    partitions: manifest.summaries,
    key_metadata: null,
  }
}

function metadataOf(folder: string, list: string, { fields, partitionFields }: WrittenTable): JsonObject {
  return {
    'format-version': 2,
    'table-uuid': '00000000-0000-0000-0000-000000000000',
    location: folder,
    'last-sequence-number': 1,
    'last-updated-ms': 1000,
    'last-column-id': 100,
    'current-schema-id': 0,
    schemas: [{ type: 'struct', 'schema-id': 0, fields }],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: partitionFields }],
    'last-partition-id': 1000,
    properties: {},
    'current-snapshot-id': 1,
    snapshots: [
      {
        'snapshot-id': 1,
        'sequence-number': 1,
        'timestamp-ms': 1000,
        'manifest-list': list,
        'schema-id': 0,
        summary: { operation: 'append' },
      },
    ],
    'snapshot-log': [{ 'snapshot-id': 1, 'timestamp-ms': 1000 }],
  }
}
