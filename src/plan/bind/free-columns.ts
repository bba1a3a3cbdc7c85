/** Which columns a plan reads that it does not make itself: those of the queries around it. */
import { type Expr, childrenOf } from '../../expr/expr.ts'
import { type LogicalPlan, inputsOf, mapInputs } from '../logical.ts'
import { expressionsOf, mapExpressions } from '../node-expressions.ts'

type Subqueries = ReadonlyMap<number, LogicalPlan>

/** Ids of the columns that `plan` (with the subqueries in it) reads from outside. */
export function freeColumns(plan: LogicalPlan, subqueries: Subqueries): Set<number> {
  const made = new Set<number>()
  const read = new Set<number>()
  collect(plan, subqueries, made, read)
  for (const id of made) read.delete(id)
  return read
}

/** Ids of the columns that an expression reads, those that subqueries in it read from outside included. */
export function columnsRead(expr: Expr, subqueries: Subqueries): Set<number> {
  const made = new Set<number>()
  const read = new Set<number>()
  collectExpr(expr, subqueries, made, read)
  for (const id of made) read.delete(id)
  return read
}

function collect(plan: LogicalPlan, subqueries: Subqueries, made: Set<number>, read: Set<number>): void {
  // A projection passes columns on under their own id: only what a leaf or an expression makes is made here.
  const passed = new Set(passedColumns(plan))
  for (const { id } of plan.columns) if (!passed.has(id)) made.add(id)
  for (const expr of expressionsOf(plan)) collectExpr(expr, subqueries, made, read)
  for (const input of inputsOf(plan)) collect(input, subqueries, made, read)
}

function collectExpr(expr: Expr, subqueries: Subqueries, made: Set<number>, read: Set<number>): void {
  if (expr.kind === 'column') read.add(expr.id)
  const plan = expr.kind === 'subquery' ? subqueries.get(expr.plan) : undefined
  if (plan !== undefined) collect(plan, subqueries, made, read)
  for (const child of childrenOf(expr)) collectExpr(child, subqueries, made, read)
}

/** Output columns that are expressions `column(id)` of the same id. */
function passedColumns(plan: LogicalPlan): readonly number[] {
  const exprs = plan.kind === 'project' ? plan.expressions : plan.kind === 'aggregate' ? plan.groups : []
  return exprs.flatMap((expr, i) => (expr.kind === 'column' && expr.id === plan.columns[i]!.id ? [expr.id] : []))
}

/** The plan with every expression in it rewritten (not those of its subqueries). */
export function mapAllExpressions(plan: LogicalPlan, change: (expr: Expr) => Expr): LogicalPlan {
  return mapExpressions(
    mapInputs(plan, (input) => mapAllExpressions(input, change)),
    change,
  )
}
