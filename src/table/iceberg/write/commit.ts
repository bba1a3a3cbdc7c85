/**
 * Commits: the next metadata file, published by a name that only one writer can take.
 *
 *   data files -> manifest -> manifest list -> v<N+1>.metadata.json (putIfAbsent) -> version-hint.text (a hint only)
 *
 * A process that dies before the publish leaves files that nothing refers to; after it the snapshot is there. When another writer took
 * the name first, the append is rebuilt on that writer's metadata and tried again: appends never conflict with each other, unless the schema or
 * spec that the files were written for has changed.
 *
 * Spec: Iceberg table spec, "File System Tables", "Snapshots", "Optimistic Concurrency".
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { DataError, SqlError } from '../../../core/errors.ts'
import { type JsonObject, type JsonValue, writeExactJson } from '../../../core/exact-json.ts'
import { joinLocation } from '../../../storage/file-location.ts'
import type { StorageAccess } from '../../../storage/storage-access.ts'
import { loadMetadata } from '../iceberg-table.ts'
import { type ManifestFile, readManifestList } from '../manifest.ts'
import { type TableMetadata, parseMetadata } from '../metadata.ts'
import { type BoundSpec, bindSpecs } from '../partition.ts'
import { currentSchema } from '../snapshot.ts'
import type { StagedFile } from './data-file.ts'
import { type AddedManifest, encodeManifest, encodeManifestList, summarizePartitions } from './manifests.ts'

const ATTEMPTS_MAX = 50
const BACKOFF_MS_MAX = 200

export interface CommitTarget {
  readonly access: StorageAccess
  /** The table's folder as it is reached now. */
  readonly url: string
  readonly name: string
}

export interface Committed {
  readonly rowCount: number
  readonly snapshotId: bigint
}

/** The spec that new files are written for. */
export function defaultSpec(metadata: TableMetadata): BoundSpec {
  const spec = bindSpecs(metadata, currentSchema(metadata)).get(metadata.defaultSpecId)
  if (spec === undefined) throw new DataError('XX001', `Iceberg table has no partition spec ${metadata.defaultSpecId}`)
  return spec
}

/** Publishes the first metadata file of a table; false when there is a table already. */
export async function publishNewTable({ access, url }: CommitTarget, json: JsonObject): Promise<boolean> {
  const storage = access.storageFor(url)
  const published = await storage.putIfAbsent(metadataUrl(url, 1), encode(json))
  if (published) await writeHint(access, url, 1)
  return published
}

/**
 * Appends files in one snapshot. `fresh` is the metadata of a table that does not exist yet: it appears with the snapshot.
 * Errors: 40001 when other writers win every time or changed what the files were written for, 42P07 when a fresh table exists.
 */
export async function commitAppend(
  target: CommitTarget,
  base: TableMetadata,
  files: readonly StagedFile[],
  fresh?: JsonObject,
): Promise<Committed> {
  const storage = target.access.storageFor(target.url)
  const snapshotId = randomSnapshotId()
  const rowCount = files.reduce((sum, file) => sum + file.rowCount, 0)
  const manifests = files.length === 0 ? [] : [await writeManifest(target, base, files)]
  const lists: string[] = []
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const current = fresh === undefined ? await currentState(target, base) : { metadata: base, version: 0 }
      const list = await writeManifestList(target, current.metadata, { snapshotId, attempt }, manifests)
      lists.push(list.url)
      const json = withSnapshot(current.metadata, { snapshotId, list, files, previous: current.url })
      if (await storage.putIfAbsent(metadataUrl(target.url, current.version + 1), encode(json))) {
        await writeHint(target.access, target.url, current.version + 1)
        await deleteAll(target, lists.slice(0, -1))
        return { rowCount, snapshotId }
      }
      if (fresh !== undefined) throw new SqlError('42P07', `relation "${target.name}" already exists`)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(BACKOFF_MS_MAX, 5 * 2 ** attempt)))
    }
    throw new SqlError('40001', `could not commit to "${target.name}": other writers committed ${ATTEMPTS_MAX} times in between`)
  } catch (error) {
    await deleteAll(target, [...lists, ...manifests.map(({ path }) => target.access.locate(path))])
    throw error
  }
}

interface CurrentState {
  readonly metadata: TableMetadata
  readonly version: number
  readonly url?: string
}

async function currentState(target: CommitTarget, base: TableMetadata): Promise<CurrentState> {
  const loaded = await loadMetadata(target.access, target.url)
  if (loaded === undefined) throw new DataError('58P01', `table "${target.name}" was dropped while it was written to`)
  const { metadata, location } = loaded
  if (metadata.uuid !== base.uuid) throw new SqlError('40001', `table "${target.name}" was replaced while it was written to`)
  if (metadata.currentSchemaId !== base.currentSchemaId || metadata.defaultSpecId !== base.defaultSpecId) {
    throw new SqlError('40001', `the schema or partitioning of "${target.name}" was changed while it was written to`)
  }
  return { metadata, version: location.version, url: location.url }
}

function metadataUrl(url: string, version: number): string {
  return joinLocation(url, 'metadata', `v${version}.metadata.json`)
}

function encode(json: JsonObject): Uint8Array {
  return new TextEncoder().encode(writeExactJson(json))
}

