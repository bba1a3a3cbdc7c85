/**
 * Thrift's compact protocol, as far as Parquet's metadata needs it.
 *
 *   struct := field*, 0      field := delta << 4 | type (delta 0: zigzag varint of the field id follows), value
 *   list   := count << 4 | type (count 15: varint follows), elements
 *   i16, i32, i64 := zigzag varint      binary := varint length, bytes      bool := in the type, or one byte in lists
 *
 * The bytes are untrusted: every read is checked against the end, recursion and list lengths are bounded.
 * Errors are ThriftError; the caller knows the file and the offset and wraps them.
 *
 * Spec: apache/thrift, doc/specs/thrift-compact-protocol.md.
 */

/** Wire types. */
import { isUtf8 } from 'node:buffer'
export const TYPE_TRUE = 1
export const TYPE_FALSE = 2
export const TYPE_I32 = 5
export const TYPE_I64 = 6
export const TYPE_BINARY = 8
export const TYPE_LIST = 9
export const TYPE_STRUCT = 12

/** Structs within structs: Parquet's own nest 6 deep. */
const DEPTH_MAX = 32

/** What is wrong with the bytes, and where; `truncated` when only bytes are missing. */
export class ThriftError extends Error {
  readonly offset: number
  readonly truncated: boolean

  constructor(message: string, offset: number, truncated: boolean) {
    super(message)
    this.offset = offset
    this.truncated = truncated
  }
}

/** Reads values one after another; `position` is the next byte. */
export class ThriftReader {
  readonly bytes: Uint8Array
  position: number
  readonly end: number
  /** Type of the field that `nextField` found. */
  fieldType = 0
  /** Number of the field that `nextField` found; set it to 0 before the first field of a struct (`beginStruct`). */
  fieldId = 0

  constructor(bytes: Uint8Array, position = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.position = position
    this.end = end
  }

  /** Starts reading a struct's fields; returns the enclosing struct's field id for `endStruct`. */
  beginStruct(): number {
    const outer = this.fieldId
    this.fieldId = 0
    return outer
  }

  endStruct(outer: number): void {
    this.fieldId = outer
  }

  /** Moves to the struct's next field; false at its end. */
  nextField(): boolean {
    const byte = this.#byte()
    if (byte === 0) return false
    this.fieldType = byte & 15
    const delta = byte >> 4
    this.fieldId = delta === 0 ? this.readInt() : this.fieldId + delta
    return true
  }

  /** A bool field's value is its type. */
  readBool(): boolean {
    if (this.fieldType !== TYPE_TRUE && this.fieldType !== TYPE_FALSE) {
      throw this.#malformed(`expected a boolean, found type ${this.fieldType}`)
    }
    return this.fieldType === TYPE_TRUE
  }

