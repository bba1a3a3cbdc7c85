import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, bytesAt, i128At, i32At, i64At, kernels, putBytes, putI128, putI32, putI64 } from './kernel-arena.ts'

const mask = fc.oneof(
  fc.array(fc.constantFrom(0, 1), { maxLength: 100 }),
  fc.array(fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1), { maxLength: 100 }),
  fc.nat(100).map((length) => Array.from({ length }, () => 1)),
)
const indexes = (values: readonly number[], wanted: number): number[] =>
  values.flatMap((value, i) => (value === wanted ? [i] : []))

describe('selections', () => {
  it('from masks', () => {
    fc.assert(
      fc.property(mask, (values) => {
        arena.reset()
        const n = values.length
        const [at, out] = [putBytes(values), arena.allocate(n * 4)]
        expect(i32At(out, kernels.selectTrue(at, n, out))).toEqual(indexes(values, 1))
        expect(i32At(out, kernels.selectFalse(at, n, out))).toEqual(indexes(values, 0))
        expect(kernels.countTrue(at, n)).toBe(indexes(values, 1).length)
        const rows = values.map((_, i) => i * 3)
        expect(i32At(out, kernels.compactSelection(at, putI32(rows), n, out))).toEqual(
          rows.filter((_, i) => values[i] === 1),
        )
      }),
    )
  })

  it('by dictionary codes', () => {
    const scenario = fc.tuple(
      fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 6 }),
      fc.array(fc.tuple(fc.nat(5), fc.constantFrom(0, 1, 1)), { maxLength: 60 }),
      fc.boolean(),
    )
    fc.assert(
      fc.property(scenario, ([marks, rows, hasNulls]) => {
        arena.reset()
        const n = rows.length
        const codes = rows.map(([code]) => code % marks.length)
        const [at, lut, out] = [putI32(codes), putBytes(marks), arena.allocate(n * 4)]
        const validity = hasNulls ? putBytes(rows.map(([, valid]) => valid)) : 0
        const isHit = (row: number): boolean => marks[codes[row]!] === 1 && (!hasNulls || rows[row]![1] === 1)
        const all = codes.map((_, i) => i)
        expect(i32At(out, kernels.selectByCode(at, lut, validity, n, out))).toEqual(all.filter(isHit))
        const some = all.filter((row) => row % 2 === 0)
        expect(i32At(out, kernels.refineByCode(at, lut, validity, putI32(some), some.length, out))).toEqual(
          some.filter(isHit),
        )
        kernels.lookUpI8(at, lut, n, out)
        expect(bytesAt(out, n)).toEqual(codes.map((code) => marks[code]))
      }),
    )
  })
})

describe('moving values', () => {
  it('gather and scatter are each other turned round', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer(), fc.double()), { minLength: 1, maxLength: 40 }), (pairs) => {
        arena.reset()
        const n = pairs.length
        const order = pairs.map((_, i) => i).toSorted((a, b) => pairs[a]![1] - pairs[b]![1])
        const rows = putI32(order)
        const values = pairs.map(([value]) => value)
        const wide = values.map((value) => BigInt(value) << 70n)
        const [out, back] = [arena.allocate(n * 16), arena.allocate(n * 16)]
        kernels.gatherI32(putI32(values), rows, n, out)
        expect(i32At(out, n)).toEqual(order.map((i) => values[i]))
        kernels.scatterI32(out, rows, n, back)
        expect(i32At(back, n)).toEqual(values)
        kernels.gatherI64(putI64(values.map(BigInt)), rows, n, out)
        expect(i64At(out, n)).toEqual(order.map((i) => BigInt(values[i]!)))
        kernels.scatterI64(out, rows, n, back)
        expect(i64At(back, n)).toEqual(values.map(BigInt))
        kernels.gatherI128(putI128(wide), rows, n, out)
        expect(i128At(out, n)).toEqual(order.map((i) => wide[i]))
        kernels.scatterI128(out, rows, n, back)
        expect(i128At(back, n)).toEqual(wide)
        kernels.gatherI8(putBytes(values.map((value) => value & 255)), rows, n, out)
        kernels.scatterI8(out, rows, n, back)
        expect(bytesAt(back, n)).toEqual(values.map((value) => value & 255))
      }),
    )
  })

  it('fill', () => {
    for (const n of [0, 1, 5, 17]) {
      arena.reset()
      const out = arena.allocate(n * 16)
      kernels.fillI32(putI32([7]), n, out)
      expect(i32At(out, n)).toEqual(Array.from({ length: n }, () => 7))
      kernels.fillI64(putI64([-9n]), n, out)
      expect(i64At(out, n)).toEqual(Array.from({ length: n }, () => -9n))
      kernels.fillI128(putI128([1n << 100n]), n, out)
      expect(i128At(out, n)).toEqual(Array.from({ length: n }, () => 1n << 100n))
      kernels.fillRows(3, n, out)
      expect(i32At(out, n)).toEqual(Array.from({ length: n }, (_, i) => i + 3))
    }
  })
})

describe('three-valued logic', () => {
  it('AND, OR, NOT', () => {
    const ternary = fc.constantFrom(true, false, null)
    fc.assert(
      fc.property(fc.array(fc.tuple(ternary, ternary, fc.boolean()), { minLength: 1, maxLength: 40 }), (rows) => {
        arena.reset()
        const n = rows.length
        // Values under a NULL are anything.
        const data = (place: 0 | 1): number => putBytes(rows.map((row) => Number(row[place] ?? row[2])))
        const valid = (place: 0 | 1): number => putBytes(rows.map((row) => Number(row[place] !== null)))
        const [out, outValid] = [arena.allocate(n), arena.allocate(n)]
        const result = (): (boolean | null)[] =>
          bytesAt(outValid, n).map((one, i) => (one === 0 ? null : bytesAt(out, n)[i] === 1))
        kernels.andTernary(data(0), valid(0), data(1), valid(1), n, out, outValid)
        expect(result()).toEqual(
          rows.map(([a, b]) => (a === false || b === false ? false : a === null || b === null ? null : true)),
        )
        kernels.orTernary(data(0), valid(0), data(1), valid(1), n, out, outValid)
        expect(result()).toEqual(
          rows.map(([a, b]) => (a === true || b === true ? true : a === null || b === null ? null : false)),
        )
      }),
    )
  })
})
