import { describe, expect, test } from 'vitest'
import { BIGINT, BYTEA, type DataType, INTEGER, VARCHAR } from '../../../src/core/types.ts'
import { columnValues } from '../../../src/core/vector-export.ts'
import { vectorFromLiterals } from '../../../src/core/vector-values.ts'
import { compileExpr } from '../../../src/expr/evaluate.ts'
import { type LiteralValue, call, input } from '../../../src/expr/expr.ts'
import { valueKey } from '../../../src/expr/values/value-key.ts'
import { testContext } from '../random-batches.ts'

const list = (type: DataType): DataType => ({ kind: 'list', element: { name: 'element', type, nullable: true } })
const key = (value: LiteralValue, type: DataType): string => Buffer.from(valueKey(value, type)).toString('hex')

describe('keys', () => {
  test('of values that differ differ', () => {
    const struct: DataType = {
      kind: 'struct',
      fields: [
        { name: 'a', type: VARCHAR, nullable: true },
        { name: 'b', type: list(VARCHAR), nullable: true },
      ],
    }
    const values: readonly LiteralValue[] = [
      [null, null],
      ['', null],
      [null, []],
      [null, [null]],
      [null, ['']],
      ['a', ['b']],
      ['ab', []],
      ['a', ['b', null]],
    ]
    expect(new Set(values.map((value) => key(value, struct))).size).toBe(values.length)
  })

  test('of maps, wide integers and bytes', () => {
    const map: DataType = {
      kind: 'map',
      key: { name: 'key', type: VARCHAR, nullable: false },
      value: { name: 'value', type: { kind: 'ubigint' }, nullable: true },
    }
    expect(key([['k', 2n ** 63n]], map)).toBe(`01000000010101${'01000000'}6b${'0000000000000080'}${'0'.repeat(16)}`)
    expect(key(Uint8Array.of(1, 2), BYTEA)).toBe('020000000102')
  })
})

test.each([INTEGER, BIGINT, { kind: 'double' } as const, VARCHAR])(
  'over vectors as one by one: lists of $kind',
  (type) => {
    const context = testContext()
    const item = (n: number): LiteralValue =>
      type.kind === 'bigint' ? BigInt(n) : type.kind === 'varchar' ? `t${n}` : n
    const values: readonly LiteralValue[] = [[item(1), null, item(3)], null, [], [null], [item(1), item(2)], [item(7)]]
    const vector = vectorFromLiterals(context.memory, context.arena, list(type), values)
    const evaluate = compileExpr(call('value_key', [input(0, list(type))], BYTEA), context)
    const got = columnValues(context.memory, evaluate({ rowCount: values.length, columns: [vector] }))
    const hex = (bytes: LiteralValue): string | null =>
      bytes === null ? null : Buffer.from(bytes as Uint8Array).toString('hex')
    expect(got.map(hex)).toEqual(values.map((value) => (value === null ? null : key(value, list(type)))))
  },
)
