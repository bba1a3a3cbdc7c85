/** Tables that are plain data files: what `read_parquet`, `FROM 'x.csv'` and directories of files open. */
import { DataError } from '../../core/errors.ts'
import { formatOfFileName } from '../../format/index.ts'
import { plainLocation } from '../../storage/file-location.ts'
import { type StorageAccess, createStorageAccess } from '../../storage/storage-access.ts'
import type { Table } from '../table.ts'
import { type ListedFile, listDataFiles, partitionOfPath } from './data-files.ts'
import { type FilesTableOptions, tableOfFiles } from './files-table.ts'
import { expandGlob, isGlob } from './glob.ts'

export type { FilesTableOptions } from './files-table.ts'

const STATS_AT_ONCE = 32

export type OpenFilesOptions = Omit<FilesTableOptions, 'name' | 'access'>

/**
 * The data file at `path`, or all data files below the folder `path`, as a table called `name`; of one format only, when that is given. 58P01 when there is nothing.
 */
export async function openFilesTable(
  name: string,
  path: string,
  access: StorageAccess = createStorageAccess(),
  options: OpenFilesOptions = {},
): Promise<Table> {
  const all = { ...options, name, access }
  return tableOfFiles(await listPath(plainLocation(path), all), all)
}

/** The files that paths name, each a file, a folder or a pattern (glob.ts), as one table. 58P01 when one names nothing. */
export async function openPathsTable(
  name: string,
  paths: readonly string[],
  access: StorageAccess = createStorageAccess(),
  options: OpenFilesOptions = {},
): Promise<Table> {
  const all = { ...options, name, access }
  const files: ListedFile[] = []
  for (const path of paths) {
    const url = plainLocation(path)
    const isPattern = isGlob(url) && !(await access.storageFor(url).exists(url))
    const found = isPattern ? await filesOfGlob(url, all) : await listPath(url, all)
    for (const file of found) {
      files.push(file.partition.size > 0 ? file : { ...file, partition: partitionOfPath(file.url) })
    }
  }
  const isHive = options.hivePartitions ?? haveSamePartitions(files)
  return tableOfFiles(files, { ...all, hivePartitions: isHive })
}

async function filesOfGlob(pattern: string, options: FilesTableOptions): Promise<ListedFile[]> {
  const urls = await expandGlob(options.access.storageFor(pattern), pattern)
  if (urls.length === 0) throw new DataError('58P01', `no files match "${pattern}"`)
  const files: ListedFile[] = []
  for (let start = 0; start < urls.length; start += STATS_AT_ONCE) {
    const some = urls.slice(start, start + STATS_AT_ONCE)
    files.push(...(await Promise.all(some.map(async (url) => fileAt(url, options)))))
  }
  return files
}

/** Folders that only some files lie in mean nothing, unless it is said. */
function haveSamePartitions(files: readonly ListedFile[]): boolean {
  const keys = files.map(({ partition }) => [...partition.keys()].sort().join('/'))
  return keys.every((key) => key === keys[0])
}

async function listPath(url: string, options: FilesTableOptions): Promise<ListedFile[]> {
  const storage = options.access.storageFor(url)
  for await (const _ of storage.list(url)) {
    const files = await listDataFiles(storage, url, options.format)
    if (files.length === 0) throw new DataError('58P01', `no data files in "${url}"`)
    return files
  }
  // Not a folder with anything in it: a file, or nothing.
  return [await fileAt(url, options)]
}

async function fileAt(url: string, { access, format }: FilesTableOptions): Promise<ListedFile> {
  const stat = await access.storageFor(url).stat(url)
  return { url, ...stat, format: format ?? formatOfFileName(url) ?? 'parquet', partition: new Map() }
}
