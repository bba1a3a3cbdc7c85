/** Joins by ranges of keys against their definition, with several workers' runs to merge. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BOOLEAN, INTEGER, VARCHAR } from '../../../src/core/types.ts'
import { hasNestedLoopUnmatched } from '../../../src/exec/join/nested-loop.ts'
import { sortedBreaker } from '../../../src/exec/join/sorted-build.ts'
import { SortedProbe } from '../../../src/exec/join/sorted-probe.ts'
import type { RangeJoin } from '../../../src/exec/join/sorted-shape.ts'
import { SortedUnmatched } from '../../../src/exec/join/sorted-unmatched.ts'
import { type Expr, call, input } from '../../../src/expr/expr.ts'
import type { JoinType, KeyBound } from '../../../src/plan/physical.ts'
import { toBatches, valuesPlan } from '../plans.ts'
import { SimulatedWorkers } from '../simulated-workers.ts'
import { type Value, rowText } from '../vector-values.ts'

type Row = readonly Value[]

/** Columns n, k, s of either side. */
const COLUMNS = [INTEGER, INTEGER, VARCHAR]
const [N, K, S] = [0, 1, 2]
const TYPES: readonly JoinType[] = ['inner', 'left', 'right', 'full', 'semi', 'anti', 'right-semi', 'right-anti']

interface Case {
  readonly type: JoinType
  readonly nearest: boolean
  /** The compared key: K or S. */
  readonly key: number
  /** Equality of strings (of K where S is compared) before it. */
  readonly equal: boolean
  readonly nullsEqual: boolean
  readonly lower: boolean | null
  readonly upper: boolean | null
  readonly condition: boolean
  readonly probe: readonly Row[]
  readonly build: readonly Row[]
}

const column = (index: number): Expr => input(index, COLUMNS[index % 3]!)

function planOf({ type, nearest, key, equal, nullsEqual, lower, upper, condition }: Case): RangeJoin {
  const other = key === K ? S : K
  const bound = (inclusive: boolean | null): KeyBound | null =>
    inclusive === null ? null : { expr: column(key), inclusive }
  const width = { semi: 3, anti: 3, 'right-semi': 3, 'right-anti': 3 }[type as 'semi'] ?? 6
  return {
    kind: 'nested-loop-join',
    id: 3,
    output: [],
    estimate: { rows: 0, bytes: 0 },
    type,
    probe: valuesPlan(1, COLUMNS),
    build: valuesPlan(2, COLUMNS),
    condition: condition ? call('lt', [input(N, INTEGER), input(3 + N, INTEGER)], BOOLEAN) : null,
    range: {
      buildKeys: equal ? [column(other), column(key)] : [column(key)],
      equal: equal ? [column(other)] : [],
      nullsEqual: equal ? [nullsEqual] : [],
      lower: bound(lower),
      upper: bound(upper),
      nearest,
    },
    projection: Array.from({ length: width }, (_, i) => i),
  }
}

function run(test: Case, workers: number, batchRows: number): string[] {
  const plan = planOf(test)
  const simulated = new SimulatedWorkers({ workers })
  const breaker = sortedBreaker(plan)
  const state = simulated.runBreaker(breaker, toBatches(COLUMNS, test.build, batchRows))
  try {
    const rows = simulated.runOperator(
      (context) => new SortedProbe(context, plan, state),
      toBatches(COLUMNS, test.probe, 5),
    )
    if (hasNestedLoopUnmatched(plan, state)) {
      rows.push(...simulated.runSource((context) => new SortedUnmatched(context, plan, state)))
    }
    breaker.release(simulated.contexts[0]!, state)
    return rows.map(rowText).sort()
  } finally {
    simulated.close()
  }
}

const compare = (a: Value, b: Value): number => (a === b ? 0 : a! < b! ? -1 : 1)

