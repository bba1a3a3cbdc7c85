import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isAscending, mergeAscending } from '../../../src/exec/scan/merge-ascending.ts'

const list = fc.array(fc.integer({ min: 0, max: 30 })).map((values) => Float64Array.from(values).sort())

it('ascending lists become one, with every value as often as they have it', () => {
  fc.assert(
    fc.property(fc.array(list, { maxLength: 6 }), (lists) => {
      const all = lists.flatMap((values) => [...values]).toSorted((a, b) => a - b)
      expect([...mergeAscending(lists)]).toEqual(all)
    }),
    { numRuns: 50 },
  )
})

it('tells lists that ascend from those that do not', () => {
  expect([[], [1], [1, 1, 2]].map((values) => isAscending(Float64Array.from(values)))).toEqual([true, true, true])
  expect(isAscending(Float64Array.of(1, 3, 2))).toBe(false)
})
