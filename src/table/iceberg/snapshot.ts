/**
 * Which snapshot and which schema a version of a table means.
 *
 * By id, tag or time the schema is the snapshot's own; a branch, and the table as it is now, have the current schema. By time counts what
 * was current then: the snapshot log, not the snapshots' own times (a rollback makes an old snapshot current again).
 *
 * Spec: Iceberg table spec, "Snapshot References"; Iceberg Java's SnapshotUtil.schemaFor.
 */
import { SqlError, corrupt } from '../../core/errors.ts'
import type { VersionSpec } from '../table.ts'
import type { Snapshot, TableMetadata } from './metadata.ts'
import type { IcebergSchema } from './schema.ts'

export interface TableVersion {
  /** Undefined: the table has no data yet. */
  readonly snapshot: Snapshot | undefined
  readonly schema: IcebergSchema
}

/** 22023 when there is no such version, or no longer. */
export function resolveVersion(metadata: TableMetadata, name: string, at?: VersionSpec): TableVersion {
  const current = currentSchema(metadata)
  // Version 1 metadata may leave out the branch that always is.
  if (at === undefined || (at.kind === 'version' && at.value === 'main' && !metadata.refs.has('main'))) {
    const id = metadata.currentSnapshotId ?? metadata.refs.get('main')?.snapshotId
    return {
      snapshot: id === undefined ? undefined : findSnapshot(metadata, name, id),
      schema: current,
    }
  }
  if (at.kind === 'timestamp') {
    const snapshot = findSnapshot(metadata, name, snapshotIdAt(metadata, name, at.micros))
    return { snapshot, schema: schemaOfSnapshot(metadata, snapshot) }
  }
  if (typeof at.value === 'string') {
    const ref = metadata.refs.get(at.value)
    if (ref !== undefined) {
      const snapshot = findSnapshot(metadata, name, ref.snapshotId)
      const schema = ref.type === 'branch' ? current : schemaOfSnapshot(metadata, snapshot)
      return { snapshot, schema }
    }
    if (!/^\d{1,19}$/.test(at.value)) {
      throw new SqlError('22023', `version "${at.value}" of table "${name}" not found`, {
        hint: `Branches and tags: ${[...metadata.refs.keys()].join(', ') || 'none'}.`,
      })
    }
  }
  const snapshot = findSnapshot(metadata, name, BigInt(at.value))
  return { snapshot, schema: schemaOfSnapshot(metadata, snapshot) }
}

export function currentSchema(metadata: TableMetadata): IcebergSchema {
  const schema = metadata.schemas.find(({ id }) => id === metadata.currentSchemaId)
  if (schema !== undefined) return schema
  throw corrupt(
    metadata.location,
    `the current schema ${metadata.currentSchemaId} is not among the schemas of the table`,
  )
}

function schemaOfSnapshot(metadata: TableMetadata, { schemaId }: Snapshot): IcebergSchema {
  const own = schemaId === undefined ? undefined : metadata.schemas.find(({ id }) => id === schemaId)
  return own ?? currentSchema(metadata)
}

function findSnapshot(metadata: TableMetadata, name: string, id: bigint): Snapshot {
  const snapshot = metadata.snapshots.find((candidate) => candidate.id === id)
  if (snapshot !== undefined) return snapshot
  throw new SqlError('22023', `snapshot ${id} of table "${name}" not found`, {
    hint: `It may have expired: "${name}$snapshots" lists those that are kept.`,
  })
}

/** The snapshot that was current at a time; undefined before the first. */
export function snapshotIdAtOrBefore(metadata: TableMetadata, micros: bigint): bigint | undefined {
  let found: bigint | undefined
  // Version 1 tables may lack the log.
  const log =
    metadata.snapshotLog.length > 0
      ? metadata.snapshotLog
      : metadata.snapshots.map(({ id, timestampMs }) => ({ snapshotId: id, timestampMs }))
  for (const { timestampMs, snapshotId } of log) {
    if (timestampMs * 1000n <= micros) found = snapshotId
  }
  return found
}

function snapshotIdAt(metadata: TableMetadata, name: string, micros: bigint): bigint {
  const found = snapshotIdAtOrBefore(metadata, micros)
  if (found !== undefined) return found
  throw new SqlError('22023', `table "${name}" has no snapshot at or before ${instantText(micros)}`, {
    hint: `"${name}$history" lists when which snapshot was current.`,
  })
}

function instantText(micros: bigint): string {
  const date = new Date(Number(micros / 1000n))
  // JavaScript's dates end before the engine's.
  return Number.isNaN(date.getTime()) ? `${micros} microseconds` : date.toISOString()
}

/** Distinct values by field id, as computed for the snapshot or the nearest one before it; empty when never. */
export function distinctCountsAt(metadata: TableMetadata, snapshot: Snapshot | undefined): ReadonlyMap<number, number> {
  const byId = new Map(metadata.snapshots.map((one) => [one.id, one]))
  const seen = new Set<bigint>()
  for (let at = snapshot; at !== undefined && !seen.has(at.id);) {
    seen.add(at.id)
    const { id, parentId } = at
    const found = metadata.statistics.find(({ snapshotId }) => snapshotId === id)
    if (found !== undefined) return found.distinctCounts
    at = parentId === undefined ? undefined : byId.get(parentId)
  }
  return new Map()
}
