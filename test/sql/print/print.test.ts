/** What is printed parses to the tree that was printed. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Expression, Query } from '../../../src/sql/ast.ts'
import { parse } from '../../../src/sql/parse.ts'
import { printExpression, printQuery } from '../../../src/sql/print/print.ts'
import { withoutRanges } from '../same-tree.ts'

function queryOf(sql: string): Query {
  const [statement] = parse(sql)
  if (statement?.kind !== 'query') throw new Error(`no query: ${sql}`)
  return statement.query
}

const at = { start: 0, end: 0 }
const AT = { at }

describe('queries', () => {
  it.each([
    'SELECT DISTINCT ON (a) a, "B" AS "b c", t.*, * EXCLUDE (x) REPLACE (1 AS y) RENAME (z AS w) FROM t ORDER BY a DESC NULLS LAST LIMIT 3 OFFSET 1',
    "SELECT * LIKE 'a%', COLUMNS('x') + 1, f(*COLUMNS(* EXCLUDE (a))) FROM t",
    'SELECT a FROM t UNION ALL SELECT b FROM u INTERSECT SELECT c FROM v EXCEPT (SELECT d FROM w ORDER BY 1)',
    'WITH RECURSIVE r (n) AS MATERIALIZED (SELECT 1 UNION ALL SELECT n + 1 FROM r) SEARCH DEPTH FIRST BY n SET o CYCLE n SET c TO 1 DEFAULT 0 USING p SELECT * FROM r',
    'SELECT a, GROUPING(a), count(*) FROM t GROUP BY DISTINCT ROLLUP (a, (b, c)), CUBE (d), GROUPING SETS ((), (a), e) HAVING count(*) > 1 QUALIFY row_number() OVER w = 1 WINDOW w AS (PARTITION BY a ORDER BY b)',
    'SELECT sum(x) FILTER (WHERE y) OVER (w RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM t WINDOW w AS (ORDER BY d)',
    'FROM a JOIN b USING (x) AS j ASOF LEFT JOIN c ON a.t >= c.t CROSS JOIN LATERAL (SELECT 1) d NATURAL JOIN e POSITIONAL JOIN f',
    'SELECT * FROM a LEFT JOIN (b JOIN c ON b.x = c.x) ON a.x = b.x SEMI JOIN d USING (x)',
    "SELECT * FROM t FOR VERSION AS OF 3 AS x, 's3://b/x.parquet', ROWS FROM (f(1), g(2)) WITH ORDINALITY AS r(a, b), LATERAL unnest(a) u",
    'SELECT * FROM t TABLESAMPLE BERNOULLI (10) REPEATABLE (1) USING SAMPLE 5 ROWS',
    'PIVOT t ON a, b IN (1, 2 AS two) USING sum(x) AS s, max(y) GROUP BY c',
    "SELECT p.* FROM t PIVOT (sum(x) FOR a IN ('u', 'v') b IN (1) GROUP BY c) AS p",
    "SELECT * FROM t UNPIVOT INCLUDE NULLS ((v, w) FOR n IN ((a, b) AS 'x', (c, d)))",
    'UNPIVOT t ON * EXCLUDE (a) INTO NAME n VALUE v',
    'SELECT 1 ORDER BY ALL DESC NULLS FIRST FETCH FIRST 5 PERCENT ROWS WITH TIES',
    'SELECT 1 LIMIT 10%',
    'SELECT CASE a WHEN 1 THEN 2 ELSE 3 END, CAST(a AS timestamp(3) with time zone), a::decimal(10, 2)[], TRY_CAST(a AS map(text, int)), a::struct<x int, y text>, a::interval day to second, a::"char"',
    "SELECT date '2024-01-01', INTERVAL '1-2' YEAR TO MONTH, INTERVAL (a) day, X'0aff', B'01', U&'\\0041', E'a\\nb', 'it''s'",
    "SELECT position('a' IN b), substring(a FROM 1 FOR 2), overlay(a PLACING b FROM 1), trim(BOTH 'x' FROM a), normalize(a, NFC), extract(year FROM a), current_date, current_timestamp(3)",
    'SELECT a IN (1, 2), (a, b) NOT IN (SELECT 1, 2), a = ANY (ARRAY[1]), a LIKE ALL (ARRAY[b]), a <> SOME (SELECT 1), EXISTS (SELECT 1), ARRAY(SELECT 1), ((SELECT 1)), f((SELECT 1)), ROW((SELECT 1))',
    "SELECT a NOT BETWEEN SYMMETRIC 1 AND 2, a IS NOT DISTINCT FROM b, a IS NOT TRUE, a NOT ILIKE 'x' ESCAPE '!', a SIMILAR TO 'b', a AT TIME ZONE 'UTC', (a, b) OVERLAPS (c, d), a COLLATE \"C\"",
    "SELECT (s).f, (a)[1], a[1:2], a[:], {'x': 1, 'y z': 2}, MAP {'a': 1}, [1, 2], list_transform(l, lambda x, i: x + i), f(n => 1), l -> 'a' ->> 2, [x * 2 FOR x IN l IF x > 1]",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a), string_agg(DISTINCT a, ',' ORDER BY b DESC), first_value(a) IGNORE NULLS OVER (ORDER BY b)",
    'SELECT $1, ?, $name, - - a, + (- 1), NOT NOT a, @ a, a !~ b, a ## b, a ^ b ^ c, a - (b - c), a - b - c',
    'VALUES (1, 2), (3, (SELECT 4)) UNION TABLE s.t',
    'SELECT',
  ])('%s', (sql) => {
    const query = queryOf(sql)
    expect(withoutRanges(queryOf(printQuery(query)))).toEqual(withoutRanges(query))
  })
})

const name = fc.constantFrom('a', 'b', 'select', 'T x', 'q"')
const identifier = name.map((text) => ({ ...AT, name: text, quoted: true }))
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  identifier.map((part): Expression => ({ kind: 'column', ...AT, parts: [part] })),
  fc.constantFrom('0', '12', '1.5', '1e9').map((text): Expression => ({ kind: 'number', ...AT, text })),
  fc
    .string({ maxLength: 5 })
    .filter((text) => !text.includes('\0'))
    .map((value): Expression => ({ kind: 'string', ...AT, value })),
  fc.constantFrom<Expression>({ kind: 'null', ...AT }, { kind: 'boolean', ...AT, value: true }),
)

const expression = fc.letrec<{ node: Expression }>((tie) => {
  const node = tie('node')
  const negated = fc.boolean()
  const operator = fc.constantFrom(
    '+',
    '-',
    '*',
    '/',
    '%',
    '^',
    '||',
    '=',
    '<',
    '<>',
    '>=',
    '->',
    '~',
    '@>',
    'at time zone',
  )
  return {
    node: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      fc.record({
        kind: fc.constant('binary'),
        at: fc.constant(at),
        operatorAt: fc.constant(at),
        operator,
        left: node,
        right: node,
      }),
      fc.record({
        kind: fc.constant('unary'),
        at: fc.constant(at),
        operator: fc.constantFrom('-', '+', 'not', '~'),
        operand: node,
      }),
      fc.record({
        kind: fc.constantFrom('and', 'or'),
        at: fc.constant(at),
        operands: fc.array(node, { minLength: 2, maxLength: 3 }),
      }),
      fc.record({
        kind: fc.constant('is'),
        at: fc.constant(at),
        test: fc.constantFrom('null', 'true', 'unknown'),
        negated,
        operand: node,
      }),
      fc.record({ kind: fc.constant('is-distinct'), at: fc.constant(at), negated, left: node, right: node }),
      fc.record({
        kind: fc.constant('between'),
        at: fc.constant(at),
        negated,
        symmetric: negated,
        operand: node,
        low: node,
        high: node,
      }),
      fc.record({
        kind: fc.constant('in-list'),
        at: fc.constant(at),
        negated,
        operand: node,
        values: fc.array(node, { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        kind: fc.constant('like'),
        at: fc.constant(at),
        operator: fc.constantFrom('like', 'ilike', 'similar', 'regexp'),
        negated,
        operand: node,
        pattern: node,
        escape: fc.option(node),
      }),
      fc.record({ kind: fc.constant('row'), at: fc.constant(at), values: fc.array(node, { maxLength: 3 }) }),
      fc.record({ kind: fc.constant('array'), at: fc.constant(at), elements: fc.array(node, { maxLength: 3 }) }),
      fc.record({ kind: fc.constant('subscript'), at: fc.constant(at), operand: node, index: node }),
      fc.record({
        kind: fc.constant('slice'),
        at: fc.constant(at),
        operand: node,
        low: fc.option(node),
        high: fc.option(node),
      }),
      fc.record({ kind: fc.constant('field'), at: fc.constant(at), operand: node, field: identifier }),
      fc.record({
        kind: fc.constant('struct'),
        at: fc.constant(at),
        fields: fc.array(fc.record({ name, value: node }), { maxLength: 2 }),
      }),
      fc.record({
        kind: fc.constant('map'),
        at: fc.constant(at),
        entries: fc.array(fc.record({ key: node, value: node }), { maxLength: 2 }),
      }),
      fc.record({
        kind: fc.constant('case'),
        at: fc.constant(at),
        operand: fc.option(node),
        branches: fc.array(fc.record({ when: node, then: node }), { minLength: 1, maxLength: 2 }),
        else: fc.option(node),
      }),
    ) as fc.Arbitrary<Expression>,
  }
}).node

it('random expressions', () => {
  fc.assert(
    fc.property(expression, (ast) => {
      const text = printExpression(ast)
      const { body } = queryOf(`SELECT ${text}`)
      if (body.kind !== 'select' || body.items[0]?.kind !== 'expression') throw new Error(text)
      expect(withoutRanges(body.items[0].expression)).toEqual(withoutRanges(ast))
    }),
    { numRuns: 500 },
  )
})
