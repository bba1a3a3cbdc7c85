import { describe, expect, it } from 'vitest'
import { pushFilters } from '../../../src/plan/rules/push-filters.ts'
import { removeRedundant } from '../../../src/plan/rules/remove-redundant.ts'
import { unnestSubqueries } from '../../../src/plan/rules/unnest-subqueries.ts'
import { golden } from './rule-goldens.ts'

describe('remove-redundant', () => {
  it('drops DISTINCT of groups', async () => {
    const text = await golden(removeRedundant, 'select distinct a from (select a from t group by a) s', {
      after: [unnestSubqueries, pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Distinct
        Aggregate by a
          Scan t (a, b, c, d, s)
      ->
      Aggregate by a
        Scan t (a, b, c, d, s)
      "
    `)
  })

  it('drops orders that nobody sees', async () => {
    const text = await golden(removeRedundant, 'select count(*) from (select a from t order by b) s', {
      after: [unnestSubqueries, pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Aggregate: count(*) as count
        Project a
          Sort b
            Project a, b
              Scan t (a, b, c, d, s)
      ->
      Aggregate: count(*) as count
        Project a
          Project a, b
            Scan t (a, b, c, d, s)
      "
    `)
  })

  it('makes inner joins of semi joins with unique keys (TPC-H Q18)', async () => {
    const text = await golden(
      removeRedundant,
      'select a from t where a in (select x from u group by x having sum(y) > 300)',
      { after: [unnestSubqueries, pushFilters] },
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Join semi on a = x
          Scan t (a, b, c, d, s)
          Project x
            Filter sum > 300
              Aggregate by x: sum(y) as sum
                Scan u (x, y, z)
      ->
      Project a
        Project a, b, c, d, s
          Join inner on a = x
            Scan t (a, b, c, d, s)
            Project x
              Filter sum > 300
                Aggregate by x: sum(y) as sum
                  Scan u (x, y, z)
      "
    `)
  })
})
