import { describe, expect, it } from 'vitest'
import { foldExpressions } from '../../../src/plan/rules/fold-constants.ts'
import { unwrapCasts } from '../../../src/plan/rules/unwrap-casts.ts'
import { golden } from './rule-goldens.ts'

describe('unwrap-casts', () => {
  it('compares dates as dates', async () => {
    const text = await golden(
      unwrapCasts,
      "select 1 from t where cast(d as timestamp) <= timestamp '1994-01-01 12:00:00' and cast(d as timestamp) = timestamp '1994-01-01'",
      { after: [foldExpressions] },
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Filter CAST(d AS timestamp) <= TIMESTAMP '1994-01-01 12:00:00' AND CAST(d AS timestamp) = TIMESTAMP '1994-01-01 00:00:00'
          Scan t (a, b, c, d, s)
      ->
      Project 1 as ?column?
        Filter d <= DATE '1994-01-01' AND d = DATE '1994-01-01'
          Scan t (a, b, c, d, s)
      "
    `)
  })

  it('rounds to the side that keeps the answer', async () => {
    const text = await golden(
      unwrapCasts,
      'select 1 from t where cast(a as decimal(12,2)) < 24.5 and cast(b as decimal(12,2)) >= 24.5 and cast(c as decimal(12,2)) > 24',
      { after: [foldExpressions] },
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Filter CAST(a AS decimal(12,2)) < 24.50 AND CAST(b AS decimal(12,2)) >= 24.50 AND CAST(c AS decimal(12,2)) > 24.00
          Scan t (a, b, c, d, s)
      ->
      Project 1 as ?column?
        Filter a <= 24 AND b > 24 AND c > 24
          Scan t (a, b, c, d, s)
      "
    `)
  })

  it('leaves what no value equals, and what lies outside', async () => {
    const text = await golden(
      unwrapCasts,
      'select 1 from t where cast(a as decimal(12,2)) = 24.5 and cast(b as bigint) < 5000000000',
      { after: [foldExpressions] },
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Filter CAST(a AS decimal(12,2)) = 24.50 AND CAST(b AS bigint) < 5000000000
          Scan t (a, b, c, d, s)
      ->
      (unchanged)
      "
    `)
  })

  it('drops list values that the type lacks', async () => {
    const text = await golden(unwrapCasts, 'select 1 from t where cast(a as bigint) in (1, 5)', {
      after: [foldExpressions],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Filter CAST(a AS bigint) IN (1, 5)
          Scan t (a, b, c, d, s)
      ->
      Project 1 as ?column?
        Filter a IN (1, 5)
          Scan t (a, b, c, d, s)
      "
    `)
  })

  it('compares columns of one type', async () => {
    const text = await golden(unwrapCasts, 'select 1 from t, u where cast(t.a as bigint) = cast(u.x as bigint)', {
      after: [foldExpressions],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Filter CAST(a AS bigint) = CAST(x AS bigint)
          Join cross
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      ->
      Project 1 as ?column?
        Filter a = x
          Join cross
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
      "
    `)
  })
})
