/** Method: SQL over small tables with known statistics, planned, and printed as EXPLAIN prints it. */
import { describe, expect, it } from 'vitest'
import { explainText } from '../../src/plan/explain.ts'
import { type PhysicalPlan, physicalInputs } from '../../src/plan/physical.ts'
import { type PhysicalQuery, planPhysical } from '../../src/plan/physical-planner.ts'
import { optimize } from '../../src/plan/rules/index.ts'
import type { Table, TableStatistics } from '../../src/table/table.ts'
import { bindText, contextOf, tablesOf } from './bind/fake-table.ts'

const TABLES = tablesOf(`
  create table big (id integer not null, small_id integer not null, x integer, y integer, s varchar, t timestamp);
  create table small (id integer not null, name varchar not null, n integer);
`)
const ROWS: Readonly<Record<string, number>> = { big: 100_000, small: 100 }

function statistics(table: Table): TableStatistics {
  const rowCount = ROWS[table.name]!
  const columns = new Map([
    ['id', { min: 1, max: rowCount, exact: true, nullCount: 0 }],
    ['small_id', { min: 1, max: 100, exact: true, nullCount: 0 }],
    ['x', { min: 1, max: 10, exact: true, nullCount: 0 }],
  ])
  return { rowCount, exact: false, byteCount: rowCount * 10, fileCount: 1, columns }
}

const options = {
  disabledRules: new Set<string>(),
  session: { nowMicros: 0n, timeZone: 'UTC' },
  statistics,
  verify: true,
}

async function planOf(sql: string): Promise<PhysicalQuery> {
  return planPhysical(optimize(await bindText(sql, contextOf(TABLES)), options), options)
}

async function explained(sql: string): Promise<string> {
  return `\n${explainText((await planOf(sql)).plan).join('\n')}\n`
}

describe('scans', () => {
  it('put out what is needed above, and give the table its predicate', async () => {
    const { plan, sources } = await planOf("select y from big where x < 5 and s like '%a%'")
    expect(plan).toMatchObject({ kind: 'scan', projection: [1], dynamicFilters: [], limit: null })
    const [source] = [...sources.values()]
    expect(source!.pushdown.columns.map(({ name }) => name)).toEqual(['x', 'y', 's'])
    expect(source!.pushdown.predicate).toMatchObject({ kind: 'and' })
    expect(explainText(plan).join('\n')).toMatchInlineSnapshot(`
      "Scan on big  (rows=6667)
        Columns: x, y, s
        Filter: x < 5 AND s LIKE '%a%'"
    `)
  })

  it('stop at a limit only when nothing filters', async () => {
    const { sources } = await planOf('select y from big limit 5')
    expect([...sources.values()][0]!.pushdown.limit).toBe(5)
    const filtered = await planOf('select y from big where x = 1 limit 5')
    expect([...filtered.sources.values()][0]!.pushdown.limit).toBeUndefined()
  })

  it('read no column for count(*)', async () => {
    expect(await explained('select count(*) from big')).toMatchInlineSnapshot(`
      "
      Aggregate  (rows=1)
        Aggregates: count(*)
        ->  Scan on big  (rows=100000)
      "
    `)
  })
})

