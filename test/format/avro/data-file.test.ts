/** Avro container files as data files: any values of all types come out as they were written; damage gives rows or an error. */
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import type { JsonValue } from '../../../src/core/exact-json.ts'
import { memoryUse } from '../../../src/core/memory.ts'
import { avroFormat } from '../../../src/format/avro/index.ts'
import type { AvroObject, AvroValue } from '../../../src/format/avro/decoder.ts'
import { uuidFromText } from '../../../src/format/avro/logical.ts'
import { writeAvroFile } from '../../../src/format/avro/write-file.ts'
import { mutationCount, readMutations } from '../../mutations.ts'
import { bytesFile, createTestEngine, readWhole, targetOf } from '../parquet/read-file.ts'
import { type Json, vectorJson } from '../vector-json.ts'

const engine = createTestEngine(128 << 20)
let serial = 0

afterEach(() => {
  expect(memoryUse(engine.memory).usedBytes).toBe(0)
})

function columnsOf(bytes: Uint8Array, batchRows?: number): Json[][] {
  return readWhole(engine, bytesFile(bytes, `test-${serial++}`), batchRows, avroFormat).columns
}

const nullable = (type: JsonValue): JsonValue => ['null', type]

const SCHEMA: JsonValue = {
  type: 'record',
  name: 'row',
  fields: [
    { name: 'flag', type: 'boolean', 'field-id': 1 },
    { name: 'small', type: nullable('int'), 'field-id': 2 },
    { name: 'large', type: ['long', 'null'], 'field-id': 3 },
    { name: 'text', type: nullable('string'), 'field-id': 4 },
    {
      name: 'price',
      type: nullable({ type: 'bytes', logicalType: 'decimal', precision: 38, scale: 2 }),
      'field-id': 5,
    },
    {
      name: 'place',
      type: nullable({
        type: 'record',
        name: 'place',
        fields: [
          { name: 'x', type: 'double', 'field-id': 7 },
          { name: 'tags', type: nullable({ type: 'array', items: nullable('string') }), 'field-id': 8 },
        ],
      }),
      'field-id': 6,
    },
    { name: 'counts', type: { type: 'map', values: nullable('int') }, 'field-id': 9 },
    { name: 'kind', type: nullable({ type: 'enum', name: 'kind', symbols: ['A', 'B', 'C'] }), 'field-id': 10 },
    {
      name: 'pairs',
      type: nullable({
        type: 'array',
        logicalType: 'map',
        items: {
          type: 'record',
          name: 'pair',
          fields: [
            { name: 'key', type: 'int' },
            { name: 'value', type: nullable('long') },
          ],
        },
      }),
      'field-id': 11,
    },
  ],
}

const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { freq: 3 })
const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const anyRow = fc.record({
  flag: fc.boolean(),
  small: orNull(int),
  large: orNull(long),
  text: orNull(fc.string({ unit: 'grapheme', maxLength: 8 })),
  price: orNull(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })),
  place: orNull(
    fc.record({
      x: fc.integer().map(Number),
      tags: orNull(fc.array(orNull(fc.string({ maxLength: 3 })), { maxLength: 3 })),
    }),
  ),
  counts: fc.dictionary(fc.string({ maxLength: 3 }), orNull(int), { maxKeys: 3, noNullPrototype: true }),
  kind: orNull(fc.constantFrom('A', 'B', 'C')),
  pairs: orNull(fc.array(fc.record({ key: int, value: orNull(long) }), { maxLength: 3 })),
})
type Row = typeof anyRow extends fc.Arbitrary<infer T> ? T : never

function toAvro(row: Row): AvroObject {
  return { ...row, counts: new Map(Object.entries(row.counts)) } as unknown as AvroObject
}

