import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BIGINT, DATE, type DataType } from '../../../src/core/types.ts'
import { Arena } from '../../../src/core/arena.ts'
import type { FlatVector, Selection, Vector } from '../../../src/core/vector.ts'
import { applyDynamicFilter, dynamicFilterRange, hashJoinBreaker } from '../../../src/exec/join/index.ts'
import { input } from '../../../src/expr/expr.ts'
import type { HashJoin } from '../../../src/plan/physical.ts'
import { toBatches, valuesPlan } from '../plans.ts'
import { SimulatedWorkers } from '../simulated-workers.ts'
import { type Value, makeFlat, makeVector } from '../vector-values.ts'

/** `probeRows`: as many as the planner expects. */
function planOf(types: readonly DataType[], probeRows = 0): HashJoin {
  const keys = types.map((type, i) => input(i, type))
  return {
    kind: 'hash-join',
    id: 3,
    output: [],
    estimate: { rows: 0, bytes: 0 },
    type: 'inner',
    probe: { ...valuesPlan(1, types), estimate: { rows: probeRows, bytes: 0 } },
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
  /** Of the scan below, as expected. */
  readonly probeRows?: number
}

/** Which probe rows the filters of both keys leave over. */
function filtered({ build, probe, chosen, workers, probeRows = 0 }: Case, types: readonly DataType[]): number[] {
  const simulated = new SimulatedWorkers({ workers })
  const plan = planOf(types, probeRows)
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

  it('keep no others where few keys meet many rows: Bloom filters have the keys behind them', () => {
    const wide = (i: number): bigint => BigInt(i) * 0x1234_5678_9abcn
    const build = Array.from({ length: 200 }, (_, i): Value[] => [wide(i * 50), 1])
    const probe = Array.from({ length: 10_000 }, (_, i): Value[] => [wide(i), 1])
    for (const workers of [1, 2]) {
      const rough = filtered({ build, probe, chosen: null, workers }, [BIGINT, DATE])
      const exact = filtered({ build, probe, chosen: null, workers, probeRows: 10_000 }, [BIGINT, DATE])
      expect(exact).toEqual(probe.map((_, i) => i).filter((i) => i % 50 === 0))
      expect(rough).toEqual(expect.arrayContaining(exact))
    }
  })

  it('look up the entries of a dictionary once for all batches that have it', () => {
    const simulated = new SimulatedWorkers({ workers: 1 })
    const build = [[2n], [2n ** 60n]]
    const state = simulated.runBreaker(hashJoinBreaker(planOf([BIGINT])), toBatches([BIGINT], build, 9))
    const context = simulated.contexts[0]!
    const { memory } = simulated
    const filterRows = (codes: readonly number[], dictionary: FlatVector): number[] => {
      context.arena.reset()
      const data = context.arena.allocate(codes.length * 4)
      memory.i32.set(codes, data >>> 2)
      const vector: Vector = {
        encoding: 'dictionary',
        type: BIGINT,
        length: codes.length,
        data,
        validity: 0,
        dictionary,
      }
      const left = applyDynamicFilter(context, state, 0, vector, null)
      return left === null
        ? codes.map((_, i) => i)
        : [...memory.u32.subarray(left.pointer >>> 2, (left.pointer >>> 2) + left.count)]
    }
    const lasting = { memory, arena: new Arena(memory, 'dictionaries', 1 << 16) }
    const first = makeFlat(lasting, BIGINT, [1n, 2n, 3n])
    const second = makeFlat(lasting, BIGINT, [2n, 1n, 2n ** 60n])
    expect(filterRows([0, 1, 2, 1], first)).toEqual([1, 3])
    expect(filterRows([1, 1, 0, 0], first)).toEqual([0, 1])
    expect(filterRows([0, 1, 2, 1], second)).toEqual([0, 2])
    expect(filterRows([1, 1, 0, 0], first)).toEqual([0, 1])
    simulated.close()
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
