/**
 * Aggregates that need all values of a group at hand: they are the aggregate `array_agg` and then a function of its list.
 *
 *     percentile_cont(0.5) WITHIN GROUP (ORDER BY x)   ->   list_percentile_cont(array_agg(x), 0.5)
 */

export interface CollectedAggregate {
  /** Lower case. */
  readonly name: string
  readonly aliases?: readonly string[]
  readonly description: string
  /** SQL over a table `t` with a column `x` of the integers 1, 2 and 4, and what it gives. */
  readonly example: { readonly sql: string; readonly result: string }
  /**
   * values: f(x, constants...). pairs: f(y, x), as a list of rows. ordered: f(constants...) WITHIN GROUP (ORDER BY x), or f(x, constants...).
   * hypothetical: f(values...) WITHIN GROUP (ORDER BY keys...), a list of rows of keys.
   */
  readonly form: 'values' | 'pairs' | 'ordered' | 'hypothetical'
  /** The function of the list (and what else the call says); null: the list itself. */
  readonly finish: string | null
  /** Whether NULLs are collected too. */
  readonly keepsNulls?: boolean
  /** Always without repeats. */
  readonly isDistinct?: boolean
  /** What comes after the list, where the call does not say it. */
  readonly constant?: string | number
}

function values(
  name: string,
  finish: string,
  description: string,
  result: string,
  aliases: readonly string[] = [],
): CollectedAggregate {
  return { name, aliases, description, example: { sql: `${name}(x)`, result }, form: 'values', finish }
}

function pairs(name: string, description: string, sql: string, result: string): CollectedAggregate {
  return { name, description, example: { sql, result }, form: 'pairs', finish: `list_${name}` }
}

function hypothetical(name: string, description: string, result: string): CollectedAggregate {
  const sql = `${name}(3) WITHIN GROUP (ORDER BY x)`
  return { name, description, example: { sql, result }, form: 'hypothetical', finish: `list_${name}` }
}

