/** The groups that query records of public suites are counted in: by the words of a file's path, else by what the query says. */

/** In the order of the report; a file is of the first whose words its path has. */
const BY_PATH: readonly (readonly [group: string, words: RegExp])[] = [
  ['dml', /insert|update|delete|merge|upsert|returning|truncate|dml|copy/],
  ['windows', /window|over_?clause|qualify|row_number|rank/],
  ['cte', /cte|with_|recursive/],
  ['set operations', /set_?op|union|intersect|except/],
  ['subqueries', /subquer|subselect|lateral|exists|apply/],
  ['joins', /join/],
  [
    'aggregates',
    /aggr|group|distinct|having|\bcount|\bsum|\bavg|min_?max|string_agg|array_agg|stddev|variance|corr|percentile|quantile/,
  ],
  ['nested', /array|list|struct|map|nested|json|unnest|composite|row_?types|tuple|variant/],
  ['decimal', /decimal|numeric|int256|fixed/],
  ['date/time', /date|time|interval|tz|calendar|to_char|epoch/],
  [
    'strings',
    /string|text|like|regex|strings|substr|trim|concat|pad|replace|split|char|upper|lower|blob|binary|utf|unicode|collat|md5|format|position|strpos|encode|initcap|overlay|translate|reverse|repeat/,
  ],
  [
    'math',
    /math|arith|float|double|round|trig|sqrt|\bpow|\bexp|\blog|\bln\b|\babs|ceil|floor|random\/expr|\bmod\b|random|bit_|sign|gcd|factorial|cbrt|degrees|radians/,
  ],
  ['types', /type|cast|boolean|\bint|uuid|\bnull|coerc|enum|conversion|\bbool/],
]

const BY_QUERY: readonly (readonly [group: string, words: RegExp])[] = [
  ['windows', /\bover\s*\(/i],
  ['cte', /^\s*with\b/i],
  ['set operations', /\b(union|intersect|except)\b/i],
  ['subqueries', /\(\s*select\b/i],
  ['joins', /\bjoin\b/i],
  ['aggregates', /\b(group\s+by|having|count|sum|avg|min|max)\b/i],
  ['nested', /\barray\s*\[|\brow\s*\(|unnest|json/i],
  ['date/time', /\b(date|timestamp|timestamptz|interval|extract)\b/i],
  ['types', /::|\bcast\s*\(/i],
]

export const GROUPS: readonly string[] = [
  'select',
  'aggregates',
  'joins',
  'subqueries',
  'windows',
  'cte',
  'set operations',
  'nested',
  'types',
  'date/time',
  'decimal',
  'strings',
  'math',
  'dml',
]

/** `path`: of the file within its suite. */
export function groupOf(path: string, sql: string): string {
  const words = path.toLowerCase()
  const found = BY_PATH.find(([, test]) => test.test(words)) ?? BY_QUERY.find(([, test]) => test.test(sql))
  return found?.[0] ?? 'select'
}
