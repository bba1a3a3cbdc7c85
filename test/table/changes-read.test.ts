/**
 * Changes read only what changed: of each format, the files that a scan of one commit's changes names, and the metadata that planning it reads, whatever the
 * table holds besides.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CountingStorage, countingStorage } from '../../src/storage/counting-storage.ts'
import { fileStorage } from '../../src/storage/file-storage.ts'
import { createStorageAccess } from '../../src/storage/storage-access.ts'
import type { ChangesRequest } from '../../src/table/changes.ts'
import { openDeltaTable } from '../../src/table/delta/delta-table.ts'
import { openHudiTable } from '../../src/table/hudi/hudi-table.ts'
import { openIcebergTable } from '../../src/table/iceberg/iceberg-table.ts'
import { openPaimonTable } from '../../src/table/paimon/paimon-table.ts'
import type { Table } from '../../src/table/table.ts'
import { writeDataFile } from '../lake-reads/data-file.ts'
import { DeltaMaker } from '../lake-reads/delta-maker.ts'
import { IcebergMaker } from '../lake-reads/iceberg-maker.ts'
import { add, column, metadata, protocol } from './delta/make-table.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))
const COMMITS = 20
const COLUMNS = [{ id: 1, name: 'id', type: 'long' }] as const

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-changes-'))
})

afterAll(() => rm(folder, { recursive: true }))

interface Reading {
  /** Names of the data files to read. */
  readonly files: readonly string[]
  /** Of these files. */
  readonly byteCount: number
  /** Names of what planning read. */
  readonly metadata: readonly string[]
}

/** Plans the scan of the changes of a range. */
async function readingOf(
  open: (access: ReturnType<typeof createStorageAccess>) => Promise<Table>,
  range: Partial<ChangesRequest>,
): Promise<Reading> {
  const storage: CountingStorage = countingStorage(fileStorage)
  const table = await open(createStorageAccess([], () => storage))
  storage.counts.urls.length = 0
  const changes = await table.changes!({
    from: null,
    to: null,
    mode: 'auto',
    net: false,
    identifierColumns: [],
    ...range,
  })
  const columns = changes.rows.schema.fields.map(({ name, type, id }) => ({
    name,
    type,
    ...(id === undefined ? {} : { fieldId: id }),
  }))
  const files = new Map<string, number>()
  for await (const task of changes.rows.scan({ columns, predicate: null })) collectFiles(task, files)
  const nameOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1)
  return {
    files: [...files.keys()].map(nameOf),
    byteCount: [...files.values()].reduce((sum, count) => sum + count, 0),
    metadata: [...new Set(storage.counts.urls.map(nameOf))],
  }
}

/** Every file that a task names, wherever in it. */
function collectFiles(value: unknown, into: Map<string, number>): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  if ('url' in value && 'byteCount' in value) into.set(String(value.url), Number(value.byteCount))
  for (const part of Object.values(value)) collectFiles(part, into)
}

const version = (value: bigint | string) => ({ kind: 'version', value }) as const

describe('Iceberg', () => {
  const open = (access: ReturnType<typeof createStorageAccess>): Promise<Table> =>
    openIcebergTable(join(folder, 'iceberg'), { name: 't', access })
  let table: IcebergMaker

  beforeAll(async () => {
    table = new IcebergMaker(join(folder, 'iceberg'), { columns: COLUMNS })
    for (let i = 0; i < COMMITS; i++) {
      await table.commit({ data: [{ rows: [[BigInt(i)], [BigInt(-i)]], name: `data-${i}.parquet` }] })
    }
    const equality = [{ ids: [1], columns: COLUMNS, rows: [[3n]] }]
    await table.commit({ equality })
    const positions = [[[join(table.folder, 'data', 'data-5.parquet'), 0] as const]]
    await table.commit({ positions })
  })

  const step = (i: number): Partial<ChangesRequest> => ({
    from: version(table.snapshots[i - 1]!),
    to: version(table.snapshots[i]!),
  })

  test('an append: its own file and manifest of twenty', async () => {
    const { files, metadata: read } = await readingOf(open, step(12))
    expect(files).toEqual(['data-12.parquet'])
    expect(read.filter((name) => name.startsWith('m-'))).toEqual(['m-13-0-0.avro'])
    expect(read.filter((name) => name.startsWith('snap-'))).toHaveLength(2)
  })

  test('a position delete: the file that it names, besides the delete file', async () => {
    const { files } = await readingOf(open, step(COMMITS + 1))
    const data = files.filter((name) => name.startsWith('data-'))
    expect(data).toEqual(['data-5.parquet'])
  })

  test('appends only: no manifest of another commit', async () => {
    const { files, metadata: read } = await readingOf(open, { ...step(12), mode: 'append' })
    expect(files).toEqual(['data-12.parquet'])
    expect(read.filter((name) => name.startsWith('m-'))).toHaveLength(1)
  })
})

