/**
 * Log files written byte by byte: records of every type into columns, deletes, torn blocks; and what is left of them when they are damaged.
 */
import { expect, test } from 'vitest'
import { memoryUse } from '../../../src/core/memory.ts'
import {
  BIGINT,
  BOOLEAN,
  BYTEA,
  DATE,
  DOUBLE,
  type DataType,
  INTEGER,
  REAL,
  TIMESTAMPTZ,
  VARCHAR,
  decimal,
} from '../../../src/core/types.ts'
import type { TargetField } from '../../../src/format/format.ts'
import { hudiLogFormat } from '../../../src/format/hudi-log/data-file.ts'
import { orderingColumn } from '../../../src/format/hudi-log/delete-records.ts'
import { readLogBlocks } from '../../../src/format/hudi-log/log-blocks.ts'
import type { Json } from '../vector-json.ts'
import { mutationCount, readMutations } from '../../mutations.ts'
import { bytesFile, createTestEngine, readColumns } from '../parquet/read-file.ts'
import { hfileOf } from './hfile-writer.ts'
import { BLOCK_TYPES, type MadeBlock, deletesContent, logFile, recordsContent, text, varint } from './log-writer.ts'

const engine = createTestEngine(64 << 20)

function target(name: string, type: DataType, children: readonly TargetField[] = []): TargetField {
  return { names: [name], type, children }
}

function dataBlock(fields: readonly object[], records: readonly (readonly number[])[]): MadeBlock {
  const schema = JSON.stringify({ type: 'record', name: 'r', fields })
  const content = recordsContent(records.map((record) => Uint8Array.from(record)))
  return { type: BLOCK_TYPES.avro, header: { 0: '100', 2: schema }, content }
}

let files = 0

function read(bytes: Uint8Array, targets: readonly TargetField[], batchRows?: number): Json[][] {
  const file = hudiLogFormat.open(bytesFile(bytes, `log-${files++}`), engine)
  return readColumns(engine, file, file.bind(targets), { columnCount: targets.length, ...(batchRows && { batchRows }) })
}

const double = (value: number): number[] => [...Buffer.from(Float64Array.of(value).buffer)]
const float = (value: number): number[] => [...Buffer.from(Float32Array.of(value).buffer)]

test('numbers become what the table has now', () => {
  const block = dataBlock(
    [
      { name: 'i', type: 'int' },
      { name: 'l', type: 'long' },
      { name: 'f', type: 'float' },
      { name: 'd', type: 'double' },
    ],
    [
      [...varint(-5), ...varint(2 ** 40), ...float(1.5), ...double(-2.25)],
      [...varint(2 ** 31 - 1), ...varint(-1), ...float(0), ...double(0)],
    ],
  )
  const targets = [
    target('i', BIGINT),
    target('i', DOUBLE),
    target('l', BIGINT),
    target('f', DOUBLE),
    target('d', DOUBLE),
  ]
  expect(read(logFile([block]), [targets[0]!])).toEqual([['-5', '2147483647']])
  expect(read(logFile([block]), [targets[1]!])).toEqual([[-5, 2_147_483_647]])
  expect(read(logFile([block]), targets.slice(2))).toEqual([
    ['1099511627776', '-1'],
    [1.5, 0],
    [-2.25, 0],
  ])
  expect(() => read(logFile([block]), [target('l', VARCHAR)])).toThrow('reading Avro long as varchar is not supported')
})

test('records in an HFile, with the key as its own column or not', () => {
  const block = (fields: readonly object[]): MadeBlock => ({
    type: BLOCK_TYPES.hfile,
    header: { 0: '100', 2: JSON.stringify({ type: 'record', name: 'r', fields }) },
    content: hfileOf([
      { row: 'a', value: Uint8Array.from([...text('a'), ...varint(7)]) },
      { row: 'b', value: Uint8Array.from([...text('b'), ...varint(-1)]) },
    ]),
  })
  const fields = ['_hoodie_record_key', 'v'].map((name, i) => ({ name, type: i === 0 ? 'string' : 'long' }))
  const targets = [target('v', BIGINT), target('_hoodie_record_key', VARCHAR), target('new', DATE)]
  expect(read(logFile([block(fields)]), targets)).toEqual([
    ['7', '-1'],
    ['a', 'b'],
    [null, null],
  ])
  // Of a column "key" writers leave the cell's key only.
  const renamed = [{ ...fields[0], name: 'key' }, fields[1]!]
  expect(() => read(logFile([block(renamed)]), targets)).toThrow('a column "key" is not supported')
})

