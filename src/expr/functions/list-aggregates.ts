/**
 * What becomes of the values that an aggregate collected (see aggregates/collected.ts): string_agg is array_to_string of them, percentile_cont
 * is list_percentile_cont, and so on. Lists have no NULLs where the aggregate leaves them out.
 */
import { SqlError } from '../../core/errors.ts'
import {
  type DataType,
  BIGINT,
  BYTEA,
  DOUBLE,
  INTERVAL,
  VARCHAR,
  isInteger,
  isNumeric,
  listOf,
} from '../../core/types.ts'
import { resolveAggregate } from '../aggregates/index.ts'
import type { IntervalValue, LiteralValue } from '../expr.ts'
import { compareValues } from '../values/compare.ts'
import { divideRounded, powerOfTen } from '../values/decimal.ts'
import { integerOfType } from '../values/integer.ts'
import { addIntervals, divideInterval, negateInterval, scaleInterval } from '../values/interval.ts'
import { define } from './define.ts'
import type { ScalarFunction, Signature } from './function.ts'
import { elementOf } from './list-types.ts'
import { elementVectors } from '../vectors/list-element.ts'
import { sampleMoments } from '../values/moments.ts'

type Values = readonly LiteralValue[]
type Resolve = ScalarFunction['resolve']

const DOUBLES = listOf(DOUBLE)

function ofNumbers(result: DataType): Resolve {
  return ([list, ...rest]) =>
    list?.kind === 'list' && rest.length === 0 && (isNumeric(list.element.type) || list.element.type.kind === 'null')
      ? { args: [DOUBLES], result }
      : null
}

const ofList =
  (result: (element: DataType) => DataType | null): Resolve =>
  ([list, ...rest]) => {
    if (list?.kind !== 'list' || rest.length > 0) return null
    const type = result(list.element.type)
    return type && { args: [list], result: type }
  }

function present(list: Values): Values {
  return list.filter((item) => item !== null)
}

/** sum, avg, min, max, count over a list: types are those of the aggregate of that name. */
function aggregate(
  name: string,
  words: string,
  example: readonly [string, string],
  compute: (items: Values, types: Signature) => LiteralValue,
): ScalarFunction {
  return define(
    'nested',
    `list_${name}`,
    `${words} of a list's elements that are not NULL.`,
    example,
    ([list, ...rest]) => {
      if (list?.kind !== 'list' || rest.length > 0) return null
      const { type } = list.element
      const resolved =
        resolveAggregate(name, [type], false) ?? (isByList(name, type) ? { args: [type], result: type } : null)
      return resolved && { args: [listOf(resolved.args[0]!)], result: resolved.result }
    },
    ([list]: readonly [Values], types) => {
      const items = present(list)
      return items.length === 0 && name !== 'count' ? null : compute(items, types)
    },
    { aliases: [`array_${name}`] },
  )
}

/** Whether the aggregate of that name is one of lists only: nested values and intervals have no kernels. */
export function isByList(name: string, { kind }: DataType): boolean {
  if (kind === 'interval') return name === 'min' || name === 'max' || name === 'sum' || name === 'avg'
  return (name === 'min' || name === 'max') && (kind === 'list' || kind === 'struct' || kind === 'map')
}

function sum(items: Values, { result }: Signature): LiteralValue {
  if (result.kind === 'double' || result.kind === 'real') return (items as readonly number[]).reduce((a, b) => a + b, 0)
  if (result.kind === 'interval') return (items as readonly IntervalValue[]).reduce(addIntervals)
  return items.reduce<bigint>((a, b) => a + BigInt(b as number | bigint), 0n)
}

function average(items: Values, types: Signature): LiteralValue {
  const { result } = types
  if (result.kind === 'interval') return divideInterval(sum(items, types) as IntervalValue, items.length)
  if (result.kind !== 'decimal') return (sum(items, types) as number) / items.length
  const from = elementOf(types.args[0]!)
  const scale = from.kind === 'decimal' ? from.scale : 0
  const total = items.reduce<bigint>((a, b) => a + BigInt(b as number | bigint), 0n)
  return divideRounded(total * powerOfTen(result.scale - scale), BigInt(items.length))
}

