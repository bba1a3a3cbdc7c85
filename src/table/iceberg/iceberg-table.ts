/** An Iceberg table at one snapshot. */
import type { Schema } from '../../core/types.ts'
import { DataError } from '../../core/errors.ts'
import { baseName, joinLocation } from '../../storage/file-location.ts'
import { FileCache } from '../../storage/file-cache.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { ChangesRequest, TableChanges } from '../changes.ts'
import type { Pushdown, ScanTask, Table, TableRules, TableStatistics, VersionSpec } from '../table.ts'
import type { CommitLog } from '../commit-log.ts'
import { icebergChanges } from './changes/iceberg-changes.ts'
import { icebergCommitLog } from './commit-log.ts'
import { HIDDEN_COLUMNS, LINEAGE_COLUMNS, nameMappingOf } from './column-sources.ts'
import { METADATA_BYTES_MAX, type TableMetadata, parseMetadataFile } from './metadata.ts'
import { type MetadataLocation, findMetadata } from './metadata-location.ts'
import { bindSpecs } from './partition.ts'
import { decisionOf, pendingCommitOf, pendingFile } from './pending-commit.ts'
import type { MetadataTableContext } from './inspect/content.ts'
import { METADATA_TABLES, openMetadataTable } from './inspect/index.ts'
import { layoutFacts } from './layout-facts.ts'
import { type ScanContext, type ScanMetrics, emptyMetrics, planScan } from './scan.ts'
import { fieldOf } from './schema.ts'
import { distinctCountsAt, resolveVersion } from './snapshot.ts'
import { FILES_READ_MAX, readExactStatistics, readStatistics } from './statistics.ts'
import { tableRulesOf } from './table-rules.ts'

export interface IcebergTableOptions {
  /** Display name. */
  readonly name: string
  readonly access: StorageAccess
  readonly at?: VersionSpec
}

/** The current metadata of a table folder, with the file that it came from. */
export interface LoadedMetadata {
  readonly metadata: TableMetadata
  readonly location: MetadataLocation
}

/** Bytes of metadata files; decoded, they take about ten times as much. */
const METADATA_CACHE_BYTES = 4 << 20

const metadataCache = new FileCache<TableMetadata>(METADATA_CACHE_BYTES)

/** Reads the current metadata of the table in folder `url`; undefined when there is none. */
export async function loadMetadata(access: StorageAccess, url: string): Promise<LoadedMetadata | undefined> {
  const location = await findMetadata(access.storageFor(url), url)
  if (location === undefined) return undefined
  const metadata = await loadMetadataFile(access, location.url)
  const pending = pendingCommitOf(metadata)
  if (pending === undefined || (await decisionOf(access, pending)) !== 'committed') return { metadata, location }
  try {
    return { metadata: await loadMetadataFile(access, pendingFile(url, pending)), location }
  } catch (error) {
    // Published by now, and the copy deleted.
    if (!(error instanceof DataError && error.sqlstate === '58P01')) throw error
    const next = await findMetadata(access.storageFor(url), url)
    return next === undefined ? undefined : { metadata: await loadMetadataFile(access, next.url), location: next }
  }
}

/** Reads one metadata file. */
async function loadMetadataFile(access: StorageAccess, url: string): Promise<TableMetadata> {
  const storage = access.storageFor(url)
  const stat = { url, ...(await storage.stat(url)) }
  let metadata = metadataCache.get(storage, stat)
  if (metadata === undefined) {
    metadata = parseMetadataFile(await storage.readAll(url, METADATA_BYTES_MAX), url)
    metadataCache.set(storage, stat, metadata, { weight: stat.byteCount })
  }
  return metadata
}

/** Opens the table in folder `url` (or of a metadata file): XX001 for a damaged one, 58P01 when there is none. */
export async function openIcebergTable(url: string, options: IcebergTableOptions): Promise<IcebergTable> {
  if (/\.metadata\.json(\.gz)?$/.test(baseName(url))) {
    return new IcebergTable({ metadata: await loadMetadataFile(options.access, url), file: url }, options)
  }
  const loaded = await loadMetadata(options.access, url)
  if (loaded === undefined) {
    throw new DataError('58P01', `no Iceberg table in "${url}"`, {
      detail: `"${joinLocation(url, 'metadata')}" holds no metadata file`,
    })
  }
  return new IcebergTable({ metadata: loaded.metadata, file: loaded.location.url }, options)
}

const statisticsCache = new WeakMap<TableMetadata, Map<string, TableStatistics>>()

