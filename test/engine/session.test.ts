/** Settings, limits and cancellation through the API. Queries on workers run dist/. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, open } from '../../src/engine/database.ts'
import { Engine } from '../../src/engine/engine.ts'

let db: Database
const LONG =
  'select count(*) from generate_series(1, 100000) a(a), generate_series(1, 100000) b(b) where a + b = 7 or a * b = 3'

beforeAll(async () => {
  db = await open({ catalog: '/nonexistent', threads: 1, memoryLimit: '128MB' })
  // A query that needs the executor: constants would not start it.
  await (await db.query('select count(*) from generate_series(1, 3) t(a)')).rows()
})
afterAll(() => db.close())

const show = async (name: string): Promise<unknown> => (await (await db.query(`show ${name}`)).rows())[0]?.[name]

describe('settings', () => {
  test('RESET gives the default again', async () => {
    await db.query("set timezone = 'Europe/Berlin'")
    expect(await show('timezone')).toBe('Europe/Berlin')
    await db.query('reset all')
    expect(await show('timezone')).toBe('UTC')
  })

  test('what clients of PostgreSQL send is accepted', async () => {
    for (const sql of [
      'set transaction isolation level read committed',
      'set session characteristics as transaction read only',
      'set extra_float_digits = 3',
      "set datestyle = 'ISO, MDY'",
      'discard all',
    ]) {
      await db.query(sql)
    }
  })

  test.each([
    ["set datestyle = 'German'", '22023', 'invalid value for parameter "datestyle": "German"'],
    ["set timezone = 'Nowhere/X'", '22023', 'invalid value for parameter "TimeZone": "Nowhere/X"'],
    ['set nothing = 1', '42704', 'unrecognized configuration parameter "nothing"'],
    ['set threads = 7', '55P02', 'parameter "threads" cannot be changed after the engine has started'],
  ])('%s', async (sql, sqlstate, message) => {
    await expect(db.query(sql)).rejects.toMatchObject({ sqlstate, message })
  })

  test('engine-wide settings can be set until the first query', async () => {
    const engine = new Engine({ dataDirectory: '/nonexistent' })
    await engine.createSession().query('set threads = 3')
    expect(engine.settings.number('threads')).toBe(3)
    await engine.close()
  })
})

describe('cancellation', () => {
  // Retried: a machine that does other work can keep any process waiting that long.
  test('an AbortSignal cancels within 100 ms', { retry: 3 }, async () => {
    const controller = new AbortController()
    let abortedAt = 0
    setTimeout(() => {
      abortedAt = performance.now()
      controller.abort()
    }, 300)
    const result = await db.query(LONG, [], { signal: controller.signal })
    await expect(result.rows()).rejects.toMatchObject({ name: 'CancelledError', sqlstate: '57014' })
    expect(performance.now() - abortedAt).toBeLessThan(100)
    expect(await (await db.query('select 1 as a')).rows()).toEqual([{ a: 1 }])
  })

  test('statement_timeout says so', async () => {
    await db.query('set statement_timeout = 200')
    try {
      const result = await db.query(LONG)
      await expect(result.rows()).rejects.toMatchObject({
        sqlstate: '57014',
        message: 'canceling statement due to statement timeout',
      })
    } finally {
      await db.query('set statement_timeout = 0')
    }
  })
})

test('rows can be read once', async () => {
  const result = await db.query('select 1 as a')
  await result.rows()
  await expect(result.rows()).rejects.toMatchObject({ sqlstate: '55000' })
})

test('a list a row is refused before its elements fill the process', async () => {
  const sql = 'select sum(len(series_list(1, 500000 + a))) from generate_series(1, 100) t(a)'
  await expect(db.query(sql).then((result) => result.rows())).rejects.toMatchObject({ sqlstate: '54000' })
})
