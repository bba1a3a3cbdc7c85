/** Tables of more files than are asked one by one for estimates: what they say exactly when a query asks. */
import { expect, test } from 'vitest'
import type { JsonObject } from '../../../src/core/exact-json.ts'
import { add, column, commitName, lines, metadata, openLog, protocol } from './make-table.ts'

const COUNT = 2500

/** File `i` has ids from 10 i to 10 i + 9, partition i modulo 7, and says nothing of `other`. */
function file(i: number, more: JsonObject = {}): JsonObject {
  const stats = { numRecords: 10, minValues: { id: 10 * i }, maxValues: { id: 10 * i + 9 }, nullCount: { id: 0 } }
  return add(`f${i}`, { stats, partitionValues: { p: `${i % 7}` }, ...more })
}

async function open(last: JsonObject = {}) {
  const columns = [column('id', 'long'), column('other', 'long'), column('p', 'integer')]
  const actions = [
    protocol(['deletionVectors']),
    metadata(columns, { partitionBy: ['p'] }),
    ...Array.from({ length: COUNT }, (_, i) => file(i, i === COUNT - 1 ? last : {})),
  ]
  return openLog({ [commitName(0)]: lines(actions) })
}

const asked = (name: string, what: 'bounds' | 'nulls'): ReadonlyMap<string, 'bounds' | 'nulls'> =>
  new Map([[name, what]])

test('bounds and counts of all files, and of partition columns', async () => {
  const table = await open()
  expect((await table.statistics()).columns.size).toBe(0)
  const exact = await table.exactStatistics(asked('id', 'bounds'))
  expect(exact).toMatchObject({ rowCount: 25_000, exact: true, fileCount: COUNT })
  expect(exact!.columns.get('id')).toMatchObject({ min: 0n, max: 24_999n, nullCount: 0, exact: true })
  const ofPartition = await table.exactStatistics(asked('p', 'bounds'))
  expect(ofPartition!.columns.get('p')).toMatchObject({ min: 0, max: 6, nullCount: 0, exact: true })
})

test('nothing where files do not say', async () => {
  const table = await open()
  expect(await table.exactStatistics(asked('other', 'bounds'))).toBeUndefined()
  expect(await table.exactStatistics(asked('other', 'nulls'))).toBeUndefined()
  expect(await table.exactStatistics(asked('nothing', 'bounds'))).toBeUndefined()
})

test('a deletion vector leaves neither bounds nor NULLs certain', async () => {
  const vector = { storageType: 'u', pathOrInlineDv: 'x'.repeat(20), sizeInBytes: 40, cardinality: 4 }
  const stats = { numRecords: 10, minValues: {}, maxValues: {}, nullCount: { id: 10 } }
  const table = await open({ deletionVector: vector, stats })
  expect(await table.exactStatistics(asked('id', 'bounds'))).toBeUndefined()
  expect(await table.exactStatistics(asked('id', 'nulls'))).toBeUndefined()
  expect((await table.statistics()).rowCount).toBe(24_996)
})
