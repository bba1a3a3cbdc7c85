/** Functions of whole numbers and digits: lcm factorial div scale min_scale width_bucket erf and the like. */
import { SqlError } from '../../core/errors.ts'
import {
  type DataType,
  BIGINT,
  BOOLEAN,
  DECIMAL_DIGITS_MAX,
  DOUBLE,
  INTEGER,
  decimal,
  decimalRoom,
  isFloat,
  isNumeric,
} from '../../core/types.ts'
import { asDecimal, canCoerce, commonType } from '../coerce.ts'
import type { LiteralValue } from '../expr.ts'
import { compareValues } from '../values/compare.ts'
import { checkPrecision, powerOfTen } from '../values/decimal.ts'
import { errorFunction, logGamma } from '../values/error-function.ts'
import { integerOfType } from '../values/integer.ts'
import { define } from './define.ts'
import type { ScalarFunction, Signature } from './function.ts'
import { doubleArguments, integerArithmeticType } from './overloads.ts'

const WHOLE = decimal(DECIMAL_DIGITS_MAX, 0)

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x < 0n ? -x : x
}

function factorial(n: bigint): bigint {
  if (n < 0n) throw new SqlError('22003', 'factorial of a negative number is undefined')
  if (n > 33n) throw new SqlError('22003', 'value overflows numeric format')
  let product = 1n
  for (let i = 2n; i <= n; i++) product *= i
  return product
}

function resolveDiv(args: readonly DataType[]): Signature | null {
  if (args.length !== 2) return null
  const types = args.map((type) => asDecimal(type.kind === 'null' ? WHOLE : type))
  const [a, b] = types
  return a && b ? { args: [a, b], result: decimal(decimalRoom(a.precision, b.precision), 0) } : null
}

function scaleOf(type: DataType | undefined): number {
  return type?.kind === 'decimal' ? type.scale : 0
}

function divideWhole([a, b]: readonly [bigint, bigint], { args, result }: Signature): bigint {
  if (b === 0n) throw new SqlError('22012', 'division by zero')
  const quotient = (a * powerOfTen(scaleOf(args[1]))) / (b * powerOfTen(scaleOf(args[0])))
  return checkPrecision(quotient, (result as DataType & { kind: 'decimal' }).precision, 0)
}

function resolveDecimalArgument(args: readonly DataType[]): Signature | null {
  const [type, ...rest] = args
  if (type === undefined || rest.length > 0) return null
  const exact = type.kind === 'null' ? WHOLE : asDecimal(type)
  return exact && { args: [exact], result: INTEGER }
}

function leastScale(value: bigint, scale: number): number {
  let left = scale
  let digits = value
  while (left > 0 && digits % 10n === 0n) {
    digits /= 10n
    left--
  }
  return value === 0n ? 0 : left
}

/** Numbers: doubles when one is, else decimals. With a list of thresholds: of its type. */
function resolveBucket(args: readonly DataType[]): Signature | null {
  const [value, low, high, count] = args
  if (args.length === 2 && low?.kind === 'list') {
    const common = commonType([value!, low.element.type])
    if (common === null) return null
    return { args: [common, { kind: 'list', element: { ...low.element, type: common } }], result: INTEGER }
  }
  if (args.length !== 4 || !canCoerce(count!, INTEGER)) return null
  const common = commonType([value!, low!, high!])
  if (common === null || !(isNumeric(common) || common.kind === 'null')) return null
  const type = isFloat(common) || common.kind === 'null' ? DOUBLE : asDecimal(common)!
  return { args: [type, type, type, INTEGER], result: INTEGER }
}

function bucketOf(args: readonly LiteralValue[], types: Signature): number {
  if (args.length === 2) return bucketOfThresholds(args, types)
  const [value, low, high, count] = args as readonly [number, number, number, number]
  if (count <= 0) throw new SqlError('2201G', 'count must be greater than zero')
  if (Number.isNaN(value) || Number.isNaN(low) || Number.isNaN(high)) {
    throw new SqlError('2201G', 'operand, lower bound, and upper bound cannot be NaN')
  }
  if (typeof low === 'number' && !(Number.isFinite(low) && Number.isFinite(high))) {
    throw new SqlError('2201G', 'lower and upper bounds must be finite')
  }
  if (low === high) throw new SqlError('2201G', 'lower bound cannot equal upper bound')
  const rising = low < high
  if (rising ? value < low : value > low) return 0
  if (rising ? value >= high : value <= high) {
    if (count === 0x7fff_ffff) throw new SqlError('22003', 'integer out of range')
    return count + 1
  }
  return placeBetween(value, low, high, count) + 1
}

/** How many of `count` equal steps from `low` to `high` lie below the value. */
function placeBetween(value: number | bigint, low: number | bigint, high: number | bigint, count: number): number {
  if (typeof value === 'bigint') {
    const [bottom, top] = [low as bigint, high as bigint]
    return Number((BigInt(count) * (value - bottom)) / (top - bottom))
  }
  // Bounds may lie further apart than a double can say, and so may the value and a bound.
  const unit = Number.isFinite((high as number) - (low as number)) ? 1 : 0.5
  const [bottom, top] = [(low as number) * unit, (high as number) * unit]
  return Math.min(count - 1, Math.floor(count * ((value * unit - bottom) / (top - bottom))))
}

