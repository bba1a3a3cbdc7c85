/** CREATE TABLE and INSERT through the built package: what is refused, what is written, and what is read of it. */
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/engine/database.ts'
import type { ApiValue } from '../../src/engine/api-value.ts'
import { commandOf, failureOf, rowsOf } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-write-'))
let database: Database
let openOther: () => Promise<Database>

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  openOther = async () => open({ catalog: root, threads: 1, memoryLimit: '128MB' })
  database = await openOther()
})

afterAll(async () => {
  await database.close()
  rmSync(root, { recursive: true, force: true })
})

const run = async (sql: string): Promise<string> => commandOf(database, sql)
const rows = async (sql: string): Promise<ApiValue[][]> => rowsOf(database, sql)
const failure = async (sql: string): Promise<string> => failureOf(database, sql)

describe('errors', () => {
  test('a table that exists', async () => {
    await run('create table here (a int)')
    expect(await failure('create table here (a int)')).toBe('42P07 relation "here" already exists')
    expect(await failure('create table here as select 1 as a')).toBe('42P07 relation "here" already exists')
    await run('create table if not exists here (b int)')
    await run('create table if not exists here as select 1 as b')
    expect(await rows('select * from here')).toEqual([])
  })

  test('NULL in a column that takes none writes nothing', async () => {
    await run('create table strict (a int not null, b varchar)')
    const state = '23502 null value in column "a" violates not-null constraint'
    expect(await failure("insert into strict values (1, 'x'), (null, 'y')")).toBe(state)
    expect(await failure("insert into strict (b) values ('y')")).toBe(state)
    await run('insert into strict (a) values (3)')
    expect(await rows('select * from strict')).toEqual([[3, null]])
    expect(readdirSync(join(root, 'strict/data'))).toHaveLength(1)
  })

  test('types that Iceberg version 2 has not', async () => {
    for (const type of ['uuid', 'variant'])
      expect(await failure(`create table odd (a ${type})`)).toMatch(/^0A000 writing type/)
  })

  test('partition transforms of types that they do not take, codecs that are not written', async () => {
    expect(await failure('create table odd (a double precision) partitioned by (bucket(4, a))')).toBe(
      '42804 column "a" of type double precision cannot be partitioned by bucket',
    )
    expect(await failure('create table odd (a date) partitioned by (hour(a))')).toMatch(/^42804/)
    expect(await failure('create table odd (a date) partitioned by (day(a), day(a))')).toMatch(/^42701/)
    const properties = "with ('write.parquet.compression-codec' = 'lzo')"
    expect(await failure(`create table odd (a date) ${properties}`)).toMatch(
      /^(22023 invalid value for property|42601)/,
    )
  })

  test('names that would break the folders around them', async () => {
    for (const name of ['.x', 'a/b', '_delta_log', 'metadata', 'k=v', '']) {
      expect(await failure(`create table "${name}" (a int)`)).toMatch(/^42(602|601)/)
    }
    await run('create schema sales')
    await run('create table sales.daily (a int)')
    expect(await failure('create table sales (a int)')).toBe(
      '42P07 schema "sales" exists: a table cannot have its name',
    )
    await run('create table lone (a int)')
    expect(await failure('create table sluice.lone.t (a int)')).toBe(
      '42P06 "lone" is a table: it cannot be a schema too',
    )
  })

  test('a schema changed by another writer meanwhile', async () => {
    await run('create table moving (a int)')
    const metadata = join(root, 'moving/metadata')
    const json = JSON.parse(readFileSync(join(metadata, 'v1.metadata.json'), 'utf8'))
    json.schemas.push({ type: 'struct', 'schema-id': 1, fields: [{ id: 2, name: 'b', required: false, type: 'int' }] })
    Object.assign(json, { 'current-schema-id': 1, 'last-column-id': 2 })
    // Held up after it has read the schema: the rows come from a generator that changes it.
    const insert = failure('insert into moving select i::int from generate_series(1, 400000) as g(i)')
    writeFileSync(join(metadata, 'v2.metadata.json'), JSON.stringify(json))
    expect(['none', '40001 the schema or partitioning of "moving" was changed while it was written to']).toContain(
      await insert,
    )
  })

  test('a copy of a table, whose metadata says that it lies elsewhere', async () => {
    await run('create table original as select 1 as a')
    cpSync(join(root, 'original'), join(root, 'copied'), { recursive: true })
    expect(await failure('insert into copied values (2)')).toMatch(
      /^0A000 writing to table "copied", which lies elsewhere/,
    )
    expect(await rows('select * from original')).toEqual([[1]])
  })
})

