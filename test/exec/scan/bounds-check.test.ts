/** Values and the bounds that statistics tell: what lies within is right, and no value is outside without a word. */
import { describe, expect, test } from 'vitest'
import { BIGINT, DATE, DOUBLE, type DataType, VARCHAR } from '../../../src/core/types.ts'
import { boundsCheck } from '../../../src/exec/scan/bounds-check.ts'
import type { ColumnRange } from '../../../src/expr/column-range.ts'
import { testContext } from '../../expr/random-batches.ts'
import { type Value, makeFlat } from '../vector-values.ts'

const context = testContext()

function check(type: DataType, range: Omit<ColumnRange, 'exact'>, values: readonly Value[]): void {
  const where = { url: 'f', column: 'c' }
  boundsCheck(context, type, { exact: false, ...range }, where)?.run(makeFlat(context, type, values))
}

describe('values and their bounds', () => {
  const cases: readonly (readonly [
    string,
    DataType,
    Omit<ColumnRange, 'exact'>,
    readonly Value[],
    readonly Value[],
  ])[] = [
    ['both bounds', BIGINT, { min: 3n, max: 9n }, [3n, null, 9n], [3n, 10n]],
    ['one bound', BIGINT, { min: 3n }, [3n, 1000n], [3n, 2n]],
    ['no NULL within bounds', BIGINT, { min: 3n, max: 9n, nullCount: 0 }, [3n, 9n], [3n, null]],
    ['no NULL', BIGINT, { nullCount: 0 }, [3n, 9n], [3n, null]],
    ['dates', DATE, { min: 100, max: 200 }, [100, 200], [99]],
    ['texts', VARCHAR, { min: 'b', max: 'bz' }, ['b', 'bb', null], ['a']],
    // Bounds of floats leave NaN out.
    ['floats', DOUBLE, { min: -1, max: 1 }, [-1, NaN, 0.5], [2]],
  ]

  test.each(cases)('%s', (_, type, range, within, outside) => {
    expect(() => check(type, range, within)).not.toThrow()
    const damaged = expect.objectContaining({
      sqlstate: 'XX001',
      message: expect.stringContaining('column "c": 1 values'),
    })
    expect(() => check(type, range, outside)).toThrow(damaged)
  })

  test('nothing is known', () => {
    expect(boundsCheck(context, BIGINT, undefined, { url: 'f', column: 'c' })).toBeUndefined()
    expect(boundsCheck(context, BIGINT, { exact: false, valueCount: 3 }, { url: 'f', column: 'c' })).toBeUndefined()
  })
})
