/** Columns that a table asks for, found in files and converted. */
import { describe, expect, test } from 'vitest'
import { BIGINT, DATE, DOUBLE, INTEGER, REAL, TIMESTAMP, VARCHAR, decimal } from '../../../src/core/types.ts'
import { type DataType, BYTEA } from '../../../src/core/types.ts'
import type { TargetField } from '../../../src/format/format.ts'
import { parquetFormat } from '../../../src/format/parquet/index.ts'
import type { Json } from '../vector-json.ts'
import { bytesFile, createTestEngine, readColumns } from './read-file.ts'
import { type Node, bitPacked, plain, writeFile } from './write-file.ts'

const engine = createTestEngine(64 << 20)
let serial = 0

function read(bytes: Uint8Array, targets: readonly TargetField[]): Json[][] {
  const file = parquetFormat.open(bytesFile(bytes, `bind-${serial++}`), engine)
  return readColumns(engine, file, file.bind(targets), { columnCount: targets.length })
}

const target = (name: string, type: DataType, more: Partial<TargetField> = {}): TargetField => ({
  names: [name],
  type,
  children: [],
  ...more,
})

const leaf = (name: string, physical: NonNullable<Node['physical']>, more: Partial<Node> = {}): Node => ({
  name,
  physical,
  ...more,
})

const page = (values: Uint8Array, valueCount: number) => ({ pages: [{ values, valueCount }] })

describe('names and ids', () => {
  const ints = [page(plain.int32(1, 2), 2), page(plain.int32(3, 4), 2)]

  test('a file with ids is resolved by them, never by name', () => {
    const bytes = writeFile([leaf('a', 'INT32', { id: 7 }), leaf('b', 'INT32', { id: 8 })], 2, ints)
    expect(read(bytes, [target('a', INTEGER, { id: 8 })])).toEqual([[3, 4]])
    expect(read(bytes, [target('a', INTEGER, { id: 9 })])).toEqual([[null, null]])
    expect(read(bytes, [target('a', INTEGER, { id: 9, missing: 5 })])).toEqual([[5, 5]])
  })

  test('a file without ids is resolved by the names given, in their order, then without regard to case', () => {
    const bytes = writeFile([leaf('a', 'INT32'), leaf('B', 'INT32')], 2, ints)
    expect(read(bytes, [target('a', INTEGER, { id: 8 })])).toEqual([[1, 2]])
    expect(read(bytes, [target('x', INTEGER, { names: ['x', 'b', 'a'] })])).toEqual([[3, 4]])
    expect(read(bytes, [target('x', VARCHAR, { missing: 'none' })])).toEqual([['none', 'none']])
  })
})

