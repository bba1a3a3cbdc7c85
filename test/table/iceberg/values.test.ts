import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BIGINT,
  BOOLEAN,
  BYTEA,
  DATE,
  DOUBLE,
  type DataType,
  INTEGER,
  REAL,
  TIME,
  TIMESTAMP,
  UUID,
  VARCHAR,
  decimal,
} from '../../../src/core/types.ts'
import type { JsonValue } from '../../../src/core/exact-json.ts'
import type { LiteralValue } from '../../../src/expr/expr.ts'
import { decodeBound, encodeBound } from '../../../src/table/iceberg/bounds.ts'
import { initialDefaultOf } from '../../../src/table/iceberg/default-value.ts'
import { readRoaring64 } from '../../../src/table/roaring.ts'
import { parseSchema } from '../../../src/table/iceberg/schema.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

describe('bounds', () => {
  test.each<[string, DataType, string, LiteralValue | undefined]>([
    ['int', INTEGER, '0a000000', 10],
    ['long', BIGINT, '0a00000000000080', -9223372036854775798n],
    ['int promoted to long', BIGINT, 'f6ffffff', -10n],
    ['float promoted to double', DOUBLE, '0000c03f', 1.5],
    ['date promoted to timestamp', TIMESTAMP, 'ffffffff', -86_400_000_000n],
    ['negative zero', DOUBLE, '0000000000000080', -0],
    ['NaN', REAL, '0000c07f', Number.NaN],
    ['decimal', decimal(9, 2), '058c', 1420n],
    ['negative decimal', decimal(38, 2), 'fa74', -1420n],
    ['boolean', BOOLEAN, '01', true],
    ['text', VARCHAR, 'c3a3', 'ã'],
    ['text cut within a character', VARCHAR, '61c3', undefined],
    ['binary', BYTEA, '00ff', Uint8Array.of(0, 255)],
    ['uuid', UUID, '00112233445566778899aabbccddeeff', hex('00112233445566778899aabbccddeeff')],
    ['int of wrong length', INTEGER, '0a', undefined],
    ['no bytes', BIGINT, '', undefined],
    ['decimal without bytes', decimal(9, 2), '', undefined],
    ['time', TIME, '0100000000000000', 1n],
    ['date', DATE, 'feffffff', -2],
  ])('%s', (_, type, bytes, expected) => {
    expect(decodeBound(hex(bytes), type)).toEqual(expected)
  })

  test('what is encoded decodes to the same', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.string(),
        fc.double(),
        (long, text, double) => {
          for (const [value, type] of [
            [long, BIGINT],
            [long, decimal(38, 3)],
            [text, VARCHAR],
            [double, DOUBLE],
          ] as const) {
            expect(decodeBound(encodeBound(value, type)!, type)).toEqual(value)
          }
        },
      ),
      { seed: 1, numRuns: 200 },
    )
  })
})

