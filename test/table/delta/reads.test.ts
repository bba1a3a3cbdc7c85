/** What opening and planning read, not only what they answer. */
import { expect, test } from 'vitest'
import type { JsonObject } from '../../../src/core/exact-json.ts'
import { BIGINT, BOOLEAN, INTEGER } from '../../../src/core/types.ts'
import { call, input, literal } from '../../../src/expr/expr.ts'
import { createStorageAccess } from '../../../src/storage/storage-access.ts'
import { openDeltaTable } from '../../../src/table/delta/delta-table.ts'
import {
  type LogFiles,
  ROOT,
  add,
  checkpoint,
  column,
  commitName,
  commitsOf,
  filesOf,
  lines,
  makeStorage,
  metadata,
  protocol,
} from './make-table.ts'

const start = [protocol(), metadata([column('id', 'long'), column('p', 'integer')], { partitionBy: ['p'] })]
const stats = (n: number): JsonObject => ({
  partitionValues: { p: String(n % 10) },
  stats: { numRecords: 10, minValues: { id: n * 10 }, maxValues: { id: n * 10 + 9 }, nullCount: { id: 0 } },
})

async function open(log: LogFiles) {
  const storage = await makeStorage(log)
  const access = createStorageAccess([], () => storage)
  return { storage, table: await openDeltaTable(ROOT, { name: 't', access }), access }
}

test('a large commit is read in pieces', async () => {
  const adds = Array.from({ length: 40_000 }, (_, n) =>
    add(`file-${n}-of-a-name-as-long-as-they-are.parquet`, stats(n)),
  )
  const { storage, table } = await open(commitsOf([[...start, ...adds]]))
  const { counts } = storage
  expect(counts.bytesRead).toBeGreaterThan(8 << 20)
  expect(counts.readCount).toBe(Math.ceil(counts.bytesRead / (4 << 20)))
  expect(await table.statistics()).toMatchObject({ fileCount: 40_000, rowCount: 400_000, exact: true })
  const predicate = call('eq', [input(0, BIGINT), literal(123_456n, BIGINT)], BOOLEAN)
  const columns = [{ name: 'id', type: BIGINT }]
  expect(await filesOf(table, { columns, predicate })).toEqual(['file-12345-of-a-name-as-long-as-they-are.parquet'])
})

test('many commits: each is read once, and the next time none is', async () => {
  const commits = Array.from({ length: 500 }, (_, n) => [...(n === 0 ? start : []), add(`f${n}`, stats(n))])
  const { storage, access } = await open(commitsOf(commits))
  expect(storage.counts.readCount).toBe(500)
  const again = await openDeltaTable(ROOT, { name: 't', access })
  expect(storage.counts.readCount).toBe(500)
  const predicate = call('eq', [input(0, INTEGER), literal(7, INTEGER)], BOOLEAN)
  expect(await filesOf(again, { columns: [{ name: 'p', type: INTEGER }], predicate })).toHaveLength(50)
  expect(again.scanMetrics()).toMatchObject({ files_total: 500, files_skipped_by_partition: 450 })
})

test('a table that was dropped and made again is another one', async () => {
  const { storage, access } = await open(commitsOf([[...start, add('old')]]))
  await storage.put(
    `${ROOT}/_delta_log/${commitName(0)}`,
    new TextEncoder().encode(lines([...start, add('the new one')])),
  )
  expect(await filesOf(await openDeltaTable(ROOT, { name: 't', access }))).toEqual(['the new one'])
})

test('commits before a checkpoint are not read', async () => {
  const schema = '{"type":"struct","fields":[]}'
  const rows = [{ 'protocol.minReaderVersion': 1 }, { 'metaData.schemaString': schema }, { 'add.path': 'a' }]
  const { storage } = await open({
    ...commitsOf([start, [add('a')], [add('b')]]),
    [`${'1'.padStart(20, '0')}.checkpoint.parquet`]: checkpoint(rows),
  })
  const read = new Set(storage.counts.urls.map((url) => url.split('/').at(-1)!))
  expect([...read].toSorted()).toEqual([`${'1'.padStart(20, '0')}.checkpoint.parquet`, commitName(2)])
})

test('changes read the commits of their range only', async () => {
  const commits = Array.from({ length: 20 }, (_, n) => [...(n === 0 ? start : []), add(`f${n}`, stats(n))])
  const { storage, table } = await open(commitsOf(commits))
  const before = storage.counts.urls.length
  const version = (value: bigint) => ({ kind: 'version', value }) as const
  const { rows } = await table.changes({
    from: version(15n),
    to: version(17n),
    mode: 'auto',
    net: false,
    identifierColumns: [],
  })
  const columns = [{ name: 'id', type: BIGINT }]
  const predicate = call('ge', [input(0, BIGINT), literal(170n, BIGINT)], BOOLEAN)
  const urls: string[] = []
  for await (const { file } of rows.scan({ columns, predicate })) urls.push(file.url)
  expect(urls).toEqual([`${ROOT}/f17`])
  expect(rows.scanMetrics?.()).toMatchObject({ files_total: 2, files_skipped_by_statistics: 1 })
  expect(storage.counts.urls.slice(before)).toEqual([16, 17].map((n) => `${ROOT}/_delta_log/${commitName(n)}`))
})
