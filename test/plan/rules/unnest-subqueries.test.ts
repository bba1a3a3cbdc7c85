import { describe, expect, it } from 'vitest'
import { unnestSubqueries } from '../../../src/plan/rules/unnest-subqueries.ts'
import { golden } from './rule-goldens.ts'

describe('unnest-subqueries', () => {
  it('makes semi and anti joins of conjuncts', async () => {
    const text = await golden(
      unnestSubqueries,
      'select a from t where a in (select x from u) and not exists (select 1 from v where v.k = t.c)',
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Filter (a) IN (subquery 1) AND NOT EXISTS (subquery 2)
          Scan t (a, b, c, d, s)
      ->
      Project a
        Join anti dependent
          Join semi on a = x
            Scan t (a, b, c, d, s)
            Project x
              Scan u (x, y, z)
          Project 1 as ?column?
            Filter k = c
              Scan v (k, w)
      "
    `)
  })

  it('matches NULLs in the anti join of NOT IN', async () => {
    const text = await golden(
      unnestSubqueries,
      'select a from t where a not in (select x from u) and c not in (select k from v)',
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Filter (a) NOT IN (subquery 1) AND (c) NOT IN (subquery 2)
          Scan t (a, b, c, d, s)
      ->
      Project a
        Join anti on c = k
          Join anti on a = x OR a IS NULL OR x IS NULL
            Scan t (a, b, c, d, s)
            Project x
              Scan u (x, y, z)
          Project k
            Scan v (k, w)
      "
    `)
  })

  it('makes a mark where the value counts', async () => {
    const text = await golden(unnestSubqueries, 'select a in (select x from u), b < all (select y from u) from t')
    expect(text).toMatchInlineSnapshot(`
      "
      Project (a) IN (subquery 1) as ?column?#12, (b) < ALL (subquery 2) as ?column?#13
        Scan t (a, b, c, d, s)
      ->
      Project mark#14 as ?column?#12, NOT mark#15 as ?column?#13
        Join mark mark#15 on b >= y#10
          Join mark mark#14 on a = x#6
            Scan t (a, b, c, d, s)
            Project x#6
              Scan u (x#6, y#7, z#8)
          Project y#10
            Scan u (x#9, y#10, z#11)
      "
    `)
  })

  it('compares with a single row first', async () => {
    const text = await golden(
      unnestSubqueries,
      'select a from t where exists (select 1 from u where u.x = t.a) and b > (select max(y) from u)',
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Filter EXISTS (subquery 1) AND b > (subquery 2)
          Scan t (a, b, c, d, s)
      ->
      Project a
        Project a, b, c, d, s
          Join semi dependent
            Filter b > max
              Join single
                Scan t (a, b, c, d, s)
                Aggregate: max(y#11) as max
                  Scan u (x#10, y#11, z#12)
            Project 1 as ?column?
              Filter x#6 = a
                Scan u (x#6, y#7, z#8)
      "
    `)
  })

  it('attaches to the side of an outer join that is read', async () => {
    const text = await golden(
      unnestSubqueries,
      'select t.a from t left join u on t.a = u.x and u.y in (select w from v)',
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Join left on a = x AND (y) IN (subquery 1)
          Scan t (a, b, c, d, s)
          Scan u (x, y, z)
      ->
      Project a
        Project a, b, c, d, s, x, y, z
          Join left on a = x AND mark
            Scan t (a, b, c, d, s)
            Join mark mark on y = w
              Scan u (x, y, z)
              Project w
                Scan v (k, w)
      "
    `)
  })
})
