/** The commits of a Paimon table: its snapshots. */
import { BIGINT } from '../../core/types.ts'
import { joinLocation } from '../../storage/file-location.ts'
import { type CommitLog, historyGone } from '../commit-log.ts'
import { versionOf } from './changes.ts'
import type { PaimonContext } from './context.ts'
import { SnapshotFolder } from './snapshot.ts'

export function paimonCommitLog(name: string, context: PaimonContext): CommitLog {
  const { access, branchRoot, snapshot } = context
  const folder = new SnapshotFolder(access, branchRoot)
  return {
    versionType: BIGINT,
    access,
    folders: [joinLocation(branchRoot, 'snapshot')],
    newest: snapshot?.id,
    // Files that were added say nothing of rows that are gone, and of some tables not what a row has become. Changelogs that are the writer's input
    // (producer `input`) may lack what a new row of a key replaces.
    mode: isWholeChangelog(context) ? 'changelog' : 'diff',
    whole: async () => snapshot && { version: snapshot.id, timestamp: snapshot.timeMillis * 1000n },
    find: async (at) => (await versionOf(folder, at)).snapshot.id,
    after: async (position) => {
      const newest = snapshot?.id ?? 0n
      const last = BigInt(position ?? 0n)
      if (position !== undefined && last > newest) {
        throw historyGone(name, position, `the newest snapshot is ${newest}: the table was rolled back or made anew`)
      }
      const ids = (await folder.ids()).filter((id) => id > last && id <= newest)
      if (BigInt(ids.length) === newest - last) return ids
      if (position === undefined) return null
      throw historyGone(name, position, 'snapshots after it have expired')
    },
    markOf: async (version) => {
      const id = BigInt(version)
      if (!(await folder.ids()).includes(id)) return null
      const { timeMillis, commitUser } = await folder.get(id)
      return `${timeMillis} ${commitUser}`
    },
  }
}

/** Whether the writers keep a changelog that they make themselves: then it has both sides of each update. */
function isWholeChangelog({ options }: PaimonContext): boolean {
  const producer = options.all.get('changelog-producer')?.trim().toLowerCase()
  return producer === 'lookup' || producer === 'full-compaction'
}
