import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BIGINT,
  BYTEA,
  DATE,
  type DataType,
  INTEGER,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  UUID,
  VARCHAR,
  decimal,
} from '../../../src/core/types.ts'
import type { LiteralValue } from '../../../src/expr/expr.ts'
import { compareValues } from '../../../src/expr/values/compare.ts'
import { uuidFromText } from '../../../src/format/avro/logical.ts'
import { bucketHash } from '../../../src/table/iceberg/bucket-hash.ts'
import { applyTransform, parseTransform, sourceRange } from '../../../src/table/iceberg/transform.ts'

const micros = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n
const nanosType: DataType = { kind: 'timestamp', unit: 'ns', zone: false }

/** Iceberg spec, Appendix B: the test values of its hash functions. */
test.each<[string, LiteralValue, DataType, number]>([
  ['integer', 34, INTEGER, 2017239379],
  ['long', 34n, BIGINT, 2017239379],
  ['decimal', 1420n, decimal(9, 2), -500754589],
  ['date', 17486, DATE, -653330422],
  ['time', (22n * 3600n + 31n * 60n + 8n) * 1_000_000n, TIME, -662762989],
  ['timestamp', micros('2017-11-16T22:31:08Z'), TIMESTAMP, -2047944441],
  ['timestamp of micros', micros('2017-11-16T22:31:08Z') + 1n, TIMESTAMP, -1207196810],
  ['timestamptz', micros('2017-11-16T22:31:08Z'), TIMESTAMPTZ, -2047944441],
  ['timestamp_ns', micros('2017-11-16T22:31:08Z') * 1000n, nanosType, -2047944441],
  ['timestamp_ns of micros', micros('2017-11-16T22:31:08Z') * 1000n + 1001n, nanosType, -1207196810],
  ['string', 'iceberg', VARCHAR, 1210000089],
  ['uuid', uuidFromText('f79c3e09-677c-4bbd-a479-3f349cb785e7'), UUID, 1488055340],
  ['binary', Uint8Array.of(0, 1, 2, 3), BYTEA, -188683207],
])('hash of a %s', (_, value, type, expected) => {
  expect(bucketHash(value, type)).toBe(expected)
})

describe('transforms', () => {
  test.each<[string, LiteralValue, DataType, LiteralValue | undefined]>([
    ['truncate[10]', 1, INTEGER, 0],
    ['truncate[10]', -1, INTEGER, -10],
    ['truncate[10]', -10n, BIGINT, -10n],
    ['truncate[50]', 1065n, decimal(9, 2), 1050n],
    ['truncate[50]', -1065n, decimal(9, 2), -1100n],
    ['truncate[3]', 'iceberg', VARCHAR, 'ice'],
    ['truncate[2]', '🚀🚀🚀', VARCHAR, '🚀🚀'],
    ['truncate[3]', 'ab', VARCHAR, 'ab'],
    ['truncate[2]', Uint8Array.of(1, 2, 3), BYTEA, Uint8Array.of(1, 2)],
    ['year', micros('1969-12-31T23:59:59.999Z'), TIMESTAMP, -1],
    ['month', -1, DATE, -1],
    ['month', micros('2017-12-01T10:12:55Z'), TIMESTAMP, 575],
    ['day', -1n, TIMESTAMPTZ, -1],
    ['day', micros('2017-12-01T10:12:55Z'), TIMESTAMP, 17501],
    ['hour', -1n, TIMESTAMP, -1],
    ['hour', micros('2017-12-01T10:12:55Z') * 1000n, nanosType, 420034],
    ['hour', 5, DATE, undefined],
    ['bucket[16]', 34, INTEGER, 2017239379 % 16],
    ['bucket[16]', null, INTEGER, null],
    ['bucket[16]', 1.5, { kind: 'double' }, undefined],
    ['void', 7, INTEGER, null],
    ['identity', 'x', VARCHAR, 'x'],
    ['zorder', 7, INTEGER, undefined],
    ['bucket[0]', 7, INTEGER, undefined],
  ])('%s %#', (text, value, type, expected) => {
    expect(applyTransform(parseTransform(text), value, type)).toEqual(expected)
  })
})

/** Method: whatever the value, it lies within the range that its own partition value stands for. */
describe('a value lies in the source range of its partition value', () => {
  const days = fc.integer({ min: -800_000, max: 800_000 })
  const moments = fc.bigInt({ min: -(2n ** 55n), max: 2n ** 55n })
  const texts = fc.string({ unit: 'grapheme', maxLength: 8 })
  const cases: [string, DataType, fc.Arbitrary<LiteralValue>][] = [
    ...['year', 'month', 'day'].map((t): [string, DataType, fc.Arbitrary<LiteralValue>] => [t, DATE, days]),
    ...['year', 'month', 'day', 'hour'].map((t): [string, DataType, fc.Arbitrary<LiteralValue>] => [
      t,
      TIMESTAMP,
      moments,
    ]),
    ...['year', 'day', 'hour'].map((t): [string, DataType, fc.Arbitrary<LiteralValue>] => [t, nanosType, moments]),
    ['truncate[7]', INTEGER, fc.integer()],
    ['truncate[1000]', BIGINT, fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n })],
    ['truncate[3]', VARCHAR, texts],
    ['truncate[2]', BYTEA, fc.uint8Array({ maxLength: 5 })],
    ['identity', VARCHAR, texts],
  ]
  test.each(cases)('%s', (text, type, values) => {
    const transform = parseTransform(text)
    fc.assert(
      fc.property(values, (value) => {
        const partition = applyTransform(transform, value, type)!
        const { min, max } = sourceRange(transform, type, partition, partition)
        expect(min).toBeDefined()
        expect(compareValues(min!, value, type)).toBeLessThanOrEqual(0)
        if (max !== undefined) expect(compareValues(max, value, type)).toBeGreaterThanOrEqual(0)
      }),
      { seed: 3, numRuns: 200 },
    )
  })

  test('ends are tight where they can be named', () => {
    expect(sourceRange(parseTransform('day'), TIMESTAMP, 1, 1)).toEqual({
      min: 86_400_000_000n,
      max: 2n * 86_400_000_000n - 1n,
      exact: false,
    })
    expect(sourceRange(parseTransform('month'), DATE, -1, -1)).toEqual({
      min: -61,
      max: -1,
      exact: false,
    })
    expect(sourceRange(parseTransform('truncate[3]'), VARCHAR, 'abc', 'abc')).toEqual({
      min: 'abc',
      max: 'abd',
      prefix: 'abc',
      exact: false,
    })
    expect(sourceRange(parseTransform('truncate[3]'), VARCHAR, 'ab', 'ab')).toEqual({
      min: 'ab',
      max: 'ab',
      prefix: 'ab',
      exact: false,
    })
    expect(sourceRange(parseTransform('truncate[1]'), VARCHAR, '\u{10ffff}', '\u{10ffff}')).toEqual({
      min: '\u{10ffff}',
      prefix: '\u{10ffff}',
      exact: false,
    })
    expect(sourceRange(parseTransform('truncate[1]'), VARCHAR, '\ud7ff', '\ud7ff').max).toBe('\ue000')
    expect(sourceRange(parseTransform('bucket[4]'), INTEGER, 1, 1)).toEqual({ exact: false })
  })
})
