import { expect, test } from 'vitest'
import { DOUBLE, INTEGER, VARCHAR } from '../../../src/core/types.ts'
import { createMemoryTable, isMemoryTable } from '../../../src/table/memory/memory-table.ts'

test('a memory table keeps its values and knows their ranges', async () => {
  const fields = [
    { name: 'i', type: INTEGER, nullable: true },
    { name: 's', type: VARCHAR, nullable: true },
    { name: 'f', type: DOUBLE, nullable: true },
  ]
  const table = createMemoryTable('t', { fields }, [
    [3, null, 1],
    ['b', 'é', '😀'],
    [Number.NaN, 2, null],
  ])
  expect(isMemoryTable(table)).toBe(true)
  expect(table.literalRows).toEqual([
    [3, 'b', Number.NaN],
    [null, 'é', 2],
    [1, '😀', null],
  ])
  const { rowCount, exact, columns } = await table.statistics()
  expect([rowCount, exact]).toEqual([3, true])
  expect(columns.get('i')).toEqual({
    min: 1,
    max: 3,
    exact: true,
    nullCount: 1,
    nanCount: 0,
    valueCount: 3,
  })
  expect(columns.get('s')).toMatchObject({ min: 'b', max: '😀' })
  expect(columns.get('f')).toMatchObject({ min: 2, max: 2, nullCount: 1, nanCount: 1 })
  expect(createMemoryTable('none', { fields: [] }, []).literalRows).toEqual([])
})
