/** Boolean expressions where a clause or an operator demands one. */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { BOOLEAN } from '../../core/types.ts'
import type { Expr } from '../../expr/expr.ts'
import type { Expression } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { printedType } from './printed-type.ts'
import type { Scope } from './scope.ts'
import { coerce, isUntyped } from './typing.ts'

/** Binds a condition; `what` names the clause or operator: `WHERE`, `JOIN/ON`, `AND`. */
export function bindCondition(binder: Binder, ast: Expression, scope: Scope, what: string): Expr {
  return asBoolean(binder, binder.expression(ast, scope), what, ast.at)
}

/** The expression if it is boolean (untyped ones are read as such); 42804 for other types. */
export function asBoolean(binder: Binder, expr: Expr, what: string, at: TextRange): Expr {
  if (expr.type.kind === 'boolean') return expr
  if (isUntyped(expr)) return coerce(binder, expr, BOOLEAN, at)
  throw new SqlError('42804', `argument of ${what} must be type boolean, not type ${printedType(expr)}`, { at })
}
