/** Worker threads (they run dist/): the same answers as on the calling thread, and what happens when things go wrong. */
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMemory, memoryUse } from '../../src/core/memory.ts'
import { BIGINT, VARCHAR } from '../../src/core/types.ts'
import { valueAt } from '../../src/core/vector-values.ts'
import { CancelledError } from '../../src/core/errors.ts'
import { call, input, literal } from '../../src/expr/expr.ts'
import type { PhysicalPlan } from '../../src/plan/physical.ts'
import {
  SESSION,
  type TestExecutor,
  collect,
  compare,
  filter,
  limit,
  nodeId,
  project,
  scan,
  sorted,
  source,
  testExecutor,
  unionAll,
  values,
} from './numbers-table.ts'

let temp: string
let executor: TestExecutor
let single: TestExecutor
/** Bytes in use when no query runs: what idle workers hold. */
let idle: number

const WORKERS = { placement: 'workers' } as const

beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), 'sluice-workers-'))
  executor = testExecutor({ threads: 2, tempDirectory: temp })
  single = testExecutor({ threads: 1, tempDirectory: temp })
  const plan = scan(['id'])
  await collect(executor, plan, new Map([[0, source(plan)]]), WORKERS)
  idle = memoryUse(executor.memory).usedBytes
})

afterAll(async () => {
  await executor.close()
  await single.close()
  await rm(temp, { recursive: true, force: true })
})

/** Many times the same files: 4,000 rows each. */
const MANY = Array.from({ length: 1000 }, (_, i) => i % 3)

function bigScan(names: readonly string[] = ['id', 'name', 'text']): {
  plan: PhysicalPlan & { kind: 'scan' }
  sources: Map<number, ReturnType<typeof source>>
} {
  const plan = scan(names)
  return { plan, sources: new Map([[0, source(plan, { files: MANY })]]) }
}

describe('answers', () => {
  const plans: Record<string, () => { plan: PhysicalPlan; sources: Map<number, ReturnType<typeof source>> }> = {
    'scan and filter': () => {
      const plan = scan(['id', 'name', 'maybe', 'text'], {
        filters: [compare('ne', 1, VARCHAR, 'name-1'), compare('ge', 0, BIGINT, 1234n)],
      })
      return { plan, sources: new Map([[0, source(plan)]]) }
    },
    'expressions above a union': () => {
      const a = scan(['id', 'name'])
      const b = scan(['id', 'name'], { source: 1 })
      const union = unionAll([filter(a, compare('lt', 0, BIGINT, 3000n)), b])
      const plan = project(union, [
        call('multiply', [input(0, BIGINT), literal(3n, BIGINT)], BIGINT),
        input(1, VARCHAR),
      ])
      return {
        plan,
        sources: new Map([
          [0, source(a)],
          [1, source(b, { files: [1] })],
        ]),
      }
    },
  }

  test.each(Object.entries(plans))('%s: 2 workers, 1 worker and the calling thread agree', async (_, make) => {
    const { plan, sources } = make()
    const local = sorted((await collect(executor, plan, sources, { placement: 'local' })).rows)
    const one = sorted((await collect(single, plan, sources, WORKERS)).rows)
    const two = sorted((await collect(executor, plan, sources, WORKERS)).rows)
    expect(local.length).toBeGreaterThan(0)
    expect(one).toEqual(local)
    expect(two).toEqual(local)
  })

  test('a long VALUES list is shared through the memory', async () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => [
      literal(BigInt(i), BIGINT),
      literal(i % 3 === 0 ? null : `row ${i}`, VARCHAR),
    ])
    const child = values(rows)
    const plan = filter(child, compare('ne', 1, VARCHAR, 'row 1'))
    const { rows: found, metrics } = await collect(executor, plan, new Map(), WORKERS)
    expect(found.length).toBe(33_332)
    expect(found.find(([id]) => id === 49_999n)).toEqual([49_999n, 'row 49999'])
    expect(metrics.get(child.id)).toMatchObject({ rows: 50_000 })
    expect(memoryUse(executor.memory).usedBytes).toBe(idle)
  })

  test('workers share the row groups of one file', async () => {
    const plan = scan(['id'])
    const { rows, metrics } = await collect(executor, plan, new Map([[0, source(plan, { files: [2] })]]), WORKERS)
    expect(rows.length).toBe(4000)
    expect(metrics.get(plan.id)).toMatchObject({
      row_groups_scanned: 4,
      files_scanned: 1,
      rows: 4000,
    })
  })

  test('LIMIT and OFFSET count over all workers', async () => {
    const { plan: child, sources } = bigScan(['id'])
    const { rows, metrics } = await collect(executor, limit(child, 5000, 100), sources, WORKERS)
    expect(rows.length).toBe(5000)
    expect(metrics.get(child.id)!['row_groups_scanned']).toBeLessThan(40)
  })

  test('large scans go to the workers, small ones do not', async () => {
    const other = testExecutor({ threads: 1, tempDirectory: temp })
    try {
      const small = scan(['id'])
      await collect(other, small, new Map([[0, source(small)]]))
      expect(other.pool.threadIds()).toEqual([])
      const { plan, sources } = bigScan([])
      const { rows } = await collect(other, limit(plan, 60_000), sources)
      expect(rows.length).toBe(60_000)
      expect(other.pool.threadIds().length).toBe(1)
    } finally {
      await other.close()
    }
  })
})

