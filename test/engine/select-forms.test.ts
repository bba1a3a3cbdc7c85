/** Forms of SELECT and FROM beyond the plain ones: what they give, and the longer SQL that they stand for. */
import { afterAll, describe, expect, it } from 'vitest'
import { startEngine } from '../../src/engine/engine.ts'
import { queryText } from './query-text.ts'

const engine = await startEngine({ dataDirectory: '/nonexistent', settings: { threads: 1 } })
const session = engine.createSession()
afterAll(() => engine.close())

const rows = (sql: string): Promise<readonly string[]> => queryText(session, sql)
const names = async (sql: string): Promise<readonly string[]> =>
  (await session.query(sql)).fields.map((field) => field.name)

/** Both queries give the same rows, in any order. */
async function same(short: string, long: string): Promise<void> {
  const [a, b] = [await rows(short), await rows(long)]
  expect([...a].sort()).toEqual([...b].sort())
  expect(a.length).toBeGreaterThan(0)
}

const T = "(VALUES (1, 2, 'x'), (3, 4, 'y')) t(id, num, name)"

describe('COLUMNS', () => {
  it.each([
    [`SELECT min(COLUMNS(*)) FROM ${T}`, `SELECT min(id), min(num), min(name) FROM ${T}`],
    [`SELECT COLUMNS('n') FROM ${T}`, `SELECT num, name FROM ${T}`],
    [`SELECT COLUMNS(c -> c LIKE '%m%') FROM ${T}`, `SELECT num, name FROM ${T}`],
    [`SELECT COLUMNS(lambda c: length(c) = 2) FROM ${T}`, `SELECT id FROM ${T}`],
    [`SELECT COLUMNS(['num', 'id']) + COLUMNS(['id', 'id']) FROM ${T}`, `SELECT num + id, id + id FROM ${T}`],
    [`SELECT COLUMNS(* EXCLUDE (name) REPLACE (id * 2 AS id)) + 1 FROM ${T}`, `SELECT id * 2 + 1, num + 1 FROM ${T}`],
    [`SELECT COLUMNS(t.*) FROM ${T}`, `SELECT * FROM ${T}`],
    [`SELECT * FROM ${T} WHERE COLUMNS(['id', 'num']) > 1`, `SELECT * FROM ${T} WHERE id > 1 AND num > 1`],
    [`SELECT coalesce(*COLUMNS(['id', 'num'])) FROM ${T}`, `SELECT coalesce(id, num) FROM ${T}`],
    [`SELECT * LIKE 'n%' FROM ${T}`, `SELECT num, name FROM ${T}`],
    [`SELECT t.* NOT LIKE 'n%' FROM ${T}`, `SELECT id FROM ${T}`],
  ])('%s', same)

  it('names columns by what they mean, and by capture groups', async () => {
    expect(await names(`SELECT COLUMNS(* EXCLUDE (id)), COLUMNS('^n(.)') AS "x_\\1" FROM ${T}`)).toEqual([
      'num',
      'name',
      'x_u',
      'x_a',
    ])
  })

  it.each([
    [`SELECT COLUMNS('zzz') FROM ${T}`, '42703'],
    [`SELECT COLUMNS(['id', 'zzz']) FROM ${T}`, '42703'],
    [`SELECT COLUMNS(['id']) + COLUMNS(['id', 'num']) FROM ${T}`, '42601'],
    [`SELECT COLUMNS(1) FROM ${T}`, '42601'],
  ])('refuses %s', async (sql, sqlstate) => {
    await expect(rows(sql)).rejects.toMatchObject({ sqlstate })
  })
})

describe('a share of the rows', () => {
  it.each([
    // As DuckDB: parts of rows are dropped.
    ['SELECT * FROM generate_series(0, 4) LIMIT 50%', ['0', '1']],
    ['SELECT * FROM generate_series(0, 6) t(x) ORDER BY x DESC LIMIT 30 PERCENT', ['6', '5']],
    ['SELECT * FROM generate_series(1, 1000) t(x) ORDER BY x LIMIT 0.3% OFFSET 1', ['2', '3', '4']],
    // As SQL has it: parts of rows count as rows.
    ['SELECT * FROM generate_series(0, 6) t(x) ORDER BY x FETCH FIRST 20 PERCENT ROWS ONLY', ['0', '1']],
    ['SELECT * FROM generate_series(0, 6) t(x) ORDER BY x / 3 FETCH FIRST 10 PERCENT ROWS WITH TIES', ['0', '1', '2']],
    ['SELECT * FROM generate_series(0, 2) LIMIT 0%', []],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })

  it('is from 0 to 100', async () => {
    await expect(rows('SELECT 1 LIMIT 101%')).rejects.toMatchObject({ sqlstate: '2202H' })
  })
})

