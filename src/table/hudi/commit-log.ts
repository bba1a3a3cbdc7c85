/**
 * The commits of a Hudi table, all that follow a position as one: what its incremental query gives is the newest state of the records that changed,
 * and files of the commits in between may have been cleaned.
 *
 * Instants of layout 1 have only the time at which they were begun: a commit that is still under way holds back those that began after it, else it
 * would be passed over when it is completed.
 */
import { VARCHAR } from '../../core/types.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { CommitLog } from '../commit-log.ts'
import { timeOf } from './changes.ts'
import { type Instant, WRITES, microsOf } from './instant.ts'
import type { HudiSnapshot } from './snapshot.ts'

export function hudiCommitLog({ access, url, config, timeline }: HudiSnapshot): CommitLog {
  const isTimedByStart = config.timelineLayout === 1
  const hoodie = joinLocation(url, '.hoodie')
  const pending = timeline.instants.find(({ state, action }) => state !== 'completed' && WRITES.has(action))
  const seen = timeline.writes.filter(({ time }) => !isTimedByStart || pending === undefined || time < pending.time)
  const newest = newestOf(seen)
  return {
    versionType: VARCHAR,
    access,
    folders: [isTimedByStart ? hoodie : joinLocation(hoodie, config.timelinePath)],
    newest: newest && versionOf(newest),
    whole: async () => newest && { version: versionOf(newest), timestamp: microsOf(newest) },
    find: async (at) => timeOf(at),
    after: async (position) => {
      if (position === undefined) return null
      return newest === undefined || versionOf(newest) <= String(position) ? [] : [versionOf(newest)]
    },
    markOf: async () => null,
  }
}

function versionOf({ completedAt, time }: Instant): string {
  return completedAt ?? time
}

function newestOf(instants: readonly Instant[]): Instant | undefined {
  return instants.reduce<Instant | undefined>(
    (best, one) => (best === undefined || versionOf(one) > versionOf(best) ? one : best),
    undefined,
  )
}
