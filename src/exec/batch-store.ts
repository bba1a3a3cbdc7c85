/**
 * Batches that outlive their pipeline: copied into segments of shared pages, readable by every thread, spillable to a file.
 *
 *   segment:  | column | column | dictionary | strings | column | ...      one run of pages; all addresses in it point into it
 *
 * A segment is the unit of freeing, of spilling and of reading back: because nothing in it points outside, moving it to another
 * address is adding one number to its addresses. A dictionary is copied once a segment, not once a batch; batches that use few
 * of a dictionary's values get the values instead.
 *
 * A stored batch is plain data (vectors with absolute addresses), so it can be posted to any thread of the engine.
 */
import { closeSync } from 'node:fs'
import { Arena } from '../core/arena.ts'
import { assert } from '../core/assert.ts'
import {
  type EngineMemory,
  type Pointer,
  PAGE_BYTES,
  allocatePages,
  freePages,
  runBytes,
  tryAllocatePages,
} from '../core/memory.ts'
import { storageOf, widthOf } from '../core/types.ts'
import type { Batch, DictionaryVector, FlatVector, Vector } from '../core/vector.ts'
import type { Kernels } from '../kernel/kernels.ts'
import { type Segment, createSpillFile, freeSegment, writeSegment } from './segment.ts'
import { narrowLists } from './stored-lists.ts'

/** Bytes behind a segment's contents that kernels may read or overwrite. */
const SLACK_BYTES = 64
/** Segments begin small, so that a small result takes one page, and double up to this. */
const SEGMENT_BYTES_MAX = 1 << 20
/** Every piece begins at a multiple of this. */
const ALIGN = 16

export interface StoreContext {
  readonly memory: EngineMemory
  readonly kernels: Kernels
  /** A fresh file, for stores that spill when full. */
  spillFile?(): string
}

/** Collects batches of one thread. */
export class BatchStore {
  readonly #context: StoreContext
  readonly #what: string
  readonly #whenFull: 'fail' | 'spill' | (() => void)
  readonly #segmentBytesMax: number
  /** For the length of one `append`. */
  readonly #scratch: Arena
  readonly #sealed: Segment[] = []
  #batches: Batch[] = []
  #rows = 0
  #start: Pointer = 0
  #position: Pointer = 0
  #end: Pointer = 0
  #nextBytes = PAGE_BYTES
  #inMemory = 0
  #rowCount = 0
  #spilledBytes = 0
  #dictionaries = new Map<FlatVector, FlatVector>()

  /**
   * @param what Names the user of the memory in out-of-memory errors.
   * @param whenFull What happens when no page is left: error 53200, or what is held goes to a file; then segments must
   *   be read through `loadSegment`. A function frees pages as it can, this store's too.
   * @param segmentBytesMax Segments grow up to this.
   */
  constructor(
    context: StoreContext,
    what: string,
    whenFull: 'fail' | 'spill' | (() => void) = 'fail',
    segmentBytesMax: number = SEGMENT_BYTES_MAX,
  ) {
    this.#context = context
    this.#what = what
    this.#whenFull = whenFull
    this.#segmentBytesMax = Math.min(SEGMENT_BYTES_MAX, segmentBytesMax)
    this.#scratch = new Arena(context.memory, what, PAGE_BYTES)
  }

  /** Rows of all segments. */
  get rowCount(): number {
    return this.#rowCount
  }

  /** Bytes of pages held, spilled segments not counted. */
  get byteCount(): number {
    return this.#inMemory
  }

  /** Bytes written to files so far. */
  get spilledBytes(): number {
    return this.#spilledBytes
  }

