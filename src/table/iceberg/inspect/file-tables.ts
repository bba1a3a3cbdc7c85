/** `t$manifests`, `t$files` and its parts, `t$entries`: from the manifest list and the manifests. */
import { BIGINT, BOOLEAN, BYTEA, INTEGER, VARCHAR, listOf, mapOf } from '../../../core/types.ts'
import type { LiteralValue } from '../../../expr/expr.ts'
import { decodeBound } from '../bounds.ts'
import type { ContentFile, FieldSummary, ManifestEntry, ManifestFile } from '../manifest.ts'
import type { BoundSpec } from '../partition.ts'
import { partitionText } from '../partition-text.ts'
import { type PartitionType, partitionTypeOf } from '../partition-type.ts'
import type { ManifestsOf, MetadataTableContext } from './content.ts'
import type { Column, Content, Row } from '../../metadata-content.ts'
import { entriesOf, manifestsOf, structOf } from './content.ts'
import { readableMetricsOf } from './readable-metrics.ts'

const SUMMARY_TYPE = structOf([
  ['contains_null', BOOLEAN],
  ['contains_nan', BOOLEAN],
  ['lower_bound', VARCHAR],
  ['upper_bound', VARCHAR],
])

const MANIFEST_COLUMNS: readonly Column[] = [
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
]

export async function manifests(context: MetadataTableContext): Promise<Content> {
  const rows = (await manifestsOf(context)).map((manifest) => manifestRow(context, manifest))
  return { columns: MANIFEST_COLUMNS, rows }
}

/** Manifests of all snapshots, once for each of them. */
export async function allManifests(context: MetadataTableContext): Promise<Content> {
  const rows: Row[] = []
  for (const snapshot of context.metadata.snapshots) {
    for (const manifest of await manifestsOf({ ...context, snapshot })) {
      rows.push([...manifestRow(context, manifest), snapshot.id])
    }
  }
  return { columns: [...MANIFEST_COLUMNS, ['reference_snapshot_id', BIGINT]], rows }
}

function manifestRow(context: MetadataTableContext, manifest: ManifestFile): Row {
  const counts = [manifest.addedFilesCount, manifest.existingFilesCount, manifest.deletedFilesCount].map(
    (count) => count ?? 0,
  )
  const none = [0, 0, 0]
  const isData = manifest.content === 'data'
  const summaries = manifest.partitions?.map((summary, i) =>
    summaryValue(summary, context.specs.get(manifest.specId), i),
  )
  return [
    isData ? 0 : 1,
    manifest.path,
    BigInt(manifest.byteCount),
    manifest.specId,
    manifest.addedSnapshotId ?? null,
    ...(isData ? counts : none),
    ...(isData ? none : counts),
    summaries ?? [],
  ]
}

function summaryValue(summary: FieldSummary, spec: BoundSpec | undefined, index: number): LiteralValue {
  const field = spec?.fields[index]
  const text = (bytes: Uint8Array | undefined): LiteralValue => {
    const value = bytes && field?.type && decodeBound(bytes, field.type)
    return value === undefined || field === undefined ? null : partitionText(value, field)
  }
  return [summary.containsNull, summary.containsNan ?? null, text(summary.lowerBound), text(summary.upperBound)]
}

const CONTENTS: Record<ContentFile['content'], number> = {
  data: 0,
  'position-deletes': 1,
  'equality-deletes': 2,
}

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
    ['first_row_id', BIGINT],
    ['referenced_data_file', VARCHAR],
    ['content_offset', BIGINT],
    ['content_size_in_bytes', BIGINT],
  ]
}

function fileRow(file: ContentFile, partition: PartitionType): Row {
  const counts = (map: ReadonlyMap<number, number> | undefined): LiteralValue =>
    map === undefined ? null : [...map].map(([id, count]) => [id, BigInt(count)])
  const bounds = (map: ReadonlyMap<number, Uint8Array> | undefined): LiteralValue =>
    map === undefined ? null : [...map]
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
    file.firstRowId ?? null,
    file.referencedDataFile ?? null,
    long(file.contentOffset),
    long(file.contentByteCount),
  ]
}

/** Live files of the manifests. */
export async function files(
  context: MetadataTableContext,
  isWanted: (file: ContentFile) => boolean,
  manifestsToRead: ManifestsOf = manifestsOf,
): Promise<Content> {
  const partition = partitionTypeOf(context.specs)
  const metrics = readableMetricsOf(context.schema)
  const rows: Row[] = []
  for await (const { status, file } of entriesOf(context, manifestsToRead)) {
    if (status !== 'deleted' && isWanted(file)) rows.push([...fileRow(file, partition), metrics.valueOf(file)])
  }
  return { columns: [...fileColumns(partition), ['readable_metrics', metrics.type]], rows }
}

const STATUSES: Record<ManifestEntry['status'], number> = { existing: 0, added: 1, deleted: 2 }

export async function entries(
  context: MetadataTableContext,
  manifestsToRead: ManifestsOf = manifestsOf,
): Promise<Content> {
  const partition = partitionTypeOf(context.specs)
  const metrics = readableMetricsOf(context.schema)
  const rows: Row[] = []
  for await (const { status, snapshotId, sequenceNumber, fileSequenceNumber, file } of entriesOf(
    context,
    manifestsToRead,
  )) {
    const row = fileRow(file, partition)
    rows.push([STATUSES[status], snapshotId ?? null, sequenceNumber, fileSequenceNumber, row, metrics.valueOf(file)])
  }
  return {
    columns: [
      ['status', INTEGER],
      ['snapshot_id', BIGINT],
      ['sequence_number', BIGINT],
      ['file_sequence_number', BIGINT],
      ['data_file', structOf(fileColumns(partition))],
      ['readable_metrics', metrics.type],
    ],
    rows,
  }
}
