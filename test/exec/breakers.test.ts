/** Joins, aggregates and sorts within whole plans: on the calling thread and on two workers, with the rows computed here in JavaScript. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memoryUse } from '../../src/core/memory.ts'
import { BIGINT, BOOLEAN, INTEGER, VARCHAR } from '../../src/core/types.ts'
import { call, input, literal } from '../../src/expr/expr.ts'
import type { RunOptions } from '../../src/exec/executor.ts'
import type { JoinType, PhysicalPlan, PhysicalSort } from '../../src/plan/physical.ts'
import {
  ESTIMATE,
  type Sources,
  type TestExecutor,
  aggregate,
  collect,
  compare,
  hashJoin,
  limit,
  nodeId,
  project,
  scan,
  sorted,
  source,
  testExecutor,
  unionAll,
} from './numbers-table.ts'

let temp: string
let executor: TestExecutor
/** Where plans run; the rows are the same. */
const PLACES: readonly Pick<RunOptions, 'placement' | 'putsOff'>[] = [
  { placement: 'local' },
  { placement: 'workers', putsOff: true },
  { placement: 'workers', putsOff: false },
]

beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), 'sluice-breakers-'))
  executor = testExecutor({ threads: 2, tempDirectory: temp })
})

afterAll(async () => {
  expect(memoryUse(executor.memory).usedBytes).toBe(0)
  await executor.close()
  await rm(temp, { recursive: true, force: true })
})

const IDS = Array.from({ length: 12_000 }, (_, id) => id)

function sort(
  child: PhysicalPlan,
  keys: readonly (readonly [number, boolean])[],
  count: number | null = null,
): PhysicalSort {
  return {
    kind: 'sort',
    id: nodeId(),
    output: child.output,
    estimate: ESTIMATE,
    child,
    keys: keys.map(([i, descending]) => ({
      expr: input(i, child.output[i]!.type),
      descending,
      nullsFirst: descending,
    })),
    limit: count,
    offset: 0,
  }
}

async function everywhere(plan: PhysicalPlan, sources: Sources): Promise<string[]> {
  const [local, ...others] = await Promise.all(
    PLACES.map(async (place) => sorted((await collect(executor, plan, sources, place)).rows)),
  )
  for (const rows of others) expect(rows).toEqual(local)
  return local!
}

describe('aggregates', () => {
  test('count by a dictionary column', async () => {
    const child = scan(['name', 'maybe'])
    const rows = await everywhere(aggregate(child, [0], 1), new Map([[0, source(child)]]))
    const counts = new Map<string, number>()
    for (const id of IDS) if (id % 5 !== 0) counts.set(`name-${id % 7}`, (counts.get(`name-${id % 7}`) ?? 0) + 1)
    expect(rows).toEqual([...counts].map(([name, count]) => `${name}|${count}`).toSorted())
  })

  test('an aggregate of an aggregate over a union, then an order', async () => {
    const a = scan(['id', 'part'])
    const b = scan(['id', 'part'], { source: 1 })
    const parts = aggregate(unionAll([a, b]), [1])
    const sizes = aggregate(parts, [1])
    const plan = sort(sizes, [[0, true]])
    const rows = await everywhere(
      plan,
      new Map([
        [0, source(a)],
        [1, source(b, { files: [1] })],
      ]),
    )
    // Parts of file 1 were seen twice.
    expect(rows).toEqual(['1000|8', '500|16'])
  })
})

