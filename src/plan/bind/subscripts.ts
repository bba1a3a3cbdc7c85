/**
 * `x[n]`, `m['k']`, `x[a:b]`.
 *
 * PostgreSQL's arrays count from 1, the lists of lakehouse tables from 0 in the SQL of their writers (Spark, Hive), and queries of
 * both kinds must get their own answer. So a list counts from 0 where a table stores it (a column, or a field or an element
 * of one, also when subqueries pass it on unchanged) and from 1 where SQL made it (ARRAY[...], array_agg, any function).
 * `element`, the registry's function, counts from 1.
 */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { BIGINT, BOOLEAN, INTEGER, VARCHAR, isInteger, listOf, typeName } from '../../core/types.ts'
import { type Expr, call, input, literal } from '../../expr/expr.ts'
import type { Expression, Slice, Subscript } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { fieldOf } from './columns.ts'
import type { Scope } from './scope.ts'
import { callFunction, callOperator, coerce, isUntyped } from './typing.ts'

export function bindSubscript(binder: Binder, ast: Subscript, scope: Scope): Expr {
  if (ast.continues === true) {
    const part = bindSlices(binder, ast, scope)
    if (part !== null) return part
  }
  const { operand, index, at } = ast
  const value = binder.expression(operand, scope)
  const key = binder.expression(index, scope)
  const { type } = value
  if (type.kind === 'list') {
    return element(binder, value, listPosition(binder, value, key, index.at), [operand.at, index.at], at)
  }
  if (type.kind === 'map') {
    return element(binder, value, coerce(binder, key, type.key.type, index.at), [operand.at, index.at], at)
  }
  if (type.kind === 'jsonb') return jsonPart(binder, value, key, [operand.at, index.at], at)
  if (type.kind === 'struct') {
    if (key.kind !== 'literal' || typeof key.value !== 'string') {
      throw unsupported('a struct field by a computed name', { at })
    }
    return fieldOf(binder, value, { name: key.value, quoted: true, at: index.at }, at)
  }
  throw new SqlError('42804', `cannot subscript type ${typeName(type)} because it does not support subscripting`, {
    at,
  })
}

function element(binder: Binder, value: Expr, key: Expr, places: readonly TextRange[], at: TextRange): Expr {
  const expr = callFunction(binder, 'element', [value, key], places, at)
  if (binder.isStored(value)) binder.markStored(expr)
  return expr
}

/** A number is the key of an object too, and a text the place in an array. */
function jsonPart(binder: Binder, value: Expr, key: Expr, places: readonly TextRange[], at: TextRange): Expr {
  const isName = key.kind === 'literal' && typeof key.value === 'string' && !/^[+-]?\d+$/.test(key.value)
  if (isName) return callFunction(binder, 'json_get', [value, key], places, at)
  const name = coerce(binder, key, VARCHAR, places[1]!)
  const path = name.kind === 'literal' ? literal([name.value], listOf(VARCHAR)) : call('list', [name], listOf(VARCHAR))
  return callFunction(binder, 'json_get_path', [value, path], places, at)
}

/** The 1-based position that a subscript of `list` means. */
function listPosition(binder: Binder, list: Expr, index: Expr, at: TextRange): Expr {
  if (!isUntyped(index) && !isInteger(index.type)) {
    throw new SqlError('42804', 'array subscript must have type integer', { at })
  }
  const position = isUntyped(index) ? coerce(binder, index, INTEGER, at) : index
  if (!binder.isStored(list)) return position
  // In bigint, where the next number is always there.
  const wide = coerce(binder, position, BIGINT, at)
  if (wide.kind === 'literal' && wide.value !== null)
    return literal(BigInt.asIntN(64, (wide.value as bigint) + 1n), BIGINT)
  return callOperator(binder, 'add', '+', [wide, literal(1n, BIGINT)], [at, at], at)
}

/** `x[a:b]`: places a to b, both included; those outside of the list are left out. */
export function bindSlice(binder: Binder, ast: Slice, scope: Scope): Expr {
  if (ast.continues === true) {
    const part = bindSlices(binder, ast, scope)
    if (part !== null) return part
  }
  const { operand, low, high, at } = ast
  const value = binder.expression(operand, scope)
  const { type } = value
  if (type.kind === 'list') {
    refuseStored(binder, value, at)
    const bound = (one: Expression | null): Expr =>
      one === null ? literal(null, INTEGER) : binder.expression(one, scope)
    const places = [operand.at, low?.at ?? at, high?.at ?? at, at, at]
    const given = [low, high].map((one) => literal(one !== null, BOOLEAN))
    return callFunction(binder, 'list_part', [value, bound(low), bound(high), ...given], places, at)
  }
  throw new SqlError('42804', `cannot subscript type ${typeName(type)} because it does not support subscripting`, {
    at,
  })
}

function refuseStored(binder: Binder, value: Expr, at: TextRange): void {
  if (binder.isStored(value)) {
    throw unsupported('a slice of a stored list', { at, hint: 'Use list_slice, which counts from 1.' })
  }
}

/**
 * `x[a:b][c:d]` of lists in a list: rows a to b, and of each the places c to d. As in PostgreSQL, an index among slices is the slice
 * from 1 to it. Null: not lists in a list as deep as that.
 */
function bindSlices(binder: Binder, ast: Subscript | Slice, scope: Scope): Expr | null {
  const parts: (Subscript | Slice)[] = [ast]
  let root: Expression = ast.operand
  while ((root.kind === 'slice' || root.kind === 'subscript') && parts[0]!.continues === true) {
    parts.unshift(root)
    root = root.operand
  }
  const value = binder.expression(root, scope)
  let { type } = value
  for (const _ of parts) {
    if (type.kind !== 'list') return null
    type = type.element.type
  }
  refuseStored(binder, value, ast.at)
  const bound = (one: Expression | null, missing: Expr): Expr =>
    one === null ? missing : coerce(binder, binder.expression(one, scope), INTEGER, one.at)
  const dimensions = parts.map((part): Bounds => {
    if (part.kind === 'subscript') return [literal(1, INTEGER), bound(part.index, literal(null, INTEGER))]
    return [bound(part.low, literal(1, INTEGER)), bound(part.high, literal(LONGEST, INTEGER))]
  })
  return slicesOf(binder, value, dimensions, ast.at)
}

/** Farther than any place of a list. */
const LONGEST = 0x7fffffff

type Bounds = readonly [low: Expr, high: Expr]

function slicesOf(binder: Binder, list: Expr, dimensions: readonly Bounds[], at: TextRange): Expr {
  const [low, high] = dimensions[0]!
  const rest = dimensions.slice(1)
  const given = literal(true, BOOLEAN)
  const part = callFunction(binder, 'list_part', [list, low, high, given, given], [at, at, at, at, at], at)
  if (rest.length === 0 || list.type.kind !== 'list') return part
  // Parameters of the lambda: the element, its place, and the bounds of the dimensions within.
  const inner = rest.map(([from, to], i): Bounds => [input(2 + 2 * i, from.type), input(3 + 2 * i, to.type)])
  const body = slicesOf(binder, input(0, list.type.element.type), inner, at)
  return { kind: 'call', name: 'list_transform', args: [part, ...rest.flat()], type: listOf(body.type), lambda: body }
}
