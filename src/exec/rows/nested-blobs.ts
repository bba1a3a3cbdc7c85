/**
 * Lists, maps and structs as strings of bytes: the form in which rows hold them.
 *
 *   values(n) := n validity bytes, then
 *     fixed width:  n values                      NULLs are zeros
 *     strings:      n u32 lengths, the bytes
 *     list, map:    n u32 lengths, then values(length) of each child, list by list
 *     struct:       values(n) of each field
 *   blob := values(1), without its validity byte
 *
 * This is the slow path of rare columns: it goes value by value in JavaScript. Strings of a decoded vector lie in the blobs.
 */
import { InternalError } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { BYTEA, type DataType, type Storage, storageOf, widthOf } from '../../core/types.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import { flattenVector } from '../../expr/gather.ts'
import { type VectorContext, flatVector } from './vectors.ts'

type BlobContext = VectorContext & Parameters<typeof flattenVector>[0]

/** Whether rows hold values of the storage as blobs. */
export function isNested(type: DataType): boolean {
  const storage = storageOf(type)
  return storage === 'list' || storage === 'struct'
}

/**
 * The values of a nested vector as bytea values, NULL for NULL. `asKeys`: floats in normal form, so that blobs are equal where
 * values are.
 */
export function encodeNested(
  context: BlobContext,
  vector: Vector,
  { asKeys }: { readonly asKeys: boolean },
): FlatVector {
  const { arena, memory } = context
  const encoder = new BlobEncoder(context, asKeys)
  const flat = encoder.flat(vector)
  const { length, validity } = flat
  const views = arena.allocateZeroed(length * 8)
  const ends: number[] = []
  for (let row = 0; row < length; row++) {
    if (validity === 0 || memory.u8[validity + row] === 1) encoder.values(flat, [row])
    ends.push(encoder.length)
  }
  const bytes = arena.allocate(encoder.length)
  encoder.copyTo(bytes)
  ends.forEach((end, row) => {
    const start = row === 0 ? 0 : ends[row - 1]!
    memory.u32[(views >>> 2) + row * 2] = bytes + start
    memory.u32[(views >>> 2) + row * 2 + 1] = end - start
  })
  return flatVector(BYTEA, length, views, validity)
}

/** Fields or elements of a type, in the order of a vector's children. */
function childTypes(type: DataType): readonly DataType[] {
  if (type.kind === 'struct') return type.fields.map((field) => field.type)
  if (type.kind === 'list') return [type.element.type]
  return type.kind === 'map' ? [type.key.type, type.value.type] : []
}

class BlobEncoder {
  readonly #context: BlobContext
  readonly #asKeys: boolean
  readonly #flat = new Map<Vector, FlatVector>()
  #bytes = new Uint8Array(4096)
  #view = new DataView(this.#bytes.buffer)
  length = 0

  constructor(context: BlobContext, asKeys: boolean) {
    this.#context = context
    this.#asKeys = asKeys
  }

  /** The vector with one value a row; made once. */
  flat(vector: Vector): FlatVector {
    let flat = this.#flat.get(vector)
    if (flat === undefined) this.#flat.set(vector, (flat = flattenVector(this.#context, vector)))
    return flat
  }

  copyTo(pointer: Pointer): void {
    this.#context.memory.u8.set(this.#bytes.subarray(0, this.length), pointer)
  }

  /** The values of rows that are not NULL, or whose NULLs were written. */
  values(vector: FlatVector, rows: readonly number[]): void {
    const storage = storageOf(vector.type)
    switch (storage) {
      case 'bytes':
        return this.#strings(vector, rows)
      case 'list':
        return this.#lists(vector, rows)
      case 'struct':
        for (const child of vector.children) this.#withValidity(this.flat(child), rows, vector)
        return
      default:
        this.#fixed(vector, storage, rows)
    }
  }

  #withValidity(vector: FlatVector, rows: readonly number[], parent: FlatVector | null): void {
    for (const row of rows) {
      const hidden = parent !== null && this.#isNull(parent, row)
      this.#byte(hidden || this.#isNull(vector, row) ? 0 : 1)
    }
    this.values(vector, rows)
  }

  #isNull({ validity }: FlatVector, row: number): boolean {
    return validity !== 0 && this.#context.memory.u8[validity + row] === 0
  }

  #fixed(vector: FlatVector, storage: Storage, rows: readonly number[]): void {
    const width = widthOf(storage)
    const { u8 } = this.#context.memory
    for (const row of rows) {
      this.#reserve(width)
      const at = vector.data + row * width
      if (this.#isNull(vector, row)) this.#bytes.fill(0, this.length, this.length + width)
      else this.#bytes.set(u8.subarray(at, at + width), this.length)
      if (this.#asKeys) this.#normalise(storage)
      this.length += width
    }
  }

  /** One zero and one NaN for the float at the end. */
  #normalise(storage: Storage): void {
    if (storage === 'f32') {
      const value = this.#view.getFloat32(this.length, true)
      this.#view.setFloat32(this.length, Number.isNaN(value) ? Number.NaN : value + 0, true)
    } else if (storage === 'f64') {
      const value = this.#view.getFloat64(this.length, true)
      this.#view.setFloat64(this.length, Number.isNaN(value) ? Number.NaN : value + 0, true)
    }
  }

  #strings(vector: FlatVector, rows: readonly number[]): void {
    const { u8, u32 } = this.#context.memory
    const lengthOf = (row: number): number => (this.#isNull(vector, row) ? 0 : u32[(vector.data >>> 2) + row * 2 + 1]!)
    for (const row of rows) this.#word(lengthOf(row))
    for (const row of rows) {
      const length = lengthOf(row)
      const at = u32[(vector.data >>> 2) + row * 2]!
      this.#reserve(length)
      this.#bytes.set(u8.subarray(at, at + length), this.length)
      this.length += length
    }
  }

  #lists(vector: FlatVector, rows: readonly number[]): void {
    const { u32 } = this.#context.memory
    const lengthOf = (row: number): number => (this.#isNull(vector, row) ? 0 : u32[(vector.data >>> 2) + row * 2 + 1]!)
    for (const row of rows) this.#word(lengthOf(row))
    for (const row of rows) {
      const first = u32[(vector.data >>> 2) + row * 2]!
      const elements = Array.from({ length: lengthOf(row) }, (_, i) => first + i)
      for (const child of vector.children) this.#withValidity(this.flat(child), elements, null)
    }
  }

  #byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.length++] = value
  }

  #word(value: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.length, value, true)
    this.length += 4
  }

  #reserve(byteCount: number): void {
    if (this.length + byteCount <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + byteCount))
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