describe('joins', () => {
  const types: Record<JoinType, ((a: number | null, b: number | null) => string | null) | null> = {
    inner: (a, b) => (a !== null && b !== null ? `${a}|${b}` : null),
    left: (a, b) => (a === null ? null : `${a}|${b}`),
    right: (a, b) => (b === null ? null : `${a}|${b}`),
    full: (a, b) => `${a}|${b}`,
    semi: (a, b) => (a !== null && b !== null ? `${a}` : null),
    anti: (a, b) => (a !== null && b === null ? `${a}` : null),
    'right-semi': (a, b) => (a !== null && b !== null ? `${b}` : null),
    'right-anti': (a, b) => (a === null && b !== null ? `${b}` : null),
    mark: null,
    single: null,
  }

  test.each(Object.entries(types).filter(([, make]) => make !== null))('%s', async (type, make) => {
    // Probe ids 0..7999, build ids 6000..11999: they overlap in 2,000.
    const probe = scan(['id'], { filters: [compare('lt', 0, BIGINT, 8000n)] })
    const build = scan(['id'], { source: 1, filters: [compare('ge', 0, BIGINT, 6000n)] })
    const plan = hashJoin(type as JoinType, probe, build, [0, 0])
    const rows = await everywhere(
      plan,
      new Map([
        [0, source(probe)],
        [1, source(build)],
      ]),
    )
    const expected = IDS.map((id) => make!(id < 8000 ? id : null, id >= 6000 ? id : null)).filter((row) => row !== null)
    expect(rows).toEqual(expected.toSorted())
  })

  test.each(['inner', 'full', 'anti'] as const)('%s by any condition', async (type) => {
    const probe = scan(['id'], { filters: [compare('lt', 0, BIGINT, 300n)] })
    const build = scan(['id'], { source: 1, filters: [compare('ge', 0, BIGINT, 11_900n)] })
    const { output } = hashJoin(type, probe, build, [0, 0])
    const difference = call('subtract', [input(1, BIGINT), input(0, BIGINT)], BIGINT)
    const plan: PhysicalPlan = {
      kind: 'nested-loop-join',
      id: nodeId(),
      output,
      estimate: ESTIMATE,
      type,
      probe,
      build,
      condition: call('lt', [difference, literal(11_700n, BIGINT)], BOOLEAN),
      projection: output.map((_, i) => i),
    }
    const rows = await everywhere(
      plan,
      new Map([
        [0, source(probe)],
        [1, source(build)],
      ]),
    )
    const expected: string[] = []
    for (let a = 0; a < 300; a++) {
      const matches = IDS.slice(11_900).filter((b) => b - a < 11_700)
      if (type !== 'anti') expected.push(...matches.map((b) => `${a}|${b}`))
      if (matches.length === 0 && type !== 'inner') expected.push(type === 'anti' ? `${a}` : `${a}|null`)
    }
    if (type === 'full') for (const b of IDS.slice(11_900)) if (b - 299 >= 11_700) expected.push(`null|${b}`)
    expect(rows).toEqual(expected.toSorted())
  })

  test('a dynamic filter from the build side prunes the probe scan', async () => {
    const build = scan(['id', 'part'], {
      source: 1,
      filters: [compare('eq', 1, INTEGER, 9)],
      projection: [0],
    })
    const probe = scan(['id', 'text'])
    const joined = { ...hashJoin('inner', probe, build, [0, 0]), makesDynamicFilter: true }
    const filtered = { ...probe, dynamicFilters: [{ join: joined.id, key: 0, column: 0 }] }
    const plan = project({ ...joined, probe: filtered }, [input(1, VARCHAR)])
    const sources = new Map([
      [0, source(probe)],
      [1, source(build)],
    ])
    const rows = await everywhere(plan, sources)
    expect(rows).toEqual(
      IDS.filter((id) => Math.floor(id / 500) === 9)
        .map((id) => `text ${id}`)
        .toSorted(),
    )
    const { metrics } = await collect(executor, plan, sources, { placement: 'workers' })
    const { rows: scanned } = metrics.get(probe.id)!
    expect(scanned).toBe(500)
  })

  test('one worker builds few rows alone, all probe the many', async () => {
    const build = scan(['id', 'name'], { source: 1 })
    const probe = scan(['id'])
    const plan = aggregate(hashJoin('inner', probe, build, [0, 0]), [2])
    const files = Array.from({ length: 24 }, (_, i) => i % 3)
    const sources = new Map([
      [0, source(probe, { files })],
      [1, source(build)],
    ])
    const rows = sorted((await collect(executor, plan, sources)).rows)
    const local = sorted((await collect(executor, plan, sources, { placement: 'local' })).rows)
    expect(rows).toEqual(local)
    expect(rows).toHaveLength(7)
  })

  test('an empty build side stops the probe scan at once', async () => {
    const build = scan(['id'], { source: 1, filters: [compare('lt', 0, BIGINT, 0n)] })
    const probe = scan(['id'])
    const joined = { ...hashJoin('inner', probe, build, [0, 0]), makesDynamicFilter: true }
    const plan = {
      ...joined,
      probe: { ...probe, dynamicFilters: [{ join: joined.id, key: 0, column: 0 }] },
    }
    const sources = new Map([
      [0, source(probe)],
      [1, source(build)],
    ])
    expect(await everywhere(plan, sources)).toEqual([])
    const { metrics } = await collect(executor, plan, sources, { placement: 'local' })
    expect(metrics.get(probe.id)?.['files_scanned']).toBeUndefined()
  })

  test('join, aggregate, filter, sort and limit in one plan', async () => {
    const probe = scan(['id', 'name', 'maybe'])
    const build = scan(['id', 'part'], { source: 1, filters: [compare('lt', 1, INTEGER, 4)] })
    const joined = hashJoin('left', probe, build, [0, 0])
    const grouped = aggregate(joined, [1], 3)
    const having: PhysicalPlan = {
      kind: 'filter',
      id: nodeId(),
      output: grouped.output,
      estimate: ESTIMATE,
      child: grouped,
      predicate: call('ne', [input(0, VARCHAR), literal('name-3', VARCHAR)], BOOLEAN),
    }
    const plan = limit(
      sort(having, [
        [1, true],
        [0, false],
      ]),
      4,
    )
    const sources = new Map([
      [0, source(probe)],
      [1, source(build)],
    ])
    for (const place of PLACES) {
      const { rows } = await collect(executor, plan, sources, place)
      // 2,000 matched ids over 7 names: 286 for five of them, 285 for the others.
      expect(rows).toEqual([
        ['name-0', 286n],
        ['name-1', 286n],
        ['name-2', 286n],
        ['name-4', 286n],
      ])
    }
  })
})

describe('sorts', () => {
  test.each(PLACES)('rows come in order (%o)', async (place) => {
    const child = scan(['name', 'id'])
    const plan = project(
      sort(child, [
        [0, true],
        [1, false],
      ]),
      [input(1, BIGINT)],
    )
    const { rows } = await collect(executor, plan, new Map([[0, source(child)]]), place)
    const expected = IDS.toSorted((a, b) => (b % 7) - (a % 7) || a - b)
    expect(rows.map(([id]) => id)).toEqual(expected.map(BigInt))
  })

  test.each(PLACES)('top n (%o)', async (place) => {
    const child = scan(['maybe', 'id'])
    const plan = sort(child, [[0, false]], 3)
    const { rows } = await collect(executor, plan, new Map([[0, source(child)]]), place)
    expect(rows).toEqual([
      [3n, 1n],
      [6n, 2n],
      [9n, 3n],
    ])
  })
})
