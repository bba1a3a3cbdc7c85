/** Entries of partitions that can't match are left out before they are decoded: the same files as when all are decoded. */
import { expect, test } from 'vitest'
import { BOOLEAN, INTEGER } from '../../../src/core/types.ts'
import { type Expr, call, input, literal } from '../../../src/expr/expr.ts'
import type { IcebergTable } from '../../../src/table/iceberg/iceberg-table.ts'
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