test('logical types, texts and bytes', () => {
  const block = dataBlock(
    [
      { name: 'day', type: { type: 'int', logicalType: 'date' } },
      { name: 'ms', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'dec', type: { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 1 } },
      { name: 's', type: ['null', 'string'] },
      { name: 'b', type: 'bytes' },
      { name: 'flag', type: 'boolean' },
    ],
    [
      [...varint(19_723), ...varint(1500), ...varint(1), 0xf6, ...varint(1), ...text('é'), ...varint(2), 1, 2, 1],
      [...varint(0), ...varint(-1), ...varint(2), 0x03, 0xe8, ...varint(0), ...varint(0), 0],
    ],
  )
  const targets = [
    target('day', DATE),
    target('ms', TIMESTAMPTZ),
    target('dec', decimal(20, 2)),
    target('s', VARCHAR),
    target('b', BYTEA),
    target('flag', BOOLEAN),
    target('new', REAL),
  ]
  expect(read(logFile([block]), targets)).toMatchInlineSnapshot(`
    [
      [
        "2024-01-01",
        "1970-01-01",
      ],
      [
        "1970-01-01T00:00:01.500000Z",
        "1969-12-31T23:59:59.999000Z",
      ],
      [
        "-1.00",
        "100.00",
      ],
      [
        "é",
        null,
      ],
      [
        "0102",
        "",
      ],
      [
        true,
        false,
      ],
      [
        null,
        null,
      ],
    ]
  `)
})

test('lists, maps and structs, with NULLs in each place', () => {
  const block = dataBlock(
    [
      { name: 'l', type: ['null', { type: 'array', items: ['null', 'int'] }] },
      { name: 'm', type: { type: 'map', values: 'string' } },
      {
        name: 's',
        type: [
          'null',
          {
            type: 'record',
            name: 'inner',
            fields: [
              { name: 'x', type: 'int' },
              { name: 'y', type: 'string' },
            ],
          },
        ],
      },
    ],
    [
      // Two blocks of items, the second with its size.
      [
        ...varint(1),
        ...varint(1),
        ...varint(1),
        ...varint(7),
        ...varint(-1),
        ...varint(1),
        ...varint(0),
        0,
        ...varint(1),
        ...text('k'),
        ...text('v'),
        0,
        ...varint(1),
        ...varint(9),
        ...text('y'),
      ],
      [...varint(0), 0, ...varint(0)],
    ],
  )
  const element = target('element', INTEGER)
  const field = (name: string, type: DataType) => ({ name, type, nullable: true })
  const targets = [
    target('l', { kind: 'list', element: field('element', INTEGER) }, [element]),
    target('m', { kind: 'map', key: field('key', VARCHAR), value: field('value', VARCHAR) }, [
      target('key', VARCHAR),
      target('value', VARCHAR),
    ]),
    target('s', { kind: 'struct', fields: [field('y', VARCHAR), field('z', BIGINT)] }, [
      target('y', VARCHAR),
      target('z', BIGINT),
    ]),
  ]
  expect(read(logFile([block]), targets)).toMatchInlineSnapshot(`
    [
      [
        [
          7,
          null,
        ],
        null,
      ],
      [
        [
          [
            "k",
            "v",
          ],
        ],
        [],
      ],
      [
        {
          "y": "y",
          "z": null,
        },
        null,
      ],
    ]
  `)
  expect(read(logFile([block]), targets, 1)).toEqual(read(logFile([block]), targets))
})

test('deletes have a key, and an order that the int 0 stands for none of', () => {
  const content = deletesContent([{ key: 'a', order: 7 }, { key: 'b' }])
  const bytes = logFile([{ type: BLOCK_TYPES.delete, header: { 0: '100' }, content }])
  const targets = [target('_hoodie_record_key', VARCHAR), target(orderingColumn(0), BIGINT), target('name', VARCHAR)]
  expect(read(bytes, targets)).toEqual([
    ['a', 'b'],
    ['7', null],
    [null, null],
  ])
})

test('a block that was torn reaches up to the next one', () => {
  const block = dataBlock([{ name: 'i', type: 'int' }], [varint(1)])
  const whole = logFile([block])
  const torn = Buffer.concat([whole.subarray(0, whole.length - 20), whole, whole.subarray(0, 30)])
  const source = {
    url: 'log',
    byteCount: torn.length,
    bytes: (start: number, end: number) => torn.subarray(start, end),
  }
  expect(readLogBlocks(source).map(({ kind, start, end }) => [kind, start, end])).toEqual([
    ['corrupt', 0, whole.length - 20],
    ['avro', whole.length - 20, 2 * whole.length - 20],
    ['corrupt', 2 * whole.length - 20, torn.length],
  ])
})

test('damaged anywhere: rows, or an error that blames the file', { timeout: 600_000 }, async () => {
  const fields = [
    { name: 'i', type: 'long' },
    { name: 's', type: ['null', 'string'] },
    { name: 'l', type: { type: 'array', items: 'int' } },
  ]
  const records = Array.from({ length: 20 }, (_, i) => [
    ...varint(i * 1000),
    ...varint(1),
    ...text(`t${i}`),
    ...varint(2),
    ...varint(i),
    ...varint(1),
    0,
  ])
  const original = logFile([
    dataBlock(fields, records),
    { type: BLOCK_TYPES.delete, header: { 0: '100' }, content: deletesContent([{ key: 'a', order: 3 }, { key: 'b' }]) },
  ])
  const list: DataType = { kind: 'list', element: { name: 'element', type: INTEGER, nullable: true } }
  const targets = [target('i', BIGINT), target('s', VARCHAR), target('l', list, [target('element', INTEGER)])]
  await readMutations(original, { seed: 3, count: mutationCount(2000) }, (bytes) => {
    try {
      read(bytes, targets)
    } finally {
      expect(memoryUse(engine.memory).usedBytes).toBe(0)
    }
  })
})
