/**
 * Every recorded query on tables of other writers, through the whole engine.
 *
 * What fails is listed with its reason in test/fixtures/known-gaps.json; a listed gap that passes fails the test, so that the list
 * stays true.
 */
import { readFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { type ExpectedQuery, difference, expectedTables, toSql } from './expected.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'
import { jsonRows, startBuiltEngine } from '../built-engine.ts'

const gapsFile = fileURLToPath(new URL('../fixtures/known-gaps.json', import.meta.url))

/** `<format>/<table>` or `<format>/<table>: <sql> @ <as_of>` to the reason. */
const GAPS = (existsSync(gapsFile) ? JSON.parse(readFileSync(gapsFile, 'utf8')) : {}) as Record<string, string>

const FORMATS = [
  { format: 'iceberg', atLeast: 0.99 },
  { format: 'delta', atLeast: 0.99 },
  { format: 'paimon', atLeast: 0.98 },
  { format: 'hudi', atLeast: 0.99 },
  { format: 'parquet', atLeast: 0.97 },
  { format: 'orc', atLeast: 0.99 },
  { format: 'lance', atLeast: 0.99 },
  { format: 'hfile', atLeast: 0.99 },
] as const

let engine: Engine

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startBuiltEngine({ memory_limit: '1GB' })
})

afterAll(() => engine?.close())

describe.skipIf(!HAS_SHARED)('recorded answers', () => {
  for (const { format, atLeast } of FORMATS) {
    const folder = join(SHARED, 'fixtures', format)
    const tables = HAS_SHARED ? expectedTables(folder) : []
    test(
      `${format}: at least ${atLeast * 100} % of the queries agree, and the gaps are the known ones`,
      { timeout: 600_000 },
      async () => {
        const session = engine.createSession()
        await session.query(
          `ATTACH '${folder}' AS ${format} (TYPE lake, REMAP '/tmp/lake=${join(SHARED, 'fixtures')}')`,
        )
        await session.query(`USE ${format}`)
        // Copies lose the times of files.
        await session.query("SET delta_commit_time = 'commit_info'")
        const failures: string[] = []
        const newlyPassing: string[] = []
        let count = 0
        for (const table of tables) {
          for (const query of table.queries) {
            const sql = toSql(query, table.table)
            if (sql === undefined) continue
            count += 1
            const key = `${format}/${table.table}: ${query.sql}${query.as_of === null ? '' : ` @ ${JSON.stringify(query.as_of)}`}`
            const problem = await problemOf(session, query, sql)
            const isKnown = key in GAPS || `${format}/${table.table}` in GAPS
            if (problem !== undefined && !isKnown) failures.push(`${key}\n    ${problem}`)
            if (problem === undefined && key in GAPS) newlyPassing.push(key)
            if (problem !== undefined && isKnown) failures.push('')
          }
        }
        const unknown = failures.filter((failure) => failure !== '')
        console.log(`${format}: ${count - failures.length} of ${count} queries agree`)
        if (process.env['SLUICE_LIST_FAILURES'] !== undefined) console.log(unknown.join('\n'))
        expect(newlyPassing, 'listed in known-gaps.json but right now').toEqual([])
        expect(unknown.slice(0, 20)).toEqual([])
        expect((count - failures.length) / count).toBeGreaterThanOrEqual(atLeast)
      },
    )
  }
})

async function problemOf(session: Session, query: ExpectedQuery, sql: string): Promise<string | undefined> {
  try {
    const rows = await jsonRows(session, sql)
    if (query.error !== undefined) return `an answer where an error was due: ${query.error}`
    return difference(query, rows)
  } catch (error) {
    if (
      query.error !== undefined ||
      query.error_or_rows !== undefined ||
      query.note?.includes('must be an error') === true
    ) {
      return isOurs(error) ? undefined : `not a clear error: ${String(error)}`
    }
    return `${(error as { sqlstate?: string }).sqlstate ?? ''} ${error instanceof Error ? error.message : String(error)}`
  }
}

/** An error with a SQLSTATE that is not our own fault. */
function isOurs(error: unknown): boolean {
  const { sqlstate } = error as { sqlstate?: string }
  return sqlstate !== undefined && sqlstate !== 'XX000'
}
