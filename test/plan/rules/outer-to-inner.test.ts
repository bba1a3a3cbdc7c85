import { describe, expect, it } from 'vitest'
import { outerToInner } from '../../../src/plan/rules/outer-to-inner.ts'
import { pushFilters } from '../../../src/plan/rules/push-filters.ts'
import { unnestSubqueries } from '../../../src/plan/rules/unnest-subqueries.ts'
import { golden } from './rule-goldens.ts'

describe('outer-to-inner', () => {
  it('drops filled rows by a filter above', async () => {
    const text = await golden(outerToInner, 'select t.a from t left join u on t.a = u.x where u.y > 3', {
      after: [pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Filter y > 3
          Join left on a = x
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      ->
      Project a
        Filter y > 3
          Join inner on a = x
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      "
    `)
  })

  it('keeps filled rows that may pass', async () => {
    const text = await golden(outerToInner, 'select t.a from t left join u on t.a = u.x where u.y > 3 or u.y is null', {
      after: [pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Filter y > 3 OR y IS NULL
          Join left on a = x
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      ->
      (unchanged)
      "
    `)
  })

  it('makes full joins one-sided', async () => {
    const text = await golden(outerToInner, 'select t.a from t full join u on t.a = u.x where t.b > 3', {
      after: [pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Filter b > 3
          Join full on a = x
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      ->
      Project a
        Filter b > 3
          Join left on a = x
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      "
    `)
  })

  it('by the condition of a join above', async () => {
    const text = await golden(outerToInner, 'select t.a from t left join u on t.a = u.x join v on v.k = u.z', {
      after: [pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Join inner on k = z
          Join left on a = x
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
          Scan v (k, w)
      ->
      Project a
        Join inner on k = z
          Join inner on a = x
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
          Scan v (k, w)
      "
    `)
  })

  it('takes the one row of an aggregate', async () => {
    const text = await golden(outerToInner, 'select a from t where b > (select max(y) from u)', {
      after: [unnestSubqueries],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Project a, b, c, d, s
          Filter b > max
            Join single
              Scan t (a, b, c, d, s)
              Aggregate: max(y) as max
                Scan u (x, y, z)
      ->
      Project a
        Project a, b, c, d, s
          Filter b > max
            Join cross
              Scan t (a, b, c, d, s)
              Aggregate: max(y) as max
                Scan u (x, y, z)
      "
    `)
  })

  it('makes a relation of a scalar subquery that may have several rows', async () => {
    const text = await golden(outerToInner, 'select a from t where b = (select y from u where x = 1)', {
      after: [unnestSubqueries, pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Project a, b, c, d, s
          Filter b = y
            Join single
              Scan t (a, b, c, d, s)
              Project y
                Scan u (x, y, z) where x = 1
      ->
      Project a
        Project a, b, c, d, s
          Filter b = y
            Join cross
              Scan t (a, b, c, d, s)
              Join single
                Values ()
                Project y
                  Scan u (x, y, z) where x = 1
      "
    `)
  })

  it('makes an anti join where a filter wants what was filled', async () => {
    const text = await golden(outerToInner, 'select a, y from t left join u on a = x where x is null', {
      after: [pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project a, y
        Filter x IS NULL
          Join left on a = x
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      ->
      Project a, y#7
        Filter x#6 IS NULL
          Project a, b, c, d, s, NULL as x#6, NULL as y#7, NULL as z#8
            Join anti on a = x#9
              Scan t (a, b, c, d, s)
              Scan u (x#9, y#10, z#11)
      "
    `)
  })

  it('keeps a join whose matches may be NULL too', async () => {
    const text = await golden(outerToInner, 'select a, y from t left join u on a = x where y is null', {
      after: [pushFilters],
    })
    expect(text).toContain('(unchanged)')
  })
})
