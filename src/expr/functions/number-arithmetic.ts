/**
 * What + - * / % do to numbers: types and values. `arithmetic.ts` makes the functions.
 *
 *   integers   result in the wider type of the two, 22003 on overflow, division truncates
 *   decimals   exact: + - of scale max(s1, s2); * of scale s1 + s2; / rounds half away from zero at 16 digits or more
 *   floats     IEEE, but 22012 for division by zero and 22003 for overflow as PostgreSQL
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import {
  type DataType,
  DECIMAL_DIGITS_MAX,
  DOUBLE,
  INTEGER,
  REAL,
  WIDE_DECIMAL_DIGITS_MAX,
  decimal,
  decimalRoom,
  isFloat,
  isNumeric,
} from '../../core/types.ts'
import { asDecimal, commonType } from '../coerce.ts'
import type { LiteralValue } from '../expr.ts'
import { checkPrecision, divideRounded, fitsPrecision, powerOfTen, rescale } from '../values/decimal.ts'
import { integerOfType } from '../values/integer.ts'
import { quotientScale, quotientWeight } from '../values/quotient-scale.ts'
import type { Signature } from './function.ts'
import { integerArithmeticType } from './overloads.ts'

export type ArithmeticName = 'add' | 'subtract' | 'multiply' | 'divide' | 'modulo'

/** Types for two numbers (one may be an untyped NULL); null when one is none. */
export function resolveNumbers(name: ArithmeticName, args: readonly DataType[]): Signature | null {
  const [a, b] = args
  if (a === undefined || b === undefined || args.length !== 2) return null
  if (a.kind === 'null' && b.kind === 'null') return { args: [INTEGER, INTEGER], result: INTEGER }
  if (a.kind === 'null') return resolveNumbers(name, [b, b])
  if (b.kind === 'null') return resolveNumbers(name, [a, a])
  if (!isNumeric(a) || !isNumeric(b)) return null
  const common = commonType([a, b])!
  if (isFloat(common)) {
    const type = common.kind === 'half' ? REAL : common
    return name === 'modulo' ? { args: [DOUBLE, DOUBLE], result: DOUBLE } : { args: [type, type], result: type }
  }
  const integer = integerArithmeticType(common)
  if (integer !== null) return { args: [integer, integer], result: integer }
  const x = asDecimal(a)!
  const y = asDecimal(b)!
  return { args: [x, y], result: decimalResult(name, x, y) }
}

type Decimal = DataType & { kind: 'decimal' }

function decimalResult(name: ArithmeticName, a: Decimal, b: Decimal): DataType {
  const most = decimalRoom(a.precision, b.precision)
  const scale = Math.max(a.scale, b.scale)
  const whole = Math.max(a.precision - a.scale, b.precision - b.scale)
  switch (name) {
    case 'add':
    case 'subtract':
      return decimal(Math.min(most, whole + scale + 1), scale)
    case 'multiply': {
      const room = decimalRoom(a.scale + b.scale, most)
      if (a.scale + b.scale > room) {
        throw unsupported(`a product with ${a.scale + b.scale} decimal places`, {
          hint: 'Cast an argument to a decimal with fewer decimal places, or to double precision.',
        })
      }
      return decimal(Math.min(room, a.precision + b.precision), a.scale + b.scale)
    }
    case 'divide': {
      // At least 16 decimal places, as PostgreSQL; more for wide scales as long as every quotient by 10^-s2 fits.
      const wholeDigits = a.precision - a.scale + b.scale
      return decimal(most, Math.max(16, Math.min(scale, most - wholeDigits)))
    }
    case 'modulo':
      return decimal(Math.min(most, whole + scale), scale)
  }
}

/** Constants may be integers still, as JavaScript's numbers. */
function isFiniteNumber(value: LiteralValue): boolean {
  return typeof value !== 'number' || Number.isFinite(value)
}

/** The quotient's type when both sides are constants: 16 digits that count, as PostgreSQL has them. */
export function refineQuotient(values: readonly (LiteralValue | undefined)[], signature: Signature): Signature {
  const [x, y] = signature.args
  const [a, b] = values
  if (x?.kind !== 'decimal' || y?.kind !== 'decimal' || a == null || b == null) return signature
  // NaN and infinities have no digits.
  if (!isFiniteNumber(a) || !isFiniteNumber(b)) return { ...signature, result: decimal(WIDE_DECIMAL_DIGITS_MAX, 0) }
  const dividend = { value: BigInt(a as number | bigint), scale: x.scale }
  const divisor = { value: BigInt(b as number | bigint), scale: y.scale }
  if (divisor.value === 0n) return signature
  const scale = quotientScale(dividend, divisor)
  const whole = Math.max(0, (quotientWeight(dividend, divisor) + 1) * 4)
  const most = scale + whole > DECIMAL_DIGITS_MAX ? WIDE_DECIMAL_DIGITS_MAX : DECIMAL_DIGITS_MAX
  return scale + whole > most ? signature : { ...signature, result: decimal(most, scale) }
}

