/** ALTER TABLE, COMMENT ON, defaults and constraints through the built package. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiValue } from '../../src/engine/api-value.ts'
import type { Database } from '../../src/engine/database.ts'
import { commandOf, failureOf, rowsOf } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-alter-'))
let database: Database

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  database = await open({ catalog: root, threads: 1, memoryLimit: '128MB' })
})

afterAll(async () => {
  await database.close()
  rmSync(root, { recursive: true, force: true })
})

const run = async (sql: string): Promise<string> => commandOf(database, sql)
const rows = async (sql: string): Promise<ApiValue[][]> => rowsOf(database, sql)
const failure = async (sql: string): Promise<string> => failureOf(database, sql)

describe('columns', () => {
  test('add, drop, rename, move', async () => {
    await run('create table c (a int, b varchar)')
    await run("insert into c values (1, 'x')")
    expect(await run('alter table c add column d double precision, add e date first')).toBe('ALTER TABLE')
    await run("insert into c values (date '2024-01-01', 2, 'y', 2.5)")
    expect(await rows('select * from c order by a')).toEqual([
      [null, 1, 'x', null],
      ['2024-01-01', 2, 'y', 2.5],
    ])
    await run('alter table c rename column b to name')
    await run('alter table c alter column d after a')
    expect(await rows('select * from c where a = 2')).toEqual([['2024-01-01', 2, 2.5, 'y']])
    await run('alter table c drop column e, drop column if exists nothing')
    // A column of an old name is a new column.
    await run('alter table c add column b varchar')
    expect(await rows('select * from c where a = 1')).toEqual([[1, null, 'x', null]])
    // Earlier snapshots have their own columns.
    const [[first]] = (await rows('select snapshot_id from "c$snapshots" order by committed_at limit 1')) as [[bigint]]
    expect(await rows(`select * from c for version as of ${first}`)).toEqual([[1, 'x']])
    expect(await failure('alter table c add column a int')).toBe('42701 column "a" already exists')
    expect(await run('alter table c add column if not exists a int')).toBe('ALTER TABLE')
    expect(await failure('alter table c drop column nope')).toBe('42703 column "nope" does not exist')
    expect(await failure('alter table nowhere add column a int')).toMatch(/^42P01/)
    expect(await run('alter table if exists nowhere add column a int')).toBe('ALTER TABLE')
  })

  test('types are promoted', async () => {
    await run('create table p (a int, r real, d decimal(5,2))')
    await run('insert into p values (1, 1.5, 1.25)')
    await run('alter table p alter a type bigint, alter r set data type double precision, alter d type decimal(9,2)')
    await run('insert into p values (5000000000, 1e300, 1234567.25)')
    expect(await rows('select * from p order by a')).toEqual([
      [1n, 1.5, '1.25'],
      [5000000000n, 1e300, '1234567.25'],
    ])
    expect(await failure('alter table p alter a type int')).toMatch(/^0A000 changing column "a" from long to integer/)
    expect(await failure('alter table p alter d type decimal(9,3)')).toMatch(/^0A000/)
  })

  test('NOT NULL', async () => {
    await run('create table n (a int, b int)')
    await run('insert into n values (1, null)')
    expect(await failure('alter table n alter b set not null')).toBe(
      '23502 column "b" of relation "n" contains null values',
    )
    await run('alter table n alter a set not null')
    expect(await failure('insert into n values (null, 1)')).toMatch(/^23502/)
    expect(await failure('update n set a = null')).toMatch(/^23502/)
    await run('alter table n alter a drop not null')
    await run('insert into n values (null, 1)')
    expect(await failure('alter table n add column c int not null')).toMatch(/^23502/)
  })

  test('fields within columns', async () => {
    await run('create table s (a int, st struct(x int, y struct(z int)), l struct(i int)[])')
    await run('insert into s select 1, {x: 1, y: {z: 2}}, [{i: 3}]'.replaceAll(/(\w+):/g, "'$1':"))
    await run('alter table s add column st.y.w varchar, rename column st.x to first, add column l.element.j int')
    expect(await rows('select st.first, st.y.w, st.y.z, l from s')).toEqual([[1, null, 2, [{ i: 3, j: null }]]])
    await run('alter table s drop column st.y.z')
    expect(await rows('select st.y from s')).toEqual([[{ w: null }]])
    expect(await failure('alter table s add column a.b int')).toMatch(/^42703/)
  })
})

describe('defaults and constraints', () => {
  test('DEFAULT', async () => {
    await run("create table d (a int default 1 + 1, b varchar default upper('x'), c date)")
    await run('insert into d (c) values (null)')
    await run("insert into d values (default, 'q', default), (3, default, null)")
    await run('insert into d default values')
    expect(await rows('select a, b from d order by a, b')).toEqual([
      [2, 'X'],
      [2, 'X'],
      [2, 'q'],
      [3, 'X'],
    ])
    await run('update d set a = default, b = null where a = 3')
    await run('alter table d alter a set default 9, alter b drop default, rename a to n')
    await run('merge into d using (values (1)) v(x) on false when not matched then insert (c) values (null)')
    expect(await rows('select n, b from d where n = 9')).toEqual([[9, null]])
    expect(await failure("create table e (a int default 'x')")).toMatch(/^22P02/)
    expect(await failure('create table e (a int, b int default a)')).toMatch(/^42703/)
    await run('alter table d add column z int default 1')
    expect(await rows('select distinct z from d')).toEqual([[1]])
  })

  test('CHECK', async () => {
    await run('create table k (a int check (a > 0), b int, constraint ordered check (a < b))')
    await run('insert into k values (1, 2), (null, null), (5, null)')
    const violated = '23514 new row for relation "k" violates check constraint'
    expect(await failure('insert into k values (0, 2)')).toBe(`${violated} "k_a_check"`)
    expect(await failure('insert into k values (3, 2)')).toBe(`${violated} "ordered"`)
    expect(await failure('update k set b = 0 where a = 1')).toBe(`${violated} "ordered"`)
    expect(await failure('merge into k using (values (1)) v(x) on a = x when matched then update set a = -1')).toBe(
      `${violated} "k_a_check"`,
    )
    expect(await rows('select count(*) c from k')).toEqual([[3n]])
    expect(await failure('alter table k add constraint big check (a > 3)')).toBe(
      '23514 check constraint "big" of relation "k" is violated by some row',
    )
    await run('alter table k drop constraint ordered, add check (b is null or b < 100)')
    await run('insert into k values (3, 2)')
    expect(await failure('insert into k values (3, 200)')).toBe(`${violated} "k_b_check"`)
    expect(await failure('alter table k drop column b')).toMatch(/^0A000 changing column "b", which constraint/)
    expect(await failure('alter table k drop constraint nope')).toMatch(/^42704/)
    expect(await failure('create table bad (a int check (a))')).toMatch(/^42804/)
    expect(await failure('create table bad (a int check (z > 1))')).toMatch(/^42703/)
  })
})

describe('partitions, order, comments, properties', () => {
  test('partition fields', async () => {
    await run('create table f (a int, t timestamp)')
    await run("insert into f values (1, timestamp '2024-01-01 10:00:00')")
    await run('alter table f add partition field day(t)')
    await run("insert into f values (2, timestamp '2024-01-02 10:00:00'), (3, timestamp '2024-01-01 11:00:00')")
    expect(await rows('select count(*)::int n from "f$files"')).toEqual([[3]])
    expect(await run("delete from f where t >= timestamp '2024-01-01' and t < timestamp '2024-01-02'")).toBe('DELETE 2')
    await run('alter table f replace partition field day(t) with bucket(4, a) as b')
    await run('update f set a = 20')
    expect(await rows('select a from f')).toEqual([[20]])
    await run('alter table f drop partition field b')
    await run('insert into f values (4, null)')
    expect(await rows('select a from f order by a')).toEqual([[4], [20]])
    expect(await failure('alter table f drop partition field day(t)')).toMatch(/^42704/)
    expect(await failure('alter table f add partition field hour(a)')).toMatch(/^42804/)
    await run('alter table f add partition field a')
    expect(await failure('alter table f drop column a')).toMatch(/^2BP01/)
  })

  test('comments and properties', async () => {
    await run("create table m (a int comment 'one') comment 'all'")
    await run("comment on column m.a is 'number'")
    await run("comment on table m is 'table'")
    expect(await rows('describe m')).toEqual([['a', 'integer', 'YES', 'number']])
    await run("alter table m set tblproperties ('write.delete.mode' = 'copy-on-write', 'x' = 1)")
    await run("alter table m unset tblproperties ('x')")
    await run('insert into m values (1), (2)')
    await run('delete from m where a = 1')
    expect(await rows('select content from "m$files"')).toEqual([[0]])
    await run('alter table m write ordered by a desc nulls last')
    await run('alter table m write unordered')
    await run('alter table m rename to m2')
    expect(await rows('select a from m2')).toEqual([[2]])
  })

  test('in a transaction', async () => {
    await run('create table tx (a int)')
    await run('begin')
    await run('alter table tx add column b int')
    await run('insert into tx values (1, 2)')
    expect(await rows('select b from tx')).toEqual([[2]])
    await run('rollback')
    expect(await failure('select b from tx')).toMatch(/^42703/)
    await run('begin')
    await run('alter table tx add column b int default 7')
    await run('insert into tx (a) values (1)')
    await run('commit')
    expect(await rows('select * from tx')).toEqual([[1, 7]])
  })
})
