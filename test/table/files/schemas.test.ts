import { describe, expect, test } from 'vitest'
import {
  BIGINT,
  DATE,
  DOUBLE,
  type DataType,
  type Field,
  INTEGER,
  REAL,
  VARCHAR,
  decimal,
} from '../../../src/core/types.ts'
import { mergeSchemas } from '../../../src/table/files/merge-schemas.ts'
import { partitionColumns, partitionValue } from '../../../src/table/files/partition-columns.ts'

const field = (name: string, type: DataType, nullable = false): Field => ({ name, type, nullable })

describe('schemas of files of one table', () => {
  test('columns go by name, types widen, what a file lacks is nullable', () => {
    const merged = mergeSchemas([
      [field('id', INTEGER), field('a', VARCHAR)],
      [field('a', VARCHAR), field('id', BIGINT), field('extra', DOUBLE)],
      [field('id', INTEGER), field('extra', REAL)],
    ])
    expect(merged).toEqual([field('id', BIGINT), field('a', VARCHAR, true), field('extra', DOUBLE, true)])
    expect(mergeSchemas([[field('d', decimal(9, 2))], [field('d', decimal(10, 4))]])).toEqual([
      field('d', decimal(11, 4)),
    ])
  })

  test('types without a common one are refused', () => {
    expect(() => mergeSchemas([[field('c', BIGINT)], [field('c', VARCHAR)]])).toThrow(
      'column "c" has types bigint and varchar in files of one table',
    )
    expect(() => mergeSchemas([[field('c', BIGINT)], [field('c', DOUBLE)]])).toThrow('in files of one table')
  })
})

test.each<[string[], DataType, unknown[]]>([
  [['1', '-20'], INTEGER, [1, -20]],
  [['1', '3000000000'], BIGINT, [1n, 3000000000n]],
  [['2024-02-29', '1970-01-01'], DATE, [19782, 0]],
  [['2024-02-30'], VARCHAR, ['2024-02-30']],
  [['007', '1'], VARCHAR, ['007', '1']],
  [['99999999999999999999'], VARCHAR, ['99999999999999999999']],
])('partition column %#', (texts, type, values) => {
  const files = texts.map((text) => ({
    url: text,
    byteCount: 1,
    modifiedMs: 0,
    format: 'parquet' as const,
    partition: new Map([['p', text]]),
  }))
  const columns = partitionColumns([
    ...files,
    { url: 'x', byteCount: 1, modifiedMs: 0, format: 'parquet' as const, partition: new Map([['p', null]]) },
  ])
  expect(columns).toEqual([{ name: 'p', type }])
  expect(files.map((file) => partitionValue(columns[0]!, file))).toEqual(values)
  expect(
    partitionValue(columns[0]!, {
      url: 'y',
      byteCount: 1,
      modifiedMs: 0,
      format: 'parquet' as const,
      partition: new Map(),
    }),
  ).toBeNull()
})
