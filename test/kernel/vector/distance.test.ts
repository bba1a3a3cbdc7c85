import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DataType, DOUBLE, REAL } from '../../../src/core/types.ts'
import { distanceFunctions } from '../../../src/expr/functions/distance.ts'
import { arena, bytesAt, f64At, kernels, memory, putBytes, putF32, putF64 } from './kernel-arena.ts'

const number = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.float({ noNaN: true, min: -1000, max: 1000 }))
/** Rows of vectors of one length, some items NULL. */
const rows = fc.integer({ min: 0, max: 21 }).chain((dimension) => {
  const item = fc.tuple(number, fc.integer({ min: 0, max: 40 }))
  const vector = fc.array(item, { minLength: dimension, maxLength: dimension })
  return fc.array(fc.tuple(vector, vector, fc.boolean()), { minLength: 1, maxLength: 9 })
})

type Vectors = readonly (readonly (readonly [number, number])[])[]
const valuesOf = (vectors: Vectors): number[] => vectors.flatMap((vector) => vector.map(([value]) => value))
const validOf = (vectors: Vectors): number[] =>
  vectors.flatMap((vector) => vector.map(([, sign]) => (sign === 0 ? 0 : 1)))

function viewsOf(vectors: Vectors): number {
  const at = arena.allocate(vectors.length * 8)
  let start = 0
  vectors.forEach((vector, i) => {
    memory.u32[(at >>> 2) + 2 * i] = start
    memory.u32[(at >>> 2) + 2 * i + 1] = vector.length
    start += vector.length
  })
  return at
}

describe('distances', () => {
  for (const [kind, entry] of distanceFunctions.entries()) {
    const reference = (a: Vectors[number], b: Vectors[number], element: DataType): number | null => {
      const list = { kind: 'list', element: { name: 'element', type: element, nullable: true } } as const
      const literals = [a, b].map((vector) => vector.map(([value, sign]) => (sign === 0 ? null : value)))
      return entry.scalar(
        literals,
        { args: [list, list], result: DOUBLE },
        { nowMicros: 0n, timeZone: 'UTC' },
      ) as number
    }
    for (const element of [REAL, DOUBLE]) {
      it(`${entry.name} of ${element.kind}`, () => {
        const run = element.kind === 'real' ? kernels.distancesF32 : kernels.distancesF64
        const put = element.kind === 'real' ? putF32 : putF64
        fc.assert(
          fc.property(rows, fc.boolean(), (pairs, isConstant) => {
            arena.reset()
            const left = pairs.map(([a]) => a)
            // A constant has no item that is NULL: such a one makes every row NULL.
            const right = pairs.map(([, b]) => (isConstant ? pairs[0]![1].map(([value]) => [value, 1] as const) : b))
            const n = pairs.length
            const valid = putBytes(pairs.map(([, , isValid]) => Number(isValid)))
            const out = arena.allocate(n * 8)
            const rightViews = isConstant ? 0 : viewsOf(right)
            const [validLeft, validRight] = [putBytes(validOf(left)), isConstant ? 0 : putBytes(validOf(right))]
            const items = [
              viewsOf(left),
              put(valuesOf(left)),
              validLeft,
              rightViews,
              putF64(valuesOf(right)),
              validRight,
            ] as const
            expect(run(kind, ...items, right[0]!.length, valid, n, out)).toBe(-1)
            const expected = pairs.map(([a, , isValid], i) => (isValid ? reference(a, right[i]!, element) : null))
            expect(bytesAt(valid, n)).toEqual(expected.map((value) => (value === null ? 0 : 1)))
            expect(f64At(out, n)).toEqual(expected.map((value) => value ?? 0))
          }),
          { numRuns: 60 },
        )
      })
    }
  }

  it('names the first row of other dimensions', () => {
    arena.reset()
    const vectors = [
      [[1, 1]],
      [[1, 1]],
      [
        [1, 1],
        [2, 1],
      ],
    ] as const
    const data = putF64(valuesOf(vectors))
    const [valid, out] = [putBytes([1, 1, 1]), arena.allocate(24)]
    expect(kernels.distancesF64(0, viewsOf(vectors), data, 0, 0, putF64([1]), 0, 1, valid, 3, out)).toBe(2)
  })
})