describe('defaults', () => {
  const field = (type: JsonValue, initial: JsonValue) =>
    parseSchema(
      {
        type: 'struct',
        fields: [{ id: 1, name: 'c', required: false, type, 'initial-default': initial }],
      },
      'f',
    ).fields[0]!

  test.each<[JsonValue, JsonValue, LiteralValue]>([
    ['long', 9007199254740993n, 9007199254740993n],
    ['int', -5, -5],
    ['boolean', true, true],
    ['float', 0.1, Math.fround(0.1)],
    ['double', 1.5, 1.5],
    ['decimal(9, 2)', '14.20', 1420n],
    ['decimal(9, 2)', '-0.5', -50n],
    ['decimal(9, 2)', '1.42E+1', 1420n],
    ['date', '2017-11-16', 17486],
    ['time', '22:31:08.123456', 81068123456n],
    ['timestamp', '1969-12-31T23:59:59.999999', -1n],
    ['timestamptz', '1970-01-01T01:00:00.000001+01:00', 1n],
    ['timestamptz', '1970-01-01T00:00:00+00:00', 0n],
    ['timestamp_ns', '1970-01-01T00:00:00.000000001', 1n],
    ['string', 'x', 'x'],
    ['uuid', '00000000-0000-0000-0000-000000000001', Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0))],
    ['binary', '00ff', Uint8Array.of(0, 255)],
    ['fixed[2]', '0102', Uint8Array.of(1, 2)],
    [{ type: 'list', 'element-id': 2, element: 'int', 'element-required': false }, [1, null], [1, null]],
    [
      {
        type: 'map',
        'key-id': 2,
        key: 'string',
        'value-id': 3,
        value: 'long',
        'value-required': false,
      },
      { keys: ['a'], values: [1] },
      [['a', 1n]],
    ],
    [{ type: 'struct', fields: [{ id: 2, name: 'a', required: false, type: 'int' }] }, { 2: 7 }, [7]],
  ])('default %#', (type, initial, expected) => {
    expect(initialDefaultOf(field(type, initial))).toEqual(expected)
  })

  test('a default of another type is an error, not NULL', () => {
    expect(() => initialDefaultOf(field('int', 'seven'))).toThrow('column "c": malformed default value: "seven"')
    expect(initialDefaultOf(field('int', null))).toBeUndefined()
  })
})

describe('roaring bitmaps', () => {
  const bytesOf = (...parts: number[]): Uint8Array => Uint8Array.from(parts)
  const u16 = (value: number): number[] => [value & 255, value >> 8]
  const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)]
  const one = [...u32(1), ...u32(0)]

  test('an array container, two keys', () => {
    const body = [
      ...u32(12346),
      ...u32(2),
      ...u16(0),
      ...u16(1),
      ...u16(1),
      ...u16(0),
      ...u32(0),
      ...u32(0),
      ...u16(3),
      ...u16(9),
      ...u16(5),
    ]
    expect([...readRoaring64(bytesOf(...one, ...u32(0), ...body), 'f')]).toEqual([3n, 9n, 65541n])
  })

  test('runs, with the high bits of a second bitmap', () => {
    const runs = [
      ...u16(12347),
      ...u16(0),
      1,
      ...u16(0),
      ...u16(4),
      ...u16(2),
      ...u16(10),
      ...u16(2),
      ...u16(20),
      ...u16(1),
    ]
    const bytes = bytesOf(...u32(1), ...u32(0), ...u32(2), ...runs)
    expect([...readRoaring64(bytes, 'f')]).toEqual([10n, 11n, 12n, 20n, 21n].map((row) => row + (2n << 32n)))
  })

  test('a bitmap container', () => {
    const bits = new Uint8Array(8192)
    for (let i = 0; i < 5000; i++) bits[i >> 3]! |= 1 << (i & 7)
    const bytes = bytesOf(...one, ...u32(0), ...u32(12346), ...u32(1), ...u16(0), ...u16(4999), ...u32(0), ...bits)
    const rows = readRoaring64(bytes, 'f')
    expect(rows.length).toBe(5000)
    expect(rows.at(-1)).toBe(4999n)
  })

  test('damaged bytes are refused', () => {
    expect(() => readRoaring64(bytesOf(1), 'f')).toThrow('f: damaged bitmap')
    expect(() => readRoaring64(bytesOf(...u32(0xffffffff), ...u32(0)), 'f')).toThrow('says to hold')
    const unsorted = [...u32(12346), ...u32(1), ...u16(0), ...u16(1), ...u32(0), ...u16(9), ...u16(3)]
    expect(() => readRoaring64(bytesOf(...one, ...u32(0), ...unsorted), 'f')).toThrow('do not ascend')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        try {
          readRoaring64(Uint8Array.of(...one, ...u32(0), ...u32(12346), ...noise), 'f')
        } catch (error) {
          expect((error as { sqlstate?: string }).sqlstate).toBe('XX001')
        }
      }),
      { seed: 1, numRuns: 500 },
    )
  })
})