function bucketOfThresholds([value, thresholds]: readonly LiteralValue[], { args }: Signature): number {
  const list = thresholds as readonly LiteralValue[]
  if (list.includes(null)) throw new SqlError('22004', 'thresholds array must not contain NULLs')
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareValues(value!, list[middle]!, args[0]!) < 0) high = middle
    else low = middle + 1
  }
  return low
}

function isFinite_(
  name: string,
  description: string,
  example: readonly [string, string],
  test: (v: number) => boolean,
) {
  return define('math', name, description, example, [[[DOUBLE], BOOLEAN]], ([v]: readonly [number]) => test(v))
}

export const numberTheoryFunctions: readonly ScalarFunction[] = [
  define(
    'math',
    'lcm',
    'Least common multiple.',
    ['lcm(1071, 462)', '23562'],
    (args) => {
      const common = args.length === 2 ? commonType(args) : null
      const type = common?.kind === 'null' ? BIGINT : common && integerArithmeticType(common)
      return type && { args: [type, type], result: type }
    },
    ([a, b]: readonly [number | bigint, number | bigint], { result }) => {
      const [x, y] = [BigInt(a), BigInt(b)]
      if (x === 0n || y === 0n) return integerOfType(0n, result)
      const multiple = (x / greatestDivisor(x, y)) * y
      return integerOfType(multiple < 0n ? -multiple : multiple, result)
    },
  ),
  define(
    'math',
    'factorial',
    'The product of 1 to n.',
    ['factorial(5)', '120'],
    [[[BIGINT], WHOLE]],
    ([n]: readonly [bigint]) => factorial(n),
  ),
  define('math', 'div', 'The whole part of a divided by b, toward zero.', ['div(9, 4)', '2'], resolveDiv, divideWhole),
  define(
    'math',
    'integer_divide',
    '`a // b`: the quotient of integers toward zero; of other numbers rounded down.',
    ['7 // 2', '3'],
    (args) => {
      const common = args.length === 2 ? commonType(args) : null
      const type = common && (integerArithmeticType(common) ?? (isNumeric(common) ? DOUBLE : null))
      return type && { args: [type, type], result: type }
    },
    ([a, b]: readonly [number | bigint, number | bigint], { result }) => {
      if (isFloat(result)) return Math.floor((a as number) / (b as number))
      if (BigInt(b) === 0n) throw new SqlError('22012', 'division by zero')
      return integerOfType(BigInt(a) / BigInt(b), result)
    },
  ),
  define(
    'math',
    'scale',
    'Decimal digits after the point.',
    ['scale(8.4100)', '4'],
    resolveDecimalArgument,
    (_args: readonly [bigint], { args }) => scaleOf(args[0]),
  ),
  define(
    'math',
    'min_scale',
    'Digits after the point that the value needs.',
    ['min_scale(8.4100)', '2'],
    resolveDecimalArgument,
    ([value]: readonly [bigint], { args }) => leastScale(value, scaleOf(args[0])),
  ),
  {
    ...define(
      'math',
      'trim_scale',
      'The value without zeroes at the end of its fraction, if it is a constant; a column keeps its scale.',
      ['trim_scale(8.4100)', '8.41'],
      (args) => {
        const signature = resolveDecimalArgument(args)
        return signature && { args: signature.args, result: signature.args[0]! }
      },
      ([value]: readonly [bigint], { args, result }) => value / powerOfTen(scaleOf(args[0]) - scaleOf(result)),
    ),
    refine: ([value], signature) => {
      const [type] = signature.args
      if (typeof value !== 'bigint' || type?.kind !== 'decimal') return signature
      const dropped = type.scale - leastScale(value, type.scale)
      return { ...signature, result: decimal(Math.max(1, type.precision - dropped), type.scale - dropped) }
    },
  },
  define(
    'math',
    'width_bucket',
    'In which of n equal buckets from low to high a value lies, or between which thresholds of a list.',
    ['width_bucket(5.35, 0.024, 10.06, 5)', '3'],
    resolveBucket,
    bucketOf,
  ),
  define('math', 'erf', 'Error function.', ['erf(0)', '0'], doubleArguments(1), ([v]: readonly [number]) =>
    errorFunction(v),
  ),
  define(
    'math',
    'erfc',
    'One minus the error function.',
    ['erfc(0)', '1'],
    doubleArguments(1),
    ([v]: readonly [number]) => errorFunction(v, true),
  ),
  define(
    'math',
    'lgamma',
    'Logarithm of the gamma function.',
    ['lgamma(1)', '0'],
    doubleArguments(1),
    ([v]: readonly [number]) => logGamma(v),
  ),
  isFinite_('isinf', 'Whether a float is infinite.', ["isinf('-Infinity')", 'true'], (v) => Math.abs(v) === Infinity),
  define(
    'math',
    'even',
    'Rounded away from zero to the next even number.',
    ['even(2.9)', '4'],
    doubleArguments(1),
    ([v]: readonly [number]) => Math.sign(v) * 2 * Math.ceil(Math.abs(v) / 2),
  ),
]
