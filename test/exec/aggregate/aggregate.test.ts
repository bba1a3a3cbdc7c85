import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  INTEGER,
  REAL,
  VARCHAR,
  type DataType,
  decimal,
  storageOf,
} from '../../../src/core/types.ts'
import { aggregateBreaker, createAggregateSource } from '../../../src/exec/aggregate/index.ts'
import { resolveAggregate } from '../../../src/expr/aggregates/index.ts'
import { type Expr, input } from '../../../src/expr/expr.ts'
import type { HashAggregate, PhysicalAggregateCall } from '../../../src/plan/physical.ts'
import { toBatches, valuesPlan } from '../plans.ts'
import { SimulatedWorkers } from '../simulated-workers.ts'
import { type Value, rowText } from '../vector-values.ts'
import { effort } from '../../effort.ts'

interface AggregateCase {
  readonly types: readonly DataType[]
  readonly rows: readonly (readonly Value[])[]
  readonly groups: readonly Expr[]
  readonly calls: readonly PhysicalAggregateCall[]
  readonly groupingSets: readonly (readonly number[])[] | null
}

function run(test: AggregateCase, workers: number, batchRows: number, spillThresholdBytes = Infinity): string[] {
  const plan: HashAggregate = {
    kind: 'aggregate',
    id: 3,
    output: [],
    estimate: {
      rows: 0,
      bytes: 0,
    },
    child: valuesPlan(1, test.types),
    groups: test.groups,
    calls: test.calls,
    groupingSets: test.groupingSets,
  }
  const simulated = new SimulatedWorkers({ workers, spillThresholdBytes })
  const breaker = aggregateBreaker(plan)
  const state = simulated.runBreaker(breaker, toBatches(test.types, test.rows, batchRows))
  const rows = simulated.runSource((context) => createAggregateSource(context, plan, state))
  breaker.release(simulated.contexts[0]!, state)
  expect(simulated.leakedBytes()).toBe(0)
  if (spillThresholdBytes < Infinity) expect(simulated.counters.get('3.spilled_bytes')).toBeGreaterThan(0)
  simulated.close()
  return rows.map(approximateText).sort()
}

/** Floats to 6 digits: their sums depend on the order. Pushed up a little, so that halves round one way. */
function approximateText(row: readonly Value[]): string {
  return rowText(
    row.map((v) => (typeof v === 'number' && !Number.isInteger(v) ? Number((v * (1 + 1e-9)).toPrecision(6)) : v)),
  )
}

function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** NaN is the greatest number. */
function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'number' && Number.isNaN(a)) return Number.isNaN(b as number) ? 0 : 1
  if (typeof b === 'number' && Number.isNaN(b)) return -1
  return a! < b! ? -1 : a! > b! ? 1 : 0
}

function roundedDivide(dividend: bigint, divisor: bigint): bigint {
  const absolute = dividend < 0n ? -dividend : dividend
  const quotient = (absolute * 2n + divisor) / (divisor * 2n)
  return dividend < 0n ? -quotient : quotient
}

function modelCall(call: PhysicalAggregateCall, rows: readonly (readonly Value[])[]): Value {
  const filtered = rows.filter((row) => call.filter === null || row[(call.filter as { index: number }).index] === true)
  if (call.name === 'count_star') return BigInt(filtered.length)
  const { index, type } = call.args[0] as { index: number; type: DataType }
  let values = filtered.map((row) => row[index]!).filter((value) => value !== null)
  if (call.distinct) values = [...new Map(values.map((value) => [rowText([value]), value])).values()]
  const ordered = (): Value[] => [...values].sort(compareValues)
  switch (call.name) {
    case 'count':
      return BigInt(values.length)
    case 'min':
    case 'bool_and':
      return ordered()[0] ?? null
    case 'max':
    case 'bool_or':
      return ordered().at(-1) ?? null
    default:
  }
  if (values.length === 0) return null
  if (typeof values[0] === 'number' && storageOf(type) !== 'i32') {
    const sum = (values as number[]).reduce((a, b) => a + b, 0)
    if (call.name === 'sum') return storageOf(call.type) === 'f32' ? Math.fround(sum) : sum
    const mean = sum / values.length
    if (call.name === 'avg') return mean
    const squares = (values as number[]).reduce((a, b) => a + (b - mean) ** 2, 0)
    const divisor = values.length - (call.name.endsWith('samp') ? 1 : 0)
    if (divisor === 0) return null
    return call.name.startsWith('var') ? squares / divisor : Math.sqrt(squares / divisor)
  }
  const sum = values.map((value) => BigInt(value as number | bigint)).reduce((a, b) => a + b, 0n)
  if (call.name === 'sum') return sum
  const scale = (call.type as { scale: number }).scale - (type.kind === 'decimal' ? type.scale : 0)
  return roundedDivide(sum * 10n ** BigInt(scale), BigInt(values.length))
}

