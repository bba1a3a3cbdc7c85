/** table_changes(...) through the built package: what changed between versions of tables of other writers, and what is refused. */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiValue } from '../../src/engine/api-value.ts'
import type { Database } from '../../src/engine/database.ts'
import { failureOf, rowsOf } from './ask.ts'

const fixtures = fileURLToPath(new URL('../fixtures/iceberg', import.meta.url))
let database: Database

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  database = await open({ catalog: '/nonexistent', threads: 1, memoryLimit: '128MB' })
  await rows(`ATTACH '${fixtures}' AS lake (TYPE lake, REMAP '/tmp/lake/iceberg=${fixtures}')`)
})

afterAll(() => database.close())

const rows = async (sql: string): Promise<ApiValue[][]> => rowsOf(database, sql)
const failure = async (sql: string): Promise<string> => failureOf(database, sql)

const text = (row: readonly ApiValue[]): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))

/** Counts of rows after changes, whose last column but two is the type. */
function applied(before: readonly ApiValue[][], changes: readonly ApiValue[][]): string[] {
  const counts = new Map<string, number>()
  const add = (row: readonly ApiValue[], n: number): void => {
    counts.set(text(row), (counts.get(text(row)) ?? 0) + n)
  }
  for (const row of before) add(row, 1)
  for (const row of changes) add(row.slice(0, -3), ['insert', 'update_after'].includes(String(row.at(-3))) ? 1 : -1)
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([row, count]) => `${count} ${row}`)
    .toSorted()
}

describe('the changes of each commit turn a version into the next one', () => {
  test.each(['jice_eqdel_parquet', 'jice_eqdel_partitioned', 'flink_upsert', 'ice_dml_mor_v2_parquet'])(
    '%s',
    { timeout: 60_000 },
    async (table) => {
      const snapshots = await rows(`SELECT snapshot_id, parent_id FROM lake."${table}$snapshots"`)
      const at = (id: ApiValue): Promise<ApiValue[][]> =>
        id === null ? Promise.resolve([]) : rows(`SELECT * FROM lake."${table}" FOR VERSION AS OF ${String(id)}`)
      for (const [id, parent] of snapshots) {
        const after = applied(await at(id!), [])
        for (const options of ['', `, mode => 'changelog'`, `, mode => 'diff'`, ', net => true']) {
          const range = `from => ${String(parent)}, to => ${String(id)}${options}`
          const changes = await rows(`SELECT * FROM table_changes('lake.${table}', ${range})`)
          expect(applied(await at(parent!), changes), range).toEqual(after)
        }
      }
      const all = await rows(`SELECT * FROM table_changes('lake.${table}')`)
      expect(applied([], all)).toEqual(applied(await rows(`SELECT * FROM lake."${table}"`), []))
    },
  )
})

describe('jice_eqdel_parquet', () => {
  const changes = `table_changes('lake.jice_eqdel_parquet', from => 12253678013004693, to => 8225722123031884461`

  test('deletes and inserts of an upsert', async () => {
    const sql = `SELECT id, name, _change_type FROM ${changes}, mode => 'changelog') ORDER BY id, name`
    expect(await rows(sql)).toEqual([
      [10n, 'a10', 'delete'],
      [10n, 'u10', 'insert'],
      [11n, 'a11', 'delete'],
      [11n, 'u11', 'insert'],
      [12n, 'a12', 'delete'],
      [60n, 'new60', 'insert'],
    ])
  })

  test('updates are paired by identifier columns', async () => {
    const sql = `SELECT id, name, _change_type FROM ${changes}, identifier_columns => ARRAY['id']) ORDER BY id, name`
    expect(await rows(sql)).toEqual([
      [10n, 'a10', 'update_before'],
      [10n, 'u10', 'update_after'],
      [11n, 'a11', 'update_before'],
      [11n, 'u11', 'update_after'],
      [12n, 'a12', 'delete'],
      [60n, 'new60', 'insert'],
    ])
  })

  test('the commit stands beside each change, and filters and aliases work as for tables', async () => {
    const sql = `SELECT c.id, _commit_version, _commit_timestamp, _change_ordinal FROM ${changes}) c WHERE c.id = 60`
    expect(await rows(sql)).toEqual([[60n, 8225722123031884461n, '2026-11-21T06:59:33.995000Z', 0]])
  })

  test('appends only', async () => {
    const sql = `SELECT count(*) FROM table_changes('lake.jice_eqdel_parquet', mode => 'append')`
    expect(await rows(sql)).toEqual([[60n]])
  })

  test('by time: what was before the first version is nothing', async () => {
    const sql = `SELECT count(*) FROM table_changes('lake.jice_eqdel_parquet',
      from => TIMESTAMPTZ '2000-01-01', to => TIMESTAMPTZ '2026-11-21 06:59:33Z')`
    expect(await rows(sql)).toEqual([[50n]])
  })

  test('one commit opens the files that it is about', async () => {
    const [plan] = await rows(`EXPLAIN (ANALYZE, FORMAT JSON) SELECT count(name) FROM table_changes(
      'lake.jice_eqdel_parquet', from => 8773615621938347511, to => 2191129420708875785)`)
    expect(String(plan![0])).toMatch(/"files_scanned": ?1\b/)
  })
})

