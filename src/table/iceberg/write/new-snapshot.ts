/**
 * The metadata JSON with one more snapshot.
 *
 * What is not ours (properties, refs, statistics, fields of other writers) is carried over as it stands.
 *
 * Spec: Iceberg table spec, "Snapshots", "Optional Snapshot Summary Fields", "Table Metadata Fields".
 */
import type { JsonObject, JsonValue } from '../../../core/exact-json.ts'
import type { TableMetadata } from '../metadata.ts'
import type { StagedFile } from './data-file.ts'
import { partitionKeyOf } from './partition-rows.ts'

/** Earlier metadata files that are remembered, unless the table says otherwise: Iceberg's default. */
const METADATA_LOG_MAX = 100

export interface NewSnapshot {
  readonly snapshotId: bigint
  /** As recorded. */
  readonly manifestList: string
  /** What is added: data files and delete files. */
  readonly files: readonly StagedFile[]
  readonly removed: RemovedFiles
}

/** Sums over the files that a snapshot removes. */
export interface RemovedFiles {
  readonly dataFiles: number
  readonly records: bigint
  readonly deleteFiles: number
  readonly positionDeletes: bigint
  readonly equalityDeletes: bigint
  /** Of data and delete files. */
  readonly bytes: bigint
}

export const NO_FILES: RemovedFiles = {
  ...{ dataFiles: 0, records: 0n, deleteFiles: 0, positionDeletes: 0n, equalityDeletes: 0n, bytes: 0n },
}

export function withSnapshot(
  metadata: TableMetadata,
  { snapshotId, manifestList, files, removed }: NewSnapshot,
): JsonObject {
  const { json, currentSnapshotId } = metadata
  const now = nextTimestamp(metadata)
  const sequenceNumber = metadata.lastSequenceNumber + 1n
  const snapshot: JsonObject = {
    'sequence-number': sequenceNumber,
    'snapshot-id': snapshotId,
    ...(currentSnapshotId === undefined ? {} : { 'parent-snapshot-id': currentSnapshotId }),
    'timestamp-ms': now,
    summary: summaryOf(metadata, files, removed),
    'manifest-list': manifestList,
    'schema-id': metadata.currentSchemaId,
  }
  const refs = (json['refs'] ?? {}) as JsonObject
  return {
    ...json,
    'last-sequence-number': sequenceNumber,
    'last-updated-ms': now,
    'current-snapshot-id': snapshotId,
    snapshots: [...arrayOf(json['snapshots']), snapshot],
    'snapshot-log': [...arrayOf(json['snapshot-log']), { 'snapshot-id': snapshotId, 'timestamp-ms': now }],
    refs: { ...refs, main: { ...((refs['main'] ?? {}) as JsonObject), 'snapshot-id': snapshotId, type: 'branch' } },
  }
}

/** Time never goes back in a table, whatever the clocks of its writers say. */
export function nextTimestamp({ lastUpdatedMs }: TableMetadata): bigint {
  const now = BigInt(Date.now())
  return now > lastUpdatedMs ? now : lastUpdatedMs + 1n
}

/** The log of earlier metadata files with `previous`, the file of `metadata`, added; the oldest fall out. */
export function metadataLog(
  { json, properties, lastUpdatedMs }: TableMetadata,
  previous: string,
): readonly JsonValue[] {
  const wanted = Number(properties.get('write.metadata.previous-versions-max') ?? METADATA_LOG_MAX)
  const max = Number.isInteger(wanted) && wanted >= 1 ? wanted : METADATA_LOG_MAX
  return [...arrayOf(json['metadata-log']), { 'metadata-file': previous, 'timestamp-ms': lastUpdatedMs }].slice(-max)
}

function arrayOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : []
}

type FileSums = Omit<RemovedFiles, 'equalityDeletes'>

function sumsOf(files: readonly StagedFile[]): FileSums {
  const data = files.filter(({ content }) => content === 'data')
  const deletes = files.filter(({ content }) => content !== 'data')
  const rows = (some: readonly StagedFile[]): bigint => some.reduce((sum, { rowCount }) => sum + BigInt(rowCount), 0n)
  return {
    dataFiles: data.length,
    records: rows(data),
    deleteFiles: deletes.length,
    positionDeletes: rows(deletes),
    bytes: files.reduce((sum, { byteCount }) => sum + BigInt(byteCount), 0n),
  }
}

/** What Iceberg's own writers say of a snapshot; counts of 0 are left out of what was added and removed. */
function summaryOf(metadata: TableMetadata, files: readonly StagedFile[], removed: RemovedFiles): JsonObject {
  const parent = metadata.snapshots.find(({ id }) => id === metadata.currentSnapshotId)?.summary
  const added = sumsOf(files)
  const counts: Record<string, string> = {}
  const count = (key: string, value: number | bigint): void => {
    if (BigInt(value) !== 0n) counts[key] = String(value)
  }
  count('added-data-files', added.dataFiles)
  count('added-records', added.records)
  count('added-delete-files', added.deleteFiles)
  count('added-position-delete-files', added.deleteFiles)
  count('added-position-deletes', added.positionDeletes)
  count('added-files-size', added.bytes)
  count('deleted-data-files', removed.dataFiles)
  count('deleted-records', removed.records)
  count('removed-delete-files', removed.deleteFiles)
  count('removed-position-deletes', removed.positionDeletes)
  count('removed-equality-deletes', removed.equalityDeletes)
  count('removed-files-size', removed.bytes)
  const totals: Record<string, string> = {}
  const total = (key: string, more: number | bigint, less: number | bigint): void => {
    // A total that a parent lacks is not known; only the first snapshot begins at 0.
    const before = parent === undefined ? '0' : parent.get(key)
    if (before === undefined || !/^\d{1,19}$/.test(before)) return
    const now = BigInt(before) + BigInt(more) - BigInt(less)
    if (now >= 0n) totals[key] = String(now)
  }
  total('total-records', added.records, removed.records)
  total('total-files-size', added.bytes, removed.bytes)
  total('total-data-files', added.dataFiles, removed.dataFiles)
  total('total-delete-files', added.deleteFiles, removed.deleteFiles)
  total('total-position-deletes', added.positionDeletes, removed.positionDeletes)
  total('total-equality-deletes', 0n, removed.equalityDeletes)
  const partitions = new Set(files.map(({ partition }) => partitionKeyOf(partition)))
  return {
    operation: operationOf(added, removed),
    ...counts,
    'changed-partition-count': String(partitions.size),
    ...totals,
    'engine-name': 'sluice',
  }
}

/** Spec: "Optional Snapshot Summary Fields", `operation`. */
function operationOf(added: FileSums, removed: RemovedFiles): 'append' | 'overwrite' | 'delete' {
  if (removed.dataFiles === 0 && added.deleteFiles === 0) return 'append'
  return added.dataFiles === 0 ? 'delete' : 'overwrite'
}
