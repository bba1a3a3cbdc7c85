/** The commits of a Delta table: the files of its log. */
import { BIGINT } from '../../core/types.ts'
import { joinLocation } from '../../storage/file-location.ts'
import { type CommitLog, historyGone } from '../commit-log.ts'
import { type ChangesContext, versionOf } from './changes.ts'
import { CommitTimes, readCommitInfo } from './commit-times.ts'

export function deltaCommitLog(context: ChangesContext): CommitLog {
  const { access, tableUrl, snapshot, listing, name, commitTime } = context
  const newest = snapshot.version
  const infoOf = async (version: number) => {
    const url = listing.commits.get(version)
    return url === undefined ? undefined : readCommitInfo(access, url)
  }
  return {
    versionType: BIGINT,
    access,
    folders: [joinLocation(tableUrl, '_delta_log')],
    newest: BigInt(newest),
    mode: 'auto',
    whole: async () => {
      const times = new CommitTimes({ access, listing, metadata: snapshot.metadata, source: commitTime })
      const ms = await times.timeOf(newest, await infoOf(newest))
      return { version: BigInt(newest), timestamp: ms === undefined ? null : BigInt(ms) * 1000n }
    },
    find: async (at) => {
      const version = await versionOf(context, at, 'from')
      return version < 0 ? undefined : BigInt(version)
    },
    after: async (position) => {
      const first = position === undefined ? 0 : Number(position) + 1
      if (position !== undefined && Number(position) > newest) {
        throw historyGone(name, position, `the newest version is ${newest}: the table was made anew`)
      }
      const versions: bigint[] = []
      for (let version = first; version <= newest; version++) {
        if (!listing.commits.has(version)) {
          if (position === undefined) return null
          throw historyGone(name, position, `commit ${version} is not in the log any more`)
        }
        versions.push(BigInt(version))
      }
      return versions
    },
    markOf: async (version) => {
      const info = await infoOf(Number(version))
      if (info === undefined) return null
      const { txnId, timestamp } = info
      return typeof txnId === 'string' ? txnId : typeof timestamp === 'number' ? String(timestamp) : null
    },
  }
}
