import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BIGINT, BOOLEAN, INTEGER } from '../../../src/core/types.ts'
import {
  createProbe,
  createUnmatchedSource,
  hasUnmatchedSource,
  hashJoinBreaker,
} from '../../../src/exec/join/index.ts'
import { call, input } from '../../../src/expr/expr.ts'
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
const COLUMNS = [INTEGER, BIGINT]

type Row = readonly Value[]

/** probe.c0 = build.c0 AND probe.c1 < build.c1 */
function planOf(type: JoinType): HashJoin {
  const counts = { semi: 2, anti: 2, 'right-semi': 2, 'right-anti': 2, mark: 3 }
  return {
    kind: 'hash-join',
    id: 3,
    output: [],
    estimate: { rows: 0, bytes: 0 },
    type,
    probe: valuesPlan(1, COLUMNS),
    build: valuesPlan(2, COLUMNS),
    probeKeys: [input(0, INTEGER)],
    buildKeys: [input(0, INTEGER)],
    nullsEqual: [false],
    residual: call('lt', [input(1, BIGINT), input(3, BIGINT)], BOOLEAN),
    nullAware: false,
    projection: Array.from({ length: counts[type as 'semi'] ?? 4 }, (_, i) => i),
    buildIsUnique: false,
    makesDynamicFilter: false,
  }
}

function run(type: JoinType, probe: readonly Row[], build: readonly Row[], workers: number): string[] | 'second row' {
  const plan = planOf(type)
  const simulated = new SimulatedWorkers({ workers })
  const breaker = hashJoinBreaker(plan)
  const state = simulated.runBreaker(breaker, toBatches(COLUMNS, build, 7))
  try {
    const rows = simulated.runOperator((context) => createProbe(context, plan, state), toBatches(COLUMNS, probe, 5))
    if (hasUnmatchedSource(plan, state)) {
      rows.push(...simulated.runSource((context) => createUnmatchedSource(context, plan, state, [])))
    }
    return rows.map(rowText).sort()
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('more than one row')) return 'second row'
    throw error
  } finally {
    simulated.close()
  }
}

function model(type: JoinType, probe: readonly Row[], build: readonly Row[]): string[] | 'second row' {
  const out: Value[][] = []
  const hit = new Set<Row>()
  for (const p of probe) {
    const found = build.filter((b) => p[0] !== null && p[0] === b[0] && p[1] !== null && b[1] !== null && p[1]! < b[1]!)
    for (const b of found) hit.add(b)
    if (type === 'single' && found.length > 1) return 'second row'
    if (['inner', 'left', 'right', 'full', 'single'].includes(type)) out.push(...found.map((b) => [...p, ...b]))
    if (['left', 'full', 'single'].includes(type) && found.length === 0) out.push([...p, null, null])
    if (type === 'semi' && found.length > 0) out.push([...p])
    if (type === 'anti' && found.length === 0) out.push([...p])
    if (type === 'mark') out.push([...p, found.length > 0])
  }
  for (const b of build) {
    if ((type === 'right' || type === 'full') && !hit.has(b)) out.push([null, null, ...b])
    if (type === 'right-semi' && hit.has(b)) out.push([...b])
    if (type === 'right-anti' && !hit.has(b)) out.push([...b])
  }
  return out.map(rowText).sort()
}

describe('hash join with a residual condition', () => {
  it('gives the rows of its definition', () => {
    const row = fc.tuple(
      fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
      fc.option(fc.bigInt({ min: 0n, max: 4n }), { nil: null }),
    )
    const rows = fc.array(row, { maxLength: 25 })
    fc.assert(
      fc.property(
        fc.constantFrom(...TYPES),
        rows,
        rows,
        fc.integer({ min: 1, max: 3 }),
        (type, probe, build, workers) => {
          expect(run(type, probe, build, workers)).toEqual(model(type, probe, build))
        },
      ),
      { numRuns: 300 },
    )
  })
})
