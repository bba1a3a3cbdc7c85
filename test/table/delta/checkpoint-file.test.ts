/** Parts of checkpoints that are passed over, and statistics in columns. */
import { describe, expect, test } from 'vitest'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { createStorageAccess } from '../../../src/storage/storage-access.ts'
import { type TypedRange, readCheckpointFiles } from '../../../src/table/delta/checkpoint-file.ts'
import { rangeOfColumn, statisticsOf } from '../../../src/table/delta/file-statistics.ts'
import { type Node, writeFile } from '../../format/parquet/write-file.ts'

const optional = (name: string, children: readonly Node[]): Node => ({ name, repetition: 'optional', children })
const number = (name: string): Node => ({ name, repetition: 'optional', physical: 'INT32' })
const i32 = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)
const text = (value: string): Buffer => Buffer.concat([i32(value.length), Buffer.from(value)])

/** Rows: another action, then two files of partitions 5 and 7 with ids 10 to 20 and 30 to 40. */
const SCHEMA: readonly Node[] = [
  optional('add', [
    { name: 'path', repetition: 'optional', physical: 'BYTE_ARRAY', converted: 0 },
    optional('partitionValues_parsed', [number('p')]),
    optional('stats_parsed', [
      number('numRecords'),
      optional('minValues', [number('id')]),
      optional('maxValues', [number('id')]),
    ]),
  ]),
]
const BYTES = writeFile(SCHEMA, 3, [
  {
    pages: [{ valueCount: 3, definitions: [0, 2, 2], values: Buffer.concat([text('a'), text('b')]) }],
    statistics: { 3: { i64: 1 } },
  },
  {
    pages: [{ valueCount: 3, definitions: [0, 3, 3], values: i32(5, 7) }],
    statistics: { 3: { i64: 1 }, 5: { binary: i32(7) }, 6: { binary: i32(5) } },
  },
  { pages: [{ valueCount: 3, definitions: [0, 3, 3], values: i32(11, 11) }] },
  { pages: [{ valueCount: 3, definitions: [0, 4, 4], values: i32(10, 30) }] },
  { pages: [{ valueCount: 3, definitions: [0, 4, 4], values: i32(20, 40) }] },
])

async function read(mightMatch: (known: TypedRange | undefined) => boolean) {
  const storage = createMemoryStorage()
  await storage.put('memory:/c.parquet', BYTES)
  const access = createStorageAccess([], () => storage)
  let skipped = 0
  const pruning = {
    mightMatch: (rangeOf: (name: string) => TypedRange | undefined) => mightMatch(rangeOf('p')),
    skipped: (count: number) => void (skipped += count),
  }
  const files = [...readCheckpointFiles(access, 'memory:/c.parquet', { withStatistics: true, pruning })].flat()
  return { files, skipped }
}

describe('row groups', () => {
  test('are ruled out by the partition values in them', async () => {
    let seen: TypedRange | undefined
    const { files, skipped } = await read((known) => {
      seen = known
      return false
    })
    expect(seen).toMatchObject({ type: { kind: 'integer' }, range: { min: 5, max: 7, nullCount: 1 } })
    expect(files).toEqual([])
    expect(skipped).toBe(2)
  })

  test('or read', async () => {
    const { files, skipped } = await read(() => true)
    expect(files.map(({ path }) => path)).toEqual(['a', 'b'])
    expect(skipped).toBe(0)
  })
})

test('statistics in columns', async () => {
  const { files } = await read(() => true)
  const column = { path: ['id'], type: { kind: 'bigint' }, isWidened: false } as const
  const ranges = files.map((file) => rangeOfColumn(statisticsOf(file), column, file))
  expect(ranges).toEqual([
    { min: 10n, max: 20n, valueCount: 11, nanCount: 0, exact: true },
    { min: 30n, max: 40n, valueCount: 11, nanCount: 0, exact: true },
  ])
})
