/**
 * Metadata as tables: `t$snapshots`, `t$files`, ... with the columns of Iceberg's own Spark procedures.
 *
 * Spec: Iceberg documentation, "Spark Queries, Inspecting tables".
 */
import { SqlError } from '../../core/errors.ts'
import { BIGINT, BOOLEAN, BYTEA, type DataType, type Field, INTEGER, TIMESTAMPTZ, VARCHAR } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { type MemoryTable, createMemoryTable } from '../memory/memory-table.ts'
import { decodeBound } from './bounds.ts'
import { type ContentFile, type FieldSummary, type ManifestEntry, type ManifestFile, readManifest, readManifestList } from './manifest.ts'
import type { TableMetadata } from './metadata.ts'
import { type BoundSpec, partitionValuesKey } from './partition.ts'
import { partitionText } from './partition-text.ts'
import { type PartitionType, partitionTypeOf } from './partition-type.ts'
import type { ScanContext } from './scan.ts'

export interface MetadataTableContext extends ScanContext {
  readonly metadata: TableMetadata
  /** Where the metadata came from. */
  readonly metadataFile: string
  /** Display name of the table. */
  readonly name: string
}

type Column = readonly [name: string, type: DataType]
type Row = readonly LiteralValue[]

interface Content {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

type Reader = (context: MetadataTableContext) => Content | Promise<Content>

const KINDS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['snapshots', snapshots],
  ['history', history],
  ['refs', refs],
  ['metadata_log_entries', metadataLog],
  ['manifests', manifests],
  ['files', async (context) => files(context, () => true)],
  ['data_files', async (context) => files(context, (file) => file.content === 'data')],
  ['delete_files', async (context) => files(context, (file) => file.content !== 'data')],
  ['entries', entries],
  ['partitions', partitions],
])

export const METADATA_TABLES: readonly string[] = [...KINDS.keys()]

/** 42P01 for a kind that is not one of METADATA_TABLES. */
export async function openMetadataTable(kind: string, context: MetadataTableContext): Promise<MemoryTable> {
  const read = KINDS.get(kind)
  if (read === undefined) throw new SqlError('42P01', `table "${context.name}" has no metadata table "${kind}"`)
  const { columns, rows } = await read(context)
  const fields = columns.map(([name, type]): Field => ({ name, type, nullable: true }))
  const values = columns.map((_, i) => rows.map((row) => row[i]!))
  return createMemoryTable(`${context.name}$${kind}`, { fields }, values)
}

function listOf(type: DataType): DataType {
  return { kind: 'list', element: { name: 'element', type, nullable: true } }
}

function mapOf(key: DataType, value: DataType): DataType {
  return { kind: 'map', key: { name: 'key', type: key, nullable: false }, value: { name: 'value', type: value, nullable: true } }
}

function structOf(columns: readonly Column[]): DataType {
  return { kind: 'struct', fields: columns.map(([name, type]) => ({ name, type, nullable: true })) }
}

const micros = (millis: bigint): bigint => millis * 1000n

function snapshots({ metadata }: MetadataTableContext): Content {
  return {
    columns: [
      ['committed_at', TIMESTAMPTZ],
      ['snapshot_id', BIGINT],
      ['parent_id', BIGINT],
      ['operation', VARCHAR],
      ['manifest_list', VARCHAR],
      ['summary', mapOf(VARCHAR, VARCHAR)],
    ],
    rows: metadata.snapshots.map(({ timestampMs, id, parentId, summary, manifestList }) => {
      const others = [...summary].filter(([key]) => key !== 'operation')
      return [micros(timestampMs), id, parentId ?? null, summary.get('operation') ?? null, manifestList ?? null, others]
    }),
  }
}

