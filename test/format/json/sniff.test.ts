/** What is found out from the beginning of JSON files. */
import { expect, test } from 'vitest'
import { typeName } from '../../../src/core/types.ts'
import { sniffJson } from '../../../src/format/json/sniff.ts'

function sniff(text: string, isWhole = true): string {
  const { form, isPlain, columns } = sniffJson({ text, isWhole }, {}).layout
  return `${form}${isPlain ? ' plain' : ''}: ${columns.map(({ name, type }) => `${name} ${typeName(type)}`).join(', ')}`
}

test.each([
  ['{"a":1,"b":"x"}\n{"a":2.5,"c":null}\n', 'lines: a double precision, b varchar, c null'],
  ['[{"a":1},{"a":"2020-01-01"}]', 'array: a json'],
  ['[\n  {"a": true},\n  {"a": false}\n]\n', 'array: a boolean'],
  ['{"a":1}{"a":2}\n{"a":\n3}', 'stream: a bigint'],
  ['{\n"a":1\n}\n', 'stream: a bigint'],
  ['1\n2\n', 'lines plain: json bigint'],
  ['[1,2]\n[3]\n', 'lines plain: json bigint[]'],
  ['[1,2,3]', 'array plain: json bigint'],
  ['[]', 'array plain: json null'],
  ['', 'lines plain: json null'],
  ['{"a":1}\nnull\n', 'lines: a bigint'],
  [
    '{"a":{"x":1,"y":"s"},"l":[1,2.5],"m":[]}\n{"a":{"z":true}}\n',
    'lines: a struct(x bigint, y varchar, z boolean), l double precision[], m json[]',
  ],
  [
    '{"d":"2024-01-31","t":"10:00:00","s":"2024-01-31 10:00","n":"12"}\n',
    'lines: d date, t time, s timestamp, n varchar',
  ],
  ['{"a":18446744073709551615}\n', 'lines: a decimal(38,0)'],
  ['{"a":"1"}\n{"a":2}\n', 'lines: a json'],
])('%j', (text, expected) => expect(sniff(text)).toBe(expected))

test('a sample may end anywhere', () => {
  expect(sniff('{"a":1}\n{"a":2}\n{"a"', false)).toBe('lines: a bigint')
  expect(sniff('[{"a":1},{"a":2},{"a"', false)).toBe('array: a bigint')
})
