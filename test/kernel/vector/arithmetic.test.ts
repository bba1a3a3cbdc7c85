import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { civilFromDays } from '../../../src/expr/values/calendar.ts'
import { divideRounded } from '../../../src/expr/values/decimal.ts'
import {
  arena,
  f64At,
  i128At,
  i32At,
  i64At,
  kernels,
  putBytes,
  putF64,
  putI128,
  putI32,
  putI64,
} from './kernel-arena.ts'

type Operation = (a: bigint, b: bigint) => bigint | null

/** Null: an error. */
const OPERATIONS: Record<string, Operation> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => (b === 0n ? null : a / b),
  modulo: (a, b) => (b === 0n ? null : a % b),
}

function bits(count: number): fc.Arbitrary<bigint> {
  const limit = 1n << BigInt(count - 1)
  return fc.oneof(
    { weight: 6, arbitrary: fc.bigInt({ min: -50n, max: 50n }) },
    {
      weight: 2,
      arbitrary: fc.bigInt({ min: -(1n << BigInt(count / 2)), max: 1n << BigInt(count / 2) }),
    },
    { weight: 1, arbitrary: fc.bigInt({ min: -limit, max: limit - 1n }) },
    { weight: 1, arbitrary: fc.constantFrom(limit - 1n, -limit, -1n, 0n) },
  )
}

const rowsOf = (count: number): fc.Arbitrary<[bigint, bigint, number][]> =>
  fc.array(fc.tuple(bits(count), bits(count), fc.constantFrom(1, 1, 1, 0)), {
    minLength: 1,
    maxLength: 40,
  })

function check(width: 32 | 64, name: string): void {
  const kernel = (kernels as unknown as Record<string, typeof kernels.addI32>)[`${name}I${width}`]!
  const put = (values: readonly bigint[]): number => (width === 32 ? putI32(values.map(Number)) : putI64(values))
  fc.assert(
    fc.property(
      rowsOf(width),
      fc.constantFrom([1, 1], [0, 1], [1, 0]),
      fc.boolean(),
      (rows, [aStep, bStep], hasNulls) => {
        arena.reset()
        const n = rows.length
        const validity = hasNulls ? putBytes(rows.map(([, , valid]) => valid)) : 0
        const out = arena.allocate(n * 8)
        const row = kernel(put(rows.map(([a]) => a)), aStep!, put(rows.map(([, b]) => b)), bStep!, n, validity, out)
        const wanted = rows.map((_, i) => OPERATIONS[name]!(rows[i * aStep!]![0], rows[i * bStep!]![1]))
        const isError = (value: bigint | null, i: number): boolean =>
          (!hasNulls || rows[i]![2] === 1) && (value === null || BigInt.asIntN(width, value) !== value)
        expect(row).toBe(wanted.findIndex(isError))
        if (row >= 0) return
        const got = width === 32 ? i32At(out, n).map(BigInt) : i64At(out, n)
        for (const [i, value] of wanted.entries()) if (!hasNulls || rows[i]![2] === 1) expect(got[i]).toBe(value)
      },
    ),
    { numRuns: 500 },
  )
}

describe('integers, with the first row that overflows', () => {
  for (const name of Object.keys(OPERATIONS)) {
    it(`${name} i32`, () => check(32, name))
    it(`${name} i64`, () => check(64, name))
  }
})

describe('128-bit integers', () => {
  const wide = bits(128)
  const pairs = fc.array(fc.tuple(wide, wide), { minLength: 1, maxLength: 20 })

  it('add and subtract modulo 2^128', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        arena.reset()
        const n = rows.length
        const [a, b, out] = [putI128(rows.map(([x]) => x)), putI128(rows.map(([, y]) => y)), arena.allocate(n * 16)]
        kernels.addI128(a, 1, b, 1, n, out)
        expect(i128At(out, n)).toEqual(rows.map(([x, y]) => BigInt.asIntN(128, x + y)))
        kernels.subtractI128(a, 1, b, 0, n, out)
        expect(i128At(out, n)).toEqual(rows.map(([x]) => BigInt.asIntN(128, x - rows[0]![1])))
      }),
    )
  })

  it('multiply, with the first row that leaves 128 bits', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        arena.reset()
        const n = rows.length
        const out = arena.allocate(n * 16)
        const row = kernels.multiplyI128(
          putI128(rows.map(([x]) => x)),
          1,
          putI128(rows.map(([, y]) => y)),
          1,
          n,
          0,
          out,
        )
        const wanted = rows.map(([x, y]) => x * y)
        // The kernel also refuses -2^127, which no decimal reaches.
        const first = wanted.findIndex((value) => value >= 1n << 127n || value <= -(1n << 127n))
        expect(row).toBe(first)
        if (row < 0) expect(i128At(out, n)).toEqual(wanted)
      }),
      { numRuns: 1000 },
    )
  })

  it('exact products of 64-bit values, widening and narrowing', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(bits(64), bits(64)), { minLength: 1, maxLength: 20 }), (rows) => {
        arena.reset()
        const n = rows.length
        const [a, b, out] = [putI64(rows.map(([x]) => x)), putI64(rows.map(([, y]) => y)), arena.allocate(n * 16)]
        kernels.multiplyWideI64(a, 1, b, 1, n, out)
        expect(i128At(out, n)).toEqual(rows.map(([x, y]) => x * y))
        const narrow = arena.allocate(n * 8)
        expect(kernels.narrowI128(out, n, 0, narrow)).toBe(
          rows.findIndex(([x, y]) => BigInt.asIntN(64, x * y) !== x * y),
        )
        kernels.widenI64(a, n, out)
        expect(i128At(out, n)).toEqual(rows.map(([x]) => x))
      }),
    )
  })

  it('finds values with too many digits', () => {
    fc.assert(
      fc.property(
        fc.array(wide, { minLength: 1, maxLength: 20 }),
        fc.bigInt({ min: 1n, max: 10n ** 38n }),
        (values, limit) => {
          arena.reset()
          const row = kernels.exceedsI128(putI128(values), values.length, 0, putI128([limit]))
          expect(row).toBe(values.findIndex((value) => value >= limit || value <= -limit))
        },
      ),
    )
  })
})