  /** Copies a batch; `columns` picks and orders its columns (all when absent). */
  append(batch: Batch, columns?: readonly number[]): void {
    const all = columns === undefined ? batch.columns : columns.map((column) => batch.columns[column]!)
    const vectors = all.map((vector) => narrowLists({ ...this.#context, arena: this.#scratch }, vector))
    if (this.#start === 0 || this.#position + this.#measureAll(vectors) + SLACK_BYTES > this.#end) {
      this.#seal()
      // Measured again: in a new segment no dictionary is there yet.
      this.#open(this.#measureAll(vectors) + SLACK_BYTES)
    }
    this.#batches.push({
      rowCount: batch.rowCount,
      columns: vectors.map((vector) => this.#copy(vector)),
    })
    this.#rows += batch.rowCount
    this.#rowCount += batch.rowCount
    this.#scratch.free()
  }

  /** All segments so far, oldest first; the store keeps owning them. */
  segments(): readonly Segment[] {
    this.#seal()
    return [...this.#sealed]
  }

  /** Hands all segments to the caller, who frees each with `freeSegment`; the store is empty afterwards. */
  detach(): readonly Segment[] {
    this.#seal()
    this.#inMemory = 0
    this.#rowCount = 0
    this.#nextBytes = PAGE_BYTES
    return this.#sealed.splice(0)
  }

  /** Moves every segment that is in memory to a new file and frees its pages. */
  spill(path: string): void {
    this.#seal()
    const file = createSpillFile(path)
    try {
      let offset = 0
      for (let i = 0; i < this.#sealed.length; i++) {
        const segment = this.#sealed[i]!
        if (segment.file !== null) continue
        writeSegment(file, this.#context.memory, segment, offset)
        freePages(this.#context.memory, segment.pointer)
        this.#sealed[i] = { ...segment, file: { path, offset } }
        offset += segment.byteCount
      }
      this.#spilledBytes += offset
    } finally {
      closeSync(file)
    }
    this.#inMemory = 0
  }

  /** Frees all pages. */
  free(): void {
    for (const segment of this.detach()) freeSegment(this.#context.memory, segment)
  }

  #open(byteCount: number): void {
    // Room for a few batches like this one: its dictionaries serve them all.
    const wanted = Math.max(byteCount, Math.min(4 * byteCount, this.#segmentBytesMax), this.#nextBytes)
    this.#nextBytes = Math.max(PAGE_BYTES, Math.min(this.#segmentBytesMax, this.#nextBytes * 2))
    const { memory } = this.#context
    this.#start = this.#allocate(byteCount, wanted)
    this.#position = this.#start
    const bytes = runBytes(memory, this.#start)
    this.#end = this.#start + bytes
    this.#inMemory += bytes
  }

  /** `wanted` bytes, or at least `byteCount`, if need be by spilling what is held. No segment is open meanwhile. */
  #allocate(byteCount: number, wanted: number): Pointer {
    const { memory } = this.#context
    const pointer = tryAllocatePages(memory, wanted) || tryAllocatePages(memory, byteCount)
    if (pointer !== 0) return pointer
    if (typeof this.#whenFull === 'function') this.#whenFull()
    const maySpill = this.#whenFull === 'spill' && this.#inMemory > 0
    const path = maySpill ? this.#context.spillFile?.() : undefined
    if (path !== undefined) this.spill(path)
    return allocatePages(memory, byteCount, this.#what)
  }

  #seal(): void {
    if (this.#start === 0) return
    this.#sealed.push({
      pointer: this.#start,
      byteCount: this.#position - this.#start,
      rowCount: this.#rows,
      batches: this.#batches,
      file: null,
    })
    this.#start = 0
    this.#position = 0
    this.#end = 0
    this.#batches = []
    this.#rows = 0
    this.#dictionaries.clear()
  }

  #take(byteCount: number): Pointer {
    const pointer = this.#position
    this.#position += align(byteCount)
    assert(this.#position + SLACK_BYTES <= this.#end, 'a stored batch is larger than measured')
    return pointer
  }

  /** Whether a vector stays codes: its dictionary is here already, or is not much larger than the rows. */
  #keepsCodes({ dictionary, length }: DictionaryVector): boolean {
    return this.#dictionaries.has(dictionary) || dictionary.length <= 2 * length || dictionary.children.length > 0
  }

  #measureAll(vectors: readonly Vector[]): number {
    let bytes = 0
    for (const vector of vectors) bytes += this.#measure(vector)
    return bytes
  }

  #measure(vector: Vector): number {
    const storage = storageOf(vector.type)
    switch (vector.encoding) {
      case 'constant':
        return this.#measureFlat(vector.type, vector.data, 0, vector.isNull ? 0 : 1, vector.children)
      case 'dictionary': {
        const { dictionary, length } = vector
        const validity = vector.validity === 0 ? 0 : align(length)
        if (!this.#keepsCodes(vector)) {
          return validity + align(length * widthOf(storage)) + this.#codeBytes(vector)
        }
        const own = this.#dictionaries.has(dictionary) ? 0 : this.#measure(dictionary)
        return validity + align(length * 4) + own
      }
      case 'flat':
        return this.#measureFlat(vector.type, vector.data, vector.validity, vector.length, vector.children)
    }
  }

  #measureFlat(
    type: Vector['type'],
    data: Pointer,
    validity: Pointer,
    length: number,
    children: readonly Vector[],
  ): number {
    const storage = storageOf(type)
    let bytes = align(length * widthOf(storage)) + (validity === 0 ? 0 : align(length))
    if (storage === 'bytes') bytes += align(this.#context.kernels.store.sumLengths(data, validity, length))
    for (const child of children) bytes += this.#measure(child)
    return bytes
  }

  #copy(vector: Vector): Vector {
    switch (vector.encoding) {
      case 'constant':
        return this.#copyConstant(vector)
      case 'flat':
        return this.#copyFlat(vector)
      case 'dictionary':
        return this.#keepsCodes(vector) ? this.#copyDictionary(vector) : this.#copyExpanded(vector)
    }
  }

  #copyConstant(vector: Vector & { encoding: 'constant' }): Vector {
    const { type, length, isNull } = vector
    if (isNull) return { encoding: 'constant', type, length, data: 0, isNull, children: [] }
    const one: FlatVector = {
      encoding: 'flat',
      type,
      length: 1,
      data: vector.data,
      validity: 0,
      children: vector.children,
    }
    const { data, children } = this.#copyFlat(one)
    return { encoding: 'constant', type, length, data, isNull, children }
  }

  #copyFlat(vector: FlatVector): FlatVector {
    const { type, length } = vector
    const storage = storageOf(type)
    const width = widthOf(storage)
    const validity = this.#copyValidity(vector.validity, length)
    const data = width === 0 ? 0 : this.#take(length * width)
    if (storage === 'bytes') {
      this.#copyStrings(vector.data, vector.validity, length, data)
    } else if (width > 0) {
      this.#context.memory.bulk.copyWithin(data, vector.data, vector.data + length * width)
    }
    const children = vector.children.map((child) => this.#copy(child))
    return { encoding: 'flat', type, length, data, validity, children }
  }

  #copyStrings(views: Pointer, validity: Pointer, length: number, out: Pointer): void {
    // The position is aligned; the strings follow it and leave it aligned again.
    const end = this.#context.kernels.store.copyStrings(views, validity, length, out, this.#position) >>> 0
    this.#position = align(end)
    assert(this.#position + SLACK_BYTES <= this.#end, 'stored strings are larger than measured')
  }

  #copyValidity(validity: Pointer, length: number): Pointer {
    if (validity === 0) return 0
    const copy = this.#take(length)
    this.#context.memory.bulk.copyWithin(copy, validity, validity + length)
    return copy
  }

  #copyDictionary(vector: DictionaryVector): Vector {
    const { type, length } = vector
    let dictionary = this.#dictionaries.get(vector.dictionary)
    if (dictionary === undefined) {
      dictionary = this.#copyFlat(vector.dictionary)
      this.#dictionaries.set(vector.dictionary, dictionary)
    }
    const validity = this.#copyValidity(vector.validity, length)
    const data = this.#take(length * 4)
    this.#context.memory.bulk.copyWithin(data, vector.data, vector.data + length * 4)
    return { encoding: 'dictionary', type, length, data, validity, dictionary }
  }

