import { describe, expect, it } from 'vitest'
import { aggregatesToWindows } from '../../../src/plan/rules/aggregates-to-windows.ts'
import { decorrelate } from '../../../src/plan/rules/decorrelate.ts'
import { pushFilters } from '../../../src/plan/rules/push-filters.ts'
import { unnestSubqueries } from '../../../src/plan/rules/unnest-subqueries.ts'
import { outerToInner } from '../../../src/plan/rules/outer-to-inner.ts'
import { golden } from './rule-goldens.ts'

const options = { after: [unnestSubqueries, pushFilters, decorrelate, pushFilters, outerToInner, pushFilters] }
const rewritten = (sql: string): Promise<string> => golden(aggregatesToWindows, sql, options)
const FEW = 'u.z = 1 and u.y = 2'

describe('aggregates-to-windows', () => {
  it('reads the table of a correlated aggregate once', async () => {
    const sql = `select t.b from t, u where t.a = u.x and ${FEW} and t.b < (select 2 * avg(i.b) from t i where i.a = u.x)`
    expect(await rewritten(sql)).toMatchInlineSnapshot(`
      "
      Project b#2
        Project a#1, b#2, c#3, d#4, s#5, x, y, z
          Project a#1, b#2, c#3, d#4, s#5, x, y, z, ?column?#17 as ?column?#15
            Join inner on a#18 = x AND CAST(b#2 AS decimal(38,16)) < ?column?#17
              Join inner on a#1 = x
                Scan t (a#1, b#2, c#3, d#4, s#5)
                Scan u (x, y, z) where z = 1 AND y = 2
              Project 2 * avg as ?column?#17, a#18
                Aggregate by a#20 as a#18: avg(b#21) as avg
                  Scan t as i (a#20, b#21, c#22, d#23, s#24)
      ->
      Project b
        Project a#1, b, c, d, s, x, y, z
          Project a#1, b, c, d, s, x, y, z, ?column?#17 as ?column?#15
            Project a#1, b, c, d, s, x, y, z, 2 * avg as ?column?#17, a#1 as a#18
              Filter CAST(b AS decimal(38,16)) < 2 * avg
                Window avg(b) as avg partition by a#1
                  Join inner on a#1 = x
                    Scan t (a#1, b, c, d, s)
                    Scan u (x, y, z) where z = 1 AND y = 2
      "
    `)
  })

  it('keeps what is joined by other columns than the keys above', async () => {
    const sql = `select t.b from t, u, v where t.a = u.x and ${FEW} and t.c = v.k
      and t.b = (select min(i.b) from t i where i.a = u.x)`
    expect(await rewritten(sql)).toMatchInlineSnapshot(`
      "
      Project b#2
        Project a#1, b#2, c#3, d#4, s#5, x, y, z, k, w
          Project a#1, b#2, c#3, d#4, s#5, x, y, z, k, w, min#19 as min#16
            Join inner on a#18 = x AND b#2 = min#19
              Join inner on c#3 = k
                Join inner on a#1 = x
                  Scan t (a#1, b#2, c#3, d#4, s#5)
                  Scan u (x, y, z) where z = 1 AND y = 2
                Scan v (k, w)
              Aggregate by a#20 as a#18: min(b#21) as min#19
                Scan t as i (a#20, b#21, c#22, d#23, s#24)
      ->
      Project b
        Project a#1, b, c, d, s, x, y, z, k, w
          Project a#1, b, c, d, s, x, y, z, k, w, min#19 as min#16
            Project a#1, b, c, d, s, x, y, z, k, w, a#1 as a#18, min#19
              Join inner on c = k AND b = min#19
                Window min(b) as min#19 partition by a#1
                  Join inner on a#1 = x
                    Scan t (a#1, b, c, d, s)
                    Scan u (x, y, z) where z = 1 AND y = 2
                Scan v (k, w)
      "
    `)
  })

  it('counts only where nothing else is joined below', async () => {
    const few = 't.a = 1 and t.b = 2 and t.c = 3'
    const alone = `select b from t where ${few} and b < (select count(*) from t i where i.a = t.a)`
    expect(await rewritten(alone)).toContain('(unchanged)')
    const joined = `select t.b from t, u where t.a = u.x and ${FEW} and t.b < (select sum(i.b) from t i where i.a = u.x)`
    expect(await rewritten(joined)).toContain('(unchanged)')
  })

  it.each([
    ['the subquery has a condition that the query has not', 'i.a = u.x and i.c > 5', FEW],
    ['another table', 'i.a = u.x and exists (select from v where v.k = i.c)', FEW],
    ['many rows', 'i.a = u.x', 'true'],
    ['a random condition', 'i.a = u.x', `${FEW} and random() < t.b`],
  ])('leaves alone: %s', async (_, inner, outer) => {
    const sql = `select t.b from t, u where t.a = u.x and ${outer} and t.b < (select min(i.b) from t i where ${inner})`
    expect(await rewritten(sql)).toContain('(unchanged)')
  })
})
