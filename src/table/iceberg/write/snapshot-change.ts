/**
 * What one statement does to a table's files, and the snapshot that it becomes on top of any state of the table.
 *
 *   added files    -> new manifests, one a partition spec and content            (written once, however often a commit is tried)
 *   removed files  -> manifests that list them are written anew: kept files as existing, removed ones as deleted
 *   all others     -> carried over as they are
 *
 * Spec: Iceberg table spec, "Snapshots", "Manifests", "Scan Planning" (deleted entries).
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { DataError, SqlError, unsupported } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/exact-json.ts'
import { together } from '../../../core/together.ts'
import { joinLocation } from '../../../storage/file-location.ts'
import { type ManifestEntry, type ManifestFile, readManifest, readManifestList } from '../manifest.ts'
import type { TableMetadata } from '../metadata.ts'
import { type BoundSpec, bindSpecs, partitionValues } from '../partition.ts'
import { currentSchema } from '../snapshot.ts'
import type { ConflictCheck } from './conflicts.ts'
import type { StagedFile } from './data-file.ts'
import { addedEntry, carriedEntry } from './manifest-entries.ts'
import {
  type ManifestCounts,
  type NewManifest,
  encodeManifest,
  encodeManifestList,
  summarizePartitions,
} from './manifests.ts'
import { NO_FILES, type RemovedFiles, withSnapshot } from './new-snapshot.ts'
import type { CommitTarget } from './publish.ts'

export interface SnapshotChange {
  /** The same for every attempt: entries of rewritten manifests name it. */
  readonly snapshotId: bigint
  /** Data files and position delete files. */
  readonly files: readonly StagedFile[]
  /** Paths, as recorded, of data files that go. */
  readonly removed: ReadonlySet<string>
  /** What must not have happened meanwhile; absent for appends, which go with everything. */
  readonly check?: ConflictCheck
}

/** Positive and unlikely to be taken: 63 random bits. */
export function randomSnapshotId(): bigint {
  return BigInt.asUintN(63, randomBytes(8).readBigUInt64LE()) || 1n
}

/** The spec that new files are written for. */
export function defaultSpec(metadata: TableMetadata): BoundSpec {
  return specOf(metadata, metadata.defaultSpecId)
}

function specOf(metadata: TableMetadata, id: number): BoundSpec {
  const spec = bindSpecs(metadata, currentSchema(metadata)).get(id)
  if (spec === undefined) throw new DataError('XX001', `Iceberg table has no partition spec ${id}`)
  return spec
}

/** Manifests as the list names them, and when their files are there: nothing else of a snapshot needs those, so all is flushed at the same time. */
export interface AddedManifests {
  readonly manifests: readonly NewManifest[]
  readonly writing: Promise<unknown>
}

