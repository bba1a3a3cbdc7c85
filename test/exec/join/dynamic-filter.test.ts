import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BIGINT, DATE, type DataType } from '../../../src/core/types.ts'
import type { Selection } from '../../../src/core/vector.ts'
import { applyDynamicFilter, dynamicFilterRange, hashJoinBreaker } from '../../../src/exec/join/index.ts'
import { input } from '../../../src/expr/expr.ts'
import type { HashJoin } from '../../../src/plan/physical.ts'
import { toBatches, valuesPlan } from '../plans.ts'
import { SimulatedWorkers } from '../simulated-workers.ts'
import { type Value, makeFlat, makeVector } from '../vector-values.ts'

function planOf(types: readonly DataType[]): HashJoin {
  const keys = types.map((type, i) => input(i, type))
  return {
    kind: 'hash-join',
    id: 3,
    output: [],
    estimate: { rows: 0, bytes: 0 },
    type: 'inner',
    probe: valuesPlan(1, types),
    build: valuesPlan(2, types),
    probeKeys: keys,
    buildKeys: keys,
    nullsEqual: types.map(() => false),
    residual: null,
    nullAware: false,
    projection: [],
    buildIsUnique: false,
    makesDynamicFilter: true,
  }
}

interface Case {
  readonly build: readonly (readonly Value[])[]
  readonly probe: readonly (readonly Value[])[]
  /** Rows that a filter before left over; null: all. */
  readonly chosen: readonly boolean[] | null
  readonly workers: number
}

/** Which probe rows the filters of both keys leave over. */
function filtered({ build, probe, chosen, workers }: Case, types: readonly DataType[]): number[] {
  const simulated = new SimulatedWorkers({ workers })
  const plan = planOf(types)
  const state = simulated.runBreaker(hashJoinBreaker(plan), toBatches(types, build, 9))
  const context = simulated.contexts[0]!
  const space = { memory: simulated.memory, arena: context.arena }
  let selection: Selection | null = null
  if (chosen !== null) {
    const rows = probe.map((_, i) => i).filter((i) => chosen[i % chosen.length])
    const pointer = context.arena.allocate(rows.length * 4)
    simulated.memory.u32.set(rows, pointer >>> 2)
    selection = { pointer, count: rows.length }
  }
  types.forEach((type, key) => {
    const values = probe.map((row) => row[key]!)
    const vector = key === 0 ? makeFlat(space, type, values) : makeVector(space, type, values, 1)
    selection = applyDynamicFilter(context, state, key, vector, selection)
  })
  const left = selection as Selection | null
  simulated.close()
  if (left === null) return probe.map((_, i) => i)
  return [...simulated.memory.u32.subarray(left.pointer >>> 2, (left.pointer >>> 2) + left.count)]
}

const nullable = (value: fc.Arbitrary<Value>): fc.Arbitrary<Value> => fc.option(value, { nil: null, freq: 6 })

describe('dynamic filters', () => {
  const row = (wide: boolean): fc.Arbitrary<readonly Value[]> =>
    fc.tuple(
      nullable(wide ? fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }) : fc.bigInt({ min: 0n, max: 40n })),
      nullable(fc.integer({ min: -5, max: 5 })),
    )
  const example = fc.boolean().chain((wide) =>
    fc.record({
      build: fc.array(row(wide), { maxLength: 20 }),
      others: fc.array(row(wide), { maxLength: 30 }),
      chosen: fc.option(fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), { nil: null }),
      workers: fc.integer({ min: 1, max: 3 }),
    }),
  )

  it('keep every row that has a match, and bitmaps keep no others', () => {
    fc.assert(
      fc.property(example, ({ build, others, chosen, workers }) => {
        const probe = [...build, ...others]
        if (probe.length === 0) return
        const left = filtered({ build, probe, chosen, workers }, [BIGINT, DATE])
        const rows = build.filter((values) => !values.includes(null))
        const matches = (i: number): boolean => {
          const isChosen = chosen === null || chosen[i % chosen.length]!
          return isChosen && [0, 1].every((key) => rows.some((values) => values[key] === probe[i]![key]))
        }
        const needed = probe.map((_, i) => i).filter(matches)
        expect(left).toEqual(left.toSorted((a, b) => a - b))
        for (const i of needed) expect(left).toContain(i)
        const isSmall = build.every(([value]) => value === null || (value as bigint) <= 40n)
        if (isSmall) expect(left).toEqual(needed)
      }),
      { numRuns: 300 },
    )
  })

  it('tell the range of the keys', () => {
    const simulated = new SimulatedWorkers({ workers: 2 })
    const plan = planOf([BIGINT, DATE])
    const rows = [
      [5n, -3],
      [null, 100],
      [9n, 8],
    ]
    const state = simulated.runBreaker(hashJoinBreaker(plan), toBatches([BIGINT, DATE], rows, 1))
    expect(dynamicFilterRange(state, 0)).toEqual({ min: 5n, max: 9n })
    expect(dynamicFilterRange(state, 1)).toEqual({ min: -3n, max: 8n })
    const empty = simulated.runBreaker(hashJoinBreaker(plan), [])
    const range = dynamicFilterRange(empty, 0)!
    expect(range.min > range.max).toBe(true)
    simulated.close()
  })
})