describe('TABLESAMPLE', () => {
  const SERIES = 'generate_series(1, 10000) t(x)'
  const count = async (from: string): Promise<number> =>
    Number((await rows(`SELECT count(DISTINCT x) FROM ${from}`))[0])

  it('takes about the percentage that was asked for', async () => {
    const found = await count(`${SERIES} TABLESAMPLE BERNOULLI (10)`)
    // Ten deviations of a binomial distribution.
    expect(Math.abs(found - 1000)).toBeLessThan(300)
    expect(await count(`${SERIES} TABLESAMPLE BERNOULLI (100)`)).toBe(10_000)
    expect(await count(`${SERIES} TABLESAMPLE SYSTEM (0)`)).toBe(0)
  })

  it('gives the same rows for the same seed, and others for others', async () => {
    const sample = (seed: number): Promise<readonly string[]> =>
      rows(`SELECT x FROM ${SERIES} TABLESAMPLE BERNOULLI (5) REPEATABLE (${seed})`)
    expect(await sample(1)).toEqual(await sample(1))
    expect(await sample(1)).not.toEqual(await sample(2))
    expect(Math.abs((await sample(3)).length - 500)).toBeLessThan(220)
  })

  it('takes exactly as many rows as a reservoir holds', async () => {
    expect(await count(`${SERIES} TABLESAMPLE reservoir(50 ROWS)`)).toBe(50)
    expect(await count(`${SERIES} TABLESAMPLE reservoir(20%)`)).toBe(2000)
    expect(await count(`${SERIES} USING SAMPLE 7`)).toBe(7)
    expect(await count(`${SERIES} USING SAMPLE 5 ROWS REPEATABLE (1)`)).toBe(5)
    expect(await count(`${SERIES} TABLESAMPLE (20000 ROWS)`)).toBe(10_000)
  })

  it('samples FROM before WHERE', async () => {
    const [found] = await rows(`SELECT count(*) FROM ${SERIES} WHERE x < 0 USING SAMPLE 100 ROWS`)
    expect(found).toBe('0')
  })

  it.each([
    [`SELECT * FROM ${SERIES} TABLESAMPLE BERNOULLI (101)`, '2202H'],
    [`SELECT * FROM ${SERIES} TABLESAMPLE odd (10)`, '42704'],
    [`SELECT * FROM ${SERIES} TABLESAMPLE BERNOULLI (10 ROWS)`, '22023'],
    [`SELECT * FROM ${SERIES} TABLESAMPLE BERNOULLI (NULL)`, '2202H'],
    [`SELECT * FROM ${SERIES} TABLESAMPLE BERNOULLI (10) REPEATABLE (NULL)`, '2202G'],
    [`SELECT * FROM ${SERIES} TABLESAMPLE BERNOULLI (x)`, '42703'],
  ])('refuses %s', async (sql, sqlstate) => {
    await expect(rows(sql)).rejects.toMatchObject({ sqlstate })
  })
})

describe('FROM', () => {
  it.each([
    ['SELECT * FROM (VALUES (1), (2)) t(a) POSITIONAL JOIN (VALUES (7), (8), (9)) u(b)', ['1|7', '2|8', 'NULL|9']],
    [
      "SELECT * FROM ROWS FROM (generate_series(1, 3), unnest(ARRAY['a', 'b'])) WITH ORDINALITY AS t(a, b, n)",
      ['1|a|1', '2|b|2', '3|NULL|3'],
    ],
    ["SELECT * FROM ROWS FROM (generate_series(1, 2), upper('x'))", ['1|X', '2|NULL']],
    [
      'SELECT t.x, g, h FROM (VALUES (2)) t(x), ROWS FROM (generate_series(1, t.x), generate_series(t.x, 4)) r(g, h)',
      ['2|1|2', '2|2|3', '2|NULL|4'],
    ],
    ['SELECT j.a, t.b FROM (VALUES (1, 2)) t(a, b) JOIN (VALUES (1, 3)) u(a, c) USING (a) AS j', ['1|2']],
    ['SELECT j.* FROM (VALUES (1, 2)) t(a, b) FULL JOIN (VALUES (3, 3)) u(a, c) USING (a) AS j ORDER BY 1', ['1', '3']],
    [
      'SELECT a, l FROM (VALUES (1, [1, 2]), (2, [])) t(a, b) LATERAL VIEW OUTER explode(b) v AS l',
      ['1|1', '1|2', '2|NULL'],
    ],
    ['SELECT a, count(*) FROM (VALUES (1), (1), (2)) t(a) GROUP BY a WITH ROLLUP ORDER BY 1', ['1|2', '2|1', 'NULL|3']],
    [
      'SELECT a, count(*) FROM (VALUES (1)) t(a) GROUP BY DISTINCT ROLLUP (a), ROLLUP (a) ORDER BY 1',
      ['1|1', 'NULL|1'],
    ],
    ['SELECT [x * 2 FOR x IN [1, 2, 3] IF x > 1], [x + i FOR x, i IN [5, 6]]', ['{4,6}|{6,8}']],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })
})

