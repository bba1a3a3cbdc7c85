import { describe, expect, it } from 'vitest'
import {
  type DataType,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  INTEGER,
  NULL_TYPE,
  REAL,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
  decimal,
  typeName,
} from '../../src/core/types.ts'
import { canAssign, canCast, canCoerce, commonType } from '../../src/expr/coerce.ts'
import { resolveFunction } from '../../src/expr/functions/index.ts'
import { TYPES } from './random-batches.ts'

const common = (...types: DataType[]): string | null => {
  const type = commonType(types)
  return type && typeName(type)
}

describe('common types', () => {
  it.each([
    [[INTEGER, BIGINT], 'bigint'],
    [[INTEGER, decimal(10, 2)], 'decimal(12,2)'],
    [[BIGINT, decimal(38, 30)], 'decimal(38,30)'],
    [[decimal(10, 2), decimal(8, 4)], 'decimal(12,4)'],
    [[INTEGER, REAL], 'double precision'],
    [[REAL, REAL], 'real'],
    [[decimal(5, 1), REAL], 'double precision'],
    [[DATE, TIMESTAMP], 'timestamp'],
    [[DATE, TIMESTAMPTZ, NULL_TYPE], 'timestamp with time zone'],
    [[{ kind: 'utinyint' }, { kind: 'tinyint' }], 'smallint'],
    [[{ kind: 'uinteger' }, INTEGER], 'bigint'],
    [[{ kind: 'ubigint' }, BIGINT], 'decimal(20,0)'],
    [[NULL_TYPE, NULL_TYPE], 'null'],
    [[VARCHAR, INTEGER], null],
    [[DATE, TIME], null],
    [[BOOLEAN, INTEGER], null],
  ] as readonly (readonly [DataType[], string | null])[])('%j', (types, expected) => {
    expect(common(...types)).toBe(expected)
    expect(common(...types.toReversed())).toBe(expected)
  })
})

describe('conversions', () => {
  it('each kind allows what the stricter one does', () => {
    for (const from of TYPES) {
      expect(canCoerce(NULL_TYPE, from)).toBe(true)
      for (const to of TYPES) {
        if (canCoerce(from, to)) expect(canAssign(from, to)).toBe(true)
        if (canAssign(from, to)) expect(canCast(from, to)).toBe(true)
      }
    }
  })

  it('only widens on its own', () => {
    expect(canCoerce(INTEGER, BIGINT)).toBe(true)
    expect(canCoerce(BIGINT, INTEGER)).toBe(false)
    expect(canCoerce(decimal(10, 2), DOUBLE)).toBe(true)
    expect(canCoerce(DOUBLE, decimal(10, 2))).toBe(false)
    expect(canCoerce(TIMESTAMP, TIMESTAMPTZ)).toBe(true)
    expect(canCoerce(TIMESTAMPTZ, TIMESTAMP)).toBe(false)
    expect(canCoerce(INTEGER, VARCHAR)).toBe(false)
    expect(canAssign(INTEGER, VARCHAR)).toBe(true)
    expect(canCast(VARCHAR, DATE)).toBe(true)
    expect(canCast(DATE, INTEGER)).toBe(false)
  })
})

describe('functions for types', () => {
  const result = (name: string, ...types: DataType[]): string | null => {
    const resolved = resolveFunction(name, types)
    return resolved && typeName(resolved.signature.result)
  }

  it('types of arithmetic', () => {
    const price = decimal(15, 2)
    expect(result('add', INTEGER, INTEGER)).toBe('integer')
    expect(result('add', { kind: 'smallint' }, { kind: 'smallint' })).toBe('smallint')
    expect(result('multiply', price, price)).toBe('decimal(30,4)')
    expect(result('subtract', INTEGER, price)).toBe('decimal(16,2)')
    expect(result('divide', price, price)).toBe('decimal(38,16)')
    expect(result('add', decimal(38, 10), decimal(38, 10))).toBe('decimal(38,10)')
    expect(result('subtract', DATE, DATE)).toBe('integer')
    expect(result('subtract', DATE, { kind: 'interval' })).toBe('timestamp')
    expect(result('subtract', TIMESTAMP, DATE)).toBe('interval')
    expect(result('add', VARCHAR, INTEGER)).toBe(null)
    expect(() => result('multiply', decimal(1000, 600), decimal(1000, 600))).toThrow(/decimal places is not supported/)
  })

  it('knows functions by name and alias', () => {
    expect(resolveFunction('substr', [VARCHAR, INTEGER])?.name).toBe('substring')
    expect(resolveFunction('nonsense', [])).toBe(null)
    expect(result('round', decimal(10, 4))).toBe('decimal(7,0)')
    expect(result('year', DATE)).toBe('integer')
    expect(result('coalesce', NULL_TYPE, INTEGER)).toBe('integer')
    expect(result('date_trunc', VARCHAR, { kind: 'timestamp', unit: 'ns', zone: false })).toBe('timestamp(9)')
  })
})
