/** Files in the memory of this thread, at `memory:` URLs: for tests and for tables that are not to reach a disk. */
import { DataError } from '../core/errors.ts'
import type { DirectoryEntry, FileStat, Storage, SyncFile } from './storage.ts'
import { fileTooLarge, missingFile, truncatedFile } from './storage-error.ts'

interface MemoryFile {
  readonly bytes: Uint8Array
  readonly modifiedMs: number
}

/** An empty storage; folders exist as far as files lie in them. */
export function createMemoryStorage(): Storage {
  const files = new Map<string, MemoryFile>()

  function get(url: string): MemoryFile {
    const file = files.get(url)
    if (file === undefined) throw missingFile(url)
    return file
  }

  function read(url: string, start: number, end: number): Uint8Array {
    const { bytes } = get(url)
    if (start < 0 || end < start || end > bytes.byteLength) {
      throw truncatedFile(url, end, bytes.byteLength)
    }
    return bytes.slice(start, end)
  }

  return {
    scheme: 'memory',
    stat: async (url): Promise<FileStat> => {
      const { bytes, modifiedMs } = get(url)
      return { byteCount: bytes.byteLength, modifiedMs }
    },
    exists: async (url) => files.has(url),
    read: async (url, start, end) => read(url, start, end),
    readAll: async (url, bytesMax = Infinity) => {
      const { byteLength } = get(url).bytes
      if (byteLength > bytesMax) throw fileTooLarge(url, byteLength, bytesMax)
      return read(url, 0, byteLength)
    },
    list: (url) => listFiles(files, url),
    listWithStats: (url) => listFiles(files, url),
    putIfAbsent: async (url, bytes) => {
      if (files.has(url)) return false
      files.set(url, { bytes: bytes.slice(), modifiedMs: Date.now() })
      return true
    },
    put: async (url, bytes) => {
      files.set(url, { bytes: bytes.slice(), modifiedMs: Date.now() })
    },
    create: async (url) => {
      if (files.has(url)) throw new DataError('58030', `could not create file "${url}": it exists`)
      const parts: Uint8Array[] = []
      return {
        write: async (bytes) => {
          parts.push(bytes.slice())
        },
        close: async () => {
          files.set(url, { bytes: Buffer.concat(parts), modifiedMs: Date.now() })
        },
        abort: async () => undefined,
      }
    },
    delete: async (url) => {
      files.delete(url)
    },
    deleteFolder: async (url) => {
      for (const file of files.keys()) if (file.startsWith(`${url}/`)) files.delete(file)
    },
    openSync: (url): SyncFile => {
      const { bytes, modifiedMs } = get(url)
      return {
        url,
        byteCount: bytes.byteLength,
        modifiedMs,
        readSync: (into, start) => {
          const end = start + into.byteLength
          if (start < 0 || end > bytes.byteLength) throw truncatedFile(url, end, bytes.byteLength)
          into.set(bytes.subarray(start, end))
        },
        close: () => undefined,
      }
    },
  }
}

async function* listFiles(
  files: ReadonlyMap<string, MemoryFile>,
  url: string,
): AsyncGenerator<DirectoryEntry & FileStat> {
  const prefix = url.endsWith('/') ? url : `${url}/`
  const folders = new Set<string>()
  for (const [fileUrl, { bytes, modifiedMs }] of files) {
    if (!fileUrl.startsWith(prefix)) continue
    const [name, ...rest] = fileUrl.slice(prefix.length).split('/')
    if (name === undefined || name === '') continue
    const isDirectory = rest.length > 0
    if (isDirectory && folders.has(name)) continue
    if (isDirectory) folders.add(name)
    const byteCount = isDirectory ? 0 : bytes.byteLength
    yield { name, url: prefix + name, isDirectory, byteCount, modifiedMs }
  }
}

/** The storage behind `memory:` URLs, one a thread. */
export const memoryStorage: Storage = createMemoryStorage()
