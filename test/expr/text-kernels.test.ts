/** Functions of texts by kernels give what the reference gives, row by row: columns and constants, all encodings, NULLs, all widths of characters. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { type DataType, INTEGER, VARCHAR } from '../../src/core/types.ts'
import { type Expr, input, literal } from '../../src/expr/expr.ts'
import { callOf, check } from './check-vectors.ts'
import type { RandomColumn } from './random-batches.ts'

const ROWS = 24

const piece = fc.constantFrom(
  ...['a', 'B', 'ab', 'Z', ' ', ',', '--', '%', '_', '1', 'é', 'É', 'ß', 'Ü', 'ÿ', 'σ', 'Σ', 'ς', 'ж', 'İ', 'ı', 'ſ'],
  ...['€', '漢', 'ﬀ', 'ẞ', '😀', '𝐀', 'longer than sixteen bytes'],
)
const text = fc.oneof(
  fc.array(piece, { maxLength: 6 }).map((parts) => parts.join('')),
  fc.string({ unit: fc.constantFrom('a', 'b', 'A', ',', ' '), maxLength: 40 }),
)
const place = fc.oneof(fc.integer({ min: -5, max: 9 }), fc.constantFrom(-0x8000_0000, 0x7fff_ffff, 40))
/** Mostly those that are no error, which would be all that a batch gives. */
const length = fc.oneof({ weight: 60, arbitrary: fc.integer({ min: 0, max: 9 }) }, { weight: 1, arbitrary: place })
const part = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(1, 2, 3, -1, -2, -9, 7) },
  { weight: 1, arbitrary: place },
)
const positive = fc.integer({ min: -2, max: 20 })
const pattern = fc
  .array(fc.constantFrom('a', 'B', '%', '_', 'É', 'ß', 'σ', 'Σ', '😀', '\\%', 'LONGER'), { maxLength: 5 })
  .map((parts) => parts.join(''))

type Arg = fc.Arbitrary<string | number>

/** Each function with its arguments. */
const CASES: readonly (readonly [string, ...Arg[]])[] = [
  ['upper', text],
  ['lower', text],
  ['reverse', text],
  ['ascii', text],
  ['length', text],
  ['ilike', text, pattern],
  ['not_ilike', text, pattern],
  ['like', text, pattern],
  ['concat', text, text],
  ['concat_all', text, text, text],
  ['concat_ws', piece, text, text, text],
  ['replace', text, piece, piece],
  ['translate', text, text, text],
  ['btrim', text],
  ['btrim', text, text],
  ['ltrim', text, text],
  ['rtrim', text, text],
  ['lpad', text, positive],
  ['lpad', text, positive, piece],
  ['rpad', text, positive, text],
  ['repeat', text, positive],
  ['substring', text, place],
  ['substring', text, place, length],
  ['left', text, place],
  ['right', text, place],
  ['split_part', text, piece, part],
  ['split_part', fc.constantFrom('a,b,c', ',', '', 'a--b', '----', 'x,'), fc.constantFrom(',', '--', '', 'a'), part],
  ['strpos', text, piece],
  ['position', text, text],
  ['contains', text, piece],
  ['starts_with', text, piece],
  ['ends_with', text, piece],
]

const typeOf = (value: unknown): DataType => (typeof value === 'number' ? INTEGER : VARCHAR)

function columnOf(values: Arg): fc.Arbitrary<RandomColumn> {
  return fc
    .tuple(
      fc.array(fc.oneof({ weight: 6, arbitrary: values }, { weight: 1, arbitrary: fc.constant(null) }), {
        minLength: ROWS,
        maxLength: ROWS,
      }),
      values,
      fc.constantFrom('flat' as const, 'flat' as const, 'dictionary' as const),
    )
    .map(([column, one, encoding]) => ({ type: typeOf(one), values: column, encoding }))
}

describe('kernels of texts', () => {
  it.each(CASES.map(([name, ...args], i) => [`${name} of ${args.length} (${i})`, name, args] as const))(
    '%s',
    (_, name, args) => {
      const columns = args.map((arg) => fc.tuple(columnOf(arg), arg, fc.boolean()))
      fc.assert(
        fc.property(fc.tuple(...columns), (chosen) => {
          // The first is a column; the others are columns or constants.
          const exprs: Expr[] = chosen.map(([{ type }, constant, isConstant], i) =>
            isConstant && i > 0 ? literal(constant, type) : input(i, type),
          )
          const expr = callOf(name, exprs)
          if (expr !== null)
            check(
              expr,
              chosen.map(([column]) => column),
              ROWS,
            )
        }),
        { numRuns: 60 },
      )
    },
  )
})
