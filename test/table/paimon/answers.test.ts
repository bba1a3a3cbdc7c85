/**
 * Queries on Paimon tables of other writers, held against the answers of the writers' own engines: merging, evolution, tags, branches, system tables.
 *
 * Method: the whole engine, from `dist` (its workers run there), over the copies in test/fixtures/paimon.
 */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import type { Session } from '../../../src/engine/session.ts'
import { expectedTables } from '../../shared/expected.ts'
import { jsonRows, startBuiltEngine } from '../../built-engine.ts'
import { recordedProblems } from '../recorded-answers.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/paimon', import.meta.url))

let engine: Engine
let session: Session

beforeAll(async () => {
  engine = await startBuiltEngine()
  session = engine.createSession()
  await session.query(`ATTACH '${FIXTURES}' AS lake (TYPE lake)`)
  await session.query('USE lake')
})

afterAll(() => engine?.close())

test.each(expectedTables(FIXTURES).map((table) => [table.table, table] as const))('%s', async (_, table) => {
  expect(await recordedProblems(session, table)).toEqual([])
})

test('the binlog table has the rows of the audit log, each value in a list', async () => {
  for (const table of ['flink_pk_input', 'pai_pk_schema_evolution_parquet']) {
    const log = await jsonRows(session, `SELECT * FROM "${table}$audit_log"`)
    const [kinds, lists] = [log.map(([kind]) => kind), log.map((row) => row.slice(1).map((value) => [value]))]
    const found = await jsonRows(session, `SELECT * FROM "${table}$binlog" AS b`)
    const sorted = (rows: unknown[]): string[] => rows.map((row) => JSON.stringify(row)).toSorted()
    expect(sorted(found)).toEqual(sorted(kinds.map((kind, i) => [kind, ...lists[i]!])))
  }
  await expect(jsonRows(session, 'SELECT * FROM "none$binlog"')).rejects.toMatchObject({ sqlstate: '42P01' })
})
