/** Tables that are plain data files: what `read_parquet` and directories of files open. */
import { plainLocation } from '../../storage/file-location.ts'
import { type StorageAccess, createStorageAccess } from '../../storage/storage-access.ts'
import type { FormatName } from '../../format/format.ts'
import type { Table } from '../table.ts'
import { isDataFileName } from './data-files.ts'
import { openFileTable, openFolderTable } from './files-table.ts'

/**
 * The data file at `path`, or all data files below the folder `path`, as a table called `name`; of one format only, when that is given. 58P01 when there is nothing.
 */
export async function openFilesTable(
  name: string,
  path: string,
  access: StorageAccess = createStorageAccess(),
  format?: FormatName,
): Promise<Table> {
  const url = plainLocation(path)
  for await (const _ of access.storageFor(url).list(url)) {
    return openFolderTable(url, { name, access, format })
  }
  // Not a folder with anything in it: a file, or nothing.
  return isDataFileName(url) || !url.endsWith('/')
    ? openFileTable(url, { name, access, format })
    : openFolderTable(url, { name, access, format })
}
