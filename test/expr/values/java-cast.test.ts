import { expect, test } from 'vitest'
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  type DataType,
  INTEGER,
  REAL,
  TIMESTAMP,
  VARCHAR,
  decimal,
} from '../../../src/core/types.ts'
import type { LiteralValue } from '../../../src/core/value.ts'
import { javaCast } from '../../../src/expr/values/java-cast.ts'
import { floatToJavaText } from '../../../src/expr/values/java-text.ts'

const TINYINT: DataType = { kind: 'tinyint' }

test.each<[LiteralValue, DataType, DataType, LiteralValue]>([
  [null, INTEGER, VARCHAR, null],
  [300, INTEGER, TINYINT, 44],
  [-1.9, DOUBLE, INTEGER, -1],
  [1e30, DOUBLE, INTEGER, 2147483647],
  [Number.NaN, DOUBLE, BIGINT, 0n],
  [-199n, decimal(9, 2), INTEGER, -1],
  [125n, decimal(9, 2), decimal(9, 1), 13n],
  [99999n, decimal(9, 2), decimal(3, 1), null],
  [7, INTEGER, decimal(5, 2), 700n],
  [0.1, DOUBLE, decimal(5, 2), 10n],
  [true, BOOLEAN, INTEGER, 1],
  [2, INTEGER, BOOLEAN, true],
  [1e10, DOUBLE, VARCHAR, '1.0E10'],
  [Math.fround(0.1), REAL, VARCHAR, '0.1'],
  [-719528, DATE, VARCHAR, '0000-01-01'],
  [1_704_067_200_120_000n, TIMESTAMP, VARCHAR, '2024-01-01 00:00:00.120'],
  [1_704_067_200_120_456n, TIMESTAMP, TIMESTAMP, 1_704_067_200_120_000n],
  [-1n, TIMESTAMP, DATE, -1],
  [1_704_067_200_999_999n, TIMESTAMP, BIGINT, 1_704_067_200n],
  [10, INTEGER, TIMESTAMP, 10_000_000n],
  [' 42 ', VARCHAR, INTEGER, 42],
  ['1.005', VARCHAR, decimal(5, 2), 101n],
  ['yes', VARCHAR, BOOLEAN, true],
  ['2024-02-29', VARCHAR, DATE, 19782],
])('%s as %j gives %j: %s', (value, from, to, expected) => {
  expect(javaCast(value, { from, to, fromDigits: 3, toDigits: 3 })).toEqual(expected)
})

test.each<[string, DataType]>([
  ['x', INTEGER],
  ['99999999999', INTEGER],
  ['2023-02-29', DATE],
  ['perhaps', BOOLEAN],
])('"%s" is no %j', (text, to) => {
  expect(() => javaCast(text, { from: VARCHAR, to, fromDigits: 6, toDigits: 6 })).toThrow('invalid input syntax')
})

test.each([
  [1, '1.0'],
  [123.456, '123.456'],
  [0.001, '0.001'],
  [0.0001, '1.0E-4'],
  [12345678, '1.2345678E7'],
  [-0, '-0.0'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
])('%s as Java writes it', (value, text) => {
  expect(floatToJavaText(value, 'double')).toBe(text)
})
