import { describe, expect, it } from 'vitest'
import { answerFromMetadata } from '../../../src/plan/rules/answer-from-metadata.ts'
import { pruneColumns } from '../../../src/plan/rules/prune-columns.ts'
import type { TableStatistics } from '../../../src/table/table.ts'
import { golden } from './rule-goldens.ts'

const exact: TableStatistics = {
  rowCount: 7,
  exact: true,
  byteCount: 100,
  fileCount: 1,
  columns: new Map([
    ['a', { min: 1, max: 5, exact: true, nullCount: 2 }],
    ['s', { min: 'aaa', max: 'zzz', exact: false, nullCount: 0 }],
  ]),
}

describe('answer-from-metadata', () => {
  it('knows counts and bounds', async () => {
    const text = await golden(answerFromMetadata, 'select count(*), count(a), min(a), max(a) from t', {
      after: [pruneColumns],
      statistics: () => exact,
    })
    expect(text).toMatchInlineSnapshot(`
      "
      Aggregate: count(*) as count#6, count(a) as count#7, min(a) as min, max(a) as max
        Scan t (a)
      ->
      Values (count#6, count#7, min, max): (7, 5, 1, 5)
      "
    `)
  })

  it.each([
    ['truncated bounds', 'select max(s) from t', exact],
    ['sums', 'select sum(a) from t', exact],
    ['filtered rows', 'select count(*) from t where a > 1', exact],
    ['groups', 'select a, count(*) from t group by a', exact],
    ['unknown columns', 'select count(b) from t', exact],
    ['deleted rows', 'select count(*) from t', { ...exact, exact: false }],
  ])('reads the table for %s', async (_, sql, statistics) => {
    const text = await golden(answerFromMetadata, sql, {
      after: [pruneColumns],
      statistics: () => statistics,
    })
    expect(text).toContain('(unchanged)')
  })
})
