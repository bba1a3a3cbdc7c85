import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BOOLEAN, INTEGER } from '../../src/core/types.ts'
import { evaluateValue } from '../../src/expr/evaluate-value.ts'
import { type Expr, type LiteralValue, call, input, literal } from '../../src/expr/expr.ts'
import { evaluateConstant, foldConstants } from '../../src/expr/fold.ts'
import { SESSION } from './random-batches.ts'
import { bindSql } from './sql-values.ts'

const fold = (sql: string): Expr => foldConstants(bindSql(sql), SESSION)
const number = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constant(null))

/** Predicates over inputs 0 (integer) and 1 (boolean), with constants that folding may take out. */
const { node } = fc.letrec<{ node: Expr; value: Expr }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(input(0, INTEGER)),
    number.map((one) => literal(one, INTEGER)),
    fc
      .tuple(fc.constantFrom('add', 'divide', 'multiply'), tie('value'), tie('value'))
      .map(([name, a, b]) => call(name, [a, b], INTEGER)),
    fc.tuple(tie('value'), tie('value')).map((args) => call('coalesce', args, INTEGER)),
    fc.tuple(tie('node'), tie('value'), tie('value')).map(([when, then, other]): Expr => ({
      kind: 'case',
      branches: [{ when, then }],
      else: other,
      type: INTEGER,
    })),
  ),
  node: fc.oneof(
    { depthSize: 'small' },
    fc.constant(input(1, BOOLEAN)),
    fc.constantFrom(true, false, null).map((one) => literal(one, BOOLEAN)),
    fc
      .tuple(fc.constantFrom('eq', 'lt', 'is_distinct_from'), tie('value'), tie('value'))
      .map(([name, a, b]) => call(name, [a, b], BOOLEAN)),
    fc.tuple(fc.constantFrom('not', 'is_null', 'is_true'), tie('node')).map(([name, a]) => call(name, [a], BOOLEAN)),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), tie('node'), tie('node'))
      .map(([kind, a, b]): Expr => ({ kind, args: [a, b], type: BOOLEAN })),
    fc
      .tuple(tie('value'), fc.array(number, { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([arg, values, negated]): Expr => ({
        kind: 'in',
        arg,
        values: values.map((one) => literal(one, INTEGER)),
        negated,
        type: BOOLEAN,
      })),
  ),
})) as { node: fc.Arbitrary<Expr>; value: fc.Arbitrary<Expr> }

function outcome(expr: Expr, row: readonly LiteralValue[]): unknown {
  try {
    return evaluateValue(expr, row, SESSION)
  } catch (error) {
    return (error as { sqlstate?: string }).sqlstate ?? error
  }
}

describe('constant folding', () => {
  it('keeps values and errors', () => {
    fc.assert(
      fc.property(node, (expr) => {
        const folded = foldConstants(expr, SESSION)
        for (const row of [
          [0, true],
          [1, false],
          [null, null],
          [2, null],
        ]) {
          expect(outcome(folded, row)).toEqual(outcome(expr, row))
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('evaluates what has no columns', () => {
    expect(fold("DATE '1998-12-01' - INTERVAL '90' DAY")).toMatchObject({ kind: 'literal' })
    expect(fold('1 + 2 * 3')).toMatchObject({ kind: 'literal', value: 7 })
    expect(fold('now() = current_timestamp')).toMatchObject({ kind: 'literal', value: true })
  })

  it('leaves errors to the execution', () => {
    const expr = fold('1 / 0')
    expect(expr.kind).toBe('call')
    expect(() => evaluateConstant(expr, SESSION)).toThrow('division by zero')
    expect(fold('CASE WHEN true THEN 1 ELSE 1 / 0 END')).toMatchObject({
      kind: 'literal',
      value: 1,
    })
    expect(fold('false AND 1 / 0 = 1')).toMatchObject({ kind: 'literal', value: false })
    expect(fold('1 / 0 = 1 AND false').kind).toBe('and')
  })
})