describe('CREATE OR REPLACE TABLE', () => {
  test('is the next version of the table: old snapshots stay, with their columns', async () => {
    await run("create table swap as select 1 as a, 'x' as b")
    const [[before]] = (await rows('select snapshot_id from "swap$snapshots"')) as [[bigint]]
    await run('create or replace table swap as select 2.5 as a, 7 as c')
    expect(await rows('select * from swap')).toEqual([['2.5', 7]])
    expect(await rows(`select * from swap for version as of ${before}`)).toEqual([[1, 'x']])
    await run('insert into swap values (3.5, 8)')
    expect(await rows('select * from swap order by c')).toEqual([
      ['2.5', 7],
      ['3.5', 8],
    ])
    await run('create or replace table swap (d int) partitioned by (d)')
    expect(await rows('select * from swap')).toEqual([])
    await run('insert into swap values (1), (2)')
    expect(await rows('select * from swap order by d')).toEqual([[1], [2]])
  })

  test('that fails leaves the table as it was', async () => {
    await run('create table kept as select 1 as a')
    expect(
      await failure('create or replace table kept as select 1 / (i - 5000) as a from generate_series(1, 9000) as g(i)'),
    ).toMatch(/^22012/)
    expect(await rows('select * from kept')).toEqual([[1]])
    expect(readdirSync(join(root, 'kept/data'))).toHaveLength(1)
  })
})

describe('partitions', () => {
  const CASES: readonly { type: string; by: string; values: string[]; where: string }[] = [
    { type: 'int', by: 'a', values: ['1', '2', '3'], where: 'a = 2' },
    { type: 'bigint', by: 'bucket(8, a)', values: ['1', '2', '3', '9007199254740993'], where: 'a = 9007199254740993' },
    { type: 'bigint', by: 'truncate(10, a)', values: ['-11', '-1', '5', '15'], where: 'a < -10' },
    { type: 'decimal(9,2)', by: 'truncate(100, a)', values: ['-1.01', '0.99', '5'], where: 'a < 0' },
    {
      type: 'decimal(25,2)',
      by: 'bucket(8, a)',
      values: ['-1.01', '0.99', '12345678901234567890123.45'],
      where: 'a = 0.99',
    },
    { type: 'varchar', by: 'truncate(2, a)', values: ["'null'", "'éaé'", "'éab'", "''"], where: "a = 'null'" },
    { type: 'varchar', by: 'a', values: ["'null'", "'a/b=c %'", "'..'", "''"], where: "a = 'a/b=c %'" },
    { type: 'bytea', by: 'truncate(1, a)', values: ["'\\x00ff'", "'\\xff01'"], where: "a = '\\xff01'" },
    { type: 'boolean', by: 'a', values: ['true', 'false'], where: 'a' },
    { type: 'double precision', by: 'a', values: ["'NaN'", "'-0'", '0', '1.5'], where: 'a = 1.5' },
    {
      type: 'date',
      by: 'year(a)',
      values: ["'1969-12-31'", "'1970-01-01'", "'2024-02-29'"],
      where: "a < '1970-01-01'",
    },
    {
      type: 'date',
      by: 'month(a)',
      values: ["'1969-12-31'", "'1970-01-01'", "'1970-02-01'"],
      where: "a < '1970-01-01'",
    },
    { type: 'timestamp', by: 'day(a)', values: ["'1969-12-31 23:59:59'", "'1970-01-01'"], where: "a < '1970-01-01'" },
    {
      type: 'timestamptz',
      by: 'hour(a)',
      values: ["'1969-12-31 23:59:59Z'", "'1970-01-01 00:00:00Z'"],
      where: "a < '1970-01-01 00:00:00Z'",
    },
    { type: 'time', by: 'bucket(16, a)', values: ["'00:00:00'", "'23:59:59.999999'"], where: "a = '23:59:59.999999'" },
  ]
  CASES.forEach(({ type, by, values, where }, i) => {
    test(`${type} by ${by}`, async () => {
      await run(`create table part${i} (id int, a ${type}) partitioned by (${by})`)
      await run(`create table flat${i} (id int, a ${type})`)
      const all = [...values, 'null']
        .map((value, id) => `(${id}, ${value === 'null' ? 'null' : `${value}::${type}`})`)
        .join(', ')
      for (const name of ['part', 'flat']) {
        await run(`insert into ${name}${i} values ${all}`)
        await run(`insert into ${name}${i} values ${all}`)
      }
      const files = readdirSync(join(root, `part${i}/data`), { recursive: true }).filter((name) =>
        String(name).endsWith('.parquet'),
      )
      expect(files.length).toBeGreaterThan(2)
      for (const condition of [where, `not (${where})`, 'a is null', 'true']) {
        const sql = (name: string): string => `select id, a from ${name}${i} where ${condition} order by id, a`
        expect(await rows(sql('part')), condition).toEqual(await rows(sql('flat')))
      }
      const plan = (await rows(`explain (analyze, format json) select * from part${i} where ${where}`)).join('\n')
      const scanned = Number(/"files_scanned":\s*(\d+)/.exec(plan)?.[1])
      expect(scanned).toBeGreaterThan(0)
      expect(scanned).toBeLessThan(files.length)
    })
  })

  test('a truncated value below the type is refused, not wrapped', async () => {
    await run('create table edge (a int) partitioned by (truncate(10, a))')
    expect(await failure('insert into edge values (-2147483648)')).toMatch(
      /^22003 partition value of "a_trunc" is out of range/,
    )
  })

  test('a field gets a name that no column has', async () => {
    await run('create table clash (ts timestamp, ts_day int) partitioned by (day(ts))')
    await run("insert into clash values ('2024-02-29 01:00:00', 1)")
    expect(readdirSync(join(root, 'clash/data'))).toEqual(['ts_day_2=2024-02-29'])
    expect(await rows('select ts_day from clash')).toEqual([[1]])
  })

  test('a hundred in no order make a file each, not a file a batch', async () => {
    await run('create table many (i int, k int) partitioned by (k)')
    await run('insert into many select i::int, (i * 7919 % 100)::int from generate_series(1, 60000) as g(i)')
    expect(await rows('select count(*) as n, count(distinct k) as k, sum(i) as i from many')).toEqual([
      [60000n, 100n, 1800030000n],
    ])
    expect(await rows('select count(*) from "many$files"')).toEqual([[100n]])
  })
})

