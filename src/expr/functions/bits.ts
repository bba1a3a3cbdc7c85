/** Bit operators on integers: bit_and bit_or bit_xor bit_not shift_left shift_right. */
import { type DataType, INTEGER } from '../../core/types.ts'
import { commonType } from '../coerce.ts'
import type { ScalarFunction } from './function.ts'
import { integerArithmeticType } from './overloads.ts'

function bitType(types: readonly DataType[]): DataType | null {
  const common = commonType(types)
  if (common === null) return null
  if (common.kind === 'null') return INTEGER
  return integerArithmeticType(common)
}

/** The value of the type's width: shifts drop what they move out. */
function wrap(value: bigint, type: DataType): number | bigint {
  if (type.kind === 'bigint') return BigInt.asIntN(64, value)
  return Number(BigInt.asIntN(type.kind === 'smallint' ? 16 : 32, value))
}

function binary(
  name: string,
  symbol: string,
  description: string,
  example: { readonly sql: string; readonly result: string },
  compute: (a: bigint, b: bigint) => bigint,
): ScalarFunction {
  return {
    name,
    category: 'operator',
    description: `\`a ${symbol} b\`: ${description}`,
    example,
    resolve: (args) => {
      const type = args.length === 2 ? bitType(args) : null
      return type && { args: [type, type], result: type }
    },
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([a, b], { result }) => wrap(compute(BigInt(a as number | bigint), BigInt(b as number | bigint)), result),
  }
}

function shift(
  name: string,
  symbol: string,
  description: string,
  example: { readonly sql: string; readonly result: string },
  compute: (value: bigint, count: bigint) => bigint,
): ScalarFunction {
  return {
    name,
    category: 'operator',
    description: `\`a ${symbol} n\`: ${description}`,
    example,
    resolve: ([value, count, ...rest]) => {
      if (value === undefined || count === undefined || rest.length > 0) return null
      const type = bitType([value])
      return type && bitType([count]) && { args: [type, INTEGER], result: type }
    },
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([value, count], { result }) => {
      // As PostgreSQL (and the processor): the count is taken modulo the width.
      const bits = result.kind === 'bigint' ? 64n : 32n
      const places = BigInt.asUintN(64, BigInt(count as number)) % bits
      return wrap(compute(BigInt(value as number | bigint), places), result)
    },
  }
}

export const bitFunctions: readonly ScalarFunction[] = [
  binary('bit_and', '&', 'bits set in both.', { sql: '12 & 10', result: '8' }, (a, b) => a & b),
  binary('bit_or', '|', 'bits set in either.', { sql: '12 | 10', result: '14' }, (a, b) => a | b),
  binary('bit_xor', '#', 'bits set in exactly one.', { sql: '12 # 10', result: '6' }, (a, b) => a ^ b),
  {
    name: 'bit_not',
    category: 'operator',
    description: '`~a`: every bit turned.',
    example: { sql: '~ 5', result: '-6' },
    resolve: (args) => {
      const type = args.length === 1 ? bitType(args) : null
      return type && { args: [type], result: type }
    },
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([value], { result }) => (result.kind === 'bigint' ? ~(value as bigint) : ~(value as number)),
  },
  shift('shift_left', '<<', 'bits moved up.', { sql: '1 << 4', result: '16' }, (a, n) => a << n),
  shift('shift_right', '>>', 'bits moved down, the sign kept.', { sql: '-16 >> 2', result: '-4' }, (a, n) => a >> n),
]