function model(test: AggregateCase): string[] {
  const sets = test.groupingSets ?? [test.groups.map((_, i) => i)]
  const out: Value[][] = []
  for (const set of sets) {
    const groups = new Map<string, { key: Value[]; rows: (readonly Value[])[] }>()
    if (set.length === 0)
      groups.set(rowText(test.groups.map(() => null)), {
        key: test.groups.map(() => null),
        rows: [],
      })
    for (const row of test.rows) {
      const key = test.groups.map((group, i) => (set.includes(i) ? row[(group as { index: number }).index]! : null))
      const text = rowText(key)
      if (!groups.has(text)) groups.set(text, { key, rows: [] })
      groups.get(text)!.rows.push(row)
    }
    for (const { key, rows } of groups.values()) out.push([...key, ...test.calls.map((call) => modelCall(call, rows))])
  }
  return out.map(approximateText).sort()
}

const nullable = (value: fc.Arbitrary<Value>): fc.Arbitrary<Value> => fc.option(value, { freq: 5, nil: null })

/** Column 0: a filter; then one column of each type. */
const COLUMNS: readonly { type: DataType; value: fc.Arbitrary<Value> }[] = [
  { type: BOOLEAN, value: fc.boolean() },
  { type: INTEGER, value: fc.integer({ min: -4, max: 4 }) },
  { type: DATE, value: fc.constantFrom(-2147483648, 2147483647, 0) },
  { type: BIGINT, value: fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 0n, 1n) },
  { type: decimal(12, 2), value: fc.bigInt({ min: -500n, max: 500n }) },
  { type: decimal(30, 3), value: fc.constantFrom(10n ** 29n, -(10n ** 29n), 7n) },
  { type: DOUBLE, value: fc.constantFrom(0, -0, 1.5, -2.25, 1000) },
  { type: REAL, value: fc.constantFrom(0, 1.5, -2.25, 3) },
  {
    type: VARCHAR,
    value: fc.constantFrom('', 'a', 'b', 'a\0', 'twelve bytes', 'rather longer than sixteen bytes', 'ä'),
  },
  { type: DOUBLE, value: fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity) },
]
const TYPES = COLUMNS.map(({ type }) => type)
const NAN_COLUMN = 9

const NAMES = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'bool_and',
  'bool_or',
  'stddev_samp',
  'var_pop',
  'stddev_pop',
  'var_samp',
]

const callArbitrary: fc.Arbitrary<PhysicalAggregateCall> = fc
  .tuple(fc.constantFrom(...NAMES), fc.nat(TYPES.length - 1), fc.boolean(), fc.boolean())
  .map(([name, index, distinct, filtered]): PhysicalAggregateCall => {
    const type = TYPES[index]!
    const resolved = resolveAggregate(name, [type], false)
    const filter = filtered ? input(0, BOOLEAN) : null
    const fits = resolved !== null && resolved.args[0]!.kind === type.kind
    if (!fits || (index === NAN_COLUMN && name !== 'count' && name !== 'min' && name !== 'max')) {
      return { name: 'count_star', args: [], distinct: false, filter, type: BIGINT }
    }
    return { name, args: [input(index, type)], distinct, filter, type: resolved.result }
  })

