/**
 * Equality deletes: the keys of all delete files of a group in one hash table, built once a thread and query: O(rows + keys).
 *
 *   key of a row  ->  number of the youngest delete file that has it;  a row is deleted when that is at least the first that applies to its file
 *
 * A table of 500 upserts has 500 ages of data files; with a set for each age, 125,000 files would be read. Files are added from the youngest on,
 * as far back as some data file needs.
 *
 * A key is a row of 32-bit words, fixed in number: the values' bits, with NULLs as zero words and a word of NULL flags, so NULL
 * equals NULL. Text is interned: its word is the number it got when the set was built; text that no deleted row has cannot match.
 * Floats compare by their bits with one NaN, as Java's reference implementation does (StructLikeSet): -0.0 differs from 0.0.
 *
 * Spec: Iceberg table spec, "Equality Delete Files".
 */
import { unsupported } from '../../core/errors.ts'
import { type DataType, type Storage, storageOf, typeName, widthOf } from '../../core/types.ts'
import { isNullAt, readLatin1 } from '../../core/vector-values.ts'
import type { Selection, Vector } from '../../core/vector.ts'
import type { TargetField } from '../../format/format.ts'
import type { DeleteFilter, FileRef } from '../../table/table.ts'
import type { QueryContext } from '../query-context.ts'
import { flatten } from '../rows/vectors.ts'
import { readDeleteFile } from './delete-file.ts'

type EqualityFilter = DeleteFilter & { readonly kind: 'equality' }

const known = new WeakMap<QueryContext, Map<string, EqualitySet>>()

/** The deleted keys of a filter, complete as far back as it reaches; filters by the same files share the set. */
export function equalitySetFor(context: QueryContext, { files, keys, from }: EqualityFilter): EqualitySet {
  let sets = known.get(context)
  if (sets === undefined) {
    sets = new Map()
    known.set(context, sets)
  }
  const name = JSON.stringify([keys.map(({ id, names }) => [id, names]), files.map(({ url }) => url)])
  let set = sets.get(name)
  if (set === undefined) {
    set = new EqualitySet(files, keys)
    sets.set(name, set)
  }
  set.loadFrom(context, from)
  return set
}

/** Words that a value of the storage takes in a key. */
function wordsOf(storage: Storage, type: DataType): number {
  if (storage === 'bytes') return 1
  if (storage === 'list' || storage === 'struct') {
    throw unsupported(`an equality delete by a column of type ${typeName(type)}`)
  }
  return Math.max(1, widthOf(storage) >> 2)
}

/** Text that was never interned. */
const UNKNOWN_TEXT = -1
const SLOTS_MIN = 1024

export class EqualitySet {
  readonly #files: readonly FileRef[]
  readonly #fields: readonly TargetField[]
  /** Files from this number on are in the set. */
  #loadedFrom: number
  readonly #offsets: readonly number[]
  /** Words of a key; the first holds the NULL flags. */
  readonly #width: number
  readonly #texts = new Map<string, number>()
  /** Keys one after another. */
  #keys: Int32Array
  /** Number of the youngest file that has the key. */
  #youngest = new Int32Array(SLOTS_MIN)
  #count = 0
  /** Open addressing, linear probing: number of a key + 1, or 0. */
  #slots = new Int32Array(SLOTS_MIN)

