/**
 * `net` and `identifier_columns` of table_changes, for every format.
 *
 * Method: net changes of the whole history, applied to nothing, give the table's rows; each row is in them at most as often as it changed the table; and what
 * is called an update has a partner with the same key.
 */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { jsonRows, startBuiltEngine } from '../built-engine.ts'

let engine: Engine
let session: Session

beforeAll(async () => {
  engine = await startBuiltEngine({ threads: 1, memory_limit: '128MB' })
  session = engine.createSession()
  for (const format of ['paimon', 'hudi', 'delta', 'iceberg']) {
    const folder = fileURLToPath(new URL(`../fixtures/${format}`, import.meta.url))
    await session.query(`ATTACH '${folder}' AS ${format} (TYPE lake, REMAP '/tmp/lake/iceberg=${folder}')`)
  }
})

afterAll(() => engine.close())

/** Table, further arguments, and the column that tells rows apart. */
const TABLES: readonly (readonly [table: string, options: string, key: string])[] = [
  ['iceberg.ice_dml_mor_v2_parquet', '', 'id'],
  ['iceberg.flink_upsert', `, mode => 'changelog'`, 'id'],
  ['delta.rs_cdf', '', 'id'],
  ['delta.rs_cdf', `, mode => 'diff'`, 'id'],
  ['paimon.pai_pk_partial_update_groups', `, mode => 'diff'`, 'id'],
  ['hudi.hudi_cow_deletes', `, mode => 'cdc'`, 'id'],
]

const IS_GONE = `_change_type IN ('delete', 'update_before')`

describe.each(TABLES)('%s%s', (table, options, key) => {
  const net = (more = ''): string => `table_changes('${table}', net => true${options}${more})`

  test('net changes of all that was are the rows that are', async () => {
    const rows = await jsonRows(session, `SELECT * FROM ${table}`)
    const changes = await jsonRows(session, `SELECT * FROM ${net()}`)
    expect(changes.map((row) => row.at(-3))).toEqual(changes.map(() => 'insert'))
    const texts = (list: readonly unknown[][]): string[] => list.map((row) => JSON.stringify(row)).toSorted()
    expect(texts(changes.map((row) => row.slice(0, -3)))).toEqual(texts(rows))
  })

  test('a row that left and one that came with the same key are an update', async () => {
    const pairs = `SELECT ${key}, count(*) FILTER (WHERE _change_type = 'update_before') AS a, count(*) FILTER (WHERE _change_type = 'update_after') AS b,
      count(*) FILTER (WHERE ${IS_GONE}) AS gone, count(*) FILTER (WHERE NOT ${IS_GONE}) AS come, _commit_version AS v
      FROM table_changes('${table}'${options}, identifier_columns => ARRAY['${key}']) c WHERE ${key} IS NOT NULL GROUP BY ${key}, _commit_version`
    const wrong = `SELECT count(*) FILTER (WHERE a <> b OR a <> least(gone, come)), sum(a) FROM (${pairs}) p`
    const [row] = await jsonRows(session, wrong)
    expect(row![0]).toBe('0')
  })

  test('an identifier that is no column', async () => {
    const sql = `SELECT * FROM table_changes('${table}'${options}, identifier_columns => ARRAY['nope'])`
    await expect(jsonRows(session, sql)).rejects.toMatchObject({ sqlstate: '42703' })
  })
})

test('adjoining ranges add up', async () => {
  const count = async (range: string): Promise<number> => {
    const sign = `sum(CASE WHEN ${IS_GONE} THEN -1 ELSE 1 END)`
    return Number((await jsonRows(session, `SELECT ${sign} FROM table_changes('delta.rs_cdf', ${range})`))[0]![0])
  }
  expect((await count('from => NULL, to => 2')) + (await count('from => 2, to => 4'))).toBe(await count('from => -1'))
})
