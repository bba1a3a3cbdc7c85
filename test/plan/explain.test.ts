import { describe, expect, it } from 'vitest'
import { explainJson, explainText } from '../../src/plan/explain.ts'
import { planPhysical } from '../../src/plan/physical-planner.ts'
import { optimize } from '../../src/plan/rules/index.ts'
import { bindText, contextOf, tablesOf } from './bind/fake-table.ts'

const TABLES = tablesOf('create table t (a integer, b integer); create table u (x integer, y varchar);')
const options = {
  disabledRules: new Set<string>(),
  session: { nowMicros: 0n, timeZone: 'UTC' },
  statistics: () => undefined,
}

async function planOf(sql: string) {
  return planPhysical(optimize(await bindText(sql, contextOf(TABLES)), options), options).plan
}

describe('EXPLAIN', () => {
  it('says what each node does', async () => {
    const plan = await planOf(
      "select t.b, count(*) from t join u on t.a = u.x where u.y <> 'it''s' group by t.b order by 2 desc limit 3",
    )
    expect(`\n${explainText(plan).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      Top-N Sort  (rows=3)
        Sort Key: count DESC
        Limit: 3
        ->  Hash Aggregate  (rows=316)
              Group Key: b
              Aggregates: count(*)
              ->  Hash Join  (rows=96000)
                    Hash Cond: (a = x)
                    ->  Scan on t  (rows=100000)
                          Columns: a, b
                    ->  Scan on u  (rows=96000)
                          Columns: x, y
                          Filter: y <> 'it''s'
      "
    `)
  })

  it('adds what was counted, zeros where nothing was', async () => {
    const plan = await planOf('select a from t where b = 1')
    const metrics = new Map([
      [plan.id, { rows: 3, time_ms: 1.5, files_total: 4, files_scanned: 2, rows_pruned_by_filter: 7 }],
    ])
    expect(`\n${explainText(plan, metrics).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      Scan on t  (rows=4000) (actual rows=3 time=1.500 ms loops=1)
        Columns: a, b
        Filter: b = 1
        files_total: 4
        files_scanned: 2
        row_groups_scanned: 0
        bytes_read: 0
        rows_pruned_by_filter: 7
      "
    `)
    expect(explainJson(plan, metrics)).toMatchObject({
      'Node Type': 'Scan',
      'Relation Name': 't',
      'Actual Rows': 3,
      files_scanned: 2,
      files_total: 4,
    })
    expect(explainJson(plan, new Map())).toMatchObject({
      files_scanned: 0,
      files_total: 0,
      'Actual Rows': 0,
    })
  })

  it('has no counters without ANALYZE', async () => {
    const plan = await planOf('select a from t')
    expect(Object.keys(explainJson(plan))).toEqual([
      'Node Type',
      'Node Id',
      'Relation Name',
      'Format',
      'Plan Rows',
      'Plan Bytes',
      'Columns',
    ])
  })
})
