/** Kernels that move, convert and decode values, against straightforward TypeScript. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestEngine } from '../../format/parquet/read-file.ts'

const { memory, kernels } = createTestEngine(64 << 20)
const { parquet } = kernels
const A = 4 << 20
const B = 5 << 20
const C = 6 << 20
const D = 7 << 20

const bytes = (from: number, count: number): number[] => Array.from(memory.u8.slice(from, from + count))
const put = (at: number, values: readonly number[]): void => memory.u8.set(values, at)
const putWords = (at: number, values: readonly number[]): void => memory.u32.set(values, at >>> 2)

test('gather takes values of any width by row number', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(99), { maxLength: 80 }), (width, rows) => {
      const values = Array.from({ length: 100 * width }, (_, i) => (i * 7 + (i >> 8)) & 255)
      put(A, values)
      putWords(B, rows)
      parquet.gather(A, width, B, rows.length, C)
      expect(bytes(C, rows.length * width)).toEqual(
        rows.flatMap((row) => values.slice(row * width, row * width + width)),
      )
    }),
    { seed: 1 },
  )
})

test('spread moves values to their rows', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 4, 8, 16), fc.array(fc.boolean(), { maxLength: 80 }), (width, validity) => {
      const count = validity.filter(Boolean).length
      const values = Array.from({ length: count * width }, (_, i) => (i * 13 + 1) & 255)
      put(A, [...values, ...Array.from({ length: 16 }, () => 0)])
      put(B, validity.map(Number))
      parquet.spread(A, width, B, validity.length, C)
      let next = 0
      for (const [row, isValid] of validity.entries()) {
        if (!isValid) continue
        expect(bytes(C + row * width, width)).toEqual(values.slice(next * width, next * width + width))
        next++
      }
      // Codes under NULLs after the last value are 0, which is a code.
      if (count === 0 && validity.length > 0) expect(bytes(C, width)).toEqual(Array.from({ length: width }, () => 0))
    }),
    { seed: 2 },
  )
})

test('selectValues finds the places of selected rows among the values', () => {
  const rows = fc.array(fc.record({ valid: fc.boolean(), selected: fc.boolean() }), {
    maxLength: 100,
  })
  fc.assert(
    fc.property(rows, fc.nat(50), (all, base) => {
      const selected = all.flatMap((row, i) => (row.selected ? [i] : []))
      put(
        A,
        all.map((row) => Number(row.valid)),
      )
      putWords(
        B,
        selected.map((row) => row + base),
      )
      const found = parquet.selectValues(A, B, selected.length, base, C, D)
      expect(bytes(C, selected.length)).toEqual(selected.map((row) => Number(all[row]!.valid)))
      const places = selected
        .filter((row) => all[row]!.valid)
        .map((row) => all.slice(0, row).filter(({ valid }) => valid).length)
      expect(Array.from(memory.u32.slice(D >>> 2, (D >>> 2) + found))).toEqual(places)
    }),
    { seed: 3 },
  )
})

test('PLAIN byte arrays become views, cut off ones an error', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 30 }), fc.nat(200), (arrays, cut) => {
      const page = arrays.flatMap((array) => [array.length, 0, 0, 0, ...array])
      put(A, page)
      expect(parquet.plainViews(A, A + page.length, arrays.length, B)).toBe(page.length)
      for (const [i, array] of arrays.entries()) {
        const start = memory.u32[(B >>> 2) + i * 2]!
        expect(bytes(start, memory.u32[(B >>> 2) + i * 2 + 1]!)).toEqual([...array])
      }
      expect(parquet.plainSkipViews(A, A + page.length, arrays.length)).toBe(page.length)
      if (page.length > 0) {
        const short = cut % page.length
        expect(parquet.plainViews(A, A + short, arrays.length, B)).toBe(-1)
        expect(parquet.plainSkipViews(A, A + short, arrays.length)).toBe(-1)
      }
    }),
    { seed: 4 },
  )
})

test('big-endian numbers of any width', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 16 }),
      fc.array(fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }), { maxLength: 9 }),
      (width, wide) => {
        const numbers = wide.map((number) => BigInt.asIntN(width * 8, number))
        const hex = numbers.map((number) =>
          BigInt.asUintN(width * 8, number)
            .toString(16)
            .padStart(width * 2, '0'),
        )
        put(A, [...Buffer.from(hex.join(''), 'hex')])
        expect(parquet.bigEndianToI128(A, numbers.length, width, B)).toBe(0)
        const read = numbers.map((_, i) => (memory.i64[(B >>> 3) + i * 2 + 1]! << 64n) | memory.u64[(B >>> 3) + i * 2]!)
        expect(read).toEqual(numbers)
        const fits = numbers.every((number) => BigInt.asIntN(64, number) === number)
        expect(parquet.bigEndianToI64(A, numbers.length, width, B)).toBe(fits ? 0 : -4)
        if (fits) expect(Array.from(memory.i64.slice(B >>> 3, (B >>> 3) + numbers.length))).toEqual(numbers)
      },
    ),
    { seed: 5 },
  )
})

test('decimals are scaled exactly or refused', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }),
      fc.integer({ min: 1, max: 10 }),
      (value, digits) => {
        memory.i64[A >>> 3] = BigInt.asIntN(64, value)
        memory.i64[(A >>> 3) + 1] = value >> 64n
        const result = parquet.scaleI128(A, 1, digits, B)
        const scaled = value * 10n ** BigInt(digits)
        if (result === 0) expect((memory.i64[(B >>> 3) + 1]! << 64n) | memory.u64[B >>> 3]!).toBe(scaled)
        else expect(scaled < 0n ? -scaled : scaled).toBeGreaterThan(10n ** 37n)
      },
    ),
    { seed: 6 },
  )
})

test('half floats', () => {
  const cases: [number, number][] = [
    ...([
      [0x0000, 0],
      [0x8000, -0],
      [0x3c00, 1],
      [0xc000, -2],
      [0x7bff, 65504],
    ] as [number, number][]),
    ...([
      [0x0001, 2 ** -24],
      [0x03ff, 1023 * 2 ** -24],
      [0x7c00, Infinity],
      [0xfc00, -Infinity],
    ] as [number, number][]),
    [0x7e00, NaN],
  ]
  for (const [half, value] of cases) {
    memory.u8[A] = half & 255
    memory.u8[A + 1] = half >> 8
    expect(parquet.halfToF32(A, 1, B)).toBe(0)
    expect(memory.f32[B >>> 2]).toBe(value)
  }
})

test('INT96 keeps microseconds of any year, and nanoseconds of those that fit', () => {
  const put96 = (nanos: bigint, day: number): void => {
    memory.i64[A >>> 3] = nanos
    memory.i32[(A >>> 2) + 2] = day
  }
  // 9999-12-31T23:59:59.999999999
  put96(86_399_999_999_999n, 2_932_896 + 2_440_588)
  expect(parquet.int96ToTimestamp(A, 1, 0, B)).toBe(0)
  expect(memory.i64[B >>> 3]).toBe(253_402_300_799_999_999n)
  expect(parquet.int96ToTimestamp(A, 1, 1, B)).toBe(-4)
  // 1969-12-31T23:59:59.999999999
  put96(86_399_999_999_999n, 2_440_587)
  expect(parquet.int96ToTimestamp(A, 1, 1, B)).toBe(0)
  expect(memory.i64[B >>> 3]).toBe(-1n)
})

test('BYTE_STREAM_SPLIT puts values of any width together', () => {
  fc.assert(
    fc.property(fc.constantFrom(2, 3, 4, 8, 12, 16), fc.nat(60), fc.nat(60), (width, first, n) => {
      const total = first + n + 3
      const values = Array.from({ length: total * width }, (_, i) => (i * 31 + (i >> 3)) & 255)
      const split = Array.from(
        { length: total * width },
        (_, at) => values[(at % total) * width + Math.floor(at / total)]!,
      )
      put(A, split)
      parquet.splitRead(A, total, width, first, n, B)
      expect(bytes(B, n * width)).toEqual(values.slice(first * width, (first + n) * width))
    }),
    { seed: 7 },
  )
})

test('byte arrays of sixteen bytes are UUIDs, others an error', () => {
  const value = fc.oneof({ weight: 9, arbitrary: fc.constant(16) }, { weight: 1, arbitrary: fc.nat(20) })
  fc.assert(
    fc.property(fc.array(value, { maxLength: 12 }), fc.nat(255), (lengths, seed) => {
      const content = Array.from({ length: 400 }, (_, i) => (i * 13 + seed) & 255)
      put(A, content)
      let at = A
      const views = lengths.flatMap((length) => {
        const view = [at, length]
        at += length
        return view
      })
      putWords(B, views)
      const isFine = lengths.every((length) => length === 16)
      expect(parquet.viewsToB128(B, lengths.length, C)).toBe(isFine ? 0 : -3)
      if (isFine) expect(bytes(C, lengths.length * 16)).toEqual(content.slice(0, lengths.length * 16))
    }),
    { seed: 8 },
  )
})

test('small integers are widened, signed or not', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(1, 2), fc.boolean(), (raw, width, isSigned) => {
      put(A, [...raw])
      const n = Math.floor(raw.length / width)
      const view = new DataView(raw.buffer)
      const wanted = Array.from({ length: n }, (_, i) => {
        if (width === 1) return isSigned ? view.getInt8(i) : view.getUint8(i)
        return isSigned ? view.getInt16(2 * i, true) : view.getUint16(2 * i, true)
      })
      parquet.widenSmall(A, n, width, isSigned ? 1 : 0, B)
      expect(wanted.map((_, i) => memory.i32[(B >>> 2) + i])).toEqual(wanted)
    }),
    { seed: 9 },
  )
})
