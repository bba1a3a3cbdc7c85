/**
 * Rows of a checkpoint by the partition of their files, before anything else of these is decoded.
 *
 *   add.partitionValues   {region: r00500}  ->  might match?  (asked once for each text, or pair of codes)  ->  row numbers
 *
 * Checkpoints as Spark writes them have partition values as maps of texts only, without bounds: every row is looked at, but of the files of other
 * partitions neither path nor statistics become values.
 */
import type { EngineMemory } from '../../core/memory.ts'
import { isNullAt, valueAt } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'

/** Partition values of a file: texts by physical column name. */
type PartitionTexts = Readonly<Record<string, string | null>>

/** Pairs of codes for which answers are kept by number. */
const CODE_PAIRS_MAX = 1 << 20
/** Partitions whose answers are kept. */
const PARTITIONS_KEPT_MAX = 100_000

const [UNASKED, NO, YES] = [0, 1, 2]

export class PartitionRows {
  readonly #memory: EngineMemory
  readonly #mightMatch: (values: PartitionTexts) => boolean
  readonly #byText = new Map<string, boolean>()
  #keys: FlatVector | undefined
  #values: FlatVector | undefined
  /** By code of the key and code of the value. */
  #byCodes = new Uint8Array(0)

  constructor(memory: EngineMemory, mightMatch: (values: PartitionTexts) => boolean) {
    this.#memory = memory
    this.#mightMatch = mightMatch
  }

  /** Numbers of the rows whose files might match, ascending; `add` is a struct with the one field `partitionValues`. Undefined: any row might. */
  matching(add: Vector): { readonly rows: readonly number[]; readonly fileCount: number } | undefined {
    const map = add.encoding === 'flat' ? add.children[0] : undefined
    if (map?.encoding !== 'flat') return undefined
    const [keys, values] = map.children
    const coded = keys?.encoding === 'dictionary' && values?.encoding === 'dictionary'
    const width = coded ? this.#prepare(keys.dictionary, values.dictionary) : undefined
    const { u8, u32, i32 } = this.#memory
    const rows: number[] = []
    let fileCount = 0
    for (let row = 0; row < add.length; row++) {
      if (isNullAt(this.#memory, add, row)) continue
      fileCount++
      const at = (map.data >>> 2) + 2 * row
      const start = u32[at]!
      // No call a row: a checkpoint of a million files is looked at whole.
      if (
        width === undefined ||
        !coded ||
        u32[at + 1] !== 1 ||
        (map.validity !== 0 && u8[map.validity + row] === 0) ||
        (values.validity !== 0 && u8[values.validity + start] === 0)
      ) {
        if (this.#textsMightMatch(map, row)) rows.push(row)
        continue
      }
      const pair = i32[(keys.data >>> 2) + start]! * width + i32[(values.data >>> 2) + start]!
      let answer = this.#byCodes[pair]
      if (answer === UNASKED) this.#byCodes[pair] = answer = this.#textsMightMatch(map, row) ? YES : NO
      if (answer !== NO) rows.push(row)
    }
    return { rows, fileCount }
  }

  /** Codes of values in the table of answers; undefined when there are too many. */
  #prepare(keys: FlatVector, values: FlatVector): number | undefined {
    if (keys !== this.#keys || values !== this.#values) {
      this.#keys = keys
      this.#values = values
      const pairs = keys.length * values.length
      this.#byCodes = new Uint8Array(pairs <= CODE_PAIRS_MAX ? pairs : 0)
    }
    return this.#byCodes.length === 0 ? undefined : values.length
  }

  #textsMightMatch(map: FlatVector, row: number): boolean {
    const pairs = (valueAt(this.#memory, map, row) ?? []) as readonly (readonly (string | null)[])[]
    const name = JSON.stringify(pairs)
    let answer = this.#byText.get(name)
    if (answer === undefined) {
      answer = this.#ask(Object.fromEntries(pairs.map(([key, value]) => [key!, value ?? null])))
      if (this.#byText.size < PARTITIONS_KEPT_MAX) this.#byText.set(name, answer)
    }
    return answer
  }

  #ask(values: PartitionTexts): boolean {
    try {
      return this.#mightMatch(values)
    } catch {
      // A text that is no value is an error that names the file: where the file is read.
      return true
    }
  }
}