function extreme(sign: number): (items: Values, types: Signature) => LiteralValue {
  return (items, { args }) => items.reduce((a, b) => (compareValues(b, a, elementOf(args[0]!)) * sign > 0 ? b : a))
}

function bits(
  name: string,
  word: string,
  example: readonly [string, string],
  combine: (a: bigint, b: bigint) => bigint,
): ScalarFunction {
  return define(
    'nested',
    name,
    `The bits of all elements combined by ${word}.`,
    example,
    ofList((type) => (isInteger(type) || type.kind === 'bytea' ? type : null)),
    ([list]: readonly [Values], { result }) => {
      const items = present(list)
      if (items.length === 0) return null
      return integerOfType(items.map((item) => BigInt(item as number | bigint)).reduce(combine), result)
    },
  )
}

function checkFraction(fraction: number): void {
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new SqlError('22003', `percentile value ${fraction} is not between 0 and 1`)
  }
}

/** The fraction and, for a list of them, the list of results. */
function percentile(
  name: string,
  description: string,
  example: readonly [string, string],
  input: (type: DataType) => DataType | null,
  compute: (items: Values, fraction: number, type: DataType) => LiteralValue,
): ScalarFunction {
  return define(
    'nested',
    name,
    description,
    example,
    ([list, fraction, ...rest]) => {
      if (list?.kind !== 'list' || fraction === undefined || rest.length > 0) return null
      const type = input(list.element.type)
      if (type === null) return null
      const isMany = fraction.kind === 'list'
      return { args: [listOf(type), isMany ? DOUBLES : DOUBLE], result: isMany ? listOf(type) : type }
    },
    ([list, fraction]: readonly [Values, number | readonly (number | null)[]], { args }) => {
      const type = elementOf(args[0]!)
      const items = present(list).toSorted((a, b) => compareValues(a, b, type))
      const one = (at: number | null): LiteralValue => {
        if (at === null) return null
        checkFraction(at)
        return items.length === 0 ? null : compute(items, at, type)
      }
      return typeof fraction === 'number' ? one(fraction) : fraction.map(one)
    },
  )
}

function continuous(items: Values, fraction: number, type: DataType): LiteralValue {
  const place = fraction * (items.length - 1)
  const low = Math.floor(place)
  const [a, b] = [items[low]!, items[Math.ceil(place)]!]
  const part = place - low
  if (part === 0) return a
  if (type.kind === 'interval') {
    const [from, to] = [a as IntervalValue, b as IntervalValue]
    return addIntervals(from, scaleInterval(addIntervals(to, negateInterval(from)), part))
  }
  return (a as number) + part * ((b as number) - (a as number))
}

function discrete(items: Values, fraction: number): LiteralValue {
  return items[Math.max(1, Math.ceil(fraction * items.length)) - 1]!
}

const continuousType = (type: DataType): DataType | null =>
  type.kind === 'interval' ? INTERVAL : isNumeric(type) || type.kind === 'null' ? DOUBLE : null

/** The most frequent element; of several the one that comes first. */
function mode([list]: readonly [Values], { args }: Signature): LiteralValue {
  const type = elementOf(args[0]!)
  const items = present(list)
  const order = items.map((_, i) => i).sort((a, b) => compareValues(items[a]!, items[b]!, type) || a - b)
  let [best, bestCount, bestPlace] = [null as LiteralValue, 0, 0]
  for (let start = 0; start < order.length;) {
    let end = start + 1
    while (end < order.length && compareValues(items[order[start]!]!, items[order[end]!]!, type) === 0) end++
    const place = order[start]!
    if (end - start > bestCount || (end - start === bestCount && place < bestPlace)) {
      ;[best, bestCount, bestPlace] = [items[place]!, end - start, place]
    }
    start = end
  }
  return best
}

