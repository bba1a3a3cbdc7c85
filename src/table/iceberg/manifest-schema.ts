/**
 * The Avro schemas of manifest lists and manifests, to read (every version's fields, all optional that ever were) and to write (version 2).
 *
 * Fields are found by id: writers name some of them differently (`added_data_files_count`, `added_files_count`).
 *
 * Spec: Iceberg table spec, "Manifests" and "Manifest Lists"; ids as there.
 */
import type { JsonValue } from '../../core/exact-json.ts'
import type { AvroField, AvroRecord, AvroType } from '../../format/avro/schema.ts'

const INT: AvroType = { kind: 'int' }
const LONG: AvroType = { kind: 'long' }
const STRING: AvroType = { kind: 'string' }
const BYTES: AvroType = { kind: 'bytes' }
const BOOL: AvroType = { kind: 'boolean' }

function required(id: number, name: string, type: AvroType): AvroField {
  return { id, name, type, aliases: [] }
}

function optional(id: number, name: string, type: AvroType): AvroField {
  const branches: readonly AvroType[] = [{ kind: 'null' }, type]
  return { id, name, type: { kind: 'union', branches }, aliases: [], default: null }
}

function record(name: string, fields: readonly AvroField[]): AvroRecord {
  return { kind: 'record', name, aliases: [], fields }
}

function list(items: AvroType): AvroType {
  return { kind: 'array', items }
}

/** Maps with keys that are not strings are arrays of pairs. */
function pairs(keyId: number, valueId: number, value: AvroType, keep: ReadonlySet<number> | undefined): AvroType {
  const fields = [required(keyId, 'key', INT), required(valueId, 'value', value)]
  return { kind: 'array', items: record(`k${keyId}_v${valueId}`, fields), asMap: { keep } }
}

const FIELD_SUMMARY: AvroType = record('r508', [
  required(509, 'contains_null', BOOL),
  optional(518, 'contains_nan', BOOL),
  optional(510, 'lower_bound', BYTES),
  optional(511, 'upper_bound', BYTES),
])

/** What is read of a manifest list. Some ints are read as longs: PyIceberg writes them so. */
export const MANIFEST_LIST_READER: AvroType = record('manifest_file', [
  required(500, 'manifest_path', STRING),
  required(501, 'manifest_length', LONG),
  required(502, 'partition_spec_id', INT),
  optional(517, 'content', INT),
  optional(515, 'sequence_number', LONG),
  optional(516, 'min_sequence_number', LONG),
  optional(503, 'added_snapshot_id', LONG),
  optional(504, 'added_files_count', LONG),
  optional(505, 'existing_files_count', LONG),
  optional(506, 'deleted_files_count', LONG),
  optional(512, 'added_rows_count', LONG),
  optional(513, 'existing_rows_count', LONG),
  optional(514, 'deleted_rows_count', LONG),
  optional(507, 'partitions', list(FIELD_SUMMARY)),
  optional(519, 'key_metadata', BYTES),
  optional(520, 'first_row_id', LONG),
])

/** Which columns' counts and bounds are read: none, those with these ids, or all. */
export type StatisticsSelection = 'none' | 'all' | ReadonlySet<number>

function statistics(selection: StatisticsSelection): readonly AvroField[] {
  if (selection === 'none') return []
  const keep = selection === 'all' ? undefined : selection
  return [
    optional(108, 'column_sizes', pairs(117, 118, LONG, keep)),
    optional(109, 'value_counts', pairs(119, 120, LONG, keep)),
    optional(110, 'null_value_counts', pairs(121, 122, LONG, keep)),
    optional(137, 'nan_value_counts', pairs(138, 139, LONG, keep)),
    optional(125, 'lower_bounds', pairs(126, 127, BYTES, keep)),
    optional(128, 'upper_bounds', pairs(129, 130, BYTES, keep)),
  ]
}

/**
 * What is read of a manifest's entries. `partition` is the writer's own type: its fields are found by the ids of the partition spec.
 */
export function manifestEntryReader(partition: AvroType, selection: StatisticsSelection): AvroType {
  const dataFile = record('r2', [
    optional(134, 'content', INT),
    required(100, 'file_path', STRING),
    required(101, 'file_format', STRING),
    required(102, 'partition', partition),
    required(103, 'record_count', LONG),
    required(104, 'file_size_in_bytes', LONG),
    ...statistics(selection),
    optional(131, 'key_metadata', BYTES),
    optional(132, 'split_offsets', list(LONG)),
    optional(135, 'equality_ids', list(LONG)),
    optional(140, 'sort_order_id', LONG),
    optional(142, 'first_row_id', LONG),
    optional(143, 'referenced_data_file', STRING),
    optional(144, 'content_offset', LONG),
    optional(145, 'content_size_in_bytes', LONG),
  ])
  return record('manifest_entry', [
    required(0, 'status', INT),
    optional(1, 'snapshot_id', LONG),
    optional(3, 'sequence_number', LONG),
    optional(4, 'file_sequence_number', LONG),
    required(2, 'data_file', dataFile),
  ])
}

