/**
 * What was computed of a dictionary, kept as long as batches bring the same dictionary object.
 *
 * One entry, in memory of its own: the batches of a row group follow each other, and when the next row group comes with its
 * dictionary, the last one's results are no longer needed.
 */
import { Arena } from '../core/arena.ts'
import type { EngineMemory } from '../core/memory.ts'
import type { DictionaryVector, FlatVector } from '../core/vector.ts'

/**
 * A dictionary that has many more values than the batch has rows is not worth it: most of its values may not be met at all.
 */
const VALUES_A_ROW_MAX = 4
const VALUES_ALWAYS_MAX = 32_768

/** Whether to evaluate on the dictionary rather than on the rows. */
export function isWorthDictionary(vector: DictionaryVector): boolean {
  const { length } = vector.dictionary
  return length > 0 && (length <= VALUES_ALWAYS_MAX || length <= VALUES_A_ROW_MAX * vector.length)
}

/** Memory that stays with the cache between dictionaries. */
const KEPT_BYTES = 1 << 20

export class DictionaryCache<T> {
  readonly #arena: Arena
  #dictionary: FlatVector | null = null
  #result: T | null = null

  constructor(memory: EngineMemory) {
    this.#arena = new Arena(memory, 'an expression over a dictionary', 65_536)
  }

  /** What `compute` gives for the dictionary; it allocates what lasts from the arena it gets. Null results are kept too. */
  get(dictionary: FlatVector, compute: (arena: Arena) => T): T {
    if (this.#dictionary !== dictionary) {
      this.#dictionary = null
      this.#arena.reset(KEPT_BYTES)
      this.#result = compute(this.#arena)
      this.#dictionary = dictionary
    }
    return this.#result as T
  }
}
