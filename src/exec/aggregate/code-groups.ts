/**
 * Groups of dictionary-coded keys: rows of few groups are found by their codes, without hashing a string.
 *
 * The codes of all keys make a group number; a cache from numbers to rows holds for the dictionaries that it was filled with,
 * and is filled by looking one row of each new number up in the group table. Rows are ordered by group, so that
 * aggregates run over each group's values in registers.
 */
import type { Pointer } from '../../core/memory.ts'
import type { DictionaryVector, FlatVector, Vector } from '../../core/vector.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { takeVector } from '../rows/vectors.ts'
import type { GroupTable } from './group-table.ts'

/** Group numbers: the cache and the counters of each batch stay in L1. */
const NUMBERS_MAX = 2048

/** Runs of rows of one group. */
export interface GroupRuns {
  /** Pairs of u32: row address, end of its run in `order`. */
  readonly runs: Pointer
  readonly runCount: number
  /** u32 row numbers, group by group; 0 = rows in their own order. */
  readonly order: Pointer
}

export class CodeGroups {
  readonly #context: OperatorContext
  readonly #table: GroupTable
  readonly #cache: Pointer
  #dictionaries: readonly (FlatVector | null)[] = []

  /** `cache`: 4 * NUMBERS_MAX bytes (see `cacheBytes`) that live as long as the object. */
  constructor(context: OperatorContext, table: GroupTable, cache: Pointer) {
    this.#context = context
    this.#table = table
    this.#cache = cache
  }

  static readonly cacheBytes: number = NUMBERS_MAX * 4

  /** The runs of the batch, or null when the keys are not all codes of small dictionaries. */
  find(keys: readonly Vector[], rowCount: number): GroupRuns | null {
    let numbers = 1
    for (const key of keys) {
      if (key.encoding === 'flat') return null
      if (key.encoding === 'dictionary') numbers *= key.dictionary.length + 1
      if (numbers > NUMBERS_MAX || numbers > rowCount * 4 + 64) return null
    }
    this.#useDictionaries(keys, numbers)
    const { arena, kernels } = this.#context
    const { table } = kernels
    const ids = this.#numbersOf(keys, rowCount)
    const counts = arena.allocate(numbers * 4)
    const order = arena.allocate(rowCount * 4)
    const runs = arena.allocate(Math.min(numbers, rowCount) * 8)
    const runCount = table.orderByGroup(rowCount, ids, numbers, this.#cache, counts, order, runs)
    this.#fillMisses(keys, { runs, runCount, order }, ids)
    return { runs, runCount, order }
  }

  #useDictionaries(keys: readonly Vector[], numbers: number): void {
    const dictionaries = keys.map((key) => (key.encoding === 'dictionary' ? key.dictionary : null))
    const same =
      dictionaries.length === this.#dictionaries.length &&
      dictionaries.every((dictionary, i) => dictionary !== null && dictionary === this.#dictionaries[i])
    if (same) return
    this.#dictionaries = dictionaries
    this.#context.memory.bulk.fill(0, this.#cache, this.#cache + numbers * 4)
  }

  #numbersOf(keys: readonly Vector[], rowCount: number): Pointer {
    const { arena, kernels } = this.#context
    const coded = keys.filter((key): key is DictionaryVector => key.encoding === 'dictionary')
    if (coded.length === 0) return arena.allocateZeroed(rowCount * 4)
    const ids = arena.allocate(rowCount * 4)
    let factor = 1
    coded.forEach(({ data, validity, dictionary }, i) => {
      kernels.table.combineCodes(rowCount, data, validity, dictionary.length, factor, i === 0 ? 1 : 0, ids)
      factor *= dictionary.length + 1
    })
    return ids
  }

  /** Looks up the rows of groups that the cache does not know, by the first row of each. */
  #fillMisses(keys: readonly Vector[], { runs, runCount, order }: GroupRuns, ids: Pointer): void {
    const { arena, memory } = this.#context
    const { u32 } = memory
    const missing: number[] = []
    for (let run = 0; run < runCount; run++) if (u32[(runs >>> 2) + run * 2] === 0) missing.push(run)
    if (missing.length === 0) return
    const firsts = arena.allocate(missing.length * 4)
    missing.forEach((run, i) => {
      const start = run === 0 ? 0 : u32[(runs >>> 2) + run * 2 - 1]!
      u32[(firsts >>> 2) + i] = u32[(order >>> 2) + start]!
    })
    const found = this.#table.find(
      keys.map((key) => takeVector(this.#context, key, firsts, missing.length)),
      missing.length,
    )
    missing.forEach((run, i) => {
      const row = u32[(found >>> 2) + i]!
      u32[(runs >>> 2) + run * 2] = row
      const number = u32[(ids >>> 2) + u32[(firsts >>> 2) + i]!]!
      u32[(this.#cache >>> 2) + number] = row
    })
  }
}
