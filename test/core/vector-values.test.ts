import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnValues } from '../../src/core/vector-export.ts'
import { sliceVector, valueAt } from '../../src/core/vector-values.ts'
import { TYPES, columnOf, freshContext, testContext, toVector } from '../expr/random-batches.ts'

let context = testContext()
const ROWS = 20

describe('vectors and values', () => {
  it('what is written is read, one by one, as a column and in slices', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TYPES).chain((type) => columnOf(type, ROWS)),
        fc.nat(ROWS),
        fc.nat(ROWS),
        (column, a, b) => {
          context = freshContext(context)
          const { memory } = context
          const vector = toVector(context, column)
          const values = [...column.values]
          expect(columnValues(memory, vector)).toEqual(values)
          expect(values.map((_, row) => valueAt(memory, vector, row))).toEqual(values)
          const [start, end] = [Math.min(a, b), Math.max(a, b)]
          expect(columnValues(memory, sliceVector(vector, start, end - start))).toEqual(values.slice(start, end))
        },
      ),
      { numRuns: 1000 },
    )
  })
})
