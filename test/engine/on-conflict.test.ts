/** INSERT ... ON CONFLICT through the built package. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../src/engine/database.ts'
import { commandOf, failureOf, rowsOf } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-on-conflict-'))
let database: Database

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  database = await open({ catalog: root, threads: 1, memoryLimit: '128MB' })
  await run('create table bare (k int, n int)')
})

beforeEach(async () => {
  await run(`create or replace table t (k int primary key, n int default 7, d date, u text, constraint t_u unique (u))`)
  await run(`insert into t values (1, 10, '2024-01-01', 'a'), (2, 20, null, null)`)
})

afterAll(async () => {
  await database.close()
  rmSync(root, { recursive: true, force: true })
})

const run = async (sql: string): Promise<string> => commandOf(database, sql)
const rows = async (sql: string) => rowsOf(database, sql)
const failure = async (sql: string): Promise<string> => failureOf(database, sql)

describe('ON CONFLICT', () => {
  test('DO NOTHING keeps the row that is there', async () => {
    expect(
      await run(
        `insert into t values (1, 99, '2025-01-01', 'x'), (3, 30, '2024-03-03', 'c'), (3, 31, null, 'd') on conflict (k) do nothing`,
      ),
    ).toBe('INSERT 0 1')
    expect(await rows('select * from t order by k')).toEqual([
      [1, 10, '2024-01-01', 'a'],
      [2, 20, null, null],
      [3, 30, '2024-03-03', 'c'],
    ])
    expect(
      await run(`insert into t (k, u) values (4, 'a'), (2, 'e'), (5, 'e'), (6, null) on conflict do nothing`),
    ).toBe('INSERT 0 2')
    expect(await rows('select k, n, u from t where k > 3 order by k')).toEqual([
      [5, 7, 'e'],
      [6, 7, null],
    ])
  })

  test('DO UPDATE changes it', async () => {
    const upsert = `insert into t (k, n, d, u) select k, n, d, u from (values (1, 5, date '2024-05-05', 'a'), (9, 9, null, 'i')) s(k, n, d, u)
      on conflict (k) do update set n = n + excluded.n, d = coalesce(t.d, excluded.d)`
    expect(await run(upsert)).toBe('INSERT 0 2')
    expect(await rows('select k, n, d from t order by k')).toEqual([
      [1, 15, '2024-01-01'],
      [2, 20, null],
      [9, 9, null],
    ])
    const byText = (k: number): string =>
      `insert into t as x (k, n, u) values (${k}, 1, 'a') on conflict on constraint t_u do update set k = x.k + 20`
    expect(await run(byText(2))).toBe('INSERT 0 1')
    expect(await rows('select k from t order by k')).toEqual([[2], [9], [21]])
    expect(await run(`update t set k = 1 where k = 21`)).toBe('UPDATE 1')
    expect(await failure(`insert into t (k, u) values (2, 'z') on conflict (u) do nothing`)).toMatch(/^23505/)
    expect(
      await run(`insert into t as x (k, n) values (1, 100) on conflict (k) do update set n = default where x.n > 50`),
    ).toBe('INSERT 0 0')
    expect(
      await run(`insert into t as x (k, n) values (1, 100) on conflict (k) do update set n = default where x.n < 50`),
    ).toBe('INSERT 0 1')
    expect(await rows('select n from t where k = 1')).toEqual([[7]])
  })

  test('needs a key, as in PostgreSQL', async () => {
    expect(await failure('insert into bare values (1, 1) on conflict (k) do nothing')).toBe(
      '42P10 there is no unique or exclusion constraint matching the ON CONFLICT specification',
    )
    expect(await failure('insert into t values (1, 1) on conflict (k, n) do nothing')).toMatch(/^42P10/)
    expect(await failure('insert into t values (1, 1) on conflict (nope) do nothing')).toMatch(/^42703/)
    expect(await failure('insert into t values (1, 1) on conflict on constraint nope do nothing')).toMatch(/^42704/)
    expect(await failure('insert into t values (1, 1) on conflict do update set n = 1')).toMatch(
      /^42601 ON CONFLICT DO UPDATE requires/,
    )
    expect(await run('insert into bare values (1, 1) on conflict do nothing')).toBe('INSERT 0 1')
  })

  test('changes no row twice, and refuses what it does not do', async () => {
    const twice = 'insert into t (k, n) values (1, 1), (1, 2) on conflict (k) do update set n = excluded.n'
    expect(await failure(twice)).toMatch(/^21000/)
    expect(
      await failure('insert into t (k, n) values (7, 1), (7, 2) on conflict (k) do update set n = excluded.n'),
    ).toMatch(/^23505/)
    expect(await rows('insert into t (k) values (1), (8) on conflict (k) do nothing returning k, t.n')).toEqual([
      [8, 7],
    ])
    expect(await run('insert into t (k, n) values (1, default) on conflict (k) do nothing')).toBe('INSERT 0 0')
    expect(await failure('insert into t (n) values (1) on conflict (k) do nothing')).toMatch(/^23502/)
    expect(await failure('insert into t values (1, 1) on conflict (lower(u)) do nothing')).toMatch(/^0A000/)
  })
})
