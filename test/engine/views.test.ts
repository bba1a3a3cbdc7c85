/** Views through the built package. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiValue } from '../../src/engine/api-value.ts'
import type { Database } from '../../src/engine/database.ts'
import { commandOf, failureOf, rowsOf } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-views-'))
let database: Database
let other: Database

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  database = await open({ catalog: root, threads: 1, memoryLimit: '128MB' })
  other = await open({ catalog: root, threads: 1, memoryLimit: '128MB' })
  await run('create table t as select i::bigint as a, i * i as b from generate_series(1, 5) s(i)')
})

afterAll(async () => {
  await database.close()
  await other.close()
  rmSync(root, { recursive: true, force: true })
})

const run = async (sql: string, on: Database = database): Promise<string> => commandOf(on, sql)
const rows = async (sql: string, on: Database = database): Promise<ApiValue[][]> => rowsOf(on, sql)
const failure = async (sql: string): Promise<string> => failureOf(database, sql)

describe('views', () => {
  test('stand for their queries, in every session', async () => {
    expect(await run('create view v (x) as select a, b from t where a > 2')).toBe('CREATE VIEW')
    for (const on of [database, other]) {
      expect(await rows('select x, b from v order by x', on)).toEqual([
        [3n, 9],
        [4n, 16],
        [5n, 25],
      ])
    }
    expect(await rows('select w.x from main.v as w join t on t.a = w.x where w.x < 5 order by 1')).toEqual([[3n], [4n]])
    expect(await rows('select p.q from v p(q, r) where r = 16')).toEqual([[4n]])
    expect(await rows('select (select max(x) from v), exists (select 1 from v where x = 9)')).toEqual([[5n, false]])
    expect(await rows('with v as (select 7 as x) select x from v')).toEqual([[7]])
    expect(await rows('explain select x from v')).not.toEqual([])
  })

  test('stand behind TABLE, and have other names', async () => {
    await run('create view before (x, y) as select a, b from t where a < 3')
    expect(await rows('table before union all table before order by 1 limit 1')).toEqual([[1n, 1]])
    expect(await run('alter view before rename to after')).toBe('ALTER VIEW')
    expect(await rows('select y from after order by x')).toEqual([[1], [4]])
    expect(await failure('table before')).toMatch(/^42P01/)
    expect(await failure('alter view before rename to other')).toBe('42P01 view "before" does not exist')
    expect(await failure('alter view after rename to t')).toMatch(/^42809|^42P07/)
    expect(await run('alter view if exists before rename to other')).toBe('ALTER VIEW')
    await run('drop view after')
  })

  test('of views, and in statements that write', async () => {
    await run('create view w as select x + 1 as y from v where x < 5')
    expect(await rows('select y from w order by y')).toEqual([[4n], [5n]])
    await run('create table c as select y from w')
    await run('insert into c select x from v where x = 3')
    expect(await run('delete from c using w where c.y = w.y')).toBe('DELETE 2')
    expect(await run('update c set y = (select count(*) from v)')).toBe('UPDATE 1')
    expect(await rows('select y from c')).toEqual([[3n]])
    expect(await failure('update v set x = 1')).toMatch(/^0A000|^42809|^42P01/)
  })

  test('keep to the schema that they were made in, and see no temporary tables', async () => {
    const fresh = await rows('select count(*) n from v')
    await run('create temp table t as select 99::bigint as a, 1 as b')
    expect(await rows('select count(*) n from v')).toEqual(fresh)
    expect(await rows('select a from t')).toEqual([[99n]])
    await run('drop table t')
  })

  test('CREATE OR REPLACE, IF NOT EXISTS, DROP', async () => {
    await run('create view r as select 1 as a')
    expect(await failure('create view r as select 2 as a')).toBe('42P07 relation "r" already exists')
    await run('create view if not exists r as select 2 as a')
    expect(await rows('select * from r')).toEqual([[1]])
    await run('create or replace view r as select 3 as b, 4 as c')
    expect(await rows('select * from r')).toEqual([[3, 4]])
    expect(await failure('create or replace view t as select 1 as a')).toBe('42809 "t" is not a view')
    expect(await failure('create table r (a int)')).toMatch(/^42P07/)
    expect(await failure('drop table r')).toBe('42809 "r" is not a table')
    expect(await failure('drop view t')).toBe('42809 "t" is not a view')
    expect(await run('drop view r')).toBe('DROP VIEW')
    expect(await failure('select * from r')).toMatch(/^42P01/)
    expect(await failure('drop view r')).toBe('42P01 view "r" does not exist')
    expect(await run('drop view if exists r')).toBe('DROP VIEW')
  })

  test('that are wrong, or name themselves', async () => {
    expect(await failure('create view bad as select nope from t')).toMatch(/^42703/)
    expect(await failure('create view bad as select 1 as a, 2 as a')).toMatch(/^42701/)
    await run('create view one as select 1 as a')
    await run('create view two as select a from one')
    await run('create or replace view one as select a from two')
    expect(await failure('select * from one')).toMatch(/^42P17 infinite recursion/)
    await run('begin')
    await run('create view three as select 1 as a')
    expect(await rows('select a from three')).toEqual([[1]])
    await run('rollback')
    expect(await failure('select a from three')).toMatch(/^42P01/)
  })

  test('metadata is that of the Iceberg view specification', () => {
    const metadata = JSON.parse(readFileSync(join(root, 'v/metadata/v1.metadata.json'), 'utf8')) as Record<
      string,
      unknown
    >
    expect(metadata).toMatchObject({
      'format-version': 1,
      'current-version-id': 1,
      versions: [{ representations: [{ type: 'sql', dialect: 'sluice' }], 'default-namespace': ['main'] }],
      schemas: [
        {
          fields: [
            { name: 'x', type: 'long' },
            { name: 'b', type: 'int' },
          ],
        },
      ],
    })
  })

  test('of other engines are read in their dialects, or refused by name', async () => {
    await run('create schema other')
    await run('create table other.t as select 7 as only')
    const put = (name: string, sql: string, dialect: string, more: object = {}): void => {
      mkdirSync(join(root, name, 'metadata'), { recursive: true })
      const version = {
        ...{ 'version-id': 1, 'timestamp-ms': 1, 'schema-id': 1, summary: {}, 'default-namespace': ['main'] },
        ...{ representations: [{ type: 'sql', sql, dialect }], ...more },
      }
      const schema = { type: 'struct', 'schema-id': 1, fields: [{ id: 1, name: 'n', required: false, type: 'long' }] }
      const metadata = {
        ...{ 'view-uuid': name, 'format-version': 1, location: join(root, name), 'current-version-id': 1 },
        ...{ versions: [version], 'version-log': [], schemas: [schema], properties: {} },
      }
      writeFileSync(join(root, name, 'metadata', 'v1.metadata.json'), JSON.stringify(metadata))
    }
    put('spark_view', 'SELECT `a` + 1 AS n FROM `T` WHERE a > 3 ORDER BY n', 'spark')
    expect(await rows('select n from spark_view order by n')).toEqual([[5n], [6n]])
    put('trino_view', 'SELECT only FROM other.t', 'trino')
    expect(await rows('select n from trino_view')).toEqual([[7]])
    put('two_texts', 'SELECT nope FROM t', 'presto', {
      representations: [
        { type: 'sql', sql: 'SELECT 1 || 2', dialect: 'presto' },
        { type: 'sql', sql: 'SELECT max(a) FROM t', dialect: 'spark' },
      ],
    })
    expect(await rows('select n from two_texts')).toEqual([[5n]])
    put('inexact', 'SELECT a / 2 AS n FROM t', 'spark')
    expect(await failure('select n from inexact')).toMatch(/^0A000 .*in another dialect is not supported/)
    put('unknown', 'SELECT 1', 'presto')
    expect(await failure('select n from unknown')).toBe(
      '0A000 reading an Iceberg view of another dialect is not supported',
    )
    expect(await failure('alter view spark_view rename to another')).toMatch(/^0A000/)
  })
})
