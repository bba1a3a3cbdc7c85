/** Functions of the program in queries, through the built package. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiValue } from '../../src/engine/api-value.ts'
import type { Database } from '../../src/engine/database.ts'
import { commandOf, failureOf, rowsOf } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-register-function-'))
let database: Database

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  // More rows than the calling thread takes by itself: only the function keeps the query there.
  database = await open({ catalog: root, threads: 2, memoryLimit: '128MB' })
  await commandOf(
    database,
    `create table t as select i::bigint as i, i % 7 as k, case when i % 5 > 0 then 'x' || i end as s
    from generate_series(1, 300000) g(i)`,
  )
})

afterAll(async () => {
  await database.close()
  rmSync(root, { recursive: true, force: true })
})

const rows = async (sql: string): Promise<ApiValue[][]> => rowsOf(database, sql)
const failure = async (sql: string): Promise<string> => failureOf(database, sql)

describe('a function of the program', () => {
  test('gets the values of a row, and gives one', async () => {
    database.registerFunction(
      'Plus',
      { parameters: ['bigint', 'integer'], returns: 'bigint' },
      (a, b) => (a as bigint) + BigInt(b as number),
    )
    database.registerFunction(
      'size_of',
      { parameters: ['text'], returns: 'int', deterministic: true },
      (s) => (s as string).length,
    )
    expect(await rows('select sum(plus(i, k)), sum(size_of(s)), count(size_of(s)) from t')).toEqual(
      await rows('select sum(i + k), sum(length(s)), count(s) from t'),
    )
    expect(
      await rows('select k, count(*) as n from t where plus(i, 0) <= 14 group by k order by plus(k, 1) desc limit 2'),
    ).toEqual([
      [6, 2n],
      [5, 2n],
    ])
    expect(await rows(`values (plus(1, 2), plus(null, 2), size_of('abc'))`)).toEqual([[3n, null, 3]])
    expect(await rows('select a.i from t a join t b on plus(a.i, 1) = b.i and b.i <= 3 order by 1')).toEqual([
      [1n],
      [2n],
    ])
  })

  test('takes and gives values of every type', async () => {
    const same = (value: ApiValue): ApiValue => value
    const samples: readonly (readonly [string, string])[] = [
      ['boolean', 'true'],
      ['smallint', '-5'],
      ['bigint', '9223372036854775807'],
      ['decimal(20, 3)', '12345678901234567.125'],
      ['double precision', `'-0'`],
      ['date', `'2024-02-29'`],
      ['time', `'23:59:59.999999'`],
      ['timestamp', `'1969-12-31 23:59:59.999999'`],
      ['timestamptz', `'2024-02-29 12:00:00.5+02'`],
      ['interval', `'1 month 2 days 3 seconds'`],
      ['uuid', `'00112233-4455-6677-8899-aabbccddeeff'`],
      ['bytea', `'\\x00ff'`],
      ['jsonb', `'{"a": [1, null]}'`],
      ['integer[]', 'array[1, null, 3]'],
      ['struct<a: integer, b: text>', `{'a': 1, 'b': 'x'}`],
      ['map(text, integer)', `map {'k': 1}`],
    ]
    for (const [type, value] of samples) {
      database.registerFunction('same', { parameters: [type], returns: type }, same)
      expect(
        await rows(`select same(v) is not distinct from v as x from (select cast(${value} as ${type}) as v) s`),
      ).toEqual([[true]])
    }
  })

  test('may work on batches of columns', async () => {
    database.registerFunction(
      'scaled',
      { parameters: { value: 'double', by_: 'double' }, returns: 'double', vectorized: true },
      ([value, by], rowCount) => {
        const [a, b] = [value!.values as Float64Array, by!.values as Float64Array]
        return Float64Array.from({ length: rowCount }, (_, row) => a[row]! * b[row]!)
      },
    )
    database.registerFunction(
      'shout',
      { parameters: ['text'], returns: 'text', nulls: 'called', vectorized: true },
      ([text]) => (text!.values as (string | null)[]).map((value) => (value === null ? 'NONE' : value.toUpperCase())),
    )
    database.registerFunction(
      'odd',
      { parameters: ['bigint'], returns: 'boolean', vectorized: true, deterministic: true },
      ([value]) => ({
        values: Uint8Array.from(value!.values as BigInt64Array, (one) => Number(one % 2n)),
        validity: Uint8Array.from(value!.values as BigInt64Array, (one) => (one % 3n === 0n ? 0 : 1)),
      }),
    )
    expect(
      await rows(
        'select sum(scaled(i, by_ => 2)), min(shout(s)), count(*) filter (where odd(i)), count(odd(i)) from t',
      ),
    ).toEqual(
      await rows(`select sum(i * 2.0::double), min(coalesce(upper(s), 'NONE')), count(*) filter (where i % 2 = 1 and i % 3 > 0),
        count(*) filter (where i % 3 > 0) from t`),
    )
    expect(await rows(`values (scaled(1.5, 2), shout(null), odd(5), odd(3), scaled(null, 1))`)).toEqual([
      [3, 'NONE', true, null, null],
    ])
    database.registerFunction(
      'short',
      { parameters: ['int'], returns: 'int', vectorized: true },
      () => new Int32Array(1),
    )
    expect(await failure('select short(k) from t')).toBe('38000 a vectorised function gave 1 values for 16384 rows')
  })

  test('is called for each row unless it is deterministic', async () => {
    let calls = 0
    const count = (): number => ++calls
    database.registerFunction('tick', { parameters: [], returns: 'int' }, count)
    expect(await rows('select tick() as n from generate_series(1, 3)')).toEqual([[1], [2], [3]])
    database.registerFunction('tick', { parameters: [], returns: 'int', deterministic: true }, count)
    expect(await rows('select tick() as n from generate_series(1, 3)')).toEqual([[4], [4], [4]])
  })

  test('that fails is an external routine exception at its call', async () => {
    database.registerFunction('fail', { parameters: ['int'], returns: 'int' }, (value) => {
      throw new Error(`no ${String(value)}`)
    })
    await expect(rows('select 1, fail(7)')).rejects.toMatchObject({
      sqlstate: '38000',
      message: 'function "fail" failed: no 7',
      at: { start: 10, end: 17 },
    })
    database.registerFunction('wrong', { parameters: ['int'], returns: 'int' }, (value) => (value === 1 ? 1.5 : 'x'))
    expect(await failure('select wrong(1)')).toBe(
      '42804 function "wrong" gave a wrong value: 1.5 is no value of type integer',
    )
    expect(await failure('select wrong(2)')).toMatch(/^22P02 function "wrong" gave a wrong value: invalid input syntax/)
    database.registerFunction('later', { parameters: [], returns: 'int' }, async () => 1)
    expect(await failure('select later()')).toMatch(/a function that gives a promise is not supported/)
    expect(() => database.registerFunction('lower', { parameters: [], returns: 'int' }, () => 1)).toThrow(
      expect.objectContaining({ sqlstate: '42723' }) as Error,
    )
    expect(() => database.registerFunction('f', { parameters: ['nosuch'], returns: 'int' }, () => 1)).toThrow(
      expect.objectContaining({ sqlstate: '42704' }) as Error,
    )
  })

  test('changes tables, and is forgotten', async () => {
    database.registerFunction('plus_one', { parameters: ['int'], returns: 'int' }, (value) => (value as number) + 1)
    await commandOf(database, 'create table u as select plus_one(k) as k from t where i <= 3')
    await commandOf(database, 'update u set k = plus_one(k) where plus_one(k) > 3')
    expect(await rows('select k from u order by k')).toEqual([[2], [4], [5]])
    expect(database.unregisterFunction('plus_one')).toBe(true)
    expect(database.unregisterFunction('plus_one')).toBe(false)
    expect(await failure('select plus_one(1)')).toMatch(/^42883/)
  })
})
