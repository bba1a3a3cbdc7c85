/** An Iceberg table at one snapshot. */
import type { Schema } from '../../core/types.ts'
import { DataError } from '../../core/errors.ts'
import { baseName, joinLocation } from '../../storage/file-location.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { Pushdown, ScanTask, Table, TableStatistics, VersionSpec } from '../table.ts'
import { HIDDEN_COLUMNS, nameMappingOf } from './column-sources.ts'
import { METADATA_BYTES_MAX, type TableMetadata, parseMetadataFile } from './metadata.ts'
import { type MetadataLocation, findMetadata } from './metadata-location.ts'
import { bindSpecs } from './partition.ts'
import { type ScanContext, type ScanMetrics, emptyMetrics, planScan } from './scan.ts'
import { fieldOf } from './schema.ts'
import { resolveVersion } from './snapshot.ts'
import { readStatistics } from './statistics.ts'

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

/** Reads the current metadata of the table in folder `url`; undefined when there is none. */
export async function loadMetadata(access: StorageAccess, url: string): Promise<LoadedMetadata | undefined> {
  const storage = access.storageFor(url)
  const location = await findMetadata(storage, url)
  if (location === undefined) return undefined
  const bytes = await storage.readAll(location.url, METADATA_BYTES_MAX)
  return { metadata: parseMetadataFile(bytes, location.url), location }
}

/** Opens the table in folder `url` (or of a metadata file): XX001 for a damaged one, 58P01 when there is none. */
export async function openIcebergTable(url: string, options: IcebergTableOptions): Promise<IcebergTable> {
  const loaded = /\.metadata\.json(\.gz)?$/.test(baseName(url))
    ? await loadMetadataFile(options.access, url)
    : (await loadMetadata(options.access, url))?.metadata
  if (loaded === undefined) {
    throw new DataError('58P01', `no Iceberg table in "${url}"`, {
      detail: `"${joinLocation(url, 'metadata')}" holds no metadata file`,
    })
  }
  return new IcebergTable(loaded, options)
}

async function loadMetadataFile(access: StorageAccess, url: string): Promise<TableMetadata> {
  return parseMetadataFile(await access.storageFor(url).readAll(url, METADATA_BYTES_MAX), url)
}

export class IcebergTable implements Table {
  readonly name: string
  readonly format = 'iceberg'
  readonly schema: Schema
  readonly hiddenColumns: Table['hiddenColumns']
  readonly metadata: TableMetadata
  readonly #context: ScanContext
  #metrics: ScanMetrics = emptyMetrics()
  #statistics: Promise<TableStatistics> | undefined

  constructor(metadata: TableMetadata, { name, access, at }: IcebergTableOptions) {
    const { snapshot, schema } = resolveVersion(metadata, name, at)
    this.name = name
    this.metadata = metadata
    this.schema = { fields: schema.fields.map((field) => fieldOf(field)) }
    // A column of that name wins.
    this.hiddenColumns = HIDDEN_COLUMNS.filter((hidden) => schema.fields.every((field) => field.name !== hidden.name))
    this.#context = {
      access,
      snapshot,
      schema,
      schemas: metadata.schemas.toSorted((a, b) => a.id - b.id),
      specs: bindSpecs(metadata, schema),
      mapping: nameMappingOf(metadata),
    }
  }

  /** The snapshot that is read; undefined for a table without data. */
  get snapshotId(): bigint | undefined {
    return this.#context.snapshot?.id
  }

  async statistics(): Promise<TableStatistics> {
    this.#statistics ??= readStatistics(this.#context)
    return this.#statistics
  }

  scan(pushdown: Pushdown): AsyncIterable<ScanTask> {
    this.#metrics = emptyMetrics()
    return planScan(this.#context, pushdown, this.#metrics)
  }

  scanMetrics(): Readonly<Record<string, number>> {
    return { ...this.#metrics }
  }

  metadataTables(): readonly string[] {
    return []
  }
}
