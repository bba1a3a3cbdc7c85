/** Paimon tables of public projects: the rows that a reference reader gave, through the whole engine. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { toJson } from '../../src/engine/format-value.ts'
import { type ExpectedQuery, difference, toSql } from './expected.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'
import { jsonRows, startBuiltEngine } from '../built-engine.ts'

interface PublicTable {
  readonly table: string
  readonly queries: readonly ExpectedQuery[]
}

const PROJECTS = ['paimon-cpp']
const AT_LEAST = 0.97

/** `<project>/<table>` to why the reference answer is not ours. */
const ZONES =
  'a column became one with a time zone: what its values mean then depends on where the reference runs; refused'
const SECONDS = 'ORC times before 1970 in the zone of the writer: the reference takes a second off'
const DIFFERENT: Readonly<Record<string, string>> = {
  'paimon-cpp/orc/append_with_cast_timestamp.db/append_with_cast_timestamp': ZONES,
  'paimon-cpp/parquet/append_with_cast_timestamp.db/append_with_cast_timestamp': ZONES,
  'paimon-cpp/orc/append_complex_build_in_fieldid.db/append_complex_build_in_fieldid': SECONDS,
  'paimon-cpp/orc/append_with_multiple_ts_precision_and_timezone.db/append_with_multiple_ts_precision_and_timezone':
    SECONDS,
  'paimon-cpp/orc/timestamp_index.db/timestamp_index': 'nanoseconds that the file has are recorded as microseconds',
}

let engine: Engine

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startBuiltEngine({ memory_limit: '1GB' })
})

afterAll(() => engine?.close())

describe.skipIf(!HAS_SHARED)('public Paimon tables', () => {
  test(`at least ${AT_LEAST * 100} % of the tables agree`, { timeout: 600_000 }, async () => {
    const failures: string[] = []
    let count = 0
    for (const project of PROJECTS) {
      const folder = join(SHARED, 'fixtures/public', project)
      for (const file of readdirSync(join(folder, '_expected'))) {
        const found = JSON.parse(readFileSync(join(folder, '_expected', file), 'utf8')) as PublicTable
        const name = `${project}/${found.table}`
        if (found.queries.length === 0 || name in DIFFERENT || !existsSync(join(folder, found.table))) continue
        count++
        const problem = await problemOf(engine.createSession(), join(folder, found.table), found.queries, count)
        if (problem !== undefined) failures.push(`${name}: ${problem}`)
      }
    }
    console.log(`${count - failures.length} of ${count} public Paimon tables agree\n${failures.join('\n')}`)
    expect((count - failures.length) / count).toBeGreaterThanOrEqual(AT_LEAST)
  })
})

describe.skipIf(!HAS_SHARED)('row tracking', () => {
  const table = 'lineage.append_table_row_tracking_with_compact'
  const names = '_ROW_ID, _SEQUENCE_NUMBER, f0'
  const rows = [
    ['0', '1', 'Lily'],
    ['1', '1', 'Alice'],
    ['2', '2', 'Bob'],
    ['3', '2', 'David'],
  ]

  test.each([
    ['as rows were written', ' FOR VERSION AS OF 2'],
    ['after they were compacted', ''],
  ])('%s', async (_, version) => {
    const session = engine.createSession()
    const folder = join(SHARED, 'fixtures/public/paimon-cpp/orc/append_table_row_tracking_with_compact.db')
    await session.query(`ATTACH IF NOT EXISTS '${folder}' AS lineage (TYPE lake)`)
    expect(await jsonRows(session, `SELECT ${names} FROM ${table}${version} ORDER BY 1`)).toEqual(rows)
    expect(await jsonRows(session, `SELECT f0 FROM ${table}${version} WHERE _ROW_ID = 2`)).toEqual([['Bob']])
    expect((await jsonRows(session, `SELECT * FROM ${table}${version}`))[0]!.length).toBe(4)
  })
})

async function problemOf(
  session: Session,
  folder: string,
  queries: readonly ExpectedQuery[],
  number: number,
): Promise<string | undefined> {
  await session.query(`ATTACH '${folder}' AS p${number} (TYPE lake)`)
  for (const query of queries) {
    const name = `p${number}."${basename(folder)}"`
    const sql = toSql(query, 't')
    if (sql === undefined) continue
    try {
      const result = await session.query(sql.replaceAll(/(\bFROM\s+)t\b/gi, `$1${name}`))
      const rows: unknown[][] = []
      for await (const chunk of result.chunks()) {
        for (const row of chunk) rows.push(row.map((value, i) => toJson(value, result.fields[i]!.type)))
      }
      const problem = difference(query, rows)
      if (problem !== undefined) return `${sql}: ${problem}`
    } catch (error) {
      const { sqlstate } = error as { sqlstate?: string }
      return `${sql}: ${sqlstate} ${error instanceof Error ? error.message : String(error)}`
    }
  }
  return undefined
}
