import { expect, test } from 'vitest'
import { BIGINT } from '../../../src/core/types.ts'
import type { DeltaFile } from '../../../src/table/delta/actions.ts'
import { statisticsOf } from '../../../src/table/delta/file-statistics.ts'

const rowCount = (stats: string): number | undefined => statisticsOf({ stats } as DeltaFile).rowCount

test.each<[string, number | undefined]>([
  ['{"numRecords":12}', 12],
  ['{"numRecords":12,"minValues":{"id":1}}', 12],
  ['{ "numRecords": 12 }', 12],
  ['{"minValues":{"numRecords":3},"numRecords":4}', 4],
  ['{"numRecords":-1}', undefined],
  ['{"numRecords":1.5}', undefined],
  ['{"numRecords":12', undefined],
  ['{"numRecords":12,"minVal', undefined],
  ['{}', undefined],
])('rows of %s', (stats, expected) => expect(rowCount(stats)).toBe(expected))

test('bounds, after the count', () => {
  const statistics = statisticsOf({ stats: '{"numRecords":2,"minValues":{"id":1},"nullCount":{"id":0}}' } as DeltaFile)
  expect(statistics.rowCount).toBe(2)
  expect(statistics.isTight).toBe(true)
  expect(statistics.bound('min', ['id'], BIGINT)).toEqual({ value: 1n, exact: true })
  expect(statistics.nullCount(['id'])).toBe(0)
})
