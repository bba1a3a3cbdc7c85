/** The file system with faults: at the n-th change something goes wrong. */
import { storageFor } from '../../../../src/storage/index.ts'
import type { Storage } from '../../../../src/storage/storage.ts'
import { type StorageAccess, createStorageAccess } from '../../../../src/storage/storage-access.ts'

export type Fault =
  /** The change fails, once: a disk error. */
  | 'fail'
  /** The change happens and its caller is told that it failed, once. */
  | 'fail-after'
  /** The change does not happen, and none after it: the process is dead. */
  | 'die'
  /** The change happens, and none after it. */
  | 'die-after'

export interface FaultyAccess extends StorageAccess {
  /** Changes asked for so far. */
  readonly changes: () => number
}

export function createFaultyAccess(fault: Fault, at: number): FaultyAccess {
  let changes = 0
  const change = async <T>(run: () => Promise<T>): Promise<T> => {
    const number = ++changes
    const isDead = fault.startsWith('die') && number > at
    if (isDead) throw new Error('dead')
    if (number !== at) return run()
    if (fault.endsWith('after')) await run()
    throw new Error('disk error')
  }
  const disk = storageFor('/')
  const storage: Storage = {
    ...disk,
    putIfAbsent: async (url, bytes) => change(async () => disk.putIfAbsent(url, bytes)),
    put: async (url, bytes) => change(async () => disk.put(url, bytes)),
    delete: async (url) => change(async () => disk.delete(url)),
    create: async (url) => {
      const file = await change(async () => disk.create(url))
      return {
        write: async (bytes) => change(async () => file.write(bytes)),
        close: async () => change(async () => file.close()),
        abort: async () => change(async () => file.abort()),
      }
    },
  }
  return { ...createStorageAccess([], () => storage), changes: () => changes }
}
