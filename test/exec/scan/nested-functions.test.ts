/** Functions of fields that hold rows, as Paimon's documentation and its own aggregators have them. Rows are lists of values. */
import { describe, expect, test } from 'vitest'
import { type DataType, INTEGER, VARCHAR } from '../../../src/core/types.ts'
import type { LiteralValue } from '../../../src/core/value.ts'
import { type ValueFunction, valueFunction } from '../../../src/exec/scan/merge/field-functions.ts'
import type { FieldMerge } from '../../../src/table/merge.ts'

const ROW: DataType = {
  kind: 'struct',
  fields: [
    { name: 'id', type: INTEGER, nullable: true },
    { name: 'v', type: VARCHAR, nullable: true },
    { name: 'seq', type: INTEGER, nullable: true },
  ],
}
const ROWS: DataType = { kind: 'list', element: { name: 'element', type: ROW, nullable: true } }
const TIMED: DataType = {
  kind: 'map',
  key: { name: 'key', type: VARCHAR, nullable: false },
  value: {
    name: 'value',
    type: {
      kind: 'struct',
      fields: ['value', 'ts'].map((name) => ({ name, type: VARCHAR, nullable: true })),
    },
    nullable: true,
  },
}

function all(of: ValueFunction, values: readonly LiteralValue[]): LiteralValue {
  return values.reduce((merged, value) => of.merge(merged, value))
}

const nested = (field: Omit<FieldMerge, 'function'>, type = ROWS): ValueFunction =>
  valueFunction({ function: 'nested_update', ...field }, type)

describe('nested_update', () => {
  test('a row replaces that of its key, unless its sequence is below', () => {
    const values = [[[1, 'a', 5]], [[2, 'b', 1], null], [[1, 'late', 4]], [[1, 'same', 5]], [[2, 'no', null]]]
    expect(all(nested({ nestedKey: ['id'], nestedSequence: ['seq'] }), values)).toEqual([
      [1, 'same', 5],
      [2, 'b', 1],
    ])
    expect(all(nested({ nestedKey: ['id'] }), values)).toEqual([
      [1, 'same', 5],
      [2, 'no', null],
    ])
  })

  test('holds no more elements than its limit, of new keys', () => {
    const values = [[[1, 'a', 0]], [[2, 'b', 0]], [[3, 'c', 0]], [[1, 'd', 0]]]
    expect(all(nested({ countLimit: 2 }), values)).toEqual([
      [1, 'a', 0],
      [2, 'b', 0],
    ])
    expect(all(nested({ countLimit: 2, nestedKey: ['id'] }), values)).toEqual([
      [1, 'd', 0],
      [2, 'b', 0],
    ])
  })

  test('elements without a key are merged, left out, or an error', () => {
    const values = [[[null, 'a', 0]], [[null, 'b', 0]]]
    expect(all(nested({ nestedKey: ['id'] }), values)).toEqual([[null, 'b', 0]])
    expect(all(nested({ nestedKey: ['id'], nullKeys: 'ignore' }), values)).toEqual([])
    expect(() => all(nested({ nestedKey: ['id'], nullKeys: 'error' }), values)).toThrow('a nested key is NULL')
  })
})

test('nested_partial_update takes each value that is there', () => {
  const partial = valueFunction({ function: 'nested_partial_update', nestedKey: ['id'] }, ROWS)
  const values = [[[1, 'a', null]], [[1, null, 7], null], null, [[2, null, 1]]]
  expect(all(partial, values)).toEqual([
    [1, 'a', 7],
    [2, null, 1],
  ])
  expect(partial.retract).toBeUndefined()
  expect(() => valueFunction({ function: 'nested_partial_update' }, ROWS)).toThrow('without a nested key')
})

test('merge_map_with_keytime keeps the entry of the latest time, and drops what is NULL', () => {
  const byTime = valueFunction({ function: 'merge_map_with_keytime' }, TIMED)
  // As in the documentation, but for times of one length (they compare as texts), then entries without a time and without a value.
  const values = [
    [
      ['product_name', ['iPhone', '100']],
      ['color', ['Black', '100']],
    ],
    [
      ['product_name', ['iPad', '200']],
      ['price', ['999', '200']],
    ],
    [['color', ['White', '050']]],
    [['color', ['Red', null]]],
    [['price', null]],
  ]
  expect(all(byTime, values)).toEqual([
    ['product_name', ['iPad', '200']],
    ['color', ['Black', '100']],
  ])
  expect(() => valueFunction({ function: 'merge_map_with_keytime', timestampField: 'nope' }, TIMED)).toThrow()
})
