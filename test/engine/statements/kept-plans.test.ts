/** Method: a statement runs, and then it is asked whether its plan would be used again, and what rows the next run gives. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, startEngine } from '../../../src/engine/engine.ts'
import { parseText } from '../../../src/engine/parsed-texts.ts'
import type { Session } from '../../../src/engine/session.ts'
import { keepsPlans, keptPlan } from '../../../src/engine/statements/kept-plans.ts'
import { bindContext } from '../../../src/engine/statements/plan.ts'
import type { QueryStatement } from '../../../src/sql/ast.ts'
import { textRows } from '../../slt/runner/run-slt.ts'

let folder: string
let engine: Engine
let session: Session

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kept-plans-'))
  engine = await startEngine({ dataDirectory: join(folder, 'lake'), settings: { threads: 1 } })
  session = engine.createSession()
  await writeFile(join(folder, 'x.csv'), 'a,b\n1,2\n')
  await run('create table t (a integer, b varchar, d date)')
  await run("insert into t values (1, 'x', date '2020-01-01'), (2, 'y', null), (3, null, date '2024-02-29')")
  await run('create schema s')
  await run('create function plus_one(n integer) returns integer language sql return n + 1')
  await run('create view v as select a from t')
})

afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true })
})

async function run(sql: string, on: Session = session): Promise<string[]> {
  return (await textRows(on, sql)).map((row) => row.join(' '))
}

/** Whether the next run of the text would use the plan of an earlier one. */
async function isKept(sql: string, on: Session = session): Promise<boolean> {
  const { query } = parseText(sql)[0] as QueryStatement
  return keepsPlans(on, {}) && (await keptPlan(on, query, bindContext(on, {}))) !== undefined
}

describe('plans are kept', () => {
  it.each([
    'select a, b from t where a > 1 order by a',
    "select count(*), min(d) from t where d >= date '2020-01-01' and d < date '2020-01-01' + interval '5 years'",
    'select x.a from t x join t y on x.a = y.a where exists (select 1 from t z where z.a = y.a + 1) order by 1',
    'with w as (select b, count(*) n from t group by b) select * from w order by n, b nulls last',
    'select 1 + 2',
    "select d at time zone 'Europe/Berlin' from t order by 1",
    'select a, random() < 2 from t order by 1',
    'select * from t tablesample bernoulli (100) repeatable (7) order by a',
    'select a from t union all select n from generate_series(1, 2) g(n) order by 1',
  ])('%s', async (sql) => {
    const fresh = await run(sql)
    expect(await isKept(sql)).toBe(true)
    expect(await run(sql)).toEqual(fresh)
    await run("set plan_cache = 'off'")
    expect(await isKept(sql)).toBe(false)
    expect(await run(sql)).toEqual(fresh)
    await run('reset plan_cache')
    expect(await isKept(sql)).toBe(true)
  })

  it('and serve other sessions of the same settings', async () => {
    const sql = 'select max(a) from t where a < 3'
    await run(sql)
    const other = engine.createSession()
    expect(await isKept(sql, other)).toBe(true)
    await run("set timezone = 'Asia/Tokyo'", other)
    expect(await isKept(sql, other)).toBe(false)
    expect(await run(sql, other)).toEqual(['2'])
  })
})

