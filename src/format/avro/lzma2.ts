/**
 * LZMA2: chunks of LZMA data, or of bytes as they are.
 *
 *   control 0: end   1: bytes, the dictionary begins anew   2: bytes   from 0x80: LZMA, bits 5 and 6 say what begins anew
 *
 * LZMA is a stream of bits, each coded by a range coder with a probability of its own: literals, and matches of something that came out before,
 * by distance and length. A state of twelve values remembers what kinds came last.
 *
 * Spec: the .xz file format 1.2, "LZMA2"; LZMA specification (lzma-specification.txt of the LZMA SDK).
 */

const PROBABILITY_HALF = 1 << 10
const MOVE_BITS = 5
const STATES = 12
const POSITION_STATES_MAX = 16
const DISTANCE_MODELS_END = 14
const FULL_DISTANCES = 128
const ALIGN_BITS = 4
const MATCH_MIN = 2

/** What comes out, which is also what matches refer to. */
export class LzmaOutput {
  readonly #byteCountMax: number
  bytes: Uint8Array = new Uint8Array(64 << 10)
  length = 0
  /** Where the dictionary begins. */
  start = 0

  constructor(byteCountMax: number) {
    this.#byteCountMax = byteCountMax
  }

  reserve(byteCount: number): void {
    const needed = this.length + byteCount
    if (needed <= this.bytes.length) return
    if (needed > this.#byteCountMax) throw damagedLzma(`more than ${this.#byteCountMax} bytes`)
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    larger.set(this.bytes)
    this.bytes = larger
  }
}

/** Reads chunks from `start` to their end mark; where that ends. RangeError for damaged data. */
export function readLzma2(input: Uint8Array, start: number, out: LzmaOutput): number {
  let at = start
  let decoder: LzmaDecoder | undefined
  const byte = (): number => {
    const value = input[at++]
    if (value === undefined) throw damagedLzma('it ends early')
    return value
  }
  const size = (): number => byte() * 256 + byte() + 1
  for (;;) {
    const control = byte()
    if (control === 0) return at
    if (control === 1 || control >= 0xe0) out.start = out.length
    if (control < 0x80) {
      if (control > 2) throw damagedLzma('an unknown chunk')
      const count = size()
      if (at + count > input.length) throw damagedLzma('it ends early')
      out.reserve(count)
      out.bytes.set(input.subarray(at, at + count), out.length)
      out.length += count
      at += count
      continue
    }
    const count = ((control & 0x1f) << 16) + size()
    const packed = size()
    const reset = (control >> 5) & 3
    if (reset >= 2) decoder = new LzmaDecoder(byte())
    if (decoder === undefined) throw damagedLzma('a chunk without properties')
    if (reset === 1) decoder.reset()
    if (at + packed > input.length) throw damagedLzma('it ends early')
    out.reserve(count)
    decoder.decode(input.subarray(at, at + packed), out, out.length + count)
    at += packed
  }
}

/** Lengths of matches: three ranges, the first two by the position. */
class LengthModel {
  readonly choice = probabilities(2)
  readonly low = probabilities(POSITION_STATES_MAX << 3)
  readonly middle = probabilities(POSITION_STATES_MAX << 3)
  readonly high = probabilities(256)

  reset(): void {
    for (const list of [this.choice, this.low, this.middle, this.high]) list.fill(PROBABILITY_HALF)
  }
}

class LzmaDecoder {
  readonly #literalContextBits: number
  readonly #literalPositionMask: number
  readonly #positionMask: number
  readonly #literals: Uint16Array
  readonly #isMatch = probabilities(STATES * POSITION_STATES_MAX)
  readonly #isRepeat = probabilities(STATES)
  readonly #isRepeat0 = probabilities(STATES)
  readonly #isRepeat0Long = probabilities(STATES * POSITION_STATES_MAX)
  readonly #isRepeat1 = probabilities(STATES)
  readonly #isRepeat2 = probabilities(STATES)
  readonly #slots = probabilities(4 * 64)
  readonly #special = probabilities(1 + FULL_DISTANCES - DISTANCE_MODELS_END)
  readonly #align = probabilities(1 << ALIGN_BITS)
  readonly #lengths = new LengthModel()
  readonly #repeatLengths = new LengthModel()
  /** Distances of the last matches, counted from 0. */
  readonly #distances = new Uint32Array(4)
  #state = 0
  #range = 0
  #code = 0
  #input: Uint8Array = new Uint8Array(0)
  #at = 0

