/**
 * When versions were committed.
 *
 * With in-commit timestamps, the commit says so itself. Else it is the modification time of its file, moved on where that does not ascend; copies of a
 * table lose it, and so the `commitInfo.timestamp` that writers note may be taken instead (setting `delta_commit_time`).
 *
 * Spec: Delta PROTOCOL.md, "Recommendations for Readers of Tables with In-Commit Timestamps".
 */
import { SqlError, corrupt } from '../../core/errors.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { type Metadata, type PlainObject, numberOf, objectOf } from './actions.ts'
import { readActions } from './json-lines.ts'
import { type LogListing, earliestVersion } from './log-listing.ts'

export type CommitTimeSource = 'file' | 'commit_info'

/** What the times of a table's commits depend on. */
export interface CommitTimeContext {
  readonly access: StorageAccess
  readonly listing: LogListing
  /** Of the newest version. */
  readonly metadata: Metadata
  readonly source: CommitTimeSource
}

/** The `commitInfo` of a commit; undefined when it has none. Reads no further than that. */
export async function readCommitInfo(access: StorageAccess, url: string): Promise<PlainObject | undefined> {
  for await (const actions of readActions(access.storageFor(url), url)) {
    for (const action of actions) {
      const info = objectOf(action['commitInfo'])
      if (info !== undefined) return info
    }
  }
  return undefined
}

/** The first version whose commits have their own time, and that time; undefined when none has. */
function inCommitStart({ configuration }: Metadata): { version: number; ms: number } | undefined {
  if (configuration.get('delta.enableInCommitTimestamps')?.toLowerCase() !== 'true') return undefined
  return {
    version: Number(configuration.get('delta.inCommitTimestampEnablementVersion') ?? 0),
    ms: Number(configuration.get('delta.inCommitTimestampEnablementTimestamp') ?? -Infinity),
  }
}

/** Milliseconds since 1970 of commits by their files' modification times, ascending. */
async function fileTimes({ access, listing }: CommitTimeContext): Promise<ReadonlyMap<number, number>> {
  const byUrl = new Map([...listing.commits].map(([version, url]) => [url, version]))
  const modified = new Map<number, number>()
  for await (const { url, modifiedMs } of access.storageFor(listing.folder).listWithStats(listing.folder)) {
    const version = byUrl.get(url)
    if (version !== undefined) modified.set(version, Math.floor(modifiedMs))
  }
  const times = new Map<number, number>()
  let last = -Infinity
  for (const version of [...modified.keys()].toSorted((a, b) => a - b)) {
    last = Math.max(modified.get(version)!, last + 1)
    times.set(version, last)
  }
  return times
}

/** The time of a commit, given what it says of itself; undefined when it is not known. */
export class CommitTimes {
  readonly #context: CommitTimeContext
  readonly #start: ReturnType<typeof inCommitStart>
  #files: ReadonlyMap<number, number> | undefined

  constructor(context: CommitTimeContext) {
    this.#context = context
    this.#start = inCommitStart(context.metadata)
  }

  /** Milliseconds since 1970. `info`: the commit's commitInfo, if it has one. */
  async timeOf(version: number, info: PlainObject | undefined): Promise<number | undefined> {
    if (this.#start !== undefined && version >= this.#start.version) {
      const time = numberOf(info?.['inCommitTimestamp'])
      if (time !== undefined) return time
    }
    if (this.#context.source === 'commit_info') return numberOf(info?.['timestamp'])
    this.#files ??= await fileTimes(this.#context)
    return this.#files.get(version)
  }

  /** The newest version that was committed at `ms` or before; 22023 when the table, as far as it is kept, is younger. */
  async versionAt(ms: number, table: string): Promise<number> {
    const versions = [...this.#context.listing.commits.keys()].toSorted((a, b) => a - b)
    const first = earliestVersion(this.#context.listing) ?? 0
    const start = this.#start
    const candidates = versions.filter((version) => {
      if (version < first) return false
      if (start === undefined) return true
      return ms >= start.ms ? version >= start.version : version < start.version
    })
    const isInCommit = start !== undefined && ms >= start.ms
    const found = isInCommit ? await this.#search(candidates, ms) : await this.#newestUntil(candidates, ms)
    if (found !== undefined) return found
    throw new SqlError('22023', `table "${table}" has no version at ${new Date(ms).toISOString()} or before`, {
      hint: 'The versions that can be read, with their times, are in its metadata table "$history".',
    })
  }

  /** In-commit times ascend: a few commits are read. */
  async #search(versions: readonly number[], ms: number): Promise<number | undefined> {
    let low = 0
    let high = versions.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const version = versions[middle]!
      const url = this.#context.listing.commits.get(version)!
      const time = numberOf((await readCommitInfo(this.#context.access, url))?.['inCommitTimestamp'])
      if (time === undefined) throw corrupt(url, 'the commit has no inCommitTimestamp')
      if (time <= ms) low = middle + 1
      else high = middle
    }
    return versions[low - 1]
  }

  async #newestUntil(versions: readonly number[], ms: number): Promise<number | undefined> {
    const { access, listing, source } = this.#context
    if (source === 'file') this.#files ??= await fileTimes(this.#context)
    for (const version of versions.toReversed()) {
      const time =
        source === 'file'
          ? this.#files?.get(version)
          : numberOf((await readCommitInfo(access, listing.commits.get(version)!))?.['timestamp'])
      if (time !== undefined && time <= ms) return version
    }
    return undefined
  }
}
