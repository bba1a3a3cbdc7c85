/** What queries of other dialects become, as this engine's SQL, and what is refused. The parser's thread is that of dist. */
import { describe, expect, test } from 'vitest'
import { SETTINGS } from '../../../src/engine/settings.ts'
import { ALL_DIALECTS } from '../../../src/sql/dialect/dialects/index.ts'
import { parseDialect } from '../../../src/sql/dialect/parse-dialect.ts'
import { parse } from '../../../src/sql/parse.ts'
import { printQuery } from '../../../src/sql/print/print.ts'

async function converted(dialect: string, sql: string): Promise<string> {
  const [statement, ...others] = await parseDialect(sql, dialect)
  if (statement?.kind !== 'query' || others.length > 0) throw new Error(`not a query: ${sql}`)
  return printQuery(statement.query)
}

test('the setting has the dialects that there are', () => {
  expect(SETTINGS['dialect']!.values).toEqual(['postgresql', ...ALL_DIALECTS.map(({ name }) => name)])
})

test.each(
  ALL_DIALECTS.flatMap((dialect) =>
    Object.entries(dialect.functions).map(([name, rule]) => [dialect.name, name, rule] as const),
  ),
)('%s: the rule of %s is SQL', (_, name, rule) => {
  if (typeof rule === 'object' && ('refuse' in rule || 'strict' in rule || 'fold' in rule || 'from' in rule)) return
  for (const template of typeof rule === 'string' ? [rule] : Object.values(rule)) {
    expect(() => parse(`SELECT ${template}`), name).not.toThrow()
  }
})

describe('converts', () => {
  test.each([
    // Grouping: the foreign parser has (a OR b) AND c.
    [
      'mysql',
      'select a from t where a = 1 or b = 2 and c = 3',
      'SELECT a FROM t WHERE (a = 1) OR ((b = 2) AND (c = 3))',
    ],
    [
      'snowflake',
      'select a from t where not a = 1 or b + c * d - 1 > 2',
      'SELECT a FROM t WHERE (NOT (a = 1)) OR (((b + (c * d)) - 1) > 2)',
    ],
    [
      'sqlite',
      'select a from t where (a = 1 or b = 2) and c = 3',
      'SELECT a FROM t WHERE ((a = 1) OR (b = 2)) AND (c = 3)',
    ],
    [
      'mysql',
      'select -a * b, a - b - c, a between 1 + 1 and 3 and b from t',
      'SELECT (- a) * b, a - b - c, (a BETWEEN (1 + 1) AND 3) AND b FROM t',
    ],
    // Literals and names.
    [
      'mysql',
      'select `Total`, "it\\"s", \'a\\\\b\', 1.50, 123456789012.123456789012 # x',
      "SELECT total, 'it\"s', 'a\\b', 1.50, 123456789012.123456789012",
    ],
    [
      'transactsql',
      'select top 5 [a], "B" from [dbo].[t] order by a desc',
      'SELECT a, b FROM dbo.t ORDER BY a DESC NULLS LAST LIMIT 5',
    ],
    ['snowflake', 'select "Ab", "AB", ab from t order by 1', 'SELECT "Ab", ab, ab FROM t ORDER BY 1'],
    ['bigquery', 'select a from `p.d.t` where b = "x"', "SELECT a FROM p.d.t WHERE b = 'x'"],
    ['flinksql', "select A, `b` from T where c = 'x'", `SELECT "A", "b" FROM "T" WHERE "c" = 'x'`],
    // Orders of NULLs, limits.
    [
      'mysql',
      'select a from t order by a, b desc limit 5, 10',
      'SELECT a FROM t ORDER BY a NULLS FIRST, b DESC NULLS LAST OFFSET 5 LIMIT 10',
    ],
    [
      'trino',
      'select a from t order by a, b desc limit all',
      'SELECT a FROM t ORDER BY a NULLS LAST, b DESC NULLS LAST',
    ],
    [
      'spark',
      'select rank() over (partition by a order by b) from t',
      'SELECT rank() OVER (PARTITION BY a ORDER BY b NULLS FIRST) FROM t',
    ],
    ['redshift', 'select a from t order by a desc', 'SELECT a FROM t ORDER BY a DESC'],
    [
      'transactsql',
      'select a from t order by a offset 5 rows fetch next 3 rows only',
      'SELECT a FROM t ORDER BY a NULLS FIRST OFFSET 5 LIMIT 3',
    ],
    ['mysql', 'select a from t where b = ? limit ?', 'SELECT a FROM t WHERE b = $1 LIMIT $2'],
    // Functions.
    [
      'mysql',
      'select concat(a, b), ifnull(a, 0), length(a) from t',
      'SELECT a || b, COALESCE(a, 0), octet_length(a) FROM t',
    ],
    ['mysql', 'select date_add(d, interval 1 day) from t', 'SELECT d + (INTERVAL (1) day) FROM t'],
    [
      'trino',
      'select greatest(a, b), count_if(a) from t',
      'SELECT CASE WHEN (a IS NULL) OR (b IS NULL) THEN NULL ELSE greatest(a, b) END, count(CASE WHEN a THEN 1 END) FROM t',
    ],
    [
      'bigquery',
      'select safe_cast(a as int64), safe_divide(a, b) from t',
      'SELECT TRY_CAST(a AS bigint), CAST(a AS double precision) / nullif(CAST(b AS double precision), 0) FROM t',
    ],
    [
      'bigquery',
      'select a from t where a > 1 qualify row_number() over (partition by a order by b) = 1',
      'SELECT a FROM t WHERE a > 1 QUALIFY row_number() OVER (PARTITION BY a ORDER BY b NULLS FIRST) = 1',
    ],
    [
      'snowflake',
      'select iff(a, 1, 2), a::varchar from t',
      'SELECT CASE WHEN a THEN 1 ELSE 2 END, CAST(a AS varchar) FROM t',
    ],
    [
      'spark',
      'select nvl(a, b), collect_list(a) from t',
      'SELECT COALESCE(a, b), array_agg(a) FILTER (WHERE a IS NOT NULL) FROM t',
    ],
    [
      'mysql',
      'select cast(a as double) / b, cast(a as signed) from t',
      'SELECT CAST(a AS double precision) / b, CAST(a AS bigint) FROM t',
    ],
    [
      'sqlite',
      'select ifnull(a, b), a || b, a == b from t limit 5 offset 2',
      'SELECT COALESCE(a, b), a || b, a = b FROM t OFFSET 2 LIMIT 5',
    ],
    ['trino', 'select substr(a, 2), substring(b, 1, 3) from t', 'SELECT substr(a, 2), substr(b, 1, 3) FROM t'],
    ['snowflake', 'select t.a from t', 'SELECT t.a FROM t'],
    // Queries.
    ['mysql', 'select a from t group by a with rollup', 'SELECT a FROM t GROUP BY ROLLUP (a)'],
    [
      'trino',
      'select a from t union all select b from u order by 1',
      'SELECT a FROM t UNION ALL SELECT b FROM u ORDER BY 1 NULLS LAST',
    ],
    ['mysql', '(select 1) union (select 2) limit 3', '(SELECT 1) UNION (SELECT 2) LIMIT 3'],
    [
      'redshift',
      'with w as (select 1 as x) select * from w, t left join u on t.a = u.a',
      'WITH w AS (SELECT 1 AS x) SELECT * FROM w, t LEFT JOIN u ON t.a = u.a',
    ],
    [
      'hive',
      'select a, count(1) from db.t where exists (select 1 from u) group by a',
      'SELECT a, count(1) FROM db.t WHERE EXISTS (SELECT 1 FROM u) GROUP BY a',
    ],
    [
      'mariadb',
      'select a from t where (a, b) in ((1, 2)) and c in (select 1)',
      'SELECT a FROM t WHERE (ROW(a, b) IN (ROW(1, 2))) AND (c IN (SELECT 1))',
    ],
  ])('%s: %s', async (dialect, sql, expected) => {
    const text = await converted(dialect, sql)
    // Spaces and letters of the printer are its own tests'.
    expect(text.toLowerCase()).toBe(expected.toLowerCase())
  })
})

