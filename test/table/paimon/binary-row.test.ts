import { describe, expect, test } from 'vitest'
import { type DataType, decimal } from '../../../src/core/types.ts'
import { readBinaryRow } from '../../../src/table/paimon/binary-row.ts'

const field = (type: DataType, typeText = ''): { type: DataType; typeText: string } => ({ type, typeText })
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const ARITY_1 = '00000001'
const NO_NULLS = '0000000000000000'

describe('values of a row', () => {
  test('numbers are little-endian in their field', () => {
    expect(readBinaryRow(hex(`${ARITY_1} ${NO_NULLS} feffffff00000000`), [field({ kind: 'integer' })], 'm')).toEqual([
      -2,
    ])
    expect(readBinaryRow(hex(`${ARITY_1} ${NO_NULLS} 0100000000000080`), [field({ kind: 'bigint' })], 'm')).toEqual([
      -9223372036854775807n,
    ])
  })

  test('texts of up to seven bytes are in the field, longer ones behind', () => {
    expect(readBinaryRow(hex(`${ARITY_1} ${NO_NULLS} 6162630000000083`), [field({ kind: 'varchar' })], 'm')).toEqual([
      'abc',
    ])
    const long = `${ARITY_1} ${NO_NULLS} 0800000010000000 6162636465666768`
    expect(readBinaryRow(hex(long), [field({ kind: 'varchar' })], 'm')).toEqual(['abcdefgh'])
  })

  test('NULLs are bits from the ninth on', () => {
    const row = `00000002 0002000000000000 0700000000000000 0000000000000000`
    expect(readBinaryRow(hex(row), [field({ kind: 'integer' }), field({ kind: 'integer' })], 'm')).toEqual([7, null])
  })

  test('timestamps of more than three digits have milliseconds behind and nanos in the field', () => {
    const row = `${ARITY_1} ${NO_NULLS} 40e2010010000000 e803000000000000`
    const type: DataType = { kind: 'timestamp', unit: 'us', zone: false }
    expect(readBinaryRow(hex(row), [field(type, 'TIMESTAMP(6)')], 'm')).toEqual([1_000_123n])
    expect(readBinaryRow(hex(`${ARITY_1} ${NO_NULLS} e803000000000000`), [field(type, 'TIMESTAMP(3)')], 'm')).toEqual([
      1_000_000n,
    ])
  })

  test('long decimals are bytes behind', () => {
    const row = `${ARITY_1} ${NO_NULLS} 0200000010000000 ff38000000000000`
    expect(readBinaryRow(hex(row), [field(decimal(38, 2))], 'm')).toEqual([-200n])
  })
})

test.each([
  ['00', 'ends early'],
  ['00000002 0000000000000000 0000000000000000', 'has 2 fields instead of 1'],
  ['00000001 0000000000000000', 'ends early'],
  ['00000001 0000000000000000 ff00000010000000', 'points outside'],
])('a damaged row %s is XX001', (bytes, message) => {
  expect(() => readBinaryRow(hex(bytes), [field({ kind: 'varchar' })], 'm')).toThrow(message)
})