describe('deleted rows', () => {
  test('as a table, with the files that they are of', async () => {
    const table = `lake."ice_dml_mor_v2_parquet$position_deletes"`
    const [row] = await rows(`SELECT count(*), count(DISTINCT file_path), min(pos) FROM ${table} WHERE pos < 2`)
    expect(Number(row![0])).toBeGreaterThan(0)
    expect(Number(row![1])).toBeGreaterThan(0)
    expect(row![2]).toBe(0n)
  })

  test('files and entries of all snapshots', async () => {
    const count = async (kind: string): Promise<number> =>
      Number((await rows(`SELECT count(*) FROM lake."ice_dml_mor_v2_parquet$${kind}"`))[0]![0])
    expect(await count('all_files')).toBe((await count('all_data_files')) + (await count('all_delete_files')))
    expect(await count('all_entries')).toBeGreaterThanOrEqual(await count('entries'))
    expect(await count('all_manifests')).toBeGreaterThan(await count('manifests'))
  })

  test('bounds by the names of columns', async () => {
    expect(
      await rows(`SELECT min(readable_metrics.id.lower_bound), max(readable_metrics.id.upper_bound)
        FROM lake."jice_eqdel_parquet$data_files"`),
    ).toEqual([[0n, 109n]])
  })
})

describe('refused', () => {
  test.each([
    [`'lake.jice_eqdel_parquet', mode => 'cdc'`, '0A000 mode "cdc" for changes of an Iceberg table is not supported'],
    [`'lake.jice_eqdel_parquet', mode => 'x'`, '22023 unknown mode "x"'],
    [`'lake.jice_eqdel_parquet', from => 1`, '22023 snapshot 1 of table "jice_eqdel_parquet" not found'],
    [
      `'lake.jice_eqdel_parquet', from => 2253194032874062115, to => 2750032172018699287, mode => 'changelog'`,
      '22023 snapshot 2253194032874062115 of table "jice_eqdel_parquet" is not an ancestor of snapshot 2750032172018699287',
    ],
    [`'lake.jice_eqdel_parquet', identifier_columns => ARRAY['nope']`, '42703 column "nope" does not exist'],
    [
      `'lake.jice_eqdel_parquet', identifier_columns => 5`,
      '42804 an array of column names is needed here, not type integer',
    ],
    [`'lake.jice_eqdel_parquet', since => 5`, '42883 table_changes does not exist with these arguments'],
    [`'lake..x'`, '42602 invalid name of a table: "lake..x"'],
    [`'lake.missing'`, '42P01 relation "lake.missing" does not exist'],
    [`5`, '42804 a table name as text is needed here, not type integer'],
  ])('%s', async (args, message) => {
    expect(await failure(`SELECT * FROM table_changes(${args})`)).toBe(message)
  })

  test('tables that keep no changes', async () => {
    await database.register('mem', [{ a: 1 }])
    expect(await failure(`SELECT * FROM table_changes('mem')`)).toBe(
      '0A000 reading the changes of table "mem" (memory) is not supported',
    )
  })
})