describe('plans are not kept that hang on', () => {
  it.each([
    ['the clock', "select now() > timestamp '2020-01-01', current_date > d from t order by 2"],
    ['the day', "select 'today'::date > d, 'now'::timestamp > d from t order by 1"],
    ['an offset of today', "select '10:00'::timetz"],
    ['a random seed', 'select count(*) from t tablesample bernoulli (50)'],
    ["a user's function", 'select plus_one(a) from t order by 1'],
    ['a view', 'select * from v order by 1'],
    ['objects of the catalog', "select 't'::regclass::text"],
    ['tables of the catalog', "select count(*) > 0 from pg_class where relname = 't'"],
    ['metadata', 'select count(*) > 0 from "t$snapshots"'],
    [
      'rows that were computed',
      'with recursive r(n) as (select 1 union all select n + 1 from r where n < 3) select * from r order by 1',
    ],
  ])('%s', async (_, sql) => {
    await run(sql)
    expect(await isKept(sql)).toBe(false)
  })

  it('files', async () => {
    const sql = `select * from read_csv('${join(folder, 'x.csv')}')`
    expect(await run(sql)).toEqual(['1 2'])
    expect(await isKept(sql)).toBe(false)
    await writeFile(join(folder, 'x.csv'), 'a,b\n3,4\n5,6\n')
    expect(await run(sql)).toEqual(['3 4', '5 6'])
  })

  it('sequences', async () => {
    await run('create sequence counted')
    const sql = "select nextval('counted')"
    expect([await run(sql), await run(sql), await run('select last_value from counted')]).toEqual([['1'], ['2'], ['2']])
    expect([await run(sql), await run('select last_value from counted')]).toEqual([['3'], ['3']])
  })

  it('a transaction', async () => {
    const sql = 'select sum(a) from t where a > 2'
    await run('begin')
    await run('insert into t (a) values (100)')
    expect(await run(sql)).toEqual(['103'])
    await run('rollback')
    expect(await isKept(sql)).toBe(false)
    expect(await run(sql)).toEqual(['3'])
    expect(await isKept(sql)).toBe(true)
    await run('begin')
    await run('insert into t (a) values (200)')
    expect(await run(sql)).toEqual(['203'])
    await run('rollback')
    expect(await run(sql)).toEqual(['3'])
  })

  it('parameters', async () => {
    await run('prepare p as select count(*) from t where a > $1')
    expect([await run('execute p(1)'), await run('execute p(2)'), await run('execute p(0)')]).toEqual([
      ['2'],
      ['1'],
      ['3'],
    ])
  })
})

describe('a plan is made anew', () => {
  it('when rows, columns or types of a table change', async () => {
    await run('create table u (a integer, b integer)')
    await run('insert into u values (1, 10)')
    const sql = 'select * from u where a > 0 order by a'
    expect(await run(sql)).toEqual(['1 10'])
    await run('insert into u values (2, 20)')
    expect(await isKept(sql)).toBe(false)
    expect(await run(sql)).toEqual(['1 10', '2 20'])
    await run('delete from u where a = 1')
    expect(await run(sql)).toEqual(['2 20'])
    await run('alter table u add column c integer')
    expect(await run(sql)).toEqual(['2 20 '])
    await run('alter table u rename column b to e')
    await run('alter table u alter column a type bigint')
    expect(await run(sql)).toEqual(['2 20 '])
    await run('drop table u')
    await expect(run(sql)).rejects.toThrow('relation "u" does not exist')
    await run('create table u (z varchar, a double)')
    await run("insert into u values ('n', 0.5)")
    expect(await run(sql)).toEqual(['n 0.5'])
  })

  it('when a name means another table', async () => {
    await run('create table w (a integer)')
    await run('insert into w values (1)')
    await run('create table s.w (a integer)')
    await run('insert into s.w values (2)')
    const own = engine.createSession()
    const sql = 'select a from w'
    expect(await run(sql, own)).toEqual(['1'])
    await run('set search_path = s', own)
    expect(await run(sql, own)).toEqual(['2'])
    await run('reset search_path', own)
    expect(await run(sql, own)).toEqual(['1'])
    await run('create temporary table w (a integer)', own)
    await run('insert into w values (3)', own)
    expect(await run(sql, own)).toEqual(['3'])
    expect(await run(sql)).toEqual(['1'])
    await run('drop table pg_temp.w', own)
    expect(await run(sql, own)).toEqual(['1'])
    await run('drop table w')
    await run('create view w as select 4 as a')
    expect(await run(sql, own)).toEqual(['4'])
  })

  it('when a setting changes', async () => {
    const sql = "select '2024-01-01 12:00+00'::timestamptz::text"
    expect(await run(sql)).toEqual(['2024-01-01 12:00:00+00'])
    await run("set timezone = 'Asia/Tokyo'")
    expect(await run(sql)).toEqual(['2024-01-01 21:00:00+09'])
    await run('reset timezone')
    expect(await run(sql)).toEqual(['2024-01-01 12:00:00+00'])
  })
})
