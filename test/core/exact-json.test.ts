import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseExactJson, writeExactJson } from '../../src/core/exact-json.ts'

/** Method: what JSON.parse gives, for texts without integers that it rounds. */
test('agrees with JSON.parse', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      expect(plain(parseExactJson(text, 'x'))).toEqual(JSON.parse(text))
    }),
    { seed: 1, numRuns: 300 },
  )
})

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

test('integers beyond 2^53 stay exact, and are written as they were', () => {
  const text =
    '{"snapshot-id":2347282075430832439,"small":7,"min":-9223372036854775808,"f":1.5e3,"safe":9007199254740991}'
  const json = parseExactJson(text, 'x') as Record<string, unknown>
  expect(json['snapshot-id']).toBe(2347282075430832439n)
  expect(json['min']).toBe(-9223372036854775808n)
  expect(json['small']).toBe(7)
  expect(json['f']).toBe(1500)
  expect(json['safe']).toBe(9007199254740991)
  expect(writeExactJson(parseExactJson('[2347282075430832439,null,{"a":"\\n"}]', 'x'))).toBe(
    '[2347282075430832439,null,{"a":"\\n"}]',
  )
})

test.each<[string, string]>([
  ['', 'expected a value'],
  ['{"a":1,}', 'expected a key'],
  ['[1 2]', 'expected "]"'],
  ['"a', 'unterminated string'],
  ['01', 'unexpected text after the value'],
  ['{"a":truth}', 'expected a value'],
  ['['.repeat(1000), 'nested too deeply'],
  ['"\\x"', 'malformed string'],
])('refuses malformed text %#', (text, problem) => {
  expect(() => parseExactJson(text, 'f.json')).toThrow(problem)
})

test('a key may be called __proto__', () => {
  const json = parseExactJson('{"__proto__":{"polluted":true}}', 'x') as object
  expect(Object.keys(json)).toEqual(['__proto__'])
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})
