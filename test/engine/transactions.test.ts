/** Transactions through the built package. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ApiValue } from '../../src/engine/api-value.ts'
import type { Database } from '../../src/engine/database.ts'
import { orphansOf } from '../table/iceberg/write/numbers.ts'
import { commandOf, failureOf } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-transactions-'))
let database: Database
let other: Database
let tables = 0
/** Two tables of a number, 1 to 3, of each test. */
let a = ''
let b = ''

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  const options = { catalog: root, threads: 1, memoryLimit: '128MB' }
  database = await open(options)
  other = await open(options)
})

beforeEach(async () => {
  await run('rollback')
  tables += 1
  a = `a${tables}`
  b = `b${tables}`
  for (const name of [a, b]) await run(`create table ${name} as select n::bigint as n from generate_series(1, 3) s(n)`)
})

afterAll(async () => {
  await database.close()
  await other.close()
  rmSync(root, { recursive: true, force: true })
})

const run = async (sql: string, on: Database = database): Promise<string> => commandOf(on, sql)

async function numbers(table: string, on: Database = database): Promise<number[]> {
  const rows = await (await on.query(`select n from ${table} order by n`)).rows()
  return rows.map(({ n }: Record<string, ApiValue>) => Number(n))
}

const failure = async (sql: string, on: Database = database): Promise<string> => failureOf(on, sql)

describe('one table', () => {
  test('statements see what came before them, others see it after COMMIT', async () => {
    await run('begin')
    await run(`insert into ${a} values (4)`)
    await run(`update ${a} set n = n * 10 where n > 2`)
    await run(`delete from ${a} where n = 1`)
    expect(await numbers(a)).toEqual([2, 30, 40])
    expect(await numbers(a, other)).toEqual([1, 2, 3])
    expect(await run('commit')).toBe('COMMIT')
    expect(await numbers(a)).toEqual([2, 30, 40])
    expect(await numbers(a, other)).toEqual([2, 30, 40])
    // One commit, a snapshot a statement.
    expect(readdirSync(join(root, a, 'metadata')).filter((name) => name.endsWith('.metadata.json'))).toHaveLength(2)
    expect(await orphansOf(join(root, a))).toEqual([])
  })

  test('ROLLBACK leaves nothing behind', async () => {
    await run('begin')
    await run(`insert into ${a} values (4)`)
    await run(`delete from ${a} where n < 3`)
    expect(await run('rollback')).toBe('ROLLBACK')
    expect(await numbers(a)).toEqual([1, 2, 3])
    expect(await orphansOf(join(root, a))).toEqual([])
  })

  test('reads one snapshot, whatever others commit', async () => {
    await run('begin')
    expect(await numbers(a)).toEqual([1, 2, 3])
    await run(`insert into ${a} values (4)`, other)
    expect(await numbers(a)).toEqual([1, 2, 3])
    await run('commit')
    expect(await numbers(a)).toEqual([1, 2, 3, 4])
  })

  test('appends of two transactions are both there', async () => {
    await run('begin')
    await run(`insert into ${a} values (10)`)
    await run(`insert into ${a} values (11)`)
    await run(`insert into ${a} values (20)`, other)
    await run('commit')
    expect(await numbers(a)).toEqual([1, 2, 3, 10, 11, 20])
    expect(await orphansOf(join(root, a))).toEqual([])
  })

  test('updates of one row conflict', async () => {
    await run('begin')
    await run(`update ${a} set n = 30 where n = 3`)
    await run(`update ${a} set n = 31 where n = 3`, other)
    expect(await failure('commit')).toMatch(/^40001 could not serialize access/)
    expect(await numbers(a)).toEqual([1, 2, 31])
    expect(await orphansOf(join(root, a))).toEqual([])
  })

  test('what a transaction wrote itself it can change again after a commit of another', async () => {
    await run('begin')
    await run(`insert into ${a} values (100)`)
    await run(`update ${a} set n = 101 where n = 100`)
    await run(`insert into ${a} values (7)`, other)
    expect(await failure('commit')).toMatch(/^none$|^40001/)
    const found = await numbers(a)
    expect([
      [1, 2, 3, 7],
      [1, 2, 3, 7, 101],
    ]).toContainEqual(found)
  })

  test('tables that are made in it', async () => {
    await run('begin')
    await run(`create table new_${a} (n bigint)`)
    await run(`insert into new_${a} select n from ${a}`)
    expect(await numbers(`new_${a}`)).toEqual([1, 2, 3])
    expect(await failure(`select * from new_${a}`, other)).toMatch(/^42P01/)
    await run('commit')
    expect(await numbers(`new_${a}`, other)).toEqual([1, 2, 3])
    await run('begin')
    await run(`create table gone_${a} as select 1 as n`)
    await run('rollback')
    expect(await failure(`select * from gone_${a}`)).toMatch(/^42P01/)
    await run(`create table gone_${a} as select 2 as n`)
    expect(await numbers(`gone_${a}`)).toEqual([2])
  })
})

