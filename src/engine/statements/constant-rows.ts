/** Plans that folding has answered already: `select 1`, `values (1), (2)`. They need no executor, and so do not load one. */
import type { Expr, LiteralExpr } from '../../expr/expr.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { PhysicalPlan } from '../../plan/physical.ts'

/** The rows of a plan whose every expression is a literal; undefined for other plans. */
export function constantRows(plan: PhysicalPlan): readonly (readonly LiteralValue[])[] | undefined {
  if (plan.kind === 'values') {
    return plan.rows.every(areLiterals) ? plan.rows.map((row) => valuesOf(row as readonly LiteralExpr[])) : undefined
  }
  if (plan.kind !== 'project' || !areLiterals(plan.expressions)) return undefined
  const rows = constantRows(plan.child)
  return rows?.map(() => valuesOf(plan.expressions as readonly LiteralExpr[]))
}

function areLiterals(exprs: readonly Expr[]): boolean {
  return exprs.every(({ kind }) => kind === 'literal')
}

function valuesOf(literals: readonly LiteralExpr[]): readonly LiteralValue[] {
  return literals.map(({ value }) => value)
}
