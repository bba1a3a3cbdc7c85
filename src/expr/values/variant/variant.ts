/**
 * Variant values: semi-structured data in a binary form of two parts, which the engine keeps one behind the other.
 *
 *   metadata   header (version 1, size of offsets) | count | count + 1 offsets | names, UTF-8
 *   value      header: basic type in the low 2 bits, the rest by basic type
 *              0 primitive     type in 6 bits, then its bytes, little-endian
 *              1 short string  length in 6 bits, then UTF-8
 *              2 object        count | field ids (into the metadata's names) | count + 1 offsets | values
 *              3 array         count | count + 1 offsets | values
 *
 * Everything is untrusted: each offset is checked against the bytes before it is followed, and nesting is bounded.
 *
 * Spec: Apache Parquet, VariantEncoding.md.
 */
import { type DataError, corrupt } from '../../../core/errors.ts'

/** Values within values: deeper ones are refused. */
export const VARIANT_DEPTH_MAX = 200

export type VariantNode =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** `byteCount`: 1, 2, 4 or 8. */
  | { readonly kind: 'integer'; readonly value: bigint; readonly byteCount: number }
  | { readonly kind: 'float' | 'double'; readonly value: number }
  | { readonly kind: 'decimal'; readonly unscaled: bigint; readonly scale: number }
  /** Days since 1970. */
  | { readonly kind: 'date'; readonly value: number }
  /** Microseconds of the day. */
  | { readonly kind: 'time'; readonly value: bigint }
  | { readonly kind: 'timestamp'; readonly value: bigint; readonly unit: 'us' | 'ns'; readonly zone: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'binary' | 'uuid'; readonly value: Uint8Array }
  /** Fields in the order of their names; `at` is where the value begins. */
  | { readonly kind: 'object'; readonly fields: readonly { readonly name: string; readonly at: number }[] }
  | { readonly kind: 'array'; readonly items: readonly number[] }

const utf8 = new TextDecoder()

export class Variant {
  readonly bytes: Uint8Array
  readonly #view: DataView
  readonly #names: NameTable
  /** Where the value begins. */
  readonly root: number

