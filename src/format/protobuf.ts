/**
 * Protocol Buffers, read field by field. Every length is checked against the bytes that are left.
 *
 *   for (const message = new ProtobufReader(bytes); message.next(); ) {
 *     switch (message.field) { case 1: count = message.count(); break; case 2: name = message.text() }
 *   }
 *
 * A field whose value is not taken is skipped. Spec: protobuf.dev/programming-guides/encoding.
 */

/** Why bytes are no message, and where; the caller adds the file. */
export class ProtobufError extends Error {
  readonly offset: number

  constructor(problem: string, offset: number) {
    super(problem)
    this.offset = offset
  }
}

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const GROUP_START = 3
const FIXED32 = 5

/** Messages within messages at most. */
const DEPTH_MAX = 100

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

export class ProtobufReader {
  readonly bytes: Uint8Array
  readonly #view: DataView
  /** Offset of `bytes` in the outermost message. */
  readonly #base: number
  readonly #depth: number
  #position = 0
  #wire = -1
  #isTaken = true
  /** The last varint's halves, as signed numbers of 32 bits. */
  #low = 0
  #high = 0
  /** Number of the field that `next` found. */
  field = 0

  constructor(bytes: Uint8Array, base: number = 0, depth: number = 0) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#base = base
    this.#depth = depth
  }

  /** Goes to the next field; false at the end. */
  next(): boolean {
    if (!this.#isTaken) this.#skip()
    if (this.#position >= this.bytes.length) return false
    const key = this.#number()
    this.field = Math.floor(key / 8)
    this.#wire = key % 8
    this.#isTaken = false
    if (this.field === 0) throw this.error('field number 0')
    return true
  }

  /** The value is bytes, a message, or packed numbers. */
  get isBytes(): boolean {
    return this.#wire === BYTES
  }

  /** A varint that counts or measures: exact as a number. */
  count(): number {
    this.#expect(VARINT)
    return this.#number()
  }

  /** A field of 32 bits without sign: of longer varints, as of a -1 that a writer put there, the low ones, as the specification has it. */
  uint32(): number {
    this.#expect(VARINT)
    this.#varint()
    return this.#low >>> 0
  }

  /** As `count`, of a field that may have negative values: int32, int64. */
  int(): number {
    const value = Number(this.int64())
    if (!Number.isSafeInteger(value)) throw this.error(`${value} is too large`)
    return value
  }

  bool(): boolean {
    return this.count() !== 0
  }

  uint64(): bigint {
    this.#expect(VARINT)
    return this.#unsigned()
  }

  int64(): bigint {
    this.#expect(VARINT)
    return this.#signed()
  }

  /** A zig-zag varint: sint32, sint64. */
  sint64(): bigint {
    this.#expect(VARINT)
    this.#varint()
    const sign = -(this.#low & 1)
    return fromHalves((this.#high >>> 1) ^ sign, ((this.#low >>> 1) | (this.#high << 31)) ^ sign)
  }

  double(): number {
    this.#expect(FIXED64)
    return this.#view.getFloat64(this.#take(8), true)
  }

  float(): number {
    this.#expect(FIXED32)
    return this.#view.getFloat32(this.#take(4), true)
  }

  fixed64(): bigint {
    this.#expect(FIXED64)
    return this.#view.getBigUint64(this.#take(8), true)
  }

  /** The bytes of a bytes field, a message or packed numbers; they share memory with the message. */
  byteArray(): Uint8Array {
    this.#expect(BYTES)
    const length = this.#number()
    const start = this.#take(length)
    return this.bytes.subarray(start, start + length)
  }

  text(): string {
    return utf8.decode(this.byteArray())
  }

  message(): ProtobufReader {
    if (this.#depth >= DEPTH_MAX) throw this.error('messages are nested too deeply')
    const bytes = this.byteArray()
    return new ProtobufReader(bytes, this.#base + this.#position - bytes.length, this.#depth + 1)
  }

  /** Appends a number of a repeated field, packed or not. */
  counts(into: number[]): void {
    if (this.#wire !== BYTES) {
      into.push(this.count())
      return
    }
    const packed = this.message()
    while (packed.#position < packed.bytes.length) into.push(packed.#number())
  }

  /** As `counts`, of int32 and int64: negative values are ten bytes. */
  ints(into: number[]): void {
    if (this.#wire !== BYTES) {
      into.push(this.int())
      return
    }
    const packed = this.message()
    while (packed.#position < packed.bytes.length) into.push(Number(packed.#signed()))
  }

  /** As `counts`, of 64-bit numbers. */
  uint64s(into: bigint[]): void {
    if (this.#wire !== BYTES) {
      into.push(this.uint64())
      return
    }
    const packed = this.message()
    while (packed.#position < packed.bytes.length) into.push(packed.#unsigned())
  }

  error(problem: string): ProtobufError {
    return new ProtobufError(problem, this.#base + this.#position)
  }

  #expect(wire: number): void {
    if (this.#wire !== wire) throw this.error(`field ${this.field} has wire type ${this.#wire}`)
    this.#isTaken = true
  }

  #take(byteCount: number): number {
    const start = this.#position
    if (byteCount > this.bytes.length - start) {
      throw this.error(`${byteCount} bytes expected, ${this.bytes.length - start} left`)
    }
    this.#position = start + byteCount
    return start
  }

  #number(): number {
    let value = 0
    let factor = 1
    for (let i = 0; i < 8; i++) {
      const byte = this.bytes[this.#take(1)]!
      value += (byte & 127) * factor
      if (byte < 128) {
        if (!Number.isSafeInteger(value)) break
        return value
      }
      factor *= 128
    }
    throw this.error('a number is too large')
  }

  #unsigned(): bigint {
    this.#varint()
    return fromHalves(this.#high >>> 0, this.#low)
  }

  #signed(): bigint {
    this.#varint()
    return fromHalves(this.#high, this.#low)
  }

  /** Into `#low` and `#high`. Halves, because Node 20's compiler has ended the process over 64-bit arithmetic of bigints here. */
  #varint(): void {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[this.#take(1)]!
      const bits = byte & 127
      if (shift < 32) low |= bits << shift
      if (shift === 28) high = bits >>> 4
      else if (shift > 28) high |= bits << (shift - 32)
      if (byte < 128) {
        this.#low = low
        this.#high = high
        return
      }
    }
    throw this.error('a varint is longer than 10 bytes')
  }

  #skip(): void {
    this.#isTaken = true
    switch (this.#wire) {
      case VARINT:
        this.#varint()
        return
      case FIXED64:
        this.#take(8)
        return
      case BYTES:
        this.#take(this.#number())
        return
      case FIXED32:
        this.#take(4)
        return
      case GROUP_START:
      default:
        throw this.error(`field ${this.field} has wire type ${this.#wire}`)
    }
  }
}

function fromHalves(high: number, low: number): bigint {
  return high === 0 ? BigInt(low >>> 0) : (BigInt(high) << 32n) | BigInt(low >>> 0)
}
