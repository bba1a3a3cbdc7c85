/** ARRAY[...], ROW(...), {'a': 1}, MAP {...}: literals when all parts are, calls of the registry otherwise. */
import type { TextRange } from '../../core/errors.ts'
import { SqlError } from '../../core/errors.ts'
import { type DataType, type Field } from '../../core/types.ts'
import { type Expr, type LiteralExpr, call, literal } from '../../expr/expr.ts'
import type { ArrayConstructor, MapConstructor, RowConstructor, StructConstructor } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import type { Scope } from './scope.ts'
import { fieldsOfStar } from './select-items.ts'
import { cannotMatch, settle, unify } from './typing.ts'

export function bindArray(binder: Binder, { elements, at }: ArrayConstructor, scope: Scope): Expr {
  const exprs = elements.map((element) => binder.expression(element, scope))
  return makeArray(
    binder,
    exprs,
    elements.map((element) => element.at),
    at,
  )
}

/** A list of the values, which get one type. */
export function makeArray(binder: Binder, values: readonly Expr[], places: readonly TextRange[], at: TextRange): Expr {
  const unified = unify(binder, values, places)
  if (unified === null) throw cannotMatch('ARRAY', values, at)
  const type: DataType = { kind: 'list', element: field('element', unified.type) }
  return constantOr(unified.exprs, type, (args) => call('list', args, type))
}

export function bindRow(binder: Binder, { values }: RowConstructor, scope: Scope): Expr {
  const args = values.flatMap((value) =>
    value.kind === 'star' && value.item === undefined
      ? fieldsOfStar(binder, value.operand, scope, value.at)
      : [settle(binder.expression(value, scope))],
  )
  return makeStruct(
    args,
    args.map((_, i) => `f${i + 1}`),
  )
}

export function bindStruct(binder: Binder, { fields, at }: StructConstructor, scope: Scope): Expr {
  const names = fields.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new SqlError('42701', `field "${twice}" specified more than once`, { at })
  return makeStruct(
    fields.map(({ value }) => settle(binder.expression(value, scope))),
    names,
  )
}

function makeStruct(args: readonly Expr[], names: readonly string[]): Expr {
  const type: DataType = {
    kind: 'struct',
    fields: args.map((arg, i) => field(names[i]!, arg.type)),
  }
  return constantOr(args, type, () => call('row', args, type))
}

export function bindMap(binder: Binder, { entries, at }: MapConstructor, scope: Scope): Expr {
  const keys = unifyAll(
    binder,
    entries.map(({ key }) => key),
    scope,
    at,
  )
  const values = unifyAll(
    binder,
    entries.map(({ value }) => value),
    scope,
    at,
  )
  const type: DataType = {
    kind: 'map',
    key: { ...field('key', keys.type), nullable: false },
    value: field('value', values.type),
  }
  const parts = [...keys.exprs, ...values.exprs]
  if (!parts.every(isLiteral)) {
    const lists = [keys, values].map((part) =>
      constantOr(part.exprs, { kind: 'list', element: field('element', part.type) }, (args) =>
        call('list', args, { kind: 'list', element: field('element', part.type) }),
      ),
    )
    return call('map', lists, type)
  }
  const pairs = keys.exprs.map((key, i) => [(key as LiteralExpr).value, (values.exprs[i] as LiteralExpr).value])
  if (pairs.some(([key]) => key === null)) throw new SqlError('22004', 'map key must not be null', { at })
  return literal(pairs, type)
}

function unifyAll(
  binder: Binder,
  asts: readonly Parameters<Binder['expression']>[0][],
  scope: Scope,
  at: TextRange,
): { exprs: readonly Expr[]; type: DataType } {
  const exprs = asts.map((ast) => binder.expression(ast, scope))
  const unified = unify(
    binder,
    exprs,
    asts.map((ast) => ast.at),
  )
  if (unified === null) throw cannotMatch('MAP', exprs, at)
  return unified
}

function constantOr(args: readonly Expr[], type: DataType, otherwise: (args: readonly Expr[]) => Expr): Expr {
  return args.every(isLiteral)
    ? literal(
        args.map(({ value }) => value),
        type,
      )
    : otherwise(args)
}

function isLiteral(expr: Expr): expr is LiteralExpr {
  return expr.kind === 'literal'
}

function field(name: string, type: DataType): Field {
  return { name, type, nullable: true }
}
