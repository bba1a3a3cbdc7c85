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
import { joinLocation, schemeOf } from '../storage/file-location.ts'
import { IcebergTable } from '../table/iceberg/iceberg-table.ts'
import { type CommitTarget, parseNewMetadata, publishNewTable } from '../table/iceberg/write/commit.ts'
import { newTableMetadata } from '../table/iceberg/write/new-table.ts'
import { IcebergWrite } from '../table/iceberg/write/table-write.ts'
import type { Table, TableWrite, VersionSpec } from '../table/table.ts'
import { type AttachOptions, accessOf, checkOptions } from './attach-options.ts'
import type { Catalog, CreateTableRequest } from './catalog.ts'
import { LakeDirectory, MAIN_SCHEMA } from './lake-directory.ts'

/** The directory need not exist: it is made when the first table is. */
export async function attachEmbedded(name: string, uri: string, options: AttachOptions): Promise<Catalog> {
  checkOptions(options, ['type', 'remap'])
  return new EmbeddedCatalog(name, new LakeDirectory(uri, accessOf(options)))
}

class EmbeddedCatalog implements Catalog {
  readonly name: string
  readonly kind = 'embedded'
  readonly #directory: LakeDirectory
  /** Schemas made by CREATE SCHEMA in this process: a schema without tables is no folder yet. */
  readonly #newSchemas = new Set<string>()

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
    if (!(table instanceof IcebergTable) || at !== undefined || table.metadata.formatVersion !== 2) return table
    const { metadata } = table
    const target = this.#target(schema, name)
    return Object.assign(table, { begin: async (context: ReadContext) => new IcebergWrite(target, metadata, context) })
  }

  async createTable(request: CreateTableRequest): Promise<Table> {
    const target = this.#target(request.schema, request.name)
    await this.#makeRoom(request)
    if (!(await publishNewTable(target, this.#metadataFor(target, request)))) {
      throw new SqlError('42P07', `relation "${request.name}" already exists`)
    }
    return (await this.table(request.schema, request.name))!
  }

  async stageTable(request: CreateTableRequest, context: ReadContext): Promise<TableWrite> {
    const target = this.#target(request.schema, request.name)
    await this.#makeRoom(request)
    const json = this.#metadataFor(target, request)
    return new IcebergWrite(target, parseNewMetadata(json), context, json)
  }

  async dropTable(schema: string, name: string): Promise<boolean> {
    const found = await this.#directory.find(schema, name)
    if (found === undefined) return false
    if (found.format !== 'iceberg') throw new SqlError('42809', `"${name}" is not a table of this catalog`)
    await this.#directory.access.storageFor(found.url).deleteFolder(found.url)
    return true
  }

  async createSchema(schema: string): Promise<void> {
    checkName(schema)
    this.#newSchemas.add(schema)
  }

  async #makeRoom({ schema, name, orReplace }: CreateTableRequest): Promise<void> {
    checkName(schema)
    checkName(name)
    if (orReplace) await this.dropTable(schema, name)
  }

  #target(schema: string, name: string): CommitTarget {
    const { url, access } = this.#directory
    const parts = schema === MAIN_SCHEMA ? [name] : [schema, name]
    return { access, url: joinLocation(url, ...parts), name }
  }

  #metadataFor({ url }: CommitTarget, { columns, partitionBy, properties }: CreateTableRequest) {
    const location = schemeOf(url) === 'file' ? resolve(url) : url
    return newTableMetadata({ location, columns, partitionBy, properties })
  }
}

/** A name becomes a folder: it must not lead out of the catalog or hide there. */
function checkName(name: string): void {
  if (name === '' || name.startsWith('.') || /[/\\\0]/.test(name)) {
    throw new SqlError('42602', `invalid name for a table or schema: "${name}"`, {
      hint: 'Names become folders: they have no slashes and do not begin with a dot.',
    })
  }
}
