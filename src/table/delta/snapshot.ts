/**
 * The state of a table at a version: the log replayed from its newest action to its oldest.
 *
 *   checkpoint 10   <-   commit 11   <-   commit 12       newest first: what was seen of a logical file counts, older actions do not
 *   (files streamed)     '------- "tail", in memory ------'
 *
 * Memory is bounded by what follows the checkpoint: the checkpoint's own files are read from it whenever they are asked for, and are only kept
 * when they are few. Tombstones of a checkpoint mean nothing to readers.
 *
 * Spec: Delta PROTOCOL.md, "Action Reconciliation".
 */
import { corrupt } from '../../core/errors.ts'
import type { ColumnRange } from '../../format/format.ts'
import { baseName, joinLocation } from '../../storage/file-location.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import {
  type DeltaFile,
  type Metadata,
  type PlainObject,
  type Protocol,
  addedFileOf,
  assertWholeMetadata,
  computesStatistics,
  decodePath,
  fileOf,
  keyOf,
  metadataOf,
  objectOf,
  protocolOf,
} from './actions.ts'
import {
  type CheckpointFilesOptions,
  checkpointRowCount,
  readCheckpointActions,
  readCheckpointFiles,
} from './checkpoint-file.ts'
import { type AskedColumn, type CheckpointSum, canSum, sumCheckpoint } from './checkpoint-sums.ts'
import { readActions } from './json-lines.ts'
import type { CommitSource, LogSegment } from './log-listing.ts'
import { type VersionChecksum, assertFilesAgree, assertSchemaAgrees, readVersionChecksum } from './version-checksum.ts'

/** Kinds of a checkpoint that are no files. */
const OTHER_KINDS: readonly string[] = ['metaData', 'protocol', 'domainMetadata', 'sidecar']

const COMPACTED = '.compacted.json'

/** Actions of a checkpoint that are kept decoded, about a kilobyte each. */
const FILES_KEPT_MAX = 20_000

/** Commits that are read at the same time. */
const READS_AHEAD = 8

/** `pruning`, `batchRows` and `forCounts` are for large checkpoints: files of small ones come whole. */
export type FilesOptions = CheckpointFilesOptions

export class Snapshot {
  readonly version: number
  readonly protocol: Protocol
  readonly metadata: Metadata
  /** Configurations by domain. */
  readonly domains: ReadonlyMap<string, string>
  readonly #state: LogState
  readonly #access: StorageAccess
  /** Undefined: there is none, or the files were found to agree. */
  #checksum: VersionChecksum | undefined
  #kept: readonly DeltaFile[] | undefined
  #rows: number | undefined

  constructor(access: StorageAccess, version: number, state: LogState, folder: string) {
    if (state.protocol === undefined) throw corrupt(folder, `version ${version} has no protocol action`)
    if (state.metadata === undefined) throw corrupt(folder, `version ${version} has no metaData action`)
    this.#access = access
    this.#state = state
    this.#checksum = state.checksum
    if (state.checksum !== undefined) assertSchemaAgrees(state.checksum, state.metadata)
    this.version = version
    this.protocol = state.protocol
    this.metadata = state.metadata
    this.domains = new Map(
      [...state.domains].flatMap(([name, text]): [string, string][] => (text === null ? [] : [[name, text]])),
    )
  }

  /** Actions that are kept in memory. */
  get weight(): number {
    return this.#state.added.length + (this.#kept?.length ?? 0)
  }