describe('Delta', () => {
  const open = (access: ReturnType<typeof createStorageAccess>): Promise<Table> =>
    openDeltaTable(join(folder, 'delta'), { name: 't', access })

  beforeAll(async () => {
    const table = new DeltaMaker(join(folder, 'delta'))
    for (let i = 0; i < COMMITS; i++) {
      const { byteCount } = await writeDataFile(table.folder, COLUMNS, [[BigInt(i)]], { name: `data-${i}.parquet` })
      const head = i === 0 ? [protocol(), metadata([column('id', 'long')])] : []
      await table.commit(...head, add(`data-${i}.parquet`, { size: byteCount }))
    }
    const remove = { path: 'data-7.parquet', deletionTimestamp: 1, dataChange: true, partitionValues: {}, size: 1 }
    await table.commit({ remove })
  })

  const step = (i: number): Partial<ChangesRequest> => ({ from: version(BigInt(i - 1)), to: version(BigInt(i)) })

  test('a commit: its file of the log and its data files', async () => {
    const { files, metadata: read } = await readingOf(open, step(12))
    expect(files).toEqual(['data-12.parquet'])
    expect(read).toEqual(['00000000000000000012.json'])
  })

  test('a removed file is all that is read of a delete', async () => {
    const { files, metadata: read } = await readingOf(open, step(COMMITS))
    expect(files).toEqual(['data-7.parquet'])
    expect(read).toEqual([`${String(COMMITS).padStart(20, '0')}.json`])
  })

  test('recorded changes: the change data, not the rewritten files', async () => {
    const cdf = (access: ReturnType<typeof createStorageAccess>): Promise<Table> =>
      openDeltaTable(join(FIXTURES, 'delta', 'rs_cdf'), { name: 't', access })
    const recorded = await readingOf(cdf, step(1))
    const rewritten = await readingOf(cdf, { ...step(1), mode: 'diff' })
    expect(recorded.files).toHaveLength(1)
    expect(rewritten.files).toHaveLength(2)
    expect(recorded.byteCount).toBeLessThan(rewritten.byteCount)
  })
})

describe('Paimon', () => {
  const tables = fileURLToPath(new URL('../lake-reads/tables', import.meta.url))
  const open =
    (table: string) =>
    (access: ReturnType<typeof createStorageAccess>): Promise<Table> =>
      openPaimonTable(join(tables, table), { name: 't', access })

  test('delta: the files that a snapshot added', async () => {
    const { files, metadata: read } = await readingOf(open('pai_pk_dedup_uncompacted'), {
      from: version(4n),
      to: version(5n),
      mode: 'delta',
    })
    expect(files).toHaveLength(1)
    // The snapshots of the range, the list of the added manifests, a manifest.
    expect(read.filter((name) => name.startsWith('manifest-list-'))).toHaveLength(1)
    expect(read.filter((name) => /^manifest-[^l]/.test(name))).toHaveLength(1)
  })

  test('diff: the buckets that were touched; none for a compaction', async () => {
    const changed = await readingOf(open('flink_pk_dynamic'), { from: version(3n), to: version(4n), mode: 'diff' })
    const all = await readingOf(open('flink_pk_dynamic'), { from: null, mode: 'diff' })
    // Both versions of the one bucket of four that got rows.
    expect([changed.files.length, all.files.length]).toEqual([4, 7])
    const compacted = await readingOf(open('pai_pk_dedup_seq'), { from: version(3n), to: version(4n), mode: 'diff' })
    expect(compacted.files).toEqual([])
  })
})

describe('Hudi', () => {
  const open = (access: ReturnType<typeof createStorageAccess>): Promise<Table> =>
    openHudiTable(join(FIXTURES, 'hudi', 'hudi_mor_v6'), { name: 't', access })

  test('incremental and cdc: the files of the groups that a commit wrote', async () => {
    const range = { from: version('20261121075324065'), to: version('20261121075341601') }
    const incremental = await readingOf(open, { ...range, mode: 'incremental' })
    const images = await readingOf(open, { ...range, mode: 'cdc' })
    const all = await readingOf(open, { from: null, mode: 'incremental' })
    expect(incremental.files.length).toBeLessThan(all.files.length)
    expect(incremental.byteCount).toBeLessThan(all.byteCount)
    expect(images.files.length).toBeGreaterThan(0)
  })
})
