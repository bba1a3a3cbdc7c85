import { describe, expect, test } from 'vitest'
import { BOOLEAN, type DataType, INTEGER, VARCHAR } from '../../../src/core/types.ts'
import { type Expr, type LiteralValue, and, call, input, literal } from '../../../src/expr/expr.ts'
import { encodeBound } from '../../../src/table/iceberg/bounds.ts'
import { type MadeFile, type MadeTable, makeTable, tasksOf } from './make-table.ts'

const fields = [
  { id: 1, name: 'id', required: false, type: 'int' },
  { id: 2, name: 'ts', required: false, type: 'timestamp' },
  { id: 3, name: 's', required: false, type: 'string' },
  { id: 4, name: 'f', required: false, type: 'double' },
  {
    id: 5,
    name: 'st',
    required: false,
    type: { type: 'struct', fields: [{ id: 6, name: 'x', required: false, type: 'long' }] },
  },
  { id: 7, name: 'u', required: false, type: 'uuid' },
]
const TYPES: readonly DataType[] = [
  INTEGER,
  { kind: 'timestamp', unit: 'us', zone: false },
  VARCHAR,
  { kind: 'double' },
  { kind: 'struct', fields: [] },
  { kind: 'uuid' },
]
const [ID, TS, S, F, ST, U] = [0, 1, 2, 3, 4, 5]

const compare = (name: string, column: number, value: LiteralValue): Expr =>
  call(name, [input(column, TYPES[column]!), literal(value, TYPES[column]!)], BOOLEAN)
const isNull = (column: number): Expr => call('is_null', [input(column, TYPES[column]!)], BOOLEAN)
const within = (column: number, values: readonly LiteralValue[]): Expr => ({
  kind: 'in',
  arg: input(column, TYPES[column]!),
  values: values.map((value) => literal(value, TYPES[column]!)),
  negated: false,
  type: BOOLEAN,
})

const bound = (value: LiteralValue, type: DataType): Uint8Array => encodeBound(value, type)!
const day = (iso: string): number => Date.parse(`${iso}T00:00:00Z`) / 86_400_000
const at = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n

async function paths(made: Omit<MadeTable, 'fields'>, predicate: Expr): Promise<string[]> {
  const { table } = await makeTable({ fields, ...made })
  return (await tasksOf(table, { predicate })).map(({ file }) => file.url)
}