  /** How many rows large checkpoints have, files among them; undefined where the files are few. */
  get largeCheckpointRows(): number | undefined {
    if (this.#kept !== undefined || this.#areFew()) return undefined
    return this.#checkpointRows()
  }

  /** The live files, in batches. */
  async *files(options: FilesOptions): AsyncGenerator<readonly DeltaFile[]> {
    const { added, sources } = this.#state
    if (this.#checksum !== undefined) await this.#keepFew()
    this.#verify()
    if (added.length > 0) yield added
    if (sources.length === 0) return
    await this.#keepFew()
    if (this.#kept === undefined) yield* this.#checkpointFiles(options)
    else if (this.#kept.length > 0) yield this.#kept
  }

  /**
   * The live files of a large checkpoint as sums, and others whole; undefined where files are few, or statistics lie in columns of their own: `files`
   * has them.
   */
  sums(columns: readonly AskedColumn[]): Generator<CheckpointSum> | undefined {
    const { sources, added } = this.#state
    const isLarge = this.largeCheckpointRows !== undefined
    if (!isLarge || sources.some(({ kind }) => kind !== 'parquet') || !columns.every(canSum)) return undefined
    return this.#sums(columns, added)
  }

  *#sums(columns: readonly AskedColumn[], added: readonly DeltaFile[]): Generator<CheckpointSum> {
    yield { rowCount: 0, byteCount: 0, fileCount: 0, ranges: columns.map(() => NO_ROWS), others: added }
    const { sources, seen } = this.#state
    const seenPaths = new Set([...seen].flatMap(pathsOfKey))
    for (const { url } of sources) {
      for (const sum of sumCheckpoint(this.#access, url, { columns, seenPaths })) {
        yield { ...sum, others: sum.others.filter((file) => !seen.has(keyOf(file))) }
      }
    }
  }

  async #keepFew(): Promise<void> {
    if (this.#kept !== undefined || !this.#areFew()) return
    const kept: DeltaFile[] = []
    const removed = new Map(this.#state.awaited)
    for await (const batch of this.#checkpointFiles({ withStatistics: true }, removed)) kept.push(...batch)
    assertNoneAwaited(removed)
    this.#kept = kept
  }

  /** Once, and when all files are at hand. */
  #verify(): void {
    const { added, sources } = this.#state
    if (this.#checksum === undefined || (sources.length > 0 && this.#kept === undefined)) return
    assertFilesAgree(this.#checksum, [...added, ...(this.#kept ?? [])])
    this.#checksum = undefined
  }

  #areFew(): boolean {
    return this.#checkpointRows() <= FILES_KEPT_MAX
  }

  #checkpointRows(): number {
    // A JSON checkpoint that holds files itself is small: its writer had sidecars for others.
    const parquet = this.#state.sources.filter(({ kind }) => kind === 'parquet')
    return (this.#rows ??= parquet.reduce((sum, { url }) => sum + checkpointRowCount(this.#access, url), 0))
  }

  /** `removed`: keys of removed files, of which it takes those that it finds. */
  async *#checkpointFiles(options: FilesOptions, removed?: Map<string, string>): AsyncGenerator<readonly DeltaFile[]> {
    const { sources, seen } = this.#state
    const isLive = (file: DeltaFile): boolean => {
      if (seen.size === 0) return true
      const key = keyOf(file)
      removed?.delete(key)
      return !seen.has(key)
    }
    for (const { url, kind } of sources) {
      if (kind === 'parquet') {
        for (const batch of readCheckpointFiles(this.#access, url, options)) yield batch.filter(isLive)
      } else {
        for await (const actions of readActions(this.#access.storageFor(url), url)) {
          const adds = actions.map((action) => objectOf(action['add'])).filter((add) => add !== undefined)
          yield adds.map((add) => addedFileOf(add, url)).filter(isLive)
        }
      }
    }
  }
}

const NO_ROWS: ColumnRange = { valueCount: 0, nullCount: 0, nanCount: 0, exact: true }

/** Paths that a logical file of this key may be written with. */
function pathsOfKey(key: string): string[] {
  const [path] = key.split('\0')
  return path!.startsWith('/') ? [path!, `file:${path}`, `file://${path}`] : [path!]
}

/** What the log says, as far as it was read: newest first. */
class LogState {
  protocol: Protocol | undefined
  metadata: Metadata | undefined
  /** Null: removed. */
  readonly domains: Map<string, string | null> = new Map()
  /** Keys of logical files that were added or removed. */
  readonly seen: Set<string> = new Set()
  readonly added: DeltaFile[] = []
  /** Where the checkpoint has its files. */
  readonly sources: { readonly url: string; readonly kind: 'parquet' | 'json' }[] = []
  /** Keys of files that were removed, and are not yet met as added; with the commit that says so. */
  readonly awaited: Map<string, string> = new Map()
  checksum: VersionChecksum | undefined

  /** An action that is no file action: the first seen wins. */
  addOther(action: PlainObject, url: string): void {
    const protocol = objectOf(action['protocol'])
    if (protocol !== undefined) this.protocol ??= protocolOf(protocol, url)
    const metadata = objectOf(action['metaData'])
    if (metadata !== undefined) this.metadata ??= metadataOf(metadata, url)
    const domain = objectOf(action['domainMetadata'])
    if (domain === undefined || typeof domain['domain'] !== 'string') return
    if (this.domains.has(domain['domain'])) return
    const { configuration, removed } = domain
    this.domains.set(domain['domain'], removed === true || typeof configuration !== 'string' ? null : configuration)
  }
}

/** One commit's (or compaction's) actions. Within it, an addition counts more than a removal of the same logical file. */
class CommitActions {
  readonly #url: string
  readonly #files = new Map<string, DeltaFile | null>()
  readonly #others: PlainObject[] = []
  /** A logical file occurs in several actions. */
  isAmbiguous = false
  #countsNan = false

  constructor(url: string) {
    this.#url = url
  }

  add(action: PlainObject): void {
    const added = objectOf(action['add'])
    const removed = added === undefined ? objectOf(action['remove']) : undefined
    if (added !== undefined) {
      const file = addedFileOf(added, this.#url)
      const key = keyOf(file)
      this.isAmbiguous ||= this.#files.has(key)
      this.#files.set(key, file)
    } else if (removed !== undefined) {
      const key = keyOf(fileOf(removed, this.#url))
      if (this.#files.has(key)) this.isAmbiguous = true
      else this.#files.set(key, null)
    } else {
      const info = objectOf(action['commitInfo'])
      // A cut joined what is told of the commit and one of its files: the text of one goes on as that of the other.
      if (info !== undefined && ('partitionValues' in info || 'dataChange' in info))
        throw corrupt(this.#url, 'a commitInfo with the fields of a file')
      if (info !== undefined) this.#countsNan = computesStatistics(info)
      else if (action['cdc'] === undefined) this.#others.push(action)
      const metadata = objectOf(action['metaData'])
      if (metadata !== undefined) assertWholeMetadata(metadata, this.#url)
    }
  }

  applyTo(state: LogState): void {
    for (const [key, file] of this.#files) {
      if (file !== null) state.awaited.delete(key)
      else if (!state.awaited.has(key)) state.awaited.set(key, this.#url)
      if (state.seen.has(key)) continue
      if (file !== null && this.#countsNan && file.deletionVector === undefined) file.countsNan = true
      state.seen.add(key)
      if (file !== null) state.added.push(file)
    }
    for (const action of this.#others) state.addOther(action, this.#url)
  }
}

/** Reads what makes a version. Errors: XX001 for damaged files of the log. */
export async function readSnapshot(access: StorageAccess, segment: LogSegment, folder: string): Promise<Snapshot> {
  const state = new LogState()
  const newestFirst = segment.commits.toReversed()
  const running: Promise<readonly CommitActions[]>[] = []
  for (let next = 0, done = 0; done < newestFirst.length; done++) {
    for (; next < newestFirst.length && next < done + READS_AHEAD; next++) {
      const reading = readSource(access, newestFirst[next]!)
      // A failure is met when its turn comes; until then it must not count as unhandled.
      reading.catch(() => undefined)
      running.push(reading)
    }
    for (const commit of await running.shift()!) commit.applyTo(state)
  }
  assertAddedBefore(state, segment)
  if (segment.checkpoint !== undefined) {
    for (const url of segment.checkpoint.urls) await readCheckpoint(access, url, folder, state)
  }
  if (segment.checksum !== undefined) {
    state.checksum = await readVersionChecksum(access.storageFor(segment.checksum), segment.checksum)
  }
  return new Snapshot(access, segment.version, state, folder)
}

/**
 * XX001 when all commits are at hand (or, later, a checkpoint of few files) and one removes a file that none before it added: the path of one of them is damaged, and the file's rows
 * would come back. Compactions leave out what was added and removed within them.
 */
function assertAddedBefore({ awaited }: LogState, { checkpoint, commits }: LogSegment): void {
  if (commits.some(({ url }) => url.endsWith(COMPACTED))) awaited.clear()
  // Else the checkpoint may have them.
  if (checkpoint === undefined) assertNoneAwaited(awaited)
}

function assertNoneAwaited(awaited: ReadonlyMap<string, string>): void {
  for (const [key, url] of awaited)
    throw corrupt(url, `file "${key.split('\0')[0]}" is removed, and no commit added it`)
}

/** The actions of a commit, or of a compaction, or of the commits instead of a compaction that is none: newest first. */
async function readSource(access: StorageAccess, { url, instead }: CommitSource): Promise<readonly CommitActions[]> {
  const commit = await readCommit(access, url)
  if (!commit.isAmbiguous || !url.endsWith(COMPACTED)) return [commit]
  // Some writers only join the commits (delta-kernel-rs, compacted-log-files-table): then the order of actions would decide.
  if (instead.length === 0) throw corrupt(url, 'the compaction holds several actions of one file')
  const commits: CommitActions[] = []
  for (const older of instead.toReversed()) commits.push(await readCommit(access, older))
  return commits
}

async function readCommit(access: StorageAccess, url: string): Promise<CommitActions> {
  const commit = new CommitActions(url)
  for await (const actions of readActions(access.storageFor(url), url)) {
    for (const action of actions) commit.add(action)
  }
  return commit
}

/** Takes the actions that are no files from a checkpoint's top file, and notes where the files are. */
async function readCheckpoint(access: StorageAccess, url: string, folder: string, state: LogState): Promise<void> {
  const take = (action: PlainObject): void => {
    const sidecar = objectOf(action['sidecar'])
    if (sidecar === undefined) state.addOther(action, url)
    else state.sources.push({ url: sidecarUrl(access, sidecar, folder, url), kind: 'parquet' })
  }
  if (url.endsWith('.parquet')) {
    for (const action of readCheckpointActions(access, url, OTHER_KINDS)) take(action)
    state.sources.push({ url, kind: 'parquet' })
    return
  }
  let hasFiles = false
  for await (const actions of readActions(access.storageFor(url), url)) {
    for (const action of actions) {
      hasFiles ||= action['add'] !== undefined
      take(action)
    }
  }
  if (hasFiles) state.sources.push({ url, kind: 'json' })
}

/** Sidecars lie in one folder, whatever path was recorded; a foreign one is believed only when it is absolute. */
function sidecarUrl(access: StorageAccess, { path }: PlainObject, folder: string, url: string): string {
  if (typeof path !== 'string' || path === '') throw corrupt(url, 'a sidecar has no path')
  const decoded = decodePath(path)
  if (/^(?:[A-Za-z][A-Za-z0-9+.-]+:|\/)/.test(decoded)) return access.locate(decoded)
  return joinLocation(folder, '_sidecars', baseName(decoded))
}
