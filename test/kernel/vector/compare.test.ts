import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, compareFloats } from '../../../src/expr/values/compare.ts'
import { arena, bytesAt, kernels, putBytes, putF32, putF64, putI128, putI32, putI64, putViews } from './kernel-arena.ts'

/** eq ne lt ge le gt, as the kernels number them. */
const HOLDS: readonly ((order: number) => boolean)[] = [
  (order) => order === 0,
  (order) => order !== 0,
  (order) => order < 0,
  (order) => order >= 0,
  (order) => order <= 0,
  (order) => order > 0,
]

const plain = <T extends number | bigint>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)

function check<T>(
  values: fc.Arbitrary<T>,
  order: (a: T, b: T) => number,
  put: (values: readonly T[]) => number,
  kernel: (op: number, a: number, b: number, step: number, n: number, out: number) => void,
): void {
  // Sizes around the 16 rows of a vector loop, values few enough to be equal at times.
  const rows = fc.array(fc.tuple(values, values), { minLength: 1, maxLength: 70 })
  fc.assert(
    fc.property(rows, fc.nat(5), (pairs, op) => {
      arena.reset()
      const n = pairs.length
      const a = put(pairs.map(([x]) => x))
      const b = put(pairs.map(([, y]) => y))
      const out = arena.allocate(n)
      kernel(op, a, b, 1, n, out)
      expect(bytesAt(out, n)).toEqual(pairs.map(([x, y]) => Number(HOLDS[op]!(order(x, y)))))
      kernel(op, a, b, 0, n, out)
      expect(bytesAt(out, n)).toEqual(pairs.map(([x]) => Number(HOLDS[op]!(order(x, pairs[0]![1])))))
    }),
    { numRuns: 300 },
  )
}

const float = fc.oneof(fc.constantFrom(0, -0, 1, -1, Number.NaN, Infinity, -Infinity), fc.float())

describe('comparisons', () => {
  it('i32', () => check(fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer()), plain, putI32, kernels.compareI32))
  it('i64', () =>
    check(
      fc.oneof(fc.bigInt({ min: -2n, max: 2n }), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })),
      plain,
      putI64,
      kernels.compareI64,
    ))
  it('i128', () =>
    check(
      fc.oneof(
        fc.bigInt({ min: -2n, max: 2n }),
        fc.bigInt({ min: -(1n << 127n), max: (1n << 127n) - 1n }),
        fc.constantFrom(1n << 64n, -(1n << 64n)),
      ),
      plain,
      putI128,
      kernels.compareI128,
    ))
  it('f64: NaN is greatest, -0 is 0', () => check(float, compareFloats, putF64, kernels.compareF64))
  it('f32', () => check(float.map(Math.fround), compareFloats, putF32, kernels.compareF32))
  it('booleans', () => check(fc.constantFrom(0, 1), plain, putBytes, kernels.compareI8))
  it('bytes', () => {
    const value = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .constantFrom('', 'a', 'ab', 'abcdefgh', 'abcdefghi', 'abcdefgi')
        .map((text) => new Uint8Array(Buffer.from(text))),
    )
    check(value, compareBytes, putViews, (op, a, b, step, n, out) => kernels.compareBytes(op, a, b, step, 0, n, out))
  })
  it('uuids', () => {
    const value = fc.oneof(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.constant(new Uint8Array(16)))
    check(value, compareBytes, (values) => putBytes(values.flatMap((bytes) => [...bytes])), kernels.compareB128)
  })
  it('membership in sorted lists', () => {
    const small = fc.integer({ min: -20, max: 20 })
    fc.assert(
      fc.property(
        fc.array(small, { minLength: 1, maxLength: 40 }),
        fc.array(small, { maxLength: 20 }),
        (values, list) => {
          arena.reset()
          const n = values.length
          const sorted = list.toSorted((x, y) => x - y)
          const out = arena.allocate(n)
          const wanted = values.map((value) => Number(list.includes(value)))
          kernels.isAmongI32(putI32(values), n, putI32(sorted), sorted.length, out)
          expect(bytesAt(out, n)).toEqual(wanted)
          kernels.isAmongI64(putI64(values.map(BigInt)), n, putI64(sorted.map(BigInt)), sorted.length, out)
          expect(bytesAt(out, n)).toEqual(wanted)
        },
      ),
    )
  })
})
