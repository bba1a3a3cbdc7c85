import { describe, expect, test } from 'vitest'
import { typeName } from '../../../src/core/types.ts'
import { parsePaimonType } from '../../../src/table/paimon/data-type.ts'
import { readOptions } from '../../../src/table/paimon/options.ts'
import { parseSchema } from '../../../src/table/paimon/table-schema.ts'
import { mergeEngineOf } from '../../../src/table/paimon/merge-engine.ts'
import { typeChange } from '../../../src/table/paimon/type-change.ts'

test.each([
  ['INT NOT NULL', 'integer', false],
  ['DECIMAL(18, 4)', 'decimal(18,4)', true],
  ['VARCHAR(10)', 'varchar', true],
  ['TIMESTAMP(9)', 'timestamp(9)', true],
  ['TIMESTAMP(6) WITH LOCAL TIME ZONE', 'timestamp with time zone', true],
  [{ type: 'ARRAY NOT NULL', element: 'BIGINT' }, 'bigint[]', false],
  [
    { type: 'MAP', key: 'STRING NOT NULL', value: { type: 'ROW', fields: [{ id: 3, name: 'x', type: 'DOUBLE' }] } },
    'map(varchar, struct(x double precision))',
    true,
  ],
  [{ type: 'MULTISET', element: 'STRING' }, 'map(varchar, integer)', true],
  ['VARIANT', 'variant', true],
])('type %j is %s', (json, name, nullable) => {
  const parsed = parsePaimonType(json, 'schema-0')
  expect([typeName(parsed.type), parsed.nullable]).toEqual([name, nullable])
})

test.each([
  ['GEOMETRY', '0A000'],
  ['DECIMAL(99, 2)', 'XX001'],
  [{ element: 'INT' }, 'XX001'],
])('type %j is refused', (json, sqlstate) => {
  expect(() => parsePaimonType(json, 'schema-0')).toThrow(expect.objectContaining({ sqlstate }))
})

const options = (entries: Record<string, string>): ReadonlyMap<string, string> => new Map(Object.entries(entries))

describe('options that change what a table has', () => {
  test.each([
    ['scan.snapshot-id', '3'],
    ['scan.mode', 'from-snapshot'],
    ['merge-engine', 'mine'],
    ['type', 'format-table'],
    ['sequence.snapshot-ordering', 'true'],
  ])('%s = %s is refused by name', (key, value) => {
    expect(() => readOptions(options({ [key]: value }))).toThrow(key === 'merge-engine' ? 'mine' : key)
  })

  test('others are passed over', () => {
    expect(readOptions(options({ 'write-only': 'true', 'target-file-size': '1 mb', owner: 'me' })).mergeEngine).toBe(
      'deduplicate',
    )
  })
})

const schemaWith = (entries: Record<string, string>): ReturnType<typeof parseSchema> =>
  parseSchema(
    JSON.stringify({
      id: 0,
      fields: ['k', 'a', 'b', 'g'].map((name, id) => ({ id, name, type: id === 0 ? 'INT NOT NULL' : 'INT' })),
      partitionKeys: [],
      primaryKeys: ['k'],
      options: entries,
    }),
    'schema-0',
  )

describe('merge engines', () => {
  const engineOf = (entries: Record<string, string>): ReturnType<typeof mergeEngineOf> => {
    const schema = schemaWith(entries)
    return mergeEngineOf(schema, readOptions(schema.options))
  }

  test('a sequence group orders its fields, the others take what is not NULL', () => {
    const engine = engineOf({
      'merge-engine': 'partial-update',
      'fields.g.sequence-group': 'a',
      'fields.a.aggregate-function': 'sum',
    })
    expect(engine.fields.get('a')).toEqual({ function: 'sum', sequenceGroup: 0 })
    expect(engine.fields.get('b')).toEqual({ function: 'last_non_null_value' })
    expect(engine.fields.get('g')).toEqual({ function: 'key', sequenceGroup: 0 })
    expect(engine.retractions).toBe('groups')
  })

  test('a partial-update table without more refuses deletes', () => {
    expect(engineOf({ 'merge-engine': 'partial-update' }).retractions).toBe('refuse')
  })

  test.each(['hll_sketch', 'rbm32'])('the aggregate function %s is refused by name', (name) => {
    expect(() => engineOf({ 'merge-engine': 'aggregation', 'fields.a.aggregate-function': name })).toThrow(name)
  })
})

test.each([
  ['INT', 'INT', 'none'],
  ['INT', 'STRING', 'cast'],
  ['TIMESTAMP(6)', 'TIMESTAMP(3)', 'cast'],
  ['TIMESTAMP(3)', 'TIMESTAMP(6)', 'none'],
  ['TIMESTAMP(6)', 'TIMESTAMP(6) WITH LOCAL TIME ZONE', 'refused'],
  ['STRING', 'VARCHAR(3)', 'refused'],
  ['VARCHAR(3)', 'STRING', 'none'],
  ['STRING', 'BYTES', 'none'],
])('a column of %s that became %s: %s', (from, to, change) => {
  const fieldOf = (text: string): Parameters<typeof typeChange>[0] => {
    const { type, text: typeText, nullable } = parsePaimonType(text, 'schema-0')
    return { id: 1, name: 'c', type, typeText, nullable, description: undefined }
  }
  expect(typeChange(fieldOf(from), fieldOf(to))).toBe(change)
})

test('keys are fields', () => {
  const fields = [{ id: 0, name: 'a', type: 'INT' }]
  const text = (keys: object): string => JSON.stringify({ id: 1, fields, options: {}, ...keys })
  expect(parseSchema(text({ partitionKeys: ['a'], primaryKeys: ['a'] }), 'schema-1').primaryKeys).toEqual(['a'])
  for (const keys of [{ primaryKeys: ['b'] }, { partitionKeys: ['b'] }]) {
    expect(() => parseSchema(text(keys), 'schema-1')).toThrow(expect.objectContaining({ sqlstate: 'XX001' }))
  }
})
