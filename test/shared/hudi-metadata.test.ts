/**
 * Metadata tables of Hudi tables that Spark wrote, held against what they are about: the files that listing finds, and the rows of the files.
 *
 * Both ways: what an index rules out has no row that matches, and what has one is not ruled out.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { createStorageAccess } from '../../src/storage/storage-access.ts'
import { listByMetadata } from '../../src/table/hudi/metadata/files-index.ts'
import { openMetadataTable } from '../../src/table/hudi/metadata/metadata-table.ts'
import { type HudiSnapshot, openSnapshot, readSlices } from '../../src/table/hudi/snapshot.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'
import { jsonRows, startBuiltEngine } from '../built-engine.ts'

const folder = join(SHARED, 'fixtures/hudi')
const tables = HAS_SHARED
  ? readdirSync(folder).filter((name) => !name.endsWith('.expected') && existsSync(join(folder, name, '.hoodie')))
  : []

const access = createStorageAccess()

describe.skipIf(!HAS_SHARED)('the files of a table', () => {
  const namesOf = async (snapshot: HudiSnapshot, listed?: Parameters<typeof readSlices>[1]): Promise<string[]> => {
    const { slices } = await readSlices(snapshot, listed)
    return slices.flatMap(({ partition, fileId, base, logs }) =>
      [...(base === undefined ? [] : [base]), ...logs].map(
        ({ name, byteCount }) => `${partition}/${fileId}: ${name} ${byteCount}`,
      ),
    )
  }

  let indexed = 0

  test.each(tables)('%s: by its index, and by listing', async (name) => {
    const snapshot = await openSnapshot(join(folder, name), { name, access })
    const metadata = await openMetadataTable(snapshot)
    if (metadata === undefined) return
    const listed = await listByMetadata(metadata, snapshot.url)
    expect(await namesOf(snapshot, listed)).toEqual(await namesOf(snapshot))
    indexed++
  })

  test('are indexed in most tables', () => {
    expect(indexed).toBeGreaterThan(tables.length * 0.9)
  })
})

let engine: Engine
let session: Session

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startBuiltEngine({ memory_limit: '1GB' })
  session = engine.createSession()
  await session.query(`ATTACH '${folder}' AS lake (TYPE lake, REMAP '/tmp/lake=${join(SHARED, 'fixtures')}')`)
})

afterAll(() => engine?.close())

/** The rows, and how many files the indexes left out. */
async function read(table: string, condition: string): Promise<{ rows: string[]; skipped: number }> {
  const sql = `SELECT * FROM lake."${table}" WHERE ${condition}`
  const rows = (await jsonRows(session, sql)).map((row) => JSON.stringify(row)).toSorted()
  const plan = JSON.stringify(await jsonRows(session, `EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`))
  const skipped = /files_skipped_by_index[\\": ]+(\d+)/.exec(plan)?.[1]
  return { rows, skipped: Number(skipped ?? 0) }
}

/** A condition on each value of a column, and on its bounds. */
async function conditionsOf(table: string, column: string): Promise<string[]> {
  const values = await jsonRows(
    session,
    `SELECT DISTINCT "${column}" FROM lake."${table}" WHERE "${column}" IS NOT NULL`,
  )
  const texts = values.slice(0, 12).map(([value]) => (typeof value === 'number' ? String(value) : `'${String(value)}'`))
  return texts.flatMap((text) => [`"${column}" = ${text}`, `"${column}" > ${text}`, `"${column}" <= ${text}`])
}

describe.skipIf(!HAS_SHARED)('indexes', () => {
  const withStats = ['hudi_cow_dml', 'hudi_mor_dml', 'hudi_mor_partial_update', 'hudi_mor_record_index']

  test.each(withStats)('of %s rule out files without a row that matches', { timeout: 120_000 }, async (table) => {
    let skipped = 0
    for (const column of ['id', 'name', 'amt', 'ver']) {
      for (const condition of await conditionsOf(table, column)) {
        const found = await read(table, condition)
        // Bounds say nothing of such a condition.
        const all = await read(table, `coalesce((${condition})::text, '') = 'true'`)
        expect(found.rows, condition).toEqual(all.rows)
        expect(all.skipped).toBe(0)
        skipped += found.skipped
      }
    }
    expect(skipped).toBeGreaterThan(0)
  })

  test('of record keys leave one file group', async () => {
    const { rows, skipped } = await read('hudi_mor_record_index', 'id = 10')
    expect(rows.length).toBe(1)
    expect(skipped).toBeGreaterThan(1)
    expect((await read('hudi_mor_record_index', 'id = 12345')).rows).toEqual([])
  })
})