/** Counts and bounds of entries, and no more. */
export function entryStatisticsReader(selection: StatisticsSelection): AvroType {
  const [, ...wanted] = statistics(selection)
  const counts = [required(103, 'record_count', LONG), required(104, 'file_size_in_bytes', LONG)]
  const dataFile = record('r2', [required(101, 'file_format', STRING), ...counts, ...wanted])
  return record('manifest_entry', [required(0, 'status', INT), required(2, 'data_file', dataFile)])
}

function field(id: number, name: string, type: JsonValue): JsonValue {
  return { name, type, 'field-id': id }
}

function nullable(id: number, name: string, type: JsonValue): JsonValue {
  return { name, type: ['null', type], default: null, 'field-id': id }
}

function pairsJson(keyId: number, valueId: number, value: string): JsonValue {
  const items = {
    type: 'record',
    name: `k${keyId}_v${valueId}`,
    fields: [field(keyId, 'key', 'int'), field(valueId, 'value', value)],
  }
  return { type: 'array', items, logicalType: 'map' }
}

/** The schema of a manifest list of format version 2, to write. */
export const MANIFEST_LIST_SCHEMA: JsonValue = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    field(500, 'manifest_path', 'string'),
    field(501, 'manifest_length', 'long'),
    field(502, 'partition_spec_id', 'int'),
    field(517, 'content', 'int'),
    field(515, 'sequence_number', 'long'),
    field(516, 'min_sequence_number', 'long'),
    field(503, 'added_snapshot_id', 'long'),
    field(504, 'added_files_count', 'int'),
    field(505, 'existing_files_count', 'int'),
    field(506, 'deleted_files_count', 'int'),
    field(512, 'added_rows_count', 'long'),
    field(513, 'existing_rows_count', 'long'),
    field(514, 'deleted_rows_count', 'long'),
    nullable(507, 'partitions', {
      type: 'array',
      items: {
        type: 'record',
        name: 'r508',
        fields: [
          field(509, 'contains_null', 'boolean'),
          nullable(518, 'contains_nan', 'boolean'),
          nullable(510, 'lower_bound', 'bytes'),
          nullable(511, 'upper_bound', 'bytes'),
        ],
      },
      'element-id': 508,
    }),
    nullable(519, 'key_metadata', 'bytes'),
  ],
}

/**
 * The schema of a manifest of format version 2, to write.
 *
 * @param partition The fields of the partition struct as Avro fields with `field-id`s, in the order of the spec.
 */
export function manifestEntrySchema(partition: readonly JsonValue[]): JsonValue {
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      field(0, 'status', 'int'),
      nullable(1, 'snapshot_id', 'long'),
      nullable(3, 'sequence_number', 'long'),
      nullable(4, 'file_sequence_number', 'long'),
      field(2, 'data_file', {
        type: 'record',
        name: 'r2',
        fields: [
          field(134, 'content', 'int'),
          field(100, 'file_path', 'string'),
          field(101, 'file_format', 'string'),
          field(102, 'partition', { type: 'record', name: 'r102', fields: partition }),
          field(103, 'record_count', 'long'),
          field(104, 'file_size_in_bytes', 'long'),
          nullable(108, 'column_sizes', pairsJson(117, 118, 'long')),
          nullable(109, 'value_counts', pairsJson(119, 120, 'long')),
          nullable(110, 'null_value_counts', pairsJson(121, 122, 'long')),
          nullable(137, 'nan_value_counts', pairsJson(138, 139, 'long')),
          nullable(125, 'lower_bounds', pairsJson(126, 127, 'bytes')),
          nullable(128, 'upper_bounds', pairsJson(129, 130, 'bytes')),
          nullable(131, 'key_metadata', 'bytes'),
          nullable(132, 'split_offsets', { type: 'array', items: 'long', 'element-id': 133 }),
          nullable(135, 'equality_ids', { type: 'array', items: 'int', 'element-id': 136 }),
          nullable(140, 'sort_order_id', 'int'),
          nullable(143, 'referenced_data_file', 'string'),
        ],
      }),
    ],
  }
}
