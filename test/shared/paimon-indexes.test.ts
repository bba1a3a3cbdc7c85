/**
 * Indexes of Paimon's data files, both ways: what they rule out has no row that matches, and what has one is read.
 *
 * Tables of Spark (bloom filter, bitmap) and of paimon-cpp (bitmap, bit-sliced, bloom filter).
 */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'
import { jsonRows, startBuiltEngine } from '../built-engine.ts'

const project = join(SHARED, 'fixtures/public/paimon-cpp')
const indexed = HAS_SHARED
  ? ['orc', 'parquet', 'avro']
      .flatMap((format) =>
        existsSync(join(project, format))
          ? readdirSync(join(project, format)).map((db) => join(project, format, db))
          : [],
      )
      .flatMap((db) => readdirSync(db).map((table) => join(db, table)))
      .filter(
        (table) =>
          /index|bitmap|bsi|bloom/.test(basename(table)) &&
          !table.endsWith('with_external') &&
          existsSync(join(table, 'schema')),
      )
  : []
const tables = HAS_SHARED ? [join(SHARED, 'fixtures/paimon/pai_file_index'), ...indexed] : []

let engine: Engine
let session: Session
let skippedInAll = 0

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startBuiltEngine({ memory_limit: '1GB' })
  session = engine.createSession()
})

afterAll(() => engine?.close())

const VALUES_MAX = 8

function literalOf(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : `'${String(value).replaceAll("'", "''")}'`
}

async function countsOf(table: string, condition: string): Promise<{ found: unknown; all: unknown }> {
  const [[found]] = (await jsonRows(session, `SELECT count(*) FROM ${table} WHERE ${condition}`)) as [[unknown]]
  // Indexes say nothing of such a condition.
  const sql = `SELECT count(*) FROM ${table} WHERE coalesce((${condition})::text, '') = 'true'`
  const [[all]] = (await jsonRows(session, sql)) as [[unknown]]
  const plan = JSON.stringify(
    await jsonRows(session, `EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM ${table} WHERE ${condition}`),
  )
  skippedInAll += Number(/files_skipped_by_index[\\": ]+(\d+)/.exec(plan)?.[1] ?? 0)
  return { found, all }
}

describe.skipIf(!HAS_SHARED)('file indexes', () => {
  test.each(tables.map((table, i) => [basename(table), table, i] as const))(
    'of %s',
    { timeout: 120_000 },
    async (name, folder, i) => {
      await session.query(`ATTACH '${folder}' AS i${i} (TYPE lake)`)
      const table = `i${i}."${name}"`
      const columns = await jsonRows(session, `SELECT column_name, data_type FROM (DESCRIBE ${table})`).catch(() =>
        jsonRows(session, `DESCRIBE ${table}`),
      )
      for (const [column, type] of columns as [string, string][]) {
        if (/struct|map|\[\]|list|timestamp|bytea|array/i.test(type)) continue
        const values = await jsonRows(
          session,
          `SELECT DISTINCT "${column}" FROM ${table} WHERE "${column}" IS NOT NULL`,
        )
        const literals = values.slice(0, VALUES_MAX).map(([value]) => literalOf(value))
        const absent = /char|text/i.test(type) ? [`'${String(values[0]?.[0] ?? '')}\u0001'`] : []
        const conditions = [...literals, ...absent].map((literal) => `"${column}" = ${literal}`)
        for (const condition of [...conditions, `"${column}" IS NULL`]) {
          const { found, all } = await countsOf(table, condition)
          expect(found, condition).toEqual(all)
        }
      }
    },
  )

  test('leave files out', () => {
    expect(skippedInAll).toBeGreaterThan(10)
  })
})
