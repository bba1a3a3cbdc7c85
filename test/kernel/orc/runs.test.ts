/** The decoders of ORC's runs against readers in TypeScript, on any bytes, given in pieces of any size and read in calls of any size. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTestEngine } from '../../format/parquet/read-file.ts'

const { memory, kernels } = createTestEngine(64 << 20)
const { orc } = kernels
const BASE = 4 << 20
const STATE = BASE
const INPUT = BASE + (1 << 16)
const OUTPUT = BASE + (8 << 20)

/** Values until the bytes end within a run, or are malformed. */
type Decoded = { readonly values: readonly bigint[]; readonly malformed: boolean }

class Malformed extends Error {}
class Ended extends Error {}

class Bits {
  readonly #bytes: readonly number[]
  position = 0

  constructor(bytes: readonly number[]) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.position >= this.#bytes.length
  }

  byte(): number {
    if (this.isAtEnd) throw new Ended()
    return this.#bytes[this.position++]!
  }

  bigEndian(count: number): bigint {
    let value = 0n
    for (let i = 0; i < count; i++) value = (value << 8n) | BigInt(this.byte())
    return value
  }

  varint(): bigint {
    let value = 0n
    for (let i = 0n; ; i++) {
      const byte = BigInt(this.byte())
      if (i > 9n) throw new Malformed()
      value |= (byte & 127n) << (7n * i)
      if (byte < 128n) return BigInt.asUintN(64, value)
    }
  }

  packed(width: number, count: number): bigint[] {
    const bytes = Math.ceil((width * count) / 8)
    const all = this.bigEndian(bytes)
    return Array.from({ length: count }, (_, i) => BigInt.asUintN(width, all >> BigInt(bytes * 8 - width * (i + 1))))
  }
}

const zigzag = (value: bigint): bigint => (value >> 1n) ^ -(value & 1n)
const wrap = (value: bigint): bigint => BigInt.asIntN(64, value)
const WIDTHS = [...Array.from({ length: 24 }, (_, i) => i + 1), 26, 28, 30, 32, 40, 48, 56, 64]
const packedWidth = (bits: number): number => WIDTHS.find((width) => width >= bits)!

function run1(bits: Bits, signed: boolean): bigint[] {
  const header = (bits.byte() << 24) >> 24
  const value = (): bigint => (signed ? zigzag(bits.varint()) : bits.varint())
  if (header < 0) return Array.from({ length: -header }, value)
  const delta = BigInt((bits.byte() << 24) >> 24)
  const base = value()
  return Array.from({ length: header + 3 }, (_, i) => base + BigInt(i) * delta)
}

function run2(bits: Bits, signed: boolean): bigint[] {
  const first = bits.byte()
  const value = (raw: bigint): bigint => (signed ? zigzag(raw) : raw)
  if (first >> 6 === 0) {
    const raw = bits.bigEndian(((first >> 3) & 7) + 1)
    return Array.from({ length: (first & 7) + 3 }, () => value(raw))
  }
  const code = (first >> 1) & 31
  const count = (((first & 1) << 8) | bits.byte()) + 1
  if (first >> 6 === 1) return bits.packed(WIDTHS[code]!, count).map(value)
  if (first >> 6 === 2) return patched(bits, WIDTHS[code]!, count)
  const base = value(bits.varint())
  const step = zigzag(bits.varint())
  if (code === 0) return Array.from({ length: count }, (_, i) => base + BigInt(i) * step)
  const deltas = bits.packed(WIDTHS[code]!, Math.max(0, count - 2))
  const values = [base]
  if (count > 1) values.push(base + step)
  for (const delta of deltas) values.push(step < 0n ? values.at(-1)! - delta : values.at(-1)! + delta)
  return values
}

function patched(bits: Bits, width: number, count: number): bigint[] {
  const [third, fourth] = [bits.byte(), bits.byte()]
  const baseBytes = (third >> 5) + 1
  const patchWidth = WIDTHS[third & 31]!
  const gapWidth = (fourth >> 5) + 1
  if (patchWidth + gapWidth > 64 || width + patchWidth > 64) throw new Malformed()
  const raw = bits.bigEndian(baseBytes)
  const sign = 1n << BigInt(baseBytes * 8 - 1)
  const base = (raw & sign) === 0n ? raw : -(raw & (sign - 1n))
  const values = bits.packed(width, count)
  let at = 0
  for (const entry of bits.packed(packedWidth(patchWidth + gapWidth), fourth & 31)) {
    at += Number((entry >> BigInt(patchWidth)) & 255n)
    const patch = BigInt.asUintN(patchWidth, entry)
    if (patch === 0n) continue
    if (at >= count) throw new Malformed()
    values[at] = values[at]! | (patch << BigInt(width))
  }
  return values.map((value) => base + value)
}

function decodeAll(bytes: readonly number[], run: (bits: Bits) => readonly bigint[]): Decoded {
  const bits = new Bits(bytes)
  const values: bigint[] = []
  while (!bits.isAtEnd) {
    try {
      for (const value of run(bits)) values.push(wrap(value))
    } catch (error) {
      if (error instanceof Ended) return { values, malformed: false }
      if (error instanceof Malformed) return { values, malformed: true }
      throw error
    }
  }
  return { values, malformed: false }
}

