/** What queries give, clause by clause. */
import { afterAll, describe, expect, it } from 'vitest'
import { startEngine } from '../../src/engine/engine.ts'
import { queryText } from './query-text.ts'

const engine = await startEngine({ dataDirectory: '/nonexistent', settings: { threads: 1 } })
const session = engine.createSession()
afterAll(() => engine.close())

const rows = (sql: string): Promise<readonly string[]> => queryText(session, sql)

describe('functions that give rows', () => {
  it.each([
    ['SELECT generate_series(1, 3), generate_series(1, 2)', ['1|1', '2|2', '3|NULL']],
    ['SELECT x, generate_series(1, x) FROM (VALUES (1), (2), (0)) t(x)', ['1|1', '2|1', '2|2']],
    ['SELECT generate_series(1, generate_series(1, 2))', ['1', '1', '2']],
    ['SELECT unnest(ARRAY[1, 2]) + 1 AS u ORDER BY u DESC', ['3', '2']],
    ['SELECT t.x, g FROM (VALUES (1), (2)) t(x), generate_series(1, t.x) g', ['1|1', '2|1', '2|2']],
    [
      "SELECT * FROM generate_series(TIMESTAMP '2020-01-31', '2020-03-31', '1 month')",
      ['2020-01-31 00:00:00', '2020-02-29 00:00:00', '2020-03-29 00:00:00'],
    ],
    ["SELECT regexp_matches('a1b2', '([a-z])(\\d)', 'g')", ['{a,1}', '{b,2}']],
    ["SELECT * FROM string_to_array('a,b', ',')", ['{a,b}']],
    ['SELECT count(*), generate_series(1, 2) FROM (VALUES (1), (2)) t(x)', ['2|1', '2|2']],
    ['SELECT (ARRAY[1, 2, 3, 4])[2:3], (ARRAY[1, 2])[:1], (ARRAY[1, 2])[-1:1]', ['{2,3}|{1}|{1}']],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })

  it.each(['SELECT CASE WHEN true THEN generate_series(1, 3) END', 'SELECT 1 WHERE generate_series(1, 3) = 2'])(
    'refuses %s',
    async (sql) => {
      await expect(rows(sql)).rejects.toMatchObject({ sqlstate: '0A000' })
    },
  )
})

describe('lambdas', () => {
  it.each([
    ['SELECT list_transform(l, x -> x + k) FROM (VALUES (1, [1, 2]), (2, NULL)) t(k, l)', ['{2,3}', 'NULL']],
    ['SELECT list_filter([1, 2, 3], x -> x > 1 AND x < 3)', ['{2}']],
    ['SELECT list_transform([5, 6], lambda x, i: x * i)', ['{5,12}']],
    ['SELECT list_transform([1, 2], x -> list_transform([10], y -> x + y))', ['{{11},{12}}']],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })
})

describe('WITH RECURSIVE', () => {
  it.each([
    ['WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 10) SELECT sum(n) FROM t', ['55']],
    ['WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n FROM t LIMIT 3', ['1', '2', '3']],
    ['WITH RECURSIVE t(n) AS (VALUES (1) UNION SELECT n % 3 + 1 FROM t) SELECT count(*) FROM t', ['3']],
    [
      'SELECT (WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT max(n) FROM t)',
      ['4'],
    ],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })

  it('says what PostgreSQL says of terms that do not fit', async () => {
    await expect(
      rows('WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1.5 FROM t) SELECT * FROM t'),
    ).rejects.toMatchObject({ sqlstate: '42804' })
    await expect(rows('WITH RECURSIVE t(n) AS (SELECT n FROM t) SELECT * FROM t')).rejects.toMatchObject({
      sqlstate: '42P19',
    })
  })
})

describe('names of columns', () => {
  it('are those of PostgreSQL for casts', async () => {
    const result = await session.query("SELECT 2::bigint, 'x'::text, 1::numeric(5,2), now()::timestamptz, '{1}'::int[]")
    expect(result.fields.map(({ name }) => name)).toEqual(['int8', 'text', 'numeric', 'now', 'int4'])
  })
})

