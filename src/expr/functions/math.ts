/** Mathematical functions: abs sign ceil floor round trunc, and those of doubles. */
import { SqlError } from '../../core/errors.ts'
import {
  type DataType,
  BIGINT,
  DOUBLE,
  REAL,
  INTEGER,
  WIDE_DECIMAL_DIGITS_MAX,
  decimal,
  decimalRoom,
  isFloat,
  isInteger,
  isWideDecimal,
} from '../../core/types.ts'
import { asDecimal, commonType } from '../coerce.ts'
import type { LiteralValue } from '../expr.ts'
import { roundHalfEven } from '../values/cast-value.ts'
import { checkPrecision, divideRounded, powerOfTen } from '../values/decimal.ts'
import { integerOfType } from '../values/integer.ts'
import { doubleVectors } from '../vectors/math.ts'
import { absVectors, roundingVectors, signVectors } from '../vectors/rounding.ts'
import type { ScalarFunction, Signature } from './function.ts'
import { floatOverflow, floatUnderflow } from './number-arithmetic.ts'
import { doubleArguments, integerArithmeticType } from './overloads.ts'

type Example = ScalarFunction['example']

/** The type in which a function of one number runs: integers and decimals as they are, floats as double. Untyped NULL: double. */
function numberType(type: DataType): DataType | null {
  if (type.kind === 'null' || isFloat(type)) return DOUBLE
  return integerArithmeticType(type) ?? asDecimal(type)
}

function math(
  name: string,
  description: string,
  example: Example,
  compute: (value: number) => number,
  domain?: (value: number) => SqlError | null,
): ScalarFunction {
  return {
    name,
    category: 'math',
    description,
    example,
    resolve: doubleArguments(1),
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([arg]) => {
      const value = arg as number
      const error = domain?.(value)
      if (error) throw error
      const result = compute(value)
      if (Math.abs(result) === Number.POSITIVE_INFINITY && Number.isFinite(value)) throw floatOverflow()
      return result
    },
  }
}

function logDomain(value: number): SqlError | null {
  if (value > 0 || Number.isNaN(value)) return null
  const what = value === 0 ? 'zero' : 'a negative number'
  return new SqlError('2201E', `cannot take logarithm of ${what}`)
}

function trigonometryDomain(value: number): SqlError | null {
  return Number.isNaN(value) || Math.abs(value) <= 1 ? null : new SqlError('22003', 'input is out of range')
}

function infiniteDomain(value: number): SqlError | null {
  return Math.abs(value) === Number.POSITIVE_INFINITY ? new SqlError('22003', 'input is out of range') : null
}

/** ceil and floor: integers unchanged, decimals to scale 0, floats as double. */
function toWhole(
  name: 'ceil' | 'floor',
  alias: string | null,
  description: string,
  example: Example,
  ofDouble: (value: number) => number,
  awayFromZero: (value: bigint) => boolean,
): ScalarFunction {
  return {
    name,
    ...(alias === null ? {} : { aliases: [alias] }),
    category: 'math',
    description,
    example,
    resolve: (args) => resolveWhole(args),
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([value], types) => {
      const from = types.args[0]!
      if (from.kind !== 'decimal') return from.kind === 'double' ? ofDouble(value as number) : value!
      const unit = powerOfTen(from.scale)
      const whole = (value as bigint) / unit
      const exact = whole * unit === value
      const step = (value as bigint) < 0n ? -1n : 1n
      return exact || !awayFromZero(value as bigint) ? whole : whole + step
    },
    evaluate: roundingVectors(name),
  }
}

function resolveWhole(args: readonly DataType[]): Signature | null {
  const type = args.length === 1 ? numberType(args[0]!) : null
  if (type?.kind !== 'decimal') return type && { args: [type], result: type }
  return { args: [type], result: wholeDecimal(type) }
}

/** Rounding up can add a digit. */
function wholeDecimal({ precision, scale }: DataType & { kind: 'decimal' }): DataType {
  return decimal(Math.min(decimalRoom(precision), precision - scale + 1), 0)
}

/**
 * round(x) and trunc(x), round(x, n) and trunc(x, n). The scale of round(decimal, n) is that of the argument: n need not be constant, so
 * digits beyond n become zeroes.
 */
function toDigits(
  name: 'round' | 'trunc',
  description: string,
  example: Example,
  ofDouble: (value: number) => number,
  divide: (value: bigint, unit: bigint) => bigint,
): ScalarFunction {
  return {
    name,
    category: 'math',
    description,
    example,
    resolve: (args) => {
      if (args.length === 1) return resolveWhole(args)
      const type = args.length === 2 ? numberType(args[0]!) : null
      const digits = args[1]!
      if (type === null || !(digits.kind === 'null' || commonType([digits, INTEGER])?.kind === 'integer')) return null
      const result =
        type.kind === 'decimal' ? decimal(Math.min(decimalRoom(type.precision), type.precision + 1), type.scale) : type
      return { args: [type, INTEGER], result }
    },
    refine: (values, signature) => {
      const { result } = signature
      const digits = values[1]
      if (result.kind !== 'decimal' || typeof digits !== 'number') return signature
      const kept = Math.max(0, Math.min(digits, result.scale))
      return { ...signature, result: decimal(Math.max(1, result.precision - result.scale + kept), kept) }
    },
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([value, digits], types) => {
      const from = types.args[0]!
      if (digits === undefined) {
        if (from.kind === 'double') return ofDouble(value as number)
        return from.kind === 'decimal' ? divide(value as bigint, powerOfTen(from.scale)) : value!
      }
      return atDigits(value!, digits as number, types, ofDouble, divide)
    },
    evaluate: roundingVectors(name),
  }
}

