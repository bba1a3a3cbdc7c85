/** The schema tree of a file's elements. */
import { expect, test } from 'vitest'
import type { SchemaElement } from '../../../src/format/parquet/metadata.ts'
import { buildSchema, leavesOf } from '../../../src/format/parquet/schema.ts'

const element = (name: string, childCount: number, more: Partial<SchemaElement> = {}): SchemaElement => ({
  name,
  repetition: 'required',
  typeLength: 0,
  childCount,
  precision: 0,
  scale: 0,
  ...more,
})

test('a root with children is a group, though the writer gave it a type', () => {
  const leaf = element('a', 0, { physical: 'INT64', repetition: 'optional' })
  const root = buildSchema([element('chunk', 1, { physical: 'BOOLEAN' }), leaf])
  expect(leavesOf(root).map(({ element: { name }, definition }) => [name, definition])).toEqual([['a', 1]])
  expect(() => buildSchema([leaf])).toThrow('the schema has no root group')
})
