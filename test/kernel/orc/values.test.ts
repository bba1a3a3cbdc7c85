/** From decoded streams to vectors: ORC's kernels against TypeScript. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinInt128 } from '../../../src/core/int64.ts'
import { createTestEngine } from '../../format/parquet/read-file.ts'

const { memory, kernels } = createTestEngine(64 << 20)
const { orc } = kernels
const INPUT = 4 << 20
const OTHER = INPUT + (1 << 20)
const OUTPUT = INPUT + (2 << 20)
const OVERFLOWS = -1

const i64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 31n) - 2n, max: 2n ** 31n + 2n }),
)

test('decimals are checked for their digits', () => {
  const value = fc.oneof(
    fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }),
    fc
      .tuple(fc.integer({ min: 0, max: 38 }), fc.integer({ min: -1, max: 1 }), fc.boolean())
      .map(([digits, more, isNegative]) => {
        const size = 10n ** BigInt(digits) + BigInt(more)
        return isNegative ? -size : size
      }),
  )
  fc.assert(
    fc.property(fc.array(value, { maxLength: 6 }), fc.integer({ min: 0, max: 38 }), (values, digits) => {
      values.forEach((one, i) => {
        memory.i64[(INPUT >>> 3) + 2 * i] = BigInt.asIntN(64, one)
        memory.i64[(INPUT >>> 3) + 2 * i + 1] = BigInt.asIntN(64, one >> 64n)
      })
      const fits = values.every((one) => (one < 0n ? -one : one) < 10n ** BigInt(digits))
      expect(orc.orcCheckDigits(INPUT, values.length, digits) === 0).toBe(fits)
      const stored = values.map((_, i) =>
        joinInt128(memory.u64[(INPUT >>> 3) + 2 * i]!, memory.i64[(INPUT >>> 3) + 2 * i + 1]!),
      )
      expect(stored).toEqual(values)
    }),
    { seed: 1, numRuns: 1000 },
  )
})

test('integers are narrowed where they fit', () => {
  const ranges = fc.constantFrom([-128n, 127n], [-32768n, 32767n], [-(2n ** 31n), 2n ** 31n - 1n], [0n, 255n] as const)
  fc.assert(
    fc.property(fc.array(i64, { maxLength: 8 }), ranges, fc.boolean(), (values, [low, high], isClamped) => {
      const used = isClamped ? values.map((value) => (value < low! ? low! : value > high! ? high! : value)) : values
      used.forEach((value, i) => (memory.i64[(INPUT >>> 3) + i] = value))
      const result = orc.orcNarrow(INPUT, used.length, low!, high!, OUTPUT)
      const fits = used.every((value) => value >= low! && value <= high!)
      expect(result === 0).toBe(fits)
      if (fits) expect(used.map((_, i) => memory.i32[(OUTPUT >>> 2) + i])).toEqual(used.map(Number))
    }),
    { seed: 2, numRuns: 1000 },
  )
})

test('lengths come to a sum, to views and to lists', () => {
  const lengths = fc.array(fc.option(fc.integer({ min: 0, max: 1000 })), { maxLength: 40 })
  fc.assert(
    fc.property(lengths, fc.boolean(), (rows, hasValidity) => {
      const used = hasValidity ? rows : rows.map((length) => length ?? 0)
      const present = used.filter((length) => length !== null)
      present.forEach((length, i) => (memory.i64[(INPUT >>> 3) + i] = BigInt(length)))
      used.forEach((length, i) => (memory.u8[OTHER + i] = length === null ? 0 : 1))
      expect(orc.orcTotal(INPUT, present.length)).toBe(present.reduce((sum, length) => sum + length, 0))
      orc.orcLists(INPUT, hasValidity ? OTHER : 0, used.length, OUTPUT)
      let first = 0
      used.forEach((length, i) => {
        expect([memory.u32[(OUTPUT >>> 2) + 2 * i], memory.u32[(OUTPUT >>> 2) + 2 * i + 1]]).toEqual([
          first,
          length ?? 0,
        ])
        first += length ?? 0
      })
      orc.orcViews(INPUT, present.length, 1 << 20, OUTPUT)
      let place = 1 << 20
      present.forEach((length, i) => {
        expect([memory.u32[(OUTPUT >>> 2) + 2 * i], memory.u32[(OUTPUT >>> 2) + 2 * i + 1]]).toEqual([place, length])
        place += length
      })
    }),
    { seed: 3 },
  )
})

test('lengths that are none have no sum', () => {
  for (const bad of [-1n, 2n ** 31n, 2n ** 62n]) {
    memory.i64[INPUT >>> 3] = 5n
    memory.i64[(INPUT >>> 3) + 1] = bad
    expect(orc.orcTotal(INPUT, 2)).toBe(OVERFLOWS)
  }
})

test('what is there of a child is there where its parent is', () => {
  const slots = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 60 })
  fc.assert(
    fc.property(slots, fc.boolean(), (rows, hasPresent) => {
      let next = 0
      rows.forEach(([parent, child], i) => {
        memory.u8[INPUT + i] = parent ? 1 : 0
        if (parent) memory.u8[OTHER + next++] = child ? 1 : 0
      })
      const wanted = rows.map(([parent, child]) => (parent && (!hasPresent || child) ? 1 : 0))
      const count = orc.orcNested(INPUT, hasPresent ? OTHER : 0, rows.length, OUTPUT)
      expect(rows.map((_, i) => memory.u8[OUTPUT + i])).toEqual(wanted)
      expect(count).toBe(wanted.filter((is) => is === 1).length)
    }),
    { seed: 4 },
  )
})

test('bytes are signed', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -128, max: 127 }), { maxLength: 40 }), (values) => {
      memory.i8.set(values, INPUT)
      orc.orcWidenBytes(INPUT, values.length, OUTPUT)
      expect(values.map((_, i) => memory.i32[(OUTPUT >>> 2) + i])).toEqual(values)
    }),
    { seed: 5 },
  )
})