function atDigits(
  value: LiteralValue,
  digits: number,
  { args, result }: Signature,
  ofDouble: (value: number) => number,
  divide: (value: bigint, unit: bigint) => bigint,
): LiteralValue {
  const from = args[0]!
  if (from.kind === 'double') {
    const number = value as number
    if (!Number.isFinite(number) || digits > 300) return number
    const factor = 10 ** Math.abs(digits)
    if (!Number.isFinite(factor)) return digits < 0 ? 0 : number
    const rounded = digits >= 0 ? ofDouble(number * factor) / factor : ofDouble(number / factor) * factor
    return Number.isFinite(rounded) ? rounded : number
  }
  const scale = from.kind === 'decimal' ? from.scale : 0
  const drop = scale - digits
  // Then the scale stays: see refine.
  if (drop <= 0) return value
  const unit = powerOfTen(Math.min(drop, WIDE_DECIMAL_DIGITS_MAX + 1))
  const rounded = divide(BigInt(value as number | bigint), unit) * unit
  if (result.kind === 'decimal') {
    return checkPrecision(rounded / powerOfTen(scale - result.scale), result.precision, result.scale)
  }
  return integerOfType(rounded, result)
}

function power(a: number, b: number): number {
  if (a === 0 && b < 0) throw new SqlError('2201F', 'zero raised to a negative power is undefined')
  if (a < 0 && Number.isFinite(a) && Number.isFinite(b) && !Number.isInteger(b)) {
    throw new SqlError('2201F', 'a negative number raised to a non-integer power yields a complex result')
  }
  // IEEE 754 pow, which PostgreSQL follows and JavaScript does not.
  if (a === 1 || b === 0 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY)) return 1
  const value = a ** b
  if (Number.isFinite(a) && Number.isFinite(b)) {
    if (!Number.isFinite(value)) throw floatOverflow()
    if (value === 0 && a !== 0) throw floatUnderflow()
  }
  return value
}

function ofTwoDoubles(
  name: string,
  aliases: readonly string[],
  description: string,
  example: Example,
  compute: (a: number, b: number) => number,
): ScalarFunction {
  return {
    name,
    aliases,
    category: 'math',
    description,
    example,
    resolve: doubleArguments(2),
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([a, b]) => compute(a as number, b as number),
  }
}

const logFunction: ScalarFunction = {
  ...math(
    'log',
    'Logarithm to base 10; with two arguments log(b, x) to base b.',
    { sql: 'log(100)', result: '2' },
    Math.log10,
  ),
  aliases: ['log10'],
  resolve: (args) => doubleArguments(1)(args) ?? doubleArguments(2)(args),
  scalar: (args) => {
    for (const arg of args) {
      const error = logDomain(arg as number)
      if (error) throw error
    }
    if (args.length === 1) return Math.log10(args[0] as number)
    const base = Math.log(args[0] as number)
    if (base === 0) throw new SqlError('22012', 'division by zero')
    return Math.log(args[1] as number) / base
  },
}

const absFunction: ScalarFunction = {
  name: 'abs',
  category: 'math',
  description: 'The size without the sign.',
  example: { sql: 'abs(-5)', result: '5' },
  resolve: (args) => {
    const type = args.length !== 1 ? null : args[0]!.kind === 'real' ? REAL : numberType(args[0]!)
    return type && { args: [type], result: type }
  },
  nulls: 'strict',
  volatility: 'immutable',
  scalar: ([value], { result }) => {
    if (isFloat(result)) return Math.abs(value as number)
    const size = BigInt(value as number | bigint)
    const positive = size < 0n ? -size : size
    return isInteger(result) ? integerOfType(positive, result) : positive
  },
  evaluate: absVectors,
}

const signFunction: ScalarFunction = {
  name: 'sign',
  category: 'math',
  description: '-1, 0 or 1.',
  example: { sql: 'sign(-8)', result: '-1' },
  resolve: (args) => {
    const type = args.length === 1 ? numberType(args[0]!) : null
    if (type === null) return null
    if (isInteger(type)) return { args: [type], result: INTEGER }
    return {
      args: [type],
      result: type.kind !== 'decimal' ? DOUBLE : isWideDecimal(type) ? decimal(type.precision, 0) : decimal(1, 0),
    }
  },
  nulls: 'strict',
  volatility: 'immutable',
  scalar: ([value], { args, result }) => {
    if (isFloat(args[0]!)) return (value as number) > 0 ? 1 : (value as number) < 0 ? -1 : 0
    const sign = (value as bigint) > 0 ? 1 : (value as bigint) < 0 ? -1 : 0
    return result.kind === 'decimal' ? BigInt(sign) : sign
  },
  evaluate: signVectors,
}

