/**
 * The embedded catalog: Iceberg tables in folders of a directory, without a server.
 *
 *   lake/<table>            schema main
 *   lake/<schema>/<table>
 *
 * Tables can be created, written to and dropped. Their metadata holds absolute locations, as other engines expect.
 */
import { resolve } from 'node:path'
import { SqlError } from '../core/errors.ts'
import type { ReadContext } from '../format/format.ts'
import type { StorageAccess } from '../storage/storage-access.ts'
import { joinLocation, schemeOf } from '../storage/file-location.ts'
import { IcebergTable } from '../table/iceberg/iceberg-table.ts'
import { checkCodec } from '../table/iceberg/write/codec.ts'
import { withInfiniteTimes } from '../table/iceberg/write/infinite-times.ts'
import { type StagedTable, commitSteps, loadSettled, parseStagedTable } from '../table/iceberg/write/commit.ts'
import { newTableMetadata, replacedTableMetadata } from '../table/iceberg/write/new-table.ts'
import type { CommitTarget } from '../table/iceberg/write/publish.ts'
import { IcebergWrite } from '../table/iceberg/write/table-write.ts'
import { assertReplaceable } from '../table/iceberg/write/writable.ts'
import type { TableAlteration } from '../table/alteration.ts'
import { writable } from '../table/iceberg/write/writable-table.ts'
import type { Table, TableWrite, VersionSpec } from '../table/table.ts'
import { type AttachOptions, accessOf, checkOptions } from './attach-options.ts'
import type {
  Catalog,
  CatalogTransaction,
  CreateTableRequest,
  NewView,
  StoredFunction,
  ViewDefinition,
} from './catalog.ts'
import { deleteFunction, readFunctions, writeFunction } from './embedded-functions.ts'
import { VIEWS_MARK, definitionOf, findView, markViews, publishView } from './embedded-views.ts'
import { EmbeddedSequences } from './embedded-sequences.ts'
import type { SequenceStore } from './sequence.ts'
import { EmbeddedTransaction } from './embedded-transaction.ts'
import { LakeDirectory, MAIN_SCHEMA } from './lake-directory.ts'

/** The directory need not exist: it is made when the first table is. */
export async function attachEmbedded(name: string, uri: string, options: AttachOptions): Promise<Catalog> {
  checkOptions(options, ['type', 'remap'])
  return new EmbeddedCatalog(name, new LakeDirectory(uri, accessOf(options)))
}

export class EmbeddedCatalog implements Catalog {
  readonly name: string
  readonly kind = 'embedded'
  readonly #directory: LakeDirectory
  /** Schemas made by CREATE SCHEMA in this process: a schema without tables is no folder yet. */
  readonly #newSchemas = new Set<string>()
  #sequences: EmbeddedSequences | undefined

  get url(): string {
    return this.#directory.url
  }

  get access(): StorageAccess {
    return this.#directory.access
  }

  constructor(name: string, directory: LakeDirectory) {
    this.name = name
    this.#directory = directory
  }

