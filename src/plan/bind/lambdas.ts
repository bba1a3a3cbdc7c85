/**
 * Functions of a list and a lambda. The lambda's body is bound as an expression over inputs: its parameters, then what it reads of the
 * query, which the call passes as further arguments.
 *
 *     list_transform(l, (x, i) -> x * i + t.a)   ->   list_transform(l, t.a)  with the body  @0 * @1 + @2
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import { type DataType, BIGINT, BOOLEAN } from '../../core/types.ts'
import { type CallExpr, type Expr, input, mapChildren } from '../../expr/expr.ts'
import type { Expression, FunctionCall, Identifier, Lambda } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { toScopeColumn } from './bound-columns.ts'
import { asBoolean } from './conditions.ts'
import { hasSubquery } from './repeated.ts'
import { type Scope, NO_CLAUSE, inClause, makeScope } from './scope.ts'
import { coerceImplicitly, settle } from './typing.ts'

type Form = 'transform' | 'test' | 'reduce'

/** Names to the registry's function, and what the body gives. */
const FUNCTIONS: Readonly<Record<string, readonly [string, Form]>> = {
  list_transform: ['list_transform', 'transform'],
  array_transform: ['list_transform', 'transform'],
  list_apply: ['list_transform', 'transform'],
  array_apply: ['list_transform', 'transform'],
  apply: ['list_transform', 'transform'],
  transform: ['list_transform', 'transform'],
  list_filter: ['list_filter', 'test'],
  array_filter: ['list_filter', 'test'],
  filter: ['list_filter', 'test'],
  any_match: ['any_match', 'test'],
  all_match: ['all_match', 'test'],
  none_match: ['none_match', 'test'],
  list_reduce: ['list_reduce', 'reduce'],
  array_reduce: ['list_reduce', 'reduce'],
  reduce: ['list_reduce', 'reduce'],
}

/** Whether the call has a lambda and a function of this name takes one. */
export function takesLambda(name: string, ast: FunctionCall): boolean {
  return Object.hasOwn(FUNCTIONS, name) && ast.arguments.some(({ value }) => asLambda(value) !== null)
}

/** `x -> f(x)` is read as an operator where no lambda is expected. */
export function asLambda(value: Expression): Lambda | null {
  if (value.kind === 'lambda') return value
  // `x -> x > 1` is read as `(x -> x) > 1`.
  if (value.kind === 'and' || value.kind === 'or') {
    const [first, ...rest] = value.operands
    const inner = first === undefined ? null : asLambda(first)
    return inner && { ...inner, body: { ...value, operands: [inner.body, ...rest] } }
  }
  // So are the conditions that bind less tightly: LIKE, BETWEEN, IN, IS.
  if (value.kind === 'like' || value.kind === 'between' || value.kind === 'in-list' || value.kind === 'is') {
    const inner = asLambda(value.operand)
    return inner && { ...inner, body: { ...value, operand: inner.body } }
  }
  if (value.kind === 'is-distinct') {
    const inner = asLambda(value.left)
    return inner && { ...inner, body: { ...value, left: inner.body } }
  }
  if (value.kind !== 'binary') return null
  if (value.operator !== '->') {
    const inner = asLambda(value.left)
    return inner && { ...inner, body: { ...value, left: inner.body } }
  }
  const { left, right, at } = value
  const names = left.kind === 'row' ? left.values : [left]
  const parameters = names.map((name) => (name.kind === 'column' && name.parts.length === 1 ? name.parts[0]! : null))
  if (parameters.some((name) => name === null)) return null
  return { kind: 'lambda', parameters: parameters as readonly Identifier[], body: right, at }
}

export function bindLambdaCall(binder: Binder, name: string, ast: FunctionCall, scope: Scope): Expr {
  const [made, form] = FUNCTIONS[name]!
  const { at } = ast
  const [first, second, third, ...rest] = ast.arguments.map(({ value }) => value)
  const lambda = second === undefined ? null : asLambda(second)
  if (first === undefined || lambda === null || rest.length > 0 || (third !== undefined && form !== 'reduce')) {
    throw new SqlError('42883', `${name} needs a list and a lambda`, { at })
  }
  const list = binder.expression(first, scope)
  if (list.type.kind !== 'list') {
    throw new SqlError('42883', `function ${name} needs a list as its first argument`, { at: first.at })
  }
  const element = list.type.element.type
  const initial = third === undefined ? null : settle(binder.expression(third, scope))
  const state = initial?.type ?? element
  const types = form === 'reduce' ? [state, element, BIGINT] : [element, BIGINT]
  const bound = bindBody(binder, name, lambda, types, scope)
  const body = fitBody(binder, bound.body, form, state, lambda)
  const result: DataType =
    form === 'reduce'
      ? state
      : made === 'list_transform'
        ? { kind: 'list', element: { name: 'element', type: body.type, nullable: true } }
        : made === 'list_filter'
          ? list.type
          : BOOLEAN
  const args = [list, ...(form !== 'reduce' || initial === null ? [] : [initial]), ...bound.captured]
  const lambdaCall: CallExpr = {
    kind: 'call',
    name: form === 'reduce' && initial !== null ? 'list_fold' : made,
    args,
    type: result,
    lambda: body,
  }
  return lambdaCall
}

function fitBody(binder: Binder, body: Expr, form: Form, state: DataType, { body: { at } }: Lambda): Expr {
  if (form === 'transform') return body
  if (form === 'test') return asBoolean(binder, body, 'lambda', at)
  const fitted = coerceImplicitly(binder, body, state, at)
  if (fitted === null)
    throw new SqlError('42804', 'the lambda gives another type than the value that it starts with', { at })
  return fitted
}

/** The body over inputs: parameters first, then the captured columns. */
function bindBody(
  binder: Binder,
  name: string,
  lambda: Lambda,
  types: readonly DataType[],
  scope: Scope,
): { readonly body: Expr; readonly captured: readonly Expr[] } {
  const { parameters, at } = lambda
  if (parameters.length === 0 || parameters.length > types.length) {
    throw new SqlError('42883', `the lambda of ${name} takes up to ${types.length} parameters`, { at })
  }
  const columns = parameters.map((parameter, i) => binder.newColumn(parameter.name, types[i]!, true))
  const inner = makeScope(scope, scope.ctes)
  inner.columns = columns.map((column) => toScopeColumn(column, false))
  inner.relations = [{ name: null, path: [], columns: inner.columns }]
  const clause = { ...NO_CLAUSE, name: 'a lambda' }
  const bound = inClause(inner, clause, () => settle(binder.expression(lambda.body, inner)))
  if (hasSubquery(bound)) throw unsupported('a subquery in a lambda', { at: lambda.body.at })
  const captured: Expr[] = []
  const places = new Map(columns.map(({ id }, i) => [id, i]))
  const place = (expr: Expr): Expr => {
    if (expr.kind !== 'column') return mapChildren(expr, place)
    let at_ = places.get(expr.id)
    if (at_ === undefined) {
      at_ = types.length + captured.push(expr) - 1
      places.set(expr.id, at_)
    }
    return input(at_, expr.type)
  }
  return { body: place(bound), captured }
}
