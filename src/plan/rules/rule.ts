/**
 * What a rewrite rule is. A rule is a file in this folder that exports one `Rule`, and a line in index.ts.
 *
 * Contract: the plan that comes back gives the same rows in the same columns (ids and types), and is the same object when nothing
 * changed. A rule never looks at names of columns.
 */
import type { SessionValues } from '../../expr/functions/function.ts'
import type { Table, TableStatistics } from '../../table/table.ts'
import type { LogicalPlan } from '../logical.ts'

export interface Rule {
  /** What EXPLAIN prints and `SET disabled_rules` takes. */
  readonly name: string
  /** Rewrites a whole plan. */
  apply(plan: LogicalPlan, context: RuleContext): LogicalPlan
  /** Later stages cannot do without it: `disabled_rules` does not turn it off. */
  readonly required?: boolean
}

export interface RuleContext {
  /** Plans of SubqueryExpr nodes, by their number. */
  readonly subqueries: ReadonlyMap<number, LogicalPlan>
  readonly session: SessionValues
  /** A column id that no column has. */
  readonly newId: () => number
  /** A CTE number that no WithNode has. */
  readonly newCteId: () => number
  readonly statistics: (table: Table) => TableStatistics | undefined
}
