/**
 * Calls of aggregates that collect their values (expr/aggregates/collected.ts): an `array_agg` for the query level to gather, and what is
 * made of its list.
 */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { type DataType, BIGINT, BOOLEAN, BYTEA, VARCHAR } from '../../core/types.ts'
import { type CollectedAggregate, collectedByName } from '../../expr/aggregates/collected.ts'
import { type Expr, and, call, columnsOf, literal } from '../../expr/expr.ts'
import type { Expression, FunctionCall } from '../../sql/ast.ts'
import type { AggregateCall, SortKey } from '../logical.ts'
import { wholeRowOf } from './call-arguments.ts'
import type { Binder } from './binder.ts'
import { bindCondition } from './conditions.ts'
import { hasSubquery } from './repeated.ts'
import type { Scope } from './scope.ts'
import { bindSortKeys, sortKey } from './sort-keys.ts'
import { callFunction, coerceImplicitly, missingFunction, settle } from './typing.ts'

/** What is gathered, and the call's value from the gathered list. */
export interface CollectedCall {
  readonly call: AggregateCall
  readonly finish: (list: Expr) => Expr
}

/** Whether the call is of such an aggregate: rank and the like are only WITHIN GROUP, first and any_value only with an order. */
export function isCollected(name: string, ast: FunctionCall): boolean {
  if (name === 'first' || name === 'any_value' || name === 'arbitrary') return ast.orderBy.length > 0
  const entry = collectedByName(name)
  if (entry === undefined) return false
  return entry.form !== 'hypothetical' || ast.withinGroup.length > 0
}

const FIRST: CollectedAggregate = {
  name: 'first',
  description: 'The first value, by the `ORDER BY` within the call.',
  example: { sql: 'first(x ORDER BY x)', result: '1' },
  form: 'values',
  finish: 'list_first',
  keepsNulls: true,
}

/** Binds the arguments; `direct` binds those of WITHIN GROUP calls, which stand for the group as a whole. */
export function bindCollectedCall(
  binder: Binder,
  name: string,
  ast: FunctionCall,
  scope: Scope,
  direct: (value: Expression) => Expr,
): CollectedCall {
  const entry = collectedByName(name) ?? FIRST
  checkSyntax(name, entry, ast)
  const parts = partsOf(binder, name, entry, ast, scope, direct)
  const filter = ast.filter === null ? [] : [bindCondition(binder, ast.filter, scope, 'FILTER')]
  // The plan of a subquery stands in one place only: its NULLs are left out by the function of the list.
  // A rank counts rows, whatever is NULL in them.
  const keepsNulls = entry.keepsNulls === true || entry.form === 'hypothetical'
  const needed = parts.separated === true ? parts.values.slice(0, 1) : parts.values
  const tested = keepsNulls ? [] : needed.filter((value) => !hasSubquery(value))
  const present = tested.map((value) => call('is_not_null', [value], BOOLEAN))
  const collected = parts.asRow ? rowOf(parts.values) : parts.values[0]!
  const distinct = ast.distinct || entry.isDistinct === true
  const type: DataType = { kind: 'list', element: { name: 'element', type: collected.type, nullable: true } }
  return {
    call: {
      name: 'array_agg',
      args: [collected],
      distinct,
      filter: filter.length + present.length === 0 ? null : and([...filter, ...present]),
      orderBy: distinct && parts.orderBy.length === 0 ? [rising(collected)] : parts.orderBy,
      type,
    },
    finish: (list) => {
      const last = parts.separated === true ? { ...entry, finish: 'list_separated' } : entry
      const made = finish(binder, name, last, distinct, list, parts.rest, ast.at)
      // The text of a list of NULLs is empty, that of no values NULL.
      return tested.length < needed.length && entry.finish === 'array_to_string' ? unlessAllNull(list, made) : made
    },
  }
}

function unlessAllNull(list: Expr, value: Expr): Expr {
  const count = call('list_count', [list], BIGINT)
  const isEmpty = call('eq', [count, literal(0n, BIGINT)], BOOLEAN)
  return { kind: 'case', branches: [{ when: isEmpty, then: literal(null, value.type) }], else: value, type: value.type }
}

function rising(expr: Expr): SortKey {
  return sortKey({ descending: false, nulls: null }, expr)
}

interface Parts {
  readonly values: readonly Expr[]
  readonly asRow: boolean
  readonly orderBy: readonly SortKey[]
  /** Arguments of the function of the list, after the list. */
  readonly rest: readonly Expr[]
  /** The values are texts, each with what stands before it. */
  readonly separated?: true
}

