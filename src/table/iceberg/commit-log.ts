/** The commits of an Iceberg table: the snapshots on the way back from the current one. */
import { BIGINT } from '../../core/types.ts'
import { parentLocation } from '../../storage/file-location.ts'
import { type CommitLog, historyGone } from '../commit-log.ts'
import { startOf } from './changes/commit-range.ts'
import type { MetadataTableContext } from './inspect/content.ts'
import type { TableMetadata } from './metadata.ts'

export function icebergCommitLog({ name, metadata, metadataFile, access, snapshot }: MetadataTableContext): CommitLog {
  return {
    versionType: BIGINT,
    access,
    folders: [parentLocation(metadataFile)],
    newest: snapshot?.id,
    mode: 'auto',
    whole: async () => snapshot && { version: snapshot.id, timestamp: snapshot.timestampMs * 1000n },
    find: async (at) => startOf(metadata, name, at)?.id,
    after: async (position) => {
      if (snapshot === undefined || snapshot.id === position) return []
      const { ids, reachesStart } = chainOf(metadata, snapshot.id, position)
      if (position === undefined) return reachesStart ? ids : null
      if (metadata.snapshots.every(({ id }) => id !== position)) {
        throw historyGone(name, position, `snapshot ${position} has expired`)
      }
      // After a rollback there is no way between the two: the difference of their rows is what changed.
      return ids.length > 0 && reachesStart ? ids : [snapshot.id]
    },
    // Ids of snapshots are never given twice.
    markOf: async () => null,
  }
}

/** The snapshots after `position` up to `last`, oldest first, and whether the way back has led there (undefined: to the first snapshot). */
function chainOf(
  { snapshots }: TableMetadata,
  last: bigint,
  position: bigint | string | undefined,
): { readonly ids: readonly bigint[]; readonly reachesStart: boolean } {
  const parents = new Map(snapshots.map(({ id, parentId }) => [id, parentId]))
  const ids = new Set<bigint>()
  let at: bigint | undefined = last
  while (at !== undefined && at !== position && parents.has(at) && !ids.has(at)) {
    ids.add(at)
    at = parents.get(at)
  }
  return { ids: [...ids].toReversed(), reachesStart: at === position }
}
