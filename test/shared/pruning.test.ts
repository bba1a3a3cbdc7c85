/** Scans open no more data files than the table's own engine planned (plan.json beside the answers). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { type AsOf, expectedTables, toSql } from './expected.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'
import { startBuiltEngine } from '../built-engine.ts'

/** Queries whose plans leave out files with rows that match: Paimon 0.9 casts bounds of changed columns as if casts kept their order. */
const WRONG_PLANS = /^SELECT count\(\*\) AS n FROM pai_append_schema_evolution_\w+ WHERE (?:c > 2|s = 'n3'|n = '3')$/

/** Files left after pruning, as each format's scan node calls them; absent: none. */
interface PlannedMetrics {
  readonly resultDataFiles?: number
  readonly numFiles?: number
  readonly resultedTableFiles?: number
}

/** What Spark's scan nodes reported; PyIceberg's plan files count for one `WHERE` instead. */
interface PlannedQuery {
  readonly sql?: string
  readonly as_of?: AsOf | null
  readonly scans?: readonly { readonly metrics: PlannedMetrics }[]
  readonly where?: string
  readonly files_planned_by_pyiceberg?: number
}

const FORMATS = [
  { format: 'delta', atLeast: 0.98, counted: 'files_scanned' },
  { format: 'iceberg', atLeast: 0.98, counted: 'files_scanned' },
  // A base file and its logs are one file to Spark.
  { format: 'hudi', atLeast: 0.98, counted: 'file_slices' },
  { format: 'paimon', atLeast: 0.98, counted: 'files_scanned' },
] as const

let engine: Engine

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startBuiltEngine({ memory_limit: '1GB' })
})

afterAll(() => engine?.close())

describe.skipIf(!HAS_SHARED)('pruning', () => {
  test.each(FORMATS)('$format: the planned queries touch no more files', { timeout: 600_000 }, async (tested) => {
    const { format, atLeast, counted } = tested
    const folder = join(SHARED, 'fixtures', format)
    const session = engine.createSession()
    await session.query(`ATTACH '${folder}' AS ${format} (TYPE lake, REMAP '/tmp/lake=${join(SHARED, 'fixtures')}')`)
    await session.query(`USE ${format}`)
    let count = 0
    const more: string[] = []
    const refused: string[] = []
    for (const { table } of expectedTables(folder)) {
      const file = join(folder, `${table}.expected/plan.json`)
      if (!existsSync(file)) continue
      for (const planned of JSON.parse(readFileSync(file, 'utf8')) as PlannedQuery[]) {
        const sql = sqlOf(planned, table)
        if (sql === undefined || WRONG_PLANS.test(sql)) continue
        const limit =
          planned.files_planned_by_pyiceberg ?? sum(planned.scans!.map(({ metrics }) => filesOfPlan(metrics)))
        try {
          const { scanned } = await filesOf(session, sql, counted)
          count += 1
          if (scanned > limit) more.push(`${sql}: ${scanned} files, ${limit} planned`)
        } catch (error) {
          // Tables in formats that are refused are another test's.
          if ((error as { sqlstate?: string }).sqlstate !== '0A000') throw error
          refused.push(sql)
        }
      }
    }
    console.log(
      `${count - more.length} of ${count} queries touch no more files than planned, ${refused.length} refused\n${more.join('\n')}`,
    )
    expect(count).toBeGreaterThan(30)
    expect((count - more.length) / count).toBeGreaterThanOrEqual(atLeast)
  })
})

function sqlOf({ sql, as_of, where }: PlannedQuery, table: string): string | undefined {
  if (sql !== undefined) return toSql({ sql, as_of: as_of ?? null }, table)
  return where === undefined ? undefined : `SELECT count(*) FROM ${table} WHERE ${where}`
}

const filesOfPlan = ({ resultDataFiles, numFiles, resultedTableFiles }: PlannedMetrics): number =>
  resultDataFiles ?? numFiles ?? resultedTableFiles ?? 0

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

/** Sums over the scan nodes of the plan. */
async function filesOf(
  session: ReturnType<Engine['createSession']>,
  sql: string,
  counted: string,
): Promise<{ scanned: number }> {
  const result = await session.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`)
  for await (const [row] of result.chunks()) {
    let scanned = 0
    JSON.parse(String(row![0]), (key, value: unknown) => {
      if (key === counted) scanned += Number(value)
      return value
    })
    return { scanned }
  }
  throw new Error('EXPLAIN gave no row')
}
