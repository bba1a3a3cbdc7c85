/**
 * Manifests and manifest lists of an append.
 *
 * Sequence numbers and snapshot ids of the entries are left NULL: readers inherit them from the manifest list, so that a retried commit
 * writes a new list only.
 *
 * Spec: Iceberg table spec, "Manifests", "Manifest Lists", "Sequence Number Inheritance".
 */
import { type JsonValue, writeExactJson } from '../../../core/exact-json.ts'
import type { DataType } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import { compareValues } from '../../../expr/values/compare.ts'
import type { AvroObject, AvroValue } from '../../../format/avro/decoder.ts'
import { writeAvroFile } from '../../../format/avro/write-file.ts'
import { decimalToBytes } from '../../../format/avro/logical.ts'
import { encodeBound } from '../bounds.ts'
import type { ManifestFile } from '../manifest.ts'
import { MANIFEST_LIST_SCHEMA, manifestEntrySchema } from '../manifest-schema.ts'
import type { TableMetadata } from '../metadata.ts'
import type { BoundPartitionField, BoundSpec } from '../partition.ts'
import type { StagedFile } from './data-file.ts'

const STATUS_ADDED = 1

/** The bytes of a manifest that adds `files`, all of partition spec `spec`. */
export function encodeManifest(metadata: TableMetadata, spec: BoundSpec, files: readonly StagedFile[]): Uint8Array {
  const header = new Map([
    ['schema', writeExactJson(currentSchemaJson(metadata))],
    ['schema-id', String(metadata.currentSchemaId)],
    ['partition-spec', writeExactJson(specFieldsJson(metadata, spec.id))],
    ['partition-spec-id', String(spec.id)],
    ['format-version', '2'],
    ['content', 'data'],
  ])
  const schema = manifestEntrySchema(spec.fields.map(partitionFieldSchema))
  return writeAvroFile(
    schema,
    header,
    files.map((file) => entryRecord(spec, file)),
  )
}

function currentSchemaJson({ json, currentSchemaId }: TableMetadata): JsonValue {
  const schemas = json['schemas'] as readonly { readonly [key: string]: JsonValue }[]
  return schemas.find((schema) => schema['schema-id'] === currentSchemaId)!
}

function specFieldsJson({ json }: TableMetadata, id: number): JsonValue {
  const specs = json['partition-specs'] as readonly { readonly [key: string]: JsonValue }[]
  return specs.find((spec) => spec['spec-id'] === id)!['fields']!
}

/** Avro type of a partition value. Spec: Appendix A, "Avro". */
function partitionFieldSchema({ name, fieldId, type }: BoundPartitionField): JsonValue {
  return { name: avroName(name), type: ['null', avroType(type!)], default: null, 'field-id': fieldId }
}

/** Avro names have letters, digits and underscores only; others are written as Iceberg's own writers do: `_x` and the hex code. */
function avroName(name: string): string {
  const safe = [...name]
    .map((c) => (/[A-Za-z0-9_]/.test(c) ? c : `_x${c.codePointAt(0)!.toString(16).toUpperCase()}`))
    .join('')
  return /^[0-9]/.test(safe) ? `_${safe}` : safe
}