  async schemas(): Promise<readonly string[]> {
    return [...new Set([...(await this.#directory.schemas()), ...this.#newSchemas])]
  }

  tables(schema: string): AsyncIterable<{ readonly name: string; readonly format: string }> {
    return this.#directory.tables(schema)
  }

  async table(schema: string, name: string, at?: VersionSpec): Promise<Table | undefined> {
    const table = await this.#directory.open(schema, name, at)
    if (!(table instanceof IcebergTable) || at !== undefined) return table
    return writable(table, {
      target: () => this.targetOf(schema, name),
      base: { metadata: table.metadata },
    })
  }

  transaction(): CatalogTransaction {
    return new EmbeddedTransaction(this)
  }

  /** Opens a table to be read, at no version in particular. */
  async open(schema: string, name: string): Promise<Table | undefined> {
    return this.#directory.open(schema, name)
  }

  /** Where the table lies, or would. */
  async targetOf(schema: string, name: string): Promise<CommitTarget> {
    const found = await this.#directory.find(schema, name)
    return { access: this.#directory.access, url: found?.url ?? this.#target(schema, name).url, name }
  }

  async createTable(request: CreateTableRequest): Promise<Table> {
    const { target, staged } = await this.stage(request)
    await commitSteps(target, { metadata: parseStagedTable(staged), staged }, [])
    return (await this.table(request.schema, request.name))!
  }

  async stageTable(request: CreateTableRequest, context: ReadContext): Promise<TableWrite> {
    const { target, staged } = await this.stage(request)
    return new IcebergWrite(target, { metadata: parseStagedTable(staged), context, staged })
  }

  async dropTable(schema: string, name: string): Promise<boolean> {
    const found = await this.#directory.find(schema, name)
    if (found === undefined) return false
    if (found.format !== 'iceberg') throw new SqlError('42809', `"${name}" is not a table of this catalog`)
    if ((await this.hasViews()) && (await this.#view(schema, name)) !== undefined) {
      throw new SqlError('42809', `"${name}" is not a table`, { hint: 'Use DROP VIEW to remove a view.' })
    }
    await this.#directory.access.storageFor(found.url).deleteFolder(found.url)
    return true
  }

  hasViews(): Promise<boolean> {
    return this.access.storageFor(this.url).exists(joinLocation(this.url, ...VIEWS_MARK))
  }

  async view(schema: string, name: string): Promise<ViewDefinition | undefined> {
    const found = await this.#view(schema, name)
    return found === undefined ? undefined : definitionOf(found)
  }

  async #view(schema: string, name: string) {
    const found = await this.#directory.find(schema, name)
    return found?.format === 'iceberg' ? findView(this.access, found.url) : undefined
  }

  async createView(schema: string, name: string, view: NewView): Promise<void> {
    checkName(schema)
    checkName(name)
    const taken = await this.#directory.find(schema, name)
    const before = taken === undefined ? undefined : await this.#view(schema, name)
    if (taken !== undefined && before === undefined) throw new SqlError('42809', `"${name}" is not a view`)
    if (before !== undefined && !view.orReplace) throw new SqlError('42P07', `relation "${name}" already exists`)
    if (taken === undefined) await this.#checkPlace(schema, name)
    const { url, access } = this
    await markViews({ url, access })
    await publishView(await this.targetOf(schema, name), view, before)
  }

  async dropView(schema: string, name: string): Promise<boolean> {
    const found = await this.#directory.find(schema, name)
    if (found === undefined) return false
    if ((await this.#view(schema, name)) === undefined) throw new SqlError('42809', `"${name}" is not a view`)
    await this.access.storageFor(found.url).deleteFolder(found.url)
    return true
  }

  async functions(schema: string, name: string | null): Promise<readonly StoredFunction[]> {
    return readFunctions(this, schema, name)
  }

  async createFunction(schema: string, definition: StoredFunction, orReplace: boolean): Promise<void> {
    await writeFunction(this, schema, definition, orReplace)
  }

  async dropFunction(schema: string, definition: Pick<StoredFunction, 'name' | 'signature'>): Promise<boolean> {
    return deleteFunction(this, schema, definition)
  }

  async sequences(): Promise<SequenceStore> {
    return (this.#sequences ??= new EmbeddedSequences(this))
  }

  async createSchema(schema: string): Promise<void> {
    checkName(schema)
    this.#newSchemas.add(schema)
  }

  async dropSchema(schema: string): Promise<void> {
    for await (const { name } of this.tables(schema)) throw new SqlError('2BP01', `schema "${schema}" has "${name}"`)
    // A folder without tables is no schema; whatever else lies there stays.
    this.#newSchemas.delete(schema)
  }

  async alterTable(schema: string, name: string, changes: readonly TableAlteration[]): Promise<void> {
    const table = await this.#directory.open(schema, name)
    if (table === undefined) throw new SqlError('42P01', `relation "${name}" does not exist`)
    if (!(table instanceof IcebergTable)) throw new SqlError('42809', `"${name}" is not a table of this catalog`)
    const { alterStep } = await import('../table/iceberg/write/alter-table.ts')
    const { metadata } = table
    await commitSteps(await this.targetOf(schema, name), { metadata }, [alterStep(metadata, changes)])
  }

  /** The table that is to appear, new or in place of one that is there. */
  async stage(request: CreateTableRequest): ReturnType<EmbeddedCatalog['stageBare']> {
    const { target, staged } = await this.stageBare(request)
    if (request.rules === undefined || request.rules.length === 0) return { target, staged }
    const { alteredMetadata } = await import('../table/iceberg/write/alter-table.ts')
    const metadata = parseStagedTable(staged)
    return { target, staged: { ...staged, json: alteredMetadata(metadata, request.rules, metadata) } }
  }

  /** As `stage`, without the rules. */
  async stageBare(
    request: CreateTableRequest,
  ): Promise<{ readonly target: CommitTarget; readonly staged: StagedTable }> {
    const { schema, name, columns, partitionBy, orReplace } = request
    const properties = this.name === 'pg_temp' ? withInfiniteTimes(request.properties) : request.properties
    checkName(schema)
    checkName(name)
    checkCodec(properties)
    const found = await this.#directory.find(schema, name)
    if (found === undefined) {
      await this.#checkPlace(schema, name)
      const target = this.#target(schema, name)
      const location = schemeOf(target.url) === 'file' ? resolve(target.url) : target.url
      return { target, staged: newTableMetadata({ location, columns, partitionBy, properties }) }
    }
    if (!orReplace) throw new SqlError('42P07', `relation "${name}" already exists`)
    if (found.format !== 'iceberg') throw new SqlError('42809', `"${name}" is not a table of this catalog`)
    const { access } = this.#directory
    const target = { access, url: found.url, name }
    const loaded = await loadSettled(target)
    if (loaded === undefined) throw new SqlError('40001', `table "${name}" was dropped meanwhile`)
    assertReplaceable(target, loaded.metadata)
    return { target, staged: replacedTableMetadata(loaded, { columns, partitionBy, properties }) }
  }

  /** A folder is a table or a schema, never both: one would hide the other. */
  async #checkPlace(schema: string, name: string): Promise<void> {
    const isMain = schema === MAIN_SCHEMA
    if (!isMain && (await this.#directory.find(MAIN_SCHEMA, schema)) !== undefined) {
      throw new SqlError('42P06', `"${schema}" is a table: it cannot be a schema too`)
    }
    if (isMain && ((await this.#directory.schemas()).includes(name) || this.#newSchemas.has(name))) {
      throw new SqlError('42P07', `schema "${name}" exists: a table cannot have its name`)
    }
    const partner = PAIR.find((one) => one !== name && PAIR.some((other) => other === name))
    const { url, access } = this.#directory
    const parent = isMain ? url : joinLocation(url, schema)
    for await (const entry of access.storageFor(url).list(parent)) {
      if (entry.name !== partner) continue
      throw new SqlError(
        '42602',
        `tables "${name}" and "${partner}" cannot be in one schema: their folders look like a Paimon table`,
      )
    }
  }

  #target(schema: string, name: string): CommitTarget {
    const { url, access } = this.#directory
    const parts = schema === MAIN_SCHEMA ? [name] : [schema, name]
    return { access, url: joinLocation(url, ...parts), name }
  }
}

/** Names that would make the folder around them look like a table of another format. */
const RESERVED: ReadonlySet<string> = new Set(['metadata', '_delta_log', '_versions'])

/** Two folders that only together do. */
const PAIR = ['snapshot', 'schema'] as const

/** A name becomes a folder: it must not lead out of the catalog or hide there. */
function checkName(name: string): void {
  if (name === '' || name.startsWith('.') || /[/\\\0=]/.test(name) || RESERVED.has(name)) {
    throw new SqlError('42602', `invalid name for a table or schema: "${name}"`, {
      hint: `Names become folders: they have no slash or equals sign, do not begin with a dot and are none of ${[...RESERVED].join(', ')}.`,
    })
  }
}
