/** Sums of a checkpoint's files from the texts of their statistics are those of the files asked one by one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BIGINT, INTEGER, VARCHAR } from '../../../src/core/types.ts'
import type { StorageAccess } from '../../../src/storage/storage-access.ts'
import { readCheckpointFiles } from '../../../src/table/delta/checkpoint-file.ts'
import { type AskedColumn, sumCheckpoint } from '../../../src/table/delta/checkpoint-sums.ts'
import { rangeOfColumn, statisticsOf } from '../../../src/table/delta/file-statistics.ts'
import { RangeSum } from '../../../src/table/range-sum.ts'
import { CHECKPOINT_URL as URL, checkpoint } from './make-checkpoint.ts'

const COLUMNS: readonly AskedColumn[] = [
  { physicalName: 'id', type: BIGINT, wants: 'bounds' },
  { physicalName: 'small', type: INTEGER, wants: 'bounds' },
  { physicalName: 'text', type: VARCHAR, wants: 'nulls' },
]

/** What is asked of all files, either way; undefined where one does not say how many rows it has. */
function total(
  access: StorageAccess,
  columns: readonly AskedColumn[],
  byTexts: boolean,
): { said: unknown; others: number } {
  const sums = columns.map(({ type }) => new RangeSum(type))
  let [rowCount, byteCount, fileCount, others] = [0, 0, 0, 0]
  const addFiles = (files: Iterable<ReturnType<typeof filesOf>[number]>): void => {
    for (const file of files) {
      const statistics = statisticsOf(file)
      const rows = statistics.rowCount ?? Number.NaN
      ;[rowCount, byteCount, fileCount, others] = [
        rowCount + rows,
        byteCount + file.byteCount,
        fileCount + 1,
        others + 1,
      ]
      for (const [i, { physicalName, type }] of columns.entries()) {
        sums[i]!.add(rangeOfColumn(statistics, { path: [physicalName], type, isWidened: false }, file), rows)
      }
    }
  }
  const filesOf = () => [...readCheckpointFiles(access, URL, { withStatistics: true, forCounts: true })].flat()
  if (byTexts) {
    for (const sum of sumCheckpoint(access, URL, { columns, seenPaths: new Set(['seen']) })) {
      ;[rowCount, byteCount, fileCount] = [
        rowCount + sum.rowCount,
        byteCount + sum.byteCount,
        fileCount + sum.fileCount,
      ]
      for (const [i, range] of sum.ranges.entries()) sums[i]!.add(range, sum.rowCount)
      addFiles(sum.others)
    }
  } else addFiles(filesOf())
  const ranges = sums.map((sum, i) => {
    const { min, max, nullCount, exact } = sum.range()
    return columns[i]!.wants === 'nulls' ? { nullCount } : exact ? { min, max, nullCount } : { nullCount }
  })
  return { said: Number.isNaN(rowCount) ? undefined : { rowCount, byteCount, fileCount, ranges }, others }
}

const json = (stats: object): string => JSON.stringify(stats)
const plain = (i: number): string =>
  json({
    numRecords: 10,
    minValues: { id: i, small: -i, text: 'a' },
    maxValues: { id: i + 9, small: 5, text: 'b' },
    nullCount: { id: 0, small: 2, text: 3 },
  })

const SPECIAL: readonly string[] = [
  json({
    numRecords: 10,
    tightBounds: true,
    minValues: { id: 1, small: 1 },
    maxValues: { id: 2, small: 2 },
    nullCount: { id: 0, small: 0, text: 0 },
  }),
  json({
    numRecords: 10,
    tightBounds: false,
    minValues: { id: 1, small: 1 },
    maxValues: { id: 2, small: 2 },
    nullCount: { id: 0, small: 0, text: 0 },
  }),
  json({ numRecords: 0, minValues: {}, maxValues: {}, nullCount: { id: 0, small: 0, text: 0 } }),
  json({ numRecords: 4, minValues: { small: 1 }, maxValues: { small: 2 }, nullCount: { id: 4, small: 0, text: 1 } }),
  json({
    numRecords: 4,
    minValues: { id: null, small: 1 },
    maxValues: { id: 1, small: 2 },
    nullCount: { id: 1, small: 0 },
  }),
  json({
    minValues: { id: 'a"\\', small: 1 },
    maxValues: { id: 5, small: 2 },
    nullCount: { id: 1, small: 0 },
    numRecords: 3,
  }),
  '{ "numRecords" : 7 , "minValues":{"id":-9223372036854775808,"small":1e3},"maxValues":{"id":9223372036854775807,"small":2.0},"nullCount":{"id":0,"small":0,"text":-1}}',
  '{"numRecords":2,"minValues":{"id":1,"id":-1,"small":0},"maxValues":{"id":3,"small":0},"nullCount":{"id":0,"small":0,"text":0}}',
  '{"numRecords":5,"minValues":null,"maxValues":[1],"nullCount":7}',
  '{"numRecords":5',
  '{"numRecords":5,"minValues":{"id":1}} and more}',
  'null',
]

test('of any statistics', async () => {
  const stats = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -50, max: 50 }).map(plain) },
    fc.constantFrom(...SPECIAL),
  )
  const row = fc.record({ path: fc.constantFrom('a', 'b', 'seen'), stats: fc.option(stats, { freq: 30 }) })
  const property = fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
    const access = await checkpoint(rows, 5)
    for (const columns of [COLUMNS, COLUMNS.slice(0, 1), []]) {
      expect(total(access, columns, true).said).toEqual(total(access, columns, false).said)
    }
  })
  await fc.assert(property, { numRuns: 25 })
})

test.each<[string, readonly AskedColumn[]]>([
  ['counts', []],
  ['bounds', COLUMNS],
])('of plain files none is asked itself: %s', async (_, columns) => {
  const access = await checkpoint(Array.from({ length: 50 }, (__, i) => ({ path: `f${i}`, stats: plain(i) })))
  expect(total(access, columns, true).others).toBe(0)
})
