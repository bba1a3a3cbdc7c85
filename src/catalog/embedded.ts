/**
 * The embedded catalog: Iceberg tables in folders of a directory, without a server.
 *
 *   lake/<table>            schema main
 *   lake/<schema>/<table>
 *
 * Tables can be created, written to and dropped. Their metadata holds absolute locations, as other engines expect.
 */
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { SqlError, unsupported } from '../core/errors.ts'
import type { ReadContext } from '../format/format.ts'
import type { StorageAccess } from '../storage/storage-access.ts'
import { joinLocation, plainLocation, schemeOf } from '../storage/file-location.ts'
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
  RelationName,
  StoredFunction,
  ViewDefinition,
} from './catalog.ts'
import { deleteFunction, readFunctions, writeFunction } from './embedded-functions.ts'
import { VIEWS_MARK, definitionOf, findView, markViews, publishView } from './embedded-views.ts'
import { EmbeddedSequences } from './embedded-sequences.ts'
import type { SequenceStore } from './sequence.ts'
import { EmbeddedTransaction } from './embedded-transaction.ts'
import { LakeDirectory, MAIN_SCHEMA } from './lake-directory.ts'
import { type NamesKeeper, ownFolder } from './names.ts'
import { NamesLog } from './names-log.ts'

/** The directory need not exist: it is made when the first table is. */
export async function attachEmbedded(name: string, uri: string, options: AttachOptions): Promise<Catalog> {
  checkOptions(options, ['type', 'remap'])
  return new EmbeddedCatalog(name, { url: uri, access: accessOf(options) })
}

export class EmbeddedCatalog implements Catalog {
  readonly name: string
  readonly kind = 'embedded'
  readonly #directory: LakeDirectory
  readonly #keeper: NamesKeeper
  #sequences: EmbeddedSequences | undefined

  get url(): string {
    return this.#directory.url
  }

  get access(): StorageAccess {
    return this.#directory.access
  }

  /** `keeper`: where names are kept; a transaction has its own. */
  constructor(
    name: string,
    { url, access }: { readonly url: string; readonly access: StorageAccess },
    keeper: NamesKeeper = new NamesLog({ url: plainLocation(url), access }),
  ) {
    this.name = name
    this.#keeper = keeper
    this.#directory = new LakeDirectory(url, access, async () => keeper.names())
  }

  async schemas(): Promise<readonly string[]> {
    return this.#directory.schemas()
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
    const log = this.#keeper as NamesLog
    return new EmbeddedTransaction(this, log, (keeper) => new EmbeddedCatalog(this.name, this, keeper))
  }

  /** Opens a table to be read, at no version in particular. */
  async open(schema: string, name: string): Promise<Table | undefined> {
    return this.#directory.open(schema, name)
  }

  /** Where the table lies, or would. */
  async targetOf(schema: string, name: string): Promise<CommitTarget> {
    const found = await this.#directory.find(schema, name)
    return { access: this.#directory.access, url: found?.url ?? (await this.#target(schema, name)).url, name }
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
    await this.#deleteFolder(found.url, schema, name)
    return true
  }

  /** The folder, and what is said of its name. */
  async #deleteFolder(url: string, schema: string, name: string): Promise<void> {
    await this.access.storageFor(url).deleteFolder(url)
    if ((await this.#keeper.names()).isPlain(schema, name)) return
    await this.#keeper.change((names) => names.with(schema, name, undefined))
  }

  /** Gives a table or view another name, in another schema perhaps. It stays where it is. */
  async renameTable(from: RelationName, to: RelationName): Promise<void> {
    checkName(to.schema)
    checkName(to.name)
    const found = await this.#directory.find(from.schema, from.name)
    if (found === undefined) throw new SqlError('42P01', `relation "${from.name}" does not exist`)
    if (found.format !== 'iceberg') throw new SqlError('42809', `"${from.name}" is not a table of this catalog`)
    if ((await this.#directory.find(to.schema, to.name)) !== undefined) {
      throw new SqlError('42P07', `relation "${to.name}" already exists`)
    }
    await this.#checkPlace(to.schema, to.name)
    const folder = found.url.slice(this.url.length).replace(/^\/+/, '')
    const before = await this.#keeper.names()
    await this.#keeper.change((names) => {
      const isSame = [from, to].every((one) => {
        return names.folderOf(one.schema, one.name) === before.folderOf(one.schema, one.name)
      })
      if (!isSame) throw new SqlError('40001', `"${from.name}" was renamed by another`)
      const moved = names.with(from.schema, from.name, undefined).with(to.schema, to.name, folder)
      // A folder that is found under two names by itself.
      const isFree = moved.folderOf(from.schema, from.name) === null || folder === ownFolder(from.schema, from.name)
      const isNamed = before.folderOf(from.schema, from.name) !== undefined
      return isFree || isNamed ? moved : moved.with(from.schema, from.name, null)
    })
  }

  /** Tables, views and functions of a schema go over into one of another name. */
  async renameSchema(from: string, to: string): Promise<void> {
    checkName(to)
    await this.#checkPlace(to, 'x')
    for await (const { name, format } of this.#directory.tables(from)) {
      if (format !== 'iceberg')
        throw unsupported(`renaming schema "${from}", which has files that are no table ("${name}")`)
    }
    await this.createSchema(to)
    const names: string[] = []
    for await (const { name } of this.#directory.tables(from)) names.push(name)
    for (const name of names) await this.renameTable({ schema: from, name }, { schema: to, name })
    await this.#keeper.change((all) => all.withoutSchema(from))
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
    await this.#deleteFolder(found.url, schema, name)
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
    if ((await this.#directory.find(MAIN_SCHEMA, schema)) !== undefined) {
      throw new SqlError('42P06', `"${schema}" is a table: it cannot be a schema too`)
    }
    await this.#keeper.change((names) => names.withSchema(schema))
  }

  async dropSchema(schema: string): Promise<void> {
    for await (const { name } of this.tables(schema)) throw new SqlError('2BP01', `schema "${schema}" has "${name}"`)
    // A folder without tables is no schema; whatever else lies there stays.
    if ((await this.#keeper.names()).schemas.has(schema)) {
      await this.#keeper.change((names) => names.withoutSchema(schema))
    }
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
      const target = await this.#target(schema, name)
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

  /** 42602, 42P06 and 42P07 for a name that a relation cannot have. */
  async checkFreePlace(schema: string, name: string): Promise<void> {
    checkName(schema)
    checkName(name)
    await this.#checkPlace(schema, name)
  }

  /** A folder is a table or a schema, never both: one would hide the other. */
  async #checkPlace(schema: string, name: string): Promise<void> {
    const isMain = schema === MAIN_SCHEMA
    if (!isMain && (await this.#directory.find(MAIN_SCHEMA, schema)) !== undefined) {
      throw new SqlError('42P06', `"${schema}" is a table: it cannot be a schema too`)
    }
    if (isMain && (await this.#directory.schemas()).includes(name)) {
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

  /** Where a table of the name is to lie: in the folder of its name, unless that is another's by now. */
  async #target(schema: string, name: string): Promise<CommitTarget> {
    const { url, access } = this.#directory
    let folder = (await this.#keeper.names()).folderOf(schema, name)
    if (folder === null) {
      const fresh = `${ownFolder(schema, name)}-${randomUUID().slice(0, 8)}`
      // Nothing lies there yet, so the name still stands for nothing.
      await this.#keeper.change((names) => names.with(schema, name, fresh))
      folder = fresh
    }
    return { access, url: joinLocation(url, ...(folder ?? ownFolder(schema, name)).split('/')), name }
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
