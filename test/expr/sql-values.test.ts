/** Answers of PostgreSQL 16 (`psql -At -c "SELECT ..."`), with its error codes. */
import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../src/core/errors.ts'
import { sqlValue, sqlVector } from './sql-values.ts'

const VALUES: readonly (readonly [string, string])[] = [
  // integers
  ['7 / 2', '3'], ['-7 / 2', '-3'], ['-7 % 3', '-1'], ['7 % -3', '1'], ['2147483647 + 0', '2147483647'],
  ['9007199254740993 + 0', '9007199254740993'], ['9223372036854775807 - 1', '9223372036854775806'],
  ['5 & 3', '1'], ['5 | 3', '7'], ['5 # 3', '6'], ['~5', '-6'], ['1 << 4', '16'], ['-8 >> 1', '-4'],
  ['abs(-5)', '5'], ['sign(-3)', '-1'], ['mod(11, 4)', '3'], ['gcd(12, 18)', '6'],
  // decimals
  ['0.1 + 0.2', '0.3'], ['1.10 * 0.05', '0.0550'], ['1.5 - 2', '-0.5'], ['round(2.5)', '3'], ['round(-2.5)', '-3'],
  ['trunc(-2.7)', '-2'], ['ceil(1.2)', '2'], ['floor(-1.2)', '-2'], ['ceil(-0.5)', '0'], ['1.0 % 0.3', '0.1'],
  ["'1e3'::decimal(10,2)", '1000.00'], ["'0.005'::decimal(10,2)", '0.01'], ["'-0.005'::decimal(10,2)", '-0.01'],
  ["'1.2345678901234567890123456789012345678'::decimal(38,37)", '1.2345678901234567890123456789012345678'],
  ["'99999999999999999999999999999999999999'::decimal(38,0)", '99999999999999999999999999999999999999'],
  ['123.456::decimal(10,1)', '123.5'], ['2.5::integer', '3'], ['-2.5::integer', '-3'], ["'12'::decimal(5,2) / 7 > 1.714", 'true'],
  // floats
  ['0.1::double precision + 0.2::double precision', '0.30000000000000004'], ['1e15::double precision', '1e+15'], ['123456789012345::double precision', '123456789012345'],
  ['0.0001::double precision', '0.0001'], ['0.00001::double precision', '1e-05'], ['1::double precision', '1'], ['0.1::real', '0.1'], ['16777216::real', '1.6777216e+07'],
  ["'NaN'::double precision = 'NaN'::double precision", 'true'], ["'NaN'::double precision > 'Infinity'::double precision", 'true'],
  ["'-0'::double precision", '-0'], ["'-0'::double precision = 0::double precision", 'true'], ['2.5::double precision::integer', '2'], ['3.5::double precision::integer', '4'],
  ['round(2.5::double precision)', '2'], ['power(2, 0.5) > 1.41', 'true'], ['sqrt(2)', '1.4142135623730951'], ['0.1::real::double precision', '0.10000000149011612'],
  // three values
  ['NULL = 1', 'NULL'], ['NULL IS DISTINCT FROM 1', 'true'], ['true AND NULL', 'NULL'], ['false AND NULL', 'false'], ['true OR NULL', 'true'],
  ['NOT NULL::boolean', 'NULL'], ['1 IN (2, NULL)', 'NULL'], ['1 IN (1, NULL)', 'true'], ['1 NOT IN (2, NULL)', 'NULL'], ['1 NOT IN (2, 3)', 'true'],
  ['(NULL::boolean) IS UNKNOWN', 'true'], ['coalesce(NULL, 1, 1/0)', '1'], ['CASE WHEN true THEN 1 ELSE 1/0 END', '1'], ['nullif(1, 1)', 'NULL'],
  ['greatest(1, NULL, 3)', '3'], ['least(NULL, NULL)', 'NULL'], ['1 BETWEEN 0 AND 2', 'true'], ['CASE 2 WHEN 1 THEN \'a\' WHEN 2 THEN \'b\' END', 'b'],
  // text
  ["'a' || NULL", 'NULL'], ["'a' || 1", 'a1'], ["concat('a', NULL, 1)", 'a1'], ["length('h😀é')", '3'], ["octet_length('h😀é')", '7'],
  ["substring('abcdef', 2)", 'bcdef'], ["substring('abcdef', 0, 3)", 'ab'], ["substring('abcdef', -2, 4)", 'a'], ["substring('abcdef' from 2 for 3)", 'bcd'],
  ["substring('a😀c', 2, 1)", '😀'], ["upper('straße')", 'STRASSE'], ["trim('  a ')", 'a'], ["trim(both 'x' from 'xxaxx')", 'a'], ["ltrim('xya', 'xy')", 'a'],
  ["replace('aaa', 'a', 'bb')", 'bbbbbb'], ["position('c' in 'abc')", '3'], ["strpos('abc', 'z')", '0'], ["lpad('a', 3)", '  a'], ["rpad('abc', 2)", 'ab'],
  ["left('abc', -1)", 'ab'], ["right('abc', -1)", 'bc'], ["split_part('a,b,c', ',', -1)", 'c'], ["reverse('a😀')", '😀a'], ["md5('')", 'd41d8cd98f00b204e9800998ecf8427e'],
  ["'abc' < 'abd'", 'true'], ["'Z' < 'a'", 'true'], ["'\uffff' < '😀'", 'true'], ["'' IS NULL", 'false'], ["'a' = 'a '", 'false'],
  ["'abc' LIKE '_b_'", 'true'], ["'abc' LIKE 'a%'", 'true'], ["'a%c' LIKE 'a\\%c'", 'true'], ["'abc' LIKE 'a\\%c'", 'false'], ["'a!b' LIKE 'a!!b' ESCAPE '!'", 'true'],
  ["'' LIKE '%'", 'true'], ["'' LIKE ''", 'true'], ["'a' LIKE ''", 'false'], ["'😀' LIKE '_'", 'true'], ["'ABC' ILIKE 'abc'", 'true'], ["'aXbXc' LIKE '%X%X%'", 'true'],
  ["'abc' SIMILAR TO '%(b|d)%'", 'true'], ["'abc' ~ 'b.'", 'true'], ["'ABC' ~* 'b'", 'true'], ["regexp_replace('abcabc', 'b(.)', '<\\1>')", 'a<c>abc'],
  ["concat_ws(',', 'a', NULL, 'b')", 'a,b'], ["chr(128512)", '😀'], ["ascii('é')", '233'], ["initcap('hello WORLD')", 'Hello World'], ["translate('abc', 'ab', 'x')", 'xc'],
  ["'a'::bytea", '\\x61'], ["'\\xDEAD'::bytea", '\\xdead'], ["encode('\\xDEAD'::bytea, 'hex')", 'dead'], ["encode('abc'::bytea, 'base64')", 'YWJj'], ['to_hex(-1)', 'ffffffff'],
  ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  // dates
  ["DATE '1998-12-01' - INTERVAL '90' DAY", '1998-09-02 00:00:00'], ["DATE '1996-01-31' + INTERVAL '1 month'", '1996-02-29 00:00:00'], ["DATE '2000-02-29' + 1", '2000-03-01'],
  ["DATE '1998-12-01' - DATE '1998-09-02'", '90'], ["DATE '1969-12-31' - 1", '1969-12-30'], ["extract(year from DATE '1969-12-31')", '1969'],
  ["extract(dow from DATE '1970-01-01')", '4'], ["extract(isodow from DATE '1969-12-28')", '7'], ["extract(week from DATE '2005-01-01')", '53'], ["extract(isoyear from DATE '2005-01-01')", '2004'],
  ["extract(doy from DATE '2000-12-31')", '366'], ["extract(quarter from DATE '2000-12-31')", '4'], ["extract(century from DATE '2000-12-31')", '20'], ["extract(epoch from TIMESTAMP '1969-12-31 23:59:59.5')", '-0.500000'],
  ["extract(second from TIMESTAMP '2000-01-01 00:00:07.25')", '7.250000'], ["date_part('year', DATE '1994-01-01')", '1994'], ["date_trunc('month', TIMESTAMP '1969-12-31 23:00:00')", '1969-12-01 00:00:00'],
  ["date_trunc('week', TIMESTAMP '2024-01-03 10:00:00')", '2024-01-01 00:00:00'], ["TIMESTAMP '1969-12-31 23:59:59.999999'::date", '1969-12-31'],
  ["TIMESTAMP '1969-12-31 23:59:59.999999'", '1969-12-31 23:59:59.999999'], ["TIMESTAMP '2001-09-28 01:00' - TIMESTAMP '2001-09-27 12:30'", '12:30:00'],
  ["TIMESTAMP '2001-09-29 03:00' - TIMESTAMP '2001-09-27 12:00'", '1 day 15:00:00'], ["age(TIMESTAMP '2001-04-10', TIMESTAMP '1957-06-13')", '43 years 9 mons 28 days'],
  ["TIMESTAMPTZ '2024-07-01 12:00:00+02'", '2024-07-01 10:00:00+00'], ["TIMESTAMP '2024-07-01 12:00' AT TIME ZONE 'Europe/Berlin'", '2024-07-01 10:00:00+00'],
  ["TIMESTAMPTZ '2024-01-01 12:00+00' AT TIME ZONE 'America/New_York'", '2024-01-01 07:00:00'], ["make_date(-44, 3, 15)", '0044-03-15 BC'], ["DATE '0044-03-15 BC' < DATE '0001-01-01'", 'true'],
  ["TIME '10:30' + INTERVAL '14 hours'", '00:30:00'], ["TIME '24:00:00'", '24:00:00'], ["INTERVAL '1 year 2 months 3 days 04:05:06.7'", '1 year 2 mons 3 days 04:05:06.7'],
  ["INTERVAL '1 day' * 1.5", '1 day 12:00:00'], ["INTERVAL '1 month' / 2", '15 days'], ["- INTERVAL '1 day 2 hours'", '-1 days -02:00:00'], ["INTERVAL '1 mon -1 day'", '1 mon -1 days'],
  ["INTERVAL '30 days' = INTERVAL '1 month'", 'true'], ["INTERVAL 'P1Y2M3DT4H5M6S'", '1 year 2 mons 3 days 04:05:06'], ["INTERVAL '3' MONTH", '3 mons'], ["INTERVAL '1-2' YEAR TO MONTH", '1 year 2 mons'],
  ["to_char(TIMESTAMP '2002-04-20 17:31:12', 'YYYY-MM-DD HH24:MI:SS')", '2002-04-20 17:31:12'], ["to_char(DATE '2002-04-20', 'Mon DD, YYYY')", 'Apr 20, 2002'],
  ["'2024-02-30'::date IS NULL OR true", 'ERROR 22008'],
  // nested
  ['ARRAY[1, 2, 3]', '{1,2,3}'], ['(ARRAY[1, 2, 3])[2]', '2'], ['(ARRAY[1, 2])[5]', 'NULL'], ['cardinality(ARRAY[1, 2])', '2'], ["'{1,NULL,3}'::integer[]", '{1,NULL,3}'],
  ['ARRAY[1, 2] || ARRAY[3]', '{1,2,3}'], ['ARRAY[1, 2] = ARRAY[1, 2]', 'true'], ['ARRAY[1, 2] < ARRAY[1, 3]', 'true'], ['ROW(1, 2) = ROW(1, 2)', 'true'], ["ROW(1, 'a b')", '(1,"a b")'],
  // errors
  ['1 / 0', 'ERROR 22012'], ['2147483647 + 1', 'ERROR 22003'], ['9223372036854775807 + 1', 'ERROR 22003'], ["'x'::integer", 'ERROR 22P02'], ["'99999999999'::integer", 'ERROR 22003'],
  ['1e400::double precision', 'ERROR 22003'], ['1234.5::decimal(5,2)', 'ERROR 22003'], ["'2024-13-01'::date", 'ERROR 22008'], ["'abc'::date", 'ERROR 22007'], ["'maybe'::boolean", 'ERROR 22P02'],
  ['sqrt(-1)', 'ERROR 2201F'], ['ln(0)', 'ERROR 2201E'], ["substring('abc', 1, -1)", 'ERROR 22011'], ["'a' LIKE 'a\\'", 'ERROR 22025'], ["'[' ~ '['", 'ERROR 2201B'], ['chr(0)', 'ERROR 54000'],
  ['-(-2147483648)::integer', 'ERROR 22003'], ["date_trunc('nonsense', TIMESTAMP '2000-01-01')", 'ERROR 22023'], ["TIMESTAMPTZ '2000-01-01 00:00 Mars/Base'", 'ERROR 22023'],
]

