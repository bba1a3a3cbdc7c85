import { describe, expect, it } from 'vitest'
import { decorrelate } from '../../../src/plan/rules/decorrelate.ts'
import { pushFilters } from '../../../src/plan/rules/push-filters.ts'
import { unnestSubqueries } from '../../../src/plan/rules/unnest-subqueries.ts'
import { golden } from './rule-goldens.ts'

describe('decorrelate', () => {
  it('groups by the key of an equality', async () => {
    const text = await golden(decorrelate, 'select a from t where b > (select avg(y) from u where u.x = t.a)', {
      after: [unnestSubqueries, pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Project a, b, c, d, s
          Filter CAST(b AS decimal(38,16)) > avg
            Join single dependent
              Scan t (a, b, c, d, s)
              Aggregate: avg(y) as avg
                Filter x = a
                  Scan u (x, y, z)
      ->
      Project a
        Project a, b, c, d, s
          Filter CAST(b AS decimal(38,16)) > avg#9
            Project a, b, c, d, s, avg#12 as avg#9
              Join left on x#11 = a
                Scan t (a, b, c, d, s)
                Aggregate by x#13 as x#11: avg(y) as avg#12
                  Scan u (x#13, y, z)
      "
    `)
  })

  it('counts zero where nothing matches', async () => {
    const text = await golden(decorrelate, 'select a, (select count(*) from u where u.x = t.a) from t', {
      after: [unnestSubqueries, pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project a, count#9 as count#10
        Join single dependent
          Scan t (a, b, c, d, s)
          Aggregate: count(*) as count#9
            Filter x = a
              Scan u (x, y, z)
      ->
      Project a, count#9 as count#10
        Project a, b, c, d, s, CASE WHEN matched IS NULL THEN 0 ELSE count#13 END as count#9
          Join left on x#12 = a
            Scan t (a, b, c, d, s)
            Project x#12, count#13, TRUE as matched
              Aggregate by x#14 as x#12: count(*) as count#13
                Scan u (x#14, y, z)
      "
    `)
  })

  it('joins with the distinct outer values where there is no equality', async () => {
    const text = await golden(decorrelate, 'select a, (select sum(y) from u where u.x < t.a) from t', {
      after: [unnestSubqueries, pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project a, sum#9 as sum#10
        Join single dependent
          Scan t (a, b, c, d, s)
          Aggregate: sum(y) as sum#9
            Filter x < a
              Scan u (x, y, z)
      ->
      Project a#1, sum#9 as sum#10
        Project a#1, b#2, c#3, d#4, s#5, sum#9
          Join single on a#1 IS NOT DISTINCT FROM a#18
            Scan t (a#1, b#2, c#3, d#4, s#5)
            Project sum#16 as sum#9, a#18
              Join left on a#18 IS NOT DISTINCT FROM a#11
                Distinct
                  Project a#18
                    Scan t (a#18, b#19, c#20, d#21, s#22)
                Project a#11, sum#16, TRUE as matched
                  Aggregate by a#11: sum(y) as sum#16
                    Filter x < a#11
                      Join cross
                        Distinct
                          Project a#11
                            Scan t (a#11, b#12, c#13, d#14, s#15)
                        Scan u (x, y, z)
      "
    `)
  })

  it('takes a correlated WHERE as the condition of a semi join', async () => {
    const text = await golden(
      decorrelate,
      'select a from t where exists (select 1 from u where u.x = t.a and u.y <> t.b)',
      { after: [unnestSubqueries, pushFilters] },
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Join semi dependent
          Scan t (a, b, c, d, s)
          Project 1 as ?column?
            Filter x = a AND y <> b
              Scan u (x, y, z)
      ->
      Project a
        Join semi on x = a AND y <> b
          Scan t (a, b, c, d, s)
          Project 1 as ?column?, x, y
            Scan u (x, y, z)
      "
    `)
  })

  it('keeps a mark two-valued in the WHERE', async () => {
    const text = await golden(decorrelate, 'select a, a in (select x from u where u.y = t.b) from t', {
      after: [unnestSubqueries, pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project a, mark as ?column?
        Join mark dependent mark on a = x
          Scan t (a, b, c, d, s)
          Project x
            Filter y = b
              Scan u (x, y, z)
      ->
      Project a, mark as ?column?
        Join mark mark on a = x AND (y = b) IS TRUE
          Scan t (a, b, c, d, s)
          Project x, y
            Scan u (x, y, z)
      "
    `)
  })

  it('goes through several levels', async () => {
    const text = await golden(
      decorrelate,
      'select a from t where exists (select 1 from u where u.x = t.a and exists (select 1 from v where v.k = u.z and v.w = t.b))',
      { after: [unnestSubqueries, pushFilters] },
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Join semi dependent
          Scan t (a, b, c, d, s)
          Project 1 as ?column?#12
            Join semi dependent
              Filter x = a
                Scan u (x, y, z)
              Project 1 as ?column?#11
                Filter k = z AND w = b
                  Scan v (k, w)
      ->
      Project a
        Join semi on x = a AND w = b
          Scan t (a, b, c, d, s)
          Project 1 as ?column?#12, x, w
            Join inner on k = z
              Scan u (x, y, z)
              Project 1 as ?column?#11, k, w
                Scan v (k, w)
      "
    `)
  })

  it('numbers rows for a limit', async () => {
    const text = await golden(decorrelate, 'select a, (select y from u where u.x = t.a order by z limit 1) from t', {
      after: [unnestSubqueries, pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project a, y#7 as y#9
        Join single dependent
          Scan t (a, b, c, d, s)
          Limit 1
            Project y#7
              Sort z
                Project y#7, z
                  Filter x = a
                    Scan u (x, y#7, z)
      ->
      Project a#1, y#7 as y#9
        Project a#1, b#2, c#3, d#4, s#5, y#7
          Join single on a#1 IS NOT DISTINCT FROM a#10
            Scan t (a#1, b#2, c#3, d#4, s#5)
            Project y#7, a#10
              Project y#7, z, a#10
                Filter row_number <= 1
                  Window row_number() as row_number partition by a#10 order by z
                    Project y#7, z, a#10
                      Filter x = a#10
                        Join cross
                          Distinct
                            Project a#10
                              Scan t (a#10, b#11, c#12, d#13, s#14)
                          Scan u (x, y#7, z)
      "
    `)
  })
})
