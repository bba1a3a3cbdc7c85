/** How far a scan's metadata is read before its first rows. */
import { expect, test } from 'vitest'
import { BIGINT, BOOLEAN } from '../../../src/core/types.ts'
import { ScanFeed } from '../../../src/exec/scan/scan-feed.ts'
import { type Expr, call, input, literal } from '../../../src/expr/expr.ts'
import type { PhysicalScan } from '../../../src/plan/physical.ts'
import type { DeleteFilter, ScanTask, Table } from '../../../src/table/table.ts'

const FILTER: Expr = call('gt', [input(0, BIGINT), literal(5n, BIGINT)], BOOLEAN)

/** A feed of 1000 files of ten rows, and how many of them were asked for. */
function feedOf({ limit, deletes = [], residual = null }: FeedOptions): { feed: ScanFeed; taken: () => number } {
  let taken = 0
  const scan = async function* (): AsyncGenerator<ScanTask> {
    for (; taken < 1000; taken++) {
      const file = { url: `f${taken}`, format: 'parquet', byteCount: 100 } as const
      yield { file, rowCount: 10, columns: [], deletes, residual }
    }
  }
  const filters = [FILTER]
  const plan = { limit, filters, dynamicFilters: [], projection: [0] } as unknown as PhysicalScan
  const pushdown = { columns: [{ name: 'a', type: BIGINT }], predicate: FILTER }
  const source = { table: { scan } as unknown as Table, pushdown }
  return { feed: new ScanFeed(plan, source, { hasLimit: limit !== null, workerCount: 2 }), taken: () => taken + 1 }
}

interface FeedOptions {
  readonly limit: number | null
  readonly deletes?: readonly DeleteFilter[]
  readonly residual?: Expr | null
}

test.each<[string, FeedOptions, number]>([
  ['a limit of one file', { limit: 10 }, 1],
  ['a limit of several', { limit: 35 }, 4],
  ['rows that may be dropped', { limit: 10, residual: FILTER }, 51],
  ['rows that are deleted', { limit: 10, deletes: [{ kind: 'positions', rows: new BigInt64Array([1n]) }] }, 51],
  ['no limit', { limit: null }, 51],
])('%s', async (_, options, expected) => {
  const { feed, taken } = feedOf(options)
  expect(await feed.isSmall(500)).toBe(expected < 51)
  expect(taken()).toBe(expected)
  feed.close()
})
