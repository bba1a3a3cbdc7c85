/**
 * "Lake reads that were wrong": tables on which readers returned stale, deleted or wrong rows, and the rows that are right. docs/lake-reads.md has the
 * list.
 *
 * Method: each table is made anew and read by the built engine with one thread, with four, and with filters that are not pushed down.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { jsonRows, startBuiltEngine } from '../built-engine.ts'
import { DELTA_READS } from './delta-reads.ts'
import { EQUALITY_DELETES } from './equality-deletes.ts'
import type { LakeRead, Read } from './lake-read.ts'
import { MERGE_ON_READ } from './merge-on-read.ts'
import { POSITION_DELETES } from './position-deletes.ts'
import { PRUNING_READS } from './pruning-reads.ts'
import { VERSION_READS } from './version-reads.ts'

const CASES: readonly LakeRead[] = [
  ...EQUALITY_DELETES,
  ...POSITION_DELETES,
  ...DELTA_READS,
  ...MERGE_ON_READ,
  ...PRUNING_READS,
  ...VERSION_READS,
].toSorted((a, b) => a.number - b.number)

const WAYS = ['one thread', 'four threads', 'no filter pushed down'] as const

let folder: string
let engines: readonly Engine[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-lake-reads-'))
  engines = await Promise.all([1, 4].map(async (threads) => startBuiltEngine({ threads, memory_limit: '128MB' })))
})

afterAll(async () => {
  await Promise.all(engines.map(async (engine) => engine.close()))
  await rm(folder, { recursive: true })
})

async function sessionFor(way: (typeof WAYS)[number], number: number): Promise<Session> {
  const session = engines[way === 'four threads' ? 1 : 0]!.createSession()
  const lake = `case_${number}`
  const place = join(folder, String(number))
  const known = [...session.engine.catalogs.keys()]
  if (!known.includes(lake)) {
    await session.query(`ATTACH '${place}' AS ${lake} (TYPE lake)`)
    await session.query(`ATTACH '${place}/' AS ${lake}_slash (TYPE lake)`)
  }
  await session.query(`USE ${lake}`)
  if (way === 'no filter pushed down') await session.query(`SET disabled_rules = 'push-filters, push-domain'`)
  return session
}

const lines = (rows: readonly (readonly unknown[])[]): string[] => rows.map((row) => JSON.stringify(row)).toSorted()

describe.each(CASES)('$number $title', ({ number, make }) => {
  let reads: readonly Read[]

  beforeAll(async () => {
    const place = join(folder, String(number))
    await mkdir(place)
    reads = await make(place)
  })

  test.each(WAYS)('%s', async (way) => {
    if (way !== 'one thread' && reads.some(({ before }) => before !== undefined)) return
    const session = await sessionFor(way, number)
    for (const { sql, rows, before } of reads) {
      await before?.()
      const text = sql.replaceAll('{lake}', `case_${number}`)
      expect(lines(await jsonRows(session, text)), text).toEqual(lines(rows))
    }
  })
})

test('every case has its number, and its line in the table of the documentation', async () => {
  expect(CASES.map(({ number }) => number)).toEqual(CASES.map((_, i) => i + 1))
  expect(CASES).toHaveLength(38)
  const page = await readFile(fileURLToPath(new URL('../../docs/lake-reads.md', import.meta.url)), 'utf8')
  for (const { number, title, reported } of CASES) expect(page).toContain(`| ${number} | ${title} | ${reported} |`)
})
