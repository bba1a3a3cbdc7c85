/** CREATE FUNCTION in SQL and CREATE MACRO through the built package. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiValue } from '../../src/engine/api-value.ts'
import type { Database } from '../../src/engine/database.ts'
import { commandOf, failureOf, rowsOf } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-functions-'))
let database: Database
let other: Database

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  database = await open({ catalog: root, threads: 1, memoryLimit: '128MB' })
  other = await open({ catalog: root, threads: 1, memoryLimit: '128MB' })
  await run('create table t as select i as a, i * i as b from generate_series(1, 5) s(i)')
})

afterAll(async () => {
  await database.close()
  await other.close()
  rmSync(root, { recursive: true, force: true })
})

const run = async (sql: string, on: Database = database): Promise<string> => commandOf(on, sql)
const rows = async (sql: string, on: Database = database): Promise<ApiValue[][]> => rowsOf(on, sql)
const failure = async (sql: string): Promise<string> => failureOf(database, sql)

describe('functions in SQL', () => {
  test('stand for their bodies, in every session', async () => {
    expect(
      await run(`create function inc(x int, by_ int default 1) returns int language sql as $$ select x + $2 $$`),
    ).toBe('CREATE FUNCTION')
    for (const on of [database, other])
      expect(await rows('values (inc(1), inc(1, 5), inc(by_ => 3, x => 4))', on)).toEqual([[2, 6, 7]])
    expect(await rows('select sum(inc(a)) from t where inc(b) > 5')).toEqual([[15n]])
    expect(await rows('select inc(a), count(*) from t group by inc(a) order by inc(a) limit 1')).toEqual([[2, 1n]])
    expect(await failure(`create function inc(y int, z int) returns int return 1`)).toBe(
      '42723 function "inc" already exists with same argument types',
    )
    expect(await run(`create or replace function inc(x int, by_ int default 1) returns int return x + by_ * 10`)).toBe(
      'CREATE FUNCTION',
    )
    expect(await rows('select inc(1)', other)).toEqual([[11]])
    await run('drop function inc(int, int)')
    expect(await failure('select inc(1)')).toMatch(/^42883 function inc\(integer\) does not exist/)
    expect(await failure('drop function inc')).toBe('42883 could not find a function named "inc"')
    expect(await run('drop function if exists inc')).toBe('DROP FUNCTION')
  })

  test('are told apart by their parameters', async () => {
    await run(`create temp function kind(x int) returns text return 'int'`)
    await run(`create temp function kind(x text) returns text return 'text'`)
    await run(`create temp function kind(x int, y int) returns text return 'two'`)
    await run(`create temp function kind(x double precision) returns text return 'double'`)
    expect(await rows(`values (kind(1), kind('1'), kind(1, 2), kind(1.5), kind(1::bigint))`)).toEqual([
      ['int', 'text', 'two', 'double', 'double'],
    ])
    expect(await failure('select kind(true)')).toMatch(/^42883/)
    expect(await failure('select kind(1, y => 2, y => 3)')).toMatch(/^42883/)
    expect(await failure('select kind(x => 1, 2)')).toBe('42601 positional argument cannot follow named argument')
    await run('create temp function two(a bigint, b int) returns int return 1')
    await run('create temp function two(a int, b bigint) returns int return 2')
    expect(await failure('select two(1, 2)')).toBe('42725 function two(integer, integer) is not unique')
    expect(await failure('drop function two')).toBe('42725 function name "two" is not unique')
    expect(await failureOf(other, `select kind(1)`)).toMatch(/^42883/)
  })

  test('read tables, each call for its row', async () => {
    await run(`create function square(k int) returns int language sql stable as 'select b from t where a = k'`)
    await run(`create function above(k int) returns bigint return (select count(*) from t where a > k)`)
    expect(await rows('select a, square(a), above(a) from t order by a')).toEqual([
      [1, 1, 4n],
      [2, 4, 3n],
      [3, 9, 2n],
      [4, 16, 1n],
      [5, 25, 0n],
    ])
    expect(await rows('values (square(99), square(above(1)::int))')).toEqual([[null, 16]])
    expect(await rows('with t as (select 1 as a) select square(3) from t')).toEqual([[9]])
    // Names of the body are those of the body: neither the caller's columns nor a column that hides $1.
    await run('create temp function outside(b int) returns int return b')
    expect(await rows('select outside(a + 100) from t where a = 1')).toEqual([[101]])
    await run(`create temp function hidden(a int) returns bigint language sql as 'select count(*) from t where a = $1'`)
    await run(
      `create temp function shadowed(a int) returns bigint language sql as 'select count(*) from t where a = a'`,
    )
    await run(
      `create temp function qualified(a int) returns bigint language sql as 'select count(*) from t where t.a = qualified.a'`,
    )
    expect(await rows('values (hidden(3), shadowed(3), qualified(3))')).toEqual([[1n, 5n, 1n]])
  })

  test('that return rows stand in FROM', async () => {
    await run(`create function between_(lo int, hi int) returns table (x bigint, y text) language sql as
      'select a, b from t where a between lo and hi order by a'`)
    expect(await rows('select * from between_(2, 3)')).toEqual([
      [2n, '4'],
      [3n, '9'],
    ])
    expect(await rows('select t.a, r.y from t, between_(a, a + 1) as r(x, y) where t.a < 3 order by 1, 2')).toEqual([
      [1, '1'],
      [1, '4'],
      [2, '4'],
      [2, '9'],
    ])
    await run(`create function upto(n int) returns setof int language sql as 'select a from t where a <= $1'`)
    expect(await rows('select * from upto(2) z order by z')).toEqual([[1], [2]])
    expect(await rows('select upto(2)')).toEqual([[1], [2]])
    expect(await rows('select * from square(3)')).toEqual([[9]])
    expect(await failure('select between_(1, 2)')).toMatch(/^0A000 .*several columns/)
  })

  test('handle NULL as they say', async () => {
    await run('create temp function strict_(x int, y int) returns int strict return coalesce(x, 0) + y')
    await run('create temp function called(x int, y int) returns int called on null input return coalesce(x, 0) + y')
    expect(await rows('values (strict_(null, 1), called(null, 1), strict_(1, 1))')).toEqual([[null, 1, 2]])
    expect(await rows('select strict_(nullif(a, 1), 1) from t where a < 3 order by a')).toEqual([[null], [3]])
  })

  test('are checked when they are made', async () => {
    const make = (rest: string): Promise<string> => failure(`create function wrong(x int) ${rest}`)
    expect(await make(`returns int language sql as 'select y'`)).toBe('42703 column "y" does not exist')
    expect(await make(`returns date return x`)).toMatch(/^42P13 return type mismatch/)
    expect(await make(`returns int language sql as 'select 1, 2'`)).toMatch(/^42P13/)
    expect(await make(`returns int language sql as 'select 1; select 2'`)).toMatch(/^0A000/)
    expect(await make(`returns int language sql as 'delete from t'`)).toMatch(/^0A000 DELETE/)
    expect(await make(`returns int language plpgsql as 'begin end'`)).toMatch(/^0A000 LANGUAGE plpgsql/)
    expect(await make(`returns int language sql as 'select wrong(x)'`)).toBe('54001 stack depth limit exceeded')
    expect(await make(`returns nosuch return x`)).toMatch(/^42704/)
    expect(await failure('create function lower(x int) returns int return x')).toBe(
      '42723 function "lower" is one of the language',
    )
    expect(await failure('create function wrong(a int, a int) returns int return 1')).toMatch(
      /^42P13 parameter name "a"/,
    )
  })

  test('have volatile arguments once', async () => {
    await run('create temp macro twice(x) as x + x')
    await run('create temp macro once(x) as x >= 0')
    expect(await failure('select twice(random())')).toMatch(/^0A000 a volatile argument of function "twice"/)
    expect(await rows('select once(random())')).toEqual([[true]])
    expect(await rows('select twice((select max(a) from t))')).toEqual([[10]])
    // What calls make of each other is bounded.
    const nested = 'twice('.repeat(40) + 'a' + ')'.repeat(40)
    expect(await failure(`select ${nested} from t`)).toMatch(/^54000/)
  })
})

describe('macros', () => {
  test('take values of any type, and have defaults', async () => {
    expect(await run('create macro add(a, b := 10) as a + b')).toBe('CREATE MACRO')
    expect(await rows(`values (add(1, 2), add(1), add(1.5, b := 1), add(date '2024-01-01', 1))`)).toEqual([
      [3, 11, '2.5', '2024-01-02'],
    ])
    await run('create or replace macro add(a) as a, (a, b, c) as a + b + c')
    expect(await rows('values (add(1), add(1, 2, 3))')).toEqual([[1, 6]])
    await run('drop macro add')
    await run('create function add(a, b) as a * b')
    expect(await rows('select add(3, 4)')).toEqual([[12]])
  })

  test('are what their bodies are where they stand', async () => {
    await run('create macro mean_(x) as sum(x) / count(x)')
    await run('create macro place(x) as row_number() over (order by x desc)')
    expect(await rows('select mean_(b) as x, mean_(a) as y from t')).toEqual([[11n, 3n]])
    expect(await rows('select a % 2 as k, mean_(b) from t group by k having mean_(b) > 10 order by k')).toEqual([
      [1, 11n],
    ])
    expect(await rows('select a, place(a) from t order by a limit 2')).toEqual([
      [1, 5n],
      [2, 4n],
    ])
    expect(await failure('select sum(mean_(a)) from t')).toMatch(/^42803/)
    expect(await failure('select a from t where mean_(a) > 1')).toMatch(/^42803/)
  })

  test('may be tables', async () => {
    await run('create macro below(n) as table select * from t where a < n')
    expect(await rows('select a from below(3) order by a')).toEqual([[1], [2]])
    await run('drop macro table below')
    expect(await failure('select * from below(3)')).toMatch(/^42883/)
  })

  test('are listed', async () => {
    const listed = await rows(`show functions like 'me%'`)
    expect(listed).toEqual([['main', 'mean_', 'any', 'x', 'macro']])
  })
})