describe('joins', () => {
  it('hold the smaller side and filter the other by its keys', async () => {
    expect(await explained("select big.y from big, small where big.small_id = small.id and small.name = 'a'"))
      .toMatchInlineSnapshot(`
      "
      Hash Join  (rows=4000)
        Hash Cond: (small_id = id)
        Dynamic Filter: join 3
        ->  Scan on big  (rows=100000)
              Columns: small_id, y
              Dynamic Filter: small_id from join 3
        ->  Scan on small  (rows=4)
              Columns: id, name
              Filter: name = 'a'
      "
    `)
  })

  it('filter through groups', async () => {
    const sql =
      'select q.n from (select small_id, count(*) as n from big group by small_id) q, small where q.small_id = small.id and small.n = 1'
    expect(await explained(sql)).toMatchInlineSnapshot(`
      "
      Hash Join  (rows=4)
        Hash Cond: (small_id = id)
        Dynamic Filter: join 4
        ->  Hash Aggregate  (rows=100)
              Group Key: small_id
              Aggregates: count(*)
              ->  Scan on big  (rows=100000)
                    Columns: small_id
                    Dynamic Filter: small_id from join 4
        ->  Scan on small  (rows=4)
              Columns: id, n
              Filter: n = 1
      "
    `)
  })

  it('do not filter through limits', async () => {
    const sql =
      'select q.id from (select id, small_id from big order by id limit 1000) q, small where q.small_id = small.id and small.n = 1'
    expect(await explained(sql)).not.toContain('Dynamic Filter')
  })

  it('do not filter rows that an outer join keeps', async () => {
    expect(await explained('select b.y from big b left join small s on b.small_id = s.id and s.n = 1')).not.toContain(
      'Dynamic Filter',
    )
  })

  it('turn around when the kept side is small', async () => {
    expect(await explained('select k.name, b.y from small k left join big b on b.small_id = k.id'))
      .toMatchInlineSnapshot(`
      "
      Hash Right Join  (rows=100000)
        Hash Cond: (small_id = id)
        ->  Scan on big b  (rows=100000)
              Columns: small_id, y
        ->  Scan on small k  (rows=100)
              Columns: id, name
      "
    `)
    expect(await explained('select name from small k where exists (select 1 from big b where b.small_id = k.id)'))
      .toMatchInlineSnapshot(`
      "
      Hash Right Semi Join  (rows=100)
        Hash Cond: (small_id = id)
        ->  Scan on big b  (rows=100000)
              Columns: small_id
        ->  Scan on small k  (rows=100)
              Columns: id, name
      "
    `)
    expect(await explained('select name from small k where not exists (select 1 from big b where b.small_id = k.id)'))
      .toMatchInlineSnapshot(`
      "
      Hash Right Anti Join  (rows=10)
        Hash Cond: (small_id = id)
        ->  Scan on big b  (rows=100000)
              Columns: small_id
        ->  Scan on small k  (rows=100)
              Columns: id, name
      "
    `)
  })

  it('are null-aware for NOT IN, where NULLs are possible', async () => {
    expect(await explained('select y from big where x not in (select n from small)')).toMatchInlineSnapshot(`
      "
      Hash Anti Join  (rows=65000)
        Hash Cond: (x = n)
        Null Aware: true
        ->  Scan on big  (rows=100000)
              Columns: x, y
        ->  Scan on small  (rows=100)
              Columns: n
      "
    `)
    expect(await explained('select y from big where id not in (select id from small)')).not.toContain('Null Aware')
  })

  it('leave other conditions to a residual or a nested loop', async () => {
    expect(await explained('select 1 from big, small where big.small_id = small.id and big.x < small.n'))
      .toMatchInlineSnapshot(`
      "
      Project  (rows=40000)
        Output: 1 AS ?column?
        ->  Hash Join  (rows=40000)
              Hash Cond: (small_id = id)
              Join Filter: x < n
              ->  Scan on big  (rows=100000)
                    Columns: small_id, x
              ->  Scan on small  (rows=100)
                    Columns: id, n
      "
    `)
    expect(await explained('select 1 from big, small where big.x < small.n')).toMatchInlineSnapshot(`
      "
      Project  (rows=4000000)
        Output: 1 AS ?column?
        ->  Range Join  (rows=4000000)
              Range Cond: (n > x)
              ->  Scan on big  (rows=100000)
                    Columns: x
              ->  Scan on small  (rows=100)
                    Columns: n
      "
    `)
  })

  it('know unique build sides', async () => {
    const { plan } = await planOf(
      'select big.y from big, (select id, max(n) as m from small group by id) q where big.small_id = q.id and q.m > 3',
    )
    const joins = nodesOf(plan).filter(({ kind }) => kind === 'hash-join')
    expect(joins).toMatchObject([{ buildIsUnique: true }])
  })

  it('evaluate three-valued comparisons of marks in a loop', async () => {
    expect(await explained('select x in (select n from small where small.id = big.y) from big')).toContain(
      'Nested Loop Mark Join',
    )
    expect(await explained('select x in (select n from small) from big')).toContain('Hash Mark Join')
  })
})