describe('results', () => {
  test('stream in bounded memory, however slowly they are read', async () => {
    const { plan, sources } = bigScan(['id', 'name', 'text', 'value', 'maybe'])
    let rows = 0
    let most = 0
    for await (const batch of executor.run(plan, sources, { session: SESSION, ...WORKERS }).batches) {
      rows += batch.rowCount
      most = Math.max(most, memoryUse(executor.memory).usedBytes)
      if (rows < 400_000) await new Promise(setImmediate)
      batch.release()
    }
    expect(rows).toBe(4_000_000)
    // 4 million rows of ~60 bytes are 240 MB; the window is 16 MB.
    expect(most - idle).toBeLessThan(64 << 20)
    expect(memoryUse(executor.memory).usedBytes).toBe(idle)
  })

  test('a query can run while the result of another is read', async () => {
    const { plan, sources } = bigScan()
    let rows = 0
    for await (const batch of executor.run(plan, sources, { session: SESSION, ...WORKERS }).batches) {
      rows += batch.rowCount
      batch.release()
      if (rows > 400_000) break
      // The outer query fills its window and pauses; the inner one must still get the threads.
      if (rows < 50_000) {
        const inner = scan(['id'], { filters: [compare('lt', 0, BIGINT, 10n)] })
        const found = await collect(executor, inner, new Map([[0, source(inner)]]), WORKERS)
        expect(found.rows.length).toBe(10)
      }
    }
    expect(memoryUse(executor.memory).usedBytes).toBe(idle)
  })

  test.each(['local', 'workers'] as const)(
    'what one batch makes too much of goes to a file (%s)',
    async (placement) => {
      const small = testExecutor({
        memory: createMemory(64 << 20),
        threads: 1,
        tempDirectory: temp,
      })
      try {
        const probe = scan(['id'], { filters: [compare('lt', 0, BIGINT, 1000n)] })
        const build = scan(['id'], { source: 1, filters: [compare('ge', 0, BIGINT, 8000n)] })
        const output = [...probe.output, ...build.output]
        const plan: PhysicalPlan = {
          kind: 'nested-loop-join',
          id: nodeId(),
          output,
          estimate: probe.estimate,
          type: 'inner',
          probe,
          build,
          condition: null,
          projection: [0, 1],
        }
        const sources = new Map([
          [0, source(probe)],
          [1, source(build)],
        ])
        let rows = 0
        let spilled = false
        for await (const batch of small.run(plan, sources, { session: SESSION, placement }).batches) {
          if (rows === 0) await new Promise((resolve) => setTimeout(resolve, 300))
          spilled ||= readdirSync(temp).length > 0
          rows += batch.rowCount
          expect(valueAt(small.memory, batch.columns[0]!, 0)).toBeLessThan(1000n)
          expect(valueAt(small.memory, batch.columns[1]!, batch.rowCount - 1)).toBeGreaterThanOrEqual(8000n)
          batch.release()
        }
        expect(rows).toBe(4_000_000)
        expect(spilled).toBe(true)
        // 64 MB of rows went through; the window of 4 MB may be exceeded four times before rows go to the file.
        expect(memoryUse(small.memory).peakBytes).toBeLessThan(40 << 20)
        expect(memoryUse(small.memory).usedBytes).toBe(0)
      } finally {
        await small.close()
      }
    },
  )

  test('progress is told', async () => {
    const { plan, sources } = bigScan(['id'])
    const told: number[] = []
    await drain(executor, plan, sources, { onProgress: ({ rows }) => told.push(rows) })
    expect(told.at(-1)).toBe(4_000_000)
    expect(told.length).toBeGreaterThan(0)
  })
})

