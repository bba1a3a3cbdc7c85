import { describe, expect, it } from 'vitest'
import { deriveFilters } from '../../../src/plan/rules/derive-filters.ts'
import { pushFilters } from '../../../src/plan/rules/push-filters.ts'
import { simplifyBooleans } from '../../../src/plan/rules/simplify-booleans.ts'
import { golden } from './rule-goldens.ts'

describe('derive-filters', () => {
  it('from alternatives that span both sides (TPC-H Q7)', async () => {
    const text = await golden(
      deriveFilters,
      'select 1 from t, u where t.a = u.x and ((t.b = 1 and u.y = 2) or (t.b = 2 and u.y = 1))',
      { after: [simplifyBooleans, pushFilters] },
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Join inner on a = x AND (b = 1 AND y = 2 OR b = 2 AND y = 1)
          Scan t (a, b, c, d, s)
          Scan u (x, y, z)
      ->
      Project 1 as ?column?
        Join inner on a = x AND (b = 1 AND y = 2 OR b = 2 AND y = 1)
          Filter b IN (1, 2)
            Scan t (a, b, c, d, s)
          Filter y IN (2, 1)
            Scan u (x, y, z)
      "
    `)
  })

  it('from equalities', async () => {
    const text = await golden(deriveFilters, 'select 1 from t left join u on t.a = u.x where t.a > 5', {
      after: [simplifyBooleans, pushFilters],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Join left on a = x
          Scan t (a, b, c, d, s) where a > 5
          Scan u (x, y, z)
      ->
      Project 1 as ?column?
        Join left on a = x
          Scan t (a, b, c, d, s) where a > 5
          Filter x > 5
            Scan u (x, y, z)
      "
    `)
  })
})
