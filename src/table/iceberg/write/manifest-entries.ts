/**
 * Entries of manifests: of files that are added, and of files that an older manifest has and a new one keeps or marks as deleted.
 *
 * Sequence numbers and snapshot ids of added entries are left NULL: readers inherit them from the manifest list. Those of the others are written
 * out: what they inherited is no longer what they would.
 *
 * Spec: Iceberg table spec, "Manifest Entry Fields", "Data File Fields", Appendix A for the partition values.
 */
import { unsupported } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/exact-json.ts'
import type { DataType } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import type { AvroObject, AvroValue } from '../../../format/avro/decoder.ts'
import { decimalToBytes } from '../../../format/avro/logical.ts'
import type { ContentFile, ManifestEntry } from '../manifest.ts'
import { type BoundPartitionField, type BoundSpec, partitionValues } from '../partition.ts'
import type { StagedFile } from './data-file.ts'

const STATUS = { existing: 0, added: 1, deleted: 2 } as const
const CONTENT = { data: 0, 'position-deletes': 1, 'equality-deletes': 2 } as const

/** Avro type of a partition value. Spec: Appendix A, "Avro". */
export function partitionFieldSchema({ name, fieldId, type }: BoundPartitionField): JsonValue {
  if (type === undefined) throw unsupported(`writing a manifest of partition field "${name}", whose column is gone,`)
  return { name: avroName(name), type: ['null', avroType(type)], default: null, 'field-id': fieldId }
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

/** The entry of a file that the snapshot adds. */
export function addedEntry(spec: BoundSpec, file: StagedFile): AvroObject {
  return {
    status: STATUS.added,
    snapshot_id: null,
    sequence_number: null,
    file_sequence_number: null,
    data_file: {
      content: CONTENT[file.content],
      file_path: file.path,
      file_format: 'PARQUET',
      partition: partitionRecord(spec, file.partition),
      record_count: BigInt(file.rowCount),
      file_size_in_bytes: BigInt(file.byteCount),
      column_sizes: null,
      value_counts: counts(file.valueCounts),
      null_value_counts: counts(file.nullCounts),
      nan_value_counts: counts(file.nanCounts),
      lower_bounds: bounds(file.lowerBounds),
      upper_bounds: bounds(file.upperBounds),
      key_metadata: null,
      split_offsets: file.splitOffsets.map(BigInt),
      equality_ids: null,
      sort_order_id: file.content === 'data' ? 0 : null,
      referenced_data_file: file.referencedDataFile ?? null,
    },
  }
}

/** The entry of a file that was there: kept, or deleted by the snapshot `deletedBy`. 0A000 for what version 2 has not. */
export function carriedEntry(spec: BoundSpec, entry: ManifestEntry, deletedBy: bigint | undefined): AvroObject {
  const { file } = entry
  const values = partitionValues(spec, file)
  if (values.includes(undefined)) {
    throw unsupported('rewriting a manifest whose partition values are not those of its spec', {
      detail: `file "${file.path}"`,
    })
  }
  return {
    status: deletedBy === undefined ? STATUS.existing : STATUS.deleted,
    snapshot_id: deletedBy ?? entry.snapshotId ?? null,
    sequence_number: entry.sequenceNumber,
    file_sequence_number: entry.fileSequenceNumber,
    data_file: {
      content: CONTENT[file.content],
      file_path: file.path,
      file_format: file.format.toUpperCase(),
      partition: partitionRecord(spec, values as readonly LiteralValue[]),
      record_count: BigInt(file.recordCount),
      file_size_in_bytes: BigInt(file.byteCount),
      column_sizes: counts(file.columnSizes),
      ...statisticsOf(file),
      key_metadata: null,
      split_offsets: file.splitOffsets?.map(BigInt) ?? null,
      equality_ids: file.equalityIds.length === 0 ? null : file.equalityIds,
      sort_order_id: file.sortOrderId ?? null,
      referenced_data_file: file.referencedDataFile ?? null,
    },
  }
}

function statisticsOf(file: ContentFile): AvroObject {
  return {
    value_counts: counts(file.valueCounts),
    null_value_counts: counts(file.nullCounts),
    nan_value_counts: counts(file.nanCounts),
    lower_bounds: bounds(file.lowerBounds),
    upper_bounds: bounds(file.upperBounds),
  }
}

function partitionRecord(spec: BoundSpec, values: readonly LiteralValue[]): AvroObject {
  const partition: Record<string, AvroValue> = {}
  spec.fields.forEach(({ name, type }, i) => {
    partition[avroName(name)] = avroPartitionValue(values[i] ?? null, type!)
  })
  return partition
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

function counts(byId: ReadonlyMap<number, number> | undefined): AvroValue {
  return byId === undefined ? null : [...byId].map(([key, value]) => ({ key, value: BigInt(value) }))
}

function bounds(byId: ReadonlyMap<number, Uint8Array> | undefined): AvroValue {
  return byId === undefined ? null : [...byId].map(([key, value]) => ({ key, value }))
}
