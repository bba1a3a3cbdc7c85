/** Threads that wait for each other without the coordinator (they run dist/): many queries at once, and one of the threads failing or dying. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { memoryUse } from '../../src/core/memory.ts'
import { BIGINT } from '../../src/core/types.ts'
import { call, input, literal } from '../../src/expr/expr.ts'
import type { PhysicalPlan } from '../../src/plan/physical.ts'
import {
  type Sources,
  type TestExecutor,
  aggregate,
  collect,
  hashJoin,
  project,
  scan,
  sorted,
  source,
  testExecutor,
} from './numbers-table.ts'

let executor: TestExecutor
let idle = 0

const WORKERS = { placement: 'workers' } as const

beforeAll(async () => {
  executor = testExecutor({ threads: 3 })
  const plan = scan(['id'])
  await collect(executor, plan, new Map([[0, source(plan)]]), WORKERS)
  idle = memoryUse(executor.memory).usedBytes
})

afterAll(() => executor.close())

/** Joins ids with themselves and counts by name, twice: four pipelines that end in breakers. */
function query(type: 'inner' | 'full', files: readonly number[]): { plan: PhysicalPlan; sources: Sources } {
  const probe = scan(['name', 'id'])
  const build = scan(['id'], { source: 1 })
  const counts = aggregate(hashJoin(type, probe, build, [1, 0]), [0])
  const sources = new Map([
    [0, source(probe, { files })],
    [1, source(build)],
  ])
  return { plan: aggregate(counts, [1]), sources }
}

test('queries that run at once wait for nobody else', async () => {
  const expected = sorted([
    [1714n, 5n],
    [1715n, 2n],
  ])
  const runs = Array.from({ length: 24 }, async (_, i) => {
    const { plan, sources } = query(i % 2 === 0 ? 'inner' : 'full', [0, 1, 2])
    const { rows } = await collect(executor, plan, sources, { ...WORKERS, putsOff: i % 3 !== 0 })
    return sorted(rows)
  })
  for (const rows of await Promise.all(runs)) expect(rows.join()).toBe(expected.join())
  expect(memoryUse(executor.memory).usedBytes).toBe(idle)
})

test('an error in one thread wakes those that wait for it', async () => {
  const child = scan(['id'])
  const divided = project(child, [call('divide', [literal(1n, BIGINT), input(0, BIGINT)], BIGINT)])
  const plan = aggregate(aggregate(divided, [0]), [1])
  // The only id 0 is in one row group: the other threads finish theirs and wait.
  const run = collect(executor, plan, new Map([[0, source(child)]]), WORKERS)
  await expect(run).rejects.toMatchObject({ sqlstate: '22012' })
  expect(memoryUse(executor.memory).usedBytes).toBe(idle)
})

test('a query whose thread dies fails; the next query works', async () => {
  const { plan, sources } = query(
    'inner',
    Array.from({ length: 1500 }, (_, i) => i % 3),
  )
  const outcome = expect(collect(executor, plan, sources, WORKERS)).rejects.toMatchObject({ sqlstate: '57P01' })
  await new Promise((resolve) => setTimeout(resolve, 50))
  await executor.pool.terminateWorker(2)
  await outcome
  const next = query('full', [0, 1, 2])
  const { rows } = await collect(executor, next.plan, next.sources, WORKERS)
  expect(rows.length).toBe(2)
  await expect.poll(() => memoryUse(executor.memory).usedBytes).toBe(idle)
})
