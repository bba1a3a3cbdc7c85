/**
 * What Paimon's incremental query shows of finished changes (finish-changes.ts): rows of the table, without columns of the change.
 *
 *   rows    inserts and new versions
 *   kinds   the same with the kinds that they are stored with; rows that are gone are `-D`, but for those that were no rows before either
 *
 * Spec: Apache Paimon, "Incremental Query" and "Audit Log Table".
 */
import { BOOLEAN, VARCHAR } from '../../core/types.ts'
import { type Expr, and, call, column, literal } from '../../expr/expr.ts'
import { type TableChanges, changeFields } from '../../table/changes.ts'
import type { LogicalPlan, PlanColumn } from '../logical.ts'

const RETRACTIONS: readonly string[] = ['-U', '-D']

/** Whether the kind in a column is that of a row that is taken back. */
export function isRetraction(kind: PlanColumn): Expr {
  return isOneOf(kind, RETRACTIONS)
}

/** As many columns as the table that the changes are of has. `plan`: the finished changes. */
export function showChanges({ rows, show, carriesRowsOver }: TableChanges, plan: LogicalPlan): LogicalPlan {
  const names = changeFields(VARCHAR).map(({ name }) => name)
  const columns = plan.columns.slice(0, rows.schema.fields.length - names.length)
  const type = plan.columns.find(({ name }) => name === names[0])!
  if (show === 'rows') return selected(plan, isOneOf(type, ['insert', 'update_after']), columns.map(read), columns)
  // Changes that were recorded are shown as they are; in a difference of versions the new version stands for both.
  if (!carriesRowsOver) return { kind: 'project', child: plan, expressions: columns.map(read), columns }
  const [kind, others] = [columns[0]!, columns.slice(1)]
  const isGone = isOneOf(type, ['delete'])
  const isShown = and([not(isOneOf(type, ['update_before'])), not(and([isGone, isRetraction(kind)]))])
  const shown: Expr = {
    kind: 'case',
    branches: [{ when: isGone, then: literal('-D', VARCHAR) }],
    else: read(kind),
    type: VARCHAR,
  }
  return selected(plan, isShown, [shown, ...others.map(read)], columns)
}

function selected(
  child: LogicalPlan,
  predicate: Expr,
  expressions: readonly Expr[],
  columns: readonly PlanColumn[],
): LogicalPlan {
  const filter: LogicalPlan = { kind: 'filter', child, predicate, columns: child.columns }
  return { kind: 'project', child: filter, expressions, columns }
}

function isOneOf(from: PlanColumn, values: readonly string[]): Expr {
  const list = values.map((value) => literal(value, VARCHAR))
  return { kind: 'in', arg: read(from), values: list, negated: false, type: BOOLEAN }
}

function not(condition: Expr): Expr {
  return call('not', [condition], BOOLEAN)
}

function read({ id, type }: PlanColumn): Expr {
  return column(id, type)
}