describe('partition values', () => {
  const partition = (name: string, type: string, id = 1000) => ({
    name,
    type: ['null', type],
    default: null,
    'field-id': id,
  })
  const spec = (transform: string, source: number) => [
    { 'spec-id': 0, fields: [{ name: 'p', transform, 'source-id': source, 'field-id': 1000 }] },
  ]
  const table = (
    transform: string,
    source: number,
    type: string,
    values: readonly LiteralValue[],
  ): Omit<MadeTable, 'fields'> => ({
    specs: spec(transform, source) as never,
    manifests: [
      {
        sequence: 1n,
        partition: [partition('p', type)],
        files: values.map((value): MadeFile => ({
          path: String(value as string | number | null),
          partition: { p: value as never },
        })),
      },
    ],
  })

  const days = table('day', 2, 'int', [day('2024-01-01'), day('2024-01-02'), null])
  const first = String(day('2024-01-01'))
  const second = String(day('2024-01-02'))

  test.each<[string, Expr, string[]]>([
    ['a moment', compare('eq', TS, at('2024-01-02T05:00:00Z')), [second]],
    ['the last microsecond of a day', compare('eq', TS, at('2024-01-02T00:00:00Z') - 1n), [first]],
    ['before', compare('lt', TS, at('2024-01-02T00:00:00Z')), [first]],
    ['at or before', compare('le', TS, at('2024-01-02T00:00:00Z')), [first, second]],
    ['NULL', isNull(TS), ['null']],
    ['another column', compare('eq', ID, 5), [first, second, 'null']],
  ])('day of a timestamp: %s', async (_, predicate, expected) => {
    expect(await paths(days, predicate)).toEqual(expected)
  })

  test('bucket: equality and IN, through AND and OR; not ranges', async () => {
    const buckets = table('bucket[16]', 1, 'int', [0, 1, 3, 11, null])
    // hash(34) = 2017239379 -> bucket 3
    expect(await paths(buckets, compare('eq', ID, 34))).toEqual(['3'])
    expect(await paths(buckets, within(ID, [34, 34]))).toEqual(['3'])
    expect(await paths(buckets, and([compare('eq', ID, 34), compare('gt', S, 'a')]))).toEqual(['3'])
    const or: Expr = { kind: 'or', args: [compare('eq', ID, 34), isNull(ID)], type: BOOLEAN }
    expect(await paths(buckets, or)).toEqual(['3', 'null'])
    expect(await paths(buckets, compare('gt', ID, 34))).toEqual(['0', '1', '3', '11'])
    const not = call('not', [compare('eq', ID, 34)], BOOLEAN)
    expect(await paths(buckets, not)).toEqual(['0', '1', '3', '11'])
  })

  test('truncated text', async () => {
    const texts = table('truncate[2]', 3, 'string', ['a', 'ab', 'ac', 'b', '\ud7ff\ud7ff'])
    expect(await paths(texts, compare('eq', S, 'abc'))).toEqual(['ab'])
    expect(await paths(texts, compare('gt', S, 'ab'))).toEqual(['ab', 'ac', 'b', '\ud7ff\ud7ff'])
    expect(await paths(texts, compare('eq', S, 'a'))).toEqual(['a'])
    expect(await paths(texts, compare('gt', S, '😀'))).toEqual([])
  })

  test('what all texts of a partition begin with makes LIKE certain, but no bound makes it so', async () => {
    const { table: opened } = await makeTable({ fields, ...table('truncate[2]', 3, 'string', ['a', 'ab', 'ac', null]) })
    const like = (pattern: string): Expr => call('like', [input(S, VARCHAR), literal(pattern, VARCHAR)], BOOLEAN)
    const planned = async (pattern: string): Promise<unknown[]> =>
      (await tasksOf(opened, { predicate: like(pattern) })).map(({ file, residual }) => [file.url, residual === null])
    expect(await planned('ab%')).toEqual([['ab', true]])
    expect(await planned('a%')).toEqual([
      ['a', true],
      ['ab', true],
      ['ac', true],
    ])
    expect(await planned('abc%')).toEqual([['ab', false]])
    expect(await planned('ab')).toEqual([['ab', false]])
  })

  test('NaN as a partition', async () => {
    const floats = table('identity', 4, 'double', [1, Number.NaN, -0])
    expect(await paths(floats, compare('gt', F, 0))).toEqual(['1', 'NaN'])
    expect(await paths(floats, compare('eq', F, 0))).toEqual(['0'])
    expect(await paths(floats, compare('eq', F, Number.NaN))).toEqual(['NaN'])
  })

  test('conjuncts that the partition makes certain are left out of the residual', async () => {
    const identity = table('identity', 1, 'int', [1, 2, null])
    const { table: opened } = await makeTable({ fields, ...identity })
    const other = compare('gt', S, 'x')
    const tasks = await tasksOf(opened, { predicate: and([compare('ge', ID, 2), other]) })
    expect(tasks.map(({ residual }) => residual)).toEqual([other])
    const all = await tasksOf(opened, { predicate: compare('ge', ID, 1) })
    expect(all.map(({ file, residual }) => [file.url, residual])).toEqual([
      ['1', null],
      ['2', null],
    ])
    const { table: byDay } = await makeTable({ fields, ...days })
    const ofDay = await tasksOf(byDay, {
      predicate: and([compare('ge', TS, at('2024-01-01T00:00:00Z')), compare('lt', TS, at('2024-01-02T12:00:00Z'))]),
    })
    expect(ofDay.map(({ residual }) => residual === null)).toEqual([true, false])
  })

  test('each manifest by its own spec; fields of unknown transforms and dropped columns say nothing', async () => {
    const made: Omit<MadeTable, 'fields'> = {
      specs: [
        { 'spec-id': 0, fields: [] },
        {
          'spec-id': 1,
          fields: [{ name: 'gone', transform: 'identity', 'source-id': 99, 'field-id': 1000 }],
        },
        {
          'spec-id': 2,
          fields: [{ name: 'z', transform: 'zorder', 'source-id': 1, 'field-id': 1001 }],
        },
        {
          'spec-id': 3,
          fields: [{ name: 'id', transform: 'identity', 'source-id': 1, 'field-id': 1002 }],
        },
      ] as never,
      manifests: [
        { sequence: 1n, files: [{ path: 'flat' }] },
        {
          sequence: 1n,
          specId: 1,
          partition: [partition('gone', 'string')],
          files: [{ path: 'gone', partition: { gone: 'x' } }],
        },
        {
          sequence: 1n,
          specId: 2,
          partition: [partition('z', 'bytes', 1001)],
          files: [{ path: 'z', partition: { z: Uint8Array.of(1) } }],
        },
        {
          sequence: 1n,
          specId: 3,
          partition: [partition('id', 'int', 1002)],
          files: [
            { path: 'id5', partition: { id: 5 } },
            { path: 'id6', partition: { id: 6 } },
          ],
        },
      ],
    }
    expect(await paths(made, compare('eq', ID, 5))).toEqual(['flat', 'gone', 'z', 'id5'])
  })

  test('manifests are skipped by their summaries, without being read', async () => {
    const manifests = [1, 5].map((low) => ({
      sequence: 1n,
      partition: [partition('p', 'int')],
      files: [low, low + 1].map((value) => ({ path: `${value}`, partition: { p: value } })),
      summaries: [
        {
          containsNull: low === 5,
          containsNan: false,
          lower: bound(low, INTEGER),
          upper: bound(low + 1, INTEGER),
        },
      ],
    }))
    const { table: opened, storage } = await makeTable({
      fields,
      specs: spec('identity', 1) as never,
      manifests,
    })
    storage.counts.urls.length = 0
    expect((await tasksOf(opened, { predicate: compare('eq', ID, 2) })).map(({ file }) => file.url)).toEqual(['2'])
    expect(storage.counts.urls.filter((url) => /\/m\d/.test(url))).toEqual(['memory:/t/metadata/m0.avro'])
    expect(opened.scanMetrics()).toMatchObject({
      manifests_total: 2,
      manifests_skipped: 1,
      files_total: 4,
      files_skipped_by_partition: 1,
    })
    expect((await tasksOf(opened, { predicate: isNull(ID) })).length).toBe(0)
  })

  test('a consumer that stops reads no further manifests', async () => {
    const manifests = Array.from({ length: 50 }, (_, i) => ({
      sequence: 1n,
      files: [{ path: `d${i}` }],
    }))
    const { table: opened, storage } = await makeTable({ fields, manifests })
    storage.counts.urls.length = 0
    const columns = opened.schema.fields.map(({ name, type, id }) => ({ name, type, fieldId: id! }))
    for await (const task of opened.scan({ columns, predicate: null, limit: 1 })) {
      expect(task.file.url).toBe('d0')
      break
    }
    expect(storage.counts.urls.filter((url) => /\/m\d/.test(url))).toHaveLength(1)
  })
})

