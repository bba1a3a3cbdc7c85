/**
 * Casts between the numbers of objects of the catalog and their names: `'t'::regclass`, `c.oid::regclass::text`.
 *
 * Such a number is a uinteger whose type says of what (`DataType.as`); it becomes a name where a text is wanted, and in the result of the statement.
 * Which names there are is what the engine says (`SystemObjects`).
 */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { type DataType, type ObjectName, VARCHAR, isInteger, listOf, typeName } from '../../core/types.ts'
import { type Expr, literal } from '../../expr/expr.ts'
import { evaluateConstant } from '../../expr/fold.ts'
import type { TypeName } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { isObjectTypeName } from './system-names.ts'

/** `oid` is a number however it is written. */
const OID_MAX = 4_294_967_295n

/** What a type counts the objects of; null for other types, and for `oid`, which is written as a number. */
export function namedObject(type: DataType): Exclude<ObjectName, 'oid'> | null {
  const as = 'as' in type ? type.as : undefined
  return as === undefined || as === 'oid' ? null : as
}

/** The type of numbers that a type name means; null for other names. */
export function objectType({ name, modifiers }: TypeName): (DataType & { readonly as: ObjectName }) | null {
  if (!isObjectTypeName(name) || modifiers.length > 0) return null
  const as = name === 'xid' ? 'oid' : name === 'regprocedure' ? 'regproc' : name
  return { kind: 'uinteger', as: as as ObjectName }
}

/** Casts to a type of numbers of objects. */
export function castToObject(
  binder: Binder,
  operand: Expr,
  type: DataType & { readonly as: ObjectName },
  at: TextRange,
): Expr {
  const from = operand.type
  if (operand.kind === 'literal' && operand.value === null) return literal(null, type)
  if (operand.kind === 'literal' && typeof operand.value === 'string') {
    return binder.locate(at, () => literal(numberOf(binder, operand.value as string, type, at), type))
  }
  if (from.kind === 'uinteger') return { ...operand, type }
  if (isInteger(from) || from.kind === 'decimal') {
    const number: Expr = { kind: 'cast', arg: operand, type: { kind: 'uinteger' }, try: false }
    return { ...number, type }
  }
  if (from.kind !== 'varchar') {
    throw new SqlError('42846', `cannot cast type ${typeName(from)} to ${typeName(type)}`, { at })
  }
  if (type.as === 'oid') return { kind: 'cast', arg: operand, type, try: false }
  const own = binder.tables.objects?.numberEntry(type.as)
  if (own === undefined) throw unsupported(`a cast to ${type.as} here`, { at })
  return { kind: 'call', name: own.name, args: [operand], type, own }
}

function numberOf(binder: Binder, text: string, { as }: { readonly as: ObjectName }, at: TextRange): bigint {
  const trimmed = text.trim()
  if (/^\d{1,10}$/.test(trimmed)) {
    const number = BigInt(trimmed)
    if (number > OID_MAX) throw new SqlError('22003', `value "${trimmed}" is out of range for type oid`, { at })
    return number
  }
  if (as === 'oid') throw new SqlError('22P02', `invalid input syntax for type oid: "${text}"`, { at })
  const objects = binder.tables.objects
  if (objects === undefined) throw unsupported(`a cast to ${as} here`, { at })
  return BigInt(objects.number(as, trimmed))
}

/** Casts a list of names that is written down: `'{int4, text}'::regtype[]`. */
export function castToObjects(
  binder: Binder,
  operand: Expr,
  type: DataType & { readonly as: ObjectName },
  at: TextRange,
): Expr {
  const texts = operand.kind === 'literal' && operand.type.kind === 'null' ? readNames(binder, operand, at) : operand
  if (texts.kind !== 'literal' || texts.type.kind !== 'list' || texts.type.element.type.kind !== 'varchar') {
    throw unsupported(`a cast of ${typeName(operand.type)} to ${type.as}[]`, { at })
  }
  const names = texts.value as readonly (string | null)[] | null
  const numbers = binder.locate(at, () =>
    names === null ? null : names.map((name) => (name === null ? null : numberOf(binder, name, type, at))),
  )
  return literal(numbers, listOf(type))
}

function readNames(binder: Binder, operand: Expr, at: TextRange): Expr {
  const type = listOf(VARCHAR)
  const cast: Expr = { kind: 'cast', arg: { ...operand, type: VARCHAR }, type, try: false }
  return binder.locate(at, () => literal(evaluateConstant(cast, binder.context.session), type))
}

/** The name of what the number is of. */
export function objectText(binder: Binder, expr: Expr, at: TextRange): Expr {
  const as = namedObject(expr.type)!
  const own = binder.tables.objects?.textEntry(as)
  if (own === undefined) throw unsupported(`a text of type ${as} here`, { at })
  return { kind: 'call', name: own.name, args: [expr], type: VARCHAR, own }
}
