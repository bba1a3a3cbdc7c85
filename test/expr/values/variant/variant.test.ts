import { describe, expect, test } from 'vitest'
import { BIGINT, DOUBLE, INTEGER, TIMESTAMPTZ, VARCHAR, decimal } from '../../../../src/core/types.ts'
import { castValue } from '../../../../src/expr/values/cast-value.ts'
import { EMPTY_METADATA, variantScalar } from '../../../../src/expr/values/variant/variant-build.ts'
import { join } from '../../../../src/expr/values/variant/variant-cast.ts'
import { variantFromJson } from '../../../../src/expr/values/variant/variant-from-json.ts'
import { variantJson } from '../../../../src/expr/values/variant/variant-json.ts'
import { variantAt } from '../../../../src/expr/values/variant/variant-path.ts'
import { variantSchema } from '../../../../src/expr/values/variant/variant-schema.ts'

const session = { nowMicros: 0n, timeZone: 'UTC' }
const VARIANT_TYPE = { kind: 'variant' } as const

const cast = (json: string, to: Parameters<typeof castValue>[2]): unknown =>
  castValue(variantFromJson(json), VARIANT_TYPE, to, session)

describe('JSON', () => {
  test.each([
    'null',
    'true',
    '"é😀\\n"',
    '[]',
    '{}',
    '[1,-129,70000,9007199254740993,2.5,1.0E300]',
    '{"a":{"b":[null,{"c":"d"}]},"b":false}',
    JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${String(i).padStart(3, '0')}`, i]))),
    JSON.stringify('x'.repeat(100)),
  ])('%s comes back', (text) => {
    expect(variantJson(variantFromJson(text))).toBe(text)
  })

  test('fields are in the order of their names', () => {
    expect(variantJson(variantFromJson('{"b":1,"a":2}'))).toBe('{"a":2,"b":1}')
  })

  test('doubles are as Java prints them, decimals without trailing zeros', () => {
    const printed = [0.001, 0.0001, 1, 1e7, 123_456.5, -0, NaN].map((value) =>
      variantJson(join(EMPTY_METADATA, variantScalar(value, DOUBLE))),
    )
    expect(printed).toEqual(['0.001', '1.0E-4', '1.0', '1.0E7', '123456.5', '-0.0', '"NaN"'])
    expect(variantJson(join(EMPTY_METADATA, variantScalar(-12_300n, decimal(38, 4))))).toBe('-1.23')
  })

  test('timestamps and 128-bit decimals', () => {
    expect(variantJson(join(EMPTY_METADATA, variantScalar(-1n, TIMESTAMPTZ)))).toBe(
      '"1969-12-31 23:59:59.999999+00:00"',
    )
    expect(variantJson(join(EMPTY_METADATA, variantScalar(-(10n ** 37n), decimal(38, 0))))).toBe(String(-(10n ** 37n)))
  })

  test('malformed text is refused', () => {
    expect(() => variantFromJson('{"a":')).toThrow('invalid input syntax for JSON')
  })
})

describe('paths', () => {
  const bytes = variantFromJson(`{"a":{"b":[1,2]},"odd name":true}`)
  test.each([
    ['$', '{"a":{"b":[1,2]},"odd name":true}'],
    ['$.a', '{"b":[1,2]}'],
    ['$.a.b[1]', '2'],
    [`$['odd name']`, 'true'],
    ['$["a"]["b"][0]', '1'],
  ])('%s', (path, json) => {
    expect(variantJson(variantAt(bytes, path)!)).toBe(json)
  })

  test('what is not there is NULL', () => {
    expect(['$.x', '$.a.b[2]', '$[0]', '$.a.b.c'].map((path) => variantAt(bytes, path))).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  test.each(['', 'a', '$.', '$a', '$[x]', '$.a['])('"%s" is malformed', (path) => {
    expect(() => variantAt(bytes, path)).toThrow('invalid path')
  })
})

describe('casts', () => {
  test('scalars', () => {
    expect(cast('5', INTEGER)).toBe(5)
    expect(cast('"12"', BIGINT)).toBe(12n)
    expect(cast('2.5', DOUBLE)).toBe(2.5)
    expect(cast('true', VARCHAR)).toBe('true')
    expect(cast('"a"', VARCHAR)).toBe('a')
    expect(cast('[1]', VARCHAR)).toBe('[1]')
    expect(cast('null', INTEGER)).toBeNull()
  })

  test('nested', () => {
    const list = { kind: 'list', element: { name: 'element', type: INTEGER, nullable: true } } as const
    expect(cast('[1,null,"3"]', list)).toEqual([1, null, 3])
    expect(cast('{"y":"b","x":1}', { kind: 'struct', fields: [{ name: 'x', type: INTEGER, nullable: true }] })).toEqual(
      [1],
    )
  })

  test('what does not fit is an error', () => {
    expect(() => cast('{}', INTEGER)).toThrow('cannot cast a variant that holds object to integer')
    expect(() => cast('[1]', DOUBLE)).toThrow('cannot cast')
    expect(() => cast('300', { kind: 'tinyint' })).toThrow('out of range')
  })
})

test('schemas', () => {
  expect(variantSchema(variantFromJson('{"a":[1,2.5,null],"b":[1,"x"],"c":[{"d":1},{"e":true}]}'))).toBe(
    'OBJECT<a: ARRAY<DECIMAL(21,1)>, b: ARRAY<VARIANT>, c: ARRAY<OBJECT<d: BIGINT, e: BOOLEAN>>>',
  )
})

test('cut and flipped bytes give an error or a value, nothing else', () => {
  const bytes = variantFromJson('{"a":[1,2.5,"text",null,true],"b":{"c":"d"}}')
  let errors = 0
  for (let at = 0; at < bytes.length; at++) {
    for (const damaged of [bytes.slice(0, at), bytes.with(at, bytes[at]! ^ 0xff), bytes.with(at, 0x7e)]) {
      try {
        variantJson(damaged)
      } catch (error) {
        expect((error as { sqlstate?: string }).sqlstate).toBe('XX001')
        errors++
      }
    }
  }
  expect(errors).toBeGreaterThan(bytes.length)
})
