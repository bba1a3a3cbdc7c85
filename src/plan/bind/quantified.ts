/** `a = ANY (...)`, `a < ALL (...)` over a subquery or an array. */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { BOOLEAN, type DataType } from '../../core/types.ts'
import { type Expr, type LiteralValue, and, call, literal } from '../../expr/expr.ts'
import type { Expression, Quantified, Query } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { inValues } from './in-list.ts'
import { isNullable } from './nullability.ts'
import { comparisonName, operatorName, or } from './operators.ts'
import { repeated } from './repeated.ts'
import { quantifiedRow } from './row-with-query.ts'
import type { Scope } from './scope.ts'
import { compareWithQuery } from './subqueries.ts'
import { callOperator, coerce, isUntyped } from './typing.ts'

export function bindQuantified(binder: Binder, ast: Quantified, scope: Scope): Expr {
  const { operator, quantifier, operand, at } = ast
  if (!ast.sourceIsQuery) return bindOverArray(binder, ast, ast.source as Expression, scope)
  const comparison = comparisonName(operator)
  if (comparison === null) throw unsupported(`operator ${operator} with ${quantifier.toUpperCase()}`, { at })
  const form = quantifier === 'any' && comparison === 'eq' ? 'in' : quantifier
  const query = ast.source as Query
  if (
    operand.kind === 'row' &&
    operand.values.length > 1 &&
    form !== 'in' &&
    !(quantifier === 'all' && comparison === 'ne')
  ) {
    return bindQuantified(binder, quantifiedRow(binder, ast, operand, query, scope), scope)
  }
  // `<> ALL` is NOT IN, for which the optimizer has better plans.
  if (quantifier === 'all' && comparison === 'ne') {
    return compareWithQuery(
      binder,
      { operand, query, form: 'in', comparison: 'eq', symbol: operator, negated: true, at },
      scope,
    )
  }
  return compareWithQuery(binder, { operand, query, form, comparison, symbol: operator, negated: false, at }, scope)
}

function bindOverArray(binder: Binder, ast: Quantified, source: Expression, scope: Scope): Expr {
  const { operator, quantifier, operand, at } = ast
  const operandOf = repeated(binder, operand, scope)
  if (source.kind === 'array') {
    const values = source.elements.map((element) => binder.expression(element, scope))
    return overValues(
      binder,
      ast,
      operandOf,
      values,
      source.elements.map((element) => element.at),
    )
  }
  const arg = operandOf()
  const sourceOf = repeated(binder, source, scope)
  let list = sourceOf()
  if (isUntyped(list)) {
    const type: DataType = {
      kind: 'list',
      element: { name: 'element', type: arg.type, nullable: true },
    }
    list = coerce(binder, list, type, source.at)
  }
  const { type } = list
  if (type.kind !== 'list') {
    throw new SqlError('42809', `op ${quantifier.toUpperCase()}/ALL (array) requires array on right side`, { at })
  }
  if (list.kind === 'literal') {
    if (list.value === null) return literal(null, BOOLEAN)
    const values = (list.value as readonly LiteralValue[]).map((value) => literal(value, type.element.type))
    return overValues(
      binder,
      ast,
      operandOf,
      values,
      values.map(() => source.at),
    )
  }
  const found = overList(binder, { operator, quantifier, arg, list, element: type.element.type, at })
  return isNullable(binder, list) ? orNull(found, quantifier, sourceOf()) : found
}

/** A list that is NULL has no elements, but says nothing: NULL, where one without elements makes ANY false and ALL true. */
function orNull(found: Expr, quantifier: 'any' | 'all', list: Expr): Expr {
  const empty = literal(quantifier === 'all', BOOLEAN)
  const isNull = call('is_null', [list], BOOLEAN)
  const known: Expr = {
    kind: 'case',
    branches: [{ when: isNull, then: literal(null, BOOLEAN) }],
    else: empty,
    type: BOOLEAN,
  }
  return quantifier === 'all' ? and([found, known]) : or([found, known])
}

function overValues(
  binder: Binder,
  { operator, quantifier, operand, at }: Quantified,
  arg: () => Expr,
  values: readonly Expr[],
  places: readonly TextRange[],
): Expr {
  if (values.length === 0) return literal(quantifier === 'all', BOOLEAN)
  const allPlaces = [operand.at, ...places]
  if (operator === '=' && quantifier === 'any') return inValues(binder, arg, values, allPlaces, false, at)
  if (operator === '<>' && quantifier === 'all') return inValues(binder, arg, values, allPlaces, true, at)
  const name = operatorName(operator, at)
  const parts = values.map((value, i) =>
    callOperator(binder, name, operator, [arg(), value], [operand.at, places[i]!], at),
  )
  return quantifier === 'any' ? or(parts) : and(parts)
}

/** Over the elements of a list that is only known row by row: a subquery that unnests it. */
function overList(
  binder: Binder,
  ast: {
    readonly operator: string
    readonly quantifier: 'any' | 'all'
    readonly arg: Expr
    readonly list: Expr
    readonly element: DataType
    readonly at: TextRange
  },
): Expr {
  const comparison = comparisonName(ast.operator)
  if (comparison === null) {
    throw unsupported(`operator ${ast.operator} with ${ast.quantifier.toUpperCase()}`, {
      at: ast.at,
    })
  }
  const element = binder.newColumn('element', ast.element, true)
  const compared = callOperator(
    binder,
    comparison,
    ast.operator,
    [ast.arg, { kind: 'column', id: element.id, type: element.type }],
    [ast.at, ast.at],
    ast.at,
  )
  if (compared.kind !== 'call') throw unsupported('this comparison with an array', { at: ast.at })
  const [left, right] = compared.args as readonly [Expr, Expr]
  const unnest = {
    kind: 'unnest',
    child: { kind: 'values', rows: [[]], columns: [] },
    lists: [ast.list],
    ordinality: false,
    outer: false,
    columns: [element],
  } as const
  const output = binder.newColumn('element', right.type, true)
  const plan =
    right.kind === 'column'
      ? unnest
      : ({ kind: 'project', child: unnest, expressions: [right], columns: [output] } as const)
  return {
    kind: 'subquery',
    form: ast.quantifier,
    plan: binder.addSubquery(plan),
    args: [left],
    comparison,
    negated: false,
    type: BOOLEAN,
  }
}
