/**
 * One query over tables of five formats. The same 100,000 users with the same upserts were written to four of them, so that joined by key
 * every column agrees; the fifth has vectors of some of the users.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/engine/database.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

const FIXTURES = join(SHARED, 'fixtures')

let db: Database

beforeAll(async () => {
  if (!HAS_SHARED) return
  // The built engine: its workers start on every supported Node.
  const { open } = (await import('../../dist/src/index.js' as string)) as {
    open: typeof import('../../src/index.ts').open
  }
  db = await open({ catalog: '/nonexistent', threads: 2, memoryLimit: '1GB' })
  for (const format of ['iceberg', 'delta', 'hudi', 'paimon', 'lance']) {
    const folder = join(FIXTURES, format)
    await db.query(`ATTACH '${folder}' AS ${format} (TYPE lake, REMAP '/tmp/lake=${FIXTURES}')`)
  }
})

afterAll(() => db?.close())

describe.skipIf(!HAS_SHARED)('joins across formats', () => {
  test('Iceberg, Delta Lake, Hudi and Paimon hold the same rows', { timeout: 60_000 }, async () => {
    const same = ['event_ts', 'label', 'f00', 'f07', 'f19', 'embedding[5]'].map((column) =>
      ['d', 'h', 'p'].map((other) => `i.${column} IS NOT DISTINCT FROM ${other}.${column}`).join(' AND '),
    )
    const sql = `SELECT count(*) AS joined, count(*) FILTER (WHERE ${same.join(' AND ')}) AS same
      FROM iceberg.ice_feature_store i
      JOIN delta.delta_feature_store d ON d.user_id = i.user_id
      JOIN hudi.hudi_feature_store h ON h.user_id = d.user_id
      JOIN paimon.pai_feature_store p ON p.user_id = h.user_id`
    expect(await (await db.query(sql)).rows()).toEqual([{ joined: 100_000n, same: 100_000n }])
  })

  test('five at once', { timeout: 60_000 }, async () => {
    const sql = `SELECT count(*) AS joined, count(DISTINCT v.id) AS vectors
      FROM lance.embeddings v
      JOIN iceberg.ice_feature_store i ON i.user_id = v.id
      JOIN delta.delta_feature_store d ON d.user_id = i.user_id
      JOIN hudi.hudi_feature_store h ON h.user_id = i.user_id
      JOIN paimon.pai_feature_store p ON p.user_id = i.user_id`
    const [found] = await (await db.query(sql)).rows()
    const [all] = await (await db.query('SELECT count(*) AS n FROM lance.embeddings WHERE id < 100000')).rows()
    expect(found).toEqual({ joined: all!['n'], vectors: all!['n'] })
  })
})
