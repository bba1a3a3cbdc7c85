/** Tables of more files than are asked one by one for estimates: what they say exactly when a query asks. */
import { expect, test } from 'vitest'
import { BIGINT } from '../../../src/core/types.ts'
import { encodeBound } from '../../../src/table/iceberg/bounds.ts'
import { type MadeFile, type MadeManifest, makeTable } from './make-table.ts'

const fields = [
  { id: 1, name: 'id', required: false, type: 'long' },
  { id: 2, name: 'other', required: false, type: 'long' },
]

const bound = (value: number): Uint8Array => encodeBound(BigInt(value), BIGINT)!

/** File `i` has ids from 10 i to 10 i + 9, and says nothing of `other`. */
const file = (i: number, more: Partial<MadeFile> = {}): MadeFile => ({
  path: `f${i}`,
  lower: { 1: bound(10 * i) },
  upper: { 1: bound(10 * i + 9) },
  nulls: { 1: 0 },
  ...more,
})

const manifest = (first: number, count: number): MadeManifest => ({
  sequence: 1n,
  files: Array.from({ length: count }, (_, i) => file(first + i)),
})

const asked = (name: string, what: 'bounds' | 'nulls'): ReadonlyMap<string, 'bounds' | 'nulls'> =>
  new Map([[name, what]])

/** The manifest list counts rows only when its writer did. */
const MANIFESTS = [manifest(0, 1500), manifest(1500, 1500)]

test('bounds and counts of all files', async () => {
  const { table } = await makeTable({ fields, manifests: MANIFESTS })
  expect((await table.statistics()).columns.size).toBe(0)
  const exact = await table.exactStatistics(asked('id', 'bounds'))
  expect(exact).toMatchObject({ rowCount: 30_000, exact: true, fileCount: 3000 })
  expect([...exact!.columns]).toEqual([
    ['id', { min: 0n, max: 29_999n, nullCount: 0, nanCount: 0, valueCount: 30_000, exact: true }],
  ])
})

test('nothing of columns that files say nothing of, after one manifest', async () => {
  const { table, storage } = await makeTable({ fields, manifests: MANIFESTS })
  await table.statistics()
  storage.counts.urls.length = 0
  expect(await table.exactStatistics(asked('other', 'bounds'))).toBeUndefined()
  expect(await table.exactStatistics(asked('other', 'nulls'))).toBeUndefined()
  expect(storage.counts.urls.some((url) => url.endsWith('m1.avro'))).toBe(false)
})

test('nothing of tables with deletes, of columns that are not there, or of tables that are asked file by file', async () => {
  const deletes: MadeManifest = { sequence: 2n, deletes: true, files: [{ path: 'd', content: 1 }] }
  const { table: deleted } = await makeTable({ fields, manifests: [...MANIFESTS, deletes] })
  expect(await deleted.exactStatistics(asked('id', 'bounds'))).toBeUndefined()
  const { table } = await makeTable({ fields, manifests: MANIFESTS })
  expect(await table.exactStatistics(asked('nothing', 'bounds'))).toBeUndefined()
  const { table: small } = await makeTable({ fields, manifests: [manifest(0, 10)] })
  expect(await small.exactStatistics(asked('id', 'bounds'))).toBeUndefined()
  expect((await small.statistics()).columns.get('id')).toMatchObject({ min: 0n, max: 99n, exact: true })
})
