/**
 * Queries on Lance datasets, held against what their writer's own reader gave: every file format, versions, tags, deletes, evolved columns.
 *
 * Method: the whole engine, from `dist` (its workers run there), over the copies in test/fixtures/lance.
 */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import type { Session } from '../../../src/engine/session.ts'
import { difference, expectedTables, toSql } from '../../shared/expected.ts'
import { jsonRows, startBuiltEngine } from '../../built-engine.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/lance', import.meta.url))

let engine: Engine
let session: Session

beforeAll(async () => {
  engine = await startBuiltEngine()
  session = engine.createSession()
  await session.query(`ATTACH '${FIXTURES}' AS lake (TYPE lake)`)
  await session.query('USE lake')
})

afterAll(() => engine?.close())

const rowsOf = (sql: string): Promise<unknown[][]> => jsonRows(session, sql)

test.each(expectedTables(FIXTURES).map((table) => [table.table, table] as const))('%s', async (name, { queries }) => {
  const problems: string[] = []
  for (const query of queries) {
    const sql = toSql(query, name)!
    const problem = await rowsOf(sql).then(
      (rows) => difference(query, rows),
      (error: unknown) => String(error),
    )
    if (problem !== undefined) problems.push(`${sql}\n  ${problem}`)
  }
  expect(problems).toEqual([])
})

test('blobs of the second kind lie in the data file, in files of their own and in files of several', async () => {
  const all = [
    ['0', 'abc', 'u'],
    ['1', null, 'v'],
    ['2', '', 'w'],
    ['3', 'y'.repeat(50), 'x'],
    ['4', 'dedicated', 'y'],
    ['5', 'packed', 'z'],
  ]
  const text = "SELECT id, convert_from(media, 'UTF8') AS media, after FROM blob_v2"
  expect(await rowsOf(`${text} ORDER BY id`)).toEqual(all)
  expect(await rowsOf(`${text} WHERE id IN (1, 4) ORDER BY id`)).toEqual([all[1], all[4]])
  expect(await rowsOf("SELECT id FROM blob_v2 WHERE media = 'packed'::bytea")).toEqual([['5']])
})

test('versions and tags that do not exist are errors', async () => {
  await expect(rowsOf('SELECT * FROM dml FOR VERSION AS OF 99')).rejects.toThrow('table "dml" has no version 99')
  await expect(rowsOf("SELECT * FROM dml FOR VERSION AS OF 'none'")).rejects.toThrow('tag "none" does not exist')
  const old = "SELECT * FROM dml FOR TIMESTAMP AS OF TIMESTAMPTZ '2000-01-01 00:00:00Z'"
  await expect(rowsOf(old)).rejects.toThrow('has no version as old as that')
})

test('row ids are hidden, and count within fragments', async () => {
  const rows = await rowsOf('SELECT id, _rowid FROM prims_2_1 WHERE id IN (0, 25, 59) ORDER BY id')
  expect(rows).toEqual([
    ['0', '0'],
    ['25', String(2n ** 32n)],
    ['59', String(2n ** 33n + 9n)],
  ])
  expect((await rowsOf('SELECT * FROM all_deleted FOR VERSION AS OF 1 LIMIT 1'))[0]).toHaveLength(2)
})

test('a time finds the newest version that is not later', async () => {
  const rows = await rowsOf("SELECT count(*) FROM dml FOR TIMESTAMP AS OF TIMESTAMPTZ '2100-01-01 00:00:00Z'")
  expect(rows).toEqual(await rowsOf('SELECT count(*) FROM dml'))
})
