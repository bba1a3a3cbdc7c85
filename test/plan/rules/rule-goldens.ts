/** Plans before and after one rule, as text. */
import type { Table, TableStatistics } from '../../../src/table/table.ts'
import type { LogicalPlan } from '../../../src/plan/logical.ts'
import { printLogical } from '../../../src/plan/print-logical.ts'
import type { Rule } from '../../../src/plan/rules/rule.ts'
import { makeRuleContext } from '../../../src/plan/rules/rule-context.ts'
import { verifyPlan } from '../../../src/plan/rules/verify-plan.ts'
import { bindText, contextOf, tablesOf } from '../bind/fake-table.ts'

export const TABLES: ReadonlyMap<string, Table> = tablesOf(`
  create table t (a integer, b integer, c integer not null, d date, s varchar);
  create table u (x integer, y integer, z integer not null);
  create table v (k integer not null, w integer);
`)

const SESSION = { nowMicros: 0n, timeZone: 'UTC' }

export interface GoldenOptions {
  /** Rules that run before. */
  readonly after?: readonly Rule[]
  readonly statistics?: (table: Table) => TableStatistics | undefined
}

/** The plan of `sql` before `rule`, and after it; `(unchanged)` when the rule gives back the same object. */
export async function golden(rule: Rule, sql: string, options: GoldenOptions = {}): Promise<string> {
  const query = await bindText(sql, contextOf(TABLES))
  const context = makeRuleContext(query, {
    session: SESSION,
    statistics: options.statistics ?? (() => undefined),
  })
  let plan: LogicalPlan = query.plan
  for (const earlier of options.after ?? []) plan = earlier.apply(plan, context)
  const next = rule.apply(plan, context)
  verifyPlan(next, query.plan.columns, rule.name)
  const again = rule.apply(next, context)
  if (printLogical(again) !== printLogical(next)) throw new Error(`${rule.name} is not done after one run`)
  const after = next === plan ? '(unchanged)' : printLogical(next)
  return `\n${printLogical(plan)}\n->\n${after}\n`
}
