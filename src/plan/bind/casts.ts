/** CAST, `::`, and typed literals (`DATE '2024-01-01'`). */
import { type TextRange, SqlError } from '../../core/errors.ts'
import {
  type DataType,
  BIT,
  DECIMAL_DIGITS_MAX,
  INTEGER,
  VARCHAR,
  decimal,
  isInteger,
  listOf,
  sameType,
  typeName,
  WIDE_DECIMAL_DIGITS_MAX,
} from '../../core/types.ts'
import { asDecimal, canCast } from '../../expr/coerce.ts'
import { type Expr, type LiteralValue, literal } from '../../expr/expr.ts'
import { parseDecimal } from '../../expr/values/decimal.ts'
import { specialDecimalInText } from '../../expr/values/special-decimal.ts'
import { parseInterval, withoutFiner } from '../../expr/values/interval.ts'
import type { ArrayConstructor, Cast, Expression, TypeName, TypedLiteral } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { makeArray } from './constructors.ts'
import { intervalUnit } from './date-time.ts'
import { naturalDecimal } from './number-literals.ts'
import { castToObject, castToObjects, objectType } from './object-casts.ts'
import type { Scope } from './scope.ts'
import { bitLengthOf, isPlainDecimal, resolveTypeName, textLengthOf } from './type-name.ts'
import { callFunction, coerce, isUntyped, isUntypedText, settle } from './typing.ts'

export function bindCast(binder: Binder, ast: Cast, scope: Scope): Expr {
  const list = ast.operand.kind === 'array' && !ast.try ? elementType(ast.type) : null
  if (list !== null && ast.operand.kind === 'array') return castElements(binder, ast.operand, list, scope)
  return castTo(binder, binder.expression(ast.operand, scope), ast.type, ast.try, ast.operand.at)
}

/** The name of the elements' type when the name is one of a list. */
function elementType({ name, arguments: parts }: TypeName): TypeName | null {
  return (name === 'array' || name === 'list') && parts.length === 1 ? parts[0]! : null
}

/** `ARRAY[1, true]::boolean[]`: each element is cast by itself, lists in it too. */
function castElements(binder: Binder, { elements, at }: ArrayConstructor, name: TypeName, scope: Scope): Expr {
  const inner = elementType(name)
  const values = elements.map((element) =>
    inner !== null && element.kind === 'array'
      ? castElements(binder, element, inner, scope)
      : castTo(binder, binder.expression(element, scope), deepest(name, element), false, element.at),
  )
  const places = elements.map((element) => element.at)
  if (values.length === 0)
    return literal([], { kind: 'list', element: { name: 'element', type: resolveTypeName(name), nullable: true } })
  return makeArray(binder, values, places, at)
}

/** PostgreSQL has one type for arrays of all dimensions: in `ARRAY[ARRAY[1]]::integer[]` the elements of elements are integers. */
function deepest(name: TypeName, element: Expression): TypeName {
  if (element.kind !== 'array') return name
  return { ...name, name: 'array', arguments: [name] }
}

export function bindTypedLiteral(binder: Binder, { type, value, at }: TypedLiteral): Expr {
  // A constant of type bit is as long as it is written.
  const isBits = type.name === 'bit' && type.modifiers.length === 0
  if (isBits) return convert(binder, literal(value, { kind: 'null' }), BIT, type, false, at)
  return castTo(binder, literal(value, { kind: 'null' }), type, false, at)
}

function castTo(binder: Binder, operand: Expr, name: TypeName, tries: boolean, at: TextRange): Expr {
  const object = objectType(name)
  if (object !== null) return castToObject(binder, operand, object, at)
  const element = elementType(name)
  const listed = element === null ? null : objectType(element)
  if (listed !== null && listed.as !== 'oid') return castToObjects(binder, operand, listed, at)
  const type = isPlainDecimal(name) ? plainDecimal(operand) : resolveTypeName(name)
  const deep = isUntypedText(operand) ? asWritten(operand.value, type) : asDeep(operand.type, type)
  const cast = convert(binder, operand, deep, name, tries, at)
  const unit = name.interval?.to ?? name.interval?.from ?? 'second'
  if (type.kind === 'interval' && unit !== 'second') {
    return callFunction(binder, 'interval_fields', [cast, literal(unit, VARCHAR)], [at, at], at)
  }
  const places = [at, at]
  const bits = bitLengthOf(name)
  if (bits !== null) {
    const isFilled = bits.fills || isInteger(operand.type)
    const fit = !isFilled ? 'substring' : isInteger(operand.type) ? 'bits_right' : 'bits_left'
    const size = literal(bits.length, INTEGER)
    return callFunction(binder, fit, isFilled ? [cast, size] : [cast, literal(1, INTEGER), size], [at, at, at], at)
  }
  const length = textLengthOf(name)
  if (length === null) return cast
  return callFunction(binder, 'left', [cast, literal(length, INTEGER)], places, at)
}