function decimalText(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(3, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

function toJson(row: Row): Json[] {
  const { flag, small, large, text, price, place, counts, kind, pairs } = row
  return [
    flag,
    small,
    large === null ? null : String(large),
    text,
    price === null ? null : decimalText(price),
    place === null ? null : { x: place.x, tags: place.tags },
    Object.entries(counts).map(([key, value]) => [key, value]),
    kind,
    pairs === null ? null : pairs.map(({ key, value }) => [key, value === null ? null : String(value)]),
  ]
}

describe('rows', () => {
  test('of every kind come out as they were written', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 40 }), fc.constantFrom('null', 'deflate'), (rows, codec) => {
        const bytes = writeAvroFile(SCHEMA, new Map(), rows.map(toAvro), codec as 'null' | 'deflate')
        const columns = columnsOf(bytes, 7)
        expect(rows.map((_, row) => columns.map((column) => column[row]))).toEqual(rows.map(toJson))
      }),
      { seed: 21, numRuns: 60 },
    )
  })

  test('of many blocks come out in order', () => {
    const schema = {
      type: 'record',
      name: 'row',
      fields: [
        { name: 'n', type: 'long' },
        { name: 's', type: 'string' },
      ],
    }
    const rows = Array.from({ length: 60_000 }, (_, i) => ({ n: BigInt(i), s: `text ${i}` }))
    const bytes = writeAvroFile(schema, new Map(), rows, 'null')
    const file = avroFormat.open(bytesFile(bytes, 'many'), engine)
    expect(file.rowGroups.length).toBeGreaterThan(2)
    expect(file.rowGroups.map(({ firstRow }) => firstRow)).toEqual(
      file.rowGroups.map((_, i) => file.rowGroups.slice(0, i).reduce((sum, { rowCount }) => sum + rowCount, 0)),
    )
    const [n, s] = columnsOf(bytes)
    expect(n!.every((value, i) => value === String(i))).toBe(true)
    expect(s!.every((value, i) => value === `text ${i}`)).toBe(true)
  })

  test.each<[JsonValue, AvroValue, Json]>([
    [{ type: 'int', logicalType: 'date' }, -1, '1969-12-31'],
    [{ type: 'int', logicalType: 'time-millis' }, 1500, '00:00:01.500000'],
    [{ type: 'long', logicalType: 'time-micros' }, 1n, '00:00:00.000001'],
    [{ type: 'long', logicalType: 'timestamp-millis' }, -1000n, '1969-12-31T23:59:59.999000Z'],
    [{ type: 'long', logicalType: 'local-timestamp-micros' }, 1n, '1970-01-01T00:00:00.000001'],
    [{ type: 'long', logicalType: 'timestamp-nanos' }, 1n, '1970-01-01T00:00:00.000000001Z'],
    [{ type: 'fixed', name: 'f', size: 3 }, Uint8Array.of(1, 2, 255), '0102ff'],
    [{ type: 'fixed', name: 'd', size: 5, logicalType: 'decimal', precision: 9, scale: 1 }, -15n, '-1.5'],
    [
      { type: 'string', logicalType: 'uuid' },
      uuidFromText('f79c3e09-677c-4bbd-a479-3f349cb785e7'),
      'f79c3e09-677c-4bbd-a479-3f349cb785e7',
    ],
    [
      { type: 'fixed', name: 'u', size: 16, logicalType: 'uuid' },
      uuidFromText('f79c3e09-677c-4bbd-a479-3f349cb785e7'),
      'f79c3e09-677c-4bbd-a479-3f349cb785e7',
    ],
    ['float', 1.5, 1.5],
    ['bytes', Uint8Array.of(0, 9), '0009'],
  ])('of type %j', (type, value, json) => {
    const schema = { type: 'record', name: 'row', fields: [{ name: 'v', type: ['null', type] }] }
    const rows = [{ v: null }, { v: value }]
    expect(columnsOf(writeAvroFile(schema, new Map(), rows))).toEqual([[null, json]])
  })
})

describe('columns', () => {
  test('are found by id, in any order, promoted, and missing ones are what the table says', () => {
    const rows: Row[] = fc.sample(anyRow, { numRuns: 20, seed: 5 })
    const bytes = writeAvroFile(SCHEMA, new Map(), rows.map(toAvro))
    const file = avroFormat.open(bytesFile(bytes, 'ids'), engine)
    const bound = file.bind([
      { id: 3, names: ['other'], type: { kind: 'bigint' }, children: [] },
      { id: 2, names: ['small'], type: { kind: 'bigint' }, children: [] },
      { id: 99, names: ['text'], type: { kind: 'varchar' }, children: [], missing: 'none' },
      {
        id: 6,
        names: ['place'],
        type: { kind: 'struct', fields: [{ name: 'y', type: { kind: 'integer' }, nullable: true }] },
        children: [{ id: 77, names: ['y'], type: { kind: 'integer' }, children: [], missing: 5 }],
      },
    ])
    const reader = bound.openRowGroup(0)
    const arena = new Arena(engine.memory, 'test')
    const read = (column: number): Json[] => vectorJson(engine.memory, reader.read(column, 0, 20, null, arena))
    expect(read(0)).toEqual(rows.map(({ large }) => (large === null ? null : String(large))))
    expect(read(1)).toEqual(rows.map(({ small }) => (small === null ? null : String(small))))
    expect(read(2)).toEqual(rows.map(() => 'none'))
    expect(read(3)).toEqual(rows.map(({ place }) => (place === null ? null : { y: 5 })))
    reader.close()
    arena.free()
  })

  test('of types that contain themselves are refused by name', () => {
    const list: JsonValue = {
      type: 'record',
      name: 'node',
      fields: [{ name: 'next', type: ['null', 'node'] }],
    }
    const schema = {
      type: 'record',
      name: 'row',
      fields: [
        { name: 'a', type: 'int' },
        { name: 'l', type: list },
      ],
    }
    const bytes = writeAvroFile(schema, new Map(), [])
    const file = avroFormat.open(bytesFile(bytes, 'refused'), engine)
    const [a, l] = file.fields.map(targetOf)
    expect(() => file.bind([l!])).toThrow(/a type that contains itself is not supported/)
    expect(() => file.bind([a!])).not.toThrow()
  })
})

/**
 * Written by fastavro 1.13: u is null, int, an array of strings or a record; n int, long or null; d null, float or double; l an array of strings and
 * booleans.
 */
