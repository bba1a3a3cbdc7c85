/**
 * Following tables of other writers from their beginning: the changes of all commits, applied in their order, give the rows that the table has. Where the
 * history is gone, or the format's changes cannot be told, that is an error, and never other rows.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/engine/database.ts'
import type { ApiRow } from '../../src/engine/query-result.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

const FORMATS = ['iceberg', 'delta', 'paimon', 'hudi'] as const

/** Larger tables take minutes to compare value by value. */
const ROWS_MAX = 20_000

/** Tables that refuse, with why; a table that is not here must be followed. */
const REFUSED: Readonly<Record<string, string>> = {
  delta_replaced:
    '0A000 reading changes of Delta table "delta_replaced" at version 0, where its partition columns changed, is not supported',
  delta_schema_evolution: '0A000 reading column "id" of type integer as varchar is not supported',
  rs_schema_evolution: '0A000 reading column "id" of type bigint as varchar is not supported',
}

/** Changelogs of full compactions end with the last one: what was written since is not in them yet. */
const LATE: ReadonlySet<string> = new Set(['pai_pk_changelog_full_compaction'])

let db: Database

beforeAll(async () => {
  if (!HAS_SHARED) return
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  db = await open({ catalog: '/nonexistent', threads: 1, memoryLimit: '1GB' })
  for (const format of FORMATS) {
    const folder = join(SHARED, 'fixtures', format)
    await db.query(`ATTACH '${folder}' AS ${format} (TYPE lake, REMAP '/tmp/lake=${join(SHARED, 'fixtures')}')`)
  }
})

afterAll(() => db?.close())

const CHANGE_COLUMNS = new Set(['_change_type', '_commit_version', '_commit_timestamp'])

function textOf(row: ApiRow): string {
  const own = Object.entries(row).filter(([name]) => !CHANGE_COLUMNS.has(name))
  return JSON.stringify(own, exact)
}

function exact(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' && (Object.is(value, -0) || !Number.isFinite(value))) return `${1 / value} ${value}`
  // The entries of a map have no order.
  return value instanceof Map ? [...value].map((entry) => JSON.stringify(entry, exact)).toSorted() : value
}

async function countsOf(rows: AsyncIterable<ApiRow>): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for await (const row of rows) counts.set(textOf(row), (counts.get(textOf(row)) ?? 0) + 1)
  return counts
}

const lines = (counts: ReadonlyMap<string, number>): string[] =>
  [...counts]
    .filter(([, count]) => count !== 0)
    .map(([text, count]) => `${count} ${text}`)
    .toSorted()

async function problemOf(table: string): Promise<string | undefined> {
  const [size] = await (await db.query(`SELECT count(*) AS n FROM ${table}`)).rows()
  if (Number(size!['n']) > ROWS_MAX) return undefined
  const counts = new Map<string, number>()
  try {
    for await (const batch of db.follow(table, { wait: false })) {
      for await (const row of batch.stream()) {
        const isGone = row['_change_type'] === 'delete' || row['_change_type'] === 'update_before'
        const count = (counts.get(textOf(row)) ?? 0) + (isGone ? -1 : 1)
        if (count < 0) return `takes away a row that is not there: ${textOf(row).slice(0, 200)}`
        counts.set(textOf(row), count)
      }
    }
  } catch (error) {
    const { sqlstate, message } = error as { sqlstate: string; message: string }
    return `${sqlstate} ${message}`
  }
  const [applied, now] = [lines(counts), lines(await countsOf(db.stream(`SELECT * FROM ${table}`)))]
  const at = applied.findIndex((line, i) => line !== now[i])
  if (at < 0 && applied.length === now.length) return undefined
  return `other rows: ${String(applied[at]).slice(0, 200)} for ${String(now[at < 0 ? applied.length : at]).slice(0, 200)}`
}

describe.skipIf(!HAS_SHARED)('tables of other writers', () => {
  const folderOf = (format: string): string => join(SHARED, 'fixtures', format)
  const tables = !HAS_SHARED
    ? []
    : FORMATS.flatMap((format) =>
        readdirSync(folderOf(format))
          .filter((name) => existsSync(join(folderOf(format), `${name}.expected`)))
          .map((name) => [format, name] as const),
      )

  test.each(tables)('%s %s', { timeout: 120_000 }, async (format, name) => {
    const problem = await problemOf(`${format}."${name}"`)
    if (LATE.has(name)) expect(problem).toMatch(/^other rows/)
    else expect(problem).toBe(REFUSED[name])
  })
})
