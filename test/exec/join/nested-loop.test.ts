import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BOOLEAN, INTEGER, VARCHAR } from '../../../src/core/types.ts'
import {
  createNestedLoop,
  createNestedLoopUnmatched,
  hasNestedLoopUnmatched,
  nestedLoopBreaker,
} from '../../../src/exec/join/nested-loop.ts'
import { call, input } from '../../../src/expr/expr.ts'
import type { JoinType, NestedLoopJoin } from '../../../src/plan/physical.ts'
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
const COLUMNS = [INTEGER, VARCHAR]

interface Case {
  readonly type: JoinType
  readonly cross: boolean
  readonly probe: readonly (readonly Value[])[]
  readonly build: readonly (readonly Value[])[]
}

/** probe.c0 < build.c0, or a cross join. */
function run({ type, cross, probe, build }: Case, workers: number, batchRows: number): string[] | 'second row' {
  const counts = { semi: 2, anti: 2, 'right-semi': 2, 'right-anti': 2, mark: 3 }
  const plan: NestedLoopJoin = {
    kind: 'nested-loop-join',
    id: 3,
    output: [],
    estimate: {
      rows: 0,
      bytes: 0,
    },
    type,
    probe: valuesPlan(1, COLUMNS),
    build: valuesPlan(2, COLUMNS),
    condition: cross ? null : call('lt', [input(0, INTEGER), input(2, INTEGER)], BOOLEAN),
    projection: Array.from({ length: counts[type as 'semi'] ?? 4 }, (_, i) => i),
  }
  const simulated = new SimulatedWorkers({ workers })
  const breaker = nestedLoopBreaker(plan)
  const state = simulated.runBreaker(breaker, toBatches(COLUMNS, build, batchRows))
  try {
    const rows = simulated.runOperator(
      (context) => createNestedLoop(context, plan, state),
      toBatches(COLUMNS, probe, 5),
    )
    if (hasNestedLoopUnmatched(plan, state)) {
      rows.push(...simulated.runSource((context) => createNestedLoopUnmatched(context, plan, state, [])))
    }
    breaker.release(simulated.contexts[0]!, state)
    return rows.map(rowText).sort()
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('more than one row')) return 'second row'
    throw error
  } finally {
    simulated.close()
  }
}

function model({ type, cross, probe, build }: Case): string[] | 'second row' {
  const out: Value[][] = []
  const hit = new Set<readonly Value[]>()
  const test = (p: readonly Value[], b: readonly Value[]): boolean | null =>
    cross ? true : p[0] === null || b[0] === null ? null : p[0]! < b[0]!
  for (const p of probe) {
    const found = build.filter((b) => test(p, b) === true)
    for (const b of found) hit.add(b)
    if (type === 'single' && found.length > 1) return 'second row'
    if (['inner', 'left', 'right', 'full', 'single'].includes(type)) out.push(...found.map((b) => [...p, ...b]))
    if (['left', 'full', 'single'].includes(type) && found.length === 0) out.push([...p, null, null])
    if (type === 'semi' && found.length > 0) out.push([...p])
    if (type === 'anti' && found.length === 0) out.push([...p])
    const unknown = build.some((b) => test(p, b) === null)
    if (type === 'mark') out.push([...p, found.length > 0 ? true : unknown ? null : false])
  }
  for (const b of build) {
    if ((type === 'right' || type === 'full') && !hit.has(b)) out.push([null, null, ...b])
    if (type === 'right-semi' && hit.has(b)) out.push([...b])
    if (type === 'right-anti' && !hit.has(b)) out.push([...b])
  }
  return out.map(rowText).sort()
}

describe('nested-loop join', () => {
  it('gives the rows of its definition, whatever type, workers and batch size', () => {
    const row = fc.tuple(
      fc.option(fc.integer({ min: 0, max: 4 }), { freq: 4, nil: null }),
      fc.option(fc.constantFrom('', 'a', 'some string'), { nil: null }),
    )
    const rows = fc.array(row, { maxLength: 20 })
    const example = fc.record({
      type: fc.constantFrom(...TYPES),
      cross: fc.boolean(),
      probe: rows,
      build: rows,
    })
    fc.assert(
      fc.property(example, fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 4, 8192), (test, workers, batchRows) => {
        expect(run(test, workers, batchRows)).toEqual(model(test))
      }),
      { numRuns: 300 },
    )
  })
})
