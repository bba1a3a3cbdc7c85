/** Walking and rewriting plans. What does not change comes back as the same object. */
import { type Expr, childrenOf, columnsOf, rewriteExpr } from '../../expr/expr.ts'
import { type LogicalPlan, inputsOf } from '../logical.ts'
import { expressionsOf } from '../node-expressions.ts'
import { withInputs } from './plan-build.ts'

/** Rewrites inputs first, then the node itself. */
export function rewriteUp(plan: LogicalPlan, change: (plan: LogicalPlan) => LogicalPlan): LogicalPlan {
  return change(withInputs(plan, (input) => rewriteUp(input, change)))
}

/** Every node, parents first. */
export function walkPlan(plan: LogicalPlan): readonly LogicalPlan[] {
  const nodes: LogicalPlan[] = []
  addNodes(plan, nodes)
  return nodes
}

function addNodes(plan: LogicalPlan, nodes: LogicalPlan[]): void {
  nodes.push(plan)
  for (const input of inputsOf(plan)) addNodes(input, nodes)
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
  const visit = (node: LogicalPlan): void => {
    for (const { id } of node.columns) made.add(id)
    for (const expr of expressionsOf(node)) {
      for (const id of columnsOf(expr)) free.add(id)
      if (subqueries !== undefined) addSubqueryColumns(expr, subqueries, free)
    }
    inputsOf(node).forEach(visit)
  }
  visit(plan)
  for (const id of made) free.delete(id)
  return free
}

function addSubqueryColumns(expr: Expr, subqueries: ReadonlyMap<number, LogicalPlan>, free: Set<number>): void {
  const plan = expr.kind === 'subquery' ? subqueries.get(expr.plan) : undefined
  if (plan !== undefined) for (const id of freeColumns(plan, subqueries)) free.add(id)
  for (const child of childrenOf(expr)) addSubqueryColumns(child, subqueries, free)
}

/** By list of columns, which nodes that pass them on have in common. */
const columnIds = new WeakMap<LogicalPlan['columns'], ReadonlySet<number>>()

/** Ids of the columns of `plan`. */
export function idsOf({ columns }: LogicalPlan): ReadonlySet<number> {
  let ids = columnIds.get(columns)
  if (ids === undefined) {
    const made = new Set<number>()
    for (const { id } of columns) made.add(id)
    columnIds.set(columns, (ids = made))
  }
  return ids
}

/** Does `expr` read columns of `ids` only? */
export function readsOnly(expr: Expr, ids: ReadonlySet<number>): boolean {
  for (const id of columnsOf(expr)) if (!ids.has(id)) return false
  return true
}

/** Does `expr` read any column of `ids`? */
export function readsAny(expr: Expr, ids: ReadonlySet<number>): boolean {
  for (const id of columnsOf(expr)) if (ids.has(id)) return true
  return false
}