describe('bounds of columns', () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value)
  const file = (path: string, more: Partial<MadeFile>): MadeFile => ({ path, ...more })
  const prune = async (files: readonly MadeFile[], predicate: Expr): Promise<string[]> =>
    paths({ manifests: [{ sequence: 1n, files }] }, predicate)

  test('numbers, NULLs, and files that do not say', async () => {
    const files = [
      file('low', {
        lower: { 1: bound(1, INTEGER) },
        upper: { 1: bound(5, INTEGER) },
        nulls: { 1: 0 },
      }),
      file('high', {
        lower: { 1: bound(6, INTEGER) },
        upper: { 1: bound(9, INTEGER) },
        nulls: { 1: 2 },
      }),
      file('nulls', { nulls: { 1: 10 }, rows: 10 }),
      file('unknown', {}),
    ]
    expect(await prune(files, compare('gt', ID, 5))).toEqual(['high', 'unknown'])
    expect(await prune(files, isNull(ID))).toEqual(['high', 'nulls', 'unknown'])
    expect(await prune(files, compare('eq', ID, 5))).toEqual(['low', 'unknown'])
  })

  test('text that was cut off is still a bound', async () => {
    const files = [file('a', { lower: { 3: text('abcdefghijklmnop') }, upper: { 3: text('abcdefghijklmnoq') } })]
    expect(await prune(files, compare('eq', S, 'abcdefghijklmnopqrstuvw'))).toEqual(['a'])
    expect(await prune(files, compare('eq', S, 'abcdefghijklmnor'))).toEqual([])
    // Code points, not UTF-16 units: U+1F600 is above U+FFFD.
    const high = [file('b', { lower: { 3: text('a') }, upper: { 3: text('\ufffd') } })]
    expect(await prune(high, compare('eq', S, '😀'))).toEqual([])
  })

  test('NaN: unknown counts keep the file, NaN as a bound says nothing, zeroes are equal', async () => {
    const double: DataType = { kind: 'double' }
    const range = (low: number, high: number): Partial<MadeFile> => ({
      lower: { 4: bound(low, double) },
      upper: { 4: bound(high, double) },
      nulls: { 4: 0 },
    })
    expect(await prune([file('a', range(1, 2))], compare('gt', F, 5))).toEqual(['a'])
    expect(await prune([file('a', { ...range(1, 2), nans: { 4: 0 } })], compare('gt', F, 5))).toEqual([])
    expect(await prune([file('a', { ...range(1, 2), nans: { 4: 3 } })], compare('gt', F, 5))).toEqual(['a'])
    expect(await prune([file('a', { ...range(Number.NaN, Number.NaN), nans: { 4: 0 } })], compare('gt', F, 5))).toEqual(
      ['a'],
    )
    expect(await prune([file('a', { ...range(-0, -0), nans: { 4: 0 } })], compare('eq', F, 0))).toEqual(['a'])
    expect(await prune([file('a', { ...range(0, 0), nans: { 4: 0 } })], compare('eq', F, -0))).toEqual(['a'])
  })

  test('fields of structs have bounds of their own', async () => {
    const long: DataType = { kind: 'bigint' }
    const files = [file('a', { lower: { 6: bound(1n, long) }, upper: { 6: bound(5n, long) }, nulls: { 6: 0 } })]
    const { table } = await makeTable({ fields, manifests: [{ sequence: 1n, files }] })
    const x = call('field', [input(ST!, table.schema.fields[4]!.type), literal('x', VARCHAR)], long)
    const eq = (value: bigint): Expr => call('eq', [x, literal(value, long)], BOOLEAN)
    expect(await tasksOf(table, { predicate: eq(7n) })).toEqual([])
    const [task] = await tasksOf(table, { predicate: eq(5n) })
    expect(task!.residual).toEqual(eq(5n))
  })

  test('fields of structs: ORC counts neither values nor NULLs where the struct is NULL, Parquet both', async () => {
    const long: DataType = { kind: 'bigint' }
    const files: MadeFile[] = [
      // 10 rows each.
      file('orc, all structs null', { format: 'ORC', values: { 6: 0 }, nulls: { 6: 0 } }),
      file('orc, no nulls', { format: 'ORC', values: { 6: 10 }, nulls: { 6: 0 } }),
      file('orc, some structs null', { format: 'ORC', values: { 6: 9 }, nulls: { 6: 0 } }),
      file('parquet, all null', { values: { 6: 10 }, nulls: { 6: 10 } }),
      file('parquet, no nulls', { values: { 6: 10 }, nulls: { 6: 0 } }),
      file('orc, counts unknown', { format: 'ORC', nulls: { 6: 0 } }),
      file('parquet, damaged', { values: { 6: 12 }, nulls: { 6: 0 } }),
    ]
    const { table } = await makeTable({ fields, manifests: [{ sequence: 1n, files }] })
    const x = call('field', [input(ST!, table.schema.fields[4]!.type), literal('x', VARCHAR)], long)
    const kept = async (predicate: Expr): Promise<string[]> =>
      (await tasksOf(table, { predicate })).map(({ file: { url } }) => url)
    expect(await kept(call('eq', [x, literal(1n, long)], BOOLEAN))).toEqual([
      'orc, no nulls',
      'orc, some structs null',
      'parquet, no nulls',
      'orc, counts unknown',
      'parquet, damaged',
    ])
    expect(await kept(call('is_null', [x], BOOLEAN))).toEqual([
      'orc, all structs null',
      'orc, some structs null',
      'parquet, all null',
      'orc, counts unknown',
      'parquet, damaged',
    ])
  })

  test('uuids: bounds in the order of signed longs say nothing', async () => {
    const uuid = (first: number): Uint8Array => Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? first : 7))
    const of = (low: number, high: number): MadeFile[] => [
      file('a', { lower: { 7: uuid(low) }, upper: { 7: uuid(high) } }),
    ]
    expect(await prune(of(0xf0, 0x10), compare('eq', U!, uuid(0x80)))).toEqual(['a'])
    expect(await prune(of(0x10, 0x20), compare('eq', U!, uuid(0x30)))).toEqual([])
    expect(await prune(of(0x10, 0x20), compare('eq', U!, uuid(0x20)))).toEqual(['a'])
  })

  test('large files are split at row groups', async () => {
    const mb = 1_000_000
    const offsets = [4, 10 * mb, 20 * mb, 40 * mb, 60 * mb].map(BigInt)
    const { table } = await makeTable({
      fields,
      manifests: [
        {
          sequence: 1n,
          files: [
            { path: 'big', bytes: 70 * mb, splitOffsets: offsets },
            { path: 'small', bytes: 20 * mb, splitOffsets: offsets.slice(0, 2) },
            { path: 'damaged', bytes: 70 * mb, splitOffsets: [5n, 4n] },
          ],
        },
      ],
    })
    const tasks = await tasksOf(table)
    expect(tasks.map(({ file: { url }, split }) => [url, split?.start, split?.end])).toEqual([
      ['big', 0, 20 * mb],
      ['big', 20 * mb, 40 * mb],
      ['big', 40 * mb, 60 * mb],
      ['big', 60 * mb, 70 * mb],
      ['small', undefined, undefined],
      ['damaged', undefined, undefined],
    ])
  })
})
