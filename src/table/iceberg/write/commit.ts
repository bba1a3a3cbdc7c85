/**
 * Commits: a snapshot that adds files, published as the next metadata file.
 *
 *   data files -> manifest -> manifest list -> v<N+1>.metadata.json (putIfAbsent) -> version-hint.text (a hint only)
 *
 * A process that dies before the publish leaves files that nothing refers to; after it the snapshot is there. When another writer took
 * the name first, the append is rebuilt on that writer's metadata and tried again: appends never conflict with each other, unless the schema or
 * spec that the files were written for has changed.
 *
 * Spec: Iceberg table spec, "Snapshots", "Optimistic Concurrency".
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { DataError, SluiceError, SqlError, unsupported } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/exact-json.ts'
import { baseName, joinLocation } from '../../../storage/file-location.ts'
import { loadMetadata } from '../iceberg-table.ts'
import { type ManifestFile, readManifestList } from '../manifest.ts'
import { type TableMetadata, parseMetadata } from '../metadata.ts'
import { type BoundSpec, bindSpecs } from '../partition.ts'
import { currentSchema } from '../snapshot.ts'
import type { StagedFile } from './data-file.ts'
import { type AddedManifest, encodeManifest, encodeManifestList, summarizePartitions } from './manifests.ts'
import { withSnapshot } from './new-snapshot.ts'
import { COMMIT_UNKNOWN, type CommitTarget, deleteQuietly, metadataFileName, publishMetadata } from './publish.ts'

/** With 200 ms between them, attempts go on for about ten seconds. */
const ATTEMPTS_MAX = 60
const BACKOFF_MS_MAX = 200

export interface Committed {
  readonly rowCount: number
  readonly snapshotId: bigint
}

/** A table that is not published yet: made new, or in place of another. */
export interface StagedTable {
  readonly json: JsonObject
  /** Of the metadata that it takes the place of; 0 = there is no table. */
  readonly replacedVersion: number
}

/** The spec that new files are written for. */
export function defaultSpec(metadata: TableMetadata): BoundSpec {
  const spec = bindSpecs(metadata, currentSchema(metadata)).get(metadata.defaultSpecId)
  if (spec === undefined) throw new DataError('XX001', `Iceberg table has no partition spec ${metadata.defaultSpecId}`)
  return spec
}

/** The metadata that a staged table's JSON stands for. */
export function parseStagedTable({ json }: StagedTable): TableMetadata {
  return parseMetadata(json, 'the new table')
}

/** Publishes a table without data. Errors as of `commitAppend`. */
export async function commitStagedTable(target: CommitTarget, { json, replacedVersion }: StagedTable): Promise<void> {
  if (!(await publishMetadata(target, replacedVersion + 1, json))) throw placeTaken(target, replacedVersion)
}

function placeTaken({ name }: CommitTarget, replacedVersion: number): SqlError {
  if (replacedVersion === 0) return new SqlError('42P07', `relation "${name}" already exists`)
  return new SqlError('40001', `could not replace "${name}": it was changed meanwhile`)
}

/**
 * Appends files in one snapshot. `staged` is a table that does not exist yet: it appears with the snapshot.
 *
 * When it throws, nothing was published and the manifests are deleted, unless the error is 08007: then nobody knows, and all stays.
 * Errors: 40001 when other writers win every time or changed what the files were written for, 42P07 when there is a table already.
 */
export async function commitAppend(
  target: CommitTarget,
  base: TableMetadata,
  files: readonly StagedFile[],
  staged?: StagedTable,
): Promise<Committed> {
  const snapshotId = randomSnapshotId()
  const rowCount = files.reduce((sum, file) => sum + file.rowCount, 0)
  const written: string[] = []
  try {
    const manifests = files.length === 0 ? [] : [await writeManifest(target, base, files, written)]
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const current =
        staged === undefined ? await currentState(target, base) : { metadata: base, version: staged.replacedVersion }
      const list = `snap-${snapshotId}-${attempt + 1}-${randomUUID()}.avro`
      written.push(joinLocation(target.url, 'metadata', list))
      await writeManifestList(target, current.metadata, { snapshotId, name: list }, manifests)
      const manifestList = joinLocation(current.metadata.location, 'metadata', list)
      const json = withSnapshot(current.metadata, { snapshotId, manifestList, files, previous: current.recorded })
      if (await publishMetadata(target, current.version + 1, json)) {
        if (current.url !== undefined) await checkNotDropped(target, current.url, current.version + 1)
        return { rowCount, snapshotId }
      }
      await deleteQuietly(target, [written.pop()!])
      if (staged !== undefined) throw placeTaken(target, staged.replacedVersion)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(BACKOFF_MS_MAX, 5 * 2 ** attempt)))
    }
    throw new SqlError(
      '40001',
      `could not commit to "${target.name}": other writers committed ${ATTEMPTS_MAX} times in between`,
    )
  } catch (error) {
    if (!isCommitUnknown(error)) await deleteQuietly(target, written)
    throw error
  }
}

