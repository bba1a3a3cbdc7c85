import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type DataType,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  INTEGER,
  TIMESTAMP,
  VARCHAR,
  decimal,
  isFloat,
} from '../../src/core/types.ts'
import type { ColumnRange } from '../../src/expr/column-range.ts'
import { evaluateValue } from '../../src/expr/evaluate-value.ts'
import { type Expr, type LiteralValue, call, input, literal } from '../../src/expr/expr.ts'
import { mightMatch, mustMatch } from '../../src/expr/prune.ts'
import { compareValues } from '../../src/expr/values/compare.ts'
import { SESSION } from './random-batches.ts'

const TYPES: readonly DataType[] = [INTEGER, BIGINT, DOUBLE, VARCHAR, DATE, TIMESTAMP, BOOLEAN, decimal(10, 2)]

/** Few values, so that bounds and constants meet. */
function smallValue(type: DataType): fc.Arbitrary<LiteralValue> {
  switch (type.kind) {
    case 'integer':
    case 'date':
      return fc.integer({ min: -3, max: 3 })
    case 'bigint':
    case 'timestamp':
    case 'decimal':
      return fc.bigInt({ min: -3n, max: 3n })
    case 'double':
      return fc.constantFrom(-1, -0, 0, 1, 2, Number.NaN, Infinity)
    case 'boolean':
      return fc.boolean()
    default:
      return fc.constantFrom('', 'a', 'ab', 'abc', 'abd', 'b', 'é', '😀')
  }
}

interface Column {
  readonly type: DataType
  readonly values: readonly LiteralValue[]
  readonly range: ColumnRange | undefined
}