function moment(
  name: string,
  words: string,
  example: readonly [string, string],
  compute: (values: readonly number[]) => number | null,
): ScalarFunction {
  return define(
    'nested',
    name,
    `${words} of a list of numbers.`,
    example,
    ofNumbers(DOUBLE),
    ([list]: readonly [Values]) => {
      const values = present(list) as readonly number[]
      return values.length === 0 ? null : compute(values)
    },
  )
}

function skewness(values: readonly number[]): number | null {
  const { count: n, mean, second } = sampleMoments(values)
  if (n < 3 || second === 0) return null
  const deviation = Math.sqrt(second / n)
  const third = values.reduce((total, value) => total + ((value - mean) / deviation) ** 3, 0) / n
  return (Math.sqrt(n * (n - 1)) / (n - 2)) * third
}

function kurtosis(values: readonly number[]): number | null {
  const { count: n, mean, second } = sampleMoments(values)
  if (n < 4 || second === 0) return null
  const variance = second / n
  const fourth = values.reduce((total, value) => total + (value - mean) ** 4, 0) / n
  return ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * (fourth / (variance * variance)) - 3 * (n - 1))
}

function median(values: readonly number[]): number {
  return continuous(
    values.toSorted((a, b) => a - b),
    0.5,
    DOUBLE,
  ) as number
}

function entropy([list]: readonly [Values], { args }: Signature): number {
  const counts = countsOf(present(list), elementOf(args[0]!))
  const total = counts.reduce((sum_, [, count]) => sum_ + count, 0)
  return counts.reduce((sum_, [, count]) => sum_ - (count / total) * Math.log2(count / total), 0)
}

/** Different values in order, each with how often it occurs. */
function countsOf(items: Values, type: DataType): [LiteralValue, number][] {
  const counts: [LiteralValue, number][] = []
  for (const item of items.toSorted((a, b) => compareValues(a, b, type))) {
    const last = counts.at(-1)
    if (last !== undefined && compareValues(last[0], item, type) === 0) last[1]++
    else counts.push([item, 1])
  }
  return counts
}

