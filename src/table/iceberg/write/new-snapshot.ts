/**
 * The metadata JSON with one more snapshot.
 *
 * What is not ours (properties, refs, statistics, fields of other writers) is carried over as it stands.
 *
 * Spec: Iceberg table spec, "Snapshots", "Optional Snapshot Summary Fields", "Table Metadata Fields".
 */
import type { JsonObject, JsonValue } from '../../../core/exact-json.ts'
import type { LiteralValue } from '../../../core/value.ts'
import type { TableMetadata } from '../metadata.ts'
import type { StagedFile } from './data-file.ts'
import { partitionKeyOf } from './partition-rows.ts'

/** Earlier metadata files that are remembered, unless the table says otherwise: Iceberg's default. */
const METADATA_LOG_MAX = 100

export interface NewSnapshot {
  readonly snapshotId: bigint
  /** As recorded. */
  readonly manifestList: string
  readonly files: readonly StagedFile[]
  /** The metadata file that this follows, as recorded. */
  readonly previous: string | undefined
}

export function withSnapshot(
  metadata: TableMetadata,
  { snapshotId, manifestList, files, previous }: NewSnapshot,
): JsonObject {
  const { json, currentSnapshotId } = metadata
  const now = nextTimestamp(metadata)
  const sequenceNumber = metadata.lastSequenceNumber + 1n
  const snapshot: JsonObject = {
    'sequence-number': sequenceNumber,
    'snapshot-id': snapshotId,
    ...(currentSnapshotId === undefined ? {} : { 'parent-snapshot-id': currentSnapshotId }),
    'timestamp-ms': now,
    summary: summaryOf(metadata, files),
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
    'metadata-log': previous === undefined ? arrayOf(json['metadata-log']) : metadataLog(metadata, previous),
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

/** What Iceberg's own writers say of an append; counts of 0 are left out of what was added. */
function summaryOf(metadata: TableMetadata, files: readonly StagedFile[]): JsonObject {
  const parent = metadata.snapshots.find(({ id }) => id === metadata.currentSnapshotId)?.summary
  const rows = files.reduce((sum, file) => sum + BigInt(file.rowCount), 0n)
  const bytes = files.reduce((sum, file) => sum + BigInt(file.byteCount), 0n)
  const added: Record<string, string> = {}
  if (files.length > 0) {
    added['added-data-files'] = String(files.length)
    added['added-records'] = String(rows)
    added['added-files-size'] = String(bytes)
  }
  const totals: Record<string, string> = {}
  const total = (key: string, more: bigint): void => {
    // A total that a parent lacks is not known; only the first snapshot begins at 0.
    const before = parent === undefined ? '0' : parent.get(key)
    if (before !== undefined && /^\d{1,19}$/.test(before)) totals[key] = String(BigInt(before) + more)
  }
  total('total-records', rows)
  total('total-files-size', bytes)
  total('total-data-files', BigInt(files.length))
  total('total-delete-files', 0n)
  total('total-position-deletes', 0n)
  total('total-equality-deletes', 0n)
  const partitions = new Set(files.map(({ partition }) => partitionKeyOf(partition as readonly LiteralValue[])))
  return {
    operation: 'append',
    ...added,
    'changed-partition-count': String(partitions.size),
    ...totals,
    'engine-name': 'sluice',
  }
}