describe('conversions', () => {
  it('fields of dates', () => {
    const days = fc.oneof(
      fc.integer({ min: -800_000, max: 800_000 }),
      fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
    )
    fc.assert(
      fc.property(fc.array(days, { minLength: 1, maxLength: 20 }), (values) => {
        arena.reset()
        const n = values.length
        const [a, out] = [putI32(values), arena.allocate(n * 4)]
        const civil = values.map(civilFromDays)
        const fields = [
          civil.map(({ year }) => (year > 0 ? year : year - 1)),
          civil.map(({ month }) => month),
          civil.map(({ day }) => day),
          civil.map(({ month }) => Math.ceil(month / 3)),
          civil.map(({ year, month }) => year * 12 + month - 1),
          values.map((day) => (((day + 4) % 7) + 7) % 7),
        ]
        for (const [field, wanted] of fields.entries()) {
          kernels.dateField(field, a, n, out)
          expect(i32At(out, n)).toEqual(wanted)
        }
      }),
    )
  })

  it('the calendar itself agrees with JavaScript', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (day) => {
        const date = new Date(day * 86_400_000)
        expect(civilFromDays(day)).toEqual({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
        })
      }),
      { numRuns: 5000 },
    )
  })

  it('rounded division, floor division, doubles of decimals', () => {
    fc.assert(
      fc.property(fc.array(bits(64), { minLength: 1, maxLength: 20 }), fc.nat(17), (values, digits) => {
        arena.reset()
        const n = values.length
        const [a, out] = [putI64(values), arena.allocate(n * 8)]
        const divisor = 10n ** BigInt(digits + 1)
        kernels.divideRoundedI64(a, n, divisor, out)
        expect(i64At(out, n)).toEqual(values.map((value) => divideRounded(value, divisor)))
        const row = kernels.decimalToF64(a, n, 0, 10 ** digits, out)
        expect(row).toBe(values.findIndex((value) => value > 1n << 53n || value < -(1n << 53n)))
        if (row < 0) expect(f64At(out, n)).toEqual(values.map((value) => Number(value) / 10 ** digits))
      }),
    )
  })

  it('floats: the first row that overflows, underflows or divides by zero', () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1, 1e308, 5e-324, Number.NaN, Infinity))
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 12 }), fc.nat(3), (rows, op) => {
        arena.reset()
        const n = rows.length
        const out = arena.allocate(n * 8)
        const row = kernels.arithmeticF64(
          op,
          putF64(rows.map(([x]) => x)),
          1,
          putF64(rows.map(([, y]) => y)),
          1,
          n,
          0,
          out,
        )
        const compute = [
          (x: number, y: number) => x + y,
          (x: number, y: number) => x - y,
          (x: number, y: number) => x * y,
          (x: number, y: number) => x / y,
        ][op]!
        const isError = ([x, y]: [number, number]): boolean => {
          const r = compute(x, y)
          if (op === 3 && y === 0) return !Number.isNaN(x)
          if (Number.isFinite(x) && Number.isFinite(y) && !Number.isFinite(r)) return true
          return r === 0 && ((op === 2 && x !== 0 && y !== 0) || (op === 3 && x !== 0 && Number.isFinite(y)))
        }
        expect(row).toBe(rows.findIndex(isError))
        if (row < 0) expect(f64At(out, n)).toEqual(rows.map(([x, y]) => compute(x, y)))
      }),
      { numRuns: 1000 },
    )
  })
})
