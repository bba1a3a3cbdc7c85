/**
 * Avro's binary encoding, read value by value from a block of bytes. Every read checks that the bytes are there.
 *
 * Spec: Apache Avro 1.12, "Binary Encoding". Integers are zig-zag varints, at most 5 bytes (int) or 10 bytes (long).
 */
import { type DataError, corrupt } from '../../core/errors.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Items of an array or map that take no bytes (nulls, empty records): more is an attack, not data. */
const EMPTY_ITEMS_MAX = 1 << 20

export class AvroCursor {
  readonly bytes: Uint8Array
  readonly #view: DataView
  readonly #file: string
  position = 0
  /** Records, arrays and maps that are open. */
  depth = 0

  /** `file` names the source in errors. */
  constructor(bytes: Uint8Array, file: string) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#file = file
  }

  get remaining(): number {
    return this.bytes.length - this.position
  }

  boolean(): boolean {
    const byte = this.bytes[this.#take(1)]!
    if (byte > 1) throw this.error(`boolean is ${byte}`)
    return byte === 1
  }

  int(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.#take(1)]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw this.error('int is longer than 5 bytes')
  }

  long(): bigint {
    // Four bytes hold 28 bits: most longs need no bigint arithmetic but the last conversion.
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.bytes[this.#take(1)]!
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return BigInt((low >>> 1) ^ -(low & 1))
    }
    let value = BigInt(low)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.#take(1)]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        value = BigInt.asUintN(64, value)
        return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
      }
    }
    throw this.error('long is longer than 10 bytes')
  }

  /** A long that counts or measures: not negative and exact as a number. */
  count(what: string): number {
    const value = Number(this.long())
    if (value < 0 || !Number.isSafeInteger(value)) throw this.error(`${what} is ${value}`)
    return value
  }

  float(): number {
    return this.#view.getFloat32(this.#take(4), true)
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  /** A copy: the block's bytes are free to go. */
  fixed(size: number): Uint8Array {
    const start = this.#take(size)
    return this.bytes.slice(start, start + size)
  }

  bytesValue(): Uint8Array {
    return this.fixed(this.count('length of bytes'))
  }

  string(): string {
    const length = this.count('length of a string')
    const start = this.#take(length)
    try {
      return utf8.decode(this.bytes.subarray(start, start + length))
    } catch {
      throw this.error('string is not UTF-8')
    }
  }

  skip(byteCount: number): void {
    this.#take(byteCount)
  }

  /**
   * Calls `item` for each item of an array or map. `itemBytesMin` is the least that an item takes: a count that the bytes left can't hold
   * is refused before anything is allocated for it.
   */
  items(itemBytesMin: number, item: () => void): void {
    for (;;) {
      const count = this.#blockCount().count
      if (count === 0) return
      const most = itemBytesMin === 0 ? EMPTY_ITEMS_MAX : this.remaining / itemBytesMin
      if (count > most) throw this.error(`a block of ${count} items does not fit the bytes left`)
      for (let i = 0; i < count; i++) item()
    }
  }

  /** As `items`, but blocks that say their size are passed over at once. */
  skipItems(itemBytesMin: number, item: () => void): void {
    for (;;) {
      const { count, byteCount } = this.#blockCount()
      if (count === 0) return
      if (byteCount !== undefined) {
        this.skip(byteCount)
        continue
      }
      const most = itemBytesMin === 0 ? EMPTY_ITEMS_MAX : this.remaining / itemBytesMin
      if (count > most) throw this.error(`a block of ${count} items does not fit the bytes left`)
      for (let i = 0; i < count; i++) item()
    }
  }

  /** A negative count is followed by the block's size in bytes. */
  #blockCount(): { readonly count: number; readonly byteCount?: number } {
    const count = Number(this.long())
    if (!Number.isSafeInteger(count)) throw this.error(`block count is ${count}`)
    if (count >= 0) return { count }
    return { count: -count, byteCount: this.count('block size') }
  }

  #take(byteCount: number): number {
    const start = this.position
    if (byteCount > this.bytes.length - start) {
      throw this.error(`${byteCount} bytes expected, ${this.remaining} left`)
    }
    this.position = start + byteCount
    return start
  }

  error(problem: string): DataError {
    return corrupt(this.#file, `damaged Avro data at byte ${this.position} of a block: ${problem}`)
  }
}