const aggregateCase: fc.Arbitrary<AggregateCase> = fc.record({
  types: fc.constant(TYPES),
  rows: fc.array(fc.tuple(...COLUMNS.map(({ value }) => nullable(value))), { maxLength: 60 }),
  groups: fc
    .uniqueArray(fc.nat(TYPES.length - 1), { maxLength: 3 })
    .map((indexes) => indexes.map((index) => input(index, TYPES[index]!))),
  calls: fc.array(callArbitrary, { maxLength: 6 }),
  groupingSets: fc.constant(null),
})

describe('aggregate', () => {
  it('gives the groups and results of its definition, whatever types, workers and batch size', () => {
    fc.assert(
      fc.property(
        aggregateCase,
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(1, 7, 8192),
        (test, workers, batchRows) => {
          expect(run(test, workers, batchRows)).toEqual(model(test))
        },
      ),
      { numRuns: effort({ quick: 150, whole: 1000 }) },
    )
  })

  it('computes grouping sets', () => {
    fc.assert(
      fc.property(aggregateCase, fc.integer({ min: 1, max: 3 }), (test, workers) => {
        const all = test.groups.map((_, i) => i)
        const sets = { ...test, groupingSets: [all, all.slice(1), []] }
        expect(run(sets, workers, 13)).toEqual(model(sets))
      }),
      { numRuns: effort({ quick: 40, whole: 200 }) },
    )
  })

  it('computes sets from the groups of others, or each from the rows', () => {
    const sets = fc.array(fc.uniqueArray(fc.nat(2), { maxLength: 3 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(aggregateCase, sets, fc.boolean(), fc.integer({ min: 1, max: 3 }), (test, some, hasAll, workers) => {
        const all = test.groups.map((_, i) => i)
        const chosen = some.map((set) => set.filter((i) => i < all.length))
        const made = { ...test, groupingSets: hasAll ? [...chosen, all] : chosen }
        expect(run(made, workers, 13)).toEqual(model(made))
      }),
      { numRuns: effort({ quick: 25, whole: 100 }) },
    )
  })

  it('says which groups a set leaves out', () => {
    const groups = [input(0, INTEGER), input(1, INTEGER)]
    const grouping = {
      name: 'grouping',
      args: groups,
      distinct: false,
      filter: null,
      type: INTEGER,
    }
    const test = {
      types: [INTEGER, INTEGER],
      rows: [[1, 2]],
      groups,
      calls: [grouping],
      groupingSets: [[0, 1], [1], []],
    }
    expect(run(test, 1, 1)).toEqual(['1|2|0', 'NULL|2|2', 'NULL|NULL|3'])
  })

  it('finds many groups by direct index and by hash, in any order', () => {
    const keysOf: Record<string, (i: number) => Value> = {
      rising: (i) => BigInt(i >> 2),
      falling: (i) => -BigInt(i >> 2),
      shuffled: (i) => BigInt((i * 7919) % 30_011),
      sparse: (i) => BigInt((i * 7919) % 30_011) * 1_000_003n,
      jumping: (i) => (i < 50_000 ? BigInt(i % 10_000) : BigInt(i % 10_000) << 40n),
      extreme: (i) => (i % 2 === 0 ? 2n ** 63n - 1n - BigInt(i % 1000) : -(2n ** 63n) + BigInt(i % 1000)),
    }
    for (const [name, keyOf] of Object.entries(keysOf)) {
      const rows = Array.from({ length: 100_000 }, (_, i): Value[] => [i % 997 === 0 ? null : keyOf(i), BigInt(i)])
      const sum: PhysicalAggregateCall = {
        name: 'sum',
        args: [input(1, BIGINT)],
        distinct: false,
        filter: null,
        type: decimal(38, 0),
      }
      const test: AggregateCase = {
        types: [BIGINT, BIGINT],
        rows,
        groups: [input(0, BIGINT)],
        calls: [sum],
        groupingSets: null,
      }
      const expected = model(test)
      for (const workers of [1, 3]) expect(run(test, workers, 8192), `${name} ${workers}`).toEqual(expected)
    }
  })

  it('counts and sums each distinct value of a group once, in few groups of many values and many groups of few', () => {
    const types = [BIGINT, VARCHAR, BIGINT, VARCHAR]
    const rows = Array.from({ length: 60_000 }, (_, i): Value[] => [
      BigInt((i * 7919) % 20_011),
      i % 31 === 0 ? null : `group ${(i * 31) % 17}`,
      i % 13 === 0 ? null : BigInt((i * 104_729) % 25_013),
      i % 11 === 0 ? null : `value ${(i * 31) % 4001}`,
    ])
    const call = (name: string, index: number, distinct: boolean): PhysicalAggregateCall => ({
      name,
      args: [input(index, types[index]!)],
      distinct,
      filter: null,
      type: resolveAggregate(name, [types[index]!], false)!.result,
    })
    const calls = [call('count', 2, true), call('sum', 2, true), call('count', 3, true), call('sum', 2, false)]
    for (const columns of [[], [0], [1], [0, 1]]) {
      const groups = columns.map((index) => input(index, types[index]!))
      const test: AggregateCase = { types, rows, groups, calls, groupingSets: null }
      const expected = model(test)
      for (const workers of [1, 2, 5])
        expect(run(test, workers, 8192), `${columns.join()} ${workers}`).toEqual(expected)
    }
  })

  it('gives the same groups from files as from memory', () => {
    const types = [BIGINT, VARCHAR, DOUBLE, INTEGER]
    const rows = Array.from({ length: 30_000 }, (_, i): Value[] => [
      i % 977 === 0 ? null : BigInt((i * 7919) % 10007),
      i % 31 === 0 ? null : `text of ${(i * 31) % 5003}`,
      i % 13 === 0 ? null : (i % 100) / 4,
      i % 7,
    ])
    const call = (name: string, index: number): PhysicalAggregateCall => {
      const result = resolveAggregate(name, [types[index]!], false)!.result
      return {
        name,
        args: [input(index, types[index]!)],
        distinct: false,
        filter: null,
        type: result,
      }
    }
    const calls = [call('max', 1), call('min', 1), call('sum', 2), call('avg', 3), call('var_pop', 2), call('count', 1)]
    for (const groups of [[0], [1], [3, 0], [1, 2]]) {
      const test = {
        types,
        rows,
        groups: groups.map((i) => input(i, types[i]!)),
        calls,
        groupingSets: null,
      }
      const expected = model(test)
      for (const workers of [1, 2]) expect(run(test, workers, 2000, 200_000)).toEqual(expected)
    }
  })

  it('refuses sums and averages that do not fit', () => {
    const call = (name: string, type: DataType, result: DataType): PhysicalAggregateCall => ({
      name,
      args: [input(0, type)],
      distinct: false,
      filter: null,
      type: result,
    })
    const overflow = (type: DataType, rows: Value[][], calls: PhysicalAggregateCall[]): (() => void) => {
      return () => run({ types: [type], rows, groups: [], calls, groupingSets: null }, 2, 1)
    }
    const wide = decimal(38, 0)
    const most = 10n ** 38n - 1n
    expect(overflow(wide, [[most], [1n]], [call('sum', wide, wide)])).toThrow('numeric field overflow')
    expect(
      run(
        {
          types: [wide],
          rows: [[most], [most], [-most]],
          groups: [],
          calls: [call('sum', wide, wide)],
          groupingSets: null,
        },
        1,
        1,
      ),
    ).toEqual([`${most}n`])
    expect(overflow(DOUBLE, [[1e308], [1e308]], [call('sum', DOUBLE, DOUBLE)])).toThrow('value out of range: overflow')
  })
})