describe('JSON', () => {
  it.each([
    [
      `SELECT j -> 'a', j ->> 'c', j #>> '{a,b,1}', j['c'] FROM (VALUES ('{"a": {"b": [1, 2]}, "c": "x"}'::jsonb)) t(j)`,
      ['{"b": [1, 2]}|x|2|"x"'],
    ],
    ["SELECT (j ->> 'n')::int + 1, (j -> 'n')::int FROM (VALUES ('{\"n\": 41}'::json)) t(j)", ['42|41']],
    [
      `SELECT '{"b": 1, "aa": 2, "b": 3.10}'::jsonb, '{"b":1,  "aa":2}'::json`,
      ['{"b": 3.10, "aa": 2}|{"b":1,  "aa":2}'],
    ],
    [
      `SELECT '{"a": 1}'::jsonb || '{"b": 2}' || '{"a": 3}', '{"a": 1, "b": 2}'::jsonb - 'a'`,
      ['{"a": 3, "b": 2}|{"b": 2}'],
    ],
    [`SELECT '{"a": [1, 2.0]}'::jsonb @> '{"a": [2]}', '{"a": 1}'::jsonb ? 'a'`, ['true|true']],
    [`SELECT value FROM json_array_elements('[1, {"a": 2}]') AS value`, ['1', '{"a":2}']],
    [`SELECT * FROM jsonb_each('{"bb": 1, "a": null}')`, ['a|null', 'bb|1']],
    ["SELECT json_agg(t) FROM (VALUES (1, 'a'), (2, NULL)) t(id, s)", ['[{"id":1,"s":"a"}, {"id":2,"s":null}]']],
    ['SELECT k, count(*) FROM (VALUES (\'{"a":1}\'::jsonb), (\'{"a": 1}\')) t(k) GROUP BY k', ['{"a": 1}|2']],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })

  it.each(['SELECT \'{"a": }\'::json', "SELECT '[1, 2'::jsonb", "SELECT 'x'::json"])('refuses %s', async (sql) => {
    await expect(rows(sql)).rejects.toMatchObject({ sqlstate: '22P02' })
  })
})

describe('windows', () => {
  const T = '(VALUES (1, NULL), (2, 20), (3, NULL), (4, 40), (5, NULL)) t(i, x)'

  it.each([
    [`SELECT lag(x) IGNORE NULLS OVER (ORDER BY i) FROM ${T}`, ['NULL', 'NULL', '20', '20', '40']],
    [`SELECT lead(x, 1, 0) IGNORE NULLS OVER (ORDER BY i) FROM ${T}`, ['20', '40', '40', '0', '0']],
    [`SELECT last_value(x) IGNORE NULLS OVER (ORDER BY i) FROM ${T}`, ['NULL', '20', '20', '40', '40']],
    [
      `SELECT first_value(x) IGNORE NULLS OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM ${T}`,
      ['20', '20', '20', '40', '40'],
    ],
    [`SELECT nth_value(x, 2) IGNORE NULLS OVER () FROM ${T}`, ['40', '40', '40', '40', '40']],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })
})

describe('WITH TIES', () => {
  it.each([
    ['SELECT x FROM (VALUES (1), (2), (2), (3)) t(x) ORDER BY x FETCH FIRST 2 ROWS WITH TIES', ['1', '2', '2']],
    [
      "SELECT y FROM (VALUES (1, 'a'), (2, 'b'), (2, 'c')) t(x, y) ORDER BY x DESC OFFSET 1 FETCH FIRST ROW WITH TIES",
      ['c'],
    ],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })

  it('needs an order', async () => {
    await expect(rows('SELECT 1 FETCH FIRST 1 ROW WITH TIES')).rejects.toMatchObject({ sqlstate: '42601' })
  })
})