/** The type of a sum, difference or product of constants: as many digits as it needs where 38 are too few. */
export function refineExact(
  name: 'add' | 'subtract' | 'multiply',
  [a, b]: readonly (LiteralValue | undefined)[],
  signature: Signature,
): Signature {
  const { args, result } = signature
  if (result.kind !== 'decimal' || result.precision !== DECIMAL_DIGITS_MAX || a == null || b == null) return signature
  if (!isFiniteNumber(a) || !isFiniteNumber(b)) return signature
  const wide = { args, result: decimal(WIDE_DECIMAL_DIGITS_MAX, result.scale) }
  return fitsPrecision(computeDecimals(name, a as bigint, b as bigint, wide), DECIMAL_DIGITS_MAX) ? signature : wide
}

/** a op b for numbers of the types. */
export function computeNumbers(name: ArithmeticName, a: LiteralValue, b: LiteralValue, types: Signature): LiteralValue {
  const { result } = types
  if (result.kind === 'decimal') return computeDecimals(name, a as bigint, b as bigint, types)
  if (isFloat(result)) {
    const value = computeFloats(name, a as number, b as number, result)
    return value
  }
  return computeIntegers(name, a as number | bigint, b as number | bigint, result)
}

function computeDecimals(name: ArithmeticName, a: bigint, b: bigint, types: Signature): bigint {
  const x = types.args[0] as Decimal
  const y = types.args[1] as Decimal
  const { precision, scale } = types.result as Decimal
  const check = (value: bigint): bigint => checkPrecision(value, precision, scale)
  switch (name) {
    case 'add':
      return check(rescale(a, x.scale, scale) + rescale(b, y.scale, scale))
    case 'subtract':
      return check(rescale(a, x.scale, scale) - rescale(b, y.scale, scale))
    case 'multiply':
      return check(a * b)
    case 'divide': {
      if (b === 0n) throw divisionByZero()
      const shift = scale + y.scale - x.scale
      return check(shift >= 0 ? divideRounded(a * powerOfTen(shift), b) : divideRounded(a, b * powerOfTen(-shift)))
    }
    case 'modulo':
      if (b === 0n) throw divisionByZero()
      return check(rescale(a, x.scale, scale) % rescale(b, y.scale, scale))
  }
}

function computeFloats(name: ArithmeticName, a: number, b: number, type: DataType): number {
  const round = type.kind === 'real' ? Math.fround : (value: number): number => value
  switch (name) {
    case 'add':
      return checkFloat(round(a + b), a, b)
    case 'subtract':
      return checkFloat(round(a - b), a, b)
    case 'multiply': {
      const value = checkFloat(round(a * b), a, b)
      if (value === 0 && a !== 0 && b !== 0) throw floatUnderflow()
      return value
    }
    case 'divide': {
      if (b === 0 && !Number.isNaN(a)) throw divisionByZero()
      const value = checkFloat(round(a / b), a, b)
      if (value === 0 && a !== 0 && Number.isFinite(b)) throw floatUnderflow()
      return value
    }
    case 'modulo':
      if (b === 0) throw divisionByZero()
      return a % b
  }
}

/** The value unless finite arguments made it infinite. */
function checkFloat(value: number, a: number, b: number): number {
  if (!Number.isFinite(value) && !Number.isNaN(value) && Number.isFinite(a) && Number.isFinite(b)) {
    throw floatOverflow()
  }
  return value
}

export function floatOverflow(): SqlError {
  return new SqlError('22003', 'value out of range: overflow')
}

export function floatUnderflow(): SqlError {
  return new SqlError('22003', 'value out of range: underflow')
}

export function divisionByZero(): SqlError {
  return new SqlError('22012', 'division by zero')
}

function computeIntegers(name: ArithmeticName, a: number | bigint, b: number | bigint, type: DataType): LiteralValue {
  const x = BigInt(a)
  const y = BigInt(b)
  if (y === 0n && (name === 'divide' || name === 'modulo')) throw divisionByZero()
  return integerOfType(INTEGER_OPERATIONS[name](x, y), type)
}

const INTEGER_OPERATIONS: Record<ArithmeticName, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  modulo: (a, b) => a % b,
}
