/** The registry of storages: a scheme is a file here plus a line in STORAGES. */
import { unsupported } from '../core/errors.ts'
import { schemeOf } from './file-location.ts'
import { fileStorage } from './file-storage.ts'
import { memoryStorage } from './memory-storage.ts'
import type { Storage } from './storage.ts'

const STORAGES: ReadonlyMap<string, Storage> = new Map(
  [fileStorage, memoryStorage].map((storage) => [storage.scheme, storage]),
)

/** The storage that serves `url`; 0A000 for an unknown scheme. */
export function storageFor(url: string): Storage {
  const scheme = schemeOf(url)
  const storage = STORAGES.get(scheme)
  if (storage === undefined) {
    throw unsupported(`storage scheme "${scheme}"`, {
      detail: `location "${url}"`,
      hint: `Known schemes: ${[...STORAGES.keys()].join(', ')}.`,
    })
  }
  return storage
}