const UNIONS = Buffer.from(
  'T2JqAQQUYXZyby5jb2RlYwhudWxsFmF2cm8uc2NoZW1hxAZ7InR5cGUiOiAicmVjb3JkIiwgIm5hbWUiOiAicm93IiwgImZpZWxkcyI6IFt7Im5hbWUiOiAidSIsICJ0eXBlIjogWyJu' +
    'dWxsIiwgImludCIsIHsidHlwZSI6ICJhcnJheSIsICJpdGVtcyI6ICJzdHJpbmcifSwgeyJ0eXBlIjogInJlY29yZCIsICJuYW1lIjogInAiLCAiZmllbGRzIjogW3sibmFtZSI6ICJ4' +
    'IiwgInR5cGUiOiBbIm51bGwiLCAiZG91YmxlIl19LCB7Im5hbWUiOiAieSIsICJ0eXBlIjogInN0cmluZyJ9XX1dfSwgeyJuYW1lIjogIm4iLCAidHlwZSI6IFsiaW50IiwgImxvbmci' +
    'LCAibnVsbCJdfSwgeyJuYW1lIjogImQiLCAidHlwZSI6IFsibnVsbCIsICJmbG9hdCIsICJkb3VibGUiXX0sIHsibmFtZSI6ICJsIiwgInR5cGUiOiB7InR5cGUiOiAiYXJyYXkiLCAi' +
    'aXRlbXMiOiBbInN0cmluZyIsICJib29sZWFuIl19fV19AAVOKy84F0caJt9IaP5KiKsKtAECDgACAgAAwD8EAAJhAgEABAQCcwJ0AAQAAAACgICAgIBABJqZmZmZmbk/BgIAAAJiAAJj' +
    'AAYCAAAAAAAA4D8Gd2h5AAUAAgACZAAGAAJ6AAoCAAAQQAICAQAFTisvOBdHGibfSGj+Soir',
  'base64',
)

describe('unions of several types', () => {
  const members = (at: number, value: Json): Json =>
    Object.fromEntries([0, 1, 2].map((i) => [`member${i}`, i === at ? value : null]))
  const pair = (text: Json, flag: Json): Json => ({ member0: text, member1: flag })
  const expected = [
    [members(0, 7), members(1, ['s', 't']), null, members(2, { x: 0.5, y: 'why' }), members(2, { x: null, y: 'z' })],
    ['1', null, '1099511627776', '-3', '5'],
    [1.5, null, 0.1, null, 2.25],
    [
      [pair('a', null), pair(null, true)],
      [],
      [pair(null, false), pair('b', null), pair('c', null)],
      [pair('d', null)],
      [pair(null, true)],
    ],
  ]

  test.each([undefined, 1, 2])('are structs, and numbers where both fit one type (batches of %s rows)', (batchRows) => {
    expect(columnsOf(UNIONS, batchRows)).toEqual(expected)
  })

  test('are read in part', () => {
    const file = avroFormat.open(bytesFile(UNIONS, 'part'), engine)
    const bound = file.bind([
      {
        names: ['u'],
        type: { kind: 'struct', fields: [{ name: 'member1', type: { kind: 'list', element: TEXT }, nullable: true }] },
        children: [
          {
            names: ['member1'],
            type: { kind: 'list', element: TEXT },
            children: [{ names: ['element'], type: TEXT.type, children: [] }],
          },
        ],
      },
    ])
    const reader = bound.openRowGroup(0)
    const arena = new Arena(engine.memory, 'test')
    expect(vectorJson(engine.memory, reader.read(0, 0, 5, null, arena))).toEqual([
      { member1: null },
      { member1: ['s', 't'] },
      null,
      { member1: null },
      { member1: null },
    ])
    reader.close()
    arena.free()
  })
})

const TEXT = { name: 'element', type: { kind: 'varchar' }, nullable: false } as const

test('files of other values than records have one column', () => {
  // What a record of one field is written as is its field.
  const rows = [{ v: 1n }, { v: null }, { v: 3n }]
  const schema = { type: 'record', name: 'row', fields: [{ name: 'v', type: ['null', 'long'] }] }
  const bytes = Buffer.from(writeAvroFile(schema, new Map(), rows))
  const text = JSON.stringify(schema)
  const other = JSON.stringify(['null', 'long']).padEnd(text.length)
  expect(bytes.toString('latin1')).toContain(text)
  const changed = Buffer.from(bytes.toString('latin1').replace(text, other), 'latin1')
  expect(columnsOf(changed)).toEqual([['1', null, '3']])
})

test('damage gives rows or an error that blames the file', { timeout: 600_000 }, async () => {
  const rows = fc.sample(anyRow, { numRuns: 60, seed: 9 }).map(toAvro)
  const files = [writeAvroFile(SCHEMA, new Map(), rows, 'null'), writeAvroFile(SCHEMA, new Map(), rows, 'deflate')]
  for (const [seed, file] of files.entries()) {
    await readMutations(file, { seed, count: mutationCount(200) }, (bytes) => {
      try {
        columnsOf(bytes)
      } finally {
        expect(memoryUse(engine.memory).usedBytes).toBe(0)
      }
    })
  }
})
