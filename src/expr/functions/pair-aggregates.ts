/** What becomes of collected pairs (y, x): correlation, regression, arg_max, maps. Pairs with a NULL are left out before, where SQL says so. */
import { type DataType, BIGINT, DOUBLE, listOf } from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import { compareValues } from '../values/compare.ts'
import { type PairMoments, pairMoments } from '../values/moments.ts'
import { define } from './define.ts'
import type { ScalarFunction, Signature } from './function.ts'

type Pairs = readonly (readonly [LiteralValue, LiteralValue])[]

const PAIR: DataType = {
  kind: 'struct',
  fields: ['f1', 'f2'].map((name) => ({ name, type: DOUBLE, nullable: true })),
}

/** Pairs (y, x), as SQL's functions take them. */
function regression(
  name: string,
  words: string,
  result: string,
  compute: (moments: PairMoments) => number | null,
): ScalarFunction {
  return define(
    'nested',
    name,
    `${words}, of a list of pairs (y, x).`,
    [`${name}(ARRAY[(1.0, 1.0), (3.0, 2.0), (5.0, 3.0)])`, result],
    ([list, ...rest]) => {
      const isPairs =
        list?.kind === 'list' && list.element.type.kind === 'struct' && list.element.type.fields.length === 2
      return isPairs && rest.length === 0 ? { args: [listOf(PAIR)], result: DOUBLE } : null
    },
    ([list]: readonly [Pairs]) => {
      const moments = pairMoments(list.map(([y, x]) => [x as number, y as number] as const))
      return moments.count === 0 ? null : compute(moments)
    },
  )
}

function slope({ sxx, sxy }: PairMoments): number | null {
  return sxx === 0 ? null : sxy / sxx
}

function intercept({ count, sumX, sumY, sxx, sxy }: PairMoments): number | null {
  return sxx === 0 ? null : (sumY - sumX * (sxy / sxx)) / count
}

function determination({ sxx, syy, sxy }: PairMoments): number | null {
  if (sxx === 0) return null
  return syy === 0 ? 1 : (sxy * sxy) / (sxx * syy)
}

function pairTypes(list: DataType | undefined): readonly [DataType, DataType] | null {
  if (list?.kind !== 'list' || list.element.type.kind !== 'struct') return null
  const [a, b] = list.element.type.fields
  return a === undefined || b === undefined ? null : [a.type, b.type]
}

/** The first part of the pair whose second part is the greatest (or least). */
function argumentOf(name: string, word: string, result: string, sign: number): ScalarFunction {
  return define(
    'nested',
    name,
    `The first part of the pair whose second part is the ${word}.`,
    [`${name}(ARRAY[('a', 1), ('b', 3), ('c', 2)])`, result],
    ([list, ...rest]) => {
      const types = pairTypes(list)
      return types === null || rest.length > 0 ? null : { args: [list!], result: types[0] }
    },
    ([list]: readonly [Pairs], { args }: Signature) => {
      const type = pairTypes(args[0])![1]
      let best: Pairs[number] | null = null
      for (const pair of list) {
        if (pair[1] !== null && (best === null || compareValues(pair[1], best[1], type) * sign > 0)) best = pair
      }
      return best?.[0] ?? null
    },
  )
}

export const pairAggregateFunctions: readonly ScalarFunction[] = [
  regression('list_corr', 'The correlation coefficient', '1', ({ sxx, syy, sxy }) =>
    sxx === 0 || syy === 0 ? null : sxy / Math.sqrt(sxx * syy),
  ),
  regression(
    'list_covar_pop',
    'The covariance of the population',
    '1.3333333333333333',
    ({ sxy, count }) => sxy / count,
  ),
  regression('list_covar_samp', 'The sample covariance', '2', ({ sxy, count }) =>
    count < 2 ? null : sxy / (count - 1),
  ),
  regression('list_regr_avgx', 'The average of x', '2', ({ sumX, count }) => sumX / count),
  regression('list_regr_avgy', 'The average of y', '3', ({ sumY, count }) => sumY / count),
  regression('list_regr_slope', 'The slope of the line of least squares', '2', slope),
  regression('list_regr_intercept', 'Where the line of least squares meets x = 0', '-1', intercept),
  regression('list_regr_r2', 'The square of the correlation coefficient', '1', determination),
  regression('list_regr_sxx', 'The sum of squared differences of x', '2', ({ sxx }) => sxx),
  regression('list_regr_syy', 'The sum of squared differences of y', '8', ({ syy }) => syy),
  regression('list_regr_sxy', 'The sum of products of differences', '4', ({ sxy }) => sxy),
  define(
    'nested',
    'list_regr_count',
    'How many pairs there are; 0 for NULL.',
    ['list_regr_count(ARRAY[(1, 1), (3, 2)])', '2'],
    ([list, ...rest]) => (pairTypes(list) === null || rest.length > 0 ? null : { args: [list!], result: BIGINT }),
    ([list]: readonly [Pairs | null]) => BigInt(list?.length ?? 0),
    { nulls: 'custom' },
  ),
  argumentOf('list_arg_max', 'greatest', 'b', 1),
  argumentOf('list_arg_min', 'least', 'a', -1),
]
