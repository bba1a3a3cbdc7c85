/** Functions of texts by kernels give what the reference gives, row by row: columns and constants, all encodings, NULLs, all widths of characters. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Arena } from '../../src/core/arena.ts'
import { allocatePages, createMemory } from '../../src/core/memory.ts'
import { type DataType, INTEGER, JSON_TEXT, VARCHAR } from '../../src/core/types.ts'
import { type Expr, input, literal } from '../../src/expr/expr.ts'
import type { FlatVector } from '../../src/core/vector.ts'
import { columnValues } from '../../src/core/vector-export.ts'
import { compileExpr } from '../../src/expr/evaluate.ts'
import type { EvaluateContext } from '../../src/expr/functions/function.ts'
import { createKernels } from '../../src/kernel/kernels.ts'
import { callOf, check } from './check-vectors.ts'
import { type RandomColumn, SESSION, toBatch } from './random-batches.ts'

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

const regex = fc.constantFrom('a', 'B*', '(a)(b)?', '[^a]', 'é|ß', '$', '^', '(x)|,', '\\d+', '😀')
const replacement = fc.constantFrom('', '#', '<\\&>', '\\2-\\1', '\\\\', 'é\\1', '\\0', '\\')

type Arg = fc.Arbitrary<string | number>

/** Each function with its arguments. */
const CASES: readonly (readonly [string, ...Arg[]])[] = [
  ['upper', text],
  ['lower', text],
  ['reverse', text],
  ['ascii', text],
  ['length', text],
  ['md5', text],
  ['md5', fc.nat(200).map((size) => 'x'.repeat(size))],
  ['regexp_replace', text, regex, replacement],
  ['regexp_replace', text, regex, replacement, fc.constantFrom('g', 'i', 'gi', '')],
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
  ['string_split', text, piece],
  ['string_split', fc.constantFrom('a,b,c', ',', '', 'a--b', '----', 'x,'), fc.constantFrom(',', '--', '', 'a')],
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
        { numRuns: 40 },
      )
    },
  )
})

describe('JSON by kernels', () => {
  const json = fc.oneof(
    fc.json({ maxDepth: 3 }),
    fc
      .dictionary(fc.constantFrom('a', 'b', 'é'), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 })
      .map((value) => JSON.stringify(value, null, 1)),
    fc.constantFrom(
      '{"a":1,"a":"x"}',
      ' {"a" : null } ',
      '{"b":"\\n","a":2}',
      '[1]',
      '"a"',
      '7',
      '{"a":-0.5e+3}',
      '{}',
    ),
  )
  const broken = fc.constantFrom(
    '{',
    '{"a":01}',
    '{"a":tru}',
    '{"a" 1}',
    '[1,]',
    '',
    '"',
    'nul',
    '{"a":"x\ny"}',
    '1 2',
    '\u00a01',
  )
  const columnWith = (values: fc.Arbitrary<string>): fc.Arbitrary<RandomColumn> =>
    fc
      .array(fc.option(values), { minLength: ROWS, maxLength: ROWS })
      .map((column) => ({ type: VARCHAR, values: column, encoding: 'flat' }))

  it('members of objects, and casts, are those of the reference', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          { weight: 3, arbitrary: columnWith(json) },
          { weight: 1, arbitrary: columnWith(fc.oneof(json, broken)) },
        ),
        fc.constantFrom('a', 'b', 'é', 'c'),
        fc.boolean(),
        (column, key, isTry) => {
          const cast: Expr = { kind: 'cast', arg: input(0, VARCHAR), type: JSON_TEXT, try: isTry }
          check(cast, [column], ROWS)
          for (const name of ['json_get', 'json_get_text']) {
            const expr = callOf(name, [cast, literal(key, VARCHAR)])
            if (expr !== null) check(expr, [column], ROWS)
          }
        },
      ),
      { numRuns: 80 },
    )
  })
})

describe('addresses beyond 2 GiB', () => {
  it('are addresses', () => {
    const memory = createMemory(3 * 2 ** 30)
    allocatePages(memory, 2.2 * 2 ** 30, 'a test')
    const context: EvaluateContext = {
      ...{ memory, kernels: createKernels(memory), arena: new Arena(memory, 'a test'), session: SESSION },
    }
    const values = ['Zürich 1', 'x', 'aé', '']
    const batch = toBatch(context, [{ type: VARCHAR, values, encoding: 'flat' }], values.length)
    const call = (name: string, ...args: string[]): unknown => {
      const expr = callOf(name, [input(0, VARCHAR), ...args.map((arg) => literal(arg, VARCHAR))])!
      return columnValues(memory, compileExpr(expr, context)(batch))
    }
    expect((batch.columns[0] as FlatVector).data).toBeGreaterThan(2 ** 31)
    expect(call('contains', 'ürich')).toEqual([true, false, false, false])
    expect(call('ilike', '%ZÜR%')).toEqual([true, false, false, false])
    expect(call('regexp_replace', '[a-zé]+', '<\\&>', 'g')).toEqual(['Zü<rich> 1', '<x>', '<aé>', ''])
    expect(call('concat', 'é')).toEqual(['Zürich 1é', 'xé', 'aéé', 'é'])
    expect(call('replace', 'ü', 'ue')).toEqual(['Zuerich 1', 'x', 'aé', ''])
    expect(call('upper')).toEqual(['ZÜRICH 1', 'X', 'AÉ', ''])
    expect(call('regexp_match', '^x')).toEqual([false, true, false, false])
  })
})