function partsOf(
  binder: Binder,
  name: string,
  entry: CollectedAggregate,
  ast: FunctionCall,
  scope: Scope,
  direct: (value: Expression) => Expr,
): Parts {
  const asts = ast.arguments.map(({ value }) => wholeRowOf(value))
  if (ast.withinGroup.length > 0 && entry.form !== 'values') {
    const keys = bindSortKeys(binder, ast.withinGroup, scope)
    if (entry.form === 'hypothetical') return hypothetical(binder, name, ast, keys, asts.map(direct))
    if (keys.length > 1)
      throw missingFunction(
        name,
        keys.map(({ expr }) => expr),
        ast.at,
        [],
      )
    const rest = asts.map((value) => settle(direct(value)))
    return { values: [keys[0]!.expr], asRow: false, orderBy: keys, rest: reversed(entry, keys[0]!, rest) }
  }
  const args = asts.map((value) => settle(binder.expression(value, scope)))
  const orderBy = bindSortKeys(binder, [...ast.orderBy, ...ast.withinGroup], scope)
  const count = entry.form === 'pairs' ? 2 : 1
  if (args.length < count) throw missingFunction(name, args, ast.at, [])
  const rest = args.slice(count)
  if (entry.finish === 'array_to_string' && rest.length === 1 && columnsOf(rest[0]!).size > 0) {
    const pair = [args[0]!, rest[0]!]
    if (pair.every(({ type }) => type.kind === 'varchar')) {
      return { values: pair, asRow: true, orderBy, rest: [], separated: true }
    }
  }
  for (const [i, expr] of rest.entries()) {
    if (columnsOf(expr).size > 0 || hasSubquery(expr)) {
      throw unsupported(`an argument of ${name} that is not constant`, { at: asts[count + i]!.at })
    }
  }
  const { constant } = entry
  const filled =
    rest.length === 0 && constant !== undefined ? [literal(name === 'listagg' ? '' : constant, VARCHAR)] : rest
  return { values: args.slice(0, count), asRow: entry.form === 'pairs', orderBy, rest: filled }
}

/** ORDER BY x DESC: the fraction counts from the other end. */
function reversed(entry: CollectedAggregate, key: SortKey, rest: readonly Expr[]): readonly Expr[] {
  if (!key.descending || entry.finish === 'list_mode') return rest
  if (entry.finish !== 'list_percentile_cont') throw unsupported(`${entry.name} in falling order`)
  return rest.map((fraction) => {
    if (fraction.type.kind === 'list') throw unsupported('a list of fractions in falling order')
    const one = literal(1, { kind: 'double' })
    const value: Expr = { kind: 'cast', arg: fraction, type: { kind: 'double' }, try: false }
    return call('subtract', [one, value], { kind: 'double' })
  })
}

function hypothetical(
  binder: Binder,
  name: string,
  ast: FunctionCall,
  keys: readonly SortKey[],
  args: readonly Expr[],
): Parts {
  if (args.length !== keys.length) {
    throw new SqlError('42883', `function ${name} needs as many arguments as ORDER BY has expressions`, { at: ast.at })
  }
  const typed = args.map((arg, i) => {
    const fitted = coerceImplicitly(binder, arg, keys[i]!.expr.type, ast.arguments[i]!.value.at)
    if (fitted === null) throw missingFunction(name, args, ast.at, [])
    return fitted
  })
  const values = keys.map(({ expr }) => expr)
  return { values, asRow: true, orderBy: [], rest: [rowOf(typed), literal(orderText(keys), VARCHAR)] }
}

/** Orders as list_in_order and the ranks read them. */
export function orderText(keys: readonly SortKey[]): string {
  return keys.map(({ descending, nullsFirst }) => (descending ? '-' : '+') + (nullsFirst ? 'f' : 'l')).join('')
}

export function rowOf(values: readonly Expr[]): Expr {
  const fields = values.map(({ type }, i) => ({ name: `f${i + 1}`, type, nullable: true }))
  return call('row', values, { kind: 'struct', fields })
}

function checkSyntax(name: string, entry: CollectedAggregate, ast: FunctionCall): void {
  const { at } = ast
  if (ast.star) throw new SqlError('42883', `function ${name}(*) does not exist`, { at })
  if (ast.nullTreatment !== null) throw unsupported('IGNORE NULLS of an aggregate', { at })
  const named = ast.arguments.find((argument) => argument.name !== null)
  if (named !== undefined) throw unsupported('a named argument of an aggregate', { at: named.at })
  if (ast.withinGroup.length === 0) return
  // listagg is written so in standard SQL.
  if (entry.form === 'values' && name !== 'listagg') {
    throw new SqlError('42809', `${name} is not an ordered-set aggregate, so it cannot have WITHIN GROUP`, { at })
  }
}

function finish(
  binder: Binder,
  name: string,
  entry: CollectedAggregate,
  distinct: boolean,
  list: Expr,
  rest: readonly Expr[],
  at: TextRange,
): Expr {
  const unrepeated = distinct ? call('list_unrepeated', [list], list.type) : list
  if (entry.finish === null) return unrepeated
  const isBytes = list.type.kind === 'list' && list.type.element.type.kind === 'bytea'
  const isText = entry.finish === 'array_to_string'
  if (isText && rest[0]?.kind === 'literal' && rest[0].value === null) {
    rest = [isBytes ? literal(new Uint8Array(), BYTEA) : literal('', VARCHAR)]
  }
  const made = isText && isBytes ? 'list_concat_bytes' : entry.finish
  const args = [unrepeated, ...rest]
  const places = args.map(() => at)
  try {
    return callFunction(binder, made, args, places, at)
  } catch (error) {
    if (!(error instanceof SqlError) || error.sqlstate !== '42883') throw error
    const element = list.type.kind === 'list' ? list.type.element.type : list.type
    throw missingFunction(name, [literal(null, element), ...rest], at, [])
  }
}