  /** An empty set. */
  constructor(files: readonly FileRef[], keys: readonly TargetField[]) {
    this.#files = files
    this.#fields = keys
    this.#loadedFrom = files.length
    if (keys.length > 32) throw unsupported('an equality delete by more than 32 columns')
    let width = 1
    this.#offsets = keys.map(({ type }) => {
      const offset = width
      width += wordsOf(storageOf(type), type)
      return offset
    })
    this.#width = width
    this.#keys = new Int32Array(SLOTS_MIN * width)
  }

  /** Reads the files from number `first` on that were not read yet. */
  loadFrom(context: QueryContext, first: number): void {
    while (this.#loadedFrom > first) {
      const number = this.#loadedFrom - 1
      readDeleteFile(context, this.#files[number]!, this.#fields, (vectors, rowCount) =>
        this.#add(context, vectors, rowCount, number),
      )
      this.#loadedFrom = number
    }
  }

  /** Adds the keys of `rowCount` rows of a file; those that a younger one has stay as they are. */
  #add(context: QueryContext, vectors: readonly Vector[], rowCount: number, file: number): void {
    const rows = this.#encode(context, vectors, rowCount, true)
    for (let row = 0; row < rowCount; row++) {
      if (this.#find(rows, row) >= 0) continue
      this.#append(rows, row, file)
    }
  }

  /** The rows of the selection (null: all) whose keys are in no file from number `from` on; null when that is all rows of the vectors. */
  missing(
    context: QueryContext,
    vectors: readonly Vector[],
    rowCount: number,
    { from, selection }: { readonly from: number; readonly selection: Selection | null },
  ): Selection | null {
    if (this.#count === 0) return selection
    const rows = this.#encode(context, vectors, rowCount, false)
    const { u32 } = context.memory
    const before = selection === null ? rowCount : selection.count
    const pointer = context.arena.allocate(before * 4)
    let count = 0
    for (let i = 0; i < before; i++) {
      const row = selection === null ? i : u32[(selection.pointer >>> 2) + i]!
      const found = this.#find(rows, row)
      if (found < 0 || this.#youngest[found]! < from) u32[(pointer >>> 2) + count++] = row
    }
    return count === rowCount ? null : { pointer, count }
  }

  /** The rows' keys as words. */
  #encode(context: QueryContext, vectors: readonly Vector[], rowCount: number, interns: boolean): Int32Array {
    const width = this.#width
    const rows = new Int32Array(rowCount * width)
    vectors.forEach((vector, k) => {
      const offset = this.#offsets[k]!
      const storage = storageOf(vector.type)
      if (storage === 'bytes') this.#encodeText(context, vector, rows, offset, interns)
      else this.#encodeFixed(context, vector, rows, offset, storage)
      for (let row = 0; row < rowCount; row++) {
        if (!isNullAt(context.memory, vector, row)) continue
        rows[row * width]! |= 1 << k
        rows.fill(0, row * width + offset, row * width + offset + wordsOf(storage, vector.type))
      }
    })
    return rows
  }

  #encodeFixed(context: QueryContext, vector: Vector, rows: Int32Array, offset: number, storage: Storage): void {
    const { i32, u8, f32, f64 } = context.memory
    const width = this.#width
    const { data, length } = flatten(context, vector)
    const words = wordsOf(storage, vector.type)
    for (let row = 0; row < length; row++) {
      const to = row * width + offset
      if (storage === 'i8') {
        rows[to] = u8[data + row]!
        continue
      }
      const from = (data >>> 2) + row * words
      for (let word = 0; word < words; word++) rows[to + word] = i32[from + word]!
      if (storage === 'f32' && Number.isNaN(f32[from])) rows[to] = 0x7fc0_0000
      if (storage === 'f64' && Number.isNaN(f64[from >>> 1])) {
        rows[to] = 0
        rows[to + 1] = 0x7ff8_0000
      }
    }
  }

  #encodeText(context: QueryContext, vector: Vector, rows: Int32Array, offset: number, interns: boolean): void {
    const { u32, i32, u8 } = context.memory
    const width = this.#width
    const numberAt = (data: number, row: number): number => {
      const at = (data >>> 2) + 2 * row
      const text = readLatin1(context.memory, u32[at]!, u32[at + 1]!)
      let number = this.#texts.get(text)
      if (number === undefined && interns) {
        number = this.#texts.size
        this.#texts.set(text, number)
      }
      return number ?? UNKNOWN_TEXT
    }
    if (vector.encoding === 'dictionary') {
      const numbers: number[] = []
      for (let row = 0; row < vector.length; row++) {
        if (vector.validity !== 0 && u8[vector.validity + row] === 0) continue
        const code = i32[(vector.data >>> 2) + row]!
        rows[row * width + offset] = numbers[code] ??= numberAt(vector.dictionary.data, code)
      }
      return
    }
    const { data, validity, length } = flatten(context, vector)
    for (let row = 0; row < length; row++) {
      if (validity === 0 || u8[validity + row] !== 0) rows[row * width + offset] = numberAt(data, row)
    }
  }

  /** Number of the key of row `row`; -1: not in the set. */
  #find(rows: Int32Array, row: number): number {
    const width = this.#width
    const start = row * width
    const mask = this.#slots.length - 1
    for (let slot = hash(rows, start, width) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot]! - 1
      if (number < 0) return -1
      let word = 0
      while (word < width && this.#keys[number * width + word] === rows[start + word]) word++
      if (word === width) return number
    }
  }

  #append(rows: Int32Array, row: number, file: number): void {
    const width = this.#width
    if (this.#count === this.#youngest.length) {
      this.#keys = twiceAsLong(this.#keys)
      this.#youngest = twiceAsLong(this.#youngest)
    }
    this.#youngest[this.#count] = file
    this.#keys.set(rows.subarray(row * width, (row + 1) * width), this.#count * width)
    this.#count++
    // At most half full, so that probe sequences stay short.
    if (this.#count * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2)
    else this.#place(this.#count - 1)
  }

  #rehash(slotCount: number): void {
    this.#slots = new Int32Array(slotCount)
    for (let number = 0; number < this.#count; number++) this.#place(number)
  }

  #place(number: number): void {
    const mask = this.#slots.length - 1
    let slot = hash(this.#keys, number * this.#width, this.#width) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = number + 1
  }
}

function twiceAsLong(words: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(words.length * 2)
  grown.set(words)
  return grown
}

/** Murmur3's mixing of each word. */
function hash(words: Int32Array, start: number, width: number): number {
  let h = 0x9747_b28c | 0
  for (let i = 0; i < width; i++) {
    let k = Math.imul(words[start + i]!, 0xcc9e_2d51)
    k = Math.imul((k << 15) | (k >>> 17), 0x1b87_3593)
    h ^= k
    h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe654_6b64
  }
  h ^= h >>> 16
  h = Math.imul(h, 0x85eb_ca6b)
  return h ^ (h >>> 13)
}
