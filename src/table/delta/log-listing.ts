/**
 * The files of a `_delta_log` folder, and which of them make up a version.
 *
 *   00000000000000000007.json                                    commit 7
 *   00000000000000000003.00000000000000000006.compacted.json     commits 3 to 6, reconciled
 *   00000000000000000010.checkpoint.parquet                      everything up to 10: classic
 *   00000000000000000010.checkpoint.0000000001.0000000003.parquet                   one of 3 parts
 *   00000000000000000010.checkpoint.<uuid>.json | .parquet       version 2, with sidecars
 *   00000000000000000010.crc                                     what the state of version 10 must be
 *
 * The listing says all that `_last_checkpoint` could say, and is right when that is stale or damaged; it is not read.
 *
 * Spec: Delta PROTOCOL.md, "Delta Log Entries", "Checkpoints", "Log Compaction Files".
 */
import { DataError, SqlError, corrupt } from '../../core/errors.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { Storage } from '../../storage/storage.ts'

export interface Checkpoint {
  readonly version: number
  /** The parts; one for the kinds that have none. */
  readonly urls: readonly string[]
}

export interface LogListing {
  readonly folder: string
  /** Url of each commit by version. */
  readonly commits: ReadonlyMap<number, string>
  readonly compactions: readonly { readonly start: number; readonly end: number; readonly url: string }[]
  /** Those that are complete, ascending by version. */
  readonly checkpoints: readonly Checkpoint[]
  /** Url of each version checksum by version. */
  readonly checksums: ReadonlyMap<number, string>
}

/** What has to be read for a version: a checkpoint, and commits (or compactions of some) that follow it. */
export interface LogSegment {
  readonly version: number
  readonly checkpoint: Checkpoint | undefined
  /** Oldest first. */
  readonly commits: readonly CommitSource[]
  readonly checksum: string | undefined
}

export interface CommitSource {
  readonly url: string
  /** Of a compaction: the commits that it stands for, oldest first; empty when some are gone. */
  readonly instead: readonly string[]
}

const COMMIT = /^(\d{20})\.json$/
const COMPACTION = /^(\d{20})\.(\d{20})\.compacted\.json$/
const CHECKSUM = /^(\d{20})\.crc$/
const CHECKPOINT = /^(\d{20})\.checkpoint\.(?:(\d{10})\.(\d{10})\.|([0-9a-fA-F-]{36})\.)?(parquet|json)$/

/** Files of a log folder at most: a foreign folder must not fill the memory. */
const FILES_MAX = 5_000_000

export async function listLog(storage: Storage, tableUrl: string): Promise<LogListing> {
  const folder = joinLocation(tableUrl, '_delta_log')
  const commits = new Map<number, string>()
  const compactions: { start: number; end: number; url: string }[] = []
  const checksums = new Map<number, string>()
  const checkpoints = new CheckpointCollector()
  let seen = 0
  for await (const { name, url, isDirectory } of storage.list(folder)) {
    if (++seen > FILES_MAX) throw corrupt(folder, `more than ${FILES_MAX} files`)
    if (isDirectory) continue
    const commit = COMMIT.exec(name)
    if (commit !== null) commits.set(versionOf(commit[1]!), url)
    else if (!checkpoints.add(name, url)) {
      const checksum = CHECKSUM.exec(name)
      if (checksum !== null) checksums.set(versionOf(checksum[1]!), url)
      const compaction = COMPACTION.exec(name)
      if (compaction === null) continue
      const [start, end] = [versionOf(compaction[1]!), versionOf(compaction[2]!)]
      if (start < end) compactions.push({ start, end, url })
    }
  }
  return { folder, commits, compactions, checkpoints: checkpoints.complete(), checksums }
}

/** Puts parts of checkpoints together; those that lack parts are none. */
class CheckpointCollector {
  readonly #whole: Checkpoint[] = []
  readonly #parts = new Map<string, { version: number; count: number; urls: Map<number, string> }>()