/** Only a hint: readers look for later versions too, so a failure here loses nothing. */
async function writeHint(access: StorageAccess, url: string, version: number): Promise<void> {
  await access.storageFor(url).put(joinLocation(url, 'metadata', 'version-hint.text'), new TextEncoder().encode(String(version)))
}

async function writeManifest(target: CommitTarget, metadata: TableMetadata, files: readonly StagedFile[]): Promise<AddedManifest> {
  const spec = defaultSpec(metadata)
  const bytes = encodeManifest(metadata, spec, files)
  const name = `${randomUUID()}-m0.avro`
  await target.access.storageFor(target.url).put(joinLocation(target.url, 'metadata', name), bytes)
  return {
    path: joinLocation(metadata.location, 'metadata', name),
    byteCount: bytes.byteLength,
    specId: spec.id,
    fileCount: files.length,
    rowCount: files.reduce((sum, file) => sum + BigInt(file.rowCount), 0n),
    partitions: summarizePartitions(spec, files),
  }
}

async function writeManifestList(
  { access, url }: CommitTarget,
  metadata: TableMetadata,
  { snapshotId, attempt }: { readonly snapshotId: bigint; readonly attempt: number },
  added: readonly AddedManifest[],
): Promise<{ readonly url: string; readonly path: string }> {
  const parent = metadata.snapshots.find(({ id }) => id === metadata.currentSnapshotId)
  const existing: ManifestFile[] = []
  if (parent !== undefined) for await (const manifest of readManifestList(access, parent)) existing.push(manifest)
  const snapshot = { id: snapshotId, parentId: parent?.id, sequenceNumber: metadata.lastSequenceNumber + 1n }
  const name = `snap-${snapshotId}-${attempt + 1}-${randomUUID()}.avro`
  const file = joinLocation(url, 'metadata', name)
  await access.storageFor(url).put(file, encodeManifestList(snapshot, added, existing))
  return { url: file, path: joinLocation(metadata.location, 'metadata', name) }
}

interface NewSnapshot {
  readonly snapshotId: bigint
  readonly list: { readonly path: string }
  readonly files: readonly StagedFile[]
  readonly previous: string | undefined
}

/** The metadata with the snapshot added; everything that is not ours is carried over as it stands. */
function withSnapshot(metadata: TableMetadata, { snapshotId, list, files, previous }: NewSnapshot): JsonObject {
  const { json, currentSnapshotId } = metadata
  // Snapshots never go back in time, whatever the clocks of their writers say.
  const now = BigInt(Math.max(Date.now(), Number(metadata.lastUpdatedMs) + 1))
  const sequenceNumber = metadata.lastSequenceNumber + 1n
  const snapshot: JsonObject = {
    'sequence-number': sequenceNumber,
    'snapshot-id': snapshotId,
    ...(currentSnapshotId === undefined ? {} : { 'parent-snapshot-id': currentSnapshotId }),
    'timestamp-ms': now,
    summary: summaryOf(metadata, files),
    'manifest-list': list.path,
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
    'metadata-log': [
      ...arrayOf(json['metadata-log']),
      ...(previous === undefined ? [] : [{ 'metadata-file': previous, 'timestamp-ms': metadata.lastUpdatedMs }]),
    ],
    refs: { ...refs, main: { ...((refs['main'] ?? {}) as JsonObject), 'snapshot-id': snapshotId, type: 'branch' } },
  }
}

function arrayOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : []
}

function summaryOf(metadata: TableMetadata, files: readonly StagedFile[]): JsonObject {
  const parent = metadata.snapshots.find(({ id }) => id === metadata.currentSnapshotId)?.summary
  const before = (key: string): bigint => BigInt(parent?.get(key) ?? '0')
  const rows = files.reduce((sum, file) => sum + BigInt(file.rowCount), 0n)
  const bytes = files.reduce((sum, file) => sum + BigInt(file.byteCount), 0n)
  const total = (key: string, added: bigint): string => String(before(key) + added)
  return {
    operation: 'append',
    'added-data-files': String(files.length),
    'added-records': String(rows),
    'added-files-size': String(bytes),
    'changed-partition-count': String(new Set(files.map((file) => JSON.stringify(file.partition.map(String)))).size),
    'total-data-files': total('total-data-files', BigInt(files.length)),
    'total-records': total('total-records', rows),
    'total-files-size': total('total-files-size', bytes),
    'total-delete-files': total('total-delete-files', 0n),
    'total-position-deletes': total('total-position-deletes', 0n),
    'total-equality-deletes': total('total-equality-deletes', 0n),
    'engine-name': 'sluice',
  }
}

/** Positive and unlikely to be taken: 63 random bits. */
function randomSnapshotId(): bigint {
  return BigInt.asUintN(63, randomBytes(8).readBigUInt64LE()) || 1n
}

async function deleteAll({ access, url }: CommitTarget, files: readonly string[]): Promise<void> {
  await Promise.all(files.map((file) => access.storageFor(url).delete(file)))
}

/** The metadata that `json` stands for, before it is published. */
export function parseNewMetadata(json: JsonObject): TableMetadata {
  return parseMetadata(json, 'the new table')
}
