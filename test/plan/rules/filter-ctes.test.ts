import { describe, expect, it } from 'vitest'
import { filterCtes } from '../../../src/plan/rules/filter-ctes.ts'
import { foldExpressions } from '../../../src/plan/rules/fold-constants.ts'
import { pushFilters } from '../../../src/plan/rules/push-filters.ts'
import { simplifyBooleans } from '../../../src/plan/rules/simplify-booleans.ts'
import { unnestSubqueries } from '../../../src/plan/rules/unnest-subqueries.ts'
import { golden } from './rule-goldens.ts'

const after = [foldExpressions, simplifyBooleans, unnestSubqueries, pushFilters]

describe('filter-ctes', () => {
  it('computes the groups that some reference keeps', async () => {
    const text = await golden(
      filterCtes,
      `with w as (select a, b, count(*) as n from t group by a, b)
       select 1 from w w1, w w2 where w1.a = 1 and w1.n > 5 and w2.a = 2`,
      { after },
    )
    expect(text).toMatchInlineSnapshot(`
      "
      With w (cte 1)
        Project a#1, b#2, count
          Aggregate by a#1, b#2: count(*) as count
            Scan t (a#1, b#2, c, d, s)
        Project 1 as ?column?
          Join cross
            Filter a#7 = 1 AND n#9 > 5
              Cte w (cte 1): a#7, b#8, n#9
            Filter a#10 = 2
              Cte w (cte 1): a#10, b#11, n#12
      ->
      With w (cte 1)
        Project a#1, b#2, count
          Filter a#1 = 1 AND count > 5 OR a#1 = 2
            Aggregate by a#1, b#2: count(*) as count
              Scan t (a#1, b#2, c, d, s) where a#1 IN (1, 2)
        Project 1 as ?column?
          Join cross
            Filter a#7 = 1 AND n#9 > 5
              Cte w (cte 1): a#7, b#8, n#9
            Filter a#10 = 2
              Cte w (cte 1): a#10, b#11, n#12
      "
    `)
  })

  it('leaves out parts of a union', async () => {
    const text = await golden(
      filterCtes,
      `with w as (select a, 1 as kind from t union all select x, 2 from u union all select y, 3 from u)
       select 1 from w w1, w w2 where w1.kind = 1 and w2.kind = 2`,
      { after },
    )
    expect(text).toMatchInlineSnapshot(`
      "
      With w (cte 1)
        Union all (a#15, kind#16)
          Project a#1, 1 as kind#6
            Scan t (a#1, b, c, d, s)
          Project x#7, 2 as ?column?#10
            Scan u (x#7, y#8, z#9)
          Project y#12, 3 as ?column?#14
            Scan u (x#11, y#12, z#13)
        Project 1 as ?column?#21
          Join cross
            Filter kind#18 = 1
              Cte w (cte 1): a#17, kind#18
            Filter kind#20 = 2
              Cte w (cte 1): a#19, kind#20
      ->
      With w (cte 1)
        Union all (a#15, kind#16)
          Project a#1, 1 as kind#6
            Scan t (a#1, b, c, d, s)
          Project x, 2 as ?column?#10
            Scan u (x, y#8, z)
          Values (y#12, ?column?#14): 
        Project 1 as ?column?#21
          Join cross
            Filter kind#18 = 1
              Cte w (cte 1): a#17, kind#18
            Filter kind#20 = 2
              Cte w (cte 1): a#19, kind#20
      "
    `)
  })

  it('keeps all rows where one reference wants them', async () => {
    const text = await golden(
      filterCtes,
      'with w as (select a, count(*) as n from t group by a) select 1 from w w1, w w2 where w1.a = 1',
      { after },
    )
    expect(text).toContain('(unchanged)')
  })

  it('does not compute ahead what may fail', async () => {
    const text = await golden(
      filterCtes,
      'with w as (select a, count(*) as n from t group by a) select 1 from w w1, w w2 where 1 / w1.a = 1 and w2.a = 1',
      { after },
    )
    expect(text).toContain('(unchanged)')
  })
})
