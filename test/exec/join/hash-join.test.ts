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
} from '../../../src/core/types.ts'
import {
  createProbe,
  createUnmatchedSource,
  hasUnmatchedSource,
  hashJoinBreaker,
} from '../../../src/exec/join/index.ts'
import { input } from '../../../src/expr/expr.ts'
import type { HashJoin, JoinType } from '../../../src/plan/physical.ts'
import { toBatches, valuesPlan } from '../plans.ts'
import { SimulatedWorkers } from '../simulated-workers.ts'
import { type Value, rowText } from '../vector-values.ts'

const TYPES: readonly JoinType[] = [
  'inner',
  'left',
  'right',
  'full',
  'semi',
  'anti',
  'right-semi',
  'right-anti',
  'mark',
  'single',
]

interface JoinCase {
  readonly type: JoinType
  readonly keyTypes: readonly DataType[]
  readonly nullsEqual: readonly boolean[]
  readonly nullAware: boolean
  readonly probe: readonly (readonly Value[])[]
  readonly build: readonly (readonly Value[])[]
}

/** Both sides are keys, then one bigint row number. */
function planOf(join: JoinCase): HashJoin {
  const types = [...join.keyTypes, BIGINT]
  const width = types.length
  const probe = valuesPlan(1, types)
  const build = valuesPlan(2, types)
  const outputs = {
    semi: width,
    anti: width,
    'right-semi': width,
    'right-anti': width,
    mark: width + 1,
  }
  const count = outputs[join.type as 'semi'] ?? width * 2
  return {
    kind: 'hash-join',
    id: 3,
    output: [],
    estimate: {
      rows: 0,
      bytes: 0,
    },
    type: join.type,
    probe,
    build,
    probeKeys: join.keyTypes.map((type, i) => input(i, type)),
    buildKeys: join.keyTypes.map((type, i) => input(i, type)),
    nullsEqual: join.nullsEqual,
    residual: null,
    nullAware: join.nullAware,
    projection: Array.from({ length: count }, (_, i) => i),
    buildIsUnique: false,
    makesDynamicFilter: true,
  }
}

function sameValue(a: Value, b: Value): boolean {
  return a === b || (typeof a === 'number' && typeof b === 'number' && Number.isNaN(a) && Number.isNaN(b))
}

/** The join by its definition. */
function modelJoin(join: JoinCase): Value[][] | 'second row' {
  const keyCount = join.keyTypes.length
  const matches = (p: readonly Value[], b: readonly Value[]): boolean =>
    join.keyTypes.every((_, i) => {
      if (p[i] === null || b[i] === null) return join.nullsEqual[i]! && p[i] === b[i]
      return sameValue(p[i]!, b[i]!)
    })
  const nulls = Array.from({ length: keyCount + 1 }, () => null)
  const out: Value[][] = []
  const hit = new Set<readonly Value[]>()
  for (const p of join.probe) {
    const found = join.build.filter((b) => matches(p, b))
    for (const b of found) hit.add(b)
    const pairs = found.map((b) => [...p, ...b])
    const hasNull = (row: readonly Value[]): boolean =>
      row.slice(0, keyCount).some((v, i) => v === null && !join.nullsEqual[i])
    const unknown = join.nullAware && join.build.length > 0 && (hasNull(p) || join.build.some(hasNull))
    if (join.type === 'single' && found.length > 1) return 'second row'
    if (['inner', 'left', 'right', 'full', 'single'].includes(join.type)) out.push(...pairs)
    if (['left', 'full', 'single'].includes(join.type) && found.length === 0) out.push([...p, ...nulls])
    if (join.type === 'semi' && found.length > 0) out.push([...p])
    if (join.type === 'anti' && found.length === 0 && !unknown) out.push([...p])
    if (join.type === 'mark') out.push([...p, found.length > 0 ? true : unknown ? null : false])
  }
  for (const b of join.build) {
    if ((join.type === 'right' || join.type === 'full') && !hit.has(b)) out.push([...nulls, ...b])
    if (join.type === 'right-semi' && hit.has(b)) out.push([...b])
    if (join.type === 'right-anti' && !hit.has(b)) out.push([...b])
  }
  return out
}

function runJoin(join: JoinCase, workers: number, batchRows: number, spillThresholdBytes = Infinity): string[] {
  const plan = planOf(join)
  const simulated = new SimulatedWorkers({ workers, spillThresholdBytes })
  const types = [...join.keyTypes, BIGINT]
  const breaker = hashJoinBreaker(plan)
  const state = simulated.runBreaker(breaker, toBatches(types, join.build, batchRows))
  const rows = simulated.runOperator(
    (context) => createProbe(context, plan, state),
    toBatches(types, join.probe, batchRows),
  )
  if (hasUnmatchedSource(plan, state))
    rows.push(...simulated.runSource((context) => createUnmatchedSource(context, plan, state, simulated.handOvers)))
  breaker.release(simulated.contexts[0]!, state)
  expect(simulated.leakedBytes()).toBe(0)
  if (spillThresholdBytes < Infinity) expect(simulated.counters.get('3.spilled_bytes')).toBeGreaterThan(0)
  simulated.close()
  return rows.map(rowText).sort()
}

const numbered = (rows: readonly (readonly Value[])[]): Value[][] => rows.map((row, i) => [...row, BigInt(i)])