const gcdFunction: ScalarFunction = {
  name: 'gcd',
  category: 'math',
  description: 'Greatest common divisor.',
  example: { sql: 'gcd(12, 18)', result: '6' },
  resolve: (args) => {
    const common = args.length === 2 ? commonType(args) : null
    const type = common?.kind === 'null' ? BIGINT : common && integerArithmeticType(common)
    return type && { args: [type, type], result: type }
  },
  nulls: 'strict',
  volatility: 'immutable',
  scalar: ([a, b], { result }) => {
    let x = BigInt(a as number | bigint)
    let y = BigInt(b as number | bigint)
    while (y !== 0n) [x, y] = [y, x % y]
    return integerOfType(x < 0n ? -x : x, result)
  },
}

const DEFINITIONS: readonly ScalarFunction[] = [
  absFunction,
  signFunction,
  toWhole(
    'ceil',
    'ceiling',
    'The least whole number that is not less.',
    { sql: 'ceil(1.2)', result: '2' },
    Math.ceil,
    (v) => v > 0n,
  ),
  toWhole(
    'floor',
    null,
    'The greatest whole number that is not greater.',
    { sql: 'floor(-1.2)', result: '-2' },
    Math.floor,
    (v) => v < 0n,
  ),
  toDigits(
    'round',
    'Rounded to n decimal places (0): decimals half away from zero, doubles half to even.',
    { sql: 'round(2.5)', result: '3' },
    roundHalfEven,
    divideRounded,
  ),
  toDigits(
    'trunc',
    'Cut off after n decimal places (0).',
    { sql: 'trunc(-2.7)', result: '-2' },
    Math.trunc,
    (v, unit) => v / unit,
  ),
  math('sqrt', 'Square root.', { sql: 'sqrt(16)', result: '4' }, Math.sqrt, (v) =>
    v < 0 ? new SqlError('2201F', 'cannot take square root of a negative number') : null,
  ),
  math('cbrt', 'Cube root.', { sql: 'cbrt(27)', result: '3' }, Math.cbrt),
  math('exp', 'e to the power of x.', { sql: 'exp(0)', result: '1' }, Math.exp),
  math('ln', 'Natural logarithm.', { sql: 'ln(1)', result: '0' }, Math.log, logDomain),
  logFunction,
  math('log2', 'Logarithm to base 2.', { sql: 'log2(8)', result: '3' }, Math.log2, logDomain),
  ofTwoDoubles('power', ['pow'], 'a to the power of b; also `a ^ b`.', { sql: 'power(2, 10)', result: '1024' }, power),
  ofTwoDoubles(
    'atan2',
    [],
    'Angle of the point (x, y), given as atan2(y, x).',
    { sql: 'atan2(0, 1)', result: '0' },
    Math.atan2,
  ),
  math('sin', 'Sine.', { sql: 'sin(0)', result: '0' }, Math.sin, infiniteDomain),
  math('cos', 'Cosine.', { sql: 'cos(0)', result: '1' }, Math.cos, infiniteDomain),
  math('tan', 'Tangent.', { sql: 'tan(0)', result: '0' }, Math.tan, infiniteDomain),
  math('asin', 'Inverse sine.', { sql: 'asin(0)', result: '0' }, Math.asin, trigonometryDomain),
  math('acos', 'Inverse cosine.', { sql: 'acos(1)', result: '0' }, Math.acos, trigonometryDomain),
  math('atan', 'Inverse tangent.', { sql: 'atan(0)', result: '0' }, Math.atan),
  math('degrees', 'Radians to degrees.', { sql: 'degrees(0)', result: '0' }, (v) => v * (180 / Math.PI)),
  math('radians', 'Degrees to radians.', { sql: 'radians(0)', result: '0' }, (v) => v * (Math.PI / 180)),
  {
    name: 'pi',
    category: 'math',
    description: 'The number pi.',
    example: { sql: 'pi()', result: '3.141592653589793' },
    resolve: (args) => (args.length === 0 ? { args: [], result: DOUBLE } : null),
    nulls: 'strict',
    volatility: 'immutable',
    scalar: () => Math.PI,
  },
  gcdFunction,
  {
    name: 'isnan',
    category: 'math',
    description: 'Whether a float is NaN.',
    example: { sql: "isnan('NaN'::double precision)", result: 'true' },
    resolve: (args) => {
      const signature = doubleArguments(1)(args)
      return signature && { args: signature.args, result: { kind: 'boolean' } }
    },
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([value]) => Number.isNaN(value as number),
  },
]

export const mathFunctions: readonly ScalarFunction[] = DEFINITIONS.map((entry) => {
  const evaluate = doubleVectors(entry.name, entry)
  return evaluate === undefined ? entry : { ...entry, evaluate }
})
