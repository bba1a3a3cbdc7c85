import { describe, expect, it } from 'vitest'
import { distinctToGroups } from '../../../src/plan/rules/distinct-to-groups.ts'
import { golden } from './rule-goldens.ts'

describe('distinct-to-groups', () => {
  it('groups by the value that all calls are of', async () => {
    const text = await golden(distinctToGroups, 'select count(distinct a + 1), max(distinct a + 1) from t')
    expect(text).toMatchInlineSnapshot(`
      "
      Aggregate: count(distinct a + 1) as count, max(distinct a + 1) as max
        Scan t (a, b, c, d, s)
      ->
      Aggregate: count(distinct) as count, max(distinct) as max
        Aggregate by a + 1 as distinct
          Scan t (a, b, c, d, s)
      "
    `)
  })

  it.each([
    'select count(distinct a), count(*) from t',
    'select count(distinct a), count(distinct b) from t',
    'select b, count(distinct a) from t group by b',
    'select count(distinct a) filter (where b > 1) from t',
    'select array_agg(distinct a) from t',
    'select count(a) from t',
  ])('leaves alone: %s', async (sql) => {
    expect(await golden(distinctToGroups, sql)).toContain('(unchanged)')
  })
})
