/**
 * Changes of Iceberg tables of other writers hold what their definition promises: the rows of version x, with the changes from x to y, are the rows of
 * version y. Checked for each commit, for each table's whole history, and net.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { jsonText, toJson } from '../../src/engine/format-value.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'
import { startBuiltEngine } from '../built-engine.ts'

const folder = join(SHARED, 'fixtures/iceberg')
const tables = HAS_SHARED
  ? readdirSync(folder).filter((name) => !name.endsWith('.expected') && existsSync(join(folder, name, 'metadata')))
  : []

/** Larger tables take minutes to compare value by value. */
const ROWS_MAX = 20_000

let engine: Engine
let session: Session

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startBuiltEngine({ threads: 1, memory_limit: '1GB' })
  session = engine.createSession()
  await session.query(`ATTACH '${folder}' AS lake (TYPE lake, REMAP '/tmp/lake=${join(SHARED, 'fixtures')}')`)
})

afterAll(() => engine?.close())

interface Rows {
  readonly columns: readonly string[]
  readonly rows: readonly string[][]
}

async function read(sql: string): Promise<Rows> {
  const result = await session.query(sql)
  const rows: string[][] = []
  for await (const chunk of result.chunks()) {
    for (const row of chunk) rows.push(row.map((value, i) => jsonText(toJson(value, result.fields[i]!.type))))
  }
  return { columns: result.fields.map(({ name, type }) => `${name} ${JSON.stringify(type)}`), rows }
}

/** Counts of rows, changes applied. */
function apply(before: Rows, changes: Rows): Map<string, number> {
  const width = before.columns.length
  const counts = new Map<string, number>()
  const add = (row: readonly string[], n: number): void => {
    const key = row.slice(0, width).join()
    const count = (counts.get(key) ?? 0) + n
    if (count === 0) counts.delete(key)
    else counts.set(key, count)
  }
  for (const row of before.rows) add(row, 1)
  for (const row of changes.rows) add(row, /^"(insert|update_after)"$/.test(row[width]!) ? 1 : -1)
  return counts
}

const ORDERED = ([a]: [string, number], [b]: [string, number]): number => (a < b ? -1 : 1)
const counted = (rows: Rows): [string, number][] => [...apply(rows, { columns: [], rows: [] })].toSorted(ORDERED)

describe.skipIf(!HAS_SHARED)('changes add up', () => {
  for (const table of tables) {
    test(table, { timeout: 120_000 }, async () => {
      const current = await tolerant(() => read(`SELECT * FROM lake."${table}"`))
      if (current === undefined || current.rows.length > ROWS_MAX) return
      const snapshots = await read(`SELECT snapshot_id, parent_id FROM lake."${table}$snapshots" WHERE snapshot_id IN
        (SELECT snapshot_id FROM lake."${table}$history" WHERE is_current_ancestor)`)
      const versions = new Map<string, Rows>()
      for (const [id] of snapshots.rows) {
        const rows = await read(`SELECT * FROM lake."${table}" FOR VERSION AS OF ${id!.replaceAll('"', '')}`)
        // Changes have the schema of now: versions that had another one cannot be held against them.
        if (rows.columns.join() === current.columns.join()) versions.set(id!, rows)
      }
      for (const [id, parent] of snapshots.rows) {
        const after = versions.get(id!)
        const before = parent === 'null' ? { columns: current.columns, rows: [] } : versions.get(parent!)
        if (after === undefined || before === undefined) continue
        const range = `from => ${parent!.replaceAll('"', '')}, to => ${id!.replaceAll('"', '')}`
        for (const mode of ['changelog', 'diff']) {
          const changes = await read(`SELECT * FROM table_changes('lake."${table}"', ${range}, mode => '${mode}')`)
          expect([...apply(before, changes)].toSorted(ORDERED), `${mode} ${range}`).toEqual(counted(after))
        }
      }
      if (snapshots.rows.some(([, parent]) => parent !== 'null' && !snapshots.rows.some(([id]) => id === parent)))
        return
      for (const options of ['', ', net => true']) {
        const changes = await read(`SELECT * FROM table_changes('lake."${table}"'${options})`)
        expect([...apply({ ...current, rows: [] }, changes)].toSorted(ORDERED), options).toEqual(counted(current))
      }
    })
  }
})

describe.skipIf(!HAS_SHARED)('only what changed is read', () => {
  test('one commit of many opens the files of that commit', async () => {
    const { rows } = await read(
      `SELECT snapshot_id, parent_id FROM lake."ice_many_manifests$snapshots" ORDER BY committed_at DESC LIMIT 1`,
    )
    const [id, parent] = rows[0]!.map((text) => text.replaceAll('"', ''))
    const plan = await read(
      `EXPLAIN (ANALYZE, FORMAT JSON) SELECT count(v) FROM table_changes('lake.ice_many_manifests', from => ${parent}, to => ${id})`,
    )
    const scanned = [...plan.rows.join().matchAll(/files_scanned[\\"]+:\s*(\d+)/g)].map(([, count]) => Number(count))
    const added = await read(
      `SELECT CAST(summary['added-data-files'] AS integer) FROM lake."ice_many_manifests$snapshots" WHERE snapshot_id = ${id}`,
    )
    expect(scanned).toEqual([Number(added.rows[0]![0])])
  })

  test('a compaction opens none', async () => {
    const { rows } = await read(
      `SELECT snapshot_id, parent_id FROM lake."ice_feature_store$snapshots" WHERE operation = 'replace'
       AND parent_id IN (SELECT snapshot_id FROM lake."ice_feature_store$snapshots")`,
    )
    expect(rows).not.toEqual([])
    for (const row of rows) {
      const [id, parent] = row.map((text) => text.replaceAll('"', ''))
      const changes = `table_changes('lake.ice_feature_store', from => ${parent}, to => ${id})`
      const plan = await read(`EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM ${changes}`)
      expect(plan.rows.join()).toMatch(/files_scanned[\\"]+:\s*0/)
      expect((await read(`SELECT * FROM ${changes}`)).rows).toEqual([])
    }
  })
})

/** Undefined for tables that cannot be read yet. */
async function tolerant<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if ((error as { sqlstate?: string }).sqlstate === '0A000') return undefined
    throw error
  }
}
