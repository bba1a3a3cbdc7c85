/** CAST, `::`, and typed literals (`DATE '2024-01-01'`). */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { type DataType, DECIMAL_DIGITS_MAX, INTEGER, VARCHAR, decimal, sameType, typeName } from '../../core/types.ts'
import { asDecimal, canCast } from '../../expr/coerce.ts'
import { type Expr, literal } from '../../expr/expr.ts'
import { parseDecimal } from '../../expr/values/decimal.ts'
import { parseInterval } from '../../expr/values/interval.ts'
import type { Cast, TypeName, TypedLiteral } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { intervalUnit, withoutFiner } from './date-time.ts'
import { naturalDecimal } from './number-literals.ts'
import type { Scope } from './scope.ts'
import { isPlainDecimal, resolveTypeName, textLengthOf } from './type-name.ts'
import { callFunction, coerce, isUntyped, isUntypedText, settle } from './typing.ts'

export function bindCast(binder: Binder, ast: Cast, scope: Scope): Expr {
  return castTo(binder, binder.expression(ast.operand, scope), ast.type, ast.try, ast.operand.at)
}

export function bindTypedLiteral(binder: Binder, { type, value, at }: TypedLiteral): Expr {
  return castTo(binder, literal(value, { kind: 'null' }), type, false, at)
}

function castTo(binder: Binder, operand: Expr, name: TypeName, tries: boolean, at: TextRange): Expr {
  const type = isPlainDecimal(name) ? plainDecimal(operand) : resolveTypeName(name)
  const cast = convert(binder, operand, type, name, tries, at)
  const length = textLengthOf(name)
  if (length === null) return cast
  const places = [at, at]
  return callFunction(binder, 'left', [cast, literal(length, INTEGER)], places, at)
}

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
  if (isUntypedText(operand)) {
    const parsed = parseDecimal(operand.value.trim())
    const natural = parsed && naturalDecimal(parsed.value, parsed.scale)
    if (natural) return natural.type
  }
  return asDecimal(operand.type) ?? decimal(DECIMAL_DIGITS_MAX, 18)
}
