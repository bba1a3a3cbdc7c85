/** What bench/functions.ts measures: expressions over the columns of its table, by family. */

/** How results become one number cheaply: characters together, their sum, the greatest, or how many are true. */
export type Result = 'text' | 'number' | 'time' | 'truth'

export interface FunctionCase {
  readonly family: string
  readonly result: Result
  readonly sql: string
  /** Where DuckDB writes it otherwise. */
  readonly duckdb?: string
}

/** The table, in DuckDB's SQL: a tenth of the values NULL, few of them equal but in `code`. */
export const TABLE = `
  WITH words AS (SELECT ['Almond', 'antique', 'Blue', 'blanched', 'CORAL', 'chiffon', 'dark', 'Deep', 'ghost', 'special'] AS w,
                        ['Zürich', 'smörgås', 'Αθήνα', 'plain', 'text'] AS other),
  numbers AS (SELECT range AS i, (hash(range) >> 2)::BIGINT AS h, range % 10 = 3 AS gone FROM range(500000))
  SELECT
    CASE WHEN gone THEN NULL ELSE (h % 2000000)::INT - 1000000 END AS n,
    CASE WHEN gone THEN NULL ELSE (h % 997)::INT + 1 END AS k,
    CASE WHEN gone THEN NULL ELSE (h % 2000000000000)::BIGINT - 1000000000000 END AS b,
    CASE WHEN gone THEN NULL ELSE (h % 10000000)::DOUBLE / 1024 END AS x,
    CASE WHEN gone THEN NULL ELSE (h % 2000)::DOUBLE / 1000 - 1 END AS y,
    CASE WHEN gone THEN NULL ELSE ((h % 100000000)::BIGINT - 50000000)::DECIMAL(15,2) / 100 END::DECIMAL(15,2) AS m,
    CASE WHEN gone THEN NULL ELSE ((h % 9999)::BIGINT + 1)::DECIMAL(10,3) / 8 END::DECIMAL(10,3) AS m2,
    CASE WHEN gone THEN NULL ELSE w[h % 10 + 1] || ' ' || w[h // 16 % 10 + 1] || ' ' || (h // 256 % 100000) || ' ' || w[h // 4096 % 10 + 1] END AS t,
    CASE WHEN gone THEN NULL ELSE w[h % 10 + 1] || ' ' || (h // 256 % 1000000) END AS t2,
    CASE WHEN gone THEN NULL ELSE other[h % 5 + 1] || ' ' || (h // 256 % 100000) || ' ' || other[h // 64 % 5 + 1] END AS u,
    CASE WHEN gone THEN NULL ELSE repeat(' ', (h % 4)::INT) || w[h % 10 + 1] || (h // 256 % 100000) || repeat(' ', (h // 8 % 4)::INT) END AS p,
    CASE WHEN gone THEN NULL ELSE w[h % 5 + 1] || '-' || w[h // 64 % 5 + 1] END AS code,
    CASE WHEN gone THEN NULL ELSE w[h % 10 + 1] || ',' || (h // 256 % 100000) || ',' || w[h // 64 % 10 + 1] END AS c,
    CASE WHEN gone THEN NULL ELSE (h % 2000000)::INT - 1000000 END::VARCHAR AS ti,
    CASE WHEN gone THEN NULL ELSE ((h % 100000000)::DECIMAL(15,2) / 100)::DECIMAL(15,2) END::VARCHAR AS td,
    CASE WHEN gone THEN NULL ELSE DATE '1990-01-01' + (h % 12000)::INT END AS d,
    CASE WHEN gone THEN NULL ELSE TIMESTAMP '1990-01-01' + to_microseconds((h % 1000000000000000)::BIGINT) END AS ts,
    CASE WHEN gone THEN NULL ELSE (DATE '1990-01-01' + (h % 12000)::INT) END::VARCHAR AS tdate,
    CASE WHEN gone THEN NULL ELSE TIMESTAMP '1990-01-01' + to_microseconds((h % 1000000000000000)::BIGINT) END::VARCHAR AS tts,
    CASE WHEN gone THEN NULL ELSE [(h % 100)::INT, (h % 7)::INT, NULL, i::INT][:(h % 4 + 1)::INT] END AS l,
    CASE WHEN gone THEN NULL ELSE '{"id":' || (h % 100000) || ',"name":"' || w[h % 10 + 1] || '","tags":["a","b"]}' END AS j
  FROM numbers, words`

function family(name: string, result: Result, ...sql: readonly (string | readonly [string, string])[]): FunctionCase[] {
  return sql.map((one) =>
    typeof one === 'string'
      ? { family: name, result, sql: one }
      : { family: name, result, sql: one[0], duckdb: one[1] },
  )
}

