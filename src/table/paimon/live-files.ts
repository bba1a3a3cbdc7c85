/**
 * The data files of a snapshot: what manifests add, without what they delete.
 *
 * Manifests of a table whose files were never deleted are streamed; else the entries that pass the filter are held until all manifests are read,
 * for a later one may delete what an earlier one added.
 */
import { Buffer } from 'node:buffer'
import { corrupt } from '../../core/errors.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { type ManifestEntry, type ManifestMeta, readManifest, readManifestList } from './manifest.ts'
import type { Snapshot } from './snapshot.ts'

export interface LiveFileFilter {
  manifestMightMatch(manifest: ManifestMeta): boolean
  /** Whether anything of the partition and bucket matters: must be the same for ADD and DELETE of a file. */
  groupMightMatch(entry: ManifestEntry): boolean
  /** Rows of the snapshot's files, those added less those deleted, as far as it says: compared when no manifest is left out. */
  readonly recordCount?: bigint | undefined
}

/** The manifests of a snapshot: base, then delta. */
export async function manifestsOf(access: StorageAccess, root: string, snapshot: Snapshot): Promise<ManifestMeta[]> {
  const [base, delta] = await Promise.all([
    readManifestList(access, root, snapshot.baseManifestList),
    readManifestList(access, root, snapshot.deltaManifestList),
  ])
  return [...base, ...delta]
}

/** Live entries of the manifests that the filter lets through. */
export async function* liveFiles(
  access: StorageAccess,
  root: string,
  manifests: readonly ManifestMeta[],
  filter: LiveFileFilter,
): AsyncGenerator<ManifestEntry> {
  const wanted = manifests.filter((manifest) => filter.manifestMightMatch(manifest))
  const live = new Map<string, ManifestEntry>()
  const streams = wanted.every(({ deletedFiles }) => deletedFiles === 0n)
  let records = 0
  for (const manifest of wanted) {
    const found = { add: 0, delete: 0 }
    for await (const entries of readManifest(access, root, manifest.fileName)) {
      for (const entry of entries) {
        found[entry.kind]++
        records += entry.kind === 'add' ? entry.file.rowCount : -entry.file.rowCount
        if (!filter.groupMightMatch(entry)) continue
        if (streams && entry.kind === 'add') yield entry
        else applyEntry(live, entry)
      }
    }
    assertCounts(manifest, found, root)
  }
  const { recordCount } = filter
  if (recordCount !== undefined && wanted.length === manifests.length && recordCount !== BigInt(records))
    throw corrupt(root, `a snapshot of ${recordCount} records has manifests of ${records}`)
  for (const entry of live.values()) if (entry.kind === 'add') yield entry
}

/** XX001 when a manifest has other entries than its list says: it was cut, or is another. */
function assertCounts(manifest: ManifestMeta, found: Readonly<Record<'add' | 'delete', number>>, root: string): void {
  const { addedFiles, deletedFiles, fileName } = manifest
  if (addedFiles === BigInt(found.add) && deletedFiles === BigInt(found.delete)) return
  const says = `its manifest list says ${addedFiles} and ${deletedFiles}`
  throw corrupt(`${root}/manifest/${fileName}`, `it adds ${found.add} files and deletes ${found.delete}, ${says}`)
}

/** A delete without its add is kept: the add may come later, and is then taken back too. */
export function applyEntry(live: Map<string, ManifestEntry>, entry: ManifestEntry): void {
  const key = fileKey(entry)
  const known = live.get(key)
  if (known === undefined) live.set(key, entry)
  else if (known.kind !== entry.kind) live.delete(key)
}

function fileKey({ partition, bucket, file }: ManifestEntry): string {
  const { level, fileName, extraFiles, externalPath } = file
  return `${Buffer.from(partition).toString('latin1')}|${bucket}|${level}|${fileName}|${extraFiles.join('|')}|${externalPath ?? ''}`
}