describe('PIVOT', () => {
  const P = '(VALUES (1, 10, 5), (1, 2, 6), (2, 2, 7), (2, NULL, 8)) t(a, b, c)'

  it.each([
    [
      `SELECT * FROM ${P} PIVOT (sum(c) FOR b IN (2 AS two, 10) GROUP BY a)`,
      `SELECT a, sum(c) FILTER (WHERE b = 2), sum(c) FILTER (WHERE b = 10) FROM ${P} GROUP BY a`,
    ],
    [
      `PIVOT ${P} ON b USING sum(c), count(*)`,
      `SELECT a, sum(c) FILTER (WHERE b = 10), count(*) FILTER (WHERE b = 10), sum(c) FILTER (WHERE b = 2),
       count(*) FILTER (WHERE b = 2) FROM ${P} GROUP BY a`,
    ],
    [`PIVOT ${P} ON b IN (NULL) USING max(c)`, `SELECT a, max(c) FILTER (WHERE b IS NULL) FROM ${P} GROUP BY a`],
    [
      `PIVOT ${P} ON a, b IN (2) USING sum(c)`,
      `SELECT sum(c) FILTER (WHERE a = 1 AND b = 2), sum(c) FILTER (WHERE a = 2 AND b = 2) FROM ${P}`,
    ],
    [
      `WITH p AS (PIVOT ${P} ON b || 'x' USING sum(c) + 1) SELECT "2x" FROM p`,
      `SELECT sum(c) FILTER (WHERE b = 2) + 1 FROM ${P} GROUP BY a`,
    ],
    [
      `SELECT * FROM ${P} PIVOT (sum(c) FOR b IN (SELECT x FROM (VALUES (2), (10)) v(x)))`,
      `SELECT * FROM ${P} PIVOT (sum(c) FOR b IN (2, 10))`,
    ],
    [
      `PIVOT ${P} ON b USING array_agg(c ORDER BY c)`,
      `SELECT a, array_agg(c) FILTER (WHERE b = 10), array_agg(c) FILTER (WHERE b = 2) FROM ${P} GROUP BY a`,
    ],
  ])('%s', same)

  it('names columns by values and aggregates', async () => {
    expect(await names(`PIVOT ${P} ON b USING sum(c) AS s, max(c) GROUP BY a`)).toEqual([
      'a',
      '10_s',
      '10_max(c)',
      '2_s',
      '2_max(c)',
    ])
    expect(await names(`PIVOT ${P} ON b, a USING sum(c)`)).toEqual(['10_1', '10_2', '2_1', '2_2'])
  })

  it.each([
    [`PIVOT ${P} ON b USING c + 1`, '42803'],
    [`PIVOT ${P} ON zzz USING sum(c)`, '42703'],
    [`SELECT * FROM ${P} PIVOT (sum(c) FOR b IN ('x'))`, '22P02'],
    ['PIVOT generate_series(1, 20000) t(x) ON x USING count(*)', '54011'],
  ])('refuses %s', async (sql, sqlstate) => {
    await expect(rows(sql)).rejects.toMatchObject({ sqlstate })
  })
})

describe('UNPIVOT', () => {
  const U = '(VALUES (1, 10, 5), (2, 2, NULL)) t(a, b, c)'

  it.each([
    [`UNPIVOT ${U} ON b, c INTO NAME n VALUE v`, ['1|b|10', '1|c|5', '2|b|2']],
    [`UNPIVOT ${U} ON * EXCLUDE (a)`, ['1|b|10', '1|c|5', '2|b|2']],
    [`SELECT n, v FROM ${U} UNPIVOT INCLUDE NULLS (v FOR n IN (b, c AS cc)) WHERE a = 2`, ['b|2', 'cc|NULL']],
    [`SELECT * FROM ${U} UNPIVOT ((v, w) FOR n IN ((a, b) AS 'x', (b, c)))`, ['x|1|10', 'b_c|10|5', 'x|2|2']],
    ["UNPIVOT (VALUES (1, 'x')) t(a, b) ON a::varchar, b", ['a|1', 'b|x']],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })

  it.each([
    ["UNPIVOT (VALUES (1, 'x')) t(a, b) ON a, b", '42804'],
    [`SELECT * FROM ${U} UNPIVOT ((v, w) FOR n IN (a))`, '42601'],
  ])('refuses %s', async (sql, sqlstate) => {
    await expect(rows(sql)).rejects.toMatchObject({ sqlstate })
  })
})

