/** eq ne lt le gt ge, is_distinct_from, is_not_distinct_from. */
import { type DataType, BOOLEAN } from '../../core/types.ts'
import { compareNullable, compareValues } from '../values/compare.ts'
import type { ScalarFunction } from './function.ts'
import { EQ, GE, GT, LE, LT, NE, compareVectors } from '../vectors/compare.ts'
import { ofCommonType } from './overloads.ts'

/** Every type is comparable; PostgreSQL's comparisons of untyped NULLs are NULL booleans. */
const resolve: ScalarFunction['resolve'] = ofCommonType(2, (type: DataType) => type && BOOLEAN)

function comparison(
  name: string,
  symbol: string,
  words: string,
  example: string,
  kernel: number,
  holds: (order: number) => boolean,
): ScalarFunction {
  return {
    name,
    category: 'operator',
    description: `\`a ${symbol} b\`: whether a is ${words} b.`,
    example: { sql: example, result: 'true' },
    resolve,
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([a, b], types) => holds(compareValues(a!, b!, types.args[0]!)),
    evaluate: compareVectors(kernel),
  }
}

function distinctness(name: string, symbol: string, example: string, equal: boolean): ScalarFunction {
  return {
    name,
    category: 'operator',
    description: `\`a ${symbol} b\`: comparison that takes NULL as a value of its own and never gives NULL.`,
    example: { sql: example, result: 'true' },
    resolve,
    nulls: 'custom',
    volatility: 'immutable',
    scalar: ([a, b], types) => (compareNullable(a!, b!, types.args[0]!) === 0) === equal,
  }
}

export const comparisonFunctions: readonly ScalarFunction[] = [
  { ...comparison('eq', '=', 'equal to', '1 = 1', EQ, (order) => order === 0), aliases: ['booleq'] },
  { ...comparison('ne', '<>', 'different from', '1 <> 2', NE, (order) => order !== 0), aliases: ['boolne'] },
  comparison('lt', '<', 'less than', '1 < 2', LT, (order) => order < 0),
  comparison('le', '<=', 'at most', '2 <= 2', LE, (order) => order <= 0),
  comparison('gt', '>', 'greater than', '2 > 1', GT, (order) => order > 0),
  comparison('ge', '>=', 'at least', '2 >= 2', GE, (order) => order >= 0),
  distinctness('is_distinct_from', 'IS DISTINCT FROM', '1 IS DISTINCT FROM NULL', false),
  distinctness('is_not_distinct_from', 'IS NOT DISTINCT FROM', 'NULL IS NOT DISTINCT FROM NULL', true),
]