function columnOf(type: DataType): fc.Arbitrary<Column> {
  return fc
    .tuple(
      fc.array(fc.oneof({ weight: 4, arbitrary: smallValue(type) }, { weight: 1, arbitrary: fc.constant(null) }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.record({
        bounds: fc.boolean(),
        nulls: fc.boolean(),
        nans: fc.boolean(),
        known: fc.boolean(),
        widen: fc.boolean(),
      }),
    )
    .map(([values, keep]) => ({
      type,
      values,
      range: keep.known ? rangeOf(values, type, keep) : undefined,
    }))
}

function rangeOf(
  values: readonly LiteralValue[],
  type: DataType,
  keep: { bounds: boolean; nulls: boolean; nans: boolean; widen: boolean },
): ColumnRange {
  const isNaNValue = (value: LiteralValue): boolean => isFloat(type) && Number.isNaN(value)
  const present = values
    .filter((value) => value !== null && !isNaNValue(value))
    .toSorted((a, b) => compareValues(a, b, type))
  const [min, max] = [present[0], present.at(-1)]
  const widened = (value: LiteralValue | undefined): LiteralValue | undefined =>
    keep.widen && type.kind === 'varchar' && typeof value === 'string' ? `${value}z` : value
  return {
    exact: !keep.widen,
    ...(keep.bounds && min !== undefined ? { min, max: widened(max)! } : {}),
    ...(keep.widen && type.kind === 'varchar' && min !== undefined ? { prefix: commonPrefix(min, max) } : {}),
    ...(keep.nulls ? { nullCount: values.filter((value) => value === null).length, valueCount: values.length } : {}),
    ...(keep.nans ? { nanCount: values.filter(isNaNValue).length } : {}),
  }
}

/** Of whole characters, as bounds in order have it. */
function commonPrefix(min: LiteralValue, max: LiteralValue | undefined): string {
  const [a, b] = [[...(min as string)], [...(max as string)]]
  const length = a.findIndex((symbol, i) => symbol !== b[i])
  return (length < 0 ? a : a.slice(0, length)).join('')
}

const COMPARISONS = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'is_distinct_from', 'is_not_distinct_from']

function valueExpr(index: number, type: DataType): fc.Arbitrary<Expr> {
  const column: Expr = input(index, type)
  const shapes: Expr[] = [column]
  if (type.kind === 'integer') {
    shapes.push(
      { kind: 'cast', arg: column, type: BIGINT, try: false },
      call('add', [column, literal(1, INTEGER)], INTEGER),
    )
    shapes.push(call('subtract', [literal(1, INTEGER), column], INTEGER), call('negate', [column], INTEGER))
    shapes.push({ kind: 'cast', arg: column, type: DOUBLE, try: false })
  }
  if (type.kind === 'date')
    shapes.push({ kind: 'cast', arg: column, type: TIMESTAMP, try: false }, call('year', [column], INTEGER))
  if (type.kind === 'timestamp') shapes.push({ kind: 'cast', arg: column, type: DATE, try: true })
  if (type.kind === 'decimal') shapes.push({ kind: 'cast', arg: column, type: decimal(10, 1), try: false })
  return fc.constantFrom(...shapes)
}

function leaf(types: readonly DataType[]): fc.Arbitrary<Expr> {
  return fc.nat(types.length - 1).chain((index) =>
    valueExpr(index, types[index]!).chain((value) => {
      const { type } = value
      const constant = smallValue(
        type.kind === 'integer' && value.kind === 'call' && value.name === 'year' ? INTEGER : type,
      )
      const comparison = fc
        .tuple(fc.constantFrom(...COMPARISONS), constant, fc.boolean())
        .map(([name, one, swap]) =>
          call(name, swap ? [literal(one, type), value] : [value, literal(one, type)], BOOLEAN),
        )
      const list = fc
        .tuple(fc.array(fc.oneof(constant, fc.constant(null)), { minLength: 1, maxLength: 3 }), fc.boolean())
        .map(([values, negated]): Expr => ({
          kind: 'in',
          arg: value,
          values: values.map((one) => literal(one, type)),
          negated,
          type: BOOLEAN,
        }))
      const nullTest = fc.constantFrom('is_null', 'is_not_null').map((name) => call(name, [value], BOOLEAN))
      const same = call('le', [value, value], BOOLEAN)
      const pattern = fc
        .tuple(
          fc.constantFrom('like', 'not_like', 'starts_with'),
          fc.constantFrom('a%', 'ab', 'ab%', '%b', 'a_', 'é%', '%', ''),
        )
        .map(([name, text]) => call(name, [value, literal(text, VARCHAR)], BOOLEAN))
      const truthTest = fc
        .constantFrom('is_true', 'is_not_true', 'is_false', 'is_not_false', 'not', 'is_unknown')
        .map((name) => call(name, [value], BOOLEAN))
      const options: fc.Arbitrary<Expr>[] = [comparison, list, nullTest, fc.constant(same)]
      if (type.kind === 'varchar') options.push(pattern)
      if (type.kind === 'boolean') options.push(truthTest, fc.constant(value))
      return fc.oneof(...options)
    }),
  )
}

function predicateOf(types: readonly DataType[]): fc.Arbitrary<Expr> {
  return fc.letrec<{ node: Expr }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf(types),
      fc
        .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('node'), { minLength: 2, maxLength: 3 }))
        .map(([kind, args]): Expr => ({ kind, args, type: BOOLEAN })),
      tie('node').map((arg) => call('not', [arg], BOOLEAN)),
    ),
  })).node
}

