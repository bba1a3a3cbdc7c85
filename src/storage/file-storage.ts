/**
 * The local file system as a storage. What reads is in file-reads.ts.
 *
 * Files appear whole or not at all, also when the process is killed: bytes go to a temporary file beside the target, are flushed to
 * the disk, and then get the target's name by `link` (fails when the name is taken: putIfAbsent) or `rename` (replaces: put). The folder is flushed
 * afterwards, so that a file that was reported as written is there after a power cut too.
 */
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rename, rm } from 'node:fs/promises'
import { joinLocation, parentLocation, plainLocation } from './file-location.ts'
import {
  TEMPORARY_PREFIX,
  fileExists,
  listFolder,
  listFolderWithStats,
  readRange,
  readWhole,
  statFile,
} from './file-reads.ts'
import { openLocalFile } from './open-files.ts'
import type { FileWriter, Storage, SyncFile } from './storage.ts'
import { errorCode, ioError } from './storage-error.ts'
import { syncFiles } from './sync-files.ts'
import { watchFolder } from './watch-folder.ts'

export const fileStorage: Storage = {
  scheme: 'file',
  stat: statFile,
  exists: fileExists,
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
  watch: watchFolder,
  sync: syncFiles,
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
        // The folder has had the name since the file was opened.
        const flushed = await Promise.allSettled([file.sync(), flushFolder(parentLocation(target))])
        await file.close()
        for (const one of flushed) if (one.status === 'rejected') throw one.reason
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
