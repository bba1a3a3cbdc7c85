/** Walking and rewriting plans. What does not change comes back as the same object. */
import { type Expr, columnsOf, rewriteExpr, walkExpr } from '../../expr/expr.ts'
import { type LogicalPlan, inputsOf } from '../logical.ts'
import { expressionsOf } from '../node-expressions.ts'
import { withInputs } from './plan-build.ts'

/** Rewrites inputs first, then the node itself. */
export function rewriteUp(plan: LogicalPlan, change: (plan: LogicalPlan) => LogicalPlan): LogicalPlan {
  return change(withInputs(plan, (input) => rewriteUp(input, change)))
}

/** Every node, parents first. */
export function* walkPlan(plan: LogicalPlan): Generator<LogicalPlan> {
  yield plan
  for (const input of inputsOf(plan)) yield* walkPlan(input)
}

/** `expr` with columns replaced by expressions, by id. */
export function substitute(expr: Expr, replacements: ReadonlyMap<number, Expr>): Expr {
  if (replacements.size === 0) return expr
  return rewriteExpr(expr, (part) => (part.kind === 'column' ? (replacements.get(part.id) ?? part) : part))
}

/** Ids that the plan reads and does not make: the columns of plans around it. Subquery plans are looked into. */
export function freeColumns(plan: LogicalPlan, subqueries?: ReadonlyMap<number, LogicalPlan>): Set<number> {
  const free = new Set<number>()
  const made = new Set<number>()
  for (const node of walkPlan(plan)) {
    for (const { id } of node.columns) made.add(id)
    for (const expr of expressionsOf(node)) {
      for (const id of columnsOf(expr)) free.add(id)
      if (subqueries !== undefined) addSubqueryColumns(expr, subqueries, free)
    }
  }
  for (const id of made) free.delete(id)
  return free
}

function addSubqueryColumns(expr: Expr, subqueries: ReadonlyMap<number, LogicalPlan>, free: Set<number>): void {
  for (const part of walkExpr(expr)) {
    const plan = part.kind === 'subquery' ? subqueries.get(part.plan) : undefined
    if (plan !== undefined) for (const id of freeColumns(plan, subqueries)) free.add(id)
  }
}

/** Ids of the columns of `plans`. */
export function idsOf(...plans: readonly LogicalPlan[]): Set<number> {
  return new Set(plans.flatMap((plan) => plan.columns.map(({ id }) => id)))
}

/** Does `expr` read columns of `ids` only? */
export function readsOnly(expr: Expr, ids: ReadonlySet<number>): boolean {
  for (const part of walkExpr(expr)) if (part.kind === 'column' && !ids.has(part.id)) return false
  return true
}

/** Does `expr` read any column of `ids`? */
export function readsAny(expr: Expr, ids: ReadonlySet<number>): boolean {
  for (const part of walkExpr(expr)) if (part.kind === 'column' && ids.has(part.id)) return true
  return false
}
