import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BOOLEAN, INTEGER, VARCHAR } from '../../src/core/types.ts'
import { columnValues } from '../../src/core/vector-export.ts'
import { evaluateValue } from '../../src/expr/evaluate-value.ts'
import { compileExpr } from '../../src/expr/evaluate.ts'
import { type Expr, call, input, literal } from '../../src/expr/expr.ts'
import { compileFilter } from '../../src/expr/filter.ts'
import { functionByName, functionNames } from '../../src/expr/functions/index.ts'
import { canCast, commonType } from '../../src/expr/coerce.ts'
import { callOf, check, isError, reference } from './check-vectors.ts'
import { SESSION, TYPES, columnOf, freshContext, nullable, testContext, toBatch } from './random-batches.ts'

let context = testContext()

const ROWS = 37
const COLUMNS = fc.constantFrom(...TYPES).chain((type) =>
  fc.tuple(
    columnOf(type, ROWS),
    columnOf(type, ROWS),
    columnOf(BOOLEAN, ROWS),
    nullable(type).map((value) => literal(value, type)),
  ),
)

const SKIPPED = new Set([
  'field',
  'repeat',
  // Lists as long as a number says.
  'series_list',
  'range',
  'array_fill',
  'lpad',
  'rpad',
])

describe('vectorised evaluation agrees with the reference', () => {
  const names = functionNames().filter((name) => !SKIPPED.has(name) && functionByName(name)?.volatility !== 'volatile')

  it('functions of one argument', () => {
    fc.assert(
      fc.property(COLUMNS, fc.constantFrom(...names), ([a], name) => {
        const expr = callOf(name, [input(0, a.type)])
        if (expr !== null) check(expr, [a], ROWS)
      }),
      { numRuns: 1500 },
    )
  })

  it('functions of two arguments: columns, or a column and a literal', () => {
    fc.assert(
      fc.property(
        COLUMNS,
        fc.constantFrom(...TYPES),
        fc.constantFrom(...names),
        fc.nat(3),
        ([a, b, , one], other, name, shape) => {
          const left = input(0, a.type)
          const pairs: readonly (readonly [Expr, Expr])[] = [
            [left, input(1, b.type)],
            [left, one],
            [one, left],
            [left, literal(null, other)],
          ]
          const expr = callOf(name, pairs[shape]!)
          if (expr !== null) check(expr, [a, b], ROWS)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('arithmetic and comparisons of mixed types', () => {
    const operators = [
      'add',
      'subtract',
      'multiply',
      'divide',
      'modulo',
      'eq',
      'ne',
      'lt',
      'le',
      'gt',
      'ge',
      'is_distinct_from',
    ]
    const mixed = fc
      .tuple(fc.constantFrom(...TYPES), fc.constantFrom(...TYPES))
      .filter(([a, b]) => commonType([a, b]) !== null || a.kind === 'interval' || b.kind === 'interval')
      .chain(([a, b]) => fc.tuple(columnOf(a, ROWS), columnOf(b, ROWS)))
    fc.assert(
      fc.property(mixed, fc.constantFrom(...operators), fc.constantFrom(...operators), ([a, b], name, outer) => {
        const expr = callOf(name, [input(0, a.type), input(1, b.type)])
        if (expr === null) return
        check(expr, [a, b], ROWS)
        const nested = callOf(outer, [expr, input(0, a.type)])
        if (nested !== null) check(nested, [a, b], ROWS)
      }),
      { numRuns: 3000 },
    )
  })

  it('casts', () => {
    fc.assert(
      fc.property(COLUMNS, fc.constantFrom(...TYPES), fc.boolean(), ([a], to, isTry) => {
        if (!canCast(a.type, to)) return
        check({ kind: 'cast', arg: input(0, a.type), type: to, try: isTry }, [a], ROWS)
      }),
      { numRuns: 3000 },
    )
  })

  it('CASE, COALESCE, IN, AND, OR', () => {
    fc.assert(
      fc.property(
        COLUMNS,
        fc.boolean(),
        fc.array(fc.nat(9), { maxLength: 30 }),
        ([a, b, flag, one], negated, picks) => {
          const [x, y, z] = [input(0, a.type), input(1, b.type), input(2, BOOLEAN)]
          const columns = [a, b, flag]
          const equal = call('eq', [x, y], BOOLEAN)
          check(
            {
              kind: 'case',
              branches: [
                { when: z, then: x },
                { when: equal, then: one },
              ],
              else: y,
              type: a.type,
            },
            columns,
            ROWS,
          )
          check(
            {
              kind: 'case',
              branches: [{ when: z, then: literal(null, a.type) }],
              else: y,
              type: a.type,
            },
            columns,
            ROWS,
          )
          check(call('coalesce', [x, y, one], a.type), columns, ROWS)
          const values = picks.map((i) => literal(a.values[i]!, a.type))
          if (values.length > 0) check({ kind: 'in', arg: x, values, negated, type: BOOLEAN }, columns, ROWS)
          const less = call('lt', [x, one], BOOLEAN)
          check({ kind: 'and', args: [z, equal, less], type: BOOLEAN }, columns, ROWS)
          check({ kind: 'or', args: [z, equal, less], type: BOOLEAN }, columns, ROWS)
        },
      ),
      { numRuns: 700 },
    )
  })

  it('narrow decimals have the values of wide ones', () => {
    const kinds = TYPES.filter(({ kind }) => kind === 'decimal' || kind === 'integer')
    const columns = fc
      .tuple(fc.constantFrom(...kinds), fc.constantFrom(...kinds))
      .chain(([a, b]) => fc.tuple(columnOf(a, ROWS), columnOf(b, ROWS), columnOf(BOOLEAN, ROWS)))
    fc.assert(
      fc.property(columns, fc.constantFrom('add', 'subtract', 'multiply'), ([a, b, flag], name) => {
        const product = callOf(name, [input(0, a.type), input(1, b.type)])
        if (product === null || product.type.kind !== 'decimal') return
        const { type } = product
        const branches = [{ when: input(2, BOOLEAN), then: product }]
        const cased: Expr = { kind: 'case', branches, else: literal(0n, type), type }
        for (const expr of [product, cased]) {
          context = freshContext(context)
          const batch = toBatch(context, [a, b, flag], ROWS)
          const wanted = reference(expr, [a, b, flag], ROWS)
          if (wanted.some(isError)) continue
          const vector = compileExpr(expr, context, { narrowDecimals: true })(batch)
          expect(vector.type.kind === 'decimal' && vector.type.scale === type.scale).toBe(true)
          expect(columnValues(context.memory, vector)).toEqual(wanted)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('fields of structs', () => {
    const type = TYPES.find(({ kind }) => kind === 'struct')!
    fc.assert(
      fc.property(columnOf(type, ROWS), fc.constantFrom('a', 'b', 'B'), (column, name) => {
        const result = name === 'a' ? INTEGER : VARCHAR
        const field = call('field', [input(0, type), literal(name, VARCHAR)], result)
        check(field, [column], ROWS)
        check(
          call('row', [field, input(0, type)], {
            kind: 'struct',
            fields: [
              { name: 'x', type: result, nullable: true },
              { name: 'y', type, nullable: true },
            ],
          }),
          [column],
          ROWS,
        )
      }),
    )
  })

  it('filters keep exactly the true rows', () => {
    fc.assert(
      fc.property(COLUMNS, ([a, b, flag, one]) => {
        const [x, y, z] = [input(0, a.type), input(1, b.type), input(2, BOOLEAN)]
        const conjuncts: Expr[] = [
          call('le', [x, one], BOOLEAN),
          { kind: 'or', args: [z, call('is_null', [x], BOOLEAN)], type: BOOLEAN },
          call('ne', [x, y], BOOLEAN),
        ]
        for (const subset of [[0], [1], [2], [0, 1], [1, 0, 2], [2, 0], []]) {
          const chosen = subset.map((i) => conjuncts[i]!)
          context = freshContext(context)
          const batch = toBatch(context, [a, b, flag], ROWS)
          const selection = compileFilter(chosen, context)(batch, null)
          const got = [
            ...context.memory.u32.subarray(selection.pointer >>> 2, (selection.pointer >>> 2) + selection.count),
          ]
          const wanted = Array.from({ length: ROWS }, (_, i) => i).filter((row) =>
            chosen.every(
              (expr) =>
                evaluateValue(
                  expr,
                  [a, b, flag].map((column) => column.values[row]!),
                  SESSION,
                ) === true,
            ),
          )
          expect(got).toEqual(wanted)
        }
      }),
      { numRuns: 700 },
    )
  })
})
