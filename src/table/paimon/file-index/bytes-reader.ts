/** Big-endian numbers and texts, one after the other. XX001 naming the file where they end. */
import { corrupt } from '../../../core/errors.ts'

export class BytesReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #where: string
  #position = 0

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#where = where
  }

  byte(): number {
    return this.#view.getInt8(this.#take(1))
  }

  short(): number {
    return this.#view.getInt16(this.#take(2))
  }

  int(): number {
    return this.#view.getInt32(this.#take(4))
  }

  long(): bigint {
    return this.#view.getBigInt64(this.#take(8))
  }

  /** A number of things of which each has at least `bytesMin` bytes. */
  count(bytesMin: number): number {
    const count = this.int()
    if (count < 0 || count * bytesMin > this.#bytes.length - this.#position) {
      throw corrupt(this.#where, `an index of ${count} entries`)
    }
    return count
  }

  bytes(length: number): Uint8Array {
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** Text behind its length in two bytes. */
  shortText(): string {
    return new TextDecoder().decode(this.bytes(this.#view.getUint16(this.#take(2))))
  }

  #take(length: number): number {
    const start = this.#position
    if (length < 0 || start + length > this.#bytes.length) throw corrupt(this.#where, 'an index ends too early')
    this.#position = start + length
    return start
  }
}
