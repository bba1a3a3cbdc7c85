/** An Iceberg table of very many files, described by metadata alone. */
import { join } from 'node:path'
import type { AvroObject, AvroValue } from '../../src/format/avro/decoder.ts'
import { BIGINT, DOUBLE, TIMESTAMP, VARCHAR } from '../../src/core/types.ts'
import { encodeBound } from '../../src/table/iceberg/bounds.ts'
import { type WrittenManifest, perColumn, writeIcebergMetadata } from './iceberg-metadata.ts'
import { CLUSTER_FILES, type PlannedFile, ROWS_A_FILE, fileAt } from './table-shape.ts'

const FIELDS = [
  { id: 1, name: 'id', required: false, type: 'long' },
  { id: 2, name: 'region', required: false, type: 'string' },
  { id: 3, name: 'at', required: false, type: 'timestamp' },
  { id: 4, name: 'amount', required: false, type: 'double' },
  { id: 5, name: 'note', required: false, type: 'string' },
]
const IDS = FIELDS.map(({ id }) => id)

export function writeIcebergTable(folder: string, fileCount: number): void {
  writeIcebergMetadata(folder, {
    fields: FIELDS,
    partitionFields: [{ name: 'region', transform: 'identity', 'source-id': 2, 'field-id': 1000 }],
    partition: [{ name: 'region', type: ['null', 'string'], default: null, 'field-id': 1000 }],
    manifests: manifestsOf(folder, fileCount),
  })
}

function* manifestsOf(folder: string, fileCount: number): Generator<WrittenManifest> {
  for (let start = 0; start < fileCount; start += CLUSTER_FILES) {
    const files = Array.from({ length: Math.min(CLUSTER_FILES, fileCount - start) }, (_, i) => fileAt(start + i))
    const summary = {
      contains_null: false,
      contains_nan: false,
      lower_bound: encodeBound(files[0]!.region, VARCHAR)!,
      upper_bound: encodeBound(files.at(-1)!.region, VARCHAR)!,
    }
    yield { files: files.map((file) => dataFile(folder, file)), sequence: 1n, content: 'data', summaries: [summary] }
  }
}

function dataFile(folder: string, file: PlannedFile): AvroObject {
  const micros = (second: number): bigint => BigInt(second) * 1_000_000n
  const bounds = (end: 'first' | 'last'): AvroValue => [
    { key: 1, value: encodeBound(BigInt(file[`${end}Id`]), BIGINT)! },
    { key: 2, value: encodeBound(file.region, VARCHAR)! },
    { key: 3, value: encodeBound(micros(file[`${end}Second`]), TIMESTAMP)! },
    { key: 4, value: encodeBound(file[`${end}Id`] / 8, DOUBLE)! },
    { key: 5, value: encodeBound(`note ${file[`${end}Id`]}`, VARCHAR)! },
  ]
  return {
    content: 0,
    file_path: join(folder, file.path),
    file_format: 'PARQUET',
    partition: { region: file.region },
    record_count: BigInt(ROWS_A_FILE),
    file_size_in_bytes: 4096n,
    column_sizes: perColumn(IDS, 800n),
    value_counts: perColumn(IDS, BigInt(ROWS_A_FILE)),
    null_value_counts: perColumn(IDS, 0n),
    nan_value_counts: [{ key: 4, value: 0n }],
    lower_bounds: bounds('first'),
    upper_bounds: bounds('last'),
    split_offsets: [4n],
    sort_order_id: 0,
  }
}
