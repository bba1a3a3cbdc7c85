/**
 * Statements with one token dropped, doubled, swapped or replaced: what PostgreSQL's parser rejects is rejected here but for what
 * grammar/README.md adds, and what it accepts is accepted. SLUICE_SEED says where to begin, SLUICE_MUTATIONS how many to try.
 */
import { loadModule, scanSync } from 'libpg-query'
import { beforeAll, expect, it } from 'vitest'
import { parse } from '../../../src/sql/parse.ts'
import { postgresAccepts } from './postgresql-tree.ts'
import { RandomPostgresExpressions } from './random-expressions.ts'

const SEED = Number(process.env['SLUICE_SEED'] ?? 1)
const MUTATIONS = Number(process.env['SLUICE_MUTATIONS'] ?? 500)

/** `%` is a random expression. */
const STATEMENTS = [
  'SELECT % AS x, % FROM t',
  'SELECT DISTINCT a, % FROM t WHERE % ORDER BY a DESC NULLS LAST, % LIMIT 5 OFFSET 2',
  'SELECT DISTINCT ON (a) b FROM t AS u(a, b) ORDER BY 1',
  'SELECT a, count(*) FROM t GROUP BY a HAVING % ORDER BY 2',
  'SELECT a FROM t GROUP BY ROLLUP (a, b), GROUPING SETS ((a), ()), CUBE (c)',
  'SELECT * FROM a JOIN b ON % LEFT JOIN c USING (x, y) CROSS JOIN d',
  'SELECT * FROM a NATURAL JOIN b, LATERAL (SELECT % FROM c) AS q, (VALUES (1, 2), (3, 4)) v(x, y)',
  'SELECT * FROM (a RIGHT OUTER JOIN b ON %) FULL JOIN s.c AS d ON TRUE WHERE EXISTS (SELECT 1)',
  'WITH w AS (SELECT 1), v(a) AS MATERIALIZED (SELECT %) SELECT * FROM w, v',
  'WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r',
  'SELECT a FROM t UNION ALL SELECT b FROM u INTERSECT SELECT c FROM v EXCEPT (SELECT 1 ORDER BY 1 LIMIT 1) ORDER BY 1',
  'SELECT sum(a) OVER w, rank() OVER (PARTITION BY b ORDER BY c) FROM t WINDOW w AS (ORDER BY a ROWS 2 PRECEDING)',
  'SELECT CASE a WHEN 1 THEN % ELSE 2 END, CAST(% AS numeric(3, 1)), a::int[] FROM t',
  'SELECT * FROM generate_series(1, 3) WITH ORDINALITY AS g(a, b) FETCH FIRST 3 ROWS ONLY',
  'SELECT t.*, (t).b, c[1], d[2:3] FROM s.t TABLESAMPLE BERNOULLI (10) REPEATABLE (1)',
  'VALUES (1, %), (2, 3) ORDER BY 1',
  'INSERT INTO t (a, b) VALUES (1, %), (DEFAULT, 2) RETURNING a, b AS c',
  'INSERT INTO t SELECT a FROM u WHERE %',
  'UPDATE t SET a = %, (b, c) = (1, 2) FROM u WHERE t.a = u.a RETURNING *',
  'DELETE FROM t AS x USING u WHERE % RETURNING x.a',
  'MERGE INTO t USING u ON t.a = u.a WHEN MATCHED AND % THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (2)',
  'CREATE TABLE t (a int NOT NULL, b varchar(3) DEFAULT 1, CHECK (a > 1))',
  'ALTER TABLE t ADD COLUMN a int, DROP COLUMN b, ALTER COLUMN c TYPE bigint',
  'DROP TABLE IF EXISTS a, s.b CASCADE',
  'CREATE OR REPLACE VIEW v (a, b) AS SELECT 1, %',
  'EXPLAIN (ANALYZE, VERBOSE) SELECT %',
  'PREPARE p (int) AS SELECT $1 + %',
  'BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY',
  "SET TIME ZONE 'UTC'",
]
const REPLACEMENTS = [
  'a',
  '1',
  "'s'",
  ',',
  '(',
  ')',
  'SELECT',
  'FROM',
  'WHERE',
  'AND',
  'NOT',
  'AS',
  '=',
  '+',
  '.',
  '*',
  'BY',
  'NULL',
  'IN',
  'CASE',
  'END',
  'ON',
  'JOIN',
  ';',
  'x y',
]

interface Mutation {
  readonly sql: string
  /** `drop ,`. */
  readonly what: string
}

class Mutator extends RandomPostgresExpressions {
  mutation(): Mutation {
    for (;;) {
      const base = this.pick(STATEMENTS).replaceAll('%', () => this.expression(this.below(3)))
      if (!postgresAccepts(base)) continue
      const tokens = scanSync(base).tokens.map(({ text }) => text)
      const at = this.below(tokens.length)
      const token = tokens[at]!
      const kind = this.pick(['drop', 'double', 'swap', 'replace'] as const)
      const next = kind === 'replace' ? this.pick(REPLACEMENTS) : (tokens[at + 1] ?? '')
      const mutated = { drop: [], double: [token, token], swap: [next, token], replace: [next] }[kind]
      tokens.splice(at, kind === 'swap' ? 2 : 1, ...mutated)
      return {
        sql: tokens.join(' '),
        what: `${kind} ${token}${kind === 'replace' || kind === 'swap' ? ` ${next}` : ''}`,
      }
    }
  }
}

/** What parses only to be refused by its name (0A000) is no statement that runs. */
function accepted(sql: string): boolean {
  try {
    return parse(sql).every(({ kind }) => kind !== 'unsupported')
  } catch {
    return false
  }
}

function parses(sql: string): boolean {
  try {
    parse(sql)
    return true
  } catch {
    return false
  }
}

beforeAll(loadModule)

it(`rejects what PostgreSQL rejects: seed ${SEED}`, { timeout: 3_600_000 }, () => {
  const random = new Mutator(SEED)
  const wrong: string[] = []
  let rejects = 0
  let refused = 0
  for (let i = 0; i < MUTATIONS; i++) {
    const { sql, what } = random.mutation()
    const there = postgresAccepts(sql)
    if (!there) {
      rejects += 1
      if (accepted(sql)) wrong.push(`${what}: ${sql}`)
    } else if (!parses(sql)) refused += 1
  }
  // Of 5,323 that PostgreSQL rejects, 62 are accepted: `FROM 's'`, `x IN y`, `[1, 2]`, TABLESAMPLE without a method and the like.
  expect(wrong.length / rejects, wrong.join('\n')).toBeLessThan(0.02)
  // Of 677 that it accepts, 7 are not: words of functions as names of types (`LIKE 'x'`), RECURSIVE as a name.
  expect(refused).toBeLessThanOrEqual(Math.ceil((MUTATIONS - rejects) * 0.02))
})
