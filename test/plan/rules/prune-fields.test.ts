import { describe, expect, it } from 'vitest'
import { typeName } from '../../../src/core/types.ts'
import type { LogicalPlan } from '../../../src/plan/logical.ts'
import { inputsOf } from '../../../src/plan/logical.ts'
import { optimize } from '../../../src/plan/rules/index.ts'
import { bindText, contextOf, tablesOf } from '../bind/fake-table.ts'

const TABLES = tablesOf('create table t (a integer, st struct(x integer, y struct(p integer, q varchar), z varchar));')

/** The types with which the scans read `st`. */
async function readTypes(sql: string): Promise<string[]> {
  const query = await bindText(sql, contextOf(TABLES))
  const session = { nowMicros: 0n, timeZone: 'UTC' }
  const plan = optimize(query, {
    disabledRules: new Set(),
    session,
    statistics: () => undefined,
    verify: true,
  })
  return scansOf(plan).flatMap((scan) => {
    const place = scan.projection.findIndex(({ name }) => name === 'st')
    return place < 0 ? [] : [typeName(scan.projection[place]!.type)]
  })
}

function scansOf(plan: LogicalPlan): readonly Extract<LogicalPlan, { kind: 'scan' }>[] {
  return plan.kind === 'scan' ? [plan] : inputsOf(plan).flatMap(scansOf)
}

const WHOLE = 'struct(x integer, y struct(p integer, q varchar), z varchar)'

describe('prune-fields', () => {
  it.each([
    ['select (st).x from t', 'struct(x integer)'],
    ["select (st).y.p from t where (st).z = 'a'", 'struct(y struct(p integer), z varchar)'],
    ['select (st).y.p, (st).y from t', 'struct(y struct(p integer, q varchar))'],
    ['select max((st).x) from t group by (st).y.q', 'struct(x integer, y struct(q varchar))'],
    ['select s.st.x from (select st, a from t where a > 1) s', 'struct(x integer)'],
    ['select st from t where (st).x = 1', WHOLE],
    ['select (st).x from t where st is not null', WHOLE],
    ['select count(*) from (select distinct st from t) s', WHOLE],
    ['select (s.st).x from (select st from t union all select st from t) s', WHOLE],
  ])('%s', async (sql, type) => {
    expect(new Set(await readTypes(sql))).toEqual(new Set([type]))
  })
})
