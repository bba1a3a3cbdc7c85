import { describe, expect, it } from 'vitest'
import { pushLimits } from '../../../src/plan/rules/push-limits.ts'
import { golden } from './rule-goldens.ts'

describe('push-limits', () => {
  it('makes a top-n', async () => {
    const text = await golden(pushLimits, 'select a + 1 as p from t order by b limit 10 offset 2')
    expect(text).toMatchInlineSnapshot(`
      "
      Limit 10 offset 2
        Project p
          Sort b
            Project a + 1 as p, b
              Scan t (a, b, c, d, s)
      ->
      Project p
        Sort b limit 10 offset 2
          Project a + 1 as p, b
            Scan t (a, b, c, d, s)
      "
    `)
  })

  it('stops the scan', async () => {
    const text = await golden(pushLimits, 'select a from t limit 5 offset 1')
    expect(text).toMatchInlineSnapshot(`
      "
      Limit 5 offset 1
        Project a
          Scan t (a, b, c, d, s)
      ->
      Project a
        Limit 5 offset 1
          Scan t (a, b, c, d, s) limit 6
      "
    `)
  })

  it('caps the parts of a union', async () => {
    const text = await golden(pushLimits, 'select a from t union all select x from u limit 5')
    expect(text).toMatchInlineSnapshot(`
      "
      Limit 5
        Union all (a#9)
          Project a#1
            Scan t (a#1, b, c, d, s)
          Project x
            Scan u (x, y, z)
      ->
      Limit 5
        Union all (a#9)
          Project a#1
            Limit 5
              Scan t (a#1, b, c, d, s) limit 5
          Project x
            Limit 5
              Scan u (x, y, z) limit 5
      "
    `)
  })

  it('does not pass filters', async () => {
    const text = await golden(pushLimits, 'select a from t where b = 1 limit 5')
    expect(text).toMatchInlineSnapshot(`
      "
      Limit 5
        Project a
          Filter b = 1
            Scan t (a, b, c, d, s)
      ->
      Project a
        Limit 5
          Filter b = 1
            Scan t (a, b, c, d, s)
      "
    `)
  })
})