export const CASES: readonly FunctionCase[] = [
  ...family('pattern', 'truth', "t like '%special%'", "t ilike '%SPECIAL%'", "u ilike '%ZÜRICH%'", "t ilike 'b%'"),
  ...family('pattern', 'truth', ["t ~ 'ghost [0-9]+5'", "regexp_matches(t, 'ghost [0-9]+5')"]),
  ...family(
    'pattern',
    'truth',
    "starts_with(t, 'Blue')",
    ["ends_with(t, 'dark')", "suffix(t, 'dark')"],
    "contains(t, 'coral')",
    'contains(t, t2)',
  ),
  ...family('pattern', 'text', ["regexp_replace(t, '[0-9]+', '#')", "regexp_replace(t, '[0-9]+', '#')"]),
  ...family(
    'joining',
    'text',
    "t || '-' || t2",
    'concat(t, t2)',
    "concat_ws('/', t, t2, c)",
    "replace(t, 'ghost', 'spirit')",
  ),
  ...family(
    'joining',
    'text',
    "replace(c, ',', '')",
    "lpad(ti, 12, '0')",
    "rpad(ti, 12, 'x')",
    'repeat(ti, 3)',
    'reverse(t)',
  ),
  ...family('joining', 'text', "translate(t, 'aeiou', 'AEIOU')"),
  ...family(
    'cutting',
    'text',
    'trim(p)',
    'ltrim(p)',
    'rtrim(p)',
    "trim(p, ' 0123456789')",
    'substr(t, 3, 5)',
    'substr(u, 3, 5)',
  ),
  ...family(
    'cutting',
    'text',
    'left(t, 4)',
    'right(t, 4)',
    'right(t, -4)',
    "split_part(c, ',', 2)",
    "split_part(c, ',', -1)",
  ),
  ...family('cutting', 'text', 'substr(t, k % 5 + 1, 3)', 'left(t, k % 7)'),
  ...family('letters', 'text', 'upper(t)', 'lower(t)', 'upper(u)', 'upper(code)'),
  ...family(
    'lengths and places',
    'number',
    'length(t)',
    'length(u)',
    ['octet_length(u)', 'strlen(u)'],
    "strpos(t, 'ghost')",
  ),
  ...family('lengths and places', 'number', "position(' ' in u)", 'strpos(t, t2)', 'ascii(t)'),
  ...family(
    'dates',
    'time',
    "date_trunc('month', ts)",
    "date_trunc('day', ts)",
    "date_trunc('hour', ts)",
    "date_trunc('week', ts)",
  ),
  ...family(
    'dates',
    'number',
    'extract(year from d)',
    'extract(month from ts)',
    'extract(dow from d)',
    'extract(doy from d)',
  ),
  ...family(
    'dates',
    'number',
    'extract(week from d)',
    'extract(hour from ts)',
    ['extract(second from ts)', 'extract(microseconds from ts) / 1e6'],
    'extract(epoch from ts)',
  ),
  ...family('dates', 'number', "date_part('year', ts)", "date_part('minute', ts)", "d - date '1995-06-17'"),
  ...family(
    'dates',
    'time',
    "d + interval '1 month'",
    "ts + interval '3 days'",
    "ts - interval '2 months'",
    'd + k',
    'to_timestamp(x)',
  ),
  ...family('dates', 'time', ["d + k * interval '1 day'", 'd + to_days(k)']),
  ...family('dates', 'text', ["to_char(ts, 'YYYY-MM-DD')", "strftime(ts, '%Y-%m-%d')"]),
  ...family(
    'casts from text',
    'number',
    'ti::int',
    'ti::bigint',
    'td::double',
    'td::decimal(15,2)',
    'try_cast(t as int)',
  ),
  ...family('casts from text', 'time', 'tdate::date', 'tts::timestamp'),
  ...family(
    'casts to text',
    'text',
    'n::varchar',
    'b::varchar',
    'm::varchar',
    'd::varchar',
    'ts::varchar',
    'y::varchar',
  ),
  ...family(
    'casts of numbers',
    'number',
    'x::int',
    'm::int',
    'm::double',
    'n::decimal(15,2)',
    'x::decimal(15,2)',
    'b::double',
  ),
  ...family('casts of numbers', 'time', 'ts::date', 'd::timestamp'),
  ...family(
    'rounding',
    'number',
    'round(x)',
    ['round(x, 2)', 'round(x, 2)'],
    'floor(x)',
    'ceil(y)',
    'trunc(x)',
    'round(m, 1)',
    'floor(m)',
  ),
  ...family('rounding', 'number', 'abs(n)', 'abs(m)', 'abs(y)', 'sign(n)', 'sign(y)'),
  ...family(
    'math',
    'number',
    'sqrt(x)',
    'power(x, 2)',
    'power(y, 3)',
    'exp(y)',
    'ln(x + 1)',
    ['log(x + 1)', 'log10(x + 1)'],
    'sin(y)',
    'mod(n, 7)',
  ),
  ...family('math', 'number', 'mod(n, k)', 'b % 1000', ['n / k', 'n // k'], 'x / 3', '-n', 'm % 7'),
  ...family('choices', 'number', 'greatest(n, k)', 'least(x, y)', 'greatest(m, m2)', 'coalesce(n, 0)', 'nullif(k, 7)'),
  ...family(
    'choices',
    'number',
    'case when k > 500 then n else k end',
    'case k when 1 then 10 when 2 then 20 else 30 end',
  ),
  ...family(
    'choices',
    'text',
    "coalesce(t, 'none')",
    'case when k > 500 then t else t2 end',
    "nullif(t2, 'dark 1')",
    'greatest(t, t2)',
  ),
  ...family(
    'choices',
    'truth',
    "t2 in ('dark 1', 'Deep 2', 'ghost 3')",
    "t between 'B' and 'C'",
    'n between 1 and 50000',
    "d in (date '1995-01-01', date '1996-01-01')",
  ),
  ...family('decimals', 'number', 'm + m2', 'm * m2', 'm - 1', 'm * 1.07', ['m / m2', 'm::double / m2::double']),
  ...family('hashes', 'text', 'md5(t)'),
  ...family(
    'lists and JSON',
    'number',
    ['list_extract(l, 1)', 'l[1]'],
    ['list_extract(l, -1)', 'l[-1]'],
    ['cardinality(l)', 'len(l)'],
    ['list_extract(l, k % 4)', 'l[k % 4]'],
  ),
  ...family('lists and JSON', 'truth', ['list_contains(l, 3)', 'list_contains(l, 3)']),
  ...family('lists and JSON', 'text', "string_split(c, ',')[2]", "j::json ->> 'name'"),
]
