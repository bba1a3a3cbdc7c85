/** Method: timelines are named; the cleaner's file is written in memory. */
import { expect, test } from 'vitest'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { parseInstantName } from '../../../src/table/hudi/instant.ts'
import { Timeline } from '../../../src/table/hudi/timeline.ts'
import { instantOfMicros, resolveVersion } from '../../../src/table/hudi/version.ts'
import type { VersionSpec } from '../../../src/table/table.ts'

async function resolve(at: VersionSpec, names: readonly string[], retained?: string): Promise<string | undefined> {
  const storage = createMemoryStorage()
  const url = (name: string): string => `memory:t/.hoodie/${name}`
  const clean = JSON.stringify({ earliestCommitToRetain: retained ?? '' })
  await storage.put(url('350.clean'), new TextEncoder().encode(clean))
  const timeline = new Timeline(names.map((name) => parseInstantName(name, url(name))!))
  return resolveVersion(at, { storage, timeline, name: 't' })
}

const version = (value: string): VersionSpec => ({ kind: 'version', value })
const COMMITS = ['100.commit', '200.commit', '300.commit', '400.inflight']

test('an instant is named by the time at which it was requested', async () => {
  expect(await resolve(version('200'), COMMITS)).toBe('200')
  await expect(resolve(version('250'), COMMITS)).rejects.toThrow('table "t" has no instant "250"')
  await expect(resolve(version('400'), COMMITS)).rejects.toThrow('table "t" has no instant "400"')
})

test('a time means the instants until then', async () => {
  expect(instantOfMicros(1_704_164_645_678_999n)).toBe('20240102030405678')
  expect(await resolve({ kind: 'timestamp', micros: 1_704_164_645_678_999n }, COMMITS)).toBe('20240102030405678')
})

test('versions whose files the cleaner did not keep are gone', async () => {
  const cleaned = [...COMMITS, '350.clean']
  expect(await resolve(version('200'), cleaned, '200')).toBe('200')
  await expect(resolve(version('100'), cleaned, '200')).rejects.toThrow(
    'the version of table "t" at instant "100" is gone',
  )
  // A policy that keeps file versions keeps the last commit before it for sure.
  await expect(resolve(version('200'), cleaned)).rejects.toThrow('is gone')
  expect(await resolve(version('300'), cleaned)).toBe('300')
})

test('a savepoint keeps its version', async () => {
  expect(await resolve(version('100'), [...COMMITS, '100.savepoint', '350.clean'], '200')).toBe('100')
})