/** Begins the manifests of the files that a change adds. `written` gets their URLs. */
export function writeAddedManifests(
  target: CommitTarget,
  metadata: TableMetadata,
  { files }: SnapshotChange,
  written: string[],
): AddedManifests {
  const groups = new Map<string, StagedFile[]>()
  for (const file of files) {
    const key = `${file.content === 'data' ? 0 : 1} ${file.specId}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [file])
    else group.push(file)
  }
  // Data before deletes: readers of either kind stop early.
  const ordered = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const begun = ordered.map(([, group]) => {
    const first = group[0]!
    const spec = specOf(metadata, first.specId)
    return encodedManifest(target, metadata, {
      spec,
      content: first.content === 'data' ? 'data' : 'deletes',
      entries: group.map((file) => addedEntry(spec, file)),
      partitions: group.map(({ partition }) => partition),
      added: { files: group.length, rows: group.reduce((sum, { rowCount }) => sum + BigInt(rowCount), 0n) },
      written,
    })
  })
  return { manifests: begun.map(({ manifest }) => manifest), writing: together(begun.map(({ write }) => write())) }
}

/** The table's metadata with the change as its next snapshot: writes its manifest list and the manifests that it changes. */
export async function applySnapshot(
  target: CommitTarget,
  metadata: TableMetadata,
  { change, added }: { readonly change: SnapshotChange; readonly added: readonly NewManifest[] },
  written: string[],
): Promise<JsonObject> {
  const { snapshotId, files } = change
  const existing = await currentManifests(target, metadata)
  const { kept, rewritten, removed } = await removeFiles(target, metadata, { change, existing, written })
  const parentId = metadata.currentSnapshotId
  const sequenceNumber = metadata.lastSequenceNumber + 1n
  const name = `snap-${snapshotId}-1-${randomUUID()}.avro`
  const file = joinLocation(target.url, 'metadata', name)
  written.push(file)
  const list = encodeManifestList({ id: snapshotId, parentId, sequenceNumber }, [...added, ...rewritten], kept)
  await target.access.storageFor(target.url).put(file, list)
  const manifestList = joinLocation(metadata.location, 'metadata', name)
  return withSnapshot(metadata, { snapshotId, manifestList, files, removed })
}

async function currentManifests(target: CommitTarget, metadata: TableMetadata): Promise<readonly ManifestFile[]> {
  const parent = metadata.snapshots.find(({ id }) => id === metadata.currentSnapshotId)
  const manifests: ManifestFile[] = []
  if (parent === undefined) return manifests
  for await (const manifest of readManifestList(target.access, parent)) {
    // What has no live file says nothing any more.
    if (manifest.addedFilesCount === 0 && manifest.existingFilesCount === 0) continue
    manifests.push(complete(manifest))
  }
  return manifests
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

interface Removal {
  readonly kept: readonly ManifestFile[]
  readonly rewritten: readonly NewManifest[]
  readonly removed: RemovedFiles
}

/** Takes the removed files out of the manifests. 40001 when one of them is no longer there. */
async function removeFiles(
  target: CommitTarget,
  metadata: TableMetadata,
  {
    change,
    existing,
    written,
  }: { readonly change: SnapshotChange; readonly existing: readonly ManifestFile[]; readonly written: string[] },
): Promise<Removal> {
  if (change.removed.size === 0) return { kept: existing, rewritten: [], removed: NO_FILES }
  const removedEntries: ManifestEntry[] = []
  const kept: ManifestFile[] = []
  const rewritten: NewManifest[] = []
  let hasLive = change.files.some(({ content }) => content === 'data')
  const rewrite = async (manifest: ManifestFile, isRemoved: (entry: ManifestEntry) => boolean): Promise<void> => {
    const live = await liveEntries(target, manifest)
    const gone = live.filter(isRemoved)
    if (manifest.content === 'data') hasLive ||= gone.length < live.length
    if (gone.length === 0) {
      kept.push(manifest)
      return
    }
    removedEntries.push(...gone)
    const parts = { manifest, live, gone: new Set(gone), snapshotId: change.snapshotId, written }
    rewritten.push(await rewriteManifest(target, metadata, parts))
  }
  for (const manifest of existing) {
    if (manifest.content === 'data') await rewrite(manifest, ({ file }) => change.removed.has(file.path))
  }
  if (removedEntries.length !== change.removed.size) throw removedMeanwhile(target)
  for (const manifest of existing) {
    if (manifest.content === 'data') continue
    // Deletes apply to files that are there: without any, they go too.
    if (hasLive) await rewrite(manifest, ({ file }) => isOnlyFor(file.referencedDataFile, change.removed))
    else await rewrite(manifest, () => true)
  }
  return { kept, rewritten, removed: totalsOf(removedEntries) }
}

function isOnlyFor(path: string | undefined, removed: ReadonlySet<string>): boolean {
  return path !== undefined && removed.has(path)
}

/** 40001: another commit removed a file that this one was based on. */
export function removedMeanwhile({ name }: CommitTarget): SqlError {
  return new SqlError('40001', `could not serialize access to "${name}" due to concurrent update`, {
    detail: 'A data file whose rows are changed was removed meanwhile.',
    hint: 'The transaction might succeed if retried.',
  })
}

async function liveEntries({ access }: CommitTarget, manifest: ManifestFile): Promise<ManifestEntry[]> {
  const live: ManifestEntry[] = []
  for await (const entries of readManifest(access, manifest, 'all')) {
    for (const entry of entries) if (entry.status !== 'deleted') live.push(entry)
  }
  return live
}

function totalsOf(entries: readonly ManifestEntry[]): RemovedFiles {
  const of = (content: ManifestEntry['file']['content']): ManifestEntry['file'][] =>
    entries.flatMap(({ file }) => (file.content === content ? [file] : []))
  const rows = (files: readonly ManifestEntry['file'][]): bigint =>
    files.reduce((sum, { recordCount }) => sum + BigInt(recordCount), 0n)
  const data = of('data')
  const positions = of('position-deletes')
  const equality = of('equality-deletes')
  return {
    dataFiles: data.length,
    records: rows(data),
    deleteFiles: positions.length + equality.length,
    positionDeletes: rows(positions),
    equalityDeletes: rows(equality),
    bytes: entries.reduce((sum, { file }) => sum + BigInt(file.byteCount), 0n),
  }
}

async function rewriteManifest(
  target: CommitTarget,
  metadata: TableMetadata,
  parts: {
    readonly manifest: ManifestFile
    readonly live: readonly ManifestEntry[]
    readonly gone: ReadonlySet<ManifestEntry>
    readonly snapshotId: bigint
    readonly written: string[]
  },
): Promise<NewManifest> {
  const { manifest, live, gone, snapshotId, written } = parts
  const spec = specOf(metadata, manifest.specId)
  const kept = live.filter((entry) => !gone.has(entry))
  const smallest = kept.reduce<bigint | undefined>(
    (least, { sequenceNumber: one }) => (least === undefined || one < least ? one : least),
    undefined,
  )
  return writeManifest(target, metadata, {
    spec,
    content: manifest.content,
    entries: live.map((entry) => carriedEntry(spec, entry, gone.has(entry) ? snapshotId : undefined)),
    partitions: live.map(({ file }) => partitionValues(spec, file).map((value) => value ?? null)),
    existing: countsOf(kept),
    deleted: countsOf([...gone]),
    ...(smallest === undefined ? {} : { minSequenceNumber: smallest }),
    written,
  })
}

function countsOf(entries: readonly ManifestEntry[]): ManifestCounts {
  return { files: entries.length, rows: entries.reduce((sum, { file }) => sum + BigInt(file.recordCount), 0n) }
}

const NONE: ManifestCounts = { files: 0, rows: 0n }

interface ManifestContent extends Partial<Pick<NewManifest, 'added' | 'existing' | 'deleted' | 'minSequenceNumber'>> {
  readonly spec: BoundSpec
  readonly content: ManifestFile['content']
  readonly entries: Parameters<typeof encodeManifest>[3]
  readonly partitions: Parameters<typeof summarizePartitions>[1]
  readonly written: string[]
}

async function writeManifest(...given: Parameters<typeof encodedManifest>): Promise<NewManifest> {
  const { manifest, write } = encodedManifest(...given)
  await write()
  return manifest
}

/** Nothing is written before `write` is called. */
function encodedManifest(
  { access, url }: CommitTarget,
  metadata: TableMetadata,
  { spec, content, entries, partitions, written, ...rest }: ManifestContent,
): { readonly manifest: NewManifest; readonly write: () => Promise<void> } {
  const bytes = encodeManifest(metadata, spec, content, entries)
  const name = `${randomUUID()}-m0.avro`
  const file = joinLocation(url, 'metadata', name)
  written.push(file)
  const manifest: NewManifest = {
    path: joinLocation(metadata.location, 'metadata', name),
    byteCount: bytes.byteLength,
    specId: spec.id,
    content,
    added: NONE,
    existing: NONE,
    deleted: NONE,
    ...rest,
    partitions: summarizePartitions(spec, partitions),
  }
  return { manifest, write: () => access.storageFor(url).put(file, bytes) }
}
