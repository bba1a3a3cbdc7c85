import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BIGINT, BOOLEAN, DOUBLE, INTEGER, REAL, VARCHAR, type DataType, decimal } from '../../../src/core/types.ts'
import { createSortSource, sortBreaker } from '../../../src/exec/sort/index.ts'
import { input } from '../../../src/expr/expr.ts'
import type { PhysicalSort } from '../../../src/plan/physical.ts'
import { toBatches, valuesPlan } from '../plans.ts'
import { SimulatedWorkers } from '../simulated-workers.ts'
import { type Value, rowText } from '../vector-values.ts'
import { effort } from '../../effort.ts'

interface Key {
  readonly index: number
  readonly descending: boolean
  readonly nullsFirst: boolean
}

interface SortCase {
  readonly types: readonly DataType[]
  readonly rows: readonly (readonly Value[])[]
  readonly keys: readonly Key[]
  readonly limit: number | null
  readonly offset: number
}

function run(test: SortCase, workers: number, batchRows: number, spillThresholdBytes = Infinity): Value[][] {
  const plan: PhysicalSort = {
    kind: 'sort',
    id: 3,
    output: [],
    estimate: {
      rows: 0,
      bytes: 0,
    },
    child: valuesPlan(1, test.types),
    keys: test.keys.map(({ index, ...key }) => ({
      ...key,
      expr: input(index, test.types[index]!),
    })),
    limit: test.limit,
    offset: test.offset,
  }
  const simulated = new SimulatedWorkers({ workers, spillThresholdBytes })
  const breaker = sortBreaker(plan)
  const state = simulated.runBreaker(breaker, toBatches(test.types, test.rows, batchRows))
  const rows = simulated.runSource((context) => createSortSource(context, plan, state), {
    workers: 1,
  })
  breaker.release(simulated.contexts[0]!, state)
  expect(simulated.leakedBytes()).toBe(0)
  if (spillThresholdBytes < Infinity) expect(simulated.counters.get('3.spilled_bytes')).toBeGreaterThan(0)
  simulated.close()
  return rows
}

function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (typeof a === 'number' && Number.isNaN(a)) return Number.isNaN(b as number) ? 0 : 1
  if (typeof b === 'number' && Number.isNaN(b)) return -1
  return a! < b! ? -1 : a! > b! ? 1 : 0
}

function compareRows(keys: readonly Key[], a: readonly Value[], b: readonly Value[]): number {
  for (const { index, descending, nullsFirst } of keys) {
    const [x, y] = [a[index]!, b[index]!]
    if (x === null || y === null) {
      if (x === y) continue
      return (x === null) === nullsFirst ? -1 : 1
    }
    const order = compareValues(x, y)
    if (order !== 0) return descending ? -order : order
  }
  return 0
}

/** Rows that tie may come in any order, so keys are compared in order and, without limit, rows as a set. */
function check(test: SortCase, result: readonly Value[][]): void {
  const sorted = [...test.rows].sort((a, b) => compareRows(test.keys, a, b))
  const expected = sorted.slice(test.offset, test.limit === null ? undefined : test.offset + test.limit)
  const keyText = (row: readonly Value[]): string => rowText(test.keys.map(({ index }) => row[index]!))
  expect(result.map(keyText)).toEqual(expected.map(keyText))
  if (test.limit === null && test.offset === 0) {
    expect(result.map(rowText).sort()).toEqual(expected.map(rowText).sort())
  } else {
    const all = new Set(test.rows.map(rowText))
    for (const row of result) expect(all.has(rowText(row))).toBe(true)
  }
}

const COLUMNS: readonly { type: DataType; value: fc.Arbitrary<Value> }[] = [
  { type: BOOLEAN, value: fc.boolean() },
  { type: INTEGER, value: fc.constantFrom(-2147483648, 2147483647, -1, 0, 1, 7) },
  { type: BIGINT, value: fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, -1n, 0n, 1n) },
  { type: decimal(30, 3), value: fc.constantFrom(10n ** 29n, -(10n ** 29n), 7n, -7n, 0n) },
  {
    type: DOUBLE,
    value: fc.constantFrom(0, -0, 1.5, -2.25, Number.NaN, Infinity, -Infinity, 5e-324),
  },
  { type: REAL, value: fc.constantFrom(0, -0, 1.5, -2.25, Number.NaN) },
  {
    type: VARCHAR,
    value: fc.constantFrom(
      '',
      'a',
      'b',
      'a\0',
      'a\0\0',
      '12345678',
      '123456789',
      '12345678a',
      'ä',
      'rather longer than sixteen bytes',
      'rather longer than sixteen bytez',
    ),
  },
]
const TYPES = COLUMNS.map(({ type }) => type)

const sortCase: fc.Arbitrary<SortCase> = fc.record({
  types: fc.constant(TYPES),
  rows: fc.array(fc.tuple(...COLUMNS.map(({ value }) => fc.option(value, { freq: 5, nil: null }))), { maxLength: 60 }),
  keys: fc.array(
    fc.record({
      index: fc.nat(TYPES.length - 1),
      descending: fc.boolean(),
      nullsFirst: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 4,
    },
  ),
  limit: fc.option(fc.nat(20), { nil: null }),
  offset: fc.nat(5),
})

describe('sort', () => {
  it('orders rows whatever types, directions, workers and batch size', () => {
    fc.assert(
      fc.property(sortCase, fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 7, 8192), (test, workers, batchRows) => {
        check(test, run(test, workers, batchRows))
      }),
      { numRuns: effort({ quick: 120, whole: 800 }) },
    )
  })

  it('orders many rows, in memory and in files, and prunes those that a limit leaves out', () => {
    const random = (i: number): number => Math.imul(i ^ 0x5bd1e995, 0x9e3779b1) >>> 0
    const rows = Array.from({ length: 40_000 }, (_, i): Value[] => [
      BigInt(random(i)) << 20n,
      `key ${random(i + 7) % 1000}`,
      i % 3 === 0 ? null : (random(i) % 100) / 8,
    ])
    const key = (index: number, descending: boolean): Key => ({
      index,
      descending,
      nullsFirst: descending,
    })
    const orders = [
      [key(0, false)],
      [key(0, true)],
      [key(1, true), key(0, false)],
      [key(2, false), key(1, false), key(0, true)],
    ]
    for (const keys of orders) {
      for (const limit of [null, 10, 10_000]) {
        const test: SortCase = {
          types: [BIGINT, VARCHAR, DOUBLE],
          rows,
          keys,
          limit,
          offset: limit === null ? 0 : 3,
        }
        check(test, run(test, 2, 8192))
        if (limit !== 10) check(test, run(test, 2, 2000, 300_000))
      }
    }
  })
})
