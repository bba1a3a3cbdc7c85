/** Functions of lists by kernels give what the reference gives. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { type DataType, BIGINT, INTEGER, VARCHAR, listOf } from '../../src/core/types.ts'
import { type LiteralValue, input, literal } from '../../src/expr/expr.ts'
import { callOf, check } from './check-vectors.ts'

const ROWS = 20

const ELEMENTS: readonly (readonly [DataType, fc.Arbitrary<LiteralValue>])[] = [
  [INTEGER, fc.integer({ min: -2, max: 3 })],
  [VARCHAR, fc.constantFrom('a', 'b', '', 'é')],
  [listOf(INTEGER), fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 })],
]

describe.each(ELEMENTS.map(([type, values]) => [JSON.stringify(type), type, values] as const))(
  'lists of %s',
  (_, type, values) => {
    const list = fc.option(fc.array(fc.option(values), { maxLength: 4 }))
    const rows = fc.array(list, { minLength: ROWS, maxLength: ROWS })
    const places = fc.array(fc.option(fc.bigInt({ min: -5n, max: 5n })), { minLength: ROWS, maxLength: ROWS })

    it('elements, sizes, and what they hold', () => {
      fc.assert(
        fc.property(rows, places, values, fc.bigInt({ min: -5n, max: 5n }), (column, numbers, value, place) => {
          const columns = [
            { type: listOf(type), values: column, encoding: 'flat' as const },
            { type: BIGINT, values: numbers, encoding: 'flat' as const },
          ]
          const whole = input(0, listOf(type))
          const calls = [
            ['element', whole, input(1, BIGINT)],
            ['element', whole, literal(place, BIGINT)],
            ['list_extract', whole, input(1, BIGINT)],
            ['list_extract', whole, literal(place, BIGINT)],
            ['list_first', whole],
            ['list_last', whole],
            ['cardinality', whole],
            ['array_length', whole],
            ['array_length', whole, literal(1, INTEGER)],
            ['list_contains', whole, literal(value, type)],
          ] as const
          for (const [name, ...args] of calls) {
            const expr = callOf(name, args)
            if (expr !== null) check(expr, columns, ROWS)
          }
        }),
        { numRuns: 40 },
      )
    })
  },
)