describe('pruning by bounds', () => {
  it('never drops a row that matches, never keeps one unseen that does not', () => {
    const scenario = fc
      .array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 2 })
      .chain((types) => fc.tuple(fc.tuple(...types.map(columnOf)), predicateOf(types)))
    fc.assert(
      fc.property(scenario, ([columns, predicate]) => {
        const rows: LiteralValue[][] = columns.reduce<LiteralValue[][]>(
          (all, { values }) => all.flatMap((row) => values.map((value) => [...row, value])),
          [[]],
        )
        const results = rows.map((row) => evaluateValue(predicate, row, SESSION))
        const range = (index: number): ColumnRange | undefined => columns[index]!.range
        if (results.includes(true)) expect(mightMatch(predicate, range)).toBe(true)
        if (mustMatch(predicate, range)) expect(results.every((result) => result === true)).toBe(true)
      }),
      { numRuns: 20_000 },
    )
  })

  const known = (
    min: LiteralValue,
    max: LiteralValue,
    more: Partial<ColumnRange> = {},
  ): ((index: number) => ColumnRange) => {
    return () => ({ min, max, exact: true, ...more })
  }
  const compare = (name: string, value: LiteralValue, type: DataType): Expr =>
    call(name, [input(0, type), literal(value, type)], BOOLEAN)

  it('prunes what it can', () => {
    expect(mightMatch(compare('gt', 10, INTEGER), known(1, 5))).toBe(false)
    expect(mightMatch(compare('eq', 9_007_199_254_740_993n, BIGINT), known(0n, 9_007_199_254_740_992n))).toBe(false)
    expect(mightMatch(compare('is_distinct_from', 1, INTEGER), known(1, 1, { nullCount: 0, valueCount: 3 }))).toBe(
      false,
    )
    expect(mightMatch(call('is_null', [input(0, INTEGER)], BOOLEAN), known(1, 5, { nullCount: 0 }))).toBe(false)
    expect(
      mightMatch(call('is_not_null', [input(0, INTEGER)], BOOLEAN), () => ({
        exact: false,
        nullCount: 4,
        valueCount: 4,
      })),
    ).toBe(false)
    expect(
      mightMatch(call('like', [input(0, VARCHAR), literal('PROMO%', VARCHAR)], BOOLEAN), known('A', 'PROLL')),
    ).toBe(false)
    expect(
      mightMatch(
        {
          kind: 'in',
          arg: input(0, INTEGER),
          values: [literal(7, INTEGER), literal(9, INTEGER)],
          negated: false,
          type: BOOLEAN,
        },
        known(1, 5),
      ),
    ).toBe(false)
    expect(mustMatch(compare('le', 5, INTEGER), known(1, 5, { nullCount: 0 }))).toBe(true)
  })

  it('keeps floats that may be NaN', () => {
    expect(mightMatch(compare('gt', 10, DOUBLE), known(1, 5))).toBe(true)
    expect(mightMatch(compare('gt', 10, DOUBLE), known(1, 5, { nanCount: 0 }))).toBe(false)
    expect(mightMatch(compare('lt', 0, DOUBLE), known(1, 5))).toBe(false)
    expect(mightMatch(compare('eq', -0, DOUBLE), known(0, 5, { nanCount: 0 }))).toBe(true)
  })

  it('asks only numbers whether they equal a number, and only NaN where all are', () => {
    expect(mightMatch(compare('eq', 6, DOUBLE), known(1, 5))).toBe(false)
    expect(mightMatch(compare('eq', 5, DOUBLE), known(1, 5, { nanCount: 1 }))).toBe(true)
    expect(mightMatch(compare('eq', Number.NaN, DOUBLE), known(1, 5))).toBe(true)
    expect(mustMatch(compare('ne', 6, DOUBLE), known(1, 5, { nullCount: 0 }))).toBe(true)
    const allNaN = (): ColumnRange => ({ exact: false, nullCount: 1, nanCount: 2, valueCount: 3 })
    expect(mightMatch(compare('le', Infinity, DOUBLE), allNaN)).toBe(false)
    expect(mightMatch(compare('gt', Infinity, DOUBLE), allNaN)).toBe(true)
    const someNaN = (): ColumnRange => ({ exact: false, nullCount: 0, nanCount: 2, valueCount: 3 })
    expect(mightMatch(compare('le', Infinity, DOUBLE), someNaN)).toBe(true)
  })

  it('is certain of a prefix that all texts are known to have', () => {
    const like = (pattern: string): Expr => call('like', [input(0, VARCHAR), literal(pattern, VARCHAR)], BOOLEAN)
    const range = known('ab', 'ac', { prefix: 'ab', nullCount: 0 })
    expect(mustMatch(like('ab%'), range)).toBe(true)
    expect(mustMatch(like('a%'), range)).toBe(true)
    expect(mustMatch(like('abc%'), range)).toBe(false)
    expect(mustMatch(like('ab%'), known('ab', 'ac', { prefix: 'ab' }))).toBe(false)
    expect(mustMatch(like('ab%'), known('ab', 'ac', { nullCount: 0 }))).toBe(false)
  })
})