function matches(test: Case, p: Row, b: Row): boolean {
  const { key, equal, nullsEqual, lower, upper, condition } = test
  const other = key === K ? S : K
  if (equal && (p[other] !== b[other] || (p[other] === null && !nullsEqual))) return false
  const [bound, value] = [p[key]!, b[key]!]
  if (bound === null || value === null) return false
  if (lower !== null && !(lower ? compare(value, bound) >= 0 : compare(value, bound) > 0)) return false
  if (upper !== null && !(upper ? compare(value, bound) <= 0 : compare(value, bound) < 0)) return false
  return !condition || p[N]! < b[N]!
}

function model(test: Case): string[] {
  const { type, nearest, key, upper, probe, build } = test
  const out: Value[][] = []
  const hit = new Set<Row>()
  const nulls: Value[] = [null, null, null]
  for (const p of probe) {
    let found = build.filter((b) => matches(test, p, b))
    if (nearest && found.length > 0) {
      const sign = upper === null ? 1 : -1
      found = [found.reduce((best, b) => (sign * compare(b[key]!, best[key]!) < 0 ? b : best))]
    }
    for (const b of found) hit.add(b)
    if (['inner', 'left', 'right', 'full'].includes(type)) out.push(...found.map((b) => [...p, ...b]))
    if ((type === 'left' || type === 'full') && found.length === 0) out.push([...p, ...nulls])
    if (type === 'semi' && found.length > 0) out.push([...p])
    if (type === 'anti' && found.length === 0) out.push([...p])
  }
  for (const b of build) {
    if ((type === 'right' || type === 'full') && !hit.has(b)) out.push([...nulls, ...b])
    if (type === 'right-semi' && hit.has(b)) out.push([...b])
    if (type === 'right-anti' && !hit.has(b)) out.push([...b])
  }
  return out.map(rowText).sort()
}

describe('join by a range', () => {
  const row = fc.tuple(
    fc.integer({ min: 0, max: 9 }),
    fc.option(fc.integer({ min: -2, max: 3 }), { freq: 4, nil: null }),
    fc.option(fc.constantFrom('', 'a', 'some string', 'some strinh', 'some str'), { nil: null }),
  )
  const rows = fc.array(row, { maxLength: 20 })
  const shape = {
    key: fc.constantFrom(K, S),
    equal: fc.boolean(),
    nullsEqual: fc.boolean(),
    probe: rows,
    build: rows,
  }
  const place = [fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 4, 8192)] as const

  it('gives the rows of its definition, whatever type, workers and batch size', () => {
    const bound = fc.option(fc.boolean(), { nil: null })
    const example = fc
      .record({ ...shape, type: fc.constantFrom(...TYPES), lower: bound, upper: bound, condition: fc.boolean() })
      .filter(({ lower, upper }) => lower !== null || upper !== null)
    fc.assert(
      fc.property(example, ...place, (test, workers, batchRows) => {
        expect(run({ ...test, nearest: false }, workers, batchRows)).toEqual(model({ ...test, nearest: false }))
      }),
      { numRuns: 300 },
    )
  })

  it('gives the nearest row to ASOF', () => {
    const example = fc.record({ ...shape, inclusive: fc.boolean(), isUpper: fc.boolean() })
    fc.assert(
      fc.property(example, ...place, ({ inclusive, isUpper, ...test }, workers, batchRows) => {
        const bounds = isUpper ? { lower: null, upper: inclusive } : { lower: inclusive, upper: null }
        // Of rows with equal keys any one may come: they are made the same.
        const kept = (column: number, value: Value): Value => (test.equal || test.key === column ? value : null)
        const build = test.build.map(([, k, s]): Row => [0, kept(K, k!), kept(S, s!)])
        const asof: Case = { ...test, ...bounds, build, type: 'left', nearest: true, condition: false }
        expect(run(asof, workers, batchRows)).toEqual(model(asof))
      }),
      { numRuns: 300 },
    )
  })
})
