/**
 * Planning of every Iceberg table with Parquet data: files planned are no more than the writer's own scan planned (plan.json).
 *
 * Method: queries are parsed, bound and optimized by the engine, and the scans that come out are planned, but no data is read.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Engine, startEngine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { bindContext, planQuery } from '../../src/engine/statements/plan.ts'
import { bindQuery } from '../../src/plan/bind/bind.ts'
import type { PhysicalPlan, PhysicalScan } from '../../src/plan/physical.ts'
import { parse } from '../../src/sql/parse.ts'
import type { Table } from '../../src/table/table.ts'
import { type AsOf, type ExpectedTable, expectedTables, toSql } from './expected.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

interface PlannedScan {
  readonly sql: string
  readonly as_of: AsOf | null
  readonly scans: readonly { readonly metrics: { readonly resultDataFiles?: number } }[]
}

const folder = join(SHARED, 'fixtures', 'iceberg')
/** Tables whose data can't be read: their queries have nothing to plan. */
const OTHER_FORMAT = /in (?:AVRO|ORC) format is not supported|type variant/

let engine: Engine
let session: Session

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startEngine({ dataDirectory: '/nonexistent' })
  session = engine.createSession()
  await session.query(`ATTACH '${folder}' AS iceberg (TYPE lake, REMAP '/tmp/lake=${join(SHARED, 'fixtures')}')`)
  await session.query('USE iceberg')
})

afterAll(() => engine?.close())

/** Data files that the scans of a query plan, each counted once a scan. */
async function filesPlanned(sql: string): Promise<number> {
  const statement = parse(sql)[0]!
  if (statement.kind !== 'query') throw new Error(`not a query: ${sql}`)
  const query = await bindQuery(statement.query, bindContext(session, {}))
  const { physical } = await planQuery(session, query)
  let count = 0
  const scans = scansOf(physical.plan)
  for (const [source, { table, pushdown }] of physical.sources) {
    if (table.format === 'memory') continue
    const urls = new Set<string>()
    const readsColumns = scans.some((scan) => scan.source === source && scan.projection.length > 0)
    for await (const { file, residual, deletes, rowCount } of table.scan(pushdown)) {
      expect(existsSync(file.url), file.url).toBe(true)
      // Rows that need only be counted are counted by the metadata.
      if (readsColumns || residual !== null || deletes.length > 0 || rowCount === undefined) urls.add(file.url)
    }
    count += urls.size
  }
  return count
}

function scansOf(plan: PhysicalPlan): PhysicalScan[] {
  const nested = Object.values(plan).flatMap((part: unknown) => (Array.isArray(part) ? (part as unknown[]) : [part]))
  const inner = nested.flatMap((part) =>
    typeof part === 'object' && part !== null && 'kind' in part && 'output' in part
      ? scansOf(part as PhysicalPlan)
      : [],
  )
  return plan.kind === 'scan' ? [plan, ...inner] : inner
}

describe.skipIf(!HAS_SHARED)('planning', () => {
  const tables = HAS_SHARED ? expectedTables(folder) : []

  test(
    'touches no more data files than the writer of the table did, for 98 % of the queries',
    { timeout: 120_000 },
    async () => {
      const worse: string[] = []
      let count = 0
      for (const { table } of tables) {
        for (const planned of plansOf(table)) {
          const sql = toSql({ ...planned, columns: [], rows: [] }, table)
          if (sql === undefined) continue
          const allowed = planned.scans.reduce((sum, { metrics }) => sum + (metrics.resultDataFiles ?? 0), 0)
          try {
            const found = await filesPlanned(sql)
            count++
            if (found > allowed) worse.push(`${table}: ${sql}: ${found} files instead of ${allowed}`)
          } catch (error) {
            if (!OTHER_FORMAT.test(String(error))) worse.push(`${table}: ${sql}: ${String(error)}`)
          }
        }
      }
      console.log(`${count - worse.length} of ${count} scans touch no more files`)
      if (process.env['SLUICE_LIST_FAILURES'] !== undefined) console.log(worse.join('\n'))
      expect(count).toBeGreaterThan(100)
      expect(worse.length / count, worse.slice(0, 20).join('\n')).toBeLessThanOrEqual(0.02)
    },
  )

  test('opens and plans every snapshot that a query reads', { timeout: 120_000 }, async () => {
    const problems: string[] = []
    let count = 0
    for (const table of tables) {
      for (const version of versionsOf(table)) {
        const clause = version === '' ? '' : ` ${version}`
        try {
          await filesPlanned(`SELECT * FROM ${table.table}${clause}`)
          count++
        } catch (error) {
          if (!OTHER_FORMAT.test(String(error))) problems.push(`${table.table}${clause}: ${String(error)}`)
        }
      }
    }
    console.log(`${count} versions planned`)
    expect(problems).toEqual([])
  })

  /** Method: what the snapshot's own summary says of its files and rows. */
  test('finds as many files and rows as the summary of the snapshot says', { timeout: 120_000 }, async () => {
    const catalog = engine.catalogs.get('iceberg')!
    const problems: string[] = []
    for (const { table: name } of tables) {
      const table = await catalog.table('main', name).catch(() => undefined)
      if (table === undefined) continue
      const summary = await latestSummary(table)
      const total = summary?.get('total-data-files')
      if (total === undefined) continue
      const { fileCount, rowCount } = await table.statistics()
      if (fileCount !== Number(total) || rowCount !== Number(summary!.get('total-records'))) {
        problems.push(
          `${name}: ${fileCount} files, ${rowCount} rows instead of ${total}, ${summary!.get('total-records')}`,
        )
      }
    }
    expect(problems).toEqual([])
  })
})

function plansOf(table: string): readonly PlannedScan[] {
  const file = join(folder, `${table}.expected`, 'plan.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PlannedScan[]) : []
}

/** The versions that a table's queries name, as SQL clauses. */
function versionsOf({ table, queries }: ExpectedTable): ReadonlySet<string> {
  const versions = new Set<string>([''])
  for (const query of queries) {
    if (
      query.as_of === null ||
      query.as_of.metadata_table !== undefined ||
      query.as_of.mode !== undefined ||
      query.note?.includes('must be an error') === true
    )
      continue
    const clause = toSql({ ...query, sql: `FROM ${table}` }, table)?.slice(`FROM ${table} `.length)
    if (clause !== undefined) versions.add(clause)
  }
  return versions
}

async function latestSummary(table: Table): Promise<ReadonlyMap<string, string> | undefined> {
  const { metadata, snapshotId } = table as unknown as import('../../src/table/iceberg/iceberg-table.ts').IcebergTable
  return metadata.snapshots.find(({ id }) => id === snapshotId)?.summary
}