/** Feeds a kernel piece by piece. */
function decodeWith(
  bytes: readonly number[],
  pieces: readonly number[],
  decode: (end: number, n: number, out: number) => number,
  n: number,
): { count: number; malformed: boolean } {
  memory.u8.set(bytes, INPUT)
  memory.bulk.fill(0, STATE, STATE + 8192)
  memory.u32[STATE >>> 2] = INPUT
  let count = 0
  let end = INPUT
  for (const piece of [...pieces, bytes.length]) {
    end = Math.min(INPUT + bytes.length, end + piece)
    for (;;) {
      const found = decode(end, n, OUTPUT + count * 8)
      if (found < 0) return { count, malformed: true }
      count += found
      if (found < n) break
    }
  }
  return { count, malformed: false }
}

const anyBytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 300 })
const anyPieces = fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 8 })
const anyCount = fc.constantFrom(1, 3, 64, 511, 512, 700)

describe('integers', () => {
  for (const version of [1, 2] as const) {
    for (const signed of [true, false]) {
      test(`version ${version}, ${signed ? 'signed' : 'unsigned'}`, () => {
        fc.assert(
          fc.property(anyBytes, anyPieces, anyCount, (bytes, pieces, n) => {
            const expected = decodeAll(bytes, (bits) => (version === 1 ? run1(bits, signed) : run2(bits, signed)))
            const found = decodeWith(
              bytes,
              pieces,
              (end, many, out) => orc.orcIntegers(STATE, end, version, signed ? 1 : 0, many, out),
              n,
            )
            expect(found.malformed).toBe(expected.malformed)
            // Before an error, only what was decoded whole counts.
            const length = expected.malformed ? found.count : expected.values.length
            expect(found.count).toBe(length)
            const values = [...memory.i64.subarray(OUTPUT >>> 3, (OUTPUT >>> 3) + length)]
            expect(values).toEqual(expected.values.slice(0, length))
          }),
          { seed: 3, numRuns: 600 },
        )
      })
    }
  }
})

function bytesOf(bytes: readonly number[]): number[] {
  const values: number[] = []
  for (let at = 0; at < bytes.length;) {
    const header = (bytes[at++]! << 24) >> 24
    if (header >= 0) {
      if (at >= bytes.length) break
      for (let i = 0; i < header + 3; i++) values.push(bytes[at]!)
      at++
    } else {
      values.push(...bytes.slice(at, at - header))
      at -= header
    }
  }
  return values
}

test('bytes and booleans', () => {
  fc.assert(
    fc.property(anyBytes, anyPieces, anyCount, (bytes, pieces, n) => {
      const expected = bytesOf(bytes)
      let written = 0
      const all = decodeWith(
        bytes,
        pieces,
        (end, many) => {
          const count = orc.orcBytes(STATE, end, many, OUTPUT + written)
          written += count
          return count
        },
        n,
      )
      expect([...memory.u8.subarray(OUTPUT, OUTPUT + all.count)]).toEqual(expected)
      written = 0
      const bits = decodeWith(
        bytes,
        pieces,
        (end, many) => {
          const count = orc.orcBooleans(STATE, end, many, OUTPUT + written)
          written += count
          return count
        },
        n,
      )
      const booleans = expected.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => (byte >> bit) & 1))
      expect([...memory.u8.subarray(OUTPUT, OUTPUT + bits.count)]).toEqual(booleans)
    }),
    { seed: 4, numRuns: 600 },
  )
})

const anyDecimal = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })

function readDecimals(pointer: number, count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => {
    const at = (pointer >>> 3) + 2 * i
    return (memory.i64[at + 1]! << 64n) | memory.u64[at]!
  })
}

test('decimals of any length, in pieces', () => {
  fc.assert(
    fc.property(fc.array(anyDecimal, { maxLength: 30 }), anyPieces, (values, pieces) => {
      const bytes: number[] = []
      for (const value of values) {
        let raw = value < 0n ? -value * 2n - 1n : value * 2n
        for (; raw >= 128n; raw >>= 7n) bytes.push(Number(raw & 127n) | 128)
        bytes.push(Number(raw))
      }
      let count = 0
      decodeWith(
        bytes,
        pieces,
        (end, many) => {
          const found = orc.orcDecimals(STATE, end, many, OUTPUT + count * 16)
          count += found
          return found
        },
        1000,
      )
      expect(readDecimals(OUTPUT, count)).toEqual(values)
    }),
    { seed: 5 },
  )
})

test('decimals come to one scale', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 12 })), {
        maxLength: 20,
      }),
      fc.integer({ min: 0, max: 12 }),
      (values, target) => {
        const scales = OUTPUT + 4096
        values.forEach(([value, scale], i) => {
          memory.i64[(OUTPUT >>> 3) + 2 * i] = BigInt.asIntN(64, value)
          memory.i64[(OUTPUT >>> 3) + 2 * i + 1] = BigInt.asIntN(64, value >> 64n)
          memory.i64[(scales >>> 3) + i] = BigInt(scale)
        })
        const isExact = ([value, scale]: readonly [bigint, number]): boolean =>
          scale <= target || value % 10n ** BigInt(scale - target) === 0n
        const result = orc.orcRescale(OUTPUT, scales, values.length, target)
        expect(result).toBe(values.every(isExact) ? 0 : -5)
        if (result < 0) return
        expect(readDecimals(OUTPUT, values.length)).toEqual(
          values.map(([value, scale]) =>
            scale <= target ? value * 10n ** BigInt(target - scale) : value / 10n ** BigInt(scale - target),
          ),
        )
      },
    ),
    { seed: 6 },
  )
})
