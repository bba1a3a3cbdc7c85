/** LIKE, ILIKE, SIMILAR TO and their kin: pattern functions of the registry, the escape character as a third argument. */
import { BOOLEAN } from '../../core/types.ts'
import { type Expr, call } from '../../expr/expr.ts'
import type { Like } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import type { Scope } from './scope.ts'
import { callOperator } from './typing.ts'

const NAMES: Readonly<
  Record<Like['operator'], { readonly name: string; readonly symbol: string; readonly hasNegation: boolean }>
> = {
  like: { name: 'like', symbol: '~~', hasNegation: true },
  ilike: { name: 'ilike', symbol: '~~*', hasNegation: true },
  similar: { name: 'similar_to', symbol: 'SIMILAR TO', hasNegation: false },
  glob: { name: 'glob', symbol: 'GLOB', hasNegation: false },
  regexp: { name: 'regexp_match', symbol: '~', hasNegation: false },
}

export function bindLike(binder: Binder, ast: Like, scope: Scope): Expr {
  const { operand, pattern, escape, negated, at } = ast
  const { name, symbol, hasNegation } = NAMES[ast.operator]
  const parts = escape === null ? [operand, pattern] : [operand, pattern, escape]
  const args = parts.map((part) => binder.expression(part, scope))
  const places = parts.map((part) => part.at)
  const direct = negated && hasNegation
  const result = callOperator(binder, direct ? `not_${name}` : name, direct ? `!${symbol}` : symbol, args, places, at)
  return negated && !direct ? call('not', [result], BOOLEAN) : result
}
