/**
 * What files' footers say, kept by url, size and modification time: a file that changed is another file. Each thread has its own.
 */
import type { SyncFile } from '../storage/storage.ts'

export class FooterCache<T> {
  readonly #byteCountMax: number
  readonly #known = new Map<string, { readonly value: T; readonly byteCount: number }>()
  #byteCount = 0

  constructor(byteCountMax: number) {
    this.#byteCountMax = byteCountMax
  }

  /** What is known of the file, or what `read` makes of it now, with the bytes it counts for. */
  get(file: SyncFile, read: () => { readonly value: T; readonly byteCount: number }): T {
    const key = `${file.byteCount}:${file.modifiedMs}:${file.url}`
    let entry = this.#known.get(key)
    if (entry !== undefined) {
      // Last used, last thrown out.
      this.#known.delete(key)
      this.#known.set(key, entry)
      return entry.value
    }
    entry = read()
    if (entry.byteCount > this.#byteCountMax / 4) return entry.value
    this.#known.set(key, entry)
    this.#byteCount += entry.byteCount
    for (const [oldest, { byteCount }] of this.#known) {
      if (this.#byteCount <= this.#byteCountMax) break
      this.#known.delete(oldest)
      this.#byteCount -= byteCount
    }
    return entry.value
  }
}