export function isCommitUnknown(error: unknown): boolean {
  return error instanceof SluiceError && error.sqlstate === COMMIT_UNKNOWN
}

interface CurrentState {
  readonly metadata: TableMetadata
  readonly version: number
  /** The metadata file as it is reached. */
  readonly url?: string
  /** The same as it is recorded. */
  readonly recorded?: string
}

/** A table that is dropped between the last look and the publish would come back as one metadata file without anything behind it. */
async function checkNotDropped(target: CommitTarget, previous: string, version: number): Promise<void> {
  try {
    await target.access.storageFor(target.url).stat(previous)
  } catch (error) {
    if (!(error instanceof DataError && error.sqlstate === '58P01')) return
    await deleteQuietly(target, [joinLocation(target.url, 'metadata', metadataFileName(version))])
    throw new SqlError('40001', `table "${target.name}" was dropped while it was written to`)
  }
}

async function currentState(target: CommitTarget, base: TableMetadata): Promise<CurrentState> {
  const { name } = target
  const loaded = await loadMetadata(target.access, target.url)
  if (loaded === undefined) throw new SqlError('40001', `table "${name}" was dropped while it was written to`)
  const { metadata, location } = loaded
  if (metadata.uuid !== base.uuid) throw new SqlError('40001', `table "${name}" was replaced while it was written to`)
  const isSame =
    metadata.currentSchemaId === base.currentSchemaId &&
    metadata.defaultSpecId === base.defaultSpecId &&
    metadata.formatVersion === base.formatVersion &&
    metadata.location === base.location
  if (!isSame)
    throw new SqlError('40001', `the schema or partitioning of "${name}" was changed while it was written to`)
  const { version, url } = location
  return { metadata, version, url, recorded: joinLocation(metadata.location, 'metadata', baseName(url)) }
}

async function writeManifest(
  { access, url }: CommitTarget,
  metadata: TableMetadata,
  files: readonly StagedFile[],
  written: string[],
): Promise<AddedManifest> {
  const spec = defaultSpec(metadata)
  const bytes = encodeManifest(metadata, spec, files)
  const name = `${randomUUID()}-m0.avro`
  const file = joinLocation(url, 'metadata', name)
  written.push(file)
  await access.storageFor(url).put(file, bytes)
  return {
    path: joinLocation(metadata.location, 'metadata', name),
    byteCount: bytes.byteLength,
    specId: spec.id,
    fileCount: files.length,
    rowCount: files.reduce((sum, { rowCount }) => sum + BigInt(rowCount), 0n),
    partitions: summarizePartitions(spec, files),
  }
}

async function writeManifestList(
  { access, url }: CommitTarget,
  metadata: TableMetadata,
  { snapshotId, name }: { readonly snapshotId: bigint; readonly name: string },
  added: readonly AddedManifest[],
): Promise<void> {
  const parent = metadata.snapshots.find(({ id }) => id === metadata.currentSnapshotId)
  const existing: ManifestFile[] = []
  if (parent !== undefined)
    for await (const manifest of readManifestList(access, parent)) existing.push(complete(manifest))
  const snapshot = { id: snapshotId, parentId: parent?.id, sequenceNumber: metadata.lastSequenceNumber + 1n }
  await access.storageFor(url).put(joinLocation(url, 'metadata', name), encodeManifestList(snapshot, added, existing))
}

/**
 * A manifest of an earlier snapshot, as the new list must have it. Tables that came from version 1 may lack the counts, which version 2 requires:
 * a made-up 0 would say that the manifest is empty.
 */
function complete(manifest: ManifestFile): ManifestFile {
  const { addedSnapshotId, addedFilesCount, existingFilesCount, deletedFilesCount } = manifest
  const counts = [addedSnapshotId, addedFilesCount, existingFilesCount, deletedFilesCount]
  counts.push(manifest.addedRowsCount, manifest.existingRowsCount, manifest.deletedRowsCount)
  if (counts.includes(undefined) || manifest.byteCount === 0 || manifest.specId < 0) {
    throw unsupported('appending to a table whose manifest list, written by version 1, lacks counts', {
      detail: `manifest "${manifest.path}"`,
      hint: 'Rewriting the manifests with the engine that wrote them adds the counts.',
    })
  }
  return manifest
}

/** Positive and unlikely to be taken: 63 random bits. */
function randomSnapshotId(): bigint {
  return BigInt.asUintN(63, randomBytes(8).readBigUInt64LE()) || 1n
}
