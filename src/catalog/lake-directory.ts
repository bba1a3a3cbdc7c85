/**
 * Tables found under a directory.
 *
 *   lake/orders/metadata/...     table orders of schema main
 *   lake/events.parquet          table events of schema main
 *   lake/sales/daily/metadata/   table daily of schema sales (a folder that is no table but holds some)
 *
 * Every call looks at the directory as it is. What is not a table is passed over, so foreign folders never get in the way, and
 * a damaged table is an error only for who asks for it.
 */
import { DataError, SqlError } from '../core/errors.ts'
import { baseName, joinLocation, parentLocation, plainLocation } from '../storage/file-location.ts'
import type { DirectoryEntry, Storage } from '../storage/storage.ts'
import type { StorageAccess } from '../storage/storage-access.ts'
import { isDataFileName, tableNameOfFile } from '../table/files/data-files.ts'
import type { ReadSettings, Table, VersionSpec } from '../table/table.ts'
import type { Names } from './names.ts'
import { type TableFormat, detectFormat, isUnfinishedTable, openTable } from './table-directory.ts'

/** The schema of tables directly under the directory. */
export const MAIN_SCHEMA = 'main'

export interface FoundTable {
  readonly name: string
  readonly format: TableFormat
  readonly url: string
}

export class LakeDirectory {
  readonly url: string
  readonly access: StorageAccess
  readonly #storage: Storage
  readonly #names: (() => Promise<Names>) | undefined
  #own: Promise<FoundTable | undefined> | undefined

  /** `names`: what folders are called, where that is not their own name. */
  constructor(url: string, access: StorageAccess, names?: () => Promise<Names>) {
    this.url = plainLocation(url)
    this.access = access
    this.#names = names
    this.#storage = access.storageFor(url)
  }

