/**
 * The partitions of a table as folders, and what a partition's path says of its rows.
 *
 *   region=eu/day=2024-01-10   hive style        eu/2024-01-10   plain        region=a%2Fb   url-encoded
 *
 * The data files have the partition columns too (unless the table drops them), so paths are only used to leave out partitions, and where
 * the path of a key generator is something else than the column's value, not even for that. `__HIVE_DEFAULT_PARTITION__` (`default` before
 * 0.12) is NULL or the empty text.
 */
import { ResourceError, unsupported } from '../../core/errors.ts'
import { type DataType, VARCHAR } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { tryCastValue } from '../../expr/values/cast-value.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { Storage } from '../../storage/storage.ts'
import { isExternalFileName, parseDataFileName } from './file-names.ts'
import type { ListedDataFile } from './file-slices.ts'
import type { HudiConfig } from './table-config.ts'

export interface Partition {
  /** Path of its folder below the table's; '' for a table without partitions. */
  readonly path: string
  readonly files: readonly ListedDataFile[]
}

/** Folders within each other at most. */
const DEPTH_MAX = 32
/** Files of one partition at most. */
const FILES_MAX = 1_000_000

/** The folders of the table in `url` that hold data files, in the order of their paths. */
export async function* listPartitions(storage: Storage, url: string): AsyncGenerator<Partition> {
  yield* listFolder(storage, { url, path: '', depth: 0 })
}

interface Folder {
  readonly url: string
  readonly path: string
  readonly depth: number
}

async function* listFolder(storage: Storage, { url, path, depth }: Folder): AsyncGenerator<Partition> {
  const { files, folders } = await readFolder(storage, url)
  if (files.length > 0) yield { path, files }
  if (depth >= DEPTH_MAX) return
  for (const name of folders.sort()) {
    const inner = { url: joinLocation(url, name), path: path === '' ? name : `${path}/${name}`, depth: depth + 1 }
    yield* listFolder(storage, inner)
  }
}

/** The data files of one partition's folder; none when there is no such folder. */
export async function listPartition(storage: Storage, url: string): Promise<readonly ListedDataFile[]> {
  return (await readFolder(storage, url)).files
}

async function readFolder(storage: Storage, url: string): Promise<{ files: ListedDataFile[]; folders: string[] }> {
  const files: ListedDataFile[] = []
  const folders: string[] = []
  for await (const { name, url: entryUrl, isDirectory, byteCount, modifiedMs } of storage.listWithStats(url)) {
    if (isDirectory) {
      if (!name.startsWith('.')) folders.push(name)
      continue
    }
    if (isExternalFileName(name)) {
      throw unsupported('a Hudi table with files of other writers', { detail: `file "${entryUrl}"` })
    }
    const parsed = parseDataFileName(name)
    if (parsed === undefined) continue
    files.push({ name, url: entryUrl, byteCount, modifiedMs, parsed })
    if (files.length > FILES_MAX) throw new ResourceError('54000', `more than ${FILES_MAX} files in "${url}"`)
  }
  return { files, folders }
}

/** The folder of rows whose partition column is NULL or the empty text. */
export const DEFAULT_PARTITION = '__HIVE_DEFAULT_PARTITION__'

export function isDefaultPartition(text: string): boolean {
  return text === DEFAULT_PARTITION
}

/**
 * The texts of the partition fields in a path: one a field. Undefined when the path does not have the form that
 * the configuration says.
 */
export function partitionTexts(path: string, config: HudiConfig): string[] | undefined {
  const { partitionFields, isHiveStyle, isUrlEncoded } = config
  // One value may hold slashes of its own.
  const parts = partitionFields.length === 1 ? [path] : path.split('/')
  if (parts.length !== partitionFields.length) return undefined
  const texts: string[] = []
  for (const [i, { name }] of partitionFields.entries()) {
    let text = parts[i]!
    if (isHiveStyle) {
      if (!text.startsWith(`${name}=`)) return undefined
      text = text.slice(name.length + 1)
    }
    texts.push(isUrlEncoded ? decodePath(text) : text)
  }
  return texts
}

/** Escapes are of single ASCII characters, as with Hive. */
function decodePath(text: string): string {
  return text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
}

/** The value of a column in every row of a partition; undefined when the path does not tell. */
export function partitionValue(text: string, type: DataType): LiteralValue | undefined {
  // Before 0.12, `default` was the default partition.
  if (isDefaultPartition(text) || text === 'default') return undefined
  switch (type.kind) {
    case 'varchar':
      return text
    case 'boolean':
    case 'smallint':
    case 'tinyint':
    case 'integer':
    case 'bigint':
    case 'date': {
      const value = tryCastValue(text, VARCHAR, type, UTC)
      return value === null ? undefined : value
    }
    default:
      return undefined
  }
}

const UTC = { nowMicros: 0n, timeZone: 'UTC' } as const
