/** ASOF JOIN and joins by ranges: rows, and the slower SQL that means the same. */
import { afterAll, describe, expect, it } from 'vitest'
import { startEngine } from '../../src/engine/engine.ts'
import { queryText } from './query-text.ts'

const engine = await startEngine({ dataDirectory: '/nonexistent', settings: { threads: 1 } })
const session = engine.createSession()
afterAll(() => engine.close())

const rows = (sql: string): Promise<readonly string[]> => queryText(session, sql)

async function same(fast: string, slow: string): Promise<void> {
  const [a, b] = [await rows(fast), await rows(slow)]
  expect([...a].sort()).toEqual([...b].sort())
  expect(a.length).toBeGreaterThan(0)
}

/** Pseudo-random rows (n, k, t, s): repeated values and NULLs in each column but the first, which counts. */
function table(name: string, seed: number, count: number): string {
  const h = (factor: number): string => `((n * ${factor} + ${seed * 131}) % 101)`
  return `(SELECT n, nullif(${h(37)} % 5, 4) AS k, nullif(${h(53)}, 7) AS t, nullif(chr(97 + ${h(71)} % 9), 'c') || repeat('x', ${h(29)} % 12) AS s
           FROM generate_series(1, ${count}) g(n)) ${name}`
}

const A = table('a', 1, 180)
const B = table('b', 2, 150)

describe('ASOF JOIN', () => {
  it.each([
    [
      "FROM (VALUES (1), (2), (5)) l(t) ASOF JOIN (VALUES (1, 'a'), (3, 'b')) r(t, v) ON l.t >= r.t",
      ['1|1|a', '2|1|a', '5|3|b'],
    ],
    ["FROM (VALUES (1), (2), (5)) l(t) ASOF JOIN (VALUES (1, 'a'), (3, 'b')) r(t, v) USING (t)", ['1|a', '2|a', '5|b']],
    [
      "FROM (VALUES (1), (5), (0)) l(t) ASOF LEFT JOIN (VALUES (1, 'a'), (3, 'b')) r(t, v) ON l.t < r.t",
      ['1|3|b', '5|NULL|NULL', '0|1|a'],
    ],
    ['FROM (VALUES (1), (0)) l(t) ASOF ANTI JOIN (VALUES (1), (3)) r(t) ON l.t >= r.t', ['0']],
    ['FROM (VALUES (1), (0)) l(t) ASOF SEMI JOIN (VALUES (1), (3)) r(t) ON l.t >= r.t', ['1']],
    // A condition on the right side's columns comes after the nearest row is found.
    ["SELECT * FROM (VALUES (5)) l(t) ASOF JOIN (VALUES (1, 'a'), (3, 'b')) r(t, v) ON l.t >= r.t WHERE v = 'a'", []],
    [
      'SELECT x, (SELECT v FROM (SELECT x + 0 AS t) l ASOF JOIN (VALUES (1, 10), (3, 30)) r(t, v) ON l.t >= r.t) FROM generate_series(0, 3) g(x)',
      ['0|NULL', '1|10', '2|10', '3|30'],
    ],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })

  it.each(['>=', '>', '<', '<='])('finds the nearest row of equal keys by %s', async (operator) => {
    const nearest = operator.startsWith('>') ? 'max' : 'min'
    await same(
      `SELECT a.n, b.k, b.t FROM ${A} ASOF JOIN ${B} ON a.k = b.k AND a.t ${operator} b.t`,
      `SELECT a.n, a.k, (SELECT ${nearest}(b.t) FROM ${B} WHERE b.k = a.k AND a.t ${operator} b.t) AS t FROM ${A}
       WHERE EXISTS (SELECT 1 FROM ${B} WHERE b.k = a.k AND a.t ${operator} b.t)`,
    )
    await same(
      `SELECT a.n, b.s FROM ${A} ASOF LEFT JOIN ${B} ON a.s ${operator} b.s AND b.k = a.k AND a.t = b.t + 0`,
      `SELECT a.n, (SELECT ${nearest}(b.s) FROM ${B} WHERE b.k = a.k AND b.t = a.t AND a.s ${operator} b.s) FROM ${A}`,
    )
  })

  it.each([
    ['SELECT * FROM (VALUES (1)) l(t) ASOF JOIN (VALUES (1)) r(u) ON l.t = r.u', '42601'],
    ['SELECT * FROM (VALUES (1)) l(t) ASOF JOIN (VALUES (1)) r(u) ON l.t >= r.u AND l.t < r.u', '42601'],
    ['SELECT * FROM (VALUES (1)) l(t) ASOF JOIN (VALUES (1)) r(u) ON l.t >= r.u AND l.t > 0', '0A000'],
    ['SELECT * FROM (VALUES (1)) l(t) ASOF FULL JOIN (VALUES (1)) r(u) ON l.t >= r.u', '0A000'],
    ['SELECT * FROM (VALUES (1)) l(t) ASOF RIGHT JOIN (VALUES (1)) r(u) ON l.t >= r.u', '0A000'],
    ['SELECT * FROM (VALUES ([1])) l(t) ASOF JOIN (VALUES ([1])) r(u) ON l.t >= r.u', '0A000'],
  ])('refuses %s', async (sql, sqlstate) => {
    await expect(rows(sql)).rejects.toMatchObject({ sqlstate })
  })
})

describe('joins by ranges', () => {
  // CASE hides the comparison: a nested loop then looks at every pair.
  const hidden = (condition: string): string => `CASE WHEN ${condition} THEN true ELSE false END`
  const conditions = [
    'a.t BETWEEN b.t AND b.t + 3',
    'a.t < b.t AND a.t + 4 >= b.t',
    'a.t > b.t AND a.n % 7 = b.n % 3',
    "a.s >= b.s AND a.s <= b.s || 'x'",
    'a.t::float8 / 3 <= b.t::float8 / 3 AND a.k < b.k',
  ]
  it.each(conditions)('%s', async (condition) => {
    for (const join of ['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN']) {
      const select = `SELECT a.n AS x, b.n AS y FROM ${A} ${join} ${B} ON`
      await same(`${select} ${condition}`, `${select} ${hidden(condition)}`)
    }
    for (const not of ['', 'NOT ']) {
      const select = `SELECT count(*), sum(a.n) FROM ${A} WHERE ${not}EXISTS (SELECT 1 FROM ${B} WHERE`
      await same(`${select} ${condition})`, `${select} ${hidden(condition)})`)
    }
  })

  it('hold the side of which one expression has both bounds', async () => {
    const plan = await rows(`EXPLAIN SELECT * FROM ${A} LEFT JOIN ${B} ON a.t BETWEEN b.t AND b.k`)
    expect(plan.join('\n')).toContain('Range Right Join')
    expect(plan.join('\n')).toMatch(/Range Cond: \(\S+ >= \S+\) AND \(\S+ <= \S+\)/)
  })

  it('do not look at every pair', async () => {
    const start = performance.now()
    const sql = `SELECT count(*) FROM generate_series(1, 200000) a(x)
      JOIN (SELECT x AS lo, x + 2 AS hi FROM generate_series(1, 200000) g(x)) b ON a.x >= b.lo AND a.x < b.hi`
    expect(await rows(sql)).toEqual(['399999'])
    // 40 billion pairs would be minutes.
    expect(performance.now() - start).toBeLessThan(20_000)
  })
})
