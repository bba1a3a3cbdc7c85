import { describe, expect, it } from 'vitest'
import { pruneColumns } from '../../../src/plan/rules/prune-columns.ts'
import { golden } from './rule-goldens.ts'

describe('prune-columns', () => {
  it('reads what is used', async () => {
    const text = await golden(pruneColumns, 'select s.a from (select a, b, c from t where c > 1) s')
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Project a, b, c
          Filter c > 1
            Scan t (a, b, c, d, s)
      ->
      Project a
        Filter c > 1
          Scan t (a, c)
      "
    `)
  })

  it('drops aggregates and joins that nobody needs', async () => {
    const text = await golden(
      pruneColumns,
      'select s.a from (select t.a, sum(t.b) as p, max(q.n) as r from t left join (select x, count(*) as n from u group by x) q on q.x = t.c group by t.a) s',
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Project a, sum, max
          Aggregate by a: sum(b) as sum, max(count) as max
            Join left on x = c
              Scan t (a, b, c, d, s)
              Project x, count
                Aggregate by x: count(*) as count
                  Scan u (x, y, z)
      ->
      Aggregate by a
        Scan t (a)
      "
    `)
  })

  it('keeps the columns of DISTINCT', async () => {
    const text = await golden(pruneColumns, 'select count(*) from (select distinct a, b from t) s')
    expect(text).toMatchInlineSnapshot(`
      "
      Aggregate: count(*) as count
        Distinct
          Project a, b
            Scan t (a, b, c, d, s)
      ->
      Aggregate: count(*) as count
        Distinct
          Scan t (a, b)
      "
    `)
  })

  it('in common tables and unions', async () => {
    const text = await golden(
      pruneColumns,
      'with w as (select a, b, c from t) select w1.a from w w1, w w2 where w1.b = 1 union all select x from u',
    )
    expect(text).toMatchInlineSnapshot(`
      "
      With w (cte 1)
        Project a#1, b#2, c#3
          Scan t (a#1, b#2, c#3, d, s)
        Union all (a#15)
          Project a#6
            Filter b#7 = 1
              Join cross
                Cte w (cte 1): a#6, b#7, c#8
                Cte w (cte 1): a#9, b#10, c#11
          Project x
            Scan u (x, y, z)
      ->
      With w (cte 1)
        Scan t (a#1, b#2)
        Union all (a#15)
          Project a#6
            Filter b#7 = 1
              Join cross
                Cte w (cte 1): a#6, b#7
                Cte w (cte 1): 
          Scan u (x)
      "
    `)
  })
})
