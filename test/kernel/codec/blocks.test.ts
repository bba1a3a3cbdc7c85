/** Snappy and LZ4 blocks: random elements, written by the test, which knows what must come out. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DataError } from '../../../src/core/errors.ts'
import { type CodecName, decompress } from '../../../src/format/codec.ts'
import { effort } from '../../effort.ts'

interface Element {
  readonly literal: Uint8Array
  /** How far back the copy begins, as a part of what is there; and how long it is. */
  readonly back: number
  readonly length: number
}

/** What long literals are the beginning of. */
const PATTERN = Uint8Array.from({ length: 70_001 }, (_, i) => (i * 7 + (i >> 9)) & 255)

const elements = fc.array(
  fc.record({
    literal: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 20 }),
      fc.nat(70_000).map((n) => PATTERN.subarray(0, n + 1)),
    ),
    back: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 60_000 })),
    length: fc.oneof(fc.integer({ min: 4, max: 64 }), fc.integer({ min: 4, max: 3000 })),
  }),
  { minLength: 1, maxLength: 12 },
)

/** The content, and the copies with the offsets that they got. */
function contentOf(list: readonly Element[]): { output: Uint8Array; offsets: number[] } {
  const output = new Uint8Array(list.reduce((sum, { literal, length }) => sum + literal.length + length, 0))
  const offsets: number[] = []
  let end = 0
  for (const { literal, back, length } of list) {
    output.set(literal, end)
    end += literal.length
    const offset = Math.min(back, end)
    offsets.push(offset)
    for (let i = 0; i < length; i++, end++) output[end] = output[end - offset]!
  }
  return { output, offsets }
}

/** What is written of a block: never twice as long as its content. */
class Bytes {
  readonly #room: Uint8Array
  #length = 0

  constructor(contentBytes: number) {
    this.#room = new Uint8Array(2 * contentBytes + 100)
  }

  push(...bytes: readonly number[]): void {
    for (const byte of bytes) this.#room[this.#length++] = byte
  }

  append(bytes: Uint8Array): void {
    this.#room.set(bytes, this.#length)
    this.#length += bytes.length
  }

  whole(): Uint8Array {
    return this.#room.slice(0, this.#length)
  }
}

function snappy(list: readonly Element[]): { input: Uint8Array; output: Uint8Array } {
  const { output, offsets } = contentOf(list)
  const bytes = new Bytes(output.length)
  for (let n = output.length; ; n >>>= 7) {
    bytes.push(n >= 128 ? (n & 127) | 128 : n)
    if (n < 128) break
  }
  for (const [i, { literal, length }] of list.entries()) {
    const n = literal.length - 1
    if (n < 60) bytes.push(n << 2)
    else if (n < 256) bytes.push(60 << 2, n)
    else if (n < 65_536) bytes.push(61 << 2, n & 255, n >> 8)
    else bytes.push(62 << 2, n & 255, (n >> 8) & 255, n >> 16)
    bytes.append(literal)
    const offset = offsets[i]!
    for (let left = length; left > 0;) {
      const part = Math.min(left, left > 64 && left < 68 ? 60 : 64)
      if (part >= 4 && part <= 11 && offset < 2048)
        bytes.push(1 | ((part - 4) << 2) | ((offset >> 8) << 5), offset & 255)
      else if (i % 2 === 0) bytes.push(2 | ((part - 1) << 2), offset & 255, offset >> 8)
      else bytes.push(3 | ((part - 1) << 2), offset & 255, (offset >> 8) & 255, 0, 0)
      left -= part
    }
  }
  return { input: bytes.whole(), output }
}

function lz4(list: readonly Element[]): { input: Uint8Array; output: Uint8Array } {
  const { output, offsets } = contentOf(list)
  const bytes = new Bytes(output.length)
  const more = (n: number): void => {
    for (; n >= 255; n -= 255) bytes.push(255)
    bytes.push(n)
  }
  for (const [i, { literal, length }] of list.entries()) {
    bytes.push((Math.min(15, literal.length) << 4) | Math.min(15, length - 4))
    if (literal.length >= 15) more(literal.length - 15)
    bytes.append(literal)
    bytes.push(offsets[i]! & 255, offsets[i]! >> 8)
    if (length >= 19) more(length - 19)
  }
  return { input: bytes.whole(), output }
}

describe.each([
  ['snappy', snappy],
  ['lz4_raw', lz4],
] as [CodecName, typeof snappy][])('%s', (codec, compress) => {
  test('gives back what was written', () => {
    fc.assert(
      fc.property(elements, (list) => {
        const { input, output } = compress(list)
        expect(Buffer.compare(decompress(codec, input, output.length), output)).toBe(0)
      }),
      { seed: 1, numRuns: effort({ quick: 60, whole: 300 }) },
    )
  })

  test('damage gives an error or bytes of the length asked for', () => {
    const changes = fc.array(fc.record({ at: fc.nat(), value: fc.nat(255) }), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(elements, changes, fc.nat(3), (list, edits, cut) => {
        const { input, output } = compress(list)
        for (const { at, value } of edits) input[at % input.length] = value
        try {
          expect(decompress(codec, input.subarray(0, input.length - cut), output.length).length).toBe(output.length)
        } catch (error) {
          if (!(error instanceof DataError)) throw error
        }
      }),
      { seed: 2, numRuns: effort({ quick: 100, whole: 600 }) },
    )
  })
})

test('snappy says how long its content is', () => {
  expect([...decompress('snappy', Uint8Array.from([3, 8, 1, 2, 3]))]).toEqual([1, 2, 3])
  expect(() => decompress('snappy', Uint8Array.from([4, 8, 1, 2, 3]))).toThrow(
    'snappy: the data are shorter than announced',
  )
  expect(() => decompress('snappy', Uint8Array.from([8, 8, 1, 2, 3, 0x11, 9]))).toThrow(
    'snappy: a back reference points before the beginning',
  )
})
