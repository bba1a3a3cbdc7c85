/** How a table reaches its files: which storage serves them, and where their recorded locations lie now. */
import { storageFor } from './index.ts'
import { type PathRule, mapPath } from './path-mapping.ts'
import type { Storage } from './storage.ts'

export interface StorageAccess {
  /** The location to read for a location that metadata records. */
  locate(location: string): string
  /** The storage that serves a located file. */
  storageFor(url: string): Storage
}

/** Access by the registered storages, or those that `lookUp` gives (tests count requests so). */
export function createStorageAccess(
  rules: readonly PathRule[] = [],
  lookUp: (url: string) => Storage = storageFor,
): StorageAccess {
  return { locate: (location) => mapPath(rules, location), storageFor: lookUp }
}