function history({ metadata }: MetadataTableContext): Content {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot.id, snapshot]))
  const ancestors = new Set<bigint>()
  let id = metadata.currentSnapshotId
  while (id !== undefined && !ancestors.has(id)) {
    ancestors.add(id)
    id = byId.get(id)?.parentId
  }
  return {
    columns: [
      ['made_current_at', TIMESTAMPTZ],
      ['snapshot_id', BIGINT],
      ['parent_id', BIGINT],
      ['is_current_ancestor', BOOLEAN],
    ],
    rows: metadata.snapshotLog.map(({ timestampMs, snapshotId }) => [
      micros(timestampMs),
      snapshotId,
      byId.get(snapshotId)?.parentId ?? null,
      ancestors.has(snapshotId),
    ]),
  }
}

function refs({ metadata }: MetadataTableContext): Content {
  return {
    columns: [
      ['name', VARCHAR],
      ['type', VARCHAR],
      ['snapshot_id', BIGINT],
      ['max_reference_age_in_ms', BIGINT],
      ['min_snapshots_to_keep', INTEGER],
      ['max_snapshot_age_in_ms', BIGINT],
    ],
    rows: [...metadata.refs].map(([name, ref]) => [
      name,
      ref.type.toUpperCase(),
      ref.snapshotId,
      ref.maxRefAgeMs ?? null,
      ref.minSnapshotsToKeep ?? null,
      ref.maxSnapshotAgeMs ?? null,
    ]),
  }
}

/** The metadata files that are remembered, the current one last, each with the snapshot that was current when it was written. */
function metadataLog({ metadata, metadataFile }: MetadataTableContext): Content {
  const log = [...metadata.metadataLog, { file: metadataFile, timestampMs: metadata.lastUpdatedMs }]
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot.id, snapshot]))
  return {
    columns: [
      ['timestamp', TIMESTAMPTZ],
      ['file', VARCHAR],
      ['latest_snapshot_id', BIGINT],
      ['latest_schema_id', INTEGER],
      ['latest_sequence_number', BIGINT],
    ],
    rows: log.map(({ file, timestampMs }) => {
      const latest = metadata.snapshotLog.findLast((entry) => entry.timestampMs <= timestampMs)?.snapshotId
      const snapshot = latest === undefined ? undefined : byId.get(latest)
      return [micros(timestampMs), file, latest ?? null, snapshot?.schemaId ?? null, snapshot?.sequenceNumber ?? null]
    }),
  }
}

const SUMMARY_TYPE = structOf([
  ['contains_null', BOOLEAN],
  ['contains_nan', BOOLEAN],
  ['lower_bound', VARCHAR],
  ['upper_bound', VARCHAR],
])

async function manifests(context: MetadataTableContext): Promise<Content> {
  const rows: Row[] = []
  for (const manifest of await manifestsOf(context)) {
    const counts = [manifest.addedFilesCount, manifest.existingFilesCount, manifest.deletedFilesCount].map((count) => count ?? 0)
    const none = [0, 0, 0]
    const isData = manifest.content === 'data'
    const summaries = manifest.partitions?.map((summary, i) => summaryValue(summary, context.specs.get(manifest.specId), i))
    rows.push([
      isData ? 0 : 1,
      manifest.path,
      BigInt(manifest.byteCount),
      manifest.specId,
      manifest.addedSnapshotId ?? null,
      ...(isData ? counts : none),
      ...(isData ? none : counts),
      summaries ?? [],
    ])
  }
  return {
    columns: [
      ['content', INTEGER],
      ['path', VARCHAR],
      ['length', BIGINT],
      ['partition_spec_id', INTEGER],
      ['added_snapshot_id', BIGINT],
      ['added_data_files_count', INTEGER],
      ['existing_data_files_count', INTEGER],
      ['deleted_data_files_count', INTEGER],
      ['added_delete_files_count', INTEGER],
      ['existing_delete_files_count', INTEGER],
      ['deleted_delete_files_count', INTEGER],
      ['partition_summaries', listOf(SUMMARY_TYPE)],
    ],
    rows,
  }
}

