/** A Paimon table at one snapshot, tag or branch. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { type Field, type Schema, VARCHAR } from '../../core/types.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { Pushdown, ScanTask, Table, TableStatistics, VersionSpec } from '../table.ts'
import type { ChangesRequest, TableChanges } from '../changes.ts'
import type { CommitLog } from '../commit-log.ts'
import { paimonChanges } from './changes.ts'
import { paimonCommitLog } from './commit-log.ts'
import { ROW_KIND } from './column-sources.ts'
import { plainField } from './data-type.ts'
import { METADATA_TABLES, openMetadataTable, scanOptionsOf } from './inspect/index.ts'
import { readOptions } from './options.ts'
import type { PaimonContext } from './context.ts'
import { type PaimonScanOptions, type ScanMetrics, emptyMetrics, partitionKeys, planScan } from './scan.ts'
import { lineageColumns } from './row-lineage.ts'
import { type Snapshot, SnapshotFolder } from './snapshot.ts'
import { tableStatistics } from './statistics.ts'
import { type PaimonSchema, SchemaFolder } from './table-schema.ts'

export interface PaimonTableOptions {
  /** Display name. */
  readonly name: string
  readonly access: StorageAccess
  readonly at?: VersionSpec
}

/** Opens the table in folder `url`: XX001 for a damaged one, 58P01 when there is none, 22023 for versions that are gone. */
export async function openPaimonTable(url: string, { name, access, at }: PaimonTableOptions): Promise<PaimonTable> {
  const { snapshot, schema, latest, root } = await resolveVersion(access, url, at)
  const options = readOptions(latest.options)
  const context: PaimonContext = {
    access,
    root: url,
    branchRoot: root,
    schemas: new SchemaFolder(access, root),
    schema,
    options,
    snapshot,
  }
  return new PaimonTable(name, context, {}, at === undefined ? await fallbackOf(context) : undefined)
}

/** The branch that has the partitions which the table has not (`scan.fallback-branch`), for the table as it is now. */
async function fallbackOf(context: PaimonContext): Promise<PaimonContext | undefined> {
  const { access, root: url, options } = context
  if (options.fallbackBranch === undefined) return undefined
  const { snapshot, schema, latest, root } = await branchVersion(access, url, options.fallbackBranch)
  const names = ({ fields }: PaimonSchema): string => fields.map(({ name }) => name).join()
  if (names(schema) !== names(context.schema)) {
    throw unsupported('a fallback branch with other columns than the table', {
      detail: `branch "${options.fallbackBranch}"`,
    })
  }
  return {
    ...{ access, root: url, branchRoot: root, snapshot, schema },
    schemas: new SchemaFolder(access, root),
    options: readOptions(latest.options),
  }
}

interface ResolvedVersion {
  readonly snapshot: Snapshot | undefined
  readonly schema: PaimonSchema
  /** Its options count, whatever version is read. */
  readonly latest: PaimonSchema
  /** The folder of the snapshots and schemas: the table's, or a branch's. */
  readonly root: string
}

/**
 * By id, tag and time the schema is the snapshot's. A number is a snapshot's id, unless a tag has that name; other names are tags, then
 * branches.
 */
async function resolveVersion(
  access: StorageAccess,
  url: string,
  at: VersionSpec | undefined,
): Promise<ResolvedVersion> {
  const schemas = new SchemaFolder(access, url)
  const snapshots = new SnapshotFolder(access, url)
  const latest = await schemas.latest()
  if (at === undefined) return { snapshot: await snapshots.latest(), schema: latest, latest, root: url }
  const travelled = async (snapshot: Snapshot): Promise<ResolvedVersion> => ({
    ...{ snapshot, latest, root: url },
    schema: await schemas.get(snapshot.schemaId),
  })
  if (at.kind === 'timestamp') return travelled(await snapshots.at(at.micros))
  const tag = await snapshots.tag(String(at.value))
  if (tag !== undefined) return travelled(tag.snapshot)
  if (typeof at.value === 'bigint' || /^\d{1,18}$/.test(at.value))
    return travelled(await snapshots.get(BigInt(at.value)))
  return branchVersion(access, url, at.value)
}

async function branchVersion(access: StorageAccess, url: string, branch: string): Promise<ResolvedVersion> {
  const root = joinLocation(url, 'branch', `branch-${branch}`)
  const schemas = new SchemaFolder(access, root)
  if (/[/\\\0]/.test(branch) || (await schemas.ids()).length === 0) {
    throw new SqlError('22023', `the table has no tag, branch or snapshot "${branch}"`)
  }
  const latest = await schemas.latest()
  return { snapshot: await new SnapshotFolder(access, root).latest(), schema: latest, latest, root }
}

export class PaimonTable implements Table {
  readonly name: string
  readonly format = 'paimon'
  readonly schema: Schema
  readonly hiddenColumns: Table['hiddenColumns']
  readonly context: PaimonContext
  readonly #options: PaimonScanOptions
  readonly #fallback: PaimonContext | undefined
  #metrics: ScanMetrics = emptyMetrics()
  #statistics: Promise<TableStatistics> | undefined

  constructor(name: string, context: PaimonContext, options: PaimonScanOptions = {}, fallback?: PaimonContext) {
    this.#fallback = fallback
    this.name = name
    this.context = context
    this.#options = options
    this.hiddenColumns = lineageColumns(context)
    const kind: Field = { name: ROW_KIND, type: VARCHAR, nullable: false }
    this.schema = { fields: [...(options.audit === true ? [kind] : []), ...context.schema.fields.map(plainField)] }
  }

  statistics(): Promise<TableStatistics> {
    return (this.#statistics ??= tableStatistics(this.context))
  }

  scan(pushdown: Pushdown): AsyncIterable<ScanTask> {
    this.#metrics = emptyMetrics()
    return this.#fallback === undefined
      ? planScan(this.context, pushdown, this.#metrics, this.#options)
      : this.#scanBoth(this.#fallback, pushdown)
  }

  async *#scanBoth(fallback: PaimonContext, pushdown: Pushdown): AsyncGenerator<ScanTask> {
    yield* planScan(this.context, pushdown, this.#metrics, this.#options)
    const without = await partitionKeys(this.context)
    yield* planScan(fallback, pushdown, this.#metrics, { ...this.#options, without })
  }

  scanMetrics(): Readonly<Record<string, number>> {
    return { ...this.#metrics }
  }

  changes(request: ChangesRequest): Promise<TableChanges> {
    return paimonChanges(this.name, this.context, request, this.#options.audit === true ? 'audit-log' : 'table')
  }

  commits(): CommitLog {
    if (this.#options.audit === true || this.#options.readOptimized === true) {
      throw unsupported(`following the changes of table "${this.name}"`)
    }
    return paimonCommitLog(this.name, this.context)
  }

  metadataTables(): readonly string[] {
    return METADATA_TABLES
  }

  async metadataTable(kind: string): Promise<Table> {
    const options = scanOptionsOf(kind)
    if (options !== undefined) return new PaimonTable(`${this.name}$${kind}`, this.context, options, this.#fallback)
    return openMetadataTable(kind, this.name, this.context)
  }
}
