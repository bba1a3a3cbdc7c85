/**
 * Which files two snapshots do not have in common, from the manifests that they do not have in common: what a commit carries over stands in
 * manifests that it carries over, which are not read.
 */
import type { StorageAccess } from '../../../storage/storage-access.ts'
import { type ManifestEntry, type ManifestFile, readManifest, readManifestList } from '../manifest.ts'
import type { Snapshot } from '../metadata.ts'

/** Live entries of one of two snapshots only. */
export interface EntryDifference {
  readonly added: readonly ManifestEntry[]
  readonly removed: readonly ManifestEntry[]
}

export interface SnapshotDifference {
  readonly data: EntryDifference
  readonly deletes: EntryDifference
  /** Data manifests of the newer snapshot. */
  readonly dataManifests: readonly ManifestFile[]
}

/** `before` undefined: the empty table. */
export async function snapshotDifference(
  access: StorageAccess,
  before: Snapshot | undefined,
  after: Snapshot,
): Promise<SnapshotDifference> {
  const [old, now] = await Promise.all([manifestsOf(access, before), manifestsOf(access, after)])
  const oldPaths = new Set(old.map(({ path }) => path))
  const newPaths = new Set(now.map(({ path }) => path))
  const onlyOld = old.filter(({ path }) => !newPaths.has(path))
  const onlyNew = now.filter(({ path }) => !oldPaths.has(path))
  const difference = async (content: ManifestFile['content']): Promise<EntryDifference> => {
    const ofContent = (manifest: ManifestFile): boolean => manifest.content === content
    const removed = await liveEntries(access, onlyOld.filter(ofContent))
    const added = await liveEntries(access, onlyNew.filter(ofContent))
    for (const key of [...added.keys()]) if (removed.delete(key)) added.delete(key)
    return { added: [...added.values()], removed: [...removed.values()] }
  }
  return {
    data: await difference('data'),
    deletes: await difference('deletes'),
    dataManifests: now.filter(({ content }) => content === 'data'),
  }
}

async function manifestsOf(access: StorageAccess, snapshot: Snapshot | undefined): Promise<readonly ManifestFile[]> {
  const manifests: ManifestFile[] = []
  if (snapshot === undefined) return manifests
  for await (const manifest of readManifestList(access, snapshot)) manifests.push(manifest)
  return manifests
}

async function liveEntries(
  access: StorageAccess,
  manifests: readonly ManifestFile[],
): Promise<Map<string, ManifestEntry>> {
  const entries = new Map<string, ManifestEntry>()
  for (const manifest of manifests) {
    for await (const block of readManifest(access, manifest, 'all')) {
      for (const entry of block) if (entry.status !== 'deleted') entries.set(keyOf(entry), entry)
    }
  }
  return entries
}

/** Deletion vectors share files. */
function keyOf({ file }: ManifestEntry): string {
  return `${file.contentOffset ?? ''} ${file.path}`
}
