/** A map that forgets what was not used for longest once its entries weigh more than a limit. */

export class LruCache<V> {
  readonly #weightMax: number
  /** Least recently used first. */
  readonly #entries = new Map<string, { readonly value: V; readonly weight: number }>()
  #weight = 0

  /** `weightMax` is in whatever unit `set` is given: bytes, or entries. */
  constructor(weightMax: number) {
    this.#weightMax = weightMax
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** Keeps the value, unless it alone is too heavy. */
  set(key: string, value: V, weight: number): void {
    this.delete(key)
    if (weight > this.#weightMax) return
    this.#entries.set(key, { value, weight })
    this.#weight += weight
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#weightMax) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#weight -= entry.weight
  }
}
