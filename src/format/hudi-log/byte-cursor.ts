/** Avro's binary encoding, read from the shared memory without a bigint a number: a long is two 32-bit words. */
import { type DataError, corrupt } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'

export class ByteCursor {
  readonly bytes: Uint8Array
  position: Pointer
  /** The words of the last `long`. */
  low = 0
  high = 0
  /** Records, lists and maps that are open. */
  depth = 0
  readonly #end: Pointer
  readonly #view: DataView
  readonly #url: string

  /** Reads `bytes` from `start` to `end`. */
  constructor(bytes: Uint8Array, start: Pointer, end: Pointer, url: string) {
    this.bytes = bytes
    this.position = start
    this.#end = end
    this.#view = new DataView(bytes.buffer, bytes.byteOffset)
    this.#url = url
  }

  get remaining(): number {
    return this.#end - this.position
  }

  /** Sets `low` and `high`. */
  long(): void {
    let low = 0
    let high = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (shift - 32)
      if (byte < 0x80) break
      if (shift >= 63) throw this.error('a number is longer than 10 bytes')
    }
    const sign = -(low & 1)
    this.low = (((low >>> 1) | (high << 31)) ^ sign) | 0
    this.high = ((high >>> 1) ^ sign) | 0
  }

  /** A long that must fit 32 bits. */
  int(): number {
    this.long()
    if (this.high !== this.low >> 31) throw this.error('a number does not fit 32 bits')
    return this.low
  }

  /** A number that counts or measures something in the bytes left. */
  count(what: string): number {
    const value = this.int()
    if (value < 0) throw this.error(`${what} is ${value}`)
    return value
  }

  byte(): number {
    if (this.position >= this.#end) throw this.error('the data end too early')
    return this.bytes[this.position++]!
  }

  float(): number {
    return this.#view.getFloat32(this.take(4), true)
  }

  double(): number {
    return this.#view.getFloat64(this.take(8), true)
  }

  /** Passes over bytes; where they begin. */
  take(byteCount: number): Pointer {
    if (byteCount > this.#end - this.position) throw this.error(`${byteCount} bytes expected, ${this.remaining} left`)
    const start = this.position
    this.position += byteCount
    return start
  }

  /** Big-endian, as outside of Avro. */
  int32(): number {
    return this.#view.getInt32(this.take(4))
  }

  /** Calls `item` for each item of a list or map, which takes at least `itemBytesMin` bytes. Returns how many there were. */
  items(itemBytesMin: number, item: () => void): number {
    let total = 0
    for (;;) {
      let count = this.int()
      if (count === 0) return total
      if (count < 0) {
        count = -count
        this.long()
      }
      if (count < 0 || count > (itemBytesMin === 0 ? EMPTY_ITEMS_MAX : this.remaining / itemBytesMin)) {
        throw this.error(`${count} items do not fit the bytes left`)
      }
      total += count
      for (let i = 0; i < count; i++) item()
    }
  }

  error(problem: string): DataError {
    return corrupt(this.#url, `damaged Avro data at byte ${this.position}: ${problem}`)
  }
}

/** Items that take no bytes. */
const EMPTY_ITEMS_MAX = 1 << 20