describe('failure', () => {
  test('ends what can be done but ROLLBACK', async () => {
    await run('begin')
    await run(`insert into ${a} values (4)`)
    expect(await failure('select 1 / 0')).toMatch(/^22012/)
    const aborted = '25P02 current transaction is aborted, commands ignored until end of transaction block'
    expect(await failure('select 1')).toBe(aborted)
    expect(await failure(`insert into ${a} values (5)`)).toBe(aborted)
    expect(await run('commit')).toBe('ROLLBACK')
    expect(await numbers(a)).toEqual([1, 2, 3])
    expect(await orphansOf(join(root, a))).toEqual([])
  })

  test('also syntax errors count, and errors while rows are read', async () => {
    await run('begin')
    expect(await failure('selec 1')).toMatch(/^42601/)
    expect(await failure('select 1')).toMatch(/^25P02/)
    await run('rollback')
    await run('begin')
    expect(await failure(`select 1 / (n - 3) from ${a}`)).toMatch(/^22012/)
    expect(await failure('select 1')).toMatch(/^25P02/)
    await run('rollback')
    expect(await failure('select 1')).toBe('none')
  })

  test('READ ONLY', async () => {
    await run('begin transaction read only')
    expect(await failure(`delete from ${a}`)).toBe('25006 cannot execute DELETE in a read-only transaction')
    await run('rollback')
  })
})

describe('savepoints', () => {
  test('ROLLBACK TO undoes what came after', async () => {
    await run('begin')
    await run(`insert into ${a} values (4)`)
    await run('savepoint s')
    await run(`delete from ${a} where n < 4`)
    await run('savepoint t')
    expect(await failure('select nothing')).toMatch(/^42703/)
    expect(await failure('select 1')).toMatch(/^25P02/)
    await run('rollback to savepoint t')
    expect(await numbers(a)).toEqual([4])
    await run('rollback to s')
    expect(await numbers(a)).toEqual([1, 2, 3, 4])
    await run(`insert into ${b} values (9)`)
    await run('rollback to s')
    await run('release s')
    expect(await failure('rollback to s')).toBe('3B001 savepoint "s" does not exist')
    await run('rollback')
    expect(await failure('savepoint s')).toBe('25P01 SAVEPOINT can only be used in transaction blocks')
  })

  test('what was undone is not committed, and leaves no files', async () => {
    await run('begin')
    await run('savepoint s')
    await run(`insert into ${a} values (4)`)
    await run('rollback to s')
    await run(`insert into ${a} values (5)`)
    await run('commit')
    expect(await numbers(a)).toEqual([1, 2, 3, 5])
    expect(await orphansOf(join(root, a))).toEqual([])
  })
})

describe('several tables', () => {
  const records = (): string[] => (existsSync(join(root, '.sluice')) ? readdirSync(join(root, '.sluice')) : [])

  test('are committed together', async () => {
    await run('begin')
    await run(`insert into ${a} values (4)`)
    await run(`delete from ${b} where n = 1`)
    expect([await numbers(a, other), await numbers(b, other)]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    await run('commit')
    for (const on of [database, other]) {
      expect([await numbers(a, on), await numbers(b, on)]).toEqual([
        [1, 2, 3, 4],
        [2, 3],
      ])
    }
    expect(records()).toEqual([])
    expect(await orphansOf(join(root, a))).toEqual([])
    await run(`insert into ${a} values (5)`, other)
    expect(await numbers(a)).toEqual([1, 2, 3, 4, 5])
  })

  test('a conflict in one of them undoes all', async () => {
    await run('begin')
    await run(`insert into ${a} values (4)`)
    await run(`update ${b} set n = 11 where n = 1`)
    await run(`update ${b} set n = 12 where n = 1`, other)
    expect(await failure('commit')).toMatch(/^40001/)
    expect([await numbers(a), await numbers(b)]).toEqual([
      [1, 2, 3],
      [2, 3, 12],
    ])
    expect(records()).toEqual([])
    await run(`insert into ${a} values (6)`, other)
    expect(await numbers(a)).toEqual([1, 2, 3, 6])
  })
})
