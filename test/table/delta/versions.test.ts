/** Versions by time, and the tables about versions. */
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/core/exact-json.ts'
import { type MemoryTable, isMemoryTable } from '../../../src/table/memory/memory-table.ts'
import type { DeltaTable } from '../../../src/table/delta/delta-table.ts'
import { add, column, commitName, commitsOf, filesOf, lines, metadata, openLog, protocol } from './make-table.ts'

const fields = [column('id', 'integer')]
const by = (ms: number) => ({ at: { kind: 'timestamp', micros: BigInt(ms) * 1000n } }) as const
const info = (parts: JsonObject): JsonObject => ({ commitInfo: parts })

describe('in-commit timestamps', () => {
  const configuration = {
    'delta.enableInCommitTimestamps': 'true',
    'delta.inCommitTimestampEnablementVersion': '1',
    'delta.inCommitTimestampEnablementTimestamp': '1000',
  }
  const log = commitsOf([
    [info({ timestamp: 5 }), protocol(), metadata(fields), add('a')],
    [info({ inCommitTimestamp: 1000 }), metadata(fields, { configuration }), add('b')],
    [info({ inCommitTimestamp: 2000 }), add('c')],
    [info({ inCommitTimestamp: 3000 }), add('d')],
  ])

  test.each([
    [1000, 1],
    [1999, 1],
    [2000, 2],
    [9999, 3],
  ])('%d ms is version %d', async (ms, version) => {
    expect((await openLog(log, by(ms))).version).toBe(version)
  })

  test('before they were enabled, other times count', async () => {
    expect((await openLog(log, { ...by(5), commitTime: 'commit_info' })).version).toBe(0)
    await expect(openLog(log, { ...by(4), commitTime: 'commit_info' })).rejects.toMatchObject({ sqlstate: '22023' })
  })
})

describe('without them', () => {
  const log = commitsOf([
    [info({ timestamp: 1000 }), protocol(), metadata(fields), add('a')],
    [info({ timestamp: 2000 }), add('b')],
    [add('c')],
  ])

  test('the times that writers noted', async () => {
    expect(await filesOf(await openLog(log, { ...by(1500), commitTime: 'commit_info' }))).toEqual(['a'])
    expect(await filesOf(await openLog(log, { ...by(2500), commitTime: 'commit_info' }))).toEqual(['a', 'b'])
  })

  test('or those of the files', async () => {
    expect((await openLog(log, by(Date.now() + 60_000))).version).toBe(2)
    await expect(openLog(log, by(1500))).rejects.toMatchObject({ sqlstate: '22023' })
  })
})

test('a version that is no number', async () => {
  const log = commitsOf([[protocol(), metadata(fields)]])
  await expect(openLog(log, { at: { kind: 'version', value: 'main' } })).rejects.toMatchObject({
    sqlstate: '22023',
    hint: 'Versions of Delta tables are numbers.',
  })
})

async function rowsOf(table: DeltaTable, kind: string): Promise<MemoryTable> {
  const found = await table.metadataTable(kind)
  if (!isMemoryTable(found)) throw new Error('no rows')
  return found
}

const columnOf = (table: MemoryTable, name: string) =>
  table.columns[table.schema.fields.findIndex((field) => field.name === name)]

describe('metadata tables', () => {
  const log = {
    ...commitsOf([
      [
        info({ timestamp: 1000, operation: 'CREATE TABLE', operationParameters: { a: 'b' } }),
        protocol(),
        metadata(fields),
      ],
      [add('a', { stats: { numRecords: 3 } })],
    ]),
    [commitName(2)]: lines([
      info({
        timestamp: 3000,
        operation: 'WRITE',
        isBlindAppend: true,
        readVersion: 1,
        operationMetrics: { numFiles: '1' },
      }),
      add('b', { size: 50 }),
      {
        domainMetadata: { domain: 'delta.clustering', configuration: '{"clusteringColumns":[["id"]]}', removed: false },
      },
    ]),
  }

  test('history, newest first', async () => {
    const history = await rowsOf(await openLog(log, { commitTime: 'commit_info' }), 'history')
    expect(columnOf(history, 'version')).toEqual([2n, 1n, 0n])
    expect(columnOf(history, 'timestamp')).toEqual([3_000_000n, null, 1_000_000n])
    expect(columnOf(history, 'operation')).toEqual(['WRITE', null, 'CREATE TABLE'])
    expect(columnOf(history, 'isBlindAppend')).toEqual([true, null, null])
    expect(columnOf(history, 'operationMetrics')).toEqual([[['numFiles', '1']], null, null])
  })

  test('detail', async () => {
    const detail = await rowsOf(await openLog(log), 'detail')
    expect(columnOf(detail, 'numFiles')).toEqual([2n])
    expect(columnOf(detail, 'sizeInBytes')).toEqual([150n])
    expect(columnOf(detail, 'clusteringColumns')).toEqual([['id']])
    expect(columnOf(detail, 'tableFeatures')).toEqual([['appendOnly', 'invariants']])
  })

  test('files', async () => {
    const files = await rowsOf(await openLog(log), 'files')
    expect(columnOf(files, 'record_count')).toEqual([null, 3n])
  })
})