export const listAggregateFunctions: readonly ScalarFunction[] = [
  aggregate('sum', 'The sum', ['list_sum(ARRAY[1, 2, 4])', '7'], sum),
  aggregate('avg', 'The average', ['list_avg(ARRAY[1, 2, 3])', '2.0000000000000000'], average),
  aggregate('min', 'The least', ['list_min(ARRAY[3, 1, 2])', '1'], extreme(-1)),
  aggregate('max', 'The greatest', ['list_max(ARRAY[3, 1, 2])', '3'], extreme(1)),
  aggregate('count', 'How many', ['list_count(ARRAY[3, NULL, 2])', '2'], (items) => BigInt(items.length)),
  {
    ...define(
      'nested',
      'list_first',
      'The first element.',
      ['list_first(ARRAY[3, 1])', '3'],
      ofList((type) => type),
      ([list]: readonly [Values]) => list[0] ?? null,
    ),
    evaluate: elementVectors('from both ends', 1),
  },
  {
    ...define(
      'nested',
      'list_last',
      'The last element.',
      ['list_last(ARRAY[3, 1])', '1'],
      ofList((type) => type),
      ([list]: readonly [Values]) => list.at(-1) ?? null,
    ),
    evaluate: elementVectors('from both ends', -1),
  },
  {
    ...define(
      'nested',
      'list_extract',
      'The element at a place counted from 1, or from the end when negative; NULL where there is none.',
      ['list_extract(ARRAY[7, 8, 9], -1)', '9'],
      ([list, place, ...rest]) =>
        list?.kind === 'list' && place !== undefined && rest.length === 0 && (isInteger(place) || place.kind === 'null')
          ? { args: [list, BIGINT], result: list.element.type }
          : null,
      ([list, place]: readonly [Values, bigint]) =>
        place === 0n ? null : (list.at(Number(place > 0n ? place - 1n : place)) ?? null),
      { aliases: ['array_extract'] },
    ),
    evaluate: elementVectors('from both ends'),
  },
  bits('list_bit_and', 'AND', ['list_bit_and(ARRAY[6, 3])', '2'], (a, b) => a & b),
  bits('list_bit_or', 'OR', ['list_bit_or(ARRAY[6, 3])', '7'], (a, b) => a | b),
  bits('list_bit_xor', 'XOR', ['list_bit_xor(ARRAY[6, 3])', '5'], (a, b) => a ^ b),
  define(
    'nested',
    'list_separated',
    'The texts of rows (text, separator) one after the other, each but the first behind its separator: `string_agg` with a separator a row.',
    ["list_separated(ARRAY[ROW('a'::text, ','::text), ROW('b'::text, '; '::text)])", 'a; b'],
    ([list, ...rest]) =>
      list?.kind === 'list' && list.element.type.kind === 'struct' && rest.length === 0
        ? { args: [list], result: VARCHAR }
        : null,
    ([list]: readonly [readonly (readonly [string | null, string | null])[]]) => {
      const rows = list.filter(([text]) => text !== null)
      if (rows.length === 0) return null
      return rows.map(([text, separator], i) => (i === 0 ? text! : (separator ?? '') + text!)).join('')
    },
  ),
  define(
    'nested',
    'list_concat_bytes',
    'The bytes of a list one after the other, with others between them.',
    ["list_concat_bytes(ARRAY['\\x01'::bytea, '\\x02'], '\\xff')", '\\x01ff02'],
    [[[listOf(BYTEA), BYTEA], BYTEA]],
    ([list, separator]: readonly [readonly (Uint8Array | null)[], Uint8Array]) => {
      const parts = list.filter((item) => item !== null)
      return new Uint8Array(Buffer.concat(parts.flatMap((item, i) => (i === 0 ? [item] : [separator, item]))))
    },
  ),
  percentile(
    'list_percentile_cont',
    'The value at a fraction (or fractions) of the ordered elements, interpolated.',
    ['list_percentile_cont(ARRAY[1, 2, 4, 8], 0.5)', '3'],
    continuousType,
    continuous,
  ),
  percentile(
    'list_percentile_disc',
    'The first of the ordered elements at or beyond a fraction (or fractions).',
    ['list_percentile_disc(ARRAY[1, 2, 4, 8], 0.5)', '2'],
    (type) => type,
    discrete,
  ),
  moment('list_median', 'The median', ['list_median(ARRAY[1, 2, 4])', '2'], median),
  define(
    'nested',
    'list_mode',
    'The most frequent element.',
    ['list_mode(ARRAY[1, 2, 2])', '2'],
    ofList((type) => type),
    mode,
  ),
  moment('list_product', 'The product', ['list_product(ARRAY[2, 3, 4])', '24'], (values) =>
    values.reduce((a, b) => a * b, 1),
  ),
  moment('list_geometric_mean', 'The geometric mean', ['list_geometric_mean(ARRAY[2, 8])', '4'], (values) =>
    Math.exp(values.reduce((a, b) => a + Math.log(b), 0) / values.length),
  ),
  moment('list_skewness', 'The skewness', ['list_skewness(ARRAY[1, 2, 3])', '0'], skewness),
  moment('list_kurtosis', 'The excess kurtosis', ['round(list_kurtosis(ARRAY[1, 2, 3, 4]), 1)', '-1.2'], kurtosis),
  moment('list_mad', 'The median of the distances from the median', ['list_mad(ARRAY[1, 2, 4])', '1'], (values) => {
    const middle = median(values)
    return median(values.map((value) => Math.abs(value - middle)))
  }),
  define(
    'nested',
    'list_entropy',
    'The entropy of the elements in bits.',
    ['list_entropy(ARRAY[1, 1, 2, 2])', '1'],
    ofList(() => DOUBLE),
    entropy,
  ),
  define(
    'nested',
    'list_histogram',
    'How often each value occurs, as a map.',
    ['list_histogram(ARRAY[1, 2, 2])', '{1=1,2=2}'],
    ofList((type) => ({
      kind: 'map',
      key: { name: 'key', type, nullable: false },
      value: { name: 'value', type: BIGINT, nullable: false },
    })),
    ([list]: readonly [Values], { args }) =>
      countsOf(present(list), elementOf(args[0]!)).map(([value, count]) => [value, BigInt(count)]),
  ),
]
