/**
 * The data files of a folder, and the values that hive partition folders (`year=2024/city=x%2Fy`) give to their rows.
 *
 * Names that begin with `_` or `.` are no data, as with Hive and Spark; values are percent-encoded; `__HIVE_DEFAULT_PARTITION__` is NULL.
 */
import { ResourceError } from '../../core/errors.ts'
import type { FormatName } from '../../format/format.ts'
import { formatOfFileName, nameWithoutExtension } from '../../format/index.ts'
import type { Storage } from '../../storage/storage.ts'

export interface ListedFile {
  readonly url: string
  readonly byteCount: number
  readonly modifiedMs: number
  readonly format: FormatName
  /** By name, in the order of the folders. */
  readonly partition: ReadonlyMap<string, string | null>
}

/** Folders within each other at most. */
const DEPTH_MAX = 16
const FILES_MAX = 1_000_000

/** Files named `.json` are metadata of something more often than data: they are read when they are named. */
export function isDataFileName(name: string): boolean {
  return formatOfFileName(name) !== undefined && !isHidden(name) && !/\.json(?:\.gz|\.zst)?$/i.test(name)
}

/** A file's name without the extension of a data file. */
export function tableNameOfFile(name: string): string {
  return nameWithoutExtension(name)
}

/** Whether a folder is named as a hive partition. */
export function isPartitionName(name: string): boolean {
  return /^[^=_.][^=]*=/.test(name)
}

/** The data files below `url` (those of one format, when it is given), ordered by name so that every reading sees the same order. */
export async function listDataFiles(storage: Storage, url: string, format?: FormatName): Promise<ListedFile[]> {
  const files: ListedFile[] = []
  const isWanted = (name: string): boolean =>
    format === undefined ? isDataFileName(name) : formatOfFileName(name) === format && !isHidden(name)
  await addFolder(storage, { url, partition: new Map(), depth: 0, isWanted }, files)
  return files.sort((a, b) => (a.url < b.url ? -1 : a.url > b.url ? 1 : 0))
}

interface Folder {
  readonly url: string
  readonly partition: ReadonlyMap<string, string | null>
  readonly depth: number
  readonly isWanted: (name: string) => boolean
}

async function addFolder(storage: Storage, folder: Folder, files: ListedFile[]): Promise<void> {
  const { url, partition, depth, isWanted } = folder
  if (depth > DEPTH_MAX) return
  for await (const entry of storage.listWithStats(url)) {
    if (isHidden(entry.name)) continue
    if (entry.isDirectory) {
      const inner = partitionOf(entry.name, partition)
      await addFolder(storage, { ...folder, url: entry.url, partition: inner, depth: depth + 1 }, files)
    } else if (isWanted(entry.name)) {
      const { url: fileUrl, byteCount, modifiedMs } = entry
      files.push({ url: fileUrl, byteCount, modifiedMs, format: formatOfFileName(entry.name) ?? 'parquet', partition })
      if (files.length > FILES_MAX) {
        throw new ResourceError('54000', `more than ${FILES_MAX} files in "${url}"`)
      }
    }
  }
}

/** What the folders of a file's path say. */
export function partitionOfPath(url: string): ReadonlyMap<string, string | null> {
  const folders = url.split('/').slice(0, -1)
  return folders.reduce<ReadonlyMap<string, string | null>>((outer, folder) => partitionOf(folder, outer), new Map())
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name.startsWith('_')
}

function partitionOf(folder: string, outer: ReadonlyMap<string, string | null>): ReadonlyMap<string, string | null> {
  if (!isPartitionName(folder)) return outer
  const equals = folder.indexOf('=')
  const value = folder.slice(equals + 1)
  return new Map([
    ...outer,
    [decode(folder.slice(0, equals)), value === '__HIVE_DEFAULT_PARTITION__' ? null : decode(value)],
  ])
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