describe('refuses', () => {
  test.each([
    ['mysql', 'select a || b from t', 'the operator || (OR; write CONCAT or OR) in another dialect is not supported'],
    ['mysql', 'select a / b from t', 'the operator /'],
    ['mysql', 'select a div b from t', 'the operator div'],
    ['mysql', 'select a from t for update', 'a statement with locking_read "for update"'],
    ['mysql', 'select a from t where a regexp b', 'the operator regexp'],
    ['mysql', 'select /*! 1 + */ 2', 'a conditional comment'],
    ['flinksql', "select a from t /*+ OPTIONS('k'='v') */", 'a hint'],
    ['mysql', 'insert into t values (1)', 'the statement INSERT'],
    ['mysql', 'select substr(a, -2) from t', 'the function substr from a place that is not a positive constant'],
    ['mysql', "select 'a\\%b'", 'the escape \\%'],
    ['trino', 'select a < b < c from t', 'a comparison beside a comparison'],
    ['trino', 'select a || b + c from t', '|| beside arithmetic'],
    ['redshift', 'select a from t natural join u', 'NATURAL behind a table'],
    ['trino', 'select * from (values (1, 2)) as v(a, b)', 'FROM of kind values'],
    // The foreign parser drops these parentheses.
    ['trino', 'select 1 union all (select c from v order by c limit 1)', 'a construct near'],
    ['transactsql', 'select top 5 percent a from t', 'top of a statement with percent'],
    ['transactsql', "select a from t where b like 'x%'", 'LIKE (its patterns have sets in brackets)'],
    ['transactsql', "select N'x'", "a string written as N'...'"],
    ['transactsql', 'select avg(a) from t', 'the function avg (of integers an integer)'],
    ['spark', 'select cast(a as int) from t', 'a cast to an integer, which cuts off the fraction,'],
    ['sqlite', 'select a from t where a is b', 'IS with a value'],
    ['snowflake', 'select a:b from t', 'a construct near'],
  ])('%s: %s', async (dialect, sql, message) => {
    await expect(parseDialect(sql, dialect)).rejects.toMatchObject({
      sqlstate: '0A000',
      message: expect.stringContaining(message) as string,
    })
  })
})

test('statements of the session are the same in every dialect', async () => {
  const statements = await parseDialect("set dialect = 'postgresql'; ; show tables; select 1", 'mysql')
  expect(statements.map(({ kind }) => kind)).toEqual(['set', 'show', 'query'])
})

test('a syntax error has the place', async () => {
  await expect(parseDialect('select from where', 'mysql')).rejects.toMatchObject({
    sqlstate: '42601',
    message: expect.stringMatching(/^syntax error/) as string,
  })
  await expect(parseDialect("select 'a", 'trino')).rejects.toMatchObject({ sqlstate: '42601' })
})

/** An error within brackets takes the foreign parser a time that doubles with each. */
test('ends at the time limit, and the next statement is parsed', async () => {
  const deep = `select ${'(a + '.repeat(30)}sum(distinct * a${')'.repeat(30)} from t`
  await expect(parseDialect(deep, 'redshift', { timeoutMs: 300 })).rejects.toMatchObject({ sqlstate: '57014' })
  expect(await converted('redshift', 'select 1')).toBe('SELECT 1')
})