describe('SEARCH and CYCLE', () => {
  const G = 'g(f, t) AS (VALUES (1, 2), (1, 3), (2, 4), (3, 4), (4, 1))'
  const S = 's(f, t) AS (SELECT * FROM g WHERE f = 1 UNION ALL SELECT g.* FROM g, s WHERE g.f = s.t)'

  it('number rows depth first and end at cycles', async () => {
    const sql = `WITH RECURSIVE ${G}, ${S} SEARCH DEPTH FIRST BY f, t SET seq CYCLE f, t SET c USING p SELECT * FROM s ORDER BY seq`
    const found = await rows(sql)
    // As PostgreSQL 15 orders them by its arrays of rows.
    expect(found.map((row) => row.split('|').slice(0, 4).join('|'))).toEqual([
      '1|2|1|false',
      '2|4|2|false',
      '4|1|3|false',
      '1|2|4|true',
      '1|3|5|false',
      '3|4|6|false',
      '4|1|7|true',
      '1|3|8|false',
      '3|4|9|false',
      '4|1|10|false',
      '1|2|11|false',
      '2|4|12|false',
      '4|1|13|true',
      '1|3|14|true',
    ])
    expect(found[3]).toContain('{"(1,2)","(2,4)","(4,1)","(1,2)"}')
  })

  it('number rows breadth first, equal ones alike', async () => {
    const tree = 'g(f, t) AS (VALUES (1, 2), (1, 3), (2, 4), (3, 4), (4, 5))'
    const sql = `WITH RECURSIVE ${tree}, ${S} SEARCH BREADTH FIRST BY f, t SET seq SELECT * FROM s ORDER BY seq`
    expect(await rows(sql)).toEqual(['1|2|1', '1|3|2', '2|4|3', '3|4|4', '4|5|5', '4|5|5'])
  })

  it('mark with the values that were given', async () => {
    const sql = `WITH RECURSIVE s AS (SELECT 1 AS f, 0 AS d UNION SELECT 3 - f, d + 1 FROM s)
      CYCLE f SET c TO 'Y' DEFAULT 'N' USING p SELECT * FROM s`
    expect(await rows(sql)).toEqual(['1|0|N|{(1)}', '2|1|N|{(1),(2)}', '1|2|Y|{(1),(2),(1)}'])
  })

  it.each([
    [
      'WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 3) SEARCH DEPTH FIRST BY z SET q SELECT * FROM s',
      '42703',
    ],
    ['WITH s(n) AS (SELECT 1) SEARCH DEPTH FIRST BY n SET q SELECT * FROM s', '42601'],
    [
      'WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 3) SEARCH DEPTH FIRST BY n SET n SELECT * FROM s',
      '42701',
    ],
    ['WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT max(n) + 1 FROM s WHERE n < 3) SELECT * FROM s', '42P19'],
    [
      'WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL (SELECT n FROM s UNION SELECT 1)) SEARCH DEPTH FIRST BY n SET q SELECT * FROM s',
      '42601',
    ],
  ])('refuse %s', async (sql, sqlstate) => {
    await expect(rows(sql)).rejects.toMatchObject({ sqlstate })
  })
})

describe('what is computed before a query is bound', () => {
  it('serves EXPLAIN too', async () => {
    expect(
      (
        await rows(
          'EXPLAIN WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT * FROM t',
        )
      ).length,
    ).toBeGreaterThan(0)
    expect((await rows('EXPLAIN PIVOT (VALUES (1, 2)) t(a, b) ON a')).join()).toContain('FILTER')
  })
})

