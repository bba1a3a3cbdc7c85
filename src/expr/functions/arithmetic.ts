/** add subtract multiply divide modulo negate: operators over numbers, dates, times and intervals. */
import { type DataType, INTEGER, INTERVAL, isFloat, isNumeric } from '../../core/types.ts'
import { asDecimal } from '../coerce.ts'
import type { IntervalValue, LiteralValue } from '../expr.ts'
import { checkPrecision } from '../values/decimal.ts'
import { integerOfType } from '../values/integer.ts'
import { negateInterval } from '../values/interval.ts'
import { computeVectors } from '../vectors/arithmetic.ts'
import { negateVectors } from '../vectors/rounding.ts'
import type { ScalarFunction, SessionValues, Signature } from './function.ts'
import {
  type ArithmeticName,
  computeNumbers,
  refineExact,
  refineQuotient,
  resolveNumbers,
} from './number-arithmetic.ts'
import { integerArithmeticType } from './overloads.ts'
import { computeTimes, resolveTimes } from './time-arithmetic.ts'

function operator(
  name: ArithmeticName,
  symbol: string,
  description: string,
  example: { readonly sql: string; readonly result: string },
): ScalarFunction {
  const scalar: ScalarFunction['scalar'] = ([a, b], types, session) => compute(name, a!, b!, types, session)
  return {
    name,
    ...(name === 'modulo' ? { aliases: ['mod'] } : {}),
    category: 'operator',
    description: `\`a ${symbol} b\`: ${description}`,
    example,
    resolve: (args) => resolveTimes(name, args) ?? resolveNumbers(name, args),
    ...refinements(name),
    nulls: 'strict',
    // Days and months of timestamps with time zone depend on the session's zone.
    volatility: 'immutable',
    scalar,
    evaluate: computeVectors(name, { scalar }),
  }
}

function refinements(name: ArithmeticName): Pick<ScalarFunction, 'refine'> {
  if (name === 'modulo') return {}
  return { refine: name === 'divide' ? refineQuotient : (values, types) => refineExact(name, values, types) }
}

function compute(
  name: ArithmeticName,
  a: LiteralValue,
  b: LiteralValue,
  types: Signature,
  session: SessionValues,
): LiteralValue {
  return types.args.every(isNumeric) ? computeNumbers(name, a, b, types) : computeTimes(name, a, b, types, session)
}

function resolveNegate(args: readonly DataType[]): Signature | null {
  const [type] = args
  if (type === undefined || args.length !== 1) return null
  if (type.kind === 'null') return { args: [INTEGER], result: INTEGER }
  if (type.kind === 'interval') return { args: [INTERVAL], result: INTERVAL }
  if (isFloat(type) || type.kind === 'decimal') return { args: [type], result: type }
  const result = integerArithmeticType(type) ?? asDecimal(type)
  return result && { args: [result], result }
}

function negate(value: LiteralValue, type: DataType): LiteralValue {
  if (type.kind === 'interval') return negateInterval(value as IntervalValue)
  if (isFloat(type)) return -(value as number)
  if (type.kind === 'decimal') return checkPrecision(-(value as bigint), type.precision, type.scale)
  return integerOfType(-BigInt(value as number | bigint), type)
}

export const arithmeticFunctions: readonly ScalarFunction[] = [
  operator('add', '+', 'the sum; also dates and timestamps with integers and intervals.', {
    sql: "date '1994-01-31' + interval '1 month'",
    result: '1994-02-28 00:00:00',
  }),
  operator('subtract', '-', 'the difference; of two dates in days, of two timestamps as an interval.', {
    sql: "date '1998-12-01' - date '1998-09-02'",
    result: '90',
  }),
  operator('multiply', '*', 'the product; decimals are exact.', {
    sql: '1.10 * 0.05',
    result: '0.0550',
  }),
  operator('divide', '/', 'the quotient; integers truncate toward zero, zero is an error.', {
    sql: '-7 / 2',
    result: '-3',
  }),
  operator('modulo', '%', 'the remainder, with the sign of a.', { sql: '-7 % 3', result: '-1' }),
  {
    name: 'negate',
    category: 'operator',
    description: '`-a`: the number or interval with its sign turned.',
    example: { sql: '- (2 + 3)', result: '-5' },
    resolve: resolveNegate,
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([value], types) => negate(value!, types.result),
    evaluate: negateVectors,
  },
]