describe('promotions', () => {
  const cases: [string, Node, Uint8Array, DataType, Json[]][] = [
    ['integer to bigint', leaf('a', 'INT32'), plain.int32(-1, 7), BIGINT, ['-1', '7']],
    ['integer to double', leaf('a', 'INT32'), plain.int32(-1, 7), DOUBLE, [-1, 7]],
    ['integer to decimal', leaf('a', 'INT32'), plain.int32(-1, 7), decimal(12, 2), ['-1.00', '7.00']],
    ['integer to smallint', leaf('a', 'INT32'), plain.int32(-1, 7), { kind: 'smallint' }, [-1, 7]],
    [
      'bigint to decimal(38)',
      leaf('a', 'INT64'),
      plain.int64(-5n, 2n ** 62n),
      decimal(38, 4),
      ['-5.0000', '4611686018427387904.0000'],
    ],
    ['real to double', leaf('a', 'FLOAT'), plain.float(0.5, -2), DOUBLE, [0.5, -2]],
    [
      'decimal(9,2) to decimal(20,3)',
      leaf('a', 'INT32', { converted: 5, precision: 9, scale: 2 }),
      ...([plain.int32(-1, 12_345), decimal(20, 3), ['-0.010', '123.450']] as [Uint8Array, DataType, Json[]]),
    ],
    [
      'date to timestamp',
      leaf('a', 'INT32', { converted: 6 }),
      plain.int32(-1, 1),
      TIMESTAMP,
      ['1969-12-31T00:00:00.000000', '1970-01-02T00:00:00.000000'],
    ],
    ['bytes to text', leaf('a', 'BYTE_ARRAY'), plain.text('é', 'b'), VARCHAR, ['é', 'b']],
    ['text to bytes', leaf('a', 'BYTE_ARRAY', { converted: 0 }), plain.text('é', 'b'), BYTEA, ['c3a9', '62']],
    [
      'unsigned 32 bits',
      leaf('a', 'INT32', { converted: 13 }),
      ...([plain.int32(-1, 7), BIGINT, ['4294967295', '7']] as [Uint8Array, DataType, Json[]]),
    ],
    [
      'milliseconds to nanoseconds',
      leaf('a', 'INT64', { converted: 9 }),
      plain.int64(-1n, 1n),
      { kind: 'timestamp', unit: 'ns', zone: true },
      ['1969-12-31T23:59:59.999000000Z', '1970-01-01T00:00:00.001000000Z'],
    ],
  ]
  test.each(cases)('%s', (_name, node, values, type, expected) => {
    expect(read(writeFile([node], 2, [page(values, 2)]), [target('a', type)])).toEqual([expected])
  })

  test('dictionaries are converted once, NULLs stay', () => {
    const bytes = writeFile([leaf('a', 'INT32', { repetition: 'optional' })], 4, [
      {
        pages: [
          { kind: 'dictionary', valueCount: 2, values: plain.int32(10, -20) },
          {
            encoding: 8,
            valueCount: 4,
            definitions: [1, 0, 1, 1],
            values: Buffer.concat([Buffer.from([1]), bitPacked([1, 0, 1], 1)]),
          },
        ],
      },
    ])
    expect(read(bytes, [target('a', BIGINT)])).toEqual([['-20', null, '10', '-20']])
  })

  test.each([
    [
      'bigint to integer',
      leaf('a', 'INT64'),
      plain.int64(1n, 2n),
      INTEGER,
      '0A000',
      /^reading column "a" of type bigint as integer is not supported$/,
    ],
    ['double to real', leaf('a', 'DOUBLE'), plain.double(1, 2), REAL, '0A000', /of type double precision as real/],
    [
      'bigint to double',
      leaf('a', 'INT64'),
      plain.int64(1n, 2n),
      DOUBLE,
      '0A000',
      /of type bigint as double precision/,
    ],
    ['integer to date', leaf('a', 'INT32'), plain.int32(1, 2), DATE, '0A000', /of type integer as date/],
    [
      '200 as tinyint',
      leaf('a', 'INT32'),
      plain.int32(1, 200),
      { kind: 'tinyint' },
      'XX001',
      /a value is out of range$/,
    ],
  ] as [string, Node, Uint8Array, DataType, string, RegExp][])(
    'refuses %s',
    (_name, node, values, type, sqlstate, message) => {
      const attempt = (): unknown => read(writeFile([node], 2, [page(values, 2)]), [target('a', type)])
      expect(attempt).toThrow(message)
      expect(attempt).toThrow(expect.objectContaining({ sqlstate }))
    },
  )
})

test('a chunk that leaves its dictionary gives flat vectors where both meet', () => {
  const codes = (...values: number[]): Uint8Array => Buffer.concat([Buffer.from([2]), bitPacked(values, 2)])
  const bytes = writeFile([leaf('s', 'BYTE_ARRAY', { converted: 0 })], 8, [
    {
      pages: [
        { kind: 'dictionary', valueCount: 3, values: plain.text('a', 'bb', 'ccc') },
        { encoding: 8, valueCount: 4, values: codes(2, 0, 1, 2) },
        { valueCount: 4, values: plain.text('w', 'x', 'y', 'z') },
      ],
    },
  ])
  expect(read(bytes, [target('s', VARCHAR)])).toEqual([['ccc', 'a', 'bb', 'ccc', 'w', 'x', 'y', 'z']])
})

