/** A Delta Lake table at one version. */
import { SqlError } from '../../core/errors.ts'
import type { Schema } from '../../core/types.ts'
import { FileCache } from '../../storage/file-cache.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { Pushdown, ScanTask, Table, TableStatistics, VersionSpec } from '../table.ts'
import type { ChangesRequest, TableChanges } from '../changes.ts'
import type { CommitLog } from '../commit-log.ts'
import { readChanges } from './changes.ts'
import { deltaCommitLog } from './commit-log.ts'
import { hiddenColumnsOf, rowTrackingOf } from './column-sources.ts'
import { type CommitTimeSource, CommitTimes } from './commit-times.ts'
import { METADATA_TABLES, openMetadataTable } from './inspect/index.ts'
import { type LogListing, latestVersion, listLog, segmentFor } from './log-listing.ts'
import { partitionFields } from './partition-values.ts'
import { assertSupported, mappingModeOf } from './protocol.ts'
import { type ScanContext, type ScanMetrics, emptyMetrics, planScan } from './scan.ts'
import { fieldOf, parseSchema } from './schema.ts'
import { readSnapshot } from './snapshot.ts'
import { readExactStatistics, readStatistics } from './statistics.ts'

export interface DeltaTableOptions {
  /** Display name. */
  readonly name: string
  readonly access: StorageAccess
  readonly at?: VersionSpec
  readonly commitTime?: CommitTimeSource
}

/** Actions kept decoded, about a kilobyte each. */
const CACHED_ACTIONS_MAX = 200_000

/** Versions that were read, by the mapping of paths they were read with. */
const versionCaches = new WeakMap<StorageAccess, FileCache<ScanContext>>()

/** Opens the table in folder `url`. Errors: XX001 for a damaged log, 0A000 for features that are not known, 22023 for versions that are gone. */
export async function openDeltaTable(url: string, options: DeltaTableOptions): Promise<DeltaTable> {
  const { access, name, at } = options
  const listing = await listLog(access.storageFor(url), url)
  const newest = latestVersion(listing) ?? 0
  const version = at === undefined ? newest : await versionFor(at, url, listing, options)
  return new DeltaTable(await loadVersion(access, url, listing, version, name), listing, options)
}

async function versionFor(
  at: VersionSpec,
  url: string,
  listing: LogListing,
  { access, name, commitTime: source = 'file' }: DeltaTableOptions,
): Promise<number> {
  if (at.kind === 'version') {
    const version = Number(at.value)
    if (Number.isSafeInteger(version)) return version
    throw new SqlError('22023', `version "${at.value}" of table "${name}" not found`, {
      hint: 'Versions of Delta tables are numbers.',
    })
  }
  const newest = await loadVersion(access, url, listing, latestVersion(listing) ?? 0, name)
  const { metadata } = newest.snapshot
  // Times of commits are whole milliseconds.
  const ms = Number(at.micros / 1000n) - (at.micros % 1000n < 0n ? 1 : 0)
  return new CommitTimes({ access, listing, metadata, source }).versionAt(ms, name)
}

/** A version's state, from the cache if its last files are still the same. */
async function loadVersion(
  access: StorageAccess,
  url: string,
  listing: LogListing,
  version: number,
  name: string,
): Promise<ScanContext> {
  const segment = segmentFor(listing, version, name)
  const storage = access.storageFor(url)
  const last = segment.commits.at(-1)?.url ?? segment.checkpoint!.urls[0]!
  const stat = { url: last, ...(await storage.stat(last)) }
  let cache = versionCaches.get(access)
  if (cache === undefined) versionCaches.set(access, (cache = new FileCache(CACHED_ACTIONS_MAX)))
  const variant = `${segment.checkpoint?.urls[0] ?? ''}|${segment.commits.length}`
  const known = cache.get(storage, stat, variant)
  if (known !== undefined) return known
  const snapshot = await readSnapshot(access, segment, listing.folder)
  assertSupported(snapshot.protocol, name)
  const schema = parseSchema(
    snapshot.metadata.schemaString,
    mappingModeOf(snapshot.protocol, snapshot.metadata),
    listing.folder,
  )
  const partitions = partitionFields(snapshot.metadata, schema, listing.folder)
  const rowTracking = rowTrackingOf(snapshot.metadata)
  const context = { access, tableUrl: url, snapshot, schema, partitions, rowTracking }
  cache.set(storage, stat, context, { weight: snapshot.weight + 1, variant })
  return context
}

const statisticsCache = new WeakMap<ScanContext, TableStatistics>()

/** Answers by what was asked: of a version they never change. */
const exactCache = new WeakMap<ScanContext, Map<string, TableStatistics | undefined>>()

export class DeltaTable implements Table {
  readonly name: string
  readonly format = 'delta'
  readonly schema: Schema
  readonly hiddenColumns: Table['hiddenColumns']
  readonly #context: ScanContext
  readonly #listing: LogListing
  readonly #commitTime: CommitTimeSource
  #metrics: ScanMetrics = emptyMetrics()

  constructor(context: ScanContext, listing: LogListing, { name, commitTime = 'file' }: DeltaTableOptions) {
    this.name = name
    this.schema = { fields: context.schema.fields.map(fieldOf) }
    this.hiddenColumns = hiddenColumnsOf(context.schema, context.rowTracking)
    this.#context = context
    this.#listing = listing
    this.#commitTime = commitTime
  }

  /** The state of a version is loaded once as long as its log stays the same. */
  get identity(): readonly unknown[] {
    return [this.#context]
  }

  get version(): number {
    return this.#context.snapshot.version
  }

  async statistics(): Promise<TableStatistics> {
    let statistics = statisticsCache.get(this.#context)
    if (statistics === undefined) {
      statisticsCache.set(this.#context, (statistics = await readStatistics(this.#context)))
    }
    return statistics
  }

  async exactStatistics(columns: ReadonlyMap<string, 'bounds' | 'nulls'>): Promise<TableStatistics | undefined> {
    let known = exactCache.get(this.#context)
    if (known === undefined) exactCache.set(this.#context, (known = new Map()))
    const question = JSON.stringify([...columns].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    if (!known.has(question)) {
      known.set(question, await readExactStatistics(this.#context, columns, await this.statistics()))
    }
    return known.get(question)
  }

  facts(): readonly (readonly [name: string, value: string])[] {
    return [
      ['Location', this.#context.tableUrl],
      ['Version', String(this.version)],
    ]
  }

  scan(pushdown: Pushdown): AsyncIterable<ScanTask> {
    this.#metrics = emptyMetrics()
    return planScan(this.#context, pushdown, this.#metrics)
  }

  async changes(request: ChangesRequest): Promise<TableChanges> {
    const { name } = this
    return readChanges({ ...this.#context, name, listing: this.#listing, commitTime: this.#commitTime }, request)
  }

  commits(): CommitLog {
    const { name } = this
    return deltaCommitLog({ ...this.#context, name, listing: this.#listing, commitTime: this.#commitTime })
  }

  scanMetrics(): Readonly<Record<string, number>> {
    return { ...this.#metrics }
  }

  metadataTables(): readonly string[] {
    return METADATA_TABLES
  }

  async metadataTable(kind: string): Promise<Table> {
    const { name } = this
    return openMetadataTable(kind, { ...this.#context, name, listing: this.#listing, commitTime: this.#commitTime })
  }
}