/** `text[]` is the type of arrays of all dimensions: a cast keeps those that there are. */
function asDeep(from: DataType, to: DataType): DataType {
  if (from.kind !== 'list' || to.kind !== 'list') return to
  const inner = from.element.type
  if (inner.kind === 'list' && to.element.type.kind !== 'list') return listOf(asDeep(inner, to))
  return inner.kind === 'list' ? listOf(asDeep(inner, to.element.type)) : to
}

/** `'{{1, 2}}'::integer[]` has two dimensions. */
function asWritten(text: string, type: DataType): DataType {
  if (type.kind !== 'list' || type.element.type.kind === 'list') return type
  const braces = /^[\s{]*/.exec(text)![0].replaceAll(/\s/g, '').length
  let deep = type
  for (let depth = 1; depth < Math.min(braces, DIMENSIONS_MAX); depth++) deep = listOf(deep) as typeof deep
  return deep
}

/** As in PostgreSQL. */
const DIMENSIONS_MAX = 6

function convert(binder: Binder, operand: Expr, type: DataType, name: TypeName, tries: boolean, at: TextRange): Expr {
  if (isUntypedText(operand)) {
    const interval = type.kind === 'interval' ? intervalWithUnit(operand.value, name) : null
    if (interval !== null) return interval
    // A text that TRY_CAST can't read is NULL, not an error of the statement.
    if (!tries) return coerce(binder, operand, type, at)
    return { kind: 'cast', arg: literal(operand.value, VARCHAR), type, try: true }
  }
  if (!isUntyped(operand) && !canCast(operand.type, type)) {
    throw new SqlError('42846', `cannot cast type ${typeName(operand.type)} to ${typeName(type)}`, {
      at,
    })
  }
  if (!tries) return coerce(binder, operand, type, at)
  const arg = settle(operand)
  return sameType(arg.type, type) ? arg : { kind: 'cast', arg, type, try: true }
}

/** `INTERVAL '3' MONTH` written as a typed literal. */
function intervalWithUnit(text: string, { interval }: TypeName): Expr | null {
  const unit = interval?.to ?? interval?.from
  if (unit === undefined || unit === null) return null
  const value = parseInterval(text, intervalUnit(unit))
  return value && literal(withoutFiner(value, unit), { kind: 'interval' })
}

/** DECIMAL without digits: those that the operand has; PostgreSQL's numeric has no bound. */
function plainDecimal(operand: Expr): DataType {
  if (isUntypedText(operand)) return constantDecimal(operand.value, VARCHAR) ?? decimal(DECIMAL_DIGITS_MAX, 18)
  const natural = operand.kind === 'literal' ? constantDecimal(operand.value, operand.type) : null
  return natural ?? asDecimal(operand.type) ?? decimal(DECIMAL_DIGITS_MAX, 18)
}

/** The digits of a constant double or real (15 or 6, as PostgreSQL takes them), text or number of JSON; null for what has none of its own. */
function constantDecimal(value: LiteralValue, { kind }: DataType): DataType | null {
  const text =
    (kind === 'double' || kind === 'real') && Number.isFinite(value)
      ? String(Number((value as number).toPrecision(kind === 'double' ? 15 : 6)))
      : (kind === 'varchar' || kind === 'jsonb' || kind === 'json') && typeof value === 'string'
        ? value.trim()
        : ''
  if (specialDecimalInText(kind === 'double' || kind === 'real' ? String(value) : text) !== null)
    return decimal(WIDE_DECIMAL_DIGITS_MAX, 0)
  const parsed = parseDecimal(text)
  return (parsed && naturalDecimal(parsed.value, parsed.scale)?.type) ?? null
}
