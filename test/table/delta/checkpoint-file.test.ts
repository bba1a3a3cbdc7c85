/** Parts of checkpoints that are passed over, and statistics in columns. */
import { describe, expect, test } from 'vitest'
import { loadArrow } from '../../../src/core/arrow.ts'
import { createParquetWriter } from '../../../src/format/parquet/write/parquet-writer.ts'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { createStorageAccess } from '../../../src/storage/storage-access.ts'
import { type TypedRange, readCheckpointFiles } from '../../../src/table/delta/checkpoint-file.ts'
import { rangeOfColumn, statisticsOf } from '../../../src/table/delta/file-statistics.ts'
import { CHECKPOINT_URL, checkpoint } from './make-checkpoint.ts'
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
    partitionMightMatch: undefined,
    ranges: [],
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

/** Method: 20,000 files of one, two or no partition values in any order; those that are read are the same with and without the choice. */
describe('rows', () => {
  const texts = (i: number): ReadonlyMap<string, string | null> => {
    if (i % 11 === 0) return new Map()
    const values = new Map<string, string | null>([['p', i % 7 === 0 ? null : `p${(i * 31) % 50}`]])
    return i % 3 === 0 ? values : values.set('q', `${i % 4}`)
  }

  async function readChosen(mightMatch: (p: string | null | undefined) => boolean) {
    const arrow = await loadArrow()
    const [key, value] = [
      new arrow.Field('key', new arrow.Utf8(), false),
      new arrow.Field('value', new arrow.Utf8(), true),
    ]
    const entries = new arrow.Field('key_value', new arrow.Struct([key, value]), false)
    const fields = [
      new arrow.Field('path', new arrow.Utf8(), true),
      new arrow.Field('partitionValues', new arrow.Map_(entries as never), true),
      new arrow.Field('size', new arrow.Int64(), true),
    ]
    const rows = Array.from({ length: 20_000 }, (_, i) =>
      i % 13 === 0 ? null : { path: `f${i}`, partitionValues: texts(i), size: BigInt(i) },
    )
    const parts: Uint8Array[] = []
    const write = async (bytes: Uint8Array): Promise<void> => void parts.push(bytes.slice())
    const writer = await createParquetWriter({ codec: 'snappy', rowGroupRows: 12_000, write })
    await writer.write(new arrow.Table({ add: arrow.vectorFromArray(rows, new arrow.Struct(fields)) }).batches)
    await writer.finish()
    const storage = createMemoryStorage()
    await storage.put('memory:/c.parquet', Buffer.concat(parts))
    const access = createStorageAccess([], () => storage)
    let [skipped, asked] = [0, 0]
    const pruning = {
      mightMatch: () => true,
      partitionMightMatch: ({ p }: Readonly<Record<string, string | null>>) => {
        asked++
        return mightMatch(p)
      },
      ranges: [],
      skipped: (count: number) => void (skipped += count),
    }
    const url = 'memory:/c.parquet'
    const chosen = [...readCheckpointFiles(access, url, { withStatistics: true, pruning })].flat()
    const all = [...readCheckpointFiles(access, url, { withStatistics: true })].flat()
    return { chosen, all, skipped, asked }
  }

  test.each<[string, (p: string | null | undefined) => boolean]>([
    ['one partition', (p) => p === 'p7'],
    ['some', (p) => p !== null && p !== undefined && p > 'p2'],
    ['NULL', (p) => p === null],
    ['none', () => false],
    ['all', () => true],
  ])('%s', async (_, mightMatch) => {
    const { chosen, all, skipped, asked } = await readChosen(mightMatch)
    expect(all.length).toBe(20_000 - 1539)
    expect(chosen).toEqual(all.filter(({ partitionValues }) => mightMatch(partitionValues['p'])))
    expect(skipped).toBe(all.length - chosen.length)
    // Once for each combination of values, not for each file.
    expect(asked).toBeLessThan(400)
  })

  test('a value that is no value of its type is kept, for the error to name its file', async () => {
    const { chosen, all } = await readChosen(() => {
      throw new Error('not a number')
    })
    expect(chosen).toEqual(all)
  })
})

test('batches begin small where few files may be enough, and double', async () => {
  const access = await checkpoint(Array.from({ length: 300 }, (_, i) => ({ path: `f${i}`, stats: null })))
  const batches = [...readCheckpointFiles(access, CHECKPOINT_URL, { withStatistics: true, batchRows: 64 })]
  // The first row is another action.
  expect(batches.map(({ length }) => length)).toEqual([63, 128, 109])
  expect(batches.flat().map(({ path }) => path)).toEqual(Array.from({ length: 300 }, (_, i) => `f${i}`))
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