  /** Metadata and value, one behind the other. XX001 for damaged bytes. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#names = readNames(bytes)
    this.root = this.#names.end
  }

  /** The value that begins at `at`. */
  node(at: number): VariantNode {
    const header = this.#byte(at)
    switch (header & 3) {
      case 0:
        return this.#primitive(header >> 2, at + 1)
      case 1:
        return { kind: 'string', value: utf8.decode(this.#slice(at + 1, header >> 2)) }
      case 2:
        return this.#object(header >> 2, at + 1)
      default:
        return this.#array(header >> 2, at + 1)
    }
  }

  /** The bytes of the value that begins at `at`: they go with this variant's metadata. */
  valueBytes(at: number): Uint8Array {
    return this.bytes.subarray(at, this.#end(at))
  }

  get metadata(): Uint8Array {
    return this.bytes.subarray(0, this.root)
  }

  #primitive(type: number, at: number): VariantNode {
    const view = this.#view
    this.#slice(at, PRIMITIVE_BYTES[type] ?? 0)
    switch (type) {
      case 0:
        return { kind: 'null' }
      case 1:
      case 2:
        return { kind: 'boolean', value: type === 1 }
      case 3:
        return { kind: 'integer', value: BigInt(view.getInt8(at)), byteCount: 1 }
      case 4:
        return { kind: 'integer', value: BigInt(view.getInt16(at, true)), byteCount: 2 }
      case 5:
        return { kind: 'integer', value: BigInt(view.getInt32(at, true)), byteCount: 4 }
      case 6:
        return { kind: 'integer', value: view.getBigInt64(at, true), byteCount: 8 }
      case 7:
        return { kind: 'double', value: view.getFloat64(at, true) }
      case 8:
        return this.#decimal(BigInt(view.getInt32(at + 1, true)), at)
      case 9:
        return this.#decimal(view.getBigInt64(at + 1, true), at)
      case 10:
        return this.#decimal(view.getBigUint64(at + 1, true) + (view.getBigInt64(at + 9, true) << 64n), at)
      case 11:
        return { kind: 'date', value: view.getInt32(at, true) }
      case 12:
      case 13:
      case 18:
      case 19: {
        const zone = type === 12 || type === 18
        return { kind: 'timestamp', value: view.getBigInt64(at, true), unit: type < 18 ? 'us' : 'ns', zone }
      }
      case 14:
        return { kind: 'float', value: view.getFloat32(at, true) }
      case 15:
        return { kind: 'binary', value: this.#slice(at + 4, view.getUint32(at, true)) }
      case 16:
        return { kind: 'string', value: utf8.decode(this.#slice(at + 4, view.getUint32(at, true))) }
      case 17:
        return { kind: 'time', value: view.getBigInt64(at, true) }
      case 20:
        return { kind: 'uuid', value: this.#slice(at, 16) }
      default:
        throw damaged(`unknown primitive type ${type}`)
    }
  }

  #decimal(unscaled: bigint, at: number): VariantNode {
    const scale = this.#byte(at)
    if (scale > 38) throw damaged(`a decimal of scale ${scale}`)
    return { kind: 'decimal', unscaled, scale }
  }

  #object(header: number, at: number): VariantNode {
    const offsetSize = (header & 3) + 1
    const idSize = ((header >> 2) & 3) + 1
    const countSize = (header & 16) === 0 ? 1 : 4
    const count = this.#unsigned(at, countSize)
    const ids = at + countSize
    const offsets = ids + count * idSize
    const values = offsets + (count + 1) * offsetSize
    this.#slice(ids, values - ids)
    const fields = Array.from({ length: count }, (_, i) => ({
      name: this.#names.nameAt(this.#unsigned(ids + i * idSize, idSize)),
      at: values + this.#unsigned(offsets + i * offsetSize, offsetSize),
    }))
    return { kind: 'object', fields }
  }

  #array(header: number, at: number): VariantNode {
    const offsetSize = (header & 3) + 1
    const countSize = (header & 4) === 0 ? 1 : 4
    const count = this.#unsigned(at, countSize)
    const offsets = at + countSize
    const values = offsets + (count + 1) * offsetSize
    this.#slice(offsets, values - offsets)
    const items = Array.from({ length: count }, (_, i) => values + this.#unsigned(offsets + i * offsetSize, offsetSize))
    return { kind: 'array', items }
  }

  /** Behind the last byte of the value at `at`. */
  #end(at: number): number {
    const header = this.#byte(at)
    const rest = header >> 2
    switch (header & 3) {
      case 0: {
        const size = PRIMITIVE_BYTES[rest]
        if (size === undefined) throw damaged(`unknown primitive type ${rest}`)
        const isSized = rest === 15 || rest === 16
        const end = at + 1 + size + (isSized ? this.#unsigned(at + 1, 4) : 0)
        this.#slice(at, end - at)
        return end
      }
      case 1:
        this.#slice(at + 1, rest)
        return at + 1 + rest
      default: {
        const isObject = (header & 3) === 2
        const offsetSize = (rest & 3) + 1
        const idSize = isObject ? ((rest >> 2) & 3) + 1 : 0
        const countSize = (rest & (isObject ? 16 : 4)) === 0 ? 1 : 4
        const count = this.#unsigned(at + 1, countSize)
        const offsets = at + 1 + countSize + count * idSize
        const end = offsets + (count + 1) * offsetSize + this.#unsigned(offsets + count * offsetSize, offsetSize)
        this.#slice(at, end - at)
        return end
      }
    }
  }

  #byte(at: number): number {
    const byte = this.bytes[at]
    if (byte === undefined) throw damaged(`its bytes end at ${this.bytes.length}, before byte ${at}`)
    return byte
  }

  #unsigned(at: number, size: number): number {
    this.#slice(at, size)
    return unsignedAt(this.bytes, at, size)
  }

  #slice(at: number, byteCount: number): Uint8Array {
    if (at + byteCount > this.bytes.length) {
      throw damaged(`its bytes end at ${this.bytes.length}, before byte ${at + byteCount}`)
    }
    return this.bytes.subarray(at, at + byteCount)
  }
}

/** Bytes of each primitive type; of binary and string those of the length. */
const PRIMITIVE_BYTES = [0, 0, 0, 1, 2, 4, 8, 8, 5, 9, 17, 4, 8, 8, 4, 4, 4, 8, 8, 8, 16]

/** The names of a metadata part. */
export interface NameTable {
  readonly count: number
  /** Behind its last byte. */
  readonly end: number
  nameAt(id: number): string
}

/** The metadata at the beginning of `bytes`; XX001 for damaged ones. */
export function readNames(bytes: Uint8Array): NameTable {
  const header = bytes[0]
  if (header === undefined || (header & 15) !== 1) throw damaged('its metadata is not of version 1')
  const size = (header >> 6) + 1
  if (1 + size > bytes.length) throw damaged('its metadata is cut')
  const count = unsignedAt(bytes, 1, size)
  const offsets = 1 + size
  const names = offsets + (count + 1) * size
  if (names > bytes.length) throw damaged('its metadata is cut')
  const end = names + unsignedAt(bytes, offsets + count * size, size)
  if (end > bytes.length) throw damaged('its metadata is cut')
  const nameAt = (id: number): string => {
    if (id >= count) throw damaged(`name ${id} of ${count}`)
    const from = names + unsignedAt(bytes, offsets + id * size, size)
    const to = names + unsignedAt(bytes, offsets + (id + 1) * size, size)
    if (from > to || to > end) throw damaged(`name ${id} lies outside the metadata`)
    return utf8.decode(bytes.subarray(from, to))
  }
  return { count, end, nameAt }
}

function unsignedAt(bytes: Uint8Array, at: number, size: number): number {
  let value = 0
  for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!
  return value
}

function damaged(what: string): DataError {
  return corrupt('a variant value', what)
}
