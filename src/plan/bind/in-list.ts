/** `a IN (1, 2, 3)`: literals become an InListExpr, anything else a disjunction of comparisons. */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { BOOLEAN, isInteger } from '../../core/types.ts'
import { commonType } from '../../expr/coerce.ts'
import { type Expr, type LiteralExpr, and, call } from '../../expr/expr.ts'
import { foldConstants } from '../../expr/fold.ts'
import type { Expression, InList } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { or } from './operators.ts'
import { repeated } from './repeated.ts'
import type { Scope } from './scope.ts'
import { callOperator, unify } from './typing.ts'

export function bindInList(binder: Binder, ast: InList, scope: Scope): Expr {
  const { operand, values, negated, at } = ast
  if (operand.kind === 'row') {
    const matches = or(values.map((value) => rowEquals(binder, operand.values, value, scope, at)))
    return negated ? call('not', [matches], BOOLEAN) : matches
  }
  return inValues(
    binder,
    repeated(binder, operand, scope),
    values.map((value) => binder.expression(value, scope)),
    [operand.at, ...values.map((value) => value.at)],
    negated,
    at,
  )
}

/** `operand IN values`; `places` are those of operand and values. */
export function inValues(
  binder: Binder,
  operand: () => Expr,
  values: readonly Expr[],
  places: readonly TextRange[],
  negated: boolean,
  at: TextRange,
): Expr {
  const arg = operand()
  const same = sameTypedList(arg, values, negated)
  if (same !== null) return same
  const equalities = values.map((value, i) =>
    callOperator(binder, 'eq', '=', [arg, value], [places[0]!, places[i + 1]!], at),
  )
  return (
    literalList(binder, equalities, negated) ??
    unifiedList(binder, arg, values, places, negated) ??
    comparisons(binder, operand, values, places, negated, at)
  )
}

/** Literals that have the very type of the left side, as those of an array have: many thousands are bound as quickly as one. */
function sameTypedList(arg: Expr, values: readonly Expr[], negated: boolean): Expr | null {
  const isSame = (value: Expr): value is LiteralExpr => value.kind === 'literal' && value.type === arg.type
  if (!isInteger(arg.type) || values.length === 0 || !values.every(isSame)) return null
  return { kind: 'in', arg, values, negated, type: BOOLEAN }
}

/** When every comparison is of the same left side with a literal. */
function literalList(binder: Binder, equalities: readonly Expr[], negated: boolean): Expr | null {
  const literals: LiteralExpr[] = []
  let left: Expr | null = null
  for (const equality of equalities) {
    if (equality.kind !== 'call' || equality.name !== 'eq') return null
    const [a, b] = equality.args as readonly [Expr, Expr]
    // The left side was bound once: it is the same object unless a conversion was put around it.
    if (left !== null && a !== left) return null
    left = a
    const value = foldToLiteral(binder, b)
    if (value === null) return null
    literals.push(value)
  }
  return left === null ? null : { kind: 'in', arg: left, values: literals, negated, type: BOOLEAN }
}

/** Values of several types: all in the common one. */
function unifiedList(
  binder: Binder,
  arg: Expr,
  values: readonly Expr[],
  places: readonly TextRange[],
  negated: boolean,
): Expr | null {
  const unified = unify(binder, [arg, ...values], places, commonType)
  if (unified === null || unified.type.kind === 'null') return null
  const literals = unified.exprs.slice(1).map((value) => foldToLiteral(binder, value))
  if (literals.includes(null)) return null
  return {
    kind: 'in',
    arg: unified.exprs[0]!,
    values: literals as LiteralExpr[],
    negated,
    type: BOOLEAN,
  }
}

function comparisons(
  binder: Binder,
  operand: () => Expr,
  values: readonly Expr[],
  places: readonly TextRange[],
  negated: boolean,
  at: TextRange,
): Expr {
  const [name, symbol] = negated ? ['ne', '<>'] : ['eq', '=']
  const parts = values.map((value, i) =>
    callOperator(binder, name!, symbol!, [operand(), value], [places[0]!, places[i + 1]!], at),
  )
  return negated ? and(parts) : or(parts)
}

function foldToLiteral(binder: Binder, expr: Expr): LiteralExpr | null {
  if (expr.kind === 'literal') return expr
  const folded = foldConstants(expr, binder.context.session)
  return folded.kind === 'literal' ? folded : null
}

function rowEquals(binder: Binder, left: readonly Expression[], right: Expression, scope: Scope, at: TextRange): Expr {
  if (right.kind !== 'row' || right.values.length !== left.length) {
    throw new SqlError('42601', 'unequal number of entries in row expressions', { at: right.at })
  }
  return and(
    left.map((value, i) => {
      const other = right.values[i]!
      const args = [binder.expression(value, scope), binder.expression(other, scope)]
      return callOperator(binder, 'eq', '=', args, [value.at, other.at], at)
    }),
  )
}
