/** The formats' own names for changes and versions: functions, and the hint OPTIONS. */
import { readFile } from 'node:fs/promises'
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

const sorted = async (sql: string): Promise<string[]> =>
  (await jsonRows(session, sql)).map((row) => JSON.stringify(row)).toSorted()

const PAIMON = 'paimon.pai_pk_partial_update_groups'

describe('two ways to say the same', () => {
  test.each([
    [`delta_table_changes('delta.rs_cdf', 1, 2)`, `table_changes('delta.rs_cdf', 0, 2)`],
    [
      `hudi_table_changes('hudi.hudi_cow_deletes', 'latest_state', 'earliest')`,
      `table_changes('hudi.hudi_cow_deletes', mode => 'incremental')`,
    ],
    [
      `hudi_table_changes('hudi.hudi_cow_deletes', 'cdc', '20261121081028588', '20261121081033138')`,
      `table_changes('hudi.hudi_cow_deletes', from => '20261121081028588', to => '20261121081033138', mode => 'cdc')`,
    ],
    [
      `TABLE(system.table_changes(schema_name => 'iceberg', table_name => 'jice_eqdel_parquet', start_snapshot_id => 12253678013004693, end_snapshot_id => 8225722123031884461))`,
      `table_changes('iceberg.jice_eqdel_parquet', 12253678013004693, 8225722123031884461)`,
    ],
    [`${PAIMON} /*+ OPTIONS('incremental-between'='1,3') */`, `paimon_incremental_query('${PAIMON}', 1, 3)`],
    [
      `${PAIMON} /*+ OPTIONS('incremental-between'='1,3', 'incremental-between-scan-mode'='diff') */ AS x`,
      `paimon_incremental_query('${PAIMON}', 1, 3, 'diff')`,
    ],
    [`${PAIMON} /*+ OPTIONS('scan.snapshot-id'='2') */`, `${PAIMON} FOR VERSION AS OF 2`],
    [`${PAIMON} /*+ OPTIONS('scan.mode'='from-snapshot', 'scan.version'='2') */`, `${PAIMON} FOR VERSION AS OF 2`],
    [`${PAIMON} /*+ OPTIONS('scan.parallelism'='2') */`, PAIMON],
    [
      `hudi.hudi_cow_deletes /*+ OPTIONS('as.of.instant'='20261121081028795') */`,
      `hudi.hudi_cow_deletes FOR VERSION AS OF '20261121081028795'`,
    ],
    [
      `hudi.hudi_cow_deletes /*+ OPTIONS('hoodie.datasource.query.type'='incremental', 'hoodie.datasource.read.begin.instanttime'='000') */`,
      `hudi.hudi_cow_deletes`,
    ],
    [
      `paimon.pai_tags_branches /*+ OPTIONS('scan.tag-name'='t4') */`,
      `paimon.pai_tags_branches FOR VERSION AS OF 't4'`,
    ],
    [
      `iceberg.jice_eqdel_parquet /*+ OPTIONS('snapshot-id'='12253678013004693') */ t`,
      `iceberg.jice_eqdel_parquet FOR VERSION AS OF 12253678013004693`,
    ],
    [
      `iceberg.jice_eqdel_parquet /*+ OPTIONS('as-of-timestamp'='1795244373995') */`,
      `iceberg.jice_eqdel_parquet FOR TIMESTAMP AS OF TIMESTAMPTZ '2026-11-21 06:59:33.995Z'`,
    ],
  ])('%s', async (named, ours) => {
    const rows = await sorted(`SELECT * FROM ${ours}`)
    expect(rows.length).toBeGreaterThan(0)
    expect(await sorted(`SELECT * FROM ${named}`)).toEqual(rows)
  })

  test('a range of times', async () => {
    const millis = async (id: number): Promise<string> => {
      const file = new URL(`../fixtures/paimon/pai_pk_partial_update_groups/snapshot/snapshot-${id}`, import.meta.url)
      return /"timeMillis" : (\d+)/.exec(await readFile(file, 'utf8'))![1]!
    }
    const [first, third] = [await millis(1), await millis(3)]
    const rows = await sorted(`SELECT * FROM paimon_incremental_query('${PAIMON}', 1, 3)`)
    const iso = (text: string): string => new Date(Number(text)).toISOString()
    for (const source of [
      `paimon_incremental_between_timestamp('${PAIMON}', '${first}', ${third})`,
      `paimon_incremental_between_timestamp('${PAIMON}', '${iso(first)}', '${iso(third)}')`,
      `${PAIMON} /*+ OPTIONS('incremental-between-timestamp'='${first},${third}') */`,
    ]) {
      expect(await sorted(`SELECT * FROM ${source}`), source).toEqual(rows)
    }
  })
})

describe('refused', () => {
  test.each([
    [`${PAIMON} /*+ OPTIONS('consumer-id'='me') */`, '0A000 table option "consumer-id" is not supported'],
    [
      `${PAIMON} /*+ OPTIONS('scan.mode'='from-snapshot') */`,
      `0A000 table option "scan.mode" = 'from-snapshot' here is not supported`,
    ],
    [
      `${PAIMON} /*+ OPTIONS('incremental-between'='1') */`,
      '22023 a range of versions is two of them with a comma between',
    ],
    [
      `${PAIMON} /*+ OPTIONS('incremental-between'='1,2', 'scan.snapshot-id'='2') */`,
      '22023 a version and a range of versions in the options of one table',
    ],
    [
      `${PAIMON} /*+ OPTIONS('scan.snapshot-id'='x') */`,
      `22023 table option "scan.snapshot-id" is an integer, not 'x'`,
    ],
    [
      `${PAIMON} /*+ OPTIONS('scan.snapshot-id'='1') */ FOR VERSION AS OF 2`,
      '42601 a version of the table is given twice',
    ],
    [`${PAIMON} /*+ OPTIONS('a'='b', 'a'='c') */`, '42601 table option "a" is given twice'],
    [`${PAIMON} /*+ OPTIONS(a=b) */`, `42601 OPTIONS is a list as ('key'='value', ...)`],
    [
      `iceberg.jice_eqdel_parquet /*+ OPTIONS('incremental-between'='12253678013004693,8225722123031884461') */`,
      '0A000 a range of versions in OPTIONS for table "jice_eqdel_parquet" (iceberg) is not supported',
    ],
    [`hudi_table_changes('hudi.hudi_cow_deletes', 'x')`, '22023 unknown mode "x"'],
  ])('%s', async (source, message) => {
    const failure = await jsonRows(session, `SELECT * FROM ${source}`).then(
      () => 'none',
      (error: { sqlstate: string; message: string }) => `${error.sqlstate} ${error.message}`,
    )
    expect(failure).toBe(message)
  })

  test('options of a common table', async () => {
    const sql = `WITH c AS (SELECT 1) SELECT * FROM c /*+ OPTIONS('scan.snapshot-id'='1') */`
    await expect(jsonRows(session, sql)).rejects.toMatchObject({ sqlstate: '0A000' })
  })
})
