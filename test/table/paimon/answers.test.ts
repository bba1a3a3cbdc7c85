/**
 * Queries on Paimon tables of other writers, held against the answers of the writers' own engines: merging, evolution, tags, branches, system tables.
 *
 * Method: the whole engine, from `dist` (its workers run there), over the copies in test/fixtures/paimon.
 */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import { toJson } from '../../../src/engine/format-value.ts'
import type { Session } from '../../../src/engine/session.ts'
import { type ExpectedQuery, difference, expectedTables, toSql } from '../../shared/expected.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/paimon', import.meta.url))

let engine: Engine
let session: Session

beforeAll(async () => {
  const { startEngine } = (await import('../../../dist/src/engine/engine.js' as string)) as {
    startEngine: typeof import('../../../src/engine/engine.ts').startEngine
  }
  engine = await startEngine({ dataDirectory: '/nonexistent', settings: { threads: 2 } })
  session = engine.createSession()
  await session.query(`ATTACH '${FIXTURES}' AS lake (TYPE lake)`)
  await session.query('USE lake')
})

afterAll(() => engine?.close())

async function problemOf(query: ExpectedQuery, sql: string): Promise<string | undefined> {
  try {
    const result = await session.query(sql)
    const rows: unknown[][] = []
    for await (const chunk of result.chunks()) {
      for (const row of chunk) {
        rows.push(row.map((value, i) => toJson(value, result.fields[i]!.type)))
      }
    }
    return difference(query, rows)
  } catch (error) {
    if (query.note?.includes('must be an error') === true) return undefined
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