  /** An i16, i32 or i64; error when it is not a safe integer. */
  readInt(): number {
    const value = this.#varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** An integer in [0, 2^31): counts and sizes. */
  readCount(): number {
    const value = this.readInt()
    if (value < 0 || value > 0x7fff_ffff) throw this.#malformed(`${value} is not a count`)
    return value
  }

  /** An integer in [0, 2^53): offsets and long counts. */
  readOffset(): number {
    const value = this.readInt()
    if (value < 0) throw this.#malformed(`${value} is not an offset`)
    return value
  }

  /** A view of the bytes. */
  readBinary(): Uint8Array {
    const length = this.#varint()
    if (length > this.end - this.position) throw this.#truncated()
    const start = this.position
    this.position += length
    return this.bytes.subarray(start, this.position)
  }

  readString(): string {
    return Buffer.from(this.readBinary()).toString('utf8')
  }

  /** A text that must be UTF-8. */
  readName(): string {
    const bytes = this.readBinary()
    if (!isUtf8(bytes)) throw this.#malformed('a name is not UTF-8')
    return Buffer.from(bytes).toString('utf8')
  }

  /** Reads a list's header: how many elements follow. Every element takes a byte or more, which bounds the count. */
  readListHeader(elementType: number): number {
    const header = this.#byte()
    let count = header >> 4
    if (count === 15) count = this.#varint()
    if (count > this.end - this.position) throw this.#truncated()
    const type = header & 15
    const same = type === elementType || (type <= TYPE_FALSE && elementType <= TYPE_FALSE)
    if (count > 0 && !same) throw this.#malformed(`expected a list of type ${elementType}, found ${type}`)
    return count
  }

  /** The element of a list of booleans. */
  readBoolElement(): boolean {
    return this.#byte() === TYPE_TRUE
  }

  /** Error unless the current field has the type. */
  expect(type: number): void {
    if (this.fieldType !== type)
      throw this.#malformed(`expected type ${type} in field ${this.fieldId}, found ${this.fieldType}`)
  }

  /** Passes the current field over. */
  skipField(): void {
    this.#skip(this.fieldType, 0)
  }

  /** Passes a struct over, from its first field on. */
  skipStruct(): void {
    this.#skip(TYPE_STRUCT, 0)
  }

  #skip(type: number, depth: number): void {
    if (depth > DEPTH_MAX) throw this.#malformed('nested too deep')
    switch (type) {
      case 0:
      case TYPE_TRUE:
      case TYPE_FALSE:
        return
      case 3:
        this.#advance(1)
        return
      case 4:
      case TYPE_I32:
      case TYPE_I64:
        this.#skipVarint()
        return
      case 7:
        this.#advance(8)
        return
      case TYPE_BINARY:
        this.#advance(this.#varint())
        return
      case TYPE_LIST:
      case 10:
        this.#skipList(depth)
        return
      case 11:
        this.#skipMap(depth)
        return
      case TYPE_STRUCT:
        for (;;) {
          const header = this.#byte()
          if (header === 0) return
          if (header >> 4 === 0) this.#skipVarint()
          this.#skip(header & 15, depth + 1)
        }
      case 13:
        this.#advance(16)
        return
      default:
        throw this.#malformed(`unknown type ${type}`)
    }
  }

  #skipList(depth: number): void {
    const header = this.#byte()
    let count = header >> 4
    if (count === 15) count = this.#varint()
    const type = header & 15
    if (count > this.end - this.position) throw this.#truncated()
    // Booleans have a byte each here, while as fields they have none.
    if (type <= TYPE_FALSE) this.#advance(count)
    else for (let i = 0; i < count; i++) this.#skip(type, depth + 1)
  }

  #skipMap(depth: number): void {
    const count = this.#varint()
    if (count === 0) return
    if (count > this.end - this.position) throw this.#truncated()
    const types = this.#byte()
    for (let i = 0; i < count; i++) {
      for (const type of [types >> 4, types & 15]) {
        if (type <= TYPE_FALSE) this.#advance(1)
        else this.#skip(type, depth + 1)
      }
    }
  }

  #advance(count: number): void {
    if (count > this.end - this.position) throw this.#truncated()
    this.position += count
  }

  #byte(): number {
    if (this.position >= this.end) throw this.#truncated()
    return this.bytes[this.position++]!
  }

  #skipVarint(): void {
    for (let i = 0; i < 10; i++) if (this.#byte() < 128) return
    throw this.#malformed('an integer is longer than 10 bytes')
  }

  #varint(): number {
    let value = this.#byte()
    if (value < 128) return value
    value &= 127
    for (let factor = 128; factor <= 2 ** 49; factor *= 128) {
      const byte = this.#byte()
      value += (byte & 127) * factor
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
    }
    throw this.#malformed('an integer is out of range')
  }

  #truncated(): ThriftError {
    return new ThriftError('the structure ends unexpectedly', this.position, true)
  }

  #malformed(message: string): ThriftError {
    return new ThriftError(message, this.position, false)
  }
}
