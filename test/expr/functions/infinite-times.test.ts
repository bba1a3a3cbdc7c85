/** Kernels never see an infinite time: columns with and without give what the reference gives, in batches of any length. */
import { describe, expect, it } from 'vitest'
import { infinityOf } from '../../../src/core/infinity.ts'
import { DATE, INTEGER, INTERVAL, TIMESTAMP, VARCHAR } from '../../../src/core/types.ts'
import { vectorFromLiterals } from '../../../src/core/vector-values.ts'
import { type LiteralValue, input, literal } from '../../../src/expr/expr.ts'
import { mayBeInfinite } from '../../../src/expr/functions/infinite-times.ts'
import { callOf, check } from '../check-vectors.ts'
import { testContext } from '../random-batches.ts'

describe('mayBeInfinite', () => {
  const context = testContext()
  for (const [type, plain] of [
    [DATE, 0x7fff_fffe],
    [TIMESTAMP, -0x7fff_ffff_ffff_ffffn],
    [INTERVAL, { months: 0x7fff_ffff, days: -0x8000_0000, micros: 5n }],
  ] as const) {
    it(`finds the extremes of ${type.kind} at every place`, () => {
      for (const count of [1, 3, 4, 5, 9]) {
        const values: LiteralValue[] = Array.from({ length: count }, () => plain)
        const vector = (): ReturnType<typeof vectorFromLiterals> =>
          vectorFromLiterals(context.memory, context.arena, type, values)
        expect(mayBeInfinite(context, vector(), count)).toBe(false)
        for (let place = 0; place < count; place++) {
          for (const sign of [1, -1] as const) {
            values[place] = infinityOf(type, sign)
            expect(mayBeInfinite(context, vector(), count)).toBe(true)
          }
          values[place] = plain
        }
      }
    })
  }
})

describe('functions with kernels', () => {
  const stamps = [
    infinityOf(TIMESTAMP, 1),
    0n,
    null,
    infinityOf(TIMESTAMP, -1),
    86_400_000_000n,
    1_700_000_000_000_000n,
  ]
  const days = [infinityOf(DATE, 1), 0, null, infinityOf(DATE, -1), 1, 20_000]
  const stampColumn = { type: TIMESTAMP, values: stamps, encoding: 'flat' } as const
  const dayColumn = { type: DATE, values: days, encoding: 'flat' } as const
  const text = (word: string) => literal(word, VARCHAR)
  it.each([
    ['date_part', [text('year'), input(0, TIMESTAMP)]],
    ['date_part', [text('hour'), input(0, TIMESTAMP)]],
    ['date_trunc', [text('month'), input(0, TIMESTAMP)]],
    ['to_char', [input(0, TIMESTAMP), text('YYYY-MM-DD')]],
    ['month', [input(0, TIMESTAMP)]],
    ['add', [input(0, TIMESTAMP), literal({ months: 1, days: 0, micros: 0n }, INTERVAL)]],
    ['subtract', [input(0, TIMESTAMP), literal({ months: 0, days: 3, micros: 0n }, INTERVAL)]],
  ] as const)('%s of timestamps', (name, args) => {
    check(callOf(name, args)!, [stampColumn], stamps.length)
  })
  it.each([
    ['add', [input(0, DATE), literal(3, INTEGER)]],
    ['date_part', [text('julian'), input(0, DATE)]],
    ['year', [input(0, DATE)]],
  ] as const)('%s of dates', (name, args) => {
    check(callOf(name, args)!, [dayColumn], days.length)
  })
})