describe('other nodes', () => {
  it('share what expressions have in common', async () => {
    expect(await explained('select sum(x * (1 - y)), sum(x * (1 - y) * 2) from big')).toMatchInlineSnapshot(`
        "
        Aggregate  (rows=1)
          Aggregates: sum(x * (1 - y)), sum(x * (1 - y) * 2)
          ->  Scan on big  (rows=100000)
                Columns: x, y
        "
      `)
  })

  it('make aggregates and joins of DISTINCT and set operations', async () => {
    expect(await explained('select distinct x from big')).toMatchInlineSnapshot(`
      "
      Unique  (rows=10)
        Group Key: x
        ->  Scan on big  (rows=100000)
              Columns: x
      "
    `)
    expect(await explained('select x from big union select n from small')).toMatchInlineSnapshot(`
      "
      Unique  (rows=100100)
        Group Key: x
        ->  Append  (rows=100100)
              ->  Scan on big  (rows=100000)
                    Columns: x
              ->  Scan on small  (rows=100)
                    Columns: n
      "
    `)
    expect(await explained('select x from big except select n from small')).toMatchInlineSnapshot(`
      "
      Unique  (rows=100000)
        Group Key: x
        ->  Hash Anti Join  (rows=100000)
              Hash Cond: (x IS NOT DISTINCT FROM n)
              ->  Scan on big  (rows=100000)
                    Columns: x
              ->  Scan on small  (rows=100)
                    Columns: n
      "
    `)
  })

  it('keep a common table that is used twice', async () => {
    const sql = 'with w as (select x, sum(y) as s from big group by x) select a.x from w a, w b where a.s = b.s'
    expect(await explained(sql)).toMatchInlineSnapshot(`
      "
      Materialize w  (rows=20)
        ->  Hash Aggregate  (rows=10)
              Group Key: x
              Aggregates: sum(y)
              ->  Scan on big  (rows=100000)
                    Columns: x, y
        ->  Hash Join  (rows=20)
              Hash Cond: (s = s)
              ->  CTE Scan on w  (rows=10)
              ->  CTE Scan on w  (rows=10)
      "
    `)
  })

  it('put the columns out in the order of the query', async () => {
    const { plan } = await planOf(
      'select small.name, big.y, big.id, small.id from big, small where big.small_id = small.id',
    )
    expect(plan.output.map(({ name }) => name)).toEqual(['name', 'y', 'id', 'id'])
  })

  it('sort below windows, once for windows of one order', async () => {
    const { plan } = await planOf(
      'select rank() over w, sum(x) over (w rows 1 preceding) from big window w as (partition by small_id order by x)',
    )
    const kinds = nodesOf(plan).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'window')).toHaveLength(2)
    expect(kinds.filter((kind) => kind === 'sort')).toHaveLength(1)
  })

  it('number rows for DISTINCT ON, INTERSECT ALL and EXCEPT ALL', async () => {
    const numbered = async (sql: string): Promise<number> =>
      nodesOf((await planOf(sql)).plan).filter(({ kind }) => kind === 'window').length
    expect(await numbered('select distinct on (small_id) x from big order by small_id, x')).toBe(1)
    expect(await numbered('select x from big except all select x from big')).toBe(2)
    expect(await numbered('select x from big intersect all select x from big')).toBe(2)
  })

  it('are plain data', async () => {
    const { plan } = await planOf(
      'select s.name, count(*) from big b, small s where b.small_id = s.id group by s.name order by 2',
    )
    expect(structuredClone(plan)).toEqual(plan)
    const ids = nodesOf(plan).map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

function nodesOf(plan: PhysicalPlan): readonly PhysicalPlan[] {
  return [plan, ...physicalInputs(plan).flatMap(nodesOf)]
}
