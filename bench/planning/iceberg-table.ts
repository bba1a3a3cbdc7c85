/** Writes the metadata of an Iceberg table (version 2) of very many files; the data files need not be there. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BIGINT, DOUBLE, TIMESTAMP, VARCHAR } from '../../src/core/types.ts'
import type { JsonObject } from '../../src/core/exact-json.ts'
import type { AvroObject, AvroValue } from '../../src/format/avro/decoder.ts'
import { writeAvroFile } from '../../src/format/avro/write-file.ts'
import { encodeBound } from '../../src/table/iceberg/bounds.ts'
import { MANIFEST_LIST_SCHEMA, manifestEntrySchema } from '../../src/table/iceberg/manifest-schema.ts'
import { CLUSTER_FILES, type PlannedFile, ROWS_A_FILE, fileAt } from './table-shape.ts'

const FIELDS = [
  { id: 1, name: 'id', required: false, type: 'long' },
  { id: 2, name: 'region', required: false, type: 'string' },
  { id: 3, name: 'at', required: false, type: 'timestamp' },
  { id: 4, name: 'amount', required: false, type: 'double' },
  { id: 5, name: 'note', required: false, type: 'string' },
]
const SPEC = { 'spec-id': 0, fields: [{ name: 'region', transform: 'identity', 'source-id': 2, 'field-id': 1000 }] }
const PARTITION = { name: 'region', type: ['null', 'string'], default: null, 'field-id': 1000 }

export function writeIcebergTable(folder: string, fileCount: number): void {
  mkdirSync(join(folder, 'metadata'), { recursive: true })
  const manifests: AvroObject[] = []
  for (let start = 0; start < fileCount; start += CLUSTER_FILES) {
    const files = Array.from({ length: Math.min(CLUSTER_FILES, fileCount - start) }, (_, i) => fileAt(start + i))
    const path = join(folder, 'metadata', `m${String(manifests.length).padStart(5, '0')}.avro`)
    const bytes = writeAvroFile(
      manifestEntrySchema([PARTITION]),
      new Map([['partition-spec-id', '0']]),
      files.map((file) => entryOf(folder, file)),
    )
    writeFileSync(path, bytes)
    manifests.push(manifestOf(path, bytes.length, files))
  }
  const list = join(folder, 'metadata', 'snap-1.avro')
  writeFileSync(list, writeAvroFile(MANIFEST_LIST_SCHEMA, new Map(), manifests))
  writeFileSync(join(folder, 'metadata', 'v1.metadata.json'), JSON.stringify(metadataOf(folder, list)))
  writeFileSync(join(folder, 'metadata', 'version-hint.text'), '1')
}

function metadataOf(folder: string, list: string): JsonObject {
  return {
    'format-version': 2,
    'table-uuid': '00000000-0000-0000-0000-000000000000',
    location: folder,
    'last-sequence-number': 1,
    'last-updated-ms': 1000,
    'last-column-id': 5,
    'current-schema-id': 0,
    schemas: [{ type: 'struct', 'schema-id': 0, fields: FIELDS }],
    'default-spec-id': 0,
    'partition-specs': [SPEC],
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

function manifestOf(path: string, byteCount: number, files: readonly PlannedFile[]): AvroObject {
  return {
    manifest_path: path,
    manifest_length: BigInt(byteCount),
    partition_spec_id: 0,
    content: 0,
    sequence_number: 1n,
    min_sequence_number: 1n,
    added_snapshot_id: 1n,
    added_files_count: files.length,
    existing_files_count: 0,
    deleted_files_count: 0,
    added_rows_count: BigInt(files.length * ROWS_A_FILE),
    existing_rows_count: 0n,
    deleted_rows_count: 0n,
    partitions: [
      {
        contains_null: false,
        contains_nan: false,
        lower_bound: encodeBound(files[0]!.region, VARCHAR)!,
        upper_bound: encodeBound(files.at(-1)!.region, VARCHAR)!,
      },
    ],
    key_metadata: null,
  }
}

function entryOf(folder: string, file: PlannedFile): AvroObject {
  const micros = (second: number): bigint => BigInt(second) * 1_000_000n
  const counts = (value: bigint): AvroValue => FIELDS.map(({ id }) => ({ key: id, value }))
  const bounds = (end: 'first' | 'last'): AvroValue => [
    { key: 1, value: encodeBound(BigInt(file[`${end}Id`]), BIGINT)! },
    { key: 2, value: encodeBound(file.region, VARCHAR)! },
    { key: 3, value: encodeBound(micros(file[`${end}Second`]), TIMESTAMP)! },
    { key: 4, value: encodeBound(file[`${end}Id`] / 8, DOUBLE)! },
    { key: 5, value: encodeBound(`note ${file[`${end}Id`]}`, VARCHAR)! },
  ]
  return {
    status: 1,
    snapshot_id: null,
    sequence_number: null,
    file_sequence_number: null,
    data_file: {
      content: 0,
      file_path: join(folder, file.path),
      file_format: 'PARQUET',
      partition: { region: file.region },
      record_count: BigInt(ROWS_A_FILE),
      file_size_in_bytes: 4096n,
      column_sizes: counts(800n),
      value_counts: counts(BigInt(ROWS_A_FILE)),
      null_value_counts: counts(0n),
      nan_value_counts: [{ key: 4, value: 0n }],
      lower_bounds: bounds('first'),
      upper_bounds: bounds('last'),
      split_offsets: [4n],
      sort_order_id: 0,
    },
  }
}
