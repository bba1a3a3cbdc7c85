import { describe, expect, it } from 'vitest'
import { typeName } from '../../../src/core/types.ts'
import { resolveTypeName, textLengthOf } from '../../../src/plan/bind/type-name.ts'
import type { TypeName } from '../../../src/sql/ast.ts'
import { queryOf } from './fake-table.ts'

function typeSyntax(text: string): TypeName {
  const { body } = queryOf(`select cast(null as ${text})`)
  if (body.kind !== 'select') throw new Error('not a SELECT')
  const [item] = body.items
  if (item?.kind !== 'expression' || item.expression.kind !== 'cast') throw new Error('not a cast')
  return item.expression.type
}

describe('resolveTypeName', () => {
  it.each([
    ['int', 'integer'],
    ['INT4', 'integer'],
    ['int8', 'bigint'],
    ['tinyint', 'tinyint'],
    ['smallint', 'smallint'],
    ['bool', 'boolean'],
    ['real', 'real'],
    ['float', 'double precision'],
    ['float(24)', 'real'],
    ['double', 'double precision'],
    ['double precision', 'double precision'],
    ['numeric(10)', 'decimal(10,0)'],
    ['decimal(38, 38)', 'decimal(38,38)'],
    ['decimal', 'decimal(38,18)'],
    ['varchar(10)', 'varchar'],
    ['character varying(10)', 'varchar'],
    ['text', 'varchar'],
    ['string', 'varchar'],
    ['bytea', 'bytea'],
    ['binary', 'bytea'],
    ['uuid', 'uuid'],
    ['date', 'date'],
    ['time', 'time'],
    ['time(3)', 'time'],
    ['timestamp', 'timestamp'],
    ['timestamp(6)', 'timestamp'],
    ['timestamp(9)', 'timestamp(9)'],
    ['timestamp with time zone', 'timestamp with time zone'],
    ['timestamptz', 'timestamp with time zone'],
    ['timestamp_ntz', 'timestamp'],
    ['timestamp_ltz', 'timestamp with time zone'],
    ['interval', 'interval'],
    ['integer[]', 'integer[]'],
    ['integer[][]', 'integer[][]'],
    ['array<string>', 'varchar[]'],
    ['map<string, int>', 'map(varchar, integer)'],
    ['struct<a: int, b: array<string>>', 'struct(a integer, b varchar[])'],
    ['row(a int, b varchar)', 'struct(a integer, b varchar)'],
  ])('%s is %s', (text, expected) => {
    expect(typeName(resolveTypeName(typeSyntax(text)))).toBe(expected)
  })

  it.each([
    ['decimal(1001)', '22023', 'NUMERIC precision 1001 must be between 1 and 1000'],
    ['decimal(5,6)', '22023', 'NUMERIC scale 6 must be between 0 and precision 5'],
    ['float(99)', '22023', 'precision for type float must be less than 54 bits'],
    ['timestamp(12)', '0A000', 'timestamp(12) is not supported'],
    ['nosuch', '42704', 'type "nosuch" does not exist'],
    ['integr', '42704', 'type "integr" does not exist'],
    ['integer(3)', '42601', 'type modifier is not allowed for type "integer"'],
  ])('%s is refused', (text, sqlstate, message) => {
    expect(() => resolveTypeName(typeSyntax(text))).toThrow(expect.objectContaining({ sqlstate, message }))
  })

  it('knows the lengths that casts cut texts to', () => {
    expect(textLengthOf(typeSyntax('varchar(3)'))).toBe(3)
    expect(textLengthOf(typeSyntax('char'))).toBe(1)
    expect(textLengthOf(typeSyntax('varchar'))).toBeNull()
    expect(textLengthOf(typeSyntax('text'))).toBeNull()
  })
})
