/** Method: log files written in memory, block by block; what counts is written down as `instant kind`. */
import { describe, expect, test } from 'vitest'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { createStorageAccess } from '../../../src/storage/storage-access.ts'
import type { SliceView } from '../../../src/table/hudi/file-slices.ts'
import { parseInstantName } from '../../../src/table/hudi/instant.ts'
import { committedBlocks } from '../../../src/table/hudi/log-blocks-of.ts'
import { Timeline } from '../../../src/table/hudi/timeline.ts'
import { BLOCK_TYPES, type MadeBlock, logFile, recordsContent } from '../../format/hudi-log/log-writer.ts'

let files = 0

async function counted(
  logs: readonly Uint8Array[],
  instants: readonly string[],
  { until, logsHaveOwnInstant = false }: { until?: string; logsHaveOwnInstant?: boolean } = {},
): Promise<string[]> {
  const storage = createMemoryStorage()
  const timeline = new Timeline(instants.map((name) => parseInstantName(name, name)!))
  const view: SliceView = {
    timeline,
    until,
    logsHaveOwnInstant,
    completedAt: (instant) => instant,
    replacedBy: () => undefined,
    replacedIn: () => [],
  }
  const listed = []
  for (const bytes of logs) {
    const url = `memory:log-${files++}`
    await storage.put(url, bytes)
    listed.push({ url, name: url, byteCount: bytes.length, modifiedMs: 0, instant: '100', version: 1 })
  }
  const access = createStorageAccess([], () => storage)
  return committedBlocks(access, listed, view).map(({ instant, block }) => `${instant} ${block.kind}`)
}

function data(instant: string, header: Readonly<Record<number, string>> = {}): MadeBlock {
  return { type: BLOCK_TYPES.avro, header: { 0: instant, 2: '{}', ...header }, content: recordsContent([]) }
}

function rollback(instant: string, target: string): MadeBlock {
  return { type: BLOCK_TYPES.command, header: { 0: instant, 1: target, 3: '0' }, content: new Uint8Array(0) }
}

const ALL = ['100.deltacommit', '200.deltacommit', '300.deltacommit', '400.inflight']

test('blocks of commits that are complete, and not after the one that is read', async () => {
  const log = logFile([data('100'), data('200'), data('300'), data('400')])
  expect(await counted([log], ALL)).toEqual(['100 avro', '200 avro', '300 avro'])
  expect(await counted([log], ALL, { until: '200' })).toEqual(['100 avro', '200 avro'])
})

test('a rollback takes back the blocks of its target', async () => {
  const log = logFile([data('100'), data('200'), rollback('250', '200'), data('300')])
  expect(await counted([log], ALL)).toEqual(['100 avro', '300 avro'])
})

test('a log compaction stands where the blocks were that it holds', async () => {
  const logs = [logFile([data('100'), data('200')]), logFile([data('300')]), logFile([data('350', { 4: '100,200' })])]
  expect(await counted(logs, [...ALL, '350.deltacommit'])).toEqual(['350 avro', '300 avro'])
})

test('a block of another instant than its file is damage where files are written once', async () => {
  const read = counted([logFile([data('200')])], ALL, { logsHaveOwnInstant: true })
  await expect(read).rejects.toThrow('its file of 100')
})

describe('a torn block', () => {
  const whole = logFile([data('100')])
  const torn = new Uint8Array([...whole.subarray(0, 40), ...whole])

  test('is what a failed append left, in tables that append', async () => {
    expect(await counted([torn], ALL)).toEqual(['100 avro'])
  })

  test('is damage where files are written once', async () => {
    await expect(counted([torn], ALL, { logsHaveOwnInstant: true })).rejects.toThrow('a torn block')
  })
})
