/** Files that are passed over by the texts of their statistics are those whose bounds, as values, miss the range; of plain texts all of those. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BIGINT, type DataType, INTEGER, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from '../../../src/core/types.ts'
import type { LiteralValue } from '../../../src/expr/expr.ts'
import { compareValues } from '../../../src/expr/values/compare.ts'
import { readCheckpointFiles } from '../../../src/table/delta/checkpoint-file.ts'
import { rangeOfColumn, statisticsOf } from '../../../src/table/delta/file-statistics.ts'
import type { RangedColumn } from '../../../src/table/delta/statistics-rows.ts'
import { CHECKPOINT_URL, type CheckpointRow, checkpoint } from './make-checkpoint.ts'

const DATE: DataType = { kind: 'date' }

async function read(rows: readonly CheckpointRow[], ranges: readonly RangedColumn[]) {
  const access = await checkpoint(rows)
  let skipped = 0
  const pruning = {
    mightMatch: () => true,
    partitionMightMatch: undefined,
    ranges,
    skipped: (count: number) => void (skipped += count),
  }
  const all = [...readCheckpointFiles(access, CHECKPOINT_URL, { withStatistics: true })].flat()
  const left = [...readCheckpointFiles(access, CHECKPOINT_URL, { withStatistics: true, pruning })].flat()
  expect(skipped).toBe(all.length - left.length)
  return { all, left: new Set(left.map(({ path }) => path)) }
}

/** Whether what is known as values rules the file out. */
function isMissed(
  file: Parameters<typeof rangeOfColumn>[2],
  { path, range: { type, low, high } }: RangedColumn,
): boolean {
  const { min, max } = rangeOfColumn(statisticsOf(file), { path, type, isWidened: false }, file)
  const isAbove = (a: LiteralValue | undefined, b: LiteralValue | undefined): boolean =>
    a !== undefined && a !== null && b !== undefined && compareValues(a, b, type) > 0
  return isAbove(low, max) || isAbove(min, high)
}

const day = (n: number): string => new Date(n * 86_400_000).toISOString()

function plain(i: number): string {
  const bounds = (n: number): object => ({ id: n, s: { x: -n }, name: `n${n}`, day: day(n).slice(0, 10), at: day(n) })
  return JSON.stringify({ numRecords: 3, minValues: bounds(i), maxValues: bounds(i + 2), nullCount: { id: 0 } })
}

const SPECIAL: readonly string[] = [
  '{"numRecords":1,"minValues":{"id":1e2,"name":"a\\u0062","day":"2024-02-30","at":"2024-01-01"},"maxValues":{"id":1.5,"name":"é","day":"24-1-1","at":"x"}}',
  '{"minValues":{"id":12345678901234567,"s":{"x":null},"at":"2024-01-01T00:00:00.123456Z"},"maxValues":{"id":12345678901234567,"s":7,"at":"2024-01-01 00:00:00"}}',
  '{"minValues":{"id":50,"id":-3},"maxValues":{"id":50,"id":-2},"maxValues":{"id":60}}',
  '{ "maxValues" : { "id" : 3 , "name" : "n" } , "more" : [1, {"id": 2}, "]"] }',
  '{"minValues":null,"maxValues":{}}',
  '{"minValues":{"at":"2024-01-01T00:00:00.1+01:00"},"maxValues":{"at":"2024-01-01T25:00:00Z"}}',
  '{"numRecords":1',
  '[]',
]

const of = (path: readonly string[], type: DataType, low?: LiteralValue, high?: LiteralValue): RangedColumn => ({
  path,
  range: { type, low, high },
})

const RANGES: readonly RangedColumn[] = [
  of(['id'], BIGINT, 10n, 20n),
  of(['id'], BIGINT, (1n << 62n) + 1n),
  of(['s', 'x'], INTEGER, -20, -10),
  of(['name'], VARCHAR, 'n15', 'n2'),
  of(['name'], VARCHAR, undefined, 'n1\u{1f600}'),
  of(['day'], DATE, 12, 30),
  of(['at'], TIMESTAMP, 12n * 86_400_000_000n + 999n, 30n * 86_400_000_000n),
  of(['at'], TIMESTAMPTZ, 1_704_067_200_100_000n),
  of(['nothing'], BIGINT, 1n, 2n),
]

test('of any statistics', async () => {
  const stats = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 60 }).map(plain) },
    fc.constantFrom(...SPECIAL),
  )
  const property = fc.asyncProperty(
    fc.array(fc.option(stats, { freq: 20 }), { minLength: 1, maxLength: 12 }),
    fc.subarray([...RANGES], { minLength: 1, maxLength: 2 }),
    async (texts, ranges) => {
      const { all, left } = await read(
        texts.map((text, i) => ({ path: `f${i}`, stats: text })),
        ranges,
      )
      for (const file of all) {
        if (!left.has(file.path)) expect(ranges.some((range) => isMissed(file, range))).toBe(true)
      }
    },
  )
  await fc.assert(property, { numRuns: 40 })
})

test.each(RANGES.map((range, i) => [i, range] as const))(
  'of plain files none is left that is missed: %i',
  async (_, range) => {
    const { all, left } = await read(
      Array.from({ length: 61 }, (__, i) => ({ path: `f${i}`, stats: plain(i) })),
      [range],
    )
    expect([...left]).toEqual(all.filter((file) => !isMissed(file, range)).map(({ path }) => path))
  },
)
