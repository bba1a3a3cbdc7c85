/**
 * Queries on Hudi tables that Spark wrote, held against Spark's answers: log files of both timelines, deletes, replaced file groups, partial
 * updates, time travel, read-optimised and incremental reads.
 *
 * Method: the whole engine, from `dist` (its workers run there), over the copies in test/fixtures/hudi, which lack the metadata table.
 */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import type { Session } from '../../../src/engine/session.ts'
import { type ExpectedQuery, difference, expectedTables, toSql } from '../../shared/expected.ts'
import { jsonRows, startBuiltEngine } from '../../built-engine.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/hudi', import.meta.url))

let engine: Engine
let session: Session

beforeAll(async () => {
  engine = await startBuiltEngine()
  session = engine.createSession()
  await session.query(`ATTACH '${FIXTURES}' AS hudi (TYPE lake)`)
  await session.query('USE hudi')
})

afterAll(() => engine?.close())

const rowsOf = (sql: string): Promise<unknown[][]> => jsonRows(session, sql)

async function problemOf(query: ExpectedQuery, sql: string): Promise<string | undefined> {
  try {
    return difference(query, await rowsOf(sql))
  } catch (error) {
    return String(error)
  }
}

test.each(expectedTables(FIXTURES).map((table) => [table.table, table] as const))('%s', async (name, { queries }) => {
  const problems: string[] = []
  for (const query of queries) {
    const sql = toSql(query, name)
    const problem = sql === undefined ? undefined : await problemOf(query, sql)
    if (problem !== undefined) problems.push(`${sql}\n  ${problem}`)
  }
  expect(problems).toEqual([])
})

test('meta columns are hidden: they are selected by name only', async () => {
  expect(await rowsOf('SELECT * FROM hudi_mor_v6 WHERE id = 9')).toEqual([['9', 'same', 'g0', 9, '2']])
  expect(await rowsOf('SELECT _hoodie_record_key FROM hudi_mor_v6 WHERE id = 9')).toEqual([['9']])
})

test('partitions are left out by their paths', async () => {
  const [[plan]] = (await rowsOf(`EXPLAIN (ANALYZE, FORMAT JSON) SELECT name FROM hudi_mor_v6 WHERE grp = 'g1'`)) as [
    [string],
  ]
  expect(/"files_skipped_by_partition":\s*(\d+)/.exec(JSON.stringify(plan).replaceAll('\\', ''))?.[1]).toBe('11')
})

test('a version that never was is an error', async () => {
  await expect(rowsOf(`SELECT * FROM hudi_mor_v6 FOR VERSION AS OF '20200101000000000'`)).rejects.toThrow(
    'table "hudi_mor_v6" has no instant "20200101000000000"',
  )
})

test('each change says which commit made it, and when', async () => {
  const rows = await rowsOf(
    `SELECT id, _change_type, _commit_version, _commit_timestamp FROM table_changes('hudi_mor_v6', from => '20261121075357716', to => NULL) c ORDER BY id`,
  )
  expect(rows).toEqual([
    ['8', 'update_after', '20261121075410975', '2026-11-21T07:54:10.975000Z'],
    ['9', 'update_after', '20261121075410975', '2026-11-21T07:54:10.975000Z'],
  ])
})
