/** Whole plans on the calling thread (`local`): what the worker threads run is the same code (workers.test.ts). */
import { afterAll, describe, expect, test } from 'vitest'
import { memoryUse } from '../../src/core/memory.ts'
import { BIGINT, BOOLEAN, INTEGER, VARCHAR } from '../../src/core/types.ts'
import { call, input, literal } from '../../src/expr/expr.ts'
import type { PhysicalPlan } from '../../src/plan/physical.ts'
import type { DeleteFilter } from '../../src/table/table.ts'
import {
  COLUMNS,
  collect,
  compare,
  filter,
  fixtureUrl,
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

const executor = testExecutor()
const before = memoryUse(executor.memory).usedBytes
afterAll(() => executor.close())

const LOCAL = { placement: 'local' } as const

function idsWhere(test: (id: number) => boolean): string[] {
  return Array.from({ length: 12_000 }, (_, id) => id)
    .filter(test)
    .map(String)
    .toSorted()
}

describe('sources', () => {
  test('VALUES gives its rows in order and starts no worker', async () => {
    const one = literal(1, INTEGER)
    const plan = values([
      [one, literal('a', VARCHAR)],
      [call('add', [one, one], INTEGER), literal(null, VARCHAR)],
    ])
    const { rows } = await collect(executor, plan, new Map())
    expect(rows).toEqual([
      [1, 'a'],
      [2, null],
    ])
    expect(executor.pool.threadIds()).toEqual([])
  })

  test('a scan gives every row of every file', async () => {
    const plan = scan(['id', 'name', 'maybe', 'value', 'text'])
    const { rows, metrics } = await collect(executor, plan, new Map([[0, source(plan)]]), LOCAL)
    expect(rows.length).toBe(12_000)
    const row = rows.find(([id]) => id === 4011n)
    expect(row).toEqual([4011n, 'name-0', 12_033n, 1002.75, 'text 4011'])
    expect(rows.filter(([, , maybe]) => maybe === null).length).toBe(2400)
    expect(metrics.get(plan.id)).toMatchObject({
      rows: 12_000,
      files_total: 3,
      files_scanned: 3,
      row_groups_scanned: 12,
    })
  })

  test('a scan of no columns counts rows without reading any', async () => {
    const plan = scan([])
    const { rows, metrics } = await collect(executor, plan, new Map([[0, source(plan)]]), LOCAL)
    expect(rows.length).toBe(12_000)
    expect(metrics.get(plan.id)!['bytes_read']).toBeUndefined()
  })

  test('row numbers and constants are columns', async () => {
    const plan = scan(['_pos', 'part', 'id'])
    const sources = source(plan, {
      sources: (file, columns) => [columns[0]!, { kind: 'constant', value: file, type: INTEGER }, columns[2]!],
    })
    const { rows } = await collect(executor, plan, new Map([[0, sources]]), LOCAL)
    for (const [pos, file, id] of rows) expect(BigInt(file as number) * 4000n + (pos as bigint)).toBe(id)
  })

  test('row groups of a split are those that begin in it', async () => {
    const plan = scan(['id'])
    const whole = source(plan, { files: [0] })
    const parts = { ...whole, table: { ...whole.table, scan: splitInTwo } }
    async function* splitInTwo(pushdown: Parameters<typeof whole.table.scan>[0]) {
      for await (const { rowCount: _, ...task } of whole.table.scan(pushdown)) {
        yield { ...task, split: { start: 0, end: 20_000 } }
        yield { ...task, split: { start: 20_000, end: 1e9 } }
      }
    }
    const { rows } = await collect(executor, plan, new Map([[0, parts]]), LOCAL)
    expect(sorted(rows)).toEqual(idsWhere((id) => id < 4000))
  })
})

describe('filters of a scan', () => {
  const cases = {
    'of one column': [compare('lt', 0, BIGINT, 100n)],
    'one after another': [compare('gt', 0, BIGINT, 700n), compare('eq', 1, VARCHAR, 'name-3')],
    'of several columns': [
      call('or', [], BOOLEAN), // replaced below
      compare('is_distinct_from', 2, BIGINT, 6003n),
    ],
    'with NULLs': [call('is_null', [input(2, BIGINT)], BOOLEAN), compare('lt', 0, BIGINT, 9000n)],
    'that nothing passes': [compare('lt', 0, BIGINT, -1n)],
  }
  cases['of several columns'] = [
    {
      kind: 'or',
      args: [compare('eq', 1, VARCHAR, 'name-6'), compare('ge', 0, BIGINT, 11_000n)],
      type: BOOLEAN,
    } as never,
    compare('is_distinct_from', 2, BIGINT, 6003n),
  ]

  test.each(Object.entries(cases))('%s: as a filter above the scan', async (_, filters) => {
    const names = ['id', 'name', 'maybe', 'text']
    const pushed = scan(names, { filters, projection: [3, 0] })
    const plain = scan(names)
    const above = project(
      filters.reduce<PhysicalPlan>((child, predicate) => filter(child, predicate), plain),
      [input(3, VARCHAR), input(0, BIGINT)],
    )
    const a = await collect(executor, pushed, new Map([[0, source(pushed)]]), LOCAL)
    const b = await collect(executor, above, new Map([[0, source(plain)]]), LOCAL)
    expect(sorted(a.rows)).toEqual(sorted(b.rows))
  })

  test('what the table has settled is not checked again, what it was not asked is', async () => {
    const settled = compare('lt', 0, BIGINT, 4000n)
    const open = compare('eq', 1, VARCHAR, 'name-0')
    const plan = scan(['id', 'name'], { filters: [settled, open], projection: [0] })
    const asked = { ...source(plan, { files: [0, 2], residual: null }) }
    const sources = { ...asked, pushdown: { ...asked.pushdown, predicate: settled } }
    const { rows } = await collect(executor, plan, new Map([[0, sources]]), LOCAL)
    // File 2 would not pass the settled predicate: the table's word is taken for it.
    expect(sorted(rows)).toEqual(idsWhere((id) => id % 7 === 0 && (id < 4000 || id >= 8000)))
  })

  test('row groups are skipped by statistics', async () => {
    const plan = scan(['id'], { filters: [compare('eq', 0, BIGINT, 5500n)] })
    const { rows, metrics } = await collect(executor, plan, new Map([[0, source(plan)]]), LOCAL)
    expect(rows).toEqual([[5500n]])
    expect(metrics.get(plan.id)).toMatchObject({
      row_groups_pruned: 11,
      rows_pruned_by_statistics: 11_000,
      row_groups_scanned: 1,
    })
  })
})

describe('deletes', () => {
  const positions: DeleteFilter = {
    kind: 'positions',
    rows: BigInt64Array.from([0n, 1n, 999n, 1000n, 3999n]),
  }
  const inFile = (file: number): DeleteFilter => ({
    kind: 'position-file',
    file: { url: fixtureUrl('position-deletes.parquet'), format: 'parquet', byteCount: 1 },
    dataFile: `file://numbers-${file}`,
  })
  const equality: DeleteFilter = {
    kind: 'equality',
    files: [{ url: fixtureUrl('equality-deletes.parquet'), format: 'parquet', byteCount: 1 }],
    from: 0,
    keys: ['maybe', 'name'].map((name) => ({
      id: COLUMNS[name]!.id,
      names: [name],
      type: COLUMNS[name]!.type,
      children: [],
    })),
  }

  test('by row number', async () => {
    const plan = scan(['id'])
    const sources = source(plan, { files: [1], deletes: () => [positions] })
    const { rows, metrics } = await collect(executor, plan, new Map([[0, sources]]), LOCAL)
    expect(sorted(rows)).toEqual(
      idsWhere((id) => id >= 4000 && id < 8000 && ![4000, 4001, 4999, 5000, 7999].includes(id)),
    )
    expect(metrics.get(plan.id)).toMatchObject({ rows_pruned_by_deletes: 5 })
  })

  test('by position delete files, together with filters', async () => {
    const plan = scan(['id', 'name'], {
      filters: [compare('eq', 1, VARCHAR, 'name-2')],
      projection: [0],
    })
    const sources = source(plan, { deletes: (file) => [inFile(file), positions] })
    const { rows } = await collect(executor, plan, new Map([[0, sources]]), LOCAL)
    const isLeft = (id: number): boolean => {
      const row = id % 4000
      if (id % 7 !== 2 || [0, 1, 999, 1000, 3999].includes(row)) return false
      return id < 4000 ? row % 10 !== 0 : id >= 8000 || row >= 1500
    }
    expect(sorted(rows)).toEqual(idsWhere(isLeft))
  })

  test('by key, NULL equal to NULL, without the key columns being asked for', async () => {
    const plan = scan(['id'])
    const sources = source(plan, { deletes: () => [equality] })
    const { rows } = await collect(executor, plan, new Map([[0, sources]]), LOCAL)
    const isDeleted = (id: number): boolean => [3, 8, 11].includes(id) || (id % 5 === 0 && id % 7 === 5)
    expect(sorted(rows)).toEqual(idsWhere((id) => !isDeleted(id)))
  })

  test('by key: deletes older than a file leave it alone, though files of other ages share them', async () => {
    if (equality.kind !== 'equality') throw new Error('not by key')
    const [file] = equality.files
    // File 0 is older than both deletes, file 1 than the second, file 2 than none.
    const older = { ...equality, files: [file!, file!] }
    const plan = scan(['id'])
    const sources = source(plan, { deletes: (number) => (number === 2 ? [] : [{ ...older, from: number }]) })
    const { rows } = await collect(executor, plan, new Map([[0, sources]]), LOCAL)
    const isDeleted = (id: number): boolean => id < 8000 && ([3, 8, 11].includes(id) || (id % 5 === 0 && id % 7 === 5))
    expect(sorted(rows)).toEqual(idsWhere((id) => !isDeleted(id)))
    const none = source(plan, { deletes: () => [{ ...equality, files: [file!], from: 1 }] })
    expect((await collect(executor, plan, new Map([[0, none]]), LOCAL)).rows.length).toBe(12_000)
  })
})

describe('streaming operators', () => {
  test('project computes, limit cuts, offset skips', async () => {
    const child = scan(['id', 'value'])
    const sum = call('add', [input(0, BIGINT), literal(1n, BIGINT)], BIGINT)
    const plan = limit(project(child, [sum]), 2500, 3000)
    const { rows } = await collect(executor, plan, new Map([[0, source(child)]]), LOCAL)
    expect(rows.length).toBe(2500)
    expect(rows[0]).toEqual([3001n])
  })

  test('a limit stops the table', async () => {
    let tasks = 0
    const child = scan(['id'])
    const plan = limit(child, 10)
    const files = Array.from({ length: 100 }, () => 0)
    const sources = source(child, { files, onTask: () => tasks++ })
    const { rows, metrics } = await collect(executor, plan, new Map([[0, sources]]), LOCAL)
    expect(rows.length).toBe(10)
    expect(tasks).toBeLessThan(10)
    expect(metrics.get(child.id)!['row_groups_scanned']).toBe(1)
  })

  test('UNION ALL runs one child after the other', async () => {
    const a = limit(scan(['id'], { filters: [compare('lt', 0, BIGINT, 5n)] }), null)
    const b = scan(['id'], { source: 1, filters: [compare('ge', 0, BIGINT, 11_998n)] })
    const plan = limit(unionAll([a, b, values([[literal(-1n, BIGINT)]])]), 100)
    const scanA = a.kind === 'limit' && a.child.kind === 'scan' ? a.child : b
    const { rows } = await collect(
      executor,
      plan,
      new Map([
        [0, source(scanA)],
        [1, source(b)],
      ]),
      LOCAL,
    )
    expect(sorted(rows)).toEqual(['-1', '0', '1', '11998', '11999', '2', '3', '4'])
  })

  test('a CTE is computed once and read twice', async () => {
    const definition = scan(['id', 'name'], { filters: [compare('lt', 0, BIGINT, 1500n)] })
    const cteScan = (projection: readonly number[]): PhysicalPlan => ({
      kind: 'cte-scan',
      id: nodeId(),
      output: projection.map((i) => definition.output[i]!),
      estimate: definition.estimate,
      cteId: 7,
      name: 'c',
      projection,
    })
    const child = unionAll([
      filter(cteScan([0]), compare('lt', 0, BIGINT, 3n)),
      filter(cteScan([0]), compare('ge', 0, BIGINT, 1498n)),
    ])
    const plan: PhysicalPlan = {
      kind: 'materialize',
      id: nodeId(),
      output: child.output,
      estimate: child.estimate,
      cteId: 7,
      name: 'c',
      definition,
      child,
    }
    const { rows, metrics } = await collect(executor, plan, new Map([[0, source(definition)]]), LOCAL)
    expect(sorted(rows)).toEqual(['0', '1', '1498', '1499', '2'])
    expect(metrics.get(definition.id)!['rows']).toBe(1500)
  })

  test('UNNEST gives a row an element', async () => {
    const list = {
      kind: 'list',
      element: { name: 'element', type: INTEGER, nullable: true },
    } as const
    const child = values([
      [literal('a', VARCHAR), literal([1, 2, null], list)],
      [literal('b', VARCHAR), literal([], list)],
      [literal('c', VARCHAR), literal(null, list)],
      [literal('d', VARCHAR), literal([7], list)],
    ])
    const unnest = (outer: boolean): PhysicalPlan => ({
      kind: 'unnest',
      id: nodeId(),
      output: [
        ...child.output,
        { name: 'element', type: INTEGER, nullable: true },
        { name: 'ordinality', type: BIGINT, nullable: true },
      ],
      estimate: child.estimate,
      child,
      lists: [input(1, list)],
      ordinality: true,
      outer,
    })
    const columns = [input(0, VARCHAR), input(2, INTEGER), input(3, BIGINT)]
    const inner = await collect(executor, project(unnest(false), columns), new Map(), LOCAL)
    expect(inner.rows).toEqual([
      ['a', 1, 1n],
      ['a', 2, 2n],
      ['a', null, 3n],
      ['d', 7, 1n],
    ])
    const outer = await collect(executor, project(unnest(true), columns), new Map(), LOCAL)
    expect(outer.rows.map(String)).toEqual(['a,1,1', 'a,2,2', 'a,,3', 'b,,', 'c,,', 'd,7,1'])
  })
})

describe('cancel', () => {
  // Elsewhere on a busy machine the clock runs on: a second try is fair.
  test('the calling thread stops between time slices', { retry: 3 }, async () => {
    const plan = scan(['id', 'text'])
    const files = Array.from({ length: 20_000 }, (_, i) => i % 3)
    const hidden = filter(plan, compare('eq', 1, VARCHAR, 'nothing'))
    const table = source(plan, { files })
    const abort = new AbortController()
    let at = 0
    setTimeout(() => {
      at = performance.now()
      abort.abort()
    }, 100)
    const running = collect(executor, hidden, new Map([[0, table]]), {
      ...LOCAL,
      signal: abort.signal,
    })
    await expect(running).rejects.toMatchObject({
      sqlstate: '57014',
      message: 'canceling statement due to user request',
    })
    expect(performance.now() - at).toBeLessThan(100)
    expect(memoryUse(executor.memory).usedBytes).toBe(before)
  })

  test('a signal that was given before stops the query before it begins', async () => {
    const plan = scan(['id'])
    const onTask = (): void => expect.unreachable('the table was asked')
    const sources = new Map([[0, source(plan, { onTask })]])
    const running = collect(executor, plan, sources, { ...LOCAL, signal: AbortSignal.abort() })
    await expect(running).rejects.toMatchObject({ sqlstate: '57014' })
  })
})

describe('memory', () => {
  test('nothing is held after success, error and early return', async () => {
    const plan = scan(['id', 'name'])
    const sources = new Map([[0, source(plan)]])
    await collect(executor, plan, sources, LOCAL)
    for await (const batch of executor.run(plan, sources, {
      session: { nowMicros: 0n, timeZone: 'UTC' },
      ...LOCAL,
    }).batches) {
      batch.release()
      break
    }
    const bad = scan(['id'])
    const missing = source(bad, { files: [0, 9] })
    await expect(collect(executor, bad, new Map([[0, missing]]), LOCAL)).rejects.toMatchObject({
      sqlstate: '58P01',
    })
    expect(memoryUse(executor.memory).usedBytes).toBe(before)
  })
})
