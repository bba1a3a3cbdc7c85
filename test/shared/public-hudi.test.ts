/** Hudi tables of public projects: the rows that a reference reader gave, through the whole engine. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { type ExpectedQuery, difference } from './expected.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'
import { unzip } from './unzip.ts'
import { jsonRows, startBuiltEngine } from '../built-engine.ts'

const project = join(SHARED, 'fixtures/public/hudi-rs')
const AT_LEAST = 0.97

interface PublicTable {
  readonly table: string
  readonly queries: readonly ExpectedQuery[]
}

/** Tables to why the reference answer is not ours. */
const DIFFERENT: Readonly<Record<string, string>> = {}

let engine: Engine
let scratch: string

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startBuiltEngine({ memory_limit: '1GB' })
  scratch = mkdtempSync(join(tmpdir(), 'sluice-public-hudi-'))
})

afterAll(async () => {
  await engine?.close()
  if (scratch !== undefined) rmSync(scratch, { recursive: true })
})

const tables = HAS_SHARED
  ? readdirSync(join(project, '_expected'))
      .map((file) => JSON.parse(readFileSync(join(project, '_expected', file), 'utf8')) as PublicTable)
      .filter(({ table, queries }) => queries.length > 0 && existsSync(join(project, `${table}.zip`)))
  : []

/** Columns by name: those that Hudi adds are not part of `*` here. */
function toSql({ sql, columns }: ExpectedQuery, table: string): string {
  const names = columns!.map(({ name }) => `"${name}"`).join()
  return sql.replace(/^SELECT \*/, `SELECT ${names}`).replaceAll(/(\bFROM\s+)t\b/gi, `$1${table}`)
}

async function problemOf({ table, queries }: PublicTable, number: number): Promise<string | undefined> {
  const folder = join(scratch, String(number))
  unzip(join(project, `${table}.zip`), folder)
  const session = engine.createSession()
  await session.query(`ATTACH '${folder}' AS h${number} (TYPE lake)`)
  for (const query of queries) {
    const sql = toSql(query, `h${number}."${basename(table)}"`)
    try {
      const problem = difference(query, await jsonRows(session, sql))
      if (problem !== undefined) return `${sql}: ${problem}`
    } catch (error) {
      return `${sql}: ${(error as { sqlstate?: string }).sqlstate} ${String(error)}`
    }
  }
  return undefined
}

describe.skipIf(!HAS_SHARED)('public Hudi tables', () => {
  test(`at least ${AT_LEAST * 100} % of the tables agree`, { timeout: 300_000 }, async () => {
    const failures: string[] = []
    const compared = tables.filter(({ table }) => !(table in DIFFERENT))
    for (const [number, table] of compared.entries()) {
      const problem = await problemOf(table, number)
      if (problem !== undefined) failures.push(`${table.table}: ${problem}`)
    }
    console.log(
      `${compared.length - failures.length} of ${tables.length} public Hudi tables agree\n${failures.join('\n')}`,
    )
    expect((compared.length - failures.length) / compared.length).toBeGreaterThanOrEqual(AT_LEAST)
  })
})
