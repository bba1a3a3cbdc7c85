import { describe, expect, it } from 'vitest'
import { pushFilters } from '../../../src/plan/rules/push-filters.ts'
import { golden } from './rule-goldens.ts'

describe('push-filters', () => {
  it('makes joins of products and fills scans', async () => {
    const text = await golden(
      pushFilters,
      'select t.a from t, u where t.a = u.x and t.b > 5 and u.y < 3 and t.b + u.y = 4',
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Filter a = x AND b > 5 AND y < 3 AND b + y = 4
          Join cross
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      ->
      Project a
        Join inner on a = x AND b + y = 4
          Scan t (a, b, c, d, s) where b > 5
          Scan u (x, y, z) where y < 3
      "
    `)
  })

  it('keeps to the kept side of an outer join', async () => {
    const text = await golden(
      pushFilters,
      'select t.a from t left join u on t.a = u.x and u.y > 1 and t.b = 2 where t.c = 3 and u.z = 4',
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Filter c = 3 AND z = 4
          Join left on a = x AND y > 1 AND b = 2
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      ->
      Project a
        Filter z = 4
          Join left on a = x AND b = 2
            Scan t (a, b, c, d, s) where c = 3
            Scan u (x, y, z) where y > 1
      "
    `)
  })

  it('passes groups, not aggregates', async () => {
    const text = await golden(
      pushFilters,
      'select s.a from (select a, count(*) as n from t group by a) s where s.a = 1 and s.n > 2',
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Filter a = 1 AND count > 2
          Project a, count
            Aggregate by a: count(*) as count
              Scan t (a, b, c, d, s)
      ->
      Project a
        Project a, count
          Filter count > 2
            Aggregate by a: count(*) as count
              Scan t (a, b, c, d, s) where a = 1
      "
    `)
  })

  it('does not pass a limit', async () => {
    const text = await golden(pushFilters, 'select s.a from (select a from t limit 3) s where s.a > 5')
    expect(text).toMatchInlineSnapshot(`
      "
      Filter a > 5
        Limit 3
          Project a
            Scan t (a, b, c, d, s)
      ->
      (unchanged)
      "
    `)
  })

  it('goes into each part of a union', async () => {
    const text = await golden(
      pushFilters,
      'select p from (select a + 1 as p from t union all select x from u) s where p > 5',
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Filter p#10 > 5
        Union all (p#10)
          Project a + 1 as p#6
            Scan t (a, b, c, d, s)
          Project x
            Scan u (x, y, z)
      ->
      Union all (p#10)
        Project a + 1 as p#6
          Scan t (a, b, c, d, s) where a + 1 > 5
        Project x
          Scan u (x, y, z) where x > 5
      "
    `)
  })
})
