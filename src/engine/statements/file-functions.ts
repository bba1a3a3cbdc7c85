/** Functions in FROM that read files: read_parquet and its like, and read_hfile. */
import type { FormatName } from '../../format/format.ts'
import type { TableFunctionArgument } from '../../plan/bind/context.ts'
import { plainLocation } from '../../storage/file-location.ts'
import { createStorageAccess } from '../../storage/storage-access.ts'
import { openFilesTable } from '../../table/files/index.ts'
import { openHFileTable } from '../../table/hfile/hfile-table.ts'
import type { Table } from '../../table/table.ts'

/** The functions that read data files: `read_parquet('path or directory')`, `read_orc`, ... */
const FILE_FUNCTIONS: Readonly<Record<string, FormatName | undefined>> = {
  read_parquet: 'parquet',
  read_orc: 'orc',
  read_avro: 'avro',
}

/** The table that a function gives; undefined for functions of other names. */
export async function fileFunction(name: string, args: readonly TableFunctionArgument[]): Promise<Table | undefined> {
  if (name === 'read_hfile') return readHFile(args)
  const format = Object.hasOwn(FILE_FUNCTIONS, name) ? FILE_FUNCTIONS[name] : undefined
  if (format === undefined) return undefined
  const path = args[0]?.value.value
  if (typeof path !== 'string') return undefined
  return openFilesTable(name, path, createStorageAccess(), format)
}

/** `read_hfile('path or directory'[, view => true])`: cells, or the newest visible one of each row and column. */
async function readHFile(args: readonly TableFunctionArgument[]): Promise<Table | undefined> {
  const path = args.find(({ name }) => name === null)?.value.value
  if (typeof path !== 'string') return undefined
  const table = await openHFileTable(plainLocation(path), { name: 'read_hfile', access: createStorageAccess() })
  const isView = args.some(({ name, value }) => name === 'view' && value.value === true)
  return isView ? table.metadataTable?.('view') : table
}
