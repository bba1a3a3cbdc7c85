import { describe, expect, it } from 'vitest'
import { simplifyBooleans } from '../../../src/plan/rules/simplify-booleans.ts'
import { golden } from './rule-goldens.ts'

describe('simplify-booleans', () => {
  it('takes out what all alternatives have (TPC-H Q19)', async () => {
    const text = await golden(
      simplifyBooleans,
      'select 1 from t, u where (t.a = u.x and t.b < 5 and u.y = 1) or (t.a = u.x and t.b > 7 and u.y = 2)',
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Filter a = x AND b < 5 AND y = 1 OR a = x AND b > 7 AND y = 2
          Join cross
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      ->
      Project 1 as ?column?
        Filter a = x AND (b < 5 AND y = 1 OR b > 7 AND y = 2)
          Join cross
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      "
    `)
  })

  it('pushes NOT down and gathers equalities', async () => {
    const text = await golden(simplifyBooleans, 'select 1 from t where not (a <> 1 and a <> 2) and 5 < b and b > 5')
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Filter NOT (a <> 1 AND a <> 2) AND 5 < b AND b > 5
          Scan t (a, b, c, d, s)
      ->
      Project 1 as ?column?
        Filter a IN (1, 2) AND b > 5
          Scan t (a, b, c, d, s)
      "
    `)
  })

  it('leaves an alternative that demands nothing more', async () => {
    const text = await golden(simplifyBooleans, 'select 1 from t where (a = 1 and b = 2) or a = 1')
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Filter a = 1 AND b = 2 OR a = 1
          Scan t (a, b, c, d, s)
      ->
      Project 1 as ?column?
        Filter a = 1
          Scan t (a, b, c, d, s)
      "
    `)
  })
})
