import { describe, expect, it } from 'vitest'
import { inlineCheapCtes } from '../../../src/plan/rules/inline-ctes.ts'
import { unnestSubqueries } from '../../../src/plan/rules/unnest-subqueries.ts'
import { golden } from './rule-goldens.ts'

describe('inline-ctes', () => {
  it('inlines what is used once', async () => {
    const text = await golden(
      inlineCheapCtes,
      'with w as (select a, count(*) as n from t group by a) select n from w where a = 1',
      { after: [unnestSubqueries] },
    )
    expect(text).toMatchInlineSnapshot(`
      "
      Project count
        Filter a = 1
          Project a, count
            Aggregate by a: count(*) as count
              Scan t (a, b, c, d, s)
      ->
      (unchanged)
      "
    `)
  })

  it('keeps what is used twice and costs something', async () => {
    const text = await golden(
      inlineCheapCtes,
      'with w as (select a, count(*) as n from t group by a) select w1.n from w w1, w w2',
      { after: [unnestSubqueries] },
    )
    expect(text).toMatchInlineSnapshot(`
      "
      With w (cte 1)
        Project a#1, count
          Aggregate by a#1: count(*) as count
            Scan t (a#1, b, c, d, s)
        Project n#8
          Join cross
            Cte w (cte 1): a#7, n#8
            Cte w (cte 1): a#9, n#10
      ->
      (unchanged)
      "
    `)
  })

  it('inlines what costs nothing', async () => {
    const text = await golden(inlineCheapCtes, 'with w as (select a from t where b = 1) select w1.a from w w1, w w2', {
      after: [unnestSubqueries],
    })
    expect(text).toMatchInlineSnapshot(`
      "
      With w (cte 1)
        Project a#1
          Filter b = 1
            Scan t (a#1, b, c, d, s)
        Project a#6
          Join cross
            Cte w (cte 1): a#6
            Cte w (cte 1): a#7
      ->
      Project a#6
        Join cross
          Project a#8 as a#6
            Project a#8
              Filter b#9 = 1
                Scan t (a#8, b#9, c#10, d#11, s#12)
          Project a#13 as a#7
            Project a#13
              Filter b#14 = 1
                Scan t (a#13, b#14, c#15, d#16, s#17)
      "
    `)
  })
})