  /** Bytes of strings that the codes of a vector refer to. */
  #codeBytes({ type, data, validity, length, dictionary }: DictionaryVector): number {
    if (storageOf(type) !== 'bytes') return 0
    const { i32, u32, u8 } = this.#context.memory
    let bytes = 0
    for (let i = 0; i < length; i++) {
      if (validity !== 0 && u8[validity + i] === 0) continue
      bytes += u32[(dictionary.data >>> 2) + 2 * i32[(data >>> 2) + i]! + 1]!
    }
    return align(bytes)
  }

  /** Few rows of a large dictionary: fetches values, word by word, then copies strings in place. */
  #copyExpanded(vector: DictionaryVector): FlatVector {
    const { type, length, dictionary } = vector
    const { i32, u32, u8 } = this.#context.memory
    const storage = storageOf(type)
    const width = widthOf(storage)
    const validity = this.#copyValidity(vector.validity, length)
    const data = this.#take(length * width)
    const codes = vector.data >>> 2
    for (let i = 0; i < length; i++) {
      const isNull = vector.validity !== 0 && u8[vector.validity + i] === 0
      const from = dictionary.data + (isNull ? 0 : i32[codes + i]! * width)
      if (width === 1) u8[data + i] = u8[from]!
      else for (let k = 0; k < width; k += 4) u32[(data + i * width + k) >>> 2] = u32[(from + k) >>> 2]!
    }
    if (storage === 'bytes') this.#copyStrings(data, validity, length, data)
    return { encoding: 'flat', type, length, data, validity, children: [] }
  }
}

function align(byteCount: number): number {
  return Math.ceil(byteCount / ALIGN) * ALIGN
}
