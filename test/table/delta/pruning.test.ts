/** Files left out by partition values and statistics, and files that must stay: every doubt keeps a file. */
import { describe, expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../../../src/core/exact-json.ts'
import { BIGINT, BOOLEAN, type DataType, TIMESTAMPTZ, VARCHAR, decimal } from '../../../src/core/types.ts'
import { type Expr, type LiteralValue, call, input, literal } from '../../../src/expr/expr.ts'
import type { DeltaTable } from '../../../src/table/delta/delta-table.ts'
import { add, column, commitsOf, filesOf, metadata, openLog, protocol, tasksOf } from './make-table.ts'

const widened = { 'delta.typeChanges': [{ fromType: 'float', toType: 'double' }] }

const fields = [
  column('id', 'long'),
  column('p', 'integer'),
  column('f', 'double'),
  column('s', 'string'),
  column('ts', 'timestamp'),
  column('d', 'decimal(38,10)'),
  column('w', 'double', widened),
  column('st', { type: 'struct', fields: [column('x', 'long')] }),
]
const [ID, P, F, S, TS, D, W, ST] = [0, 1, 2, 3, 4, 5, 6, 7]
const TYPES: readonly DataType[] = [
  ...[BIGINT, { kind: 'integer' } as const, { kind: 'double' } as const, VARCHAR, TIMESTAMPTZ, decimal(38, 10)],
  ...[{ kind: 'double' } as const, { kind: 'struct', fields: [] } as const],
]

const compare = (name: string, index: number, value: LiteralValue): Expr =>
  call(name, [input(index, TYPES[index]!), literal(value, TYPES[index]!)], BOOLEAN)
const isNull = (index: number): Expr => call('is_null', [input(index, TYPES[index]!)], BOOLEAN)
const at = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n

const stats = (name: string, min: JsonValue, max: JsonValue, parts: JsonObject = {}): JsonObject => ({
  stats: { numRecords: 10, minValues: { [name]: min }, maxValues: { [name]: max }, nullCount: { [name]: 0 }, ...parts },
})

async function table(files: readonly JsonObject[], commitInfo: JsonObject = {}): Promise<DeltaTable> {
  return openLog(commitsOf([[{ commitInfo }, protocol(), metadata(fields, { partitionBy: ['p'] }), ...files]]))
}

async function left(
  files: Readonly<Record<string, JsonObject>>,
  predicate: Expr,
  info?: JsonObject,
): Promise<string[]> {
  const actions = Object.entries(files).map(([path, parts]) => add(path, { partitionValues: { p: '1' }, ...parts }))
  return filesOf(await table(actions, info), { predicate })
}

describe('partitions', () => {
  const files = {
    one: { partitionValues: { p: '1' } },
    two: { partitionValues: { p: '2' } },
    none: { partitionValues: { p: null } },
  }

  test('only files whose value can match are read', async () => {
    expect(await left(files, compare('eq', P, 1))).toEqual(['one'])
    expect(await left(files, compare('gt', P, 1))).toEqual(['two'])
    expect(await left(files, isNull(P))).toEqual(['none'])
  })

  test('what the partition makes certain is not checked again', async () => {
    const actions = Object.entries(files).map(([path, parts]) => add(path, parts))
    const both: Expr = { kind: 'and', args: [compare('eq', P, 1), compare('gt', ID, 5n)], type: BOOLEAN }
    const [task] = await tasksOf(await table(actions), { predicate: both })
    expect(task!.residual).toEqual(compare('gt', ID, 5n))
    const [certain] = await tasksOf(await table(actions), { predicate: compare('eq', P, 1) })
    expect(certain!.residual).toBeNull()
  })

  test('counters', async () => {
    const opened = await table([add('a', files.one), add('b', { ...files.two, ...stats('id', 1, 5) })])
    await filesOf(opened, { predicate: compare('gt', ID, 5n) })
    expect(opened.scanMetrics()).toMatchObject({ files_total: 2, files_skipped_by_statistics: 1 })
    await filesOf(opened, { predicate: compare('eq', P, 9) })
    expect(opened.scanMetrics()).toMatchObject({ files_total: 2, files_skipped_by_partition: 2 })
  })
})

describe('statistics', () => {
  test('bounds of integers, beyond 2^53 too', async () => {
    const files = {
      low: stats('id', 1, 5),
      high: stats('id', 9_007_199_254_740_993n, 9_007_199_254_740_995n),
      none: {},
    }
    expect(await left(files, compare('eq', ID, 9_007_199_254_740_993n))).toEqual(['high', 'none'])
    expect(await left(files, compare('lt', ID, 9_007_199_254_740_993n))).toEqual(['low', 'none'])
  })

  test('null counts', async () => {
    const files = { some: stats('id', 1, 5, { nullCount: { id: 2 } }), no: stats('id', 1, 5) }
    expect(await left(files, isNull(ID))).toEqual(['some'])
  })

  test('struct fields', async () => {
    const bounds = {
      numRecords: 1,
      minValues: { st: { x: 5 } },
      maxValues: { st: { x: 6 } },
      nullCount: { st: { x: 0 } },
    }
    const opened = await table([add('a', { partitionValues: { p: '1' }, stats: bounds })])
    const { type, id } = opened.schema.fields[ST]!
    const field = call('field', [input(0, type), literal('x', VARCHAR)], BIGINT)
    const columns = [{ name: 'st', type, fieldId: id! }]
    const asked = (value: bigint): Promise<string[]> =>
      filesOf(opened, { columns, predicate: call('eq', [field, literal(value, BIGINT)], BOOLEAN) })
    expect(await asked(7n)).toEqual([])
    expect(await asked(5n)).toEqual(['a'])
  })

  test('texts are cut: a maximum is a bound, no value', async () => {
    const files = { a: stats('s', 'abc', 'abd\u{10ffff}') }
    expect(await left(files, compare('eq', S, 'abd zebra'))).toEqual(['a'])
    expect(await left(files, compare('eq', S, 'abe'))).toEqual([])
    const { columns } = await (await table([add('a', files.a)])).statistics()
    expect(columns.get('s')).toMatchObject({ exact: false })
  })

  test('timestamps are rounded down to milliseconds', async () => {
    const files = { a: stats('ts', '2024-01-01T00:00:00.001Z', '2024-01-01T00:00:00.002Z') }
    const last = at('2024-01-01T00:00:00.002Z')
    expect(await left(files, compare('eq', TS, last + 999n))).toEqual(['a'])
    expect(await left(files, compare('eq', TS, last + 1000n))).toEqual([])
    expect(await left(files, compare('lt', TS, at('2024-01-01T00:00:00.001Z')))).toEqual([])
  })

  test('a decimal that a JSON number cannot hold', async () => {
    const files = { a: stats('d', Number('1234567890.0123456789'), Number('1234567890.0123456789')) }
    expect(await left(files, compare('eq', D, 12_345_678_900_123_456_789n))).toEqual(['a'])
    expect(await left(files, compare('gt', D, 12_345_678_910_000_000_000n))).toEqual([])
    const { columns } = await (await table([add('a', files.a)])).statistics()
    expect(columns.get('d')).toMatchObject({ exact: false })
  })

  test('a double that was a float', async () => {
    const files = { a: stats('w', 0.1, 0.1) }
    expect(await left(files, compare('eq', W, Math.fround(0.1)))).toEqual(['a'])
    expect(await left(files, compare('lt', W, 0.09))).toEqual([])
  })

  test('both zeroes', async () => {
    const files = { a: stats('f', 0, 1), b: stats('f', -1, -0) }
    expect(await left(files, compare('eq', F, -0))).toEqual(['a', 'b'])
  })

  test('wide bounds: counts mean something at their ends only', async () => {
    const wide = { tightBounds: false }
    const files = {
      no: stats('id', 1, 5, wide),
      some: stats('id', 1, 5, { ...wide, nullCount: { id: 3 } }),
      all: { stats: { numRecords: 10, nullCount: { id: 10 }, ...wide } },
    }
    expect(await left(files, isNull(ID))).toEqual(['all', 'some'])
    expect(await left(files, compare('gt', ID, 0n))).toEqual(['no', 'some'])
  })

  test('damaged statistics say nothing', async () => {
    const damaged = (text: string): JsonObject => ({
      add: { path: 'a', partitionValues: { p: '1' }, size: 1, stats: text },
    })
    for (const text of ['{', '[]', '{"minValues":{"id":"x"},"maxValues":{"id":[]}}', '{"numRecords":-1}']) {
      expect(await filesOf(await table([damaged(text)]), { predicate: compare('eq', ID, 7n) })).toEqual(['a'])
    }
  })
})

describe('NaN', () => {
  const file = { a: stats('f', 0, 1) }
  const above = compare('gt', F, 5)

  test('may lie above the maximum', async () => {
    expect(await left(file, above)).toEqual(['a'])
    expect(await left(file, above, { operation: 'WRITE', engineInfo: 'delta-rs:1.0' })).toEqual(['a'])
    expect(await left(file, compare('lt', F, -1))).toEqual([])
  })

  test('but not where Spark computed it', async () => {
    const spark = { operation: 'WRITE', engineInfo: 'Apache-Spark/3.5.9 Delta-Lake/3.3.3' }
    expect(await left(file, above, spark)).toEqual([])
    expect(await left({ a: stats('f', 0, 'NaN') }, above, spark)).toEqual(['a'])
    // Files that somebody else wrote.
    expect(await left(file, above, { ...spark, operation: 'CLONE' })).toEqual(['a'])
    const name = 'p=1/part-00000-115872f4-db49-4dcf-addf-e94b537cce4a.c000.snappy.parquet'
    expect(await left({ [name]: file.a }, above)).toEqual([])
  })
})

describe('counts of the table', () => {
  test('rows, bytes and ranges', async () => {
    const known = await (await table([add('a', stats('id', 1, 5)), add('b', stats('id', 3, 9))])).statistics()
    expect(known).toMatchObject({ rowCount: 20, exact: true, byteCount: 200, fileCount: 2 })
    expect(known.columns.get('id')).toMatchObject({ min: 1n, max: 9n, nullCount: 0, exact: true })
  })

  test('deleted rows are subtracted, and make ranges inexact', async () => {
    const deletionVector = { storageType: 'i', pathOrInlineDv: '', sizeInBytes: 40, cardinality: 4 }
    const { rowCount, exact, columns } = await (
      await table([add('a', { ...stats('id', 1, 5, { nullCount: { id: 10 } }), deletionVector })])
    ).statistics()
    expect([rowCount, exact]).toEqual([6, true])
    expect(columns.get('id')).toMatchObject({ exact: false })
    expect(columns.get('id')).not.toHaveProperty('nullCount')
  })

  test('a file without a count', async () => {
    expect(await (await table([add('a')])).statistics()).toMatchObject({ exact: false, fileCount: 1 })
  })
})