function outcome(run: () => string): string {
  try {
    return run()
  } catch (error) {
    if (error instanceof SluiceError) return `ERROR ${error.sqlstate}`
    throw error
  }
}

describe('values of SQL expressions', () => {
  it.each(VALUES)('%s', (sql, expected) => {
    expect(outcome(() => sqlValue(sql))).toBe(expected)
    expect(outcome(() => sqlVector(sql))).toBe(expected)
  })

  it('keeps clock changes of the time zone', () => {
    const session = { nowMicros: 0n, timeZone: 'America/New_York' }
    const values: readonly (readonly [string, string])[] = [
      ["TIMESTAMPTZ '2024-03-10 02:30:00'", '2024-03-10 03:30:00-04'],
      ["TIMESTAMPTZ '2024-11-03 01:30:00'", '2024-11-03 01:30:00-05'],
      ["TIMESTAMPTZ '2024-03-09 12:00:00' + INTERVAL '1 day'", '2024-03-10 12:00:00-04'],
      ["TIMESTAMPTZ '2024-03-09 12:00:00' + INTERVAL '24 hours'", '2024-03-10 13:00:00-04'],
      ["TIMESTAMPTZ '2024-07-01 03:00:00+00'::date", '2024-06-30'],
      ["extract(hour from TIMESTAMPTZ '2024-07-01 03:00:00+00')", '23'],
      ["DATE '2024-07-01'::timestamptz", '2024-07-01 00:00:00-04'],
    ]
    for (const [sql, expected] of values) expect(sqlValue(sql, session)).toBe(expected)
  })
})
