/**
 * Changes of Hudi tables that Spark wrote: its answers of CDC queries, and what their definition promises: all changes of a table add up to its
 * rows, and changes of adjoining ranges to those of the whole.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { jsonText, toJson } from '../../src/engine/format-value.ts'
import { type ExpectedQuery, expectedTables } from './expected.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'
import { startBuiltEngine } from '../built-engine.ts'

const folder = join(SHARED, 'fixtures/hudi')
const tables = HAS_SHARED
  ? readdirSync(folder).filter((name) => !name.endsWith('.expected') && existsSync(join(folder, name, '.hoodie')))
  : []

let engine: Engine
let session: Session

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startBuiltEngine({ memory_limit: '1GB' })
  session = engine.createSession()
  await session.query(`ATTACH '${folder}' AS lake (TYPE lake, REMAP '/tmp/lake=${join(SHARED, 'fixtures')}')`)
})

afterAll(() => engine?.close())

type Row = Readonly<Record<string, unknown>>

async function rowsOf(sql: string): Promise<Row[]> {
  const result = await session.query(sql)
  const { fields } = result
  const rows: Row[] = []
  for await (const chunk of result.chunks()) {
    for (const row of chunk) {
      rows.push(Object.fromEntries(row.map((value, i) => [fields[i]!.name, toJson(value, fields[i]!.type)])))
    }
  }
  return rows
}

/** Without columns that say how a row was written, numbers as texts. */
function imageOf(row: Row | null): string {
  const own = Object.entries(row ?? {}).filter(([name]) => !name.startsWith('_'))
  return row === null ? 'null' : JSON.stringify(own.map(([name, value]) => `${name}=${String(value)}`).toSorted())
}

/** Spark's: an operation with the images before and after it, as JSON texts. */
function recordedChanges({ rows }: ExpectedQuery): string[] {
  return rows!
    .map(([op, time, ...images]) => {
      const texts = images.map((image) => imageOf(image === null ? null : (JSON.parse(image as string) as Row | null)))
      return [op, time, ...texts].join(' | ')
    })
    .toSorted()
}

const OPERATIONS: Readonly<Record<string, string>> = { insert: 'i', update_after: 'u', delete: 'd' }

/** The same of ours, where updates are two rows. */
function foldedChanges(rows: readonly Row[]): string[] {
  const keyOf = ({ _commit_version: version, _hoodie_record_key: key }: Row): string =>
    `${String(version)} ${String(key)}`
  const before = new Map(
    rows.filter(({ _change_type }) => _change_type === 'update_before').map((row) => [keyOf(row), row]),
  )
  return rows
    .filter(({ _change_type }) => _change_type !== 'update_before')
    .map((row) => {
      const type = row['_change_type'] as string
      const images = type === 'delete' ? [row, null] : [before.get(keyOf(row)) ?? null, row]
      return [OPERATIONS[type], row['_commit_version'], ...images.map(imageOf)].join(' | ')
    })
    .toSorted()
}

describe.skipIf(!HAS_SHARED)('CDC queries', () => {
  const queries = HAS_SHARED
    ? expectedTables(folder).flatMap(({ table, queries }) =>
        queries.filter(({ as_of }) => as_of?.mode === 'cdc').map((query) => [table, query] as const),
      )
    : []

  test.each(queries)('%s', async (table, query) => {
    const { from, to } = query.as_of!
    const range = `from => '${String(from)}', to => ${to === null ? 'NULL' : `'${String(to)}'`}`
    const rows = await rowsOf(
      `SELECT *, _hoodie_record_key FROM table_changes('lake.${table}', ${range}, mode => 'cdc')`,
    )
    expect(foldedChanges(rows)).toEqual(recordedChanges(query))
  })
})

/** Counts of rows, changes applied. */
function applied(rows: readonly Row[]): string[] {
  const counts = new Map<string, number>()
  for (const { _change_type: type, ...row } of rows) {
    const own = Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('_c')))
    const key = jsonText(own as never)
    const sign = type === 'delete' || type === 'update_before' ? -1 : 1
    counts.set(key, (counts.get(key) ?? 0) + sign)
  }
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([row, count]) => `${count} ${row}`)
    .toSorted()
}

/** Larger tables take minutes to compare value by value. */
const ROWS_MAX = 20_000

/** Why a table's changes from its beginning are refused. */
const GONE = /are gone|is gone|has no meta columns/

describe.skipIf(!HAS_SHARED)('all changes of a table', () => {
  test.each(tables)('%s add up to its rows', { timeout: 60_000 }, async (table) => {
    const [size] = await rowsOf(`SELECT count(*) AS n FROM lake.${table}`)
    if (Number(size!['n']) > ROWS_MAX) return
    const changes = await rowsOf(
      `SELECT * FROM table_changes('lake.${table}', from => NULL, to => NULL, mode => 'cdc')`,
    ).catch((error: unknown) => {
      expect(String(error)).toMatch(GONE)
      return undefined
    })
    if (changes === undefined) return
    const rows = await rowsOf(`SELECT * FROM lake.${table}`)
    expect(applied(changes)).toEqual(applied(rows))
  })
})