function avroType(type: DataType): JsonValue {
  switch (type.kind) {
    case 'boolean':
      return 'boolean'
    case 'integer':
      return 'int'
    case 'date':
      return { type: 'int', logicalType: 'date' }
    case 'bigint':
      return 'long'
    case 'time':
      return { type: 'long', logicalType: 'time-micros' }
    case 'timestamp':
      return { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': type.zone }
    case 'real':
      return 'float'
    case 'double':
      return 'double'
    case 'varchar':
      return 'string'
    case 'decimal': {
      const size = decimalBytes(type.precision)
      const { precision, scale } = type
      return { type: 'fixed', name: `decimal_${precision}_${scale}`, size, logicalType: 'decimal', precision, scale }
    }
    default:
      return 'bytes'
  }
}

/** Fewest bytes that hold every decimal of the precision. */
function decimalBytes(precision: number): number {
  let size = 1
  while ((1n << BigInt(8 * size - 1)) - 1n < 10n ** BigInt(precision) - 1n) size += 1
  return size
}

function entryRecord(spec: BoundSpec, file: StagedFile): AvroObject {
  const partition: Record<string, AvroValue> = {}
  spec.fields.forEach(({ name, type }, i) => {
    partition[avroName(name)] = avroPartitionValue(file.partition[i] ?? null, type!)
  })
  return {
    status: STATUS_ADDED,
    snapshot_id: null,
    sequence_number: null,
    file_sequence_number: null,
    data_file: {
      content: 0,
      file_path: file.path,
      file_format: 'PARQUET',
      partition,
      record_count: BigInt(file.rowCount),
      file_size_in_bytes: BigInt(file.byteCount),
      column_sizes: null,
      value_counts: counts(file.valueCounts),
      null_value_counts: counts(file.nullCounts),
      nan_value_counts: file.nanCounts === undefined ? null : counts(file.nanCounts),
      lower_bounds: bounds(file.lowerBounds),
      upper_bounds: bounds(file.upperBounds),
      key_metadata: null,
      split_offsets: file.splitOffsets.map(BigInt),
      equality_ids: null,
      sort_order_id: 0,
      referenced_data_file: null,
    },
  }
}

function avroPartitionValue(value: LiteralValue, type: DataType): AvroValue {
  if (value === null) return null
  if (type.kind !== 'decimal') return value as AvroValue
  // Fixed size, big-endian: the shortest form is filled up with its sign.
  const short = decimalToBytes(value as bigint)
  const bytes = new Uint8Array(decimalBytes(type.precision)).fill((value as bigint) < 0n ? 255 : 0)
  bytes.set(short, bytes.length - short.length)
  return bytes
}

function counts(byId: ReadonlyMap<number, number>): AvroValue {
  return [...byId].map(([key, value]) => ({ key, value: BigInt(value) }))
}

function bounds(byId: ReadonlyMap<number, Uint8Array>): AvroValue {
  return [...byId].map(([key, value]) => ({ key, value }))
}

export interface AddedManifest {
  readonly path: string
  readonly byteCount: number
  readonly specId: number
  readonly fileCount: number
  readonly rowCount: bigint
  readonly partitions: readonly AvroObject[]
}

/** Summaries of the partition values of all files of a manifest. */
export function summarizePartitions(spec: BoundSpec, files: readonly StagedFile[]): AvroObject[] {
  return spec.fields.map(({ type }, i) => {
    const values = files.map((file) => file.partition[i] ?? null)
    const present = values.filter((value) => value !== null && !Number.isNaN(value))
    const sorted = present.toSorted((a, b) => compareValues(a, b, type!))
    const bound = (value: LiteralValue | undefined): Uint8Array | null =>
      value === undefined ? null : (encodeBound(value, type!) ?? null)
    return {
      contains_null: values.includes(null),
      contains_nan: values.some((value) => Number.isNaN(value)),
      lower_bound: bound(sorted[0]),
      upper_bound: bound(sorted.at(-1)),
    }
  })
}

/** The bytes of a manifest list: the new manifest, then the ones that were there. */
export function encodeManifestList(
  snapshot: { readonly id: bigint; readonly parentId: bigint | undefined; readonly sequenceNumber: bigint },
  added: readonly AddedManifest[],
  existing: readonly ManifestFile[],
): Uint8Array {
  const header = new Map([
    ['snapshot-id', String(snapshot.id)],
    ['parent-snapshot-id', snapshot.parentId === undefined ? 'null' : String(snapshot.parentId)],
    ['sequence-number', String(snapshot.sequenceNumber)],
    ['format-version', '2'],
  ])
  const records = [...added.map((manifest) => addedRecord(manifest, snapshot)), ...existing.map(existingRecord)]
  return writeAvroFile(MANIFEST_LIST_SCHEMA, header, records)
}

function addedRecord(
  manifest: AddedManifest,
  snapshot: { readonly id: bigint; readonly sequenceNumber: bigint },
): AvroObject {
  return {
    manifest_path: manifest.path,
    manifest_length: BigInt(manifest.byteCount),
    partition_spec_id: manifest.specId,
    content: 0,
    sequence_number: snapshot.sequenceNumber,
    min_sequence_number: snapshot.sequenceNumber,
    added_snapshot_id: snapshot.id,
    added_files_count: manifest.fileCount,
    existing_files_count: 0,
    deleted_files_count: 0,
    added_rows_count: manifest.rowCount,
    existing_rows_count: 0n,
    deleted_rows_count: 0n,
    partitions: manifest.partitions,
    key_metadata: null,
  }
}

function existingRecord(manifest: ManifestFile): AvroObject {
  return {
    manifest_path: manifest.path,
    manifest_length: BigInt(manifest.byteCount),
    partition_spec_id: manifest.specId,
    content: manifest.content === 'data' ? 0 : 1,
    sequence_number: manifest.sequenceNumber,
    min_sequence_number: manifest.minSequenceNumber,
    added_snapshot_id: manifest.addedSnapshotId ?? 0n,
    added_files_count: manifest.addedFilesCount ?? 0,
    existing_files_count: manifest.existingFilesCount ?? 0,
    deleted_files_count: manifest.deletedFilesCount ?? 0,
    added_rows_count: manifest.addedRowsCount ?? 0n,
    existing_rows_count: manifest.existingRowsCount ?? 0n,
    deleted_rows_count: manifest.deletedRowsCount ?? 0n,
    partitions:
      manifest.partitions?.map((summary) => ({
        contains_null: summary.containsNull,
        contains_nan: summary.containsNan ?? null,
        lower_bound: summary.lowerBound ?? null,
        upper_bound: summary.upperBound ?? null,
      })) ?? null,
    key_metadata: null,
  }
}