  constructor(properties: number) {
    if (properties >= 9 * 5 * 5) throw damagedLzma('impossible properties')
    this.#literalContextBits = properties % 9
    const rest = Math.floor(properties / 9)
    this.#literalPositionMask = (1 << (rest % 5)) - 1
    this.#positionMask = (1 << Math.floor(rest / 5)) - 1
    if (this.#literalContextBits + (rest % 5) > 4) throw damagedLzma('impossible properties')
    this.#literals = probabilities(0x300 << (this.#literalContextBits + (rest % 5)))
  }

  reset(): void {
    const lists = [this.#literals, this.#isMatch, this.#isRepeat, this.#isRepeat0, this.#isRepeat0Long]
    for (const list of [...lists, this.#isRepeat1, this.#isRepeat2, this.#slots, this.#special, this.#align]) {
      list.fill(PROBABILITY_HALF)
    }
    this.#lengths.reset()
    this.#repeatLengths.reset()
    this.#distances.fill(0)
    this.#state = 0
  }

  /** Decodes until `out` has `end` bytes, which takes all of the input. */
  decode(input: Uint8Array, out: LzmaOutput, end: number): void {
    this.#input = input
    this.#at = 5
    if (input.length < 5 || input[0] !== 0) throw damagedLzma('a chunk does not begin')
    this.#code = new DataView(input.buffer, input.byteOffset).getUint32(1)
    this.#range = 0xffff_ffff
    while (out.length < end) {
      const positionState = (out.length - out.start) & this.#positionMask
      const slot = this.#state * POSITION_STATES_MAX + positionState
      if (this.#bit(this.#isMatch, slot) === 0) this.#literal(out)
      else this.#match(out, end, positionState, slot)
    }
    this.#normalize()
    if (this.#at !== input.length || this.#code !== 0) throw damagedLzma('a chunk is not as long as it says')
  }

  #literal(out: LzmaOutput): void {
    const { bytes, length, start } = out
    const before = length > start ? bytes[length - 1]! : 0
    const context =
      (((length - start) & this.#literalPositionMask) << this.#literalContextBits) +
      (before >>> (8 - this.#literalContextBits))
    const base = 0x300 * context
    let symbol = 1
    if (this.#state >= 7) {
      let matched = this.#byteAt(out, this.#distances[0]!)
      while (symbol < 0x100) {
        const matchBit = (matched >>> 7) & 1
        matched <<= 1
        const bit = this.#bit(this.#literals, base + ((1 + matchBit) << 8) + symbol)
        symbol = (symbol << 1) | bit
        if (bit !== matchBit) break
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(this.#literals, base + symbol)
    bytes[out.length++] = symbol & 0xff
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6
  }

  #match(out: LzmaOutput, end: number, positionState: number, slot: number): void {
    const distances = this.#distances
    let length: number
    if (this.#bit(this.#isRepeat, this.#state) === 0) {
      distances.copyWithin(1, 0, 3)
      length = this.#length(this.#lengths, positionState)
      this.#state = this.#state < 7 ? 7 : 10
      distances[0] = this.#distance(length)
    } else if (this.#bit(this.#isRepeat0, this.#state) === 0) {
      if (this.#bit(this.#isRepeat0Long, slot) === 0) {
        this.#state = this.#state < 7 ? 9 : 11
        out.bytes[out.length] = this.#byteAt(out, distances[0]!)
        out.length++
        return
      }
      length = this.#length(this.#repeatLengths, positionState)
      this.#state = this.#state < 7 ? 8 : 11
    } else {
      this.#takeOlderDistance()
      length = this.#length(this.#repeatLengths, positionState)
      this.#state = this.#state < 7 ? 8 : 11
    }
    const count = length + MATCH_MIN
    if (out.length + count > end) throw damagedLzma('a match is too long')
    this.#byteAt(out, distances[0]!)
    // Byte by byte: a match may reach into what it makes.
    const { bytes } = out
    for (let to = out.length, from = to - distances[0]! - 1; to < out.length + count; to++) bytes[to] = bytes[from++]!
    out.length += count
  }

  #takeOlderDistance(): void {
    const distances = this.#distances
    let number = 1
    if (this.#bit(this.#isRepeat1, this.#state) === 1) number = 2 + this.#bit(this.#isRepeat2, this.#state)
    const distance = distances[number]!
    distances.copyWithin(1, 0, number)
    distances[0] = distance
  }

  #byteAt({ bytes, length, start }: LzmaOutput, distance: number): number {
    if (distance >= length - start) throw damagedLzma('a match of what is not there')
    return bytes[length - distance - 1]!
  }

  #length({ choice, low, middle, high }: LengthModel, positionState: number): number {
    if (this.#bit(choice, 0) === 0) return this.#tree(low, positionState << 3, 3)
    if (this.#bit(choice, 1) === 0) return 8 + this.#tree(middle, positionState << 3, 3)
    return 16 + this.#tree(high, 0, 8)
  }

  #distance(length: number): number {
    const slot = this.#tree(this.#slots, Math.min(length, 3) * 64, 6)
    if (slot < 4) return slot
    const bits = (slot >>> 1) - 1
    const base = ((2 | (slot & 1)) << bits) >>> 0
    if (slot < DISTANCE_MODELS_END) return base + this.#reverseTree(this.#special, base - slot, bits)
    const high = this.#direct(bits - ALIGN_BITS) * (1 << ALIGN_BITS)
    return base + high + this.#reverseTree(this.#align, 0, ALIGN_BITS)
  }

  #tree(list: Uint16Array, base: number, bits: number): number {
    let symbol = 1
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.#bit(list, base + symbol)
    return symbol - (1 << bits)
  }

  #reverseTree(list: Uint16Array, base: number, bits: number): number {
    let [symbol, value] = [1, 0]
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(list, base + symbol)
      symbol = (symbol << 1) | bit
      value |= bit << i
    }
    return value
  }

  /** Bits without a probability. */
  #direct(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++) {
      this.#normalize()
      this.#range >>>= 1
      const bit = this.#code >= this.#range ? 1 : 0
      if (bit === 1) this.#code -= this.#range
      value = value * 2 + bit
    }
    return value
  }

  #bit(list: Uint16Array, index: number): number {
    this.#normalize()
    const probability = list[index]!
    const bound = (this.#range >>> 11) * probability
    if (this.#code < bound) {
      this.#range = bound
      list[index] = probability + ((2048 - probability) >>> MOVE_BITS)
      return 0
    }
    this.#range -= bound
    this.#code -= bound
    list[index] = probability - (probability >>> MOVE_BITS)
    return 1
  }

  #normalize(): void {
    if (this.#range >= 0x100_0000) return
    const byte = this.#input[this.#at++]
    if (byte === undefined) throw damagedLzma('it ends early')
    this.#range = (this.#range << 8) >>> 0
    this.#code = ((this.#code << 8) | byte) >>> 0
  }
}

function probabilities(count: number): Uint16Array {
  return new Uint16Array(count).fill(PROBABILITY_HALF)
}

export function damagedLzma(problem: string): RangeError {
  return new RangeError(`LZMA data: ${problem}`)
}
