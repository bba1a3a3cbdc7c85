/**
 * The commits of a Hudi table.
 *
 * What its incremental query gives is the newest state of the records that changed, and files of the commits in between may have been cleaned: so in that
 * mode all commits after a position are one.
 *
 * Instants of layout 1 have only the time at which they were begun: a commit that is still under way holds back those that began after it, else it
 * would be passed over when it is completed.
 */
import { SqlError } from '../../core/errors.ts'
import { VARCHAR } from '../../core/types.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { CommitLog } from '../commit-log.ts'
import { timeOf } from './changes.ts'
import { hasArchive } from './history.ts'
import { type Instant, WRITES, microsOf } from './instant.ts'
import type { HudiSnapshot } from './snapshot.ts'
import { assertRetained } from './version.ts'

export function hudiCommitLog(snapshot: HudiSnapshot): CommitLog {
  const { access, url, config, timeline } = snapshot
  const isTimedByStart = config.timelineLayout === 1
  const hoodie = joinLocation(url, '.hoodie')
  const pending = timeline.instants.find(({ state, action }) => state !== 'completed' && WRITES.has(action))
  const seen = timeline.writes
    .filter(({ time }) => !isTimedByStart || pending === undefined || time < pending.time)
    .toSorted((a, b) => (versionOf(a) < versionOf(b) ? -1 : 1))
  const newest = seen.at(-1)
  return {
    versionType: VARCHAR,
    access,
    folders: [isTimedByStart ? hoodie : joinLocation(hoodie, config.timelinePath)],
    newest: newest && versionOf(newest),
    mode: 'cdc',
    whole: async () => newest && { version: versionOf(newest), timestamp: microsOf(newest) },
    find: async (at) => timeOf(at),
    after: async (position, mode) => {
      if (position === undefined && (mode !== 'cdc' || (await hasLostHistory(snapshot)))) return null
      const after = seen.map(versionOf).filter((version) => position === undefined || version > String(position))
      return mode === 'cdc' ? [...new Set(after)] : after.slice(-1)
    },
    markOf: async () => null,
  }
}

/** Whether first commits were archived, or files that they wrote cleaned. */
async function hasLostHistory(snapshot: HudiSnapshot): Promise<boolean> {
  const { storage, url, config, timeline } = snapshot
  const [first] = timeline.writes
  if (first === undefined) return false
  if (await hasArchive(storage, url, config)) return true
  try {
    await assertRetained(first.time, snapshot)
    return false
  } catch (error) {
    if (error instanceof SqlError) return true
    throw error
  }
}

function versionOf({ completedAt, time }: Instant): string {
  return completedAt ?? time
}
