/** Aggregates, run: the example of each, and those that collect their values beside others. */
import { afterAll, describe, expect, it } from 'vitest'
import { startEngine } from '../../src/engine/engine.ts'
import { collectedByName, collectedNames } from '../../src/expr/aggregates/collected.ts'
import { aggregateByName, aggregateNames } from '../../src/expr/aggregates/index.ts'
import { queryText } from './query-text.ts'

const engine = await startEngine({ dataDirectory: '/nonexistent', settings: { threads: 1 } })
const session = engine.createSession()
afterAll(() => engine.close())

const T = '(VALUES (1), (2), (4)) AS t(x)'
const rows = (sql: string): Promise<readonly string[]> => queryText(session, sql)

describe('the example of every aggregate holds', () => {
  const examples = [
    ...[...new Set(aggregateNames().map((name) => aggregateByName(name)!))],
    ...[...new Set(collectedNames().map((name) => collectedByName(name)!))],
  ].map(({ example }) => [example.sql, example.result] as const)

  it.each(examples)('%s', async (sql, result) => {
    expect(await rows(`SELECT ${sql} FROM ${T}`)).toEqual([result])
  })
})

describe('aggregates that collect their values', () => {
  const U = "(VALUES ('a', 1, 'x'), ('a', 2, 'z'), ('a', 2, 'y'), ('b', 5, NULL), ('c', NULL, 'q')) AS u(k, n, s)"

  it.each([
    [
      `SELECT k, count(*), sum(n), string_agg(s, '-' ORDER BY s DESC), array_agg(n ORDER BY s), count(DISTINCT n) FROM ${U} GROUP BY k ORDER BY k`,
      ['a|3|5|z-y-x|{1,2,2}|2', 'b|1|5|NULL|{5}|1', 'c|1|NULL|q|{NULL}|0'],
    ],
    // Two orders in one query.
    [
      `SELECT array_agg(s ORDER BY n, s), array_agg(s ORDER BY s DESC NULLS LAST) FROM ${U}`,
      ['{x,y,z,NULL,q}|{z,y,x,q,NULL}'],
    ],
    [`SELECT array_agg(DISTINCT n), array_agg(DISTINCT n ORDER BY n DESC) FROM ${U}`, ['{1,2,5,NULL}|{NULL,5,2,1}']],
    [
      `SELECT array_agg(n) FILTER (WHERE n > 1), avg(DISTINCT n), sum(DISTINCT n) FROM ${U}`,
      ['{2,2,5}|2.6666666666666667|8'],
    ],
    // No rows: a row of NULLs, and zeros for counts; no groups: none.
    [
      `SELECT array_agg(n), count(*), count(DISTINCT n), sum(n), mode() WITHIN GROUP (ORDER BY n) FROM ${U} WHERE k = 'z'`,
      ['NULL|0|0|NULL|NULL'],
    ],
    [`SELECT k, array_agg(n) FROM ${U} WHERE k = 'z' GROUP BY k`, []],
    [`SELECT k, array_agg(n) FROM ${U} GROUP BY k HAVING cardinality(array_agg(n)) > 1`, ['a|{1,2,2}']],
    ['SELECT array_agg(x) FROM (SELECT x FROM (VALUES (2), (3), (1)) v(x) ORDER BY x DESC) w', ['{3,2,1}']],
    // Correlated.
    [
      `SELECT k, (SELECT string_agg(u.s, ',' ORDER BY u.s) FROM ${U} WHERE u.k = o.k) FROM (VALUES ('a'), ('z')) o(k) ORDER BY k`,
      ['a|x,y,z', 'z|NULL'],
    ],
    ['SELECT ARRAY(SELECT x FROM (VALUES (2), (1)) v(x) ORDER BY x)', ['{1,2}']],
    [`SELECT array_agg(x) OVER (ORDER BY x ROWS 1 PRECEDING) FROM ${T}`, ['{1}', '{1,2}', '{2,4}']],
    [`SELECT x, string_agg(x::text, '') OVER (ORDER BY x) FROM ${T}`, ['1|1', '2|12', '4|124']],
    [`SELECT percentile_cont(ARRAY[0, 0.5, 1]) WITHIN GROUP (ORDER BY x) FROM ${T}`, ['{1,2,4}']],
    [`SELECT percentile_cont(0) WITHIN GROUP (ORDER BY x DESC) FROM ${T}`, ['4']],
    [`SELECT listagg(x::text) WITHIN GROUP (ORDER BY x DESC) FROM ${T}`, ['421']],
    [`SELECT approx_count_distinct(x), count_if(x > 1) FROM ${T}`, ['3|2']],
    // Each grouping set by itself, as PostgreSQL.
    [
      "SELECT g, array_agg(v ORDER BY v), count(*), GROUPING(g) FROM (VALUES ('p', 2), ('p', 1), (NULL, 3)) t(g, v) GROUP BY ROLLUP (g) ORDER BY 4, 1",
      ['p|{1,2}|2|0', 'NULL|{3}|1|0', 'NULL|{1,2,3}|3|1'],
    ],
    ['SELECT array_agg(v) FROM (VALUES (1)) t(v) WHERE false GROUP BY GROUPING SETS ((), ())', ['NULL', 'NULL']],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })

  it('refuses what it would get wrong', async () => {
    await expect(rows(`SELECT percentile_cont(2) WITHIN GROUP (ORDER BY x) FROM ${T}`)).rejects.toMatchObject({
      sqlstate: '22003',
    })
  })
})
