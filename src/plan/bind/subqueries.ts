/** Subqueries in expressions: scalar, EXISTS, IN, ARRAY(...). Correlated ones just name columns of the scopes around. */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { BOOLEAN, type DataType } from '../../core/types.ts'
import { commonType } from '../../expr/coerce.ts'
import type { Expr, SubqueryExpr } from '../../expr/expr.ts'
import { resolveFunction } from '../../expr/functions/index.ts'
import type { ArrayQuery, Exists, Expression, InQuery, Query, ScalarQuery } from '../../sql/ast.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { castColumns, settleTypes } from './bound-columns.ts'
import { printedType } from './printed-type.ts'
import type { Scope } from './scope.ts'
import { coerce, isUntyped } from './typing.ts'

export function bindScalarQuery(binder: Binder, { query, at }: ScalarQuery, scope: Scope): Expr {
  return subqueryExpr(binder, 'scalar', oneColumn(binder, query, scope, at), (type) => type)
}

export function bindArrayQuery(binder: Binder, { query, at }: ArrayQuery, scope: Scope): Expr {
  return subqueryExpr(binder, 'array', oneColumn(binder, query, scope, at), (type) => ({
    kind: 'list',
    element: { name: 'element', type, nullable: true },
  }))
}

export function bindExists(binder: Binder, { query, at }: Exists, scope: Scope): Expr {
  const bound = settleTypes(binder, binder.query(query, scope, scope.ctes), at)
  return { ...subqueryExpr(binder, 'exists', bound, () => BOOLEAN), type: BOOLEAN }
}

export function bindInQuery(binder: Binder, ast: InQuery, scope: Scope): Expr {
  const { operand, query, negated, at } = ast
  return compareWithQuery(binder, { operand, query, form: 'in', comparison: 'eq', symbol: '=', negated, at }, scope)
}

/** `operand comparison ANY | ALL (query)`; IN is `= ANY`. */
export function compareWithQuery(
  binder: Binder,
  ast: {
    readonly operand: Expression
    readonly query: Query
    readonly form: 'in' | 'any' | 'all'
    readonly comparison: string
    readonly symbol: string
    readonly negated: boolean
    readonly at: TextRange
  },
  scope: Scope,
): Expr {
  const { operand, query, form, comparison, symbol, negated, at } = ast
  const lefts = operand.kind === 'row' ? operand.values : [operand]
  const args = lefts.map((left) => binder.expression(left, scope))
  const bound = binder.query(query, scope, scope.ctes)
  if (bound.columns.length !== args.length) {
    const many = bound.columns.length > args.length
    throw new SqlError('42601', `subquery has too ${many ? 'many' : 'few'} columns`, {
      at: operand.at,
    })
  }
  const types = args.map((arg, i) => {
    const right = bound.columns[i]!.type
    const common =
      isUntyped(arg) && right.kind === 'null' ? ({ kind: 'varchar' } as DataType) : commonType([arg.type, right])
    if (common === null || resolveFunction(comparison, [common, common]) === null) {
      const rightName = right.kind === 'null' ? 'unknown' : printedType({ kind: 'literal', value: null, type: right })
      throw new SqlError('42883', `operator does not exist: ${printedType(arg)} ${symbol} ${rightName}`, {
        at,
        hint: 'No operator matches the given name and argument types. You might need to add explicit type casts.',
      })
    }
    return common
  })
  const converted = castColumns(binder, bound, types, at)
  return {
    kind: 'subquery',
    form,
    plan: binder.addSubquery(converted.plan),
    args: args.map((arg, i) => coerce(binder, arg, types[i]!, lefts[i]!.at)),
    comparison,
    negated,
    type: BOOLEAN,
  }
}

function oneColumn(binder: Binder, query: Query, scope: Scope, at: TextRange): BoundQuery {
  const bound = binder.query(query, scope, scope.ctes)
  if (bound.columns.length !== 1) {
    throw new SqlError('42601', 'subquery must return only one column', { at })
  }
  return settleTypes(binder, bound, at)
}

/** A bound query as a part of an expression; `typeOf`: the expression's type by that of the first column. */
export function subqueryExpr(
  binder: Binder,
  form: SubqueryExpr['form'],
  bound: BoundQuery,
  typeOf: (column: DataType) => DataType,
): SubqueryExpr {
  const [first] = bound.columns
  return {
    kind: 'subquery',
    form,
    plan: binder.addSubquery(bound.plan),
    args: [],
    comparison: 'eq',
    negated: false,
    type: first === undefined ? BOOLEAN : typeOf(first.type),
  }
}