function summaryValue(summary: FieldSummary, spec: BoundSpec | undefined, index: number): LiteralValue {
  const field = spec?.fields[index]
  const text = (bytes: Uint8Array | undefined): LiteralValue => {
    const value = bytes && field?.type && decodeBound(bytes, field.type)
    return value === undefined || field === undefined ? null : partitionText(value, field)
  }
  return [summary.containsNull, summary.containsNan ?? null, text(summary.lowerBound), text(summary.upperBound)]
}

async function manifestsOf({ access, snapshot }: MetadataTableContext): Promise<ManifestFile[]> {
  const list: ManifestFile[] = []
  if (snapshot !== undefined) for await (const manifest of readManifestList(access, snapshot)) list.push(manifest)
  return list
}

async function* entriesOf(context: MetadataTableContext): AsyncGenerator<ManifestEntry> {
  for (const manifest of await manifestsOf(context)) {
    for await (const block of readManifest(context.access, manifest, { withStatistics: true })) yield* block
  }
}

const CONTENTS: Record<ContentFile['content'], number> = { data: 0, 'position-deletes': 1, 'equality-deletes': 2 }

function fileColumns({ type }: PartitionType): readonly Column[] {
  return [
    ['content', INTEGER],
    ['file_path', VARCHAR],
    ['file_format', VARCHAR],
    ['spec_id', INTEGER],
    ...(type === null ? [] : ([['partition', type]] as const)),
    ['record_count', BIGINT],
    ['file_size_in_bytes', BIGINT],
    ['column_sizes', mapOf(INTEGER, BIGINT)],
    ['value_counts', mapOf(INTEGER, BIGINT)],
    ['null_value_counts', mapOf(INTEGER, BIGINT)],
    ['nan_value_counts', mapOf(INTEGER, BIGINT)],
    ['lower_bounds', mapOf(INTEGER, BYTEA)],
    ['upper_bounds', mapOf(INTEGER, BYTEA)],
    ['key_metadata', BYTEA],
    ['split_offsets', listOf(BIGINT)],
    ['equality_ids', listOf(INTEGER)],
    ['sort_order_id', INTEGER],
    ['referenced_data_file', VARCHAR],
    ['content_offset', BIGINT],
    ['content_size_in_bytes', BIGINT],
  ]
}

function fileRow(file: ContentFile, partition: PartitionType): Row {
  const counts = (map: ReadonlyMap<number, number> | undefined): LiteralValue =>
    map === undefined ? null : [...map].map(([id, count]) => [id, BigInt(count)])
  const bounds = (map: ReadonlyMap<number, Uint8Array> | undefined): LiteralValue => (map === undefined ? null : [...map])
  const long = (value: number | undefined): LiteralValue => (value === undefined ? null : BigInt(value))
  return [
    CONTENTS[file.content],
    file.path,
    file.format.toUpperCase(),
    file.specId,
    ...(partition.type === null ? [] : [partition.valueOf(file)]),
    BigInt(file.recordCount),
    BigInt(file.byteCount),
    counts(file.columnSizes),
    counts(file.valueCounts),
    counts(file.nullCounts),
    counts(file.nanCounts),
    bounds(file.lowerBounds),
    bounds(file.upperBounds),
    null,
    file.splitOffsets?.map((offset) => BigInt(offset)) ?? null,
    file.equalityIds.length === 0 ? null : file.equalityIds,
    file.sortOrderId ?? null,
    file.referencedDataFile ?? null,
    long(file.contentOffset),
    long(file.contentByteCount),
  ]
}

async function files(context: MetadataTableContext, isWanted: (file: ContentFile) => boolean): Promise<Content> {
  const partition = partitionTypeOf(context.specs)
  const rows: Row[] = []
  for await (const { status, file } of entriesOf(context)) {
    if (status !== 'deleted' && isWanted(file)) rows.push(fileRow(file, partition))
  }
  return { columns: fileColumns(partition), rows }
}

