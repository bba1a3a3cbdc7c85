/**
 * A second copy of a plan, for plans that are needed at two places: every column and CTE that it makes gets a new number, what it
 * takes from plans around it stays.
 */
import { type Expr, rewriteExpr } from '../../expr/expr.ts'
import { type LogicalPlan, type PlanColumn, mapInputs } from '../logical.ts'
import { mapExpressions } from '../node-expressions.ts'
import { walkPlan } from './plan-rewrite.ts'
import type { RuleContext } from './rule.ts'

export interface PlanCopy {
  readonly plan: LogicalPlan
  /** New id of each column made within the plan. */
  readonly ids: ReadonlyMap<number, number>
}

export function copyPlan(plan: LogicalPlan, context: RuleContext): PlanCopy {
  const ids = new Map<number, number>()
  const ctes = new Map<number, number>()
  for (const node of walkPlan(plan)) {
    for (const { id } of node.columns) if (!ids.has(id)) ids.set(id, context.newId())
    if (node.kind === 'with') ctes.set(node.cteId, context.newCteId())
  }
  const renameColumn = (one: PlanColumn): PlanColumn => ({ ...one, id: ids.get(one.id) ?? one.id })
  const renameExpr = (expr: Expr): Expr =>
    rewriteExpr(expr, (part) => (part.kind === 'column' ? { ...part, id: ids.get(part.id) ?? part.id } : part))
  const copy = (node: LogicalPlan): LogicalPlan => {
    const next = mapExpressions(mapInputs(node, copy), renameExpr)
    const columns = next.columns.map(renameColumn)
    switch (next.kind) {
      case 'with':
        return { ...next, columns, cteId: ctes.get(next.cteId) ?? next.cteId }
      case 'cte-reference': {
        const definitionColumns = next.definitionColumns.map((id) => ids.get(id) ?? id)
        return { ...next, columns, cteId: ctes.get(next.cteId) ?? next.cteId, definitionColumns }
      }
      default:
        return { ...next, columns }
    }
  }
  return { plan: copy(plan), ids }
}
