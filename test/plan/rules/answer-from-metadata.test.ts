import { describe, expect, it } from 'vitest'
import { answerFromMetadata, questionsForMetadata } from '../../../src/plan/rules/answer-from-metadata.ts'
import { pruneColumns } from '../../../src/plan/rules/prune-columns.ts'
import type { TableStatistics } from '../../../src/table/table.ts'
import { makeRuleContext } from '../../../src/plan/rules/rule-context.ts'
import { bindText, contextOf } from '../bind/fake-table.ts'
import { TABLES, golden } from './rule-goldens.ts'

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

describe('questions for tables that only estimated', () => {
  const asked = async (sql: string): Promise<unknown[]> => {
    const query = await bindText(sql, contextOf(TABLES))
    const context = makeRuleContext(query, { session: { nowMicros: 0n, timeZone: 'UTC' }, statistics: () => undefined })
    return [...questionsForMetadata(pruneColumns.apply(query.plan, context)).values()].map((one) => [...one])
  }

  it.each<[string, unknown[]]>([
    ['select count(*) from t', [[]]],
    [
      'select min(a), max(a), count(b), count(s), count(*) from t',
      [
        [
          ['a', 'bounds'],
          ['b', 'nulls'],
          ['s', 'nulls'],
        ],
      ],
    ],
    ['select count(a), max(a) from t', [[['a', 'bounds']]]],
    ['select (select max(a) from t), (select min(x) from u)', []],
    // Long texts are cut.
    ['select max(s) from t', []],
    ['select sum(a) from t', []],
    ['select count(distinct a) from t', []],
    ['select max(a) filter (where b = 1) from t', []],
    ['select max(a) from t where b = 1', []],
    ['select max(a) from t group by b', []],
    ['select max(a + 1) from t', []],
  ])('%s', async (sql, questions) => {
    expect(await asked(sql)).toEqual(questions)
  })
})

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
