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

async function taskOf(
  runs: readonly RunRow[][],
  engine: MergeEngine,
  ignoreRetractions = false,
  isSorted = true,
): Promise<MergeTask> {
  const columns = COLUMNS.map(sourceOf)
  return {
    runs: await Promise.all(
      runs
        .filter((rows) => rows.length > 0)
        .map(async (rows) => {
          const half = Math.ceil(rows.length / 2)
          const parts = [rows.slice(0, half), rows.slice(half)].filter(({ length }) => length > 0)
          const files = await Promise.all(parts.map((part) => writeFile(part, 5000)))
          return { isSorted, files: files.map((file) => ({ file, columns, deletes: [] })) }
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

describe.each([50, 6000])('runs in any order, of %s keys', (keyCount) => {
  test('deduplicate keeps the last row, rows of one run in their order', async () => {
    const next = random(keyCount)
    // Keys occur several times in a run but the first, and say nothing of their order: the place does.
    const runs = makeRuns(keyCount, 4, keyCount, true).map((rows, run) =>
      rows
        .concat(run === 0 ? [] : rows.slice(0, 20).map((row) => ({ ...row, a: 7777 })))
        .map((row) => (run === 0 ? { ...row, kind: 0 } : row))
        .map((row) => ({ row: { ...row, seq: 0n }, at: next(1_000_000) }))
        .toSorted((x, y) => x.at - y.at)
        .map(({ row }) => row),
    )
    const plan = scan(['a', 'text'], { columns: [column('a'), column('text')] })
    const { runs: held, ...task } = await taskOf(runs, { kind: 'deduplicate' }, false, false)
    const merge = { ...task, runs: [{ isSorted: false, files: [] }, ...held] }
    const { rows } = await collect(executor, plan, new Map([[0, mergeSource(plan, merge)]]), { placement: 'local' })
    const last = new Map(runs.flat().map((row) => [`${row.id} ${row.name}`, row]))
    const expected = [...last.values()].filter((row) => !isRetraction(row)).map(({ a, text }) => String([a, text]))
    expect(rows.map(String).toSorted()).toEqual(expected.toSorted())
  })

  test('a row wins over the one before unless its order is below; rows of the first run stay apart', async () => {
    const runs = makeRuns(keyCount + 1, 3, keyCount, true)
    const first = runs[0]!.filter((row) => !isRetraction(row))
    const twice = first.slice(0, 10).map((row) => ({ ...row, a: 5555 }))
    const plan = scan(['a', 'text'], { columns: [column('a'), column('text')] })
    const merge = await taskOf([[...first, ...twice], ...runs.slice(1)], { kind: 'deduplicate' }, false, false)
    const { rows } = await collect(executor, plan, new Map([[0, mergeSource(plan, merge)]]), { placement: 'local' })
    const newest = new Map<string, RunRow>()
    for (const row of [first, ...runs.slice(1)].flat()) {
      const before = newest.get(`${row.id} ${row.name}`)
      const isBelow = before !== undefined && before.seq !== null && row.seq !== null && row.seq < before.seq
      if (!isBelow) newest.set(`${row.id} ${row.name}`, row)
    }
    const expected = [...newest.values(), ...twice].filter((row) => !isRetraction(row))
    expect(rows.map(String).toSorted()).toEqual(expected.map(({ a, text }) => String([a, text])).toSorted())
  })

  test('NULLs that say nothing come from the row that is won over, unless either is a retraction', async () => {
    const runs = makeRuns(keyCount + 3, 4, keyCount, true)
    runs[0] = runs[0]!.filter((row) => !isRetraction(row))
    const plan = scan(['a', 'text'], { columns: [column('a'), column('text')] })
    const task = await taskOf(runs, { kind: 'deduplicate' }, false, false)
    const merge = { ...task, fillsNulls: [0, 1] }
    const { rows } = await collect(executor, plan, new Map([[0, mergeSource(plan, merge)]]), { placement: 'local' })
    const filled = (high: RunRow, low: RunRow): RunRow => {
      if (isRetraction(high) || isRetraction(low)) return high
      return { ...high, a: high.a ?? low.a, text: high.text ?? low.text }
    }
    const met = (before: RunRow, row: RunRow): RunRow =>
      row.seq < before.seq ? filled(before, row) : filled(row, before)
    const winners = (all: readonly RunRow[], onto: Map<string, RunRow>): Map<string, RunRow> => {
      for (const row of all) {
        const key = `${row.id} ${row.name}`
        const before = onto.get(key)
        onto.set(key, before === undefined ? row : met(before, row))
      }
      return onto
    }
    const held = winners(runs.slice(1).flat(), new Map())
    const all = winners([...held.values()], winners(runs[0]!, new Map()))
    const expected = [...all.values()].filter((row) => !isRetraction(row)).map(({ a, text }) => String([a, text]))
    expect(rows.map(String).toSorted()).toEqual(expected.toSorted())
  })

  test('a row of a file that says nothing of a column takes it from the row that it wins over', async () => {
    const runs = makeRuns(keyCount + 2, 2, keyCount, false).map((rows) => rows.map((row) => ({ ...row, seq: 0n })))
    const plan = scan(['a', 'text'], { columns: [column('a'), column('text')] })
    const task = await taskOf(runs, { kind: 'deduplicate' }, false, false)
    const [base, changes] = task.runs
    const partial = { ...changes!, files: changes!.files.map((file) => ({ ...file, absent: [1] })) }
    const merge = { ...task, runs: [base!, partial] }
    const { rows } = await collect(executor, plan, new Map([[0, mergeSource(plan, merge)]]), { placement: 'local' })
    const texts = new Map(runs[0]!.map((row) => [`${row.id} ${row.name}`, row.text]))
    const all = new Map(runs.flat().map((row) => [`${row.id} ${row.name}`, row]))
    const expected = [...all].map(([key, { a }]) => String([a, texts.get(key) ?? null]))
    expect(rows.map(String).toSorted()).toEqual(expected.toSorted())
  })
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
