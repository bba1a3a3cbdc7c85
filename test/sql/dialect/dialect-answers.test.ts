/** Answers in other dialects, as their manuals say: NULLs in order, names, functions, over a small table. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, open } from '../../../src/engine/database.ts'

let database: Database
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dialects-'))
  database = await open({ catalog: folder, threads: 1 })
  await database.query('CREATE TABLE t (id int, "Name" varchar, d date, x double precision)')
  await database.query(
    "INSERT INTO t VALUES (1, 'ann', date '2024-01-31', 1.5), (2, NULL, NULL, 2), (NULL, 'bob', date '2023-12-31', NULL)",
  )
})

afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

test.each([
  ['mysql', 'select id from t order by id', [null, 1, 2]],
  ['trino', 'select id from t order by id desc', [2, 1, null]],
  ['snowflake', 'select id from t order by id desc', [null, 2, 1]],
  ['postgresql', 'select id from t order by id desc', [null, 2, 1]],
  ['bigquery', 'select id from t order by id desc', [2, 1, null]],
  ['mysql', "select concat(`NAME`, '!') from t order by id", ['bob!', 'ann!', null]],
  ['transactsql', "select concat(name, '!') from t order by id", ['bob!', 'ann!', '!']],
  ['mysql', "select id from t where id = 1 or id = 2 and name = 'zz'", [1]],
  ['trino', 'select greatest(id, 1) from t order by id', [1, 2, null]],
  ['spark', 'select greatest(id, 1) from t order by id', [1, 1, 2]],
  ['transactsql', 'select top 1 [Name] from [t] order by id desc', [null]],
  ['mysql', 'select id from t order by id limit 1, 1', [1]],
  ['mysql', "select datediff(d, date '2024-01-01') from t where id = 1", [30]],
  ['mysql', 'select dayofweek(d) from t where id = 1', [4]],
  ['spark', 'select add_months(d, 1) from t where id = 1', ['2024-02-29']],
  ['spark', 'select date_add(d, 1) from t where id = 1', ['2024-02-01']],
  ['bigquery', 'select date_add(d, interval 1 month) from t where id = 1', ['2024-02-29']],
  ['bigquery', 'select safe_divide(id, 0) from t where id = 1', [null]],
  ['bigquery', 'select countif(id > 1) from t', [1n]],
  ['snowflake', 'select iff(id > 1, 1, 0) from t where id is not null order by id', [0, 1]],
  ['spark', 'select nvl(id, 7) from t order by id', [7, 1, 2]],
  ['sqlite', 'select max(id, 1) from t order by id', [null, 1, 2]],
])('%s: %s', async (dialect, sql, expected) => {
  const result = await database.query(sql, [], { dialect })
  const rows = await result.rows()
  expect(rows.map((row) => Object.values(row)[0])).toEqual(expected)
})

test('the setting holds for the session, and its parameters are bound', async () => {
  await database.query("SET dialect = 'mysql'")
  const result = await database.query('select `id` from t where id >= ? order by id', [2])
  expect(await result.rows()).toEqual([{ id: 2 }])
  await expect(database.query("SET dialect = 'cobol'")).rejects.toMatchObject({ sqlstate: '22023' })
  await database.query("SET dialect = 'postgresql'")
})
