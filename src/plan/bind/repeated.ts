/** Operands that a plan needs more than once, such as x of `x BETWEEN a AND b`. */
import { type Expr, someExpr } from '../../expr/expr.ts'
import type { Expression } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import type { Scope } from './scope.ts'

/** Whether the expression holds a subquery: its plan may stand in one place only. */
export function hasSubquery(expr: Expr): boolean {
  return someExpr(expr, ({ kind }) => kind === 'subquery')
}

/** Gives the bound operand as often as it is asked for: the same object, or a new one each time when it holds a subquery. */
export function repeated(binder: Binder, ast: Expression, scope: Scope): () => Expr {
  const first = binder.expression(ast, scope)
  if (!hasSubquery(first)) return () => first
  let used = false
  return () => {
    if (used) return binder.expression(ast, scope)
    used = true
    return first
  }
}
