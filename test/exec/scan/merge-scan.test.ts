/**
 * Merging sorted runs against a reference that sorts all rows in JavaScript: random runs of several files, small row groups, keys with long
 * common prefixes and NULLs, all kinds of rows.
 */
import { afterAll, describe, expect, test } from 'vitest'
import { INTEGER } from '../../../src/core/types.ts'
import { memoryUse } from '../../../src/core/memory.ts'
import type { FieldsEngine, MergeEngine, MergeTask } from '../../../src/table/merge.ts'
import { collect, compare, scan, testExecutor } from '../numbers-table.ts'
import { type ColumnName, type RunRow, TYPES, mergeSource, sourceOf, writeFile } from './merge-table.ts'

const executor = testExecutor()
const before = memoryUse(executor.memory).usedBytes
afterAll(() => executor.close())

const COLUMNS: readonly ColumnName[] = ['a', 'text', 'id', 'name', 'seq', 'kind']

function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function compareKeys(a: RunRow, b: RunRow): number {
  if (a.id !== b.id) return a.id - b.id
  if (a.name === b.name) return 0
  if (a.name === null || b.name === null) return a.name === null ? -1 : 1
  return a.name < b.name ? -1 : 1
}

/** Runs, oldest first; sequence numbers ascend from run to run. */
function makeRuns(seed: number, runCount: number, keyCount: number, hasDeletes: boolean): RunRow[][] {
  const next = random(seed)
  let seq = 0n
  return Array.from({ length: runCount }, () => {
    const rows = new Map<string, RunRow>()
    const share = 1 + next(10)
    for (let i = 0; i < keyCount; i++) {
      if (next(10) >= share) continue
      const id = Math.floor(i / 3)
      const name = [null, 'a name that is long', `a name that is long ${i}`][i % 3]!
      const row = {
        id,
        name,
        seq: seq++,
        a: next(5) === 0 ? null : next(100),
        text: next(5) === 0 ? null : `t${next(1000)}`,
      }
      rows.set(`${id} ${name}`, { ...row, kind: hasDeletes ? [0, 0, 2, 3, 1][next(5)]! : 0 })
    }
    return [...rows.values()].toSorted(compareKeys)
  })
}

async function taskOf(runs: readonly RunRow[][], engine: MergeEngine, ignoreRetractions = false): Promise<MergeTask> {
  const columns = COLUMNS.map(sourceOf)
  return {
    runs: await Promise.all(
      runs
        .filter((rows) => rows.length > 0)
        .map(async (rows) => {
          const half = Math.ceil(rows.length / 2)
          const parts = [rows.slice(0, half), rows.slice(half)].filter(({ length }) => length > 0)
          const files = await Promise.all(parts.map((part) => writeFile(part, 5000)))
          return { isSorted: true, files: files.map((file) => ({ file, columns, deletes: [] })) }
        }),
    ),
    extraColumns: COLUMNS.slice(2).map((name) => ({ name, type: TYPES[name] })),
    keys: [2, 3],
    ordering: [{ column: 4, descending: false, nullsFirst: true }],
    rowKinds: [{ column: 5, form: 'code' }],
    engine,
    ignoreRetractions,
  }
}

/** The rows of each key, in the order in which they merge. */
function keysOf(runs: readonly RunRow[][]): RunRow[][] {
  const keys = new Map<string, RunRow[]>()
  for (const row of runs.flat()) {
    const key = `${row.id} ${row.name}`
    keys.set(key, [...(keys.get(key) ?? []), row])
  }
  return [...keys.values()].map((rows) => rows.toSorted((a, b) => Number(a.seq - b.seq)))
}

async function merged(runs: readonly RunRow[][], engine: MergeEngine, ignore = false): Promise<string[]> {
  const plan = scan(['a', 'text'], { columns: [column('a'), column('text')] })
  const { rows } = await collect(
    executor,
    plan,
    new Map([[0, mergeSource(plan, await taskOf(runs, engine, ignore))]]),
    {
      placement: 'local',
    },
  )
  return rows.map(String).toSorted()
}

function column(name: ColumnName): { name: string; type: (typeof TYPES)[ColumnName]; nullable: boolean } {
  return { name, type: TYPES[name], nullable: true }
}

const isRetraction = ({ kind }: RunRow): boolean => kind % 2 === 1

describe.each([
  { runCount: 1, keyCount: 100 },
  { runCount: 3, keyCount: 50 },
  { runCount: 2, keyCount: 40_000 },
  { runCount: 7, keyCount: 9000 },
])('$runCount runs of $keyCount keys', ({ runCount, keyCount }) => {
  test.each([false, true])('deduplicate keeps the last row of a key (ignoring deletes: %s)', async (ignore) => {
    const runs = makeRuns(runCount * 7 + keyCount, runCount, keyCount, true)
    const expected = keysOf(runs)
      .map((rows) => rows.findLast((row) => !ignore || !isRetraction(row)))
      .filter((row) => row !== undefined && !isRetraction(row))
      .map((row) => String([row!.a, row!.text]))
    expect(await merged(runs, { kind: 'deduplicate' }, ignore)).toEqual(expected.toSorted())
  })

  test('first-row keeps the first', async () => {
    const runs = makeRuns(runCount + keyCount, runCount, keyCount, false)
    const expected = keysOf(runs).map(([row]) => String([row!.a, row!.text]))
    expect(await merged(runs, { kind: 'first-row' })).toEqual(expected.toSorted())
  })

  test('fields merge by themselves', async () => {
    const runs = makeRuns(runCount * 3 + keyCount, runCount, keyCount, false)
    const engine: FieldsEngine = {
      kind: 'fields',
      fields: [{ function: 'sum' }, { function: 'last_non_null_value' }, null, null, null, null],
      sequenceGroups: [],
      removesOnDelete: false,
      retractions: 'refuse',
      needsInsert: true,
    }
    const expected = keysOf(runs).map((rows) => {
      const known = rows.filter(({ a }) => a !== null)
      const sum = known.length === 0 ? null : known.reduce((total, { a }) => total + a!, 0)
      return String([sum, rows.findLast(({ text }) => text !== null)?.text ?? null])
    })
    expect(await merged(runs, engine)).toEqual(expected.toSorted())
  })
})

test('filters apply to merged rows, whatever older rows held', async () => {
  const runs = makeRuns(5, 4, 3000, true)
  const plan = scan(['a', 'text'], {
    columns: [column('a'), column('text')],
    projection: [1],
    filters: [compare('ge', 0, INTEGER, 50)],
  })
  const sources = new Map([[0, mergeSource(plan, await taskOf(runs, { kind: 'deduplicate' }))]])
  const { rows } = await collect(executor, plan, sources, { placement: 'local' })
  const expected = keysOf(runs)
    .map((all) => all.at(-1)!)
    .filter((row) => !isRetraction(row) && row.a !== null && row.a >= 50)
  expect(rows.map(String).toSorted()).toEqual(expected.map(({ text }) => String([text])).toSorted())
})

test('a retraction is refused where the table does not take any', async () => {
  const runs = makeRuns(9, 3, 200, true)
  await expect(merged(runs, { kind: 'first-row' })).rejects.toThrow('first-row table that received deletes')
})

test('a run that is out of order is damaged, not merged', async () => {
  const [run] = makeRuns(3, 1, 300, false)
  await expect(merged([run!.toReversed(), run!], { kind: 'deduplicate' })).rejects.toThrow('not in the order')
})

test('all memory is given back', () => {
  expect(memoryUse(executor.memory).usedBytes).toBe(before)
})
