import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DOUBLE, INTEGER } from '../../src/core/types.ts'
import { vectorFromLiterals } from '../../src/core/vector-values.ts'
import { gatherVector } from '../../src/expr/gather.ts'
import { hashVector } from '../../src/expr/hash.ts'
import { compareNullable } from '../../src/expr/values/compare.ts'
import { type RandomColumn, TYPES, columnOf, freshContext, testContext, toVector } from './random-batches.ts'

let context = testContext()
const ROWS = 25

function hashes(columns: readonly RandomColumn[]): bigint[] {
  const out = context.arena.allocate(ROWS * 8)
  for (const [i, column] of columns.entries()) hashVector(context, toVector(context, column), out, { combine: i > 0 })
  return [...context.memory.u64.slice(out >>> 3, (out >>> 3) + ROWS)]
}

describe('hashes', () => {
  it('equal rows hash alike in every encoding', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TYPES).chain((type) => fc.tuple(columnOf(type, ROWS), columnOf(INTEGER, ROWS))),
        ([a, b]) => {
          context = freshContext(context)
          const mixed = hashes([a, b])
          const flat = hashes([
            { ...a, encoding: 'flat' },
            { ...b, encoding: 'flat' },
          ])
          expect(mixed).toEqual(flat)
          for (let i = 0; i < ROWS; i++) {
            for (let j = 0; j < i; j++) {
              const same =
                compareNullable(a.values[i]!, a.values[j]!, a.type) === 0 &&
                compareNullable(b.values[i]!, b.values[j]!, b.type) === 0
              expect(mixed[i] === mixed[j]).toBe(same)
            }
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('spreads neighbours over high and low bits', () => {
    context = freshContext(context)
    const count = 4096
    const vector = vectorFromLiterals(
      context.memory,
      context.arena,
      INTEGER,
      Array.from({ length: count }, (_, i) => i),
    )
    const out = context.arena.allocate(count * 8)
    hashVector(context, vector, out)
    const values = [...context.memory.u64.slice(out >>> 3, (out >>> 3) + count)]
    for (const part of [(x: bigint): bigint => x & 255n, (x: bigint): bigint => x >> 56n]) {
      const buckets = new Map<bigint, number>()
      for (const value of values) buckets.set(part(value), (buckets.get(part(value)) ?? 0) + 1)
      expect(buckets.size).toBe(256)
      expect(Math.max(...buckets.values())).toBeLessThan(40)
    }
  })

  it('takes -0 for 0 and every NaN for one', () => {
    context = freshContext(context)
    const vector = vectorFromLiterals(context.memory, context.arena, DOUBLE, [0, -0, Number.NaN, Number.NaN])
    context.memory.u64[(vector.data >>> 3) + 3] = 0xfff8_0000_0000_0001n
    const out = context.arena.allocate(32)
    hashVector(
      context,
      gatherVector(context, vector, {
        pointer: vectorFromLiterals(context.memory, context.arena, INTEGER, [0, 1, 2, 3]).data,
        count: 4,
      }),
      out,
    )
    const [zero, minusZero, nan, otherNaN] = context.memory.u64.slice(out >>> 3, (out >>> 3) + 4)
    expect(minusZero).toBe(zero)
    expect(otherNaN).toBe(nan)
  })
})