describe('nested', () => {
  const struct = (...fields: [string, DataType][]): DataType => ({
    kind: 'struct',
    fields: fields.map(([name, type]) => ({ name, type, nullable: true })),
  })
  const group: Node = {
    name: 's',
    repetition: 'optional',
    id: 1,
    children: [leaf('a', 'INT32', { repetition: 'optional', id: 2 }), leaf('b', 'INT32', { id: 3 })],
  }
  // s: {a: 1, b: 2}, NULL, {a: NULL, b: 4}
  const bytes = writeFile([group], 3, [
    { pages: [{ valueCount: 3, definitions: [2, 0, 1], values: plain.int32(1) }] },
    { pages: [{ valueCount: 3, definitions: [1, 0, 1], values: plain.int32(2, 4) }] },
  ])

  test('fields of a struct are chosen, renamed, widened and added', () => {
    const type = struct(['b2', BIGINT], ['new', VARCHAR])
    const children = [target('b2', BIGINT, { id: 3 }), target('new', VARCHAR, { id: 9, missing: 'x' })]
    expect(read(bytes, [target('s', type, { id: 1, children })])).toEqual([
      [{ b2: '2', new: 'x' }, null, { b2: '4', new: 'x' }],
    ])
  })

  test('a struct of which only new fields are asked for keeps its NULLs', () => {
    const children = [target('new', INTEGER, { id: 9, missing: 5 })]
    expect(read(bytes, [target('s', struct(['new', INTEGER]), { id: 1, children })])).toEqual([
      [{ new: 5 }, null, { new: 5 }],
    ])
  })

  /** Rows: [1, 2], [], [3]. */
  const listPages = (present: number) => [
    {
      pages: [
        {
          valueCount: 4,
          repetitions: [0, 1, 0, 0],
          definitions: [present, present, present - 1, present],
          values: plain.int32(1, 2, 3),
        },
      ],
    },
  ]
  const list: Node = { name: 'l', converted: 3, children: [] }
  test.each([
    ['repeated field without annotation', [leaf('l', 'INT32', { repetition: 'repeated' })], 1, [[1, 2], [], [3]]],
    [
      'repeated element',
      [{ ...list, children: [leaf('element', 'INT32', { repetition: 'repeated' })] }],
      1,
      [[1, 2], [], [3]],
    ],
    [
      'three levels',
      [
        {
          ...list,
          children: [{ name: 'list', repetition: 'repeated', children: [leaf('element', 'INT32')] }],
        },
      ],
      1,
      [[1, 2], [], [3]],
    ],
    [
      'repeated group named array',
      [
        {
          ...list,
          children: [{ name: 'array', repetition: 'repeated', children: [leaf('x', 'INT32')] }],
        },
      ],
      1,
      [[{ x: 1 }, { x: 2 }], [], [{ x: 3 }]],
    ],
    [
      'repeated group named after the list',
      [
        {
          ...list,
          children: [{ name: 'l_tuple', repetition: 'repeated', children: [leaf('x', 'INT32')] }],
        },
      ],
      1,
      [[{ x: 1 }, { x: 2 }], [], [{ x: 3 }]],
    ],
  ] as [string, Node[], number, Json[]][])('lists: %s', (_name, schema, present, expected) => {
    const file = parquetFormat.open(bytesFile(writeFile(schema, 3, listPages(present)), `list-${serial++}`), engine)
    const [field] = file.fields
    const toTarget = (node: typeof field): TargetField => ({
      names: [node!.name],
      type: node!.type,
      children: node!.children.map(toTarget),
    })
    expect(readColumns(engine, file, file.bind([toTarget(field)]), { columnCount: 1 })).toEqual([expected])
  })

  test('a row that goes on in the next page stays one row', () => {
    const schema = [leaf('l', 'INT32', { repetition: 'repeated' })]
    const pages = [
      { valueCount: 2, repetitions: [0, 1], definitions: [1, 1], values: plain.int32(1, 2) },
      {
        valueCount: 3,
        repetitions: [1, 0, 1],
        definitions: [1, 1, 1],
        values: plain.int32(3, 4, 5),
      },
    ]
    const type: DataType = {
      kind: 'list',
      element: { name: 'element', type: INTEGER, nullable: false },
    }
    const targets = [target('l', type, { children: [target('element', INTEGER)] })]
    expect(read(writeFile(schema, 2, [{ pages }]), targets)).toEqual([
      [
        [1, 2, 3],
        [4, 5],
      ],
    ])
  })
})