  /** False when the name is not that of a checkpoint. */
  add(name: string, url: string): boolean {
    const match = CHECKPOINT.exec(name)
    if (match === null) return false
    const [, digits, part, count, uuid, extension] = match
    const version = versionOf(digits!)
    if (part === undefined) {
      // JSON is the form of checkpoints with a uuid only.
      if (uuid !== undefined || extension === 'parquet') this.#whole.push({ version, urls: [url] })
      return true
    }
    if (extension !== 'parquet') return true
    const key = `${digits} ${count}`
    let parts = this.#parts.get(key)
    if (parts === undefined) this.#parts.set(key, (parts = { version, count: Number(count), urls: new Map() }))
    parts.urls.set(Number(part), url)
    return true
  }

  complete(): Checkpoint[] {
    const found = [...this.#whole]
    for (const { version, count, urls } of this.#parts.values()) {
      const places = Array.from({ length: Math.min(count, urls.size) }, (_, i) => urls.get(i + 1))
      const all = places.filter((url) => url !== undefined)
      if (all.length === count) found.push({ version, urls: all })
    }
    // Of several of one version any will do; one file is opened faster than parts.
    return found.toSorted((a, b) => a.version - b.version || b.urls.length - a.urls.length)
  }
}

/** The newest version; undefined when the log is empty. */
export function latestVersion({ commits, checkpoints }: LogListing): number | undefined {
  let latest = checkpoints.at(-1)?.version
  for (const version of commits.keys()) if (latest === undefined || version > latest) latest = version
  return latest
}

/** The oldest version that can still be read, taking the log to have no gaps. */
export function earliestVersion({ commits, checkpoints }: LogListing): number | undefined {
  return commits.has(0) ? 0 : checkpoints[0]?.version
}

/** The files that make `version`. Errors: 22023 when it is not there or no longer, XX001 when the log has a gap. */
export function segmentFor(listing: LogListing, version: number, table: string): LogSegment {
  const latest = latestVersion(listing)
  if (latest === undefined) {
    throw new DataError('58P01', `no Delta table in "${listing.folder}": the log is empty`)
  }
  const earliest = earliestVersion(listing)
  if (version > latest || version < 0 || (earliest !== undefined && version < earliest)) {
    throw new SqlError('22023', `version ${version} of table "${table}" not found`, {
      hint: `Versions ${earliest ?? latest} to ${latest} can be read.`,
    })
  }
  const checkpoint = listing.checkpoints.findLast((found) => found.version <= version)
  const commits: CommitSource[] = []
  let next = checkpoint === undefined ? 0 : checkpoint.version + 1
  const compactions = longestByStart(listing, version)
  while (next <= version) {
    const compaction = compactions.get(next)
    const url = compaction?.url ?? listing.commits.get(next)
    if (url === undefined) {
      throw corrupt(listing.folder, `version ${next} is missing: the log has a gap before version ${version}`)
    }
    const end = compaction?.end ?? next
    commits.push({ url, instead: compaction === undefined ? [] : commitsFrom(listing, next, end) })
    next = end + 1
  }
  return { version, checkpoint, commits, checksum: listing.checksums.get(version) }
}

function commitsFrom({ commits }: LogListing, start: number, end: number): readonly string[] {
  const urls: string[] = []
  for (let version = start; version <= end; version++) {
    const url = commits.get(version)
    if (url === undefined) return []
    urls.push(url)
  }
  return urls
}

function longestByStart({ compactions }: LogListing, version: number): Map<number, { end: number; url: string }> {
  const longest = new Map<number, { end: number; url: string }>()
  for (const { start, end, url } of compactions) {
    if (end <= version && end > (longest.get(start)?.end ?? -1)) longest.set(start, { end, url })
  }
  return longest
}

function versionOf(digits: string): number {
  const version = Number(digits)
  if (!Number.isSafeInteger(version)) throw corrupt('_delta_log', `version ${digits} is too large`)
  return version
}