/** The nested vector whose values `encodeNested` made `blobs` of. */
export function decodeNested(context: VectorContext, type: DataType, blobs: FlatVector): FlatVector {
  const { memory } = context
  const { u32, u8 } = memory
  const column = new ColumnDecoder(context, type)
  for (let row = 0; row < blobs.length; row++) {
    if (blobs.validity !== 0 && u8[blobs.validity + row] === 0) {
      column.addNull()
      continue
    }
    const cursor = { at: u32[(blobs.data >>> 2) + row * 2]! }
    column.read(cursor, [1])
  }
  return column.finish()
}

interface Cursor {
  at: Pointer
}

/** Gathers the values of one node of a nested type. */
class ColumnDecoder {
  readonly #context: VectorContext
  readonly #type: DataType
  readonly #storage: Storage
  readonly #children: readonly ColumnDecoder[]
  readonly #validity: number[] = []
  /** Values of fixed width; of strings and lists, pairs of u32. */
  #bytes = new Uint8Array(1024)
  #length = 0

  constructor(context: VectorContext, type: DataType) {
    this.#context = context
    this.#type = type
    this.#storage = storageOf(type)
    this.#children = childTypes(type).map((child) => new ColumnDecoder(context, child))
  }

  get rowCount(): number {
    return this.#validity.length
  }

  addNull(): void {
    this.#validity.push(0)
    this.#reserve(widthOf(this.#storage))
    this.#bytes.fill(0, this.#length, this.#length + widthOf(this.#storage))
    this.#length += widthOf(this.#storage)
    if (this.#storage === 'struct') for (const child of this.#children) child.addNull()
  }

  /** values(n) without its validity bytes, which are given. */
  read(cursor: Cursor, validity: readonly number[]): void {
    this.#validity.push(...validity)
    const count = validity.length
    switch (this.#storage) {
      case 'bytes': {
        const lengths = this.#words(cursor, count)
        for (const length of lengths) {
          this.#pair(cursor.at, length)
          cursor.at += length
        }
        return
      }
      case 'list': {
        const lengths = this.#words(cursor, count)
        for (const length of lengths) {
          this.#pair(this.#children[0]!.rowCount, length)
          for (const child of this.#children) child.readWithValidity(cursor, length)
        }
        return
      }
      case 'struct':
        for (const child of this.#children) child.readWithValidity(cursor, count)
        return
      default: {
        const byteCount = count * widthOf(this.#storage)
        this.#reserve(byteCount)
        this.#bytes.set(this.#context.memory.u8.subarray(cursor.at, cursor.at + byteCount), this.#length)
        this.#length += byteCount
        cursor.at += byteCount
      }
    }
  }

  readWithValidity(cursor: Cursor, count: number): void {
    const validity = [...this.#context.memory.u8.subarray(cursor.at, cursor.at + count)]
    cursor.at += count
    this.read(cursor, validity)
  }

  #words(cursor: Cursor, count: number): number[] {
    const { u8 } = this.#context.memory
    const words: number[] = []
    for (let i = 0; i < count; i++, cursor.at += 4) {
      const p = cursor.at
      words.push((u8[p]! | (u8[p + 1]! << 8) | (u8[p + 2]! << 16) | (u8[p + 3]! << 24)) >>> 0)
    }
    return words
  }

  #pair(first: number, second: number): void {
    this.#reserve(8)
    const view = new DataView(this.#bytes.buffer)
    view.setUint32(this.#length, first, true)
    view.setUint32(this.#length + 4, second, true)
    this.#length += 8
  }

  #reserve(byteCount: number): void {
    if (this.#length + byteCount <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + byteCount))
    larger.set(this.#bytes)
    this.#bytes = larger
  }

  finish(): FlatVector {
    const { arena, memory } = this.#context
    const length = this.rowCount
    if (this.#length !== length * widthOf(this.#storage)) throw new InternalError('a nested value was read wrongly')
    const data = this.#storage === 'struct' ? 0 : arena.allocate(this.#length)
    if (data !== 0) memory.u8.set(this.#bytes.subarray(0, this.#length), data)
    let validity: Pointer = 0
    if (this.#validity.includes(0)) {
      validity = arena.allocate(length)
      memory.u8.set(this.#validity, validity)
    }
    const children = this.#children.map((child) => child.finish())
    return { encoding: 'flat', type: this.#type, length, data, validity, children }
  }
}
