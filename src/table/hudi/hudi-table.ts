/** A Hudi table at one instant. */
import { unsupported } from '../../core/errors.ts'
import type { Field, Schema } from '../../core/types.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { readFileFacts } from '../files/file-facts.ts'
import type { ChangesRequest, TableChanges } from '../changes.ts'
import type { Pushdown, ScanTask, Table, TableStatistics, VersionSpec } from '../table.ts'
import type { CommitLog } from '../commit-log.ts'
import { hudiChanges } from './changes.ts'
import { hudiCommitLog } from './commit-log.ts'
import { listByMetadata } from './metadata/files-index.ts'
import { IndexPruner } from './metadata/index-pruner.ts'
import { type MetadataTable, openMetadataTable } from './metadata/metadata-table.ts'
import { timelineTable } from './timeline-table.ts'
import { type ScanMetrics, type ScanOptions, emptyMetrics, planScan } from './scan.ts'
import { type HudiSnapshot, META_COLUMNS, type SlicesOfSnapshot, openSnapshot, readSlices } from './snapshot.ts'

export interface HudiTableOptions {
  /** Display name. */
  readonly name: string
  readonly access: StorageAccess
  readonly at?: VersionSpec | undefined
}

/** Opens the table in folder `url`: XX001 for a damaged one, 0A000 for what can't be read, 22023 for a version that is gone. */
export async function openHudiTable(url: string, options: HudiTableOptions): Promise<Table> {
  return new HudiTable(await openSnapshot(url, options), { readOptimized: false })
}

/** Where listing a folder costs next to nothing. */
const LISTING_SCHEMES: ReadonlySet<string> = new Set(['file', 'memory'])

/** Footers read for row counts: tables of more files are estimated by their bytes. */
const FOOTERS_MAX = 1000

class HudiTable implements Table {
  readonly name: string
  readonly format = 'hudi'
  readonly schema: Schema
  readonly hiddenColumns: readonly Field[]
  readonly #snapshot: HudiSnapshot
  readonly #readOptimized: boolean
  #slices: Promise<SlicesOfSnapshot> | undefined
  #metadata: Promise<MetadataTable | undefined> | undefined
  #metrics: ScanMetrics = emptyMetrics()
  #statistics: Promise<TableStatistics> | undefined

  constructor(snapshot: HudiSnapshot, { readOptimized }: { readOptimized: boolean }) {
    this.name = readOptimized ? `${snapshot.name}$ro` : snapshot.name
    this.schema = { fields: snapshot.fields }
    this.hiddenColumns = META_COLUMNS
    this.#snapshot = snapshot
    this.#readOptimized = readOptimized
  }

  async *scan(pushdown: Pushdown): AsyncGenerator<ScanTask> {
    this.#metrics = emptyMetrics()
    const index: ScanOptions['index'] = (slices) =>
      IndexPruner.open(this.#snapshot, () => this.#loadMetadata(), pushdown, slices)
    const options = { readOptimized: this.#readOptimized, metrics: this.#metrics, index }
    yield* planScan(this.#snapshot, await this.#loadSlices(), pushdown, options)
  }

  scanMetrics(): Readonly<Record<string, number>> {
    return { ...this.#metrics }
  }

  async statistics(): Promise<TableStatistics> {
    return (this.#statistics ??= this.#readStatistics())
  }

  async changes(request: ChangesRequest): Promise<TableChanges> {
    return hudiChanges(this.#snapshot, request, () => this.statistics())
  }

  commits(): CommitLog {
    if (this.#readOptimized) throw unsupported(`following the changes of table "${this.name}"`)
    return hudiCommitLog(this.#snapshot)
  }

  metadataTables(): readonly string[] {
    return this.#readOptimized ? [] : ['ro', 'timeline']
  }

  async metadataTable(kind: string): Promise<Table> {
    if (kind === 'timeline') return timelineTable(this.#snapshot)
    return new HudiTable(this.#snapshot, { readOptimized: true })
  }

  #loadSlices(): Promise<SlicesOfSnapshot> {
    return (this.#slices ??= this.#listSlices())
  }

  /** Stores far away take a request a folder: there the metadata table is asked first. */
  async #listSlices(): Promise<SlicesOfSnapshot> {
    const { storage, url } = this.#snapshot
    const metadata = LISTING_SCHEMES.has(storage.scheme) ? undefined : await this.#loadMetadata()
    return readSlices(this.#snapshot, metadata && (await listByMetadata(metadata, url)))
  }

  #loadMetadata(): Promise<MetadataTable | undefined> {
    return (this.#metadata ??= openMetadataTable(this.#snapshot))
  }

  async #readStatistics(): Promise<TableStatistics> {
    let [byteCount, fileCount, counted, countedBytes, rowCount] = [0, 0, 0, 0, 0]
    let exact = true
    for (const { base, logs } of (await this.#loadSlices()).slices) {
      if (!this.#readOptimized && logs.length > 0) {
        exact = false
        fileCount += logs.length
        byteCount += logs.reduce((sum, log) => sum + log.byteCount, 0)
      }
      if (base === undefined) continue
      fileCount++
      byteCount += base.byteCount
      if (counted >= FOOTERS_MAX || base.format !== 'parquet') exact = false
      else {
        counted++
        countedBytes += base.byteCount
        rowCount += readFileFacts(this.#snapshot.access, base).rowCount
      }
    }
    if (!exact && countedBytes > 0) rowCount = Math.ceil((rowCount / countedBytes) * byteCount)
    return { rowCount, exact, byteCount, fileCount, columns: new Map() }
  }
}
