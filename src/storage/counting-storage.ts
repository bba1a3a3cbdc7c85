/** A storage that counts what is asked of another one: tests check what a query reads, not only what it answers. */
import type { Storage, SyncFile } from './storage.ts'

interface StorageCounts {
  /** Reads of bytes, ranged and whole, asynchronous and synchronous. */
  readCount: number
  bytesRead: number
  statCount: number
  listCount: number
  writeCount: number
  /** Locations read, in order, one entry a read. */
  readonly urls: string[]
}

export interface CountingStorage extends Storage {
  readonly counts: StorageCounts
}

/** `inner` with counters; they start at zero. */
export function countingStorage(inner: Storage): CountingStorage {
  const counts: StorageCounts = {
    readCount: 0,
    bytesRead: 0,
    statCount: 0,
    listCount: 0,
    writeCount: 0,
    urls: [],
  }
  function counted(url: string, bytes: Uint8Array): Uint8Array {
    counts.readCount++
    counts.bytesRead += bytes.byteLength
    counts.urls.push(url)
    return bytes
  }
  return {
    scheme: inner.scheme,
    counts,
    stat: async (url) => {
      counts.statCount++
      return inner.stat(url)
    },
    exists: async (url) => {
      counts.statCount++
      return inner.exists(url)
    },
    read: async (url, start, end) => counted(url, await inner.read(url, start, end)),
    readAll: async (url, bytesMax) => counted(url, await inner.readAll(url, bytesMax)),
    list: (url) => {
      counts.listCount++
      return inner.list(url)
    },
    listWithStats: (url) => {
      counts.listCount++
      return inner.listWithStats(url)
    },
    putIfAbsent: async (url, bytes) => {
      counts.writeCount++
      return inner.putIfAbsent(url, bytes)
    },
    put: async (url, bytes) => {
      counts.writeCount++
      return inner.put(url, bytes)
    },
    create: async (url) => {
      counts.writeCount++
      return inner.create(url)
    },
    delete: async (url) => inner.delete(url),
    deleteFolder: async (url) => inner.deleteFolder(url),
    openSync: (url): SyncFile => {
      const file = inner.openSync(url)
      return {
        url: file.url,
        byteCount: file.byteCount,
        modifiedMs: file.modifiedMs,
        readSync: (into, start) => {
          file.readSync(into, start)
          counted(url, into)
        },
        close: () => file.close(),
      }
    },
  }
}
