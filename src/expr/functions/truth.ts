/** not, is_null, is_true and their kin: tests that give TRUE or FALSE. */
import { type DataType, BOOLEAN } from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import type { ScalarFunction } from './function.ts'
import { notVectors, nullTest, valueTest } from '../vectors/truth.ts'
import { overloads } from './overloads.ts'

function test(
  name: string,
  symbol: string,
  example: string,
  anyType: boolean,
  holds: (value: LiteralValue) => boolean,
  evaluate: NonNullable<ScalarFunction['evaluate']>,
): ScalarFunction {
  return {
    name,
    category: 'operator',
    description: `\`${symbol}\`: never NULL itself.`,
    example: { sql: example, result: 'true' },
    resolve: (args: readonly DataType[]) => {
      if (args.length !== 1) return null
      if (anyType) return { args, result: BOOLEAN }
      return args[0]!.kind === 'boolean' || args[0]!.kind === 'null' ? { args: [BOOLEAN], result: BOOLEAN } : null
    },
    nulls: 'custom',
    volatility: 'immutable',
    scalar: ([value]) => holds(value!),
    evaluate,
  }
}

export const truthFunctions: readonly ScalarFunction[] = [
  {
    name: 'not',
    category: 'operator',
    description: '`NOT a`: NULL stays NULL.',
    example: { sql: 'NOT false', result: 'true' },
    resolve: overloads([[BOOLEAN], BOOLEAN]),
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([value]) => value === false,
    evaluate: notVectors,
  },
  test('is_null', 'a IS NULL', 'NULL IS NULL', true, (value) => value === null, nullTest(0)),
  test('is_not_null', 'a IS NOT NULL', '1 IS NOT NULL', true, (value) => value !== null, nullTest(1)),
  test('is_true', 'a IS TRUE', '(1 = 1) IS TRUE', false, (value) => value === true, valueTest(true, false)),
  test('is_not_true', 'a IS NOT TRUE', '(1 = 2) IS NOT TRUE', false, (value) => value !== true, valueTest(true, true)),
  test('is_false', 'a IS FALSE', '(1 = 2) IS FALSE', false, (value) => value === false, valueTest(false, false)),
  test(
    'is_not_false',
    'a IS NOT FALSE',
    '(1 = 1) IS NOT FALSE',
    false,
    (value) => value !== false,
    valueTest(false, true),
  ),
  test('is_unknown', 'a IS UNKNOWN', '(1 = NULL) IS UNKNOWN', false, (value) => value === null, nullTest(0)),
  test('is_not_unknown', 'a IS NOT UNKNOWN', '(1 = 1) IS NOT UNKNOWN', false, (value) => value !== null, nullTest(1)),
]
