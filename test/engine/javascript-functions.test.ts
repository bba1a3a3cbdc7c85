/** CREATE FUNCTION ... LANGUAGE javascript, through the built package. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiValue } from '../../src/engine/api-value.ts'
import type { Database } from '../../src/engine/database.ts'
import { commandOf, failureOf, rowsOf } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-javascript-'))
let database: Database

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  database = await open({ catalog: root, threads: 2, memoryLimit: '128MB' })
})

afterAll(async () => {
  await database.close()
  rmSync(root, { recursive: true, force: true })
})

const rows = async (sql: string): Promise<ApiValue[][]> => rowsOf(database, sql)
const failure = async (sql: string): Promise<string> => failureOf(database, sql)
const make = async (head: string, body: string): Promise<string> =>
  commandOf(database, `create or replace temp function ${head} language javascript as $body$ ${body} $body$`)

describe('functions in JavaScript', () => {
  test('compute a value from the values of a row', async () => {
    await make('plus(a int, b bigint) returns bigint strict', 'return BigInt(a) + b')
    expect(await rows('values (plus(1, 9007199254740993), plus(null, 2), plus(b => 3, a => 4))')).toEqual([
      [9007199254740994n, null, 7n],
    ])
    expect(await rows('select sum(plus(i::int, 1)), count(*) from generate_series(1, 20000) g(i)')).toEqual([
      ['200030000', 20000n],
    ])
    await commandOf(database, `create function kept(x int) returns int immutable language js as 'return x * 2'`)
    expect(await rows('select kept(21)')).toEqual([[42]])
  })

  test('see values as the API gives them, and give them back', async () => {
    const samples: readonly (readonly [string, string])[] = [
      ['boolean', 'true'],
      ['bigint', '-9223372036854775808'],
      ['decimal(20, 3)', '12345678901234567.125'],
      ['numeric', '1.50'],
      ['double precision', `'-0'`],
      ['double precision', `'-Infinity'`],
      ['date', `'2024-02-29'`],
      ['timestamp', `'1969-12-31 23:59:59.999999'`],
      ['bytea', `'\\x00ff'`],
      ['jsonb', `'{"a": [1, null]}'`],
      ['text', `'zażółć "x" \\ 🦆'`],
      ['integer[]', 'array[1, null, 3]'],
      ['struct<a: integer, b: bigint[]>', `{'a': 1, 'b': [1::bigint]}`],
      ['map(text, integer)', `map {'k': 1}`],
    ]
    for (const [type, value] of samples) {
      await make(`same(v ${type}) returns ${type}`, 'return v')
      expect([
        type,
        ...(await rows(`select same(v) is not distinct from v as x from (select cast(${value} as ${type}) as v) s`)),
      ]).toEqual([type, [true]])
    }
    await make(
      'kinds(a int, b bigint, c text, d date, e numeric, f jsonb, g int[]) returns text',
      'return [a, b, c, d, e, f, g].map((v) => Array.isArray(v) ? "array" : typeof v).join()',
    )
    expect(await rows(`select kinds(1, 2, 'x', date '2024-01-01', 1.5, '{}', array[1])`)).toEqual([
      ['number,bigint,string,string,string,object,array'],
    ])
    await make('given() returns timestamptz', 'return new Date(1500)')
    expect(await rows('select given()')).toEqual([['1970-01-01T00:00:01.500000Z']])
    await make('nulls(x int) returns text called on null input', 'return x === null ? "null" : undefined')
    expect(await rows('values (nulls(null), nulls(1))')).toEqual([['null', null]])
  })

  test('that throw are external routine exceptions', async () => {
    await make('boom(x int) returns int', 'throw new TypeError("no " + x)')
    expect(await failure('select boom(7)')).toBe('38000 function "boom" failed: TypeError: no 7')
    await make('wrong() returns int', 'return "abc"')
    expect(await failure('select wrong()')).toMatch(/^22P02 function "wrong" gave a wrong value/)
    await make('promise() returns int', 'return Promise.resolve(1)')
    expect(await failure('select promise()')).toMatch(/^38000 .*a promise is no value of SQL/)
    await make('cycle() returns jsonb', 'const a = []; a.push(a); return a')
    expect(await failure('select cycle()')).toMatch(/^(54001|38000)/)
    expect(await failure(`create function bad() returns int language javascript as 'return ('`)).toMatch(
      /^42601 function "bad" is no JavaScript: SyntaxError/,
    )
    expect(await failure(`create function bad() returns int language javascript as '} + {'`)).toMatch(/^42601/)
  })

  test('have nothing but the language', async () => {
    await make(
      'outside() returns text',
      `return [typeof process, typeof require, typeof fetch, typeof setTimeout, typeof console, typeof WebAssembly].join()`,
    )
    expect(await rows('select outside()')).toEqual([[Array.from({ length: 6 }, () => 'undefined').join()]])
    // Neither does what one statement leaves reach the next, nor what it breaks the driver.
    await make(
      'leave() returns int volatile',
      'globalThis.n = (globalThis.n ?? 0) + 1; JSON.parse = Array.from = Object.keys = null; return n',
    )
    expect(await rows('select leave() as n from generate_series(1, 2)')).toEqual([[1], [2]])
    expect(await rows('select leave() as n')).toEqual([[1]])
    await make('import_() returns int', 'return import("node:fs").then(() => 1)')
    expect(await failure('select import_()')).toMatch(/^38000/)
  })

  test('have limits of time, memory and depth', async () => {
    await make('loop() returns int', 'for (;;) try { for (;;); } catch {}')
    await commandOf(database, 'set javascript_timeout = 100')
    expect(await failure('select loop()')).toMatch(
      /^57014 function "loop" ran longer than javascript_timeout \(100 ms\)/,
    )
    await commandOf(database, 'set javascript_timeout = 60000')
    await commandOf(database, 'set statement_timeout = 200')
    expect(await failure('select loop()')).toBe('57014 canceling statement due to statement timeout')
    await commandOf(database, 'reset statement_timeout')
    await commandOf(database, `set javascript_memory_limit = '4MB'`)
    await make('fill() returns int', 'const a = []; for (;;) a.push(new Array(100).fill("x"))')
    expect(await failure('select fill()')).toMatch(/^53200 function "fill" needs more memory/)
    await make('text_() returns text', 'let s = "x"; for (;;) s += s')
    expect(await failure('select text_()')).toMatch(/^(53200|38000) function "text_"/)
    await make('deep() returns int', 'const f = () => f() + 1; return f()')
    expect(await failure('select deep()')).toMatch(/^54001 /)
    await commandOf(database, 'reset all')
  })
})
