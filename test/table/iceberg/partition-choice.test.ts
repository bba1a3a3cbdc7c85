/** Entries of partitions, and of bounds, that can't match are left out before they are decoded: the same files as when all are decoded. */
import { expect, test } from 'vitest'
import { BIGINT, BOOLEAN, DATE, type DataType, INTEGER } from '../../../src/core/types.ts'
import { type Expr, and, call, input, literal } from '../../../src/expr/expr.ts'
import { encodeBound } from '../../../src/table/iceberg/bounds.ts'
import type { IcebergTable } from '../../../src/table/iceberg/iceberg-table.ts'
import type { EntryChoice } from '../../../src/table/iceberg/entry-choice.ts'
import { readManifest, readManifestList } from '../../../src/table/iceberg/manifest.ts'
import { type MadeFile, makeTable, tasksOf } from './make-table.ts'

const fields = [
  { id: 1, name: 'p', required: false, type: 'int' },
  { id: 2, name: 'other', required: false, type: 'int' },
]
const partition = [{ name: 'p', type: ['null', 'int'], default: null, 'field-id': 1000 }]
const specs = [{ 'spec-id': 0, fields: [{ name: 'p', transform: 'identity', 'source-id': 1, 'field-id': 1000 }] }]

/** Files of the partitions 0 to 9 in turns, every seventh without a partition value, every eleventh deleted. */
const files = Array.from({ length: 3000 }, (_, i): MadeFile => ({
  path: `f${i}`,
  partition: { p: i % 7 === 0 ? null : Math.floor(i / 10) % 10 },
  status: i % 11 === 0 ? 2 : 1,
}))

const open = async (): Promise<IcebergTable> =>
  (await makeTable({ fields, specs, manifests: [{ sequence: 1n, partition, files }] })).table

const compare = (name: string, column: number, value: number): Expr =>
  call(name, [input(column, INTEGER), literal(value, INTEGER)], BOOLEAN)

test.each<[string, Expr, (p: number | null) => boolean]>([
  ['one partition', compare('eq', 0, 3), (p) => p === 3],
  ['several', compare('gt', 0, 6), (p) => p !== null && p > 6],
  ['NULL', call('is_null', [input(0, INTEGER)], BOOLEAN), (p) => p === null],
  ['all', compare('eq', 1, 3), () => true],
  ['none', compare('eq', 0, 10), () => false],
])('%s', async (_, predicate, isIn) => {
  const table = await open()
  const live = files.filter(({ status }) => status !== 2)
  const expected = live.filter(({ partition: of }) => isIn(of!['p'] as number | null)).map(({ path }) => path)
  // At first entries are chosen; the second time the manifest is decoded whole, the third time it is cached.
  for (let time = 0; time < 3; time++) {
    expect((await tasksOf(table, { predicate })).map(({ file }) => file.url)).toEqual(expected)
    const { files_skipped_by_partition: skipped } = table.scanMetrics()
    expect(skipped).toBe(live.length - expected.length)
  }
})

const bounded = (column: number, type: DataType, name: string, value: number | bigint): Expr =>
  call(name, [input(column, type), literal(value, type)], BOOLEAN)

/** File `i` has longs and dates from 10 (i - 1500) to 9 more; some say nothing, some were written when the long was an int. */
const boundedFiles = Array.from({ length: 3000 }, (_, i): MadeFile => {
  const [low, high] = [10 * (i - 1500), 10 * (i - 1500) + 9]
  if (i % 13 === 0) return { path: `f${i}` }
  const boundsOf = (value: number): Record<number, Uint8Array> => ({
    1: i % 17 === 0 ? encodeBound(value, INTEGER)! : encodeBound(BigInt(value) << 30n, BIGINT)!,
    2: encodeBound(value, DATE)!,
  })
  return { path: `f${i}`, lower: boundsOf(low), upper: boundsOf(high), nulls: { 1: 0, 2: 0 } }
})

/** The same with the manifest in two of fewer entries than are chosen from. */
const WAYS = [[boundedFiles], [0, 1, 2, 3].map((part) => boundedFiles.slice(part * 750, part * 750 + 750))]

test.each<[string, Expr]>([
  ['one long', bounded(0, BIGINT, 'eq', 15n << 30n)],
  ['longs above', bounded(0, BIGINT, 'gt', -37n << 30n)],
  ['longs below', bounded(0, BIGINT, 'lt', 1n << 30n)],
  ['turned', call('ge', [literal(-5n << 30n, BIGINT), input(0, BIGINT)], BOOLEAN)],
  ['dates between', and([bounded(1, DATE, 'ge', -100), bounded(1, DATE, 'le', 205)])],
  ['a date that is none', bounded(1, DATE, 'eq', 1_000_000)],
  ['an int as a long', bounded(0, BIGINT, 'eq', 5n)],
  ['both columns', and([bounded(0, BIGINT, 'ge', 0n), bounded(1, DATE, 'lt', 50)])],
])('bounds: %s', async (_, predicate) => {
  const typed = [
    { id: 1, name: 'a', required: false, type: 'long' },
    { id: 2, name: 'b', required: false, type: 'date' },
  ]
  const found = WAYS.map(async (parts) => {
    const { table } = await makeTable({ fields: typed, manifests: parts.map((of) => ({ sequence: 1n, files: of })) })
    const tasks = await tasksOf(table, { predicate })
    const { files_skipped_by_bounds: skipped } = table.scanMetrics()
    expect(skipped).toBe(3000 - tasks.length)
    return tasks.map(({ file }) => file.url)
  })
  const [chosen, whole] = await Promise.all(found)
  expect(chosen).toEqual(whole)
  expect(chosen!.length).toBeLessThan(2500)
})

test('row ids go on behind entries that are left out', async () => {
  const rows = (i: number): number => 1 + (i % 3)
  const made = { sequence: 1n, partition, files: files.map((one, i) => ({ ...one, rows: rows(i) })) }
  const { access, snapshot } = (await makeTable({ fields, specs, manifests: [made] })).table.scanContext
  const rowIds = async (choice?: EntryChoice): Promise<Map<string, bigint | undefined>> => {
    const found = new Map<string, bigint | undefined>()
    for await (const manifest of readManifestList(access, snapshot!)) {
      const numbered = { ...manifest, firstRowId: 100n }
      for await (const entries of readManifest(access, numbered, 'none', { keep: false, choice })) {
        for (const { file } of entries) found.set(file.path, file.firstRowId)
      }
    }
    return found
  }
  const isWanted: EntryChoice['isWanted'] = ({ values }) => values[0] === 3
  const [all, some] = [await rowIds(), await rowIds({ isWanted, ranges: new Map(), skipped: () => undefined })]
  expect(all.size).toBe(3000)
  expect(some.size).toBe(files.filter((one) => one.partition!['p'] === 3).length)
  for (const [path, rowId] of some) expect(rowId).toBe(all.get(path))
})
