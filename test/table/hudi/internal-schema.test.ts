import { expect, test } from 'vitest'
import { BIGINT, VARCHAR } from '../../../src/core/types.ts'
import {
  fieldsOfInternal,
  parseInternalSchema,
  schemaAt,
  targetOfInternal,
} from '../../../src/table/hudi/internal-schema.ts'

const OLD = parseInternalSchema(
  `{"version_id":0,"type":"record","fields":[
    {"id":0,"name":"id","optional":false,"type":"int"},
    {"id":1,"name":"s","optional":true,"type":{"type":"record","fields":[{"id":3,"name":"x","type":"string"}]}},
    {"id":2,"name":"b","optional":true,"type":"decimal(10, 2)"}]}`,
  'old',
)
const NEW = parseInternalSchema(
  `{"version_id":20240101000000000,"type":"record","fields":[
    {"id":0,"name":"id","optional":false,"type":"long"},
    {"id":1,"name":"t","optional":true,"type":{"type":"record","fields":[{"id":3,"name":"y","type":"string"}]}},
    {"id":4,"name":"b","optional":true,"type":{"type":"array","element_id":5,"element":"string","element_optional":true}}]}`,
  'new',
)

test('a file has the names that were true when it was written', () => {
  expect(schemaAt([OLD, NEW], '20231231235959999')).toBe(OLD)
  expect(schemaAt([OLD, NEW], '20240101000000000')).toBe(NEW)
})

test('columns are found by id: renamed ones under their old name, new ones of an old name not at all', () => {
  const [id, struct, list] = NEW.fields
  expect(targetOfInternal(id!, BIGINT, OLD.fields)).toMatchObject({ names: ['id'], type: BIGINT })
  const wanted = fieldsOfInternal(NEW.fields)
  expect(targetOfInternal(struct!, wanted[1]!.type, OLD.fields)).toMatchObject({
    names: ['s'],
    children: [{ names: ['x'], type: VARCHAR }],
  })
  expect(targetOfInternal(list!, wanted[2]!.type, OLD.fields).names).toEqual([])
})

test.each([
  ['{"fields":[{"id":0,"name":"a","type":"color"}]}', 'column type "color" of a Hudi schema is not supported'],
  ['{"fields":[{"id":0,"name":"a","type":"decimal(50, 2)"}]}', 'malformed type'],
  ['{"fields":[{"name":"a","type":"int"}]}', 'a field has no name or id'],
  ['[]', 'a schema with ids is missing'],
])('%s', (text, message) => {
  expect(() => parseInternalSchema(text, 'commit')).toThrow(message)
})
