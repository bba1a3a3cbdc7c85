/** CASE: a simple one becomes a searched one; all results get one type. */
import { type Expr, literal } from '../../expr/expr.ts'
import type { Case } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { bindCondition } from './conditions.ts'
import { repeated } from './repeated.ts'
import type { Scope } from './scope.ts'
import { refuseConditional } from './set-returning.ts'
import { callOperator, cannotMatch, unify } from './typing.ts'

export function bindCase(binder: Binder, ast: Case, scope: Scope): Expr {
  const { operand, branches, at } = ast
  const before = scope.unnested?.length ?? 0
  const subject = operand === null ? null : repeated(binder, operand, scope)
  const whens = branches.map(({ when }) => {
    if (subject === null) return bindCondition(binder, when, scope, 'CASE/WHEN')
    const value = binder.expression(when, scope)
    return callOperator(binder, 'eq', '=', [subject(), value], [operand!.at, when.at], when.at)
  })
  const results = [
    ...branches.map(({ then }) => binder.expression(then, scope)),
    ast.else === null ? literal(null, { kind: 'null' }) : binder.expression(ast.else, scope),
  ]
  refuseConditional(scope, before, 'CASE', at)
  const places = [...branches.map(({ then }) => then.at), ast.else?.at ?? at]
  const unified = unify(binder, results, places)
  if (unified === null) throw cannotMatch('CASE', results, at)
  return {
    kind: 'case',
    branches: whens.map((when, i) => ({ when, then: unified.exprs[i]! })),
    else: unified.exprs.at(-1)!,
    type: unified.type,
  }
}
