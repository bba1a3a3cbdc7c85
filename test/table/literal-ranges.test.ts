/** The ranges that conjuncts leave of columns. */
import { expect, test } from 'vitest'
import { BIGINT, BOOLEAN, DOUBLE, INTEGER, VARCHAR } from '../../src/core/types.ts'
import { type Expr, type LiteralExpr, type LiteralValue, and, input } from '../../src/expr/expr.ts'
import { literalRanges } from '../../src/table/literal-ranges.ts'

const COLUMNS = [BIGINT, VARCHAR, DOUBLE].map((type, i) => ({ id: 10 + i, type, isNested: false }))

const literal = (column: number, value: LiteralValue): LiteralExpr => ({
  kind: 'literal',
  value,
  type: COLUMNS[column]!.type,
})
const compare = (name: string, column: number, value: LiteralValue): Expr => ({
  kind: 'call',
  name,
  args: [input(column, COLUMNS[column]!.type), literal(column, value)],
  type: BOOLEAN,
})
const list = (column: number, values: readonly LiteralValue[], negated = false): Expr => ({
  kind: 'in',
  arg: input(column, COLUMNS[column]!.type),
  values: values.map((value) => literal(column, value)),
  negated,
  type: BOOLEAN,
})

test('of comparisons and lists', () => {
  const parts = [compare('gt', 0, 5n), compare('ge', 0, 3n), list(0, [20n, null, 9n]), compare('le', 1, 'x')]
  expect([...literalRanges(and(parts), COLUMNS)]).toEqual([
    [10, { type: BIGINT, low: 9n, high: 20n }],
    [11, { type: VARCHAR, low: undefined, high: 'x' }],
  ])
})

test('turned around', () => {
  const turned: Expr = {
    kind: 'call',
    name: 'lt',
    args: [literal(0, 7n), input(0, BIGINT)],
    type: BOOLEAN,
  }
  expect(literalRanges(turned, COLUMNS).get(10)).toEqual({ type: BIGINT, low: 7n, high: undefined })
})

test('of anything else there is none', () => {
  const other: Expr = {
    kind: 'call',
    name: 'eq',
    args: [input(0, BIGINT), { kind: 'literal', value: 3, type: INTEGER }],
    type: BOOLEAN,
  }
  const parts = [list(0, [1n], true), compare('eq', 2, 1), compare('ne', 0, 1n), compare('eq', 1, null), other]
  expect(literalRanges(and(parts), COLUMNS).size).toBe(0)
  expect(literalRanges(null, COLUMNS).size).toBe(0)
})
