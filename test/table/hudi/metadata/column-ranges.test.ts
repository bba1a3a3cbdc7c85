/** Keys of the index by column, and bounds of several files together. */
import { describe, expect, test } from 'vitest'
import { BIGINT, VARCHAR } from '../../../../src/core/types.ts'
import { keyPrefixes, rangeOf, unionOf } from '../../../../src/table/hudi/metadata/column-ranges.ts'

test('keys begin with the hashes of column and partition, as Hudi wrote them', () => {
  expect(keyPrefixes([{ name: 'grp' }, { name: '_hoodie_commit_time' }], undefined)).toEqual([
    '7Mut8JxYLUM=',
    'JBBzUToHtLc=',
  ])
  expect(keyPrefixes([{ name: 'grp' }], ['grp=g1', 'grp=g2'])).toEqual([
    '7Mut8JxYLUM=IB818THpGoU=',
    '7Mut8JxYLUM=XKGUgv36T4Y=',
  ])
})

test('bounds of texts that UTF-16 puts in another order than UTF-8 are not taken', () => {
  const of = (min: string, max: string): ReturnType<typeof rangeOf> =>
    rangeOf({ minValue: { value: min }, maxValue: { value: max }, nullCount: 0n }, VARCHAR)
  expect(of('a', '\u{1F600}')).toEqual({ min: 'a', max: '\u{1F600}', exact: false, nullCount: 0 })
  // '\uFF5E' < '\u{1F600}' in UTF-8, and the other way round in UTF-16.
  expect(of('a', '\uFF5E')).toEqual({ exact: false, nullCount: 0 })
  expect(of('\u{1F600}', '\u{1F601}')).toEqual({ exact: false, nullCount: 0 })
})

describe('bounds of several files', () => {
  const range = (min: bigint, max: bigint, nullCount: number): Parameters<typeof unionOf>[0][number] => ({
    min,
    max,
    exact: false,
    nullCount,
  })

  test('hold for the rows of each', () => {
    expect(unionOf([range(1n, 5n, 0), range(-3n, 2n, 2)], BIGINT)).toEqual(range(-3n, 5n, 2))
  })

  test('are none where those of one file are not known', () => {
    expect(unionOf([range(1n, 5n, 0), undefined], BIGINT)).toBeUndefined()
    expect(
      unionOf(
        [
          { exact: false, nullCount: 3 },
          { min: 'a', max: 'b', exact: false, nullCount: 0 },
        ],
        VARCHAR,
      ),
    ).toEqual({
      exact: false,
      nullCount: 3,
    })
  })
})