async function drain(
  target: TestExecutor,
  plan: PhysicalPlan,
  sources: Map<number, ReturnType<typeof source>>,
  options: Partial<Parameters<TestExecutor['run']>[2]> = {},
): Promise<number> {
  let rows = 0
  for await (const batch of target.run(plan, sources, { session: SESSION, ...WORKERS, ...options }).batches) {
    rows += batch.rowCount
    batch.release()
  }
  return rows
}

describe('trouble', () => {
  test('cancel returns within 100 ms and frees everything', { retry: 3 }, async () => {
    // Every row is dropped, so nothing comes out while it runs.
    const plan = scan(['id', 'text'])
    const table = source(plan, {
      files: Array.from({ length: 20_000 }, (_, i) => i % 3),
      residual: null,
    })
    const slow = filter(plan, compare('eq', 1, VARCHAR, 'nothing'))
    const abort = new AbortController()
    let at = 0
    setTimeout(() => {
      at = performance.now()
      abort.abort()
    }, 300)
    await expect(drain(executor, slow, new Map([[0, table]]), { signal: abort.signal })).rejects.toThrow(CancelledError)
    expect(at).toBeGreaterThan(0)
    expect(performance.now() - at).toBeLessThan(100)
    expect(memoryUse(executor.memory).usedBytes).toBe(idle)
  })

  test('an error in one worker stops the others and is told', async () => {
    const plan = scan(['id'])
    const table = source(plan, { files: [...MANY, 99, ...MANY] })
    await expect(drain(executor, plan, new Map([[0, table]]))).rejects.toMatchObject({
      sqlstate: '58P01',
    })
    expect(memoryUse(executor.memory).usedBytes).toBe(idle)
    const divide = call('divide', [literal(1n, BIGINT), input(0, BIGINT)], BIGINT)
    const { plan: child, sources } = bigScan(['id'])
    await expect(drain(executor, project(child, [divide]), sources)).rejects.toMatchObject({
      sqlstate: '22012',
    })
    expect(memoryUse(executor.memory).usedBytes).toBe(idle)
  })

  test('an error of the table ends the query', async () => {
    const plan = scan(['id'])
    const onTask = (): void => {
      throw new Error('the catalog is gone')
    }
    const failing = new Map([[0, source(plan, { onTask })]])
    await expect(drain(executor, plan, failing)).rejects.toThrow('the catalog is gone')
    expect(memoryUse(executor.memory).usedBytes).toBe(idle)
  })

  test('a worker that dies fails its query; the next query works', async () => {
    const { plan, sources } = bigScan()
    const run = drain(executor, plan, sources)
    const outcome = expect(run).rejects.toMatchObject({
      sqlstate: '57P01',
      message: 'terminating query because a worker thread ended unexpectedly',
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await executor.pool.terminateWorker(1)
    await outcome
    const small = scan(['id'])
    expect(await drain(executor, small, new Map([[0, source(small)]]))).toBe(12_000)
    // What the dead thread itself had is freed as soon as it is known to have stopped.
    await expect.poll(() => memoryUse(executor.memory).usedBytes).toBe(idle)
  })

  test('no spill files are left', () => {
    expect(readdirSync(temp)).toEqual([])
  })
})
