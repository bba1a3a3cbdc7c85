/**
 * The local file system as a storage.
 *
 * Files appear whole or not at all, also when the process is killed: bytes go to a temporary file beside the target, are flushed to
 * the disk, and then get the target's name by `link` (fails when the name is taken: putIfAbsent) or `rename` (replaces: put). The folder is flushed
 * afterwards, so that a file that was reported as written is there after a power cut too.
 */
import { randomUUID } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { DataError } from '../core/errors.ts'
import { joinLocation, parentLocation, plainLocation } from './file-location.ts'
import { openLocalFile } from './open-files.ts'
import type { DirectoryEntry, FileStat, FileWriter, Storage, SyncFile } from './storage.ts'
import { errorCode, fileTooLarge, ioError, truncatedFile } from './storage-error.ts'

/** No metadata file comes near this; data files are read in ranges. */
const READ_ALL_BYTES_MAX: number = 512 << 20

/** Names of files that are being written begin so: listings leave them out. */
const TEMPORARY_PREFIX = '.sluice-tmp-'

/** Entries of a folder whose sizes are asked for at once; libuv has four threads for them. */
const STATS_AT_ONCE = 16

export const fileStorage: Storage = {
  scheme: 'file',
  stat: statFile,
  read: readRange,
  readAll: readWhole,
  list: listFolder,
  listWithStats: listFolderWithStats,
  putIfAbsent,
  put,
  create: createFile,
  delete: deleteFile,
  deleteFolder,
  openSync: (url: string): SyncFile => openLocalFile(url),
}

async function statFile(url: string): Promise<FileStat> {
  try {
    const found = await stat(plainLocation(url))
    if (!found.isFile()) throw notAFile(url)
    return { byteCount: found.size, modifiedMs: found.mtimeMs }
  } catch (error) {
    throw ioError(url, 'open', error)
  }
}

function notAFile(url: string): DataError {
  return new DataError('58030', `could not open file "${url}": not a file`)
}

/** `end` may depend on the size of the file. */
async function readRange(
  url: string,
  start: number,
  endOf: number | ((byteCount: number) => number),
): Promise<Uint8Array> {
  let file
  try {
    file = await open(plainLocation(url), 'r')
    const found = await file.stat()
    if (!found.isFile()) throw notAFile(url)
    const { size } = found
    const end = typeof endOf === 'number' ? endOf : endOf(size)
    // Checked before allocating: the range may come from a damaged file.
    if (start < 0 || end < start || end > size) throw truncatedFile(url, end, size)
    const bytes = new Uint8Array(end - start)
    let done = 0
    while (done < bytes.byteLength) {
      const { bytesRead } = await file.read(bytes, done, bytes.byteLength - done, start + done)
      if (bytesRead === 0) throw truncatedFile(url, end, start + done)
      done += bytesRead
    }
    return bytes
  } catch (error) {
    throw ioError(url, 'read', error)
  } finally {
    await file?.close()
  }
}

async function readWhole(url: string, bytesMax: number = READ_ALL_BYTES_MAX): Promise<Uint8Array> {
  return readRange(url, 0, (byteCount) => {
    if (byteCount > bytesMax) throw fileTooLarge(url, byteCount, bytesMax)
    return byteCount
  })
}

async function* listFolder(url: string): AsyncGenerator<DirectoryEntry> {
  for (const entry of await readFolder(url)) {
    const entryUrl = joinLocation(url, entry.name)
    // A link is what it points to.
    const isDirectory = entry.isSymbolicLink()
      ? (await statEntry({ name: entry.name, url: entryUrl }))?.isDirectory
      : entry.isDirectory()
    if (isDirectory !== undefined) yield { name: entry.name, url: entryUrl, isDirectory }
  }
}

async function* listFolderWithStats(url: string): AsyncGenerator<DirectoryEntry & FileStat> {
  const entries = await readFolder(url)
  for (let start = 0; start < entries.length; start += STATS_AT_ONCE) {
    const some = entries.slice(start, start + STATS_AT_ONCE)
    const found = await Promise.all(some.map(async ({ name }) => statEntry({ name, url: joinLocation(url, name) })))
    yield* found.filter((entry) => entry !== undefined)
  }
}

/** The entries of a folder; none when it is none. */
async function readFolder(url: string): Promise<Dirent[]> {
  try {
    // In one call: `opendir` makes four of the smallest folder, each a trip to another thread.
    const entries = await readdir(plainLocation(url), { withFileTypes: true })
    return entries.filter(({ name }) => !name.startsWith(TEMPORARY_PREFIX))
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw ioError(url, 'list', error)
  }
}

/** A link is what it points to; a dangling one, or a file that has just gone, is nothing. */
async function statEntry(entry: {
  readonly name: string
  readonly url: string
}): Promise<(DirectoryEntry & FileStat) | undefined> {
  try {
    const found = await stat(plainLocation(entry.url))
    const isDirectory = found.isDirectory()
    return { ...entry, isDirectory, byteCount: isDirectory ? 0 : found.size, modifiedMs: found.mtimeMs }
  } catch {
    return undefined
  }
}

async function putIfAbsent(url: string, bytes: Uint8Array): Promise<boolean> {
  return withTemporaryFile(url, bytes, async (temporary, target) => {
    try {
      await link(temporary, target)
      return true
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false
      throw error
    } finally {
      await rm(temporary, { force: true })
    }
  })
}

async function put(url: string, bytes: Uint8Array): Promise<void> {
  await withTemporaryFile(url, bytes, async (temporary, target) => rename(temporary, target))
}

async function withTemporaryFile<T>(
  url: string,
  bytes: Uint8Array,
  publish: (temporary: string, target: string) => Promise<T>,
): Promise<T> {
  const target = plainLocation(url)
  const folder = parentLocation(target)
  const temporary = joinLocation(folder, `${TEMPORARY_PREFIX}${randomUUID()}`)
  try {
    await mkdir(folder, { recursive: true })
    await writeFlushed(temporary, bytes)
    const result = await publish(temporary, target)
    await flushFolder(folder)
    return result
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw ioError(url, 'write', error)
  }
}

async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function flushFolder(path: string): Promise<void> {
  // Windows can't open folders; there the file system orders the operations itself.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function createFile(url: string): Promise<FileWriter> {
  const target = plainLocation(url)
  try {
    await mkdir(parentLocation(target), { recursive: true })
    const file = await open(target, 'wx')
    return {
      write: async (bytes) => {
        try {
          await file.writeFile(bytes)
        } catch (error) {
          throw ioError(url, 'write', error)
        }
      },
      close: async () => {
        await file.sync()
        await file.close()
        await flushFolder(parentLocation(target))
      },
      abort: async () => {
        await file.close()
        await rm(target, { force: true })
      },
    }
  } catch (error) {
    throw ioError(url, 'create', error)
  }
}

async function deleteFile(url: string): Promise<void> {
  try {
    await rm(plainLocation(url), { force: true })
  } catch (error) {
    throw ioError(url, 'delete', error)
  }
}

/** Renamed to a name that listings leave out, then deleted. */
async function deleteFolder(url: string): Promise<void> {
  const target = plainLocation(url)
  const hidden = joinLocation(parentLocation(target), `${TEMPORARY_PREFIX}${randomUUID()}`)
  try {
    await rename(target, hidden)
    await rm(hidden, { recursive: true, force: true })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw ioError(url, 'delete', error)
  }
}