const VALUES: readonly { type: DataType; value: fc.Arbitrary<Value> }[] = [
  { type: INTEGER, value: fc.integer({ min: -3, max: 3 }) },
  { type: DATE, value: fc.constantFrom(-2147483648, 2147483647, 0, 7) },
  { type: BIGINT, value: fc.bigInt({ min: -2n, max: 3n }) },
  { type: BIGINT, value: fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 0n, 1n) },
  { type: decimal(12, 2), value: fc.bigInt({ min: 100_000n, max: 100_003n }) },
  { type: decimal(30, 2), value: fc.constantFrom(10n ** 25n, -(10n ** 25n), 0n) },
  { type: BOOLEAN, value: fc.boolean() },
  { type: DOUBLE, value: fc.constantFrom(0, -0, 1.5, Number.NaN, Infinity) },
  { type: REAL, value: fc.constantFrom(0, -0, 1.5, Number.NaN) },
  {
    type: VARCHAR,
    value: fc.constantFrom('', 'a', 'b', 'a\0', 'twelve bytes', 'rather longer than sixteen bytes'),
  },
]

const joinCase: fc.Arbitrary<JoinCase> = fc
  .tuple(fc.constantFrom(...TYPES), fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 }), fc.boolean())
  .chain(([type, keys, nullsEqualFirst]) => {
    const keyRow = fc.tuple(...keys.map(({ value }) => fc.option(value, { freq: 6, nil: null })))
    const side = fc.array(keyRow, { maxLength: 40 })
    return fc.record({
      type: fc.constant(type),
      keyTypes: fc.constant(keys.map((key) => key.type)),
      nullsEqual: fc.constant(keys.map((_, i) => nullsEqualFirst && i === 0)),
      nullAware: fc.constant((type === 'anti' || type === 'mark') && keys.length === 1 && !nullsEqualFirst),
      probe: side.map(numbered),
      build: side.map(numbered),
    })
  })

function runOrError(join: JoinCase, workers: number, batchRows: number): string[] | 'second row' {
  try {
    return runJoin(join, workers, batchRows)
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('more than one row')) return 'second row'
    throw error
  }
}

describe('hash join', () => {
  it('gives the rows of its definition, whatever keys, type, workers and batch size', () => {
    fc.assert(
      fc.property(joinCase, fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 7, 8192), (join, workers, batchRows) => {
        const model = modelJoin(join)
        const expected = model === 'second row' ? model : model.map(rowText).sort()
        expect(runOrError(join, workers, batchRows)).toEqual(expected)
      }),
      { numRuns: 400 },
    )
  })

  it('splits many matches into batches', () => {
    const row = (i: number): Value[] => [1, BigInt(i)]
    const join: JoinCase = {
      type: 'inner',
      keyTypes: [INTEGER],
      nullsEqual: [false],
      nullAware: false,
      probe: Array.from({ length: 300 }, (_, i) => row(i)),
      build: Array.from({ length: 300 }, (_, i) => row(i)),
    }
    const result = runJoin(join, 2, 100)
    expect(new Set(result).size).toBe(90_000)
  })

  it('builds over many chunks, hashed, dense and packed', () => {
    const spread = [1n, 3n, 1n << 40n]
    for (const factor of spread) {
      const build = Array.from({ length: 50_000 }, (_, i): Value[] => [BigInt(i) * factor, BigInt(i) % 7n, BigInt(i)])
      const probe = Array.from({ length: 1000 }, (_, i): Value[] => [
        BigInt(i * 97) * factor,
        BigInt(i * 97) % 7n,
        BigInt(i),
      ])
      const join: JoinCase = {
        type: 'inner',
        keyTypes: [BIGINT, BIGINT],
        nullsEqual: [false, false],
        nullAware: false,
        probe,
        build,
      }
      const found = runJoin(join, 2, 8192)
      expect(found.length).toBe(Math.ceil(50_000 / 97))
    }
  })

  it('gives the same rows from files as from memory', () => {
    const texts = ['', 'short', 'a text that is longer than sixteen bytes']
    const keyOf: readonly ((i: number) => Value[])[] = [
      (i) => [i % 50 === 0 ? null : i % 4001],
      (i) => [i % 50 === 0 ? null : `${texts[i % 3]!}${i % 4001}`],
      (i) => [i % 4001, i % 77 === 0 ? null : BigInt(i % 13)],
      (i) => [i % 4001, BigInt(i % 13) << 58n],
    ]
    const types = [[INTEGER], [VARCHAR], [INTEGER, BIGINT], [INTEGER, BIGINT]]
    keyOf.forEach((key, k) => {
      for (const type of TYPES) {
        const single = type === 'single'
        const join: JoinCase = {
          type,
          keyTypes: types[k]!,
          nullsEqual: types[k]!.map(() => false),
          nullAware: type === 'mark' && k < 2,
          build: numbered(Array.from({ length: single ? 4001 : 9e3 }, (_, i) => key(i + (single ? 1 : 0)))),
          probe: numbered(Array.from({ length: 3e3 }, (_, i) => key(i * 2))),
        }
        expect(runJoin(join, 2, 1500, 100_000)).toEqual(runJoin(join, 1, 8192))
      }
    })
  })
})
