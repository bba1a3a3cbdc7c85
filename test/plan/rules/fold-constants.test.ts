import { describe, expect, it } from 'vitest'
import { foldExpressions } from '../../../src/plan/rules/fold-constants.ts'
import { golden } from './rule-goldens.ts'

describe('fold-constants', () => {
  it('evaluates what has no columns', async () => {
    const text = await golden(
      foldExpressions,
      "select a from t where d <= date '1998-12-01' - interval '90 days' and true",
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Filter CAST(d AS timestamp) <= CAST(DATE '1998-12-01' AS timestamp) - INTERVAL '90 days' AND TRUE
          Scan t (a, b, c, d, s)
      ->
      Project a
        Filter CAST(d AS timestamp) <= TIMESTAMP '1998-09-02 00:00:00'
          Scan t (a, b, c, d, s)
      "
    `)
  })

  it('ends in no rows where nothing can pass', async () => {
    const text = await golden(foldExpressions, 'select t.a from t, u where t.a = u.x and 1 = 2')
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Filter a = x AND 1 = 2
          Join cross
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      ->
      Values (a): 
      "
    `)
  })

  it('keeps what would fail', async () => {
    const text = await golden(foldExpressions, 'select a from t where a = 1 / 0')
    expect(text).toMatchInlineSnapshot(`
      "
      Project a
        Filter a = 1 / 0
          Scan t (a, b, c, d, s)
      ->
      (unchanged)
      "
    `)
  })
})
