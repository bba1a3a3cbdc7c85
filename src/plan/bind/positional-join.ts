/** POSITIONAL JOIN: the first row beside the first, the second beside the second, NULLs where one side has no more. */
import { BIGINT, BOOLEAN } from '../../core/types.ts'
import { type Expr, call, column } from '../../expr/expr.ts'
import type { LogicalPlan, PlanColumn } from '../logical.ts'
import type { Binder } from './binder.ts'
import { numberRows } from './numbered-rows.ts'
import type { FromItem } from './scope.ts'

/** `left` and `right` as they are after a full join: every column may be NULL. */
export function joinByPosition(binder: Binder, left: FromItem, right: FromItem): FromItem {
  const a = numberRows(binder, left.plan, [], ['row_number'])
  const b = numberRows(binder, right.plan, [], ['row_number'])
  const numbers = [...a.numbers, ...b.numbers].map(nullable)
  const places = numbers.map(({ id }) => column(id, BIGINT))
  const joined: LogicalPlan = {
    kind: 'join',
    type: 'full',
    left: a.plan,
    right: b.plan,
    condition: call('eq', places, BOOLEAN),
    dependent: false,
    columns: [...a.plan.columns, ...b.plan.columns].map(nullable),
  }
  const place: Expr = call('coalesce', places, BIGINT)
  const order = binder.newColumn('position', BIGINT, false)
  const placed: LogicalPlan = {
    kind: 'project',
    child: joined,
    expressions: [...joined.columns.map(({ id, type }) => column(id, type)), place],
    columns: [...joined.columns, order],
  }
  const sorted: LogicalPlan = {
    kind: 'sort',
    child: placed,
    keys: [{ expr: column(order.id, BIGINT), descending: false, nullsFirst: false }],
    limit: null,
    offset: 0,
    columns: placed.columns,
  }
  const columns = [...left.plan.columns, ...right.plan.columns]
  const plan: LogicalPlan = {
    kind: 'project',
    child: sorted,
    expressions: columns.map(({ id, type }) => column(id, type)),
    columns,
  }
  return {
    plan,
    lateral: false,
    relations: [...left.relations, ...right.relations],
    columns: [...left.columns, ...right.columns],
  }
}

function nullable(from: PlanColumn): PlanColumn {
  return from.nullable ? from : { ...from, nullable: true }
}
