import { describe, expect, it } from 'vitest'
import { decorrelate } from '../../../src/plan/rules/decorrelate.ts'
import { pushFilters } from '../../../src/plan/rules/push-filters.ts'
import { shareEqualPlans } from '../../../src/plan/rules/share-equal-plans.ts'
import { unnestSubqueries } from '../../../src/plan/rules/unnest-subqueries.ts'
import { golden } from './rule-goldens.ts'

const options = { after: [unnestSubqueries, pushFilters, decorrelate, pushFilters] }
const rewritten = (sql: string): Promise<string> => golden(shareEqualPlans, sql, options)
const FEW = 't.a = u.x and t.b = 1 and u.y = 2'

describe('share-equal-plans', () => {
  it('computes equal joins once, whatever columns are taken of them', async () => {
    const sql = `select t.a, count(*) from t, u where ${FEW} group by t.a having count(*) > (select avg(u.z) from t, u where ${FEW})`
    expect(await rewritten(sql)).toMatchInlineSnapshot(`
      "
      Project a#1, count
        Filter CAST(count AS decimal(38,16)) > avg
          Join single
            Aggregate by a#1: count(*) as count
              Join inner on a#1 = x#6
                Scan t (a#1, b#2, c#3, d#4, s#5) where b#2 = 1
                Scan u (x#6, y#7, z#8) where y#7 = 2
            Aggregate: avg(z#17) as avg
              Join inner on a#10 = x#15
                Scan t (a#10, b#11, c#12, d#13, s#14) where b#11 = 1
                Scan u (x#15, y#16, z#17) where y#16 = 2
      ->
      Project a#1, count
        Filter CAST(count AS decimal(38,16)) > avg
          With shared (cte 1)
            Join inner on a#19 = x#24
              Scan t (a#19, b#20, c#21, d#22, s#23) where b#20 = 1
              Scan u (x#24, y#25, z#26) where y#25 = 2
            Join single
              Aggregate by a#1: count(*) as count
                Cte shared (cte 1): a#1, b#2, c#3, d#4, s#5, x#6, y#7, z#8
              Aggregate: avg(z#17) as avg
                Cte shared (cte 1): a#10, b#11, c#12, d#13, s#14, x#15, y#16, z#17
      "
    `)
  })

  it('shares what equal parts have in common, the largest first', async () => {
    const inner = `select t.a as p, max(u.z) as q from t, u where ${FEW} group by t.a`
    const sql = `select 1 from (${inner}) i, (${inner}) k, (select t.b from t, u where ${FEW}) l where i.p = k.p`
    expect(await rewritten(sql)).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Join cross
          Join inner on a#1 = a#10
            Project a#1, max#9
              Aggregate by a#1: max(z#8) as max#9
                Join inner on a#1 = x#6
                  Scan t (a#1, b#2, c#3, d#4, s#5) where b#2 = 1
                  Scan u (x#6, y#7, z#8) where y#7 = 2
            Project a#10, max#18
              Aggregate by a#10: max(z#17) as max#18
                Join inner on a#10 = x#15
                  Scan t (a#10, b#11, c#12, d#13, s#14) where b#11 = 1
                  Scan u (x#15, y#16, z#17) where y#16 = 2
          Project b#20
            Join inner on a#19 = x#24
              Scan t (a#19, b#20, c#21, d#22, s#23) where b#20 = 1
              Scan u (x#24, y#25, z#26) where y#25 = 2
      ->
      Project 1 as ?column?
        With shared (cte 2)
          Join inner on a#37 = x#42
            Scan t (a#37, b#38, c#39, d#40, s#41) where b#38 = 1
            Scan u (x#42, y#43, z#44) where y#43 = 2
          Join cross
            With shared (cte 1)
              Aggregate by a#28: max(z#36) as max#29
                Cte shared (cte 2): a#28, b#30, c#31, d#32, s#33, x#34, y#35, z#36
              Join inner on a#1 = a#10
                Project a#1, max#9
                  Cte shared (cte 1): a#1, max#9
                Project a#10, max#18
                  Cte shared (cte 1): a#10, max#18
            Project b#20
              Cte shared (cte 2): a#19, b#20, c#21, d#22, s#23, x#24, y#25, z#26
      "
    `)
  })

  it.each([
    ['another condition', 't.a = u.x and t.b = 1 and u.y = 3'],
    ['another join', 't.a = u.z and t.b = 1 and u.y = 2'],
  ])('leaves alone: %s', async (_, other) => {
    const sql = `select 1 from (select t.b from t, u where ${FEW}) i, (select t.b from t, u where ${other}) k`
    expect(await rewritten(sql)).toContain('(unchanged)')
  })

  it('shares what is below a random condition only', async () => {
    const part = `select t.b from t, u where ${FEW} and random() < 0.5`
    const plan = await rewritten(`select 1 from (${part}) i, (${part}) k`)
    expect(plan.match(/Filter random/g)).toHaveLength(4)
    expect(plan.match(/Cte shared/g)).toHaveLength(2)
  })

  it('keeps apart what gives as many rows as it reads', async () => {
    const all = 'select t.b from t left join u on t.a = u.x'
    expect(await rewritten(`select 1 from (${all}) i, (${all}) k`)).toContain('(unchanged)')
  })
})