  /** 58P01 when there is no such directory. */
  async assertExists(): Promise<void> {
    for await (const _ of this.#storage.list(this.url)) return
    const name = baseName(this.url)
    if (name === '.' || name === '..') return
    for await (const entry of this.#storage.list(parentLocation(this.url))) {
      if (entry.name === name && entry.isDirectory) return
    }
    throw new DataError('58P01', `could not open directory "${this.url}": no such directory`)
  }

  /** `main`, and folders that hold tables. */
  async schemas(): Promise<readonly string[]> {
    const given = await this.#names?.()
    if (given !== undefined && !given.isEmpty) return this.#namedSchemas(given)
    const names = [MAIN_SCHEMA]
    for await (const entry of this.#folders(this.url)) {
      if (entry.name === MAIN_SCHEMA || (await this.#format(entry.url)) !== undefined) continue
      if (await this.#holdsTable(entry.url)) names.push(entry.name)
    }
    return names
  }

  async #namedSchemas(given: Names): Promise<readonly string[]> {
    const found = new Set([MAIN_SCHEMA, ...given.schemas])
    for (const { schema, folder } of given.entries) if (folder !== null) found.add(schema)
    for await (const { name, url } of this.#folders(this.url)) {
      if (found.has(name) || (await this.#format(url)) !== undefined) continue
      if (await isUnfinishedTable(this.#storage, url)) continue
      for await (const table of this.#tablesIn(url)) {
        if (!given.isPlain(name, table.name)) continue
        found.add(name)
        break
      }
    }
    return [...found]
  }

  /** Tables of a schema; none for a schema that does not exist. */
  async *tables(schema: string): AsyncGenerator<FoundTable> {
    if (schema === MAIN_SCHEMA) {
      const own = await this.#ownTable()
      if (own !== undefined) {
        yield own
        return
      }
    }
    const seen = new Set<string>()
    const given = await this.#names?.()
    for (const { name, folder } of given?.in(schema) ?? []) {
      const table = await this.#at(name, folder!)
      if (table !== undefined) yield table
    }
    for await (const url of this.#schemaFolders(schema)) {
      for await (const table of this.#tablesIn(url)) {
        if (seen.has(table.name) || given?.isPlain(schema, table.name) === false) continue
        seen.add(table.name)
        yield table
      }
    }
  }

  /** The table called `name`, if there is one. Looks at that folder only. */
  async find(schema: string, name: string): Promise<FoundTable | undefined> {
    if (!isPlainName(name)) return undefined
    const folder = (await this.#names?.())?.folderOf(schema, name)
    if (folder !== undefined) return folder === null ? undefined : this.#at(name, folder)
    if (schema === MAIN_SCHEMA) {
      const own = await this.#ownTable()
      if (own !== undefined) return own.name === name ? own : undefined
    }
    for await (const folder of this.#schemaFolders(schema)) {
      const url = joinLocation(folder, name)
      const format = await this.#format(url)
      if (format !== undefined) return { name, format, url }
      for await (const entry of this.#storage.list(folder)) {
        if (!entry.isDirectory && isDataFileName(entry.name) && tableNameOfFile(entry.name) === name) {
          return { name, format: 'files', url: entry.url }
        }
      }
    }
    return undefined
  }

  /** The table in a folder of the directory, under another name. */
  async #at(name: string, folder: string): Promise<FoundTable | undefined> {
    const url = joinLocation(this.url, ...folder.split('/'))
    const format = await this.#format(url)
    return format === undefined ? undefined : { name, format, url }
  }

  /**
   * Opens the table, or one of its metadata tables (`t$snapshots`); undefined when there is none of that name.
   */
  async open(schema: string, name: string, at?: VersionSpec, settings: ReadSettings = {}): Promise<Table | undefined> {
    const whole = await this.find(schema, name)
    if (whole !== undefined) return openTable(whole.format, whole.url, { name, access: this.access, at, settings })
    const dollar = name.lastIndexOf('$')
    if (dollar <= 0) return undefined
    const base = await this.find(schema, name.slice(0, dollar))
    if (base === undefined) return undefined
    const kind = name.slice(dollar + 1)
    const table = await openTable(base.format, base.url, {
      name: base.name,
      access: this.access,
      at,
      settings,
    })
    const found = table.metadataTables().includes(kind) ? await table.metadataTable?.(kind) : undefined
    if (found !== undefined) return found
    throw new SqlError('42P01', `table "${base.name}" has no metadata table "${kind}"`, {
      hint: `It has: ${table.metadataTables().join(', ') || 'none'}.`,
    })
  }

  /** The directory itself may be a table: then it is the only one. Looked up once: the directory may be long. */
  async #ownTable(): Promise<FoundTable | undefined> {
    return (this.#own ??= this.#findOwnTable())
  }

  async #findOwnTable(): Promise<FoundTable | undefined> {
    const format = await this.#format(this.url)
    // A folder of data files lists each of them, and its folders, as tables of their own.
    if (format === undefined || format === 'files') return undefined
    return { name: baseName(this.url), format, url: this.url }
  }

  /** Where tables of a schema lie. `main` may be a folder too, looked at after the directory itself. */
  async *#schemaFolders(schema: string): AsyncGenerator<string> {
    if (schema === MAIN_SCHEMA) yield this.url
    else if (!isPlainName(schema)) return
    const folder = joinLocation(this.url, schema)
    const isSchema = (await this.#format(folder)) === undefined && !(await isUnfinishedTable(this.#storage, folder))
    if (isSchema) yield folder
  }

  async *#tablesIn(url: string): AsyncGenerator<FoundTable> {
    for await (const entry of this.#storage.list(url)) {
      if (entry.isDirectory) {
        const format = await this.#format(entry.url)
        if (format !== undefined) yield { name: entry.name, format, url: entry.url }
      } else if (isDataFileName(entry.name)) {
        yield { name: tableNameOfFile(entry.name), format: 'files', url: entry.url }
      }
    }
  }

  async *#folders(url: string): AsyncGenerator<DirectoryEntry> {
    for await (const entry of this.#storage.list(url)) {
      if (entry.isDirectory && !entry.name.startsWith('.')) yield entry
    }
  }

  async #holdsTable(url: string): Promise<boolean> {
    if (await isUnfinishedTable(this.#storage, url)) return false
    for await (const _ of this.#tablesIn(url)) return true
    return false
  }

  /** Tolerant: a folder that may not be read is no table. */
  async #format(url: string): Promise<TableFormat | undefined> {
    try {
      return await detectFormat(this.#storage, url)
    } catch (error) {
      if (error instanceof DataError) return undefined
      throw error
    }
  }
}

/** Whether a name can be that of a folder or file in a directory: it does not lead out of it. */
function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)
}
