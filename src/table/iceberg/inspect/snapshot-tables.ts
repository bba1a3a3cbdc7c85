/** `t$snapshots`, `t$history`, `t$refs`, `t$metadata_log_entries`: from the metadata file alone. */
import { BIGINT, BOOLEAN, INTEGER, TIMESTAMPTZ, VARCHAR, mapOf } from '../../../core/types.ts'
import { type MetadataTableContext } from './content.ts'
import { type Content, micros } from '../../metadata-content.ts'

export function snapshots({ metadata }: MetadataTableContext): Content {
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

export function history({ metadata }: MetadataTableContext): Content {
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

export function refs({ metadata }: MetadataTableContext): Content {
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
export function metadataLog({ metadata, metadataFile }: MetadataTableContext): Content {
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
