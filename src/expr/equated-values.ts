/** Conjuncts that name values of an expression: `x = 1`, `1 = x`, `x IN (1, 2)`. */
import type { Expr } from './expr.ts'

/** What is equated, and with which expressions; undefined and none for other predicates. */
export function equatedValues(part: Expr): readonly [Expr | undefined, readonly Expr[]] {
  if (part.kind === 'in' && !part.negated) return [part.arg, part.values]
  if (part.kind !== 'call' || part.name !== 'eq') return [undefined, []]
  const [left, right] = part.args
  return right?.kind === 'literal' ? [left, [right]] : [right, [left!]]
}
