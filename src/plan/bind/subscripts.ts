/**
 * `x[n]`, `m['k']`, `x[a:b]`.
 *
 * PostgreSQL's arrays count from 1, the lists of lakehouse tables from 0 in the SQL of their writers (Spark, Hive), and queries of
 * both kinds must get their own answer. So a list counts from 0 where a table stores it (a column, or a field or an element
 * of one, also when subqueries pass it on unchanged) and from 1 where SQL made it (ARRAY[...], array_agg, any function).
 * `element`, the registry's function, counts from 1.
 */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { BIGINT, BOOLEAN, INTEGER, VARCHAR, isInteger, typeName } from '../../core/types.ts'
import { type Expr, literal } from '../../expr/expr.ts'
import type { Expression, Slice, Subscript } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { fieldOf } from './columns.ts'
import type { Scope } from './scope.ts'
import { callFunction, callOperator, coerce, isUntyped, settle } from './typing.ts'

export function bindSubscript(binder: Binder, { operand, index, at }: Subscript, scope: Scope): Expr {
  const value = binder.expression(operand, scope)
  const key = binder.expression(index, scope)
  const { type } = value
  if (type.kind === 'list') {
    return element(binder, value, listPosition(binder, value, key, index.at), [operand.at, index.at], at)
  }
  if (type.kind === 'map') {
    return element(binder, value, coerce(binder, key, type.key.type, index.at), [operand.at, index.at], at)
  }
  if (type.kind === 'jsonb') return jsonPart(binder, value, key, index.at, at)
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

/** As `#>` has it: `j['1']` is an element of an array and a member of an object, and so is `j[1]`. */
function jsonPart(binder: Binder, value: Expr, key: Expr, place: TextRange, at: TextRange): Expr {
  const step = settle(key)
  if (step.type.kind !== 'varchar' && !isInteger(step.type)) {
    throw new SqlError('42804', `subscript type ${typeName(step.type)} is not supported`, {
      at: place,
      hint: 'jsonb subscript must be coercible to either integer or text.',
    })
  }
  return callFunction(binder, 'json_extract_path', [value, coerce(binder, step, VARCHAR, place)], [at, place], at)
}

function element(binder: Binder, value: Expr, key: Expr, places: readonly TextRange[], at: TextRange): Expr {
  const expr = callFunction(binder, 'element', [value, key], places, at)
  if (binder.isStored(value)) binder.markStored(expr)
  return expr
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
export function bindSlice(binder: Binder, { operand, low, high, at }: Slice, scope: Scope): Expr {
  const value = binder.expression(operand, scope)
  const { type } = value
  if (type.kind === 'list') {
    if (binder.isStored(value)) {
      throw unsupported('a slice of a stored list', { at, hint: 'Use list_slice, which counts from 1.' })
    }
    const bound = (ast: Expression | null): Expr =>
      ast === null ? literal(null, INTEGER) : binder.expression(ast, scope)
    const places = [operand.at, low?.at ?? at, high?.at ?? at, at, at]
    const given = [low, high].map((one) => literal(one !== null, BOOLEAN))
    return callFunction(binder, 'list_part', [value, bound(low), bound(high), ...given], places, at)
  }
  throw new SqlError('42804', `cannot subscript type ${typeName(type)} because it does not support subscripting`, {
    at,
  })
}