describe('rows', () => {
  test('an INSERT of no rows is a snapshot without files, as Spark makes it', async () => {
    await run('create table nothing (a int)')
    await run('insert into nothing select 1 where false')
    expect(await rows('select operation from "nothing$snapshots"')).toEqual([['append']])
    expect(await rows('select * from nothing')).toEqual([])
    await run('insert into nothing values (1)')
    expect(await rows('select * from nothing')).toEqual([[1]])
  })

  test('small integers, untyped NULLs and nested values become what Iceberg has', async () => {
    await run(
      "create table kinds as select 1::smallint as s, null as n, array[1, null] as l, array[]::int[] as e, 'x' as t",
    )
    expect(await rows('select * from kinds')).toEqual([[1, null, [1, null], [], 'x']])
    await run('insert into kinds (s) values (2)')
    expect(await rows('select s, l from kinds where s = 2')).toEqual([[2, null]])
  })

  test('an INSERT reads the table that it writes to as it was', async () => {
    await run('create table twice as select 1 as a')
    for (let i = 0; i < 4; i++) await run('insert into twice select a + 1 from twice')
    expect(await rows('select count(*) from twice')).toEqual([[16n]])
  })

  test('many writers at once lose nothing, and their snapshots are one line', async () => {
    await run('create table shared (w int, i int)')
    const writers = await Promise.all(Array.from({ length: 5 }, openOther))
    try {
      await Promise.all(
        [...writers, ...writers].map(async (writer, w) => {
          for (let i = 0; i < 3; i++) await (await writer.query(`insert into shared values (${w}, ${i})`)).rows()
        }),
      )
    } finally {
      for (const writer of writers) await writer.close()
    }
    expect(await rows('select count(*) as n, count(distinct w * 10 + i) as d from shared')).toEqual([[30n, 30n]])
    const snapshots = await rows('select snapshot_id, parent_id from "shared$snapshots" order by committed_at')
    expect(snapshots).toHaveLength(30)
    snapshots.forEach(([, parent], i) => expect(parent).toEqual(i === 0 ? null : snapshots[i - 1]![0]))
    const { orphansOf } = await import('../table/iceberg/write/numbers.ts')
    expect(await orphansOf(join(root, 'shared'))).toEqual([])
  })
})
