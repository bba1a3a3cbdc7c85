/** EXPLAIN of statements that change tables, through the built package. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/engine/database.ts'
import { commandOf, failureOf, rowsOf } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-explain-change-'))
let database: Database

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  database = await open({ catalog: root, threads: 1, memoryLimit: '128MB' })
  await commandOf(database, 'create table t as select i as a, i * i as b from generate_series(1, 5) s(i)')
  await commandOf(database, 'prepare p as delete from t where a = $1')
})

afterAll(async () => {
  await database.close()
  rmSync(root, { recursive: true, force: true })
})

const plan = async (sql: string): Promise<string[]> => (await rowsOf(database, sql)).map(([line]) => String(line))

const CHANGES: readonly (readonly [string, string, number])[] = [
  ['insert into t select a + 10, b from t where a < 3', 'Insert on t', 2],
  ['insert into t values (6, 36)', 'Insert on t', 1],
  ['with s as (select 1 as x) insert into t select x, x from s', 'Insert on t', 1],
  ['update t set b = 0 where a = 2', 'Update on t', 1],
  ['delete from t using (values (3), (4)) s(x) where a = x', 'Delete on t', 2],
  [
    'merge into t using (values (1), (9)) s(x) on a = x when matched then delete when not matched then insert values (x, x)',
    'Merge on t',
    3,
  ],
  ['create table u as select * from t', 'Create u', 6],
  ['execute p(5)', 'Delete on t', 1],
]

test('plans without changing anything, and with ANALYZE does the work', async () => {
  const before = await rowsOf(database, 'select * from t order by a')
  for (const [sql, title] of CHANGES) {
    const lines = await plan(`explain ${sql}`)
    expect(lines[0]).toBe(title)
    expect(lines[1]).toMatch(/^ {3}-> {2}\w/)
  }
  expect(await rowsOf(database, 'select * from t order by a')).toEqual(before)
  expect(await failureOf(database, 'table u')).toMatch(/^42P01/)
  for (const [sql, title, count] of CHANGES) {
    const lines = await plan(`explain analyze ${sql}`)
    expect(lines[0]).toBe(`${title}  (actual rows=${count})`)
    expect(lines.at(-1)).toMatch(/^Execution Time: /)
  }
  expect(await rowsOf(database, 'select a from t order by a')).toEqual([[2], [6], [9], [11], [12]])
  expect(await rowsOf(database, 'select count(*) as n from u')).toEqual([[6n]])
})

test('as JSON, and not of what has no plan', async () => {
  const [json] = await plan('explain (format json) delete from t where a = 1')
  expect(JSON.parse(json!)).toMatchObject([{ Plan: { 'Node Type': 'ModifyTable', Operation: 'Delete on t' } }])
  expect(await failureOf(database, 'explain create table v (a int)')).toMatch(/^0A000/)
  expect(await failureOf(database, 'explain truncate t')).toMatch(/^0A000/)
})

test('leaves a transaction as it is', async () => {
  await commandOf(database, 'begin')
  await plan('explain delete from t')
  await plan('explain analyze delete from t where a = 2')
  expect(await rowsOf(database, 'select count(*) as n from t')).toEqual([[4n]])
  await commandOf(database, 'rollback')
  expect(await rowsOf(database, 'select count(*) as n from t')).toEqual([[5n]])
})
