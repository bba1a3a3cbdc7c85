/** Functions in FROM that read files, `read_parquet` and its like, and files named in FROM. */
import type { TextRange } from '../../core/errors.ts'
import { SqlError } from '../../core/errors.ts'
import type { SessionValues } from '../../expr/functions/function.ts'
import type { FormatName } from '../../format/format.ts'
import { formatOfFileName } from '../../format/index.ts'
import type { JsonOptions } from '../../format/json/options.ts'
import type { TableFunctionArgument } from '../../plan/bind/context.ts'
import { plainLocation } from '../../storage/file-location.ts'
import { createStorageAccess } from '../../storage/storage-access.ts'
import { type OpenFilesOptions, openPathsTable } from '../../table/files/index.ts'
import { openHFileTable } from '../../table/hfile/hfile-table.ts'
import type { Table } from '../../table/table.ts'
import { csvOptions } from './csv-arguments.ts'
import { jsonOptions } from './json-arguments.ts'
import { parquetKeys } from './parquet-arguments.ts'
import { FunctionArguments } from './function-arguments.ts'

/** The functions that read data files: `read_parquet('path, pattern or directory')`, `read_orc`, ... */
const FILE_FUNCTIONS: Readonly<Record<string, FormatName | undefined>> = {
  read_parquet: 'parquet',
  parquet_scan: 'parquet',
  read_orc: 'orc',
  read_avro: 'avro',
  read_csv: 'csv',
  read_csv_auto: 'csv',
  read_json: 'json',
  read_json_auto: 'json',
  read_ndjson: 'json',
  read_ndjson_auto: 'json',
  read_json_objects: 'json',
  read_ndjson_objects: 'json',
}

export interface FileFunctionContext {
  readonly session: SessionValues
  readonly at: TextRange
}

/** The table that a function gives; undefined for functions of other names. */
export async function fileFunction(
  name: string,
  args: readonly TableFunctionArgument[],
  { session, at }: FileFunctionContext,
): Promise<Table | undefined> {
  if (name === 'read_hfile') return readHFile(args)
  const format = Object.hasOwn(FILE_FUNCTIONS, name) ? FILE_FUNCTIONS[name] : undefined
  if (format === undefined) return undefined
  const list = new FunctionArguments(name, args, at)
  const paths = list.paths()
  const options = {
    format,
    ...fileOptions(list),
    ...(format === 'parquet' ? { keys: parquetKeys(list) } : {}),
    ...(format === 'csv' ? { csv: csvOptions(list, session.timeZone) } : {}),
    ...(format === 'json' ? { json: { ...byName(name), ...jsonOptions(list, session.timeZone) } } : {}),
  }
  list.finish()
  return openPathsTable(name, paths, createStorageAccess(), options)
}

/** The file, or the files of the pattern, that a name in FROM is; undefined when it looks like no file's. */
export async function fileNamed(name: string, { timeZone }: SessionValues): Promise<Table | undefined> {
  const format = formatOfFileName(name)
  if (format === undefined) return undefined
  return openPathsTable(name, [name], createStorageAccess(), { format, csv: { timeZone }, json: { timeZone } })
}

/** What the function's name says. */
function byName(name: string): JsonOptions {
  return {
    ...(name.startsWith('read_ndjson') ? { form: 'lines' } : {}),
    ...(name.endsWith('_objects') ? { asText: true } : {}),
  }
}

/** Options of all kinds of files. */
function fileOptions(args: FunctionArguments): OpenFilesOptions {
  const types = args.types('hive_types')
  if (types !== undefined && Array.isArray(types)) throw new SqlError('42601', 'hive_types must be a struct')
  const autocast = args.boolean('hive_types_autocast')
  const fileName = args.value('filename')
  const column = fileName === true ? 'filename' : typeof fileName === 'string' ? nameOf(fileName) : undefined
  return {
    hivePartitions: args.boolean('hive_partitioning') ?? (types === undefined ? undefined : true),
    unionByName: args.boolean('union_by_name'),
    fileNameColumn: column,
    rowNumberColumn: args.boolean('file_row_number') === true ? 'file_row_number' : undefined,
    partitionTypes: types as OpenFilesOptions['partitionTypes'],
    partitionsAreText: autocast === false,
  }
}

function nameOf(text: string): string | undefined {
  if (text === 'false') return undefined
  return text === 'true' ? 'filename' : text
}

/** `read_hfile('path or directory'[, view => true])`: cells, or the newest visible one of each row and column. */
async function readHFile(args: readonly TableFunctionArgument[]): Promise<Table | undefined> {
  const path = args.find(({ name }) => name === null)?.value.value
  if (typeof path !== 'string') return undefined
  const table = await openHFileTable(plainLocation(path), { name: 'read_hfile', access: createStorageAccess() })
  const isView = args.some(({ name, value }) => name === 'view' && value.value === true)
  return isView ? table.metadataTable?.('view') : table
}
