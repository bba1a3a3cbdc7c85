/**
 * What was decoded from files, kept while the files stay as they are.
 *
 * A file is known by its location, size and modification time, within its storage: a table that was dropped and made again at the same place is
 * another table.
 */
import { LruCache } from './lru-cache.ts'
import type { FileStat, Storage } from './storage.ts'

export class FileCache<V> {
  readonly #weightMax: number
  readonly #caches = new WeakMap<Storage, LruCache<V>>()

  /** `weightMax` bounds the sum of the weights given to `set`, a storage. */
  constructor(weightMax: number) {
    this.#weightMax = weightMax
  }

  /** `variant` tells apart several values made of one file. */
  get(storage: Storage, file: CachedFile, variant: string = ''): V | undefined {
    return this.#caches.get(storage)?.get(keyOf(file, variant))
  }

  set(
    storage: Storage,
    file: CachedFile,
    value: V,
    { weight, variant = '' }: { weight: number; variant?: string },
  ): void {
    let cache = this.#caches.get(storage)
    if (cache === undefined) this.#caches.set(storage, (cache = new LruCache(this.#weightMax)))
    cache.set(keyOf(file, variant), value, weight)
  }
}

export interface CachedFile extends FileStat {
  readonly url: string
}

function keyOf({ url, byteCount, modifiedMs }: CachedFile, variant: string): string {
  return `${variant}|${byteCount}|${modifiedMs}|${url}`
}