/** What follows from a schema of the metadata that it is part of. */
interface SchemaView {
  readonly rules: TableRules | undefined
  readonly fields: Schema['fields']
  readonly hiddenColumns: Table['hiddenColumns']
  readonly context: Pick<MetadataTableContext, 'schemas' | 'specs' | 'mapping'>
}

/** Tables are opened for each query, most with a schema that was opened before. */
const views = new WeakMap<TableMetadata['schemas'][number], SchemaView>()

function viewOf(metadata: TableMetadata, schema: TableMetadata['schemas'][number]): SchemaView {
  let view = views.get(schema)
  if (view === undefined) {
    const hidden = [...HIDDEN_COLUMNS, ...(metadata.formatVersion >= 3 ? LINEAGE_COLUMNS : [])]
    view = {
      rules: tableRulesOf(metadata, schema),
      fields: schema.fields.map((field) => fieldOf(field)),
      // A column of that name wins.
      hiddenColumns: hidden.filter(({ name }) => schema.fields.every((field) => field.name !== name)),
      context: {
        schemas: metadata.schemas.toSorted((a, b) => a.id - b.id),
        specs: bindSpecs(metadata, schema),
        mapping: nameMappingOf(metadata),
      },
    }
    views.set(schema, view)
  }
  return view
}

export class IcebergTable implements Table {
  readonly name: string
  readonly format = 'iceberg'
  readonly schema: Schema
  readonly hiddenColumns: Table['hiddenColumns']
  readonly rules?: TableRules
  readonly metadata: TableMetadata
  readonly #context: MetadataTableContext
  #metrics: ScanMetrics = emptyMetrics()

  /** `file` is where the metadata came from. */
  constructor(
    { metadata, file }: { readonly metadata: TableMetadata; readonly file: string },
    { name, access, at }: IcebergTableOptions,
  ) {
    const { snapshot, schema } = resolveVersion(metadata, name, at)
    this.name = name
    this.metadata = metadata
    const { rules, fields, hiddenColumns, context } = viewOf(metadata, schema)
    if (rules !== undefined) this.rules = rules
    this.schema = { fields }
    this.hiddenColumns = hiddenColumns
    this.#context = { name, metadata, metadataFile: file, access, snapshot, schema, ...context }
  }

  /** Metadata files are parsed once as long as they stay the same. */
  get identity(): readonly unknown[] {
    const { metadata, access, schema, snapshot } = this.#context
    return [metadata, access, schema.id, snapshot?.id]
  }

  /** The snapshot that is read; undefined for a table without data. */
  get snapshotId(): bigint | undefined {
    return this.#context.snapshot?.id
  }

  /** The metadata file that was read. */
  get metadataFile(): string {
    return this.#context.metadataFile
  }

  /** What planning a scan needs: for those who change the table. */
  get scanContext(): ScanContext {
    return this.#context
  }

  async statistics(): Promise<TableStatistics> {
    // Of one metadata object, a snapshot's statistics never change: they are kept as long as it is.
    let known = statisticsCache.get(this.metadata)
    if (known === undefined) statisticsCache.set(this.metadata, (known = new Map()))
    const { access, snapshot, schema } = this.#context
    // The same metadata may be read with another mapping of paths.
    const key = `${schema.id}|${snapshot?.id}|${access.locate(snapshot?.manifestList ?? snapshot?.manifests[0] ?? '')}`
    let statistics = known.get(key)
    if (statistics === undefined) {
      const distinctCounts = distinctCountsAt(this.metadata, snapshot)
      known.set(key, (statistics = await readStatistics(this.#context, distinctCounts)))
    }
    return statistics
  }

  async exactStatistics(columns: ReadonlyMap<string, 'bounds' | 'nulls'>): Promise<TableStatistics | undefined> {
    const { fileCount } = await this.statistics()
    return fileCount <= FILES_READ_MAX ? undefined : readExactStatistics(this.#context, columns)
  }

  scan(pushdown: Pushdown): AsyncIterable<ScanTask> {
    this.#metrics = emptyMetrics()
    return planScan(this.#context, pushdown, this.#metrics)
  }

  scanMetrics(): Readonly<Record<string, number>> {
    return { ...this.#metrics }
  }

  async changes(request: ChangesRequest): Promise<TableChanges> {
    return icebergChanges(this.#context, this, request)
  }

  commits(): CommitLog {
    return icebergCommitLog(this.#context)
  }

  layout(): readonly (readonly [name: string, value: string])[] {
    return layoutFacts(this.metadata)
  }

  metadataTables(): readonly string[] {
    return METADATA_TABLES
  }

  async metadataTable(kind: string): Promise<Table> {
    return openMetadataTable(kind, this.#context)
  }
}