describe('rows', () => {
  it.each([
    [
      'SELECT (1, 2) = (SELECT 1, 2), (1, 2) < (SELECT 1, 3), (SELECT 1, 2) >= (1, 3), (1, 2) = (SELECT 1, 2 WHERE false)',
      ['true|true|false|NULL'],
    ],
    [
      'SELECT x FROM (VALUES (1, 2), (3, 4)) t(x, y) WHERE (x, y) = (SELECT u, v FROM (VALUES (3, 4), (5, 6)) s(u, v) WHERE u = x)',
      ['3'],
    ],
    ['SELECT x, max(y) FROM (VALUES (1, 2), (3, 4)) t(x, y) GROUP BY x HAVING (x, max(y)) = (SELECT 3, 4)', ['3|4']],
    // A row is NULL when all of it is, and not NULL when nothing of it is.
    [
      'SELECT (1, NULL) IS NULL, ROW(NULL, NULL) IS NULL, ROW(1, NULL) IS NOT NULL, ROW(1, 2) IS NOT NULL',
      ['false|true|false|true'],
    ],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })

  it.each([
    ['SELECT (1, 2) = (SELECT 1)', '42601'],
    ['SELECT (1, 2) = (SELECT 1, 2, 3)', '42601'],
    ['SELECT (1, 2) = (SELECT 1, 2 UNION ALL SELECT 3, 4)', '21000'],
  ])('refuses %s', async (sql, sqlstate) => {
    await expect(rows(sql)).rejects.toMatchObject({ sqlstate })
  })
})

describe('frames', () => {
  it.each([
    ['SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN NULL PRECEDING AND CURRENT ROW) FROM (VALUES (1)) t(x)', '22004'],
    ['SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN x PRECEDING AND CURRENT ROW) FROM (VALUES (1)) t(x)', '42P10'],
    [
      'SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN (SELECT 1) PRECEDING AND CURRENT ROW) FROM (VALUES (1)) t(x)',
      '0A000',
    ],
  ])('refuse %s', async (sql, sqlstate) => {
    await expect(rows(sql)).rejects.toMatchObject({ sqlstate })
  })
})

it('ranks count rows of NULLs', async () => {
  const T = '(VALUES (1), (2), (3), (NULL), (5), (4), (3)) t(x)'
  const rank = (name: string): string => `round((${name}(3) WITHIN GROUP (ORDER BY x))::numeric, 4)`
  // As PostgreSQL.
  expect(
    await rows(`SELECT rank(3) WITHIN GROUP (ORDER BY x), ${rank('percent_rank')}, ${rank('cume_dist')} FROM ${T}`),
  ).toEqual(['3|0.2857|0.6250'])
})

describe('subqueries', () => {
  const A = 'a(k, x) AS (VALUES (1, 1), (1, 2), (2, 3), (2, NULL), (3, 5), (NULL, 4), (1, 3))'
  const B = 'b(k, y) AS (VALUES (1, 1), (1, 3), (1, NULL), (2, 3), (2, 4), (3, NULL), (NULL, 2), (4, 9))'
  const C = 'c(k, z) AS (VALUES (1, 1), (1, 2), (2, 3), (2, 5), (3, 5), (NULL, NULL), (1, 4))'
  const n = '(SELECT count(*) FROM b WHERE b.k = a.k)'

  // The rows are PostgreSQL's.
  it.each([
    [
      'SELECT a.x, b.y FROM a LEFT JOIN b ON a.k = b.k AND EXISTS (SELECT 1 FROM c WHERE c.k = a.k AND c.z = b.y) ORDER BY 1, 2',
      ['1|1', '2|1', '3|1', '3|3', '4|NULL', '5|NULL', 'NULL|3'],
    ],
    [
      'SELECT a.x, b.y FROM a RIGHT JOIN b ON a.k = b.k AND a.x IN (SELECT c.z FROM c WHERE c.k = b.k) ORDER BY 1, 2',
      ['1|1', '1|3', '1|NULL', '2|1', '2|3', '2|NULL', '3|3', '3|4', '5|NULL', 'NULL|2', 'NULL|9'],
    ],
    [`SELECT a.x + ${n} AS s, count(*) FROM a GROUP BY a.x + ${n} ORDER BY 1`, ['4|2', '5|2', '6|2', 'NULL|1']],
    [`SELECT ${n} + 1, sum(${n}) FROM a GROUP BY ${n} HAVING ${n} > 0 ORDER BY ${n} DESC`, ['4|9', '3|4', '2|1']],
    ['SELECT x FROM a ORDER BY x LIMIT (SELECT count(*) FROM b WHERE k = 1) OFFSET (SELECT 1)', ['2', '3', '3']],
    ['SELECT (SELECT b.y FROM b WHERE b.k = a.k ORDER BY b.y LIMIT (SELECT 1)) FROM a WHERE k = 2', ['3', '3']],
    [
      'SELECT (x, k) = ANY (SELECT y, k FROM b), (x, k) NOT IN (SELECT y, k FROM b WHERE y IS NOT NULL) FROM a WHERE k = 2',
      ['true|false', 'NULL|NULL'],
    ],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(`WITH ${A}, ${B}, ${C} ${sql}`)).toEqual(expected)
  })
})
