/**
 * What a folder is: a table of some format, or none.
 *
 * | format  | sign                                                     |
 * |---------|----------------------------------------------------------|
 * | iceberg | `metadata/` with a metadata file                         |
 * | delta   | `_delta_log/`                                            |
 * | hudi    | `.hoodie/`                                               |
 * | paimon  | `snapshot/` and `schema/`, or `schema/` with a schema    |
 * | lance   | `_versions/`                                             |
 * | files   | data files, or hive partition folders (`key=value`)      |
 * | hfile   | files that end as HFiles do, in it or in folders of it   |
 */
import { unsupported } from '../core/errors.ts'
import { joinLocation } from '../storage/file-location.ts'
import type { Storage } from '../storage/storage.ts'
import type { StorageAccess } from '../storage/storage-access.ts'
import { openDeltaTable } from '../table/delta/delta-table.ts'
import { isDataFileName, isPartitionName } from '../table/files/data-files.ts'
import { openFilesTable } from '../table/files/index.ts'
import { hasHFiles, openHFileTable } from '../table/hfile/hfile-table.ts'
import { openHudiTable } from '../table/hudi/hudi-table.ts'
import { openIcebergTable } from '../table/iceberg/iceberg-table.ts'
import { metadataVersionOf } from '../table/iceberg/metadata-location.ts'
import { openPaimonTable } from '../table/paimon/paimon-table.ts'
import { openLanceTable } from '../table/lance/lance-table.ts'
import type { ReadSettings, Table, VersionSpec } from '../table/table.ts'

export type TableFormat = 'iceberg' | 'delta' | 'hudi' | 'paimon' | 'lance' | 'files' | 'hfile'

/** Entries looked at for a sign: a folder with that many others before one is no table. */
const ENTRIES_MAX = 10_000

/** The format of the table in folder `url`; undefined when it is no table. */
export async function detectFormat(storage: Storage, url: string): Promise<TableFormat | undefined> {
  const folders = new Set<string>()
  let seen = 0
  let hasData = false
  for await (const { name, url: entryUrl, isDirectory } of storage.list(url)) {
    if (++seen > ENTRIES_MAX) break
    if (!isDirectory) hasData ||= isDataFileName(name)
    else if (name === '_delta_log') return 'delta'
    else if (name === '.hoodie') return 'hudi'
    else if (name === '_versions') return 'lance'
    else if (name === 'metadata' && (await hasMetadataFile(storage, entryUrl))) {
      // Delta's writers can keep Iceberg metadata beside their log (UniForm), which may lag behind it.
      return (await isFilledFolder(storage, joinLocation(url, '_delta_log'))) ? 'delta' : 'iceberg'
    } else if (isPartitionName(name)) hasData = true
    else folders.add(name)
    if (folders.has('snapshot') && folders.has('schema')) return 'paimon'
  }
  // A table that was made, and nothing written to it.
  if (folders.has('schema') && (await hasSchemaFile(storage, joinLocation(url, 'schema')))) return 'paimon'
  if (hasData) return 'files'
  return (await hasHFiles(storage, url)) ? 'hfile' : undefined
}

/**
 * Whether a folder that is no table is one that was begun and not finished (or is being made): data files without metadata, which
 * must not be taken for tables themselves.
 */
export async function isUnfinishedTable(storage: Storage, url: string): Promise<boolean> {
  for await (const { name, url: entryUrl, isDirectory } of storage.list(url)) {
    // A table called "metadata" is a table, unless its Avro files are manifests.
    if (name === 'metadata' && isDirectory) {
      const format = await detectFormat(storage, entryUrl)
      return format === undefined || (format === 'files' && (await hasManifest(storage, entryUrl)))
    }
  }
  return false
}

async function hasSchemaFile(storage: Storage, url: string): Promise<boolean> {
  for await (const { name, isDirectory } of storage.list(url))
    if (!isDirectory && /^schema-\d+$/.test(name)) return true
  return false
}

/** Writers name manifest lists and manifests so. */
const MANIFEST_NAME = /^snap-.+\.avro$|-m\d+\.avro$/

async function hasManifest(storage: Storage, url: string): Promise<boolean> {
  for await (const { name } of storage.list(url)) if (MANIFEST_NAME.test(name)) return true
  return false
}

async function isFilledFolder(storage: Storage, url: string): Promise<boolean> {
  for await (const _ of storage.list(url)) return true
  return false
}

async function hasMetadataFile(storage: Storage, url: string): Promise<boolean> {
  for await (const { name } of storage.list(url)) if (metadataVersionOf(name) !== undefined) return true
  return false
}

export interface OpenOptions {
  readonly name: string
  readonly access: StorageAccess
  readonly at: VersionSpec | undefined
  readonly settings?: ReadSettings
}

/** Opens the table of a format in a folder; 0A000 for formats that can't be read, and for versions of tables that have none. */
export async function openTable(format: TableFormat, url: string, options: OpenOptions): Promise<Table> {
  const { name, access, at, settings } = options
  switch (format) {
    case 'iceberg':
      return openIcebergTable(url, { name, access, ...(at === undefined ? {} : { at }) })
    case 'lance':
      return openLanceTable(url, {
        name,
        access,
        ...(at === undefined ? {} : { at }),
        usesIndexes: settings?.usesIndexes,
      })
    case 'delta':
      return openDeltaTable(url, {
        name,
        access,
        ...(at === undefined ? {} : { at }),
        ...(settings?.deltaCommitTime === undefined ? {} : { commitTime: settings.deltaCommitTime }),
      })
    case 'hfile':
      if (at !== undefined) throw unsupported(`a version of table "${name}", which is a directory of HFiles,`)
      return openHFileTable(url, { name, access })
    case 'hudi':
      return openHudiTable(url, { name, access, at })
    case 'paimon':
      return openPaimonTable(url, { name, access, ...(at === undefined ? {} : { at }) })
    case 'files':
      if (at !== undefined) throw unsupported(`a version of table "${name}", which is a directory of files,`)
      return openFilesTable(name, url, access)
  }
}