const COLLECTED: readonly CollectedAggregate[] = [
  {
    name: 'array_agg',
    aliases: ['list', 'collect_list', 'array_collect'],
    description: 'All values as a list, NULLs too; `ORDER BY` within the call says in which order.',
    example: { sql: 'array_agg(x ORDER BY x DESC)', result: '{4,2,1}' },
    form: 'values',
    finish: null,
    keepsNulls: true,
  },
  {
    name: 'collect_set',
    description: 'All different values as a list.',
    example: { sql: 'collect_set(x % 2)', result: '{0,1}' },
    form: 'values',
    finish: null,
    isDistinct: true,
  },
  {
    name: 'string_agg',
    aliases: ['group_concat', 'listagg'],
    description: 'The texts (or bytes) one after the other, with a separator between them.',
    example: { sql: "string_agg(x::text, ',' ORDER BY x)", result: '1,2,4' },
    form: 'values',
    finish: 'array_to_string',
    constant: ',',
  },
  {
    name: 'percentile_cont',
    aliases: ['quantile_cont', 'quantile', 'approx_quantile', 'approx_percentile', 'percentile', 'percentile_approx'],
    description:
      '`percentile_cont(f) WITHIN GROUP (ORDER BY x)`: the value at a fraction (or a list of fractions) of the ordered values, interpolated.',
    example: { sql: 'percentile_cont(0.75) WITHIN GROUP (ORDER BY x)', result: '3' },
    form: 'ordered',
    finish: 'list_percentile_cont',
  },
  {
    name: 'percentile_disc',
    aliases: ['quantile_disc'],
    description:
      '`percentile_disc(f) WITHIN GROUP (ORDER BY x)`: the first of the ordered values at or beyond a fraction (or a list of fractions).',
    example: { sql: 'percentile_disc(0.75) WITHIN GROUP (ORDER BY x)', result: '4' },
    form: 'ordered',
    finish: 'list_percentile_disc',
  },
  {
    name: 'mode',
    description: '`mode() WITHIN GROUP (ORDER BY x)`: the most frequent value.',
    example: { sql: 'mode() WITHIN GROUP (ORDER BY x % 2)', result: '0' },
    form: 'ordered',
    finish: 'list_mode',
  },
  values('median', 'list_median', 'The value in the middle, interpolated.', '2'),
  values('bit_and', 'list_bit_and', 'The bits of all values combined by AND.', '0'),
  values('bit_or', 'list_bit_or', 'The bits of all values combined by OR.', '7'),
  values('bit_xor', 'list_bit_xor', 'The bits of all values combined by XOR.', '7'),
  values('product', 'list_product', 'The product of the values.', '8'),
  values('geometric_mean', 'list_geometric_mean', 'The geometric mean.', '2', ['geomean']),
  values('skewness', 'list_skewness', 'The skewness.', '0.9352195295828235'),
  values('mad', 'list_mad', 'The median of the distances from the median.', '1'),
  values('entropy', 'list_entropy', 'The entropy of the values in bits.', '1.584962500721156'),
  values('histogram', 'list_histogram', 'How often each value occurs, as a map.', '{1=1,2=1,4=1}'),
  {
    ...values('kurtosis', 'list_kurtosis', 'The excess kurtosis.', 'NULL'),
    example: { sql: 'kurtosis(x)', result: 'NULL' },
  },
  {
    name: 'last',
    aliases: ['last_value_of'],
    description: 'The last value, by the `ORDER BY` within the call.',
    example: { sql: 'last(x ORDER BY x)', result: '4' },
    form: 'values',
    finish: 'list_last',
    keepsNulls: true,
  },
  pairs('corr', 'Correlation coefficient of (y, x).', 'corr(x, x)', '1'),
  pairs('covar_pop', 'Covariance of the population.', 'covar_pop(x, x)', '1.5555555555555554'),
  pairs('covar_samp', 'Sample covariance.', 'covar_samp(x, x)', '2.333333333333333'),
  pairs(
    'regr_avgx',
    'The average of the independent variable (the second argument).',
    'regr_avgx(1, x)',
    '2.3333333333333335',
  ),
  pairs('regr_avgy', 'The average of the dependent variable (the first argument).', 'regr_avgy(1, x)', '1'),
  pairs('regr_count', 'How many pairs have no NULL.', 'regr_count(1, x)', '3'),
  pairs('regr_intercept', 'Where the line of least squares meets x = 0.', 'regr_intercept(2 * x + 1, x)', '1'),
  pairs('regr_r2', 'The square of the correlation coefficient.', 'regr_r2(x, x)', '1'),
  pairs('regr_slope', 'The slope of the line of least squares.', 'regr_slope(2 * x + 1, x)', '2'),
  pairs('regr_sxx', 'The sum of squared differences of the second argument.', 'regr_sxx(1, x)', '4.666666666666666'),
  pairs('regr_sxy', 'The sum of products of differences.', 'regr_sxy(x, x)', '4.666666666666666'),
  pairs('regr_syy', 'The sum of squared differences of the first argument.', 'regr_syy(x, 1)', '4.666666666666666'),
  {
    ...pairs('arg_max', 'The first argument where the second is the greatest.', 'arg_max(x, -x)', '1'),
    aliases: ['max_by', 'argmax'],
  },
  {
    ...pairs('arg_min', 'The first argument where the second is the least.', 'arg_min(x, -x)', '4'),
    aliases: ['min_by', 'argmin'],
  },
  {
    name: 'map_agg',
    aliases: ['map_from_pairs'],
    description: 'A map of keys (first argument) to values.',
    example: { sql: 'map_agg(x, x * 2)', result: '{1=2,2=4,4=8}' },
    form: 'pairs',
    finish: 'map_from_entries',
  },
  {
    name: 'json_agg',
    aliases: ['json_arrayagg', 'json_group_array'],
    description: 'All values as a JSON array, NULLs too.',
    example: { sql: 'json_agg(x ORDER BY x)', result: '[1, 2, 4]' },
    form: 'values',
    finish: 'json_list',
    keepsNulls: true,
  },
  {
    name: 'jsonb_agg',
    description: 'All values as a jsonb array, NULLs too.',
    example: { sql: 'jsonb_agg(x ORDER BY x)', result: '[1, 2, 4]' },
    form: 'values',
    finish: 'to_jsonb',
    keepsNulls: true,
  },
  {
    name: 'json_object_agg',
    aliases: ['json_group_object'],
    description: 'A JSON object of keys (first argument) and values.',
    example: { sql: 'json_object_agg(x, x * 2)', result: '{ "1" : 2, "2" : 4, "4" : 8 }' },
    form: 'pairs',
    finish: 'json_pairs',
    keepsNulls: true,
  },
  {
    name: 'jsonb_object_agg',
    description: 'A jsonb object of keys (first argument) and values.',
    example: { sql: 'jsonb_object_agg(x, x * 2)', result: '{"1": 2, "2": 4, "4": 8}' },
    form: 'pairs',
    finish: 'jsonb_pairs',
    keepsNulls: true,
  },
  hypothetical('rank', '`rank(v) WITHIN GROUP (ORDER BY x)`: the rank that v would have.', '3'),
  hypothetical(
    'dense_rank',
    '`dense_rank(v) WITHIN GROUP (ORDER BY x)`: the rank without gaps that v would have.',
    '3',
  ),
  hypothetical(
    'percent_rank',
    '`percent_rank(v) WITHIN GROUP (ORDER BY x)`: the relative rank that v would have.',
    '0.6666666666666666',
  ),
  hypothetical(
    'cume_dist',
    '`cume_dist(v) WITHIN GROUP (ORDER BY x)`: the part of rows that v would be behind or beside.',
    '0.75',
  ),
]

const byName = new Map<string, CollectedAggregate>()
for (const entry of COLLECTED) {
  for (const name of [entry.name, ...(entry.aliases ?? [])]) byName.set(name, entry)
}

/** The aggregate of this name or alias (lower case). */
export function collectedByName(name: string): CollectedAggregate | undefined {
  return byName.get(name)
}

/** Names and aliases, in the order of their documentation. */
export function collectedNames(): readonly string[] {
  return [...byName.keys()]
}
