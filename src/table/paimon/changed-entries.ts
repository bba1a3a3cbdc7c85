/**
 * Which files a difference of two snapshots has to read, by what the commits between them touched.
 *
 *   append table        the files that these added and deleted, and those whose deletion vectors changed
 *   primary-key table   all files of the buckets that they touched: rows of a key may be in any of them
 */
import { Buffer } from 'node:buffer'
import type { PaimonContext } from './context.ts'
import { type VectorPlace, readVectorPlaces, vectorKey } from './deletion-vectors.ts'
import { type ManifestEntry, readManifest, readManifestList } from './manifest.ts'
import type { Snapshot, SnapshotFolder } from './snapshot.ts'

export interface ChangedEntries {
  /** Whether an entry, of either snapshot, is of a file whose rows may be in one of them only. */
  includes(entry: ManifestEntry): boolean
  /** Nothing was done but adding files: their rows are all new. */
  readonly addsOnly: boolean
}

/** Undefined when nobody knows, as some snapshots between the two are gone. */
export async function changedEntries(
  context: PaimonContext,
  folder: SnapshotFolder,
  from: Snapshot | undefined,
  to: Snapshot | undefined,
): Promise<ChangedEntries | undefined> {
  const { schema, options } = context
  if (from === undefined || to === undefined || from.id > to.id || options.dataEvolution) return undefined
  const ids = (await folder.ids()).filter((id) => id > from.id && id <= to.id)
  if (BigInt(ids.length) !== to.id - from.id) return undefined
  const isKeyed = schema.primaryKeys.length > 0
  const keyOf = ({ partition, bucket, file }: ManifestEntry): string =>
    isKeyed ? bucketKey(partition, bucket) : vectorKey(partition, bucket, file.fileName)
  const keys = new Set<string>()
  let addsOnly = true
  let isRewrite = true
  for (const id of ids) {
    const { deltaManifestList, commitKind } = await folder.get(id)
    isRewrite &&= commitKind === 'COMPACT'
    for await (const entry of entriesOf(context, deltaManifestList)) {
      addsOnly &&= entry.kind === 'add'
      keys.add(keyOf(entry))
    }
  }
  const vectors = await changedVectors(context, from, to)
  for (const [key, { partition, bucket }] of vectors) keys.add(isKeyed ? bucketKey(partition, bucket) : key)
  // Compaction makes rows of level 0 visible where these are not merged when they are read.
  const showsLevelZero = !(options.deletionVectors && !options.mergesOnRead) && options.mergeEngine !== 'first-row'
  if (isRewrite && vectors.size === 0 && (!isKeyed || showsLevelZero)) return { includes: () => false, addsOnly: false }
  return { includes: (entry) => keys.has(keyOf(entry)), addsOnly: addsOnly && vectors.size === 0 && !isKeyed }
}

function bucketKey(partition: Uint8Array, bucket: number): string {
  return `${Buffer.from(partition).toString('latin1')}|${bucket}`
}

async function* entriesOf({ access, root }: PaimonContext, list: string): AsyncGenerator<ManifestEntry> {
  for (const { fileName } of await readManifestList(access, root, list)) {
    for await (const entries of readManifest(access, root, fileName)) yield* entries
  }
}

/** The vectors that only one of the snapshots has, in that place. */
async function changedVectors(
  { access, root }: PaimonContext,
  from: Snapshot,
  to: Snapshot,
): Promise<ReadonlyMap<string, VectorPlace>> {
  if (from.indexManifest === to.indexManifest) return new Map()
  const [before, after] = await Promise.all(
    [from, to].map(async ({ indexManifest }) =>
      indexManifest === undefined ? new Map<string, VectorPlace>() : readVectorPlaces(access, root, indexManifest),
    ),
  )
  const changed = new Map<string, VectorPlace>()
  for (const [key, place] of before!) if (!isSame(place, after!.get(key))) changed.set(key, place)
  for (const [key, place] of after!) if (!isSame(place, before!.get(key))) changed.set(key, place)
  return changed
}

function isSame(a: VectorPlace, b: VectorPlace | undefined): boolean {
  return b !== undefined && a.indexFile === b.indexFile && a.offset === b.offset && a.length === b.length
}