const STATUSES: Record<ManifestEntry['status'], number> = { existing: 0, added: 1, deleted: 2 }

async function entries(context: MetadataTableContext): Promise<Content> {
  const partition = partitionTypeOf(context.specs)
  const rows: Row[] = []
  for await (const { status, snapshotId, sequenceNumber, fileSequenceNumber, file } of entriesOf(context)) {
    rows.push([STATUSES[status], snapshotId ?? null, sequenceNumber, fileSequenceNumber, fileRow(file, partition)])
  }
  return {
    columns: [
      ['status', INTEGER],
      ['snapshot_id', BIGINT],
      ['sequence_number', BIGINT],
      ['file_sequence_number', BIGINT],
      ['data_file', structOf(fileColumns(partition))],
    ],
    rows,
  }
}

interface PartitionSum {
  readonly value: LiteralValue
  specId: number
  updatedMs: bigint | null
  updatedBy: bigint | null
  readonly data: { records: bigint; files: number; bytes: bigint }
  readonly positions: { records: bigint; files: number }
  readonly equality: { records: bigint; files: number }
}

async function partitions(context: MetadataTableContext): Promise<Content> {
  const partition = partitionTypeOf(context.specs)
  const times = new Map(context.metadata.snapshots.map(({ id, timestampMs }) => [id, timestampMs]))
  const sums = new Map<string, PartitionSum>()
  for await (const { status, snapshotId, file } of entriesOf(context)) {
    if (status === 'deleted') continue
    // As Iceberg has it: partitions of two specs are one when the specs' fields are the same.
    const key = `${file.partition.ids.join()}|${partitionValuesKey(file)}`
    let sum = sums.get(key)
    if (sum === undefined) sums.set(key, (sum = emptySum(partition.valueOf(file), file.specId)))
    addFile(sum, file)
    const updatedMs = snapshotId === undefined ? undefined : times.get(snapshotId)
    if (updatedMs !== undefined && (sum.updatedMs === null || updatedMs > sum.updatedMs)) {
      sum.updatedMs = updatedMs
      sum.updatedBy = snapshotId!
      sum.specId = file.specId
    }
  }
  const own: readonly Column[] = partition.type === null ? [] : [['partition', partition.type], ['spec_id', INTEGER]]
  return {
    columns: [
      ...own,
      ['record_count', BIGINT],
      ['file_count', INTEGER],
      ['total_data_file_size_in_bytes', BIGINT],
      ['position_delete_record_count', BIGINT],
      ['position_delete_file_count', INTEGER],
      ['equality_delete_record_count', BIGINT],
      ['equality_delete_file_count', INTEGER],
      ['last_updated_at', TIMESTAMPTZ],
      ['last_updated_snapshot_id', BIGINT],
    ],
    rows: [...sums.values()].map(({ value, specId, data, positions, equality, updatedMs, updatedBy }) => [
      ...(partition.type === null ? [] : [value, specId]),
      data.records,
      data.files,
      data.bytes,
      positions.records,
      positions.files,
      equality.records,
      equality.files,
      updatedMs === null ? null : micros(updatedMs),
      updatedBy,
    ]),
  }
}

function emptySum(value: LiteralValue, specId: number): PartitionSum {
  return {
    value,
    specId,
    updatedMs: null,
    updatedBy: null,
    data: { records: 0n, files: 0, bytes: 0n },
    positions: { records: 0n, files: 0 },
    equality: { records: 0n, files: 0 },
  }
}

function addFile(sum: PartitionSum, file: ContentFile): void {
  const part = file.content === 'data' ? sum.data : file.content === 'position-deletes' ? sum.positions : sum.equality
  part.records += BigInt(file.recordCount)
  part.files++
  if (file.content === 'data') sum.data.bytes += BigInt(file.byteCount)
}
