/**
 * Small files of the local file system, read and published without waiting: for values that an expression needs between two rows.
 *
 * Files appear whole or not at all and are on the disk when a call returns, as in file-storage.ts.
 */
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { joinLocation, parentLocation, plainLocation } from './file-location.ts'
import { TEMPORARY_PREFIX } from './file-reads.ts'
import type { SyncStorage } from './storage.ts'
import { errorCode, ioError } from './storage-error.ts'

export const syncFiles: SyncStorage = {
  list(url) {
    try {
      return readdirSync(plainLocation(url)).filter((name) => !name.startsWith(TEMPORARY_PREFIX))
    } catch (error) {
      if (isMissing(error)) return []
      throw ioError(url, 'list', error)
    }
  },
  read(url) {
    try {
      return readFileSync(plainLocation(url))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw ioError(url, 'read', error)
    }
  },
  putIfAbsent(url, bytes) {
    const target = plainLocation(url)
    const folder = parentLocation(target)
    const temporary = joinLocation(folder, `${TEMPORARY_PREFIX}${randomUUID()}`)
    try {
      mkdirSync(folder, { recursive: true })
      writeFlushed(temporary, bytes)
      if (!linked(temporary, target)) return false
      flushFolder(folder)
      return true
    } catch (error) {
      throw ioError(url, 'write', error)
    } finally {
      rmSync(temporary, { force: true })
    }
  },
  delete(url) {
    try {
      rmSync(plainLocation(url), { force: true })
    } catch (error) {
      throw ioError(url, 'delete', error)
    }
  },
}

function isMissing(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** False when the name is taken. */
function linked(temporary: string, target: string): boolean {
  try {
    linkSync(temporary, target)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

function writeFlushed(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx')
  try {
    writeFileSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function flushFolder(path: string): void {
  // Windows can't open folders; there the file system orders the operations itself.
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
