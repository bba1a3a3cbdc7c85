/**
 * Tables of public projects, whole and through the engine, against the answers of their formats' reference readers.
 *
 * `<project>/_expected/*.json` are answers of one reader, a second opinion where a project has rows of its own: where readers differ, either's rows are
 * right. What fails is listed with its reason in test/fixtures/known-gaps.json under `public/<project>/<table>`; a listed gap that passes fails the test.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { toJson } from '../../src/engine/format-value.ts'
import { type ExpectedQuery, difference, toSql } from './expected.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'
import { startBuiltEngine } from '../built-engine.ts'

const gapsFile = fileURLToPath(new URL('../fixtures/known-gaps.json', import.meta.url))
const GAPS = JSON.parse(readFileSync(gapsFile, 'utf8')) as Record<string, string>

const folder = join(SHARED, 'fixtures/public')

interface PublicTable {
  readonly project: string
  readonly table: string
  readonly format: string
  readonly queries: readonly ExpectedQuery[]
  readonly second_reader?: { readonly rows?: readonly (readonly unknown[])[] }
}

/** How the tables' metadata names places, where it names any. */
const REMAPS: Readonly<Record<string, string>> = {
  'duckdb-iceberg': [
    `data/persistent=${folder}/duckdb-iceberg`,
    `lineitem_iceberg=${folder}/duckdb-iceberg/iceberg/lineitem_iceberg`,
  ].join(),
}

const SQL_SETTINGS: Readonly<Record<string, string>> = { delta: `SET delta_commit_time = 'commit_info'` }

/** A format joins with its reader. */
const FORMATS = ['iceberg', 'delta', 'parquet', 'orc', 'lance'] as const

function publicTables(format: string): PublicTable[] {
  return (
    readdirSync(folder)
      .filter((project) => existsSync(join(folder, project, '_expected')))
      .flatMap((project) =>
        readdirSync(join(folder, project, '_expected')).map((name) => {
          const text = readFileSync(join(folder, project, '_expected', name), 'utf8')
          return { ...(JSON.parse(text) as PublicTable), project }
        }),
      )
      .filter((table) => table.format === format && table.queries.length > 0)
      // The reader shows the parts of variants; variant-files.test.ts holds these against the variants themselves.
      .filter(({ table }) => !table.startsWith('shredded_variant/'))
  )
}

const AT_LEAST: Readonly<Record<(typeof FORMATS)[number], number>> = {
  iceberg: 1,
  delta: 0.98,
  parquet: 0.98,
  orc: 0.95,
  lance: 1,
}

let engine: Engine

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startBuiltEngine({ memory_limit: '1GB' })
})

afterAll(() => engine?.close())

describe.skipIf(!HAS_SHARED)('public tables', () => {
  for (const format of FORMATS) {
    test(`${format}: nearly all are right, and the gaps are the known ones`, { timeout: 600_000 }, async () => {
      const failures: string[] = []
      const newlyPassing: string[] = []
      const tables = publicTables(format)
      let right = 0
      for (const table of tables) {
        const key = `public/${table.project}/${table.table}`
        const problem = await problemOf(table)
        if (problem === undefined) right++
        if (problem === undefined && key in GAPS) newlyPassing.push(key)
        if (problem !== undefined && !(key in GAPS)) failures.push(`${key}\n    ${problem}`)
      }
      console.log(`public ${format}: ${right} of ${tables.length} tables agree`)
      if (process.env['SLUICE_LIST_FAILURES'] !== undefined) console.log(failures.join('\n'))
      expect(newlyPassing, 'listed in known-gaps.json but right now').toEqual([])
      expect(failures.slice(0, 20)).toEqual([])
      // Known gaps are of tables whose reader was wrong, and of few others.
      expect(right / tables.length).toBeGreaterThanOrEqual(AT_LEAST[format])
    })
  }
})

/** What is wrong with the first query that is. */
async function problemOf(table: PublicTable): Promise<string | undefined> {
  const session = engine.createSession()
  await session.query('DETACH DATABASE IF EXISTS lake')
  try {
    const source = await openSource(session, table)
    for (const query of table.queries) {
      const sql = toSql(query, 't')
      if (sql === undefined) continue
      const problem = await differenceOf(session, table, query, sql.replaceAll(/\bFROM t\b/gi, `FROM ${source}`))
      if (problem !== undefined) return `${query.sql}: ${problem}`
    }
    return undefined
  } catch (error) {
    return `${(error as { sqlstate?: string }).sqlstate ?? ''} ${error instanceof Error ? error.message : String(error)}`
  }
}

/** What stands for the table in FROM. */
async function openSource(session: Session, { project, table, format }: PublicTable): Promise<string> {
  const path = join(folder, project, table)
  if (format === 'parquet') return `read_parquet('${path}') AS t`
  const remap = REMAPS[project]
  const options = remap === undefined ? '' : `, REMAP '${remap}'`
  await session.query(`ATTACH '${dirname(path)}' AS lake (TYPE lake${options})`)
  const setting = SQL_SETTINGS[format]
  if (setting !== undefined) await session.query(setting).catch(() => undefined)
  const name = path.slice(dirname(path).length + 1).replace(/\.orc$/, '')
  return `lake."${name}" AS t`
}

async function differenceOf(
  session: Session,
  { second_reader: second }: PublicTable,
  query: ExpectedQuery,
  sql: string,
): Promise<string | undefined> {
  const result = await session.query(sql)
  const rows: unknown[][] = []
  for await (const chunk of result.chunks()) {
    for (const row of chunk) rows.push(row.map((value, i) => inOneForm(toJson(value, result.fields[i]!.type))))
  }
  const types = { ...query, rows: (query.rows ?? []).map((row) => row.map(inOneForm)) }
  const first = difference(types, rows)
  if (first === undefined || second?.rows === undefined || !/^SELECT \* FROM t$/i.test(query.sql)) return first
  const other = { ...query, rows: second.rows.map((row) => row.map(inOneForm)) }
  return difference(other, rows) === undefined ? undefined : first
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whole microseconds in a timestamp of nanoseconds. */
const NANOS = /^(.*T\d\d:\d\d:\d\d\.\d{6})000(?=Z?$)/

/** Readers give uuids as 32 hex digits or with dashes, and timestamps with more digits than there are. */
function inOneForm(value: unknown): unknown {
  if (typeof value === 'string') return UUID.test(value) ? value.replaceAll('-', '') : value.replace(NANOS, '$1')
  if (Array.isArray(value)) return value.map(inOneForm)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inOneForm(item)]))
}
