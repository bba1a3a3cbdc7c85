/** COPY, PREPARE, cursors and temporary tables through the built package. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiValue } from '../../src/engine/api-value.ts'
import type { Database } from '../../src/engine/database.ts'
import { commandOf, failureOf, rowsOf } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-copy-'))
const file = (name: string): string => join(root, name)
let database: Database
let open: (typeof import('../../src/index.ts'))['open']

beforeAll(async () => {
  ;({ open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts'))
  database = await open({ catalog: join(root, 'lake'), threads: 1, memoryLimit: '128MB' })
  await run('create table t (a int, b varchar, c decimal(9,2), d timestamp)')
  await run(`insert into t values (1, 'x', 1.50, timestamp '2024-01-01 10:00:00'), (2, null, null, null),
    (3, '', 0, null), (4, 'a,"b"' || chr(10) || 'c', -1, null), (5, '007', 2, null)`)
})

afterAll(async () => {
  await database.close()
  rmSync(root, { recursive: true, force: true })
})

const run = async (sql: string, on: Database = database): Promise<string> => commandOf(on, sql)
const rows = async (sql: string): Promise<ApiValue[][]> => rowsOf(database, sql)
const failure = async (sql: string): Promise<string> => failureOf(database, sql)

describe('COPY', () => {
  test.each([
    ['csv', "copy t to '$' (format csv)", "copy u from '$' with (format csv)"],
    [
      'csv',
      "copy t to '$' csv header delimiter '|' null 'NULL'",
      "copy u from '$' csv header delimiter '|' null 'NULL'",
    ],
    ['csv', "copy t to '$'", "copy u from '$'"],
    ['json', "copy t to '$'", "copy u from '$'"],
    ['parquet', "copy t to '$' (format parquet, codec snappy)", "copy u from '$'"],
  ])('%s there and back: %s', async (extension, to, from) => {
    const path = file(`rows.${extension}`)
    await run('drop table if exists u')
    await run('create table u (a int, b varchar, c decimal(9,2), d timestamp)')
    expect(await run(to.replace('$', path))).toBe('COPY 5')
    expect(await run(from.replace('$', path))).toBe('COPY 5')
    expect(await rows('select * from u order by a')).toEqual(await rows('select * from t order by a'))
    expect(readdirSync(root).filter((name) => name.includes('unfinished'))).toEqual([])
  })

  test('text as PostgreSQL writes it', async () => {
    await run(`copy (select a, b from t where a < 5 order by a) to '${file('text.csv')}' (format csv, header true)`)
    expect(readFileSync(file('text.csv'), 'utf8')).toBe('a,b\n1,x\n2,\n3,""\n4,"a,""b""\nc"\n')
    await run(`copy t (b, a) to '${file('part.json')}' (format json)`)
    expect(readFileSync(file('part.json'), 'utf8').split('\n')[0]).toBe('{"b":"x","a":1}')
  })

  test('some columns; the others get their defaults', async () => {
    await run('create table e (a int, b varchar default $$q$$, c int)'.replaceAll('$$', "'"))
    writeFileSync(file('e.csv'), '1,10\n2,\n')
    expect(await run(`copy e (a, c) from '${file('e.csv')}' (format csv)`)).toBe('COPY 2')
    expect(await rows('select * from e order by a')).toEqual([
      [1, 'q', 10],
      [2, 'q', null],
    ])
  })

  test('what fails changes nothing', async () => {
    writeFileSync(file('bad.csv'), '1,x,1,\nno,y,2,\n')
    expect(await failure(`copy t from '${file('bad.csv')}' (format csv)`)).toMatch(/^22/)
    expect(await rows('select count(*) n from t')).toEqual([[5n]])
    writeFileSync(file('kept.csv'), 'old')
    expect(await failure(`copy (select 1 / (a - 5) from t) to '${file('kept.csv')}'`)).toMatch(/^22012/)
    expect(readFileSync(file('kept.csv'), 'utf8')).toBe('old')
    expect(await failure(`copy t from '${file('none.csv')}'`)).toMatch(/^58P01/)
    expect(await failure(`copy t to '${file('no/such/folder.csv')}'`)).toMatch(/^58030/)
  })

  test('an empty result', async () => {
    expect(await run(`copy (select * from t where false) to '${file('empty.parquet')}'`)).toBe('COPY 0')
    expect(await rows(`select * from read_parquet('${file('empty.parquet')}')`)).toEqual([])
  })

  test('refusals', async () => {
    expect(await failure('copy t from stdin')).toMatch(/^0A000 COPY FROM STDIN/)
    expect(await failure(`copy t to '${file('x.xyz')}'`)).toMatch(/^22023/)
    expect(await failure(`copy t to '${file('x.csv')}' (format binary)`)).toMatch(/^0A000/)
    expect(await failure(`copy t to '${file('x.csv')}' (force_quote a)`)).toMatch(/^0A000 COPY option "force_quote"/)
  })
})

describe('PREPARE', () => {
  test('EXECUTE with values, DEALLOCATE', async () => {
    expect(await run('prepare p (int) as select a + $1 as s from t where a = $1')).toBe('PREPARE')
    expect(await rows('execute p(2)')).toEqual([[4]])
    expect(await rows('execute p(1 + 2)')).toEqual([[6]])
    expect(await failure('prepare p as select 1')).toMatch(/^42P05/)
    await run('prepare i as insert into t (a) values ($1)')
    expect(await run('execute i(100)')).toBe('INSERT 0 1')
    expect(await run('prepare d as delete from t where a = ?')).toBe('PREPARE')
    expect(await run('execute d(100)')).toBe('DELETE 1')
    expect(await run('deallocate p')).toBe('DEALLOCATE')
    expect(await failure('execute p(1)')).toMatch(/^26000/)
    expect(await run('deallocate all')).toBe('DEALLOCATE ALL')
  })
})

describe('cursors', () => {
  test('FETCH, MOVE, CLOSE', async () => {
    await run('begin')
    expect(await run('declare c cursor for select a from t order by a')).toBe('DECLARE CURSOR')
    expect(await rows('fetch 2 from c')).toEqual([[1], [2]])
    expect(await run('move c')).toBe('MOVE 1')
    expect(await rows('fetch next from c')).toEqual([[4]])
    expect(await rows('fetch all in c')).toEqual([[5]])
    expect(await run('fetch c')).toBe('FETCH 0')
    expect(await run('close c')).toBe('CLOSE CURSOR')
    expect(await failure('fetch c')).toBe('34000 cursor "c" does not exist')
    await run('rollback')
    expect(await failure('declare c cursor for select 1')).toMatch(/^25P01/)
  })

  test('end with their transaction, unless WITH HOLD', async () => {
    await run('begin')
    await run('declare c cursor for select 1')
    await run('declare h cursor with hold for select a from t order by a')
    await run('commit')
    expect(await failure('fetch c')).toMatch(/^34000/)
    expect(await rows('fetch 1 from h')).toEqual([[1]])
    await run('close all')
    expect(await failure('fetch prior from h')).toMatch(/^0A000 FETCH backwards/)
  })
})

describe('temporary tables', () => {
  test('are found first, and are gone with the session', async () => {
    const other = await open({ catalog: join(root, 'lake'), threads: 1, memoryLimit: '128MB' })
    await run('create temp table t as select 7 as a', other)
    expect(await (await other.query('select * from t')).rows()).toEqual([{ a: 7 }])
    expect(await (await other.query('select count(*) n from main.t')).rows()).toEqual([{ n: 5n }])
    expect(await run('update t set a = 8', other)).toBe('UPDATE 1')
    expect(await (await other.query('select a from pg_temp.t')).rows()).toEqual([{ a: 8 }])
    await run('begin', other)
    await run('insert into t values (9)', other)
    await run('rollback', other)
    await run('create temporary table gone (x int)', other)
    await run('create table stays (x int)', other)
    await run('drop table t', other)
    expect(await (await other.query('select count(*) n from t')).rows()).toEqual([{ n: 5n }])
    await other.close()
    expect(await failure('select * from gone')).toMatch(/^42P01/)
    expect(await rows('select * from stays')).toEqual([])
    expect(await rows('select count(*) n from t')).toEqual([[5n]])
  })
})
