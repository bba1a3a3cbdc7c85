/** Lance's value decoders against TypeScript. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestEngine } from '../../format/parquet/read-file.ts'

const { memory, kernels } = createTestEngine(64 << 20)
const { lance } = kernels
const INPUT = 4 << 20
const OTHER = INPUT + (1 << 20)
const OUTPUT = INPUT + (2 << 20)

const ORDER = [0, 4, 2, 6, 1, 5, 3, 7]

/** Packs 1,024 values of `width` bits into words of `bits`. */
function pack(values: readonly bigint[], bits: number, width: number): Uint8Array {
  const lanes = 1024 / bits
  const words = Array.from({ length: (1024 * width) / bits }, () => 0n)
  for (let lane = 0; lane < lanes; lane++) {
    for (let row = 0; row < bits; row++) {
      const value = values[ORDER[row >> 3]! * 16 + (row & 7) * 128 + lane]!
      for (let bit = 0; bit < width; bit++) {
        const place = row * width + bit
        const word = Math.floor(place / bits) * lanes + lane
        words[word] = words[word]! | (((value >> BigInt(bit)) & 1n) << BigInt(place % bits))
      }
    }
  }
  const bytes = new Uint8Array((words.length * bits) / 8)
  words.forEach((word, i) => {
    for (let k = 0; k < bits / 8; k++) bytes[(i * bits) / 8 + k] = Number((word >> BigInt(8 * k)) & 255n)
  })
  return bytes
}

test.each([8, 16, 32, 64])('bit-packed blocks of %i-bit words', (bits) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: bits }),
      fc.infiniteStream(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
      (width, stream) => {
        const seeds = Array.from({ length: 16 }, () => stream.next().value)
        const values = Array.from({ length: 1024 }, (_, i) =>
          BigInt.asUintN(width, seeds[i % 16]! * BigInt(i * 2 + 1) + BigInt(i)),
        )
        memory.u8.set(pack(values, bits, width), INPUT)
        lance.lanceUnpack(INPUT, bits, width, OUTPUT)
        const found = values.map((_, i) => {
          if (bits === 64) return memory.u64[(OUTPUT >>> 3) + i]!
          const at = OUTPUT + (i * bits) / 8
          return bits === 32
            ? BigInt(memory.u32[at >>> 2]!)
            : BigInt(bits === 16 ? memory.u8[at]! + memory.u8[at + 1]! * 256 : memory.u8[at]!)
        })
        expect(found).toEqual(values)
      },
    ),
    { seed: 1, numRuns: 30 },
  )
})

test('runs come to just the values that are announced', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(0xffff), fc.nat(255)), { maxLength: 20 }),
      fc.integer({ min: -1, max: 1 }),
      (runs, error) => {
        const view = new DataView(memory.u8.buffer)
        runs.forEach(([value, length], i) => {
          view.setUint16(INPUT + 2 * i, value, true)
          memory.u8[OTHER + i] = length
        })
        const expected = runs.flatMap(([value, length]) => Array.from({ length }, () => value))
        const n = Math.max(0, expected.length + error)
        const result = lance.lanceRuns(INPUT, OTHER, runs.length, 2, n, OUTPUT)
        expect(result).toBe(n === expected.length ? 0 : -2)
        if (result < 0) return
        expect(expected.map((_, i) => view.getUint16(OUTPUT + 2 * i, true))).toEqual(expected)
      },
    ),
    { seed: 2 },
  )
})

test('symbols', () => {
  const symbols = ['a', 'the ', 'merge ', 'abcdefgh']
  const tables = OTHER
  const lengths = OTHER + 4096
  memory.bulk.fill(0, tables, lengths + 256)
  symbols.forEach((symbol, i) => {
    memory.u8.set(Buffer.from(symbol), tables + 8 * i)
    memory.u8[lengths + i] = symbol.length
  })
  const anyCode = fc.oneof(
    fc.integer({ min: 0, max: 3 }),
    fc.nat(255).map((byte) => [255, byte]),
  )
  fc.assert(
    fc.property(fc.array(fc.array(anyCode, { maxLength: 12 }), { maxLength: 8 }), (texts) => {
      let at = INPUT + 4096
      texts.forEach((codes, i) => {
        const bytes = codes.flat()
        memory.u8.set(bytes, at)
        memory.u32[(INPUT >>> 2) + 2 * i] = at
        memory.u32[(INPUT >>> 2) + 2 * i + 1] = bytes.length
        at += bytes.length
      })
      expect(lance.lanceFsst(INPUT, texts.length, tables, lengths, OUTPUT)).toBe(0)
      texts.forEach((codes, i) => {
        const expected = Buffer.concat(
          codes.map((code) => (Array.isArray(code) ? Buffer.from([code[1]!]) : Buffer.from(symbols[code]!))),
        )
        const [start, length] = [memory.u32[(INPUT >>> 2) + 2 * i]!, memory.u32[(INPUT >>> 2) + 2 * i + 1]!]
        expect(Buffer.from(memory.u8.slice(start, start + length))).toEqual(expected)
      })
    }),
    { seed: 3 },
  )
  // A code that is not used, and an escape at the end.
  for (const bytes of [[9], [255]]) {
    memory.u8.set(bytes, INPUT + 64)
    memory.u32[INPUT >>> 2] = INPUT + 64
    memory.u32[(INPUT >>> 2) + 1] = 1
    expect(lance.lanceFsst(INPUT, 1, tables, lengths, OUTPUT)).toBe(-2)
  }
})

test('views ascend within their bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { minLength: 1, maxLength: 20 }), fc.constantFrom(32, 64), (ends, bits) => {
      const view = new DataView(memory.u8.buffer)
      ends.forEach((end, i) => {
        if (bits === 64) view.setBigUint64(INPUT + 8 * i, BigInt(end), true)
        else view.setUint32(INPUT + 4 * i, end, true)
      })
      const n = ends.length - 1
      const result = lance.lanceViews(INPUT, bits, OTHER, 80, n, OUTPUT)
      const isFine = ends.every((end, i) => i === 0 || (end >= ends[i - 1]! && end <= 80))
      expect(result === 0).toBe(isFine)
      if (result < 0) return
      expect(Array.from({ length: n }, (_, i) => memory.u32[(OUTPUT >>> 2) + 2 * i + 1])).toEqual(
        ends.slice(1).map((end, i) => end - ends[i]!),
      )
    }),
    { seed: 4 },
  )
})

test('bytes of floats that lie apart', () => {
  const n = 5
  const values = Array.from({ length: n * 4 }, (_, i) => (i * 37) & 255)
  for (let i = 0; i < n; i++) for (let k = 0; k < 4; k++) memory.u8[INPUT + k * n + i] = values[i * 4 + k]!
  lance.lanceJoinBytes(INPUT, n, 4, OUTPUT)
  expect([...memory.u8.subarray(OUTPUT, OUTPUT + n * 4)]).toEqual(values)
  lance.lanceFieldOf(OUTPUT, 4, 1, 2, n, OTHER)
  expect([...memory.u8.subarray(OTHER, OTHER + n * 2)]).toEqual(
    Array.from({ length: n }, (_, i) => values.slice(i * 4 + 1, i * 4 + 3)).flat(),
  )
})
