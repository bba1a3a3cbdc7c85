import { describe, expect, it } from 'vitest'
import { type DataType, DOUBLE, NULL_TYPE, VARCHAR, decimal, typeName } from '../../src/core/types.ts'
import { aggregateByName, aggregateNames, resolveAggregate } from '../../src/expr/aggregates/index.ts'

function signature(name: string, ...args: readonly DataType[]): string | null {
  const resolved = resolveAggregate(name, args, false)
  return resolved && `${resolved.name}(${resolved.args.map(typeName).join(', ')}) ${typeName(resolved.result)}`
}

describe('aggregates', () => {
  it.each([
    ['sum', { kind: 'integer' }, 'sum(integer) bigint'],
    ['sum', { kind: 'bigint' }, 'sum(bigint) decimal(38,0)'],
    ['sum', { kind: 'ubigint' }, 'sum(ubigint) decimal(38,0)'],
    ['sum', decimal(15, 2), 'sum(decimal(15,2)) decimal(38,2)'],
    ['sum', { kind: 'real' }, 'sum(real) real'],
    ['avg', { kind: 'integer' }, 'avg(integer) decimal(38,16)'],
    ['avg', decimal(38, 2), 'avg(decimal(38,2)) decimal(38,16)'],
    ['avg', decimal(30, 20), 'avg(decimal(30,20)) decimal(38,20)'],
    ['avg', { kind: 'real' }, 'avg(double precision) double precision'],
    ['min', { kind: 'boolean' }, 'min(boolean) boolean'],
    ['max', { kind: 'bytea' }, 'max(bytea) bytea'],
    ['max', NULL_TYPE, 'max(varchar) varchar'],
    ['first', VARCHAR, 'any_value(varchar) varchar'],
    ['every', { kind: 'boolean' }, 'bool_and(boolean) boolean'],
    ['stddev', { kind: 'integer' }, 'stddev_samp(double precision) double precision'],
    ['variance', DOUBLE, 'var_samp(double precision) double precision'],
    ['count', VARCHAR, 'count(varchar) bigint'],
    ['sum', VARCHAR, null],
    ['bool_or', DOUBLE, null],
    ['max', { kind: 'list', element: { name: 'element', type: DOUBLE, nullable: true } }, null],
    ['nosuch', DOUBLE, null],
  ] as const)('%s of %j is %s', (name, type, expected) => {
    expect(signature(name, type)).toBe(expected)
  })

  it('has count(*)', () => {
    expect(resolveAggregate('count', [], true)).toEqual({
      name: 'count_star',
      args: [],
      result: { kind: 'bigint' },
    })
    expect(resolveAggregate('sum', [], true)).toBeNull()
  })

  it('takes one argument only', () => {
    expect(signature('sum', DOUBLE, DOUBLE)).toBeNull()
  })

  it('is documented', () => {
    for (const name of aggregateNames()) {
      const entry = aggregateByName(name)!
      expect(entry.description).toMatch(/\.$/)
      expect(entry.example.sql).not.toBe('')
    }
  })
})
