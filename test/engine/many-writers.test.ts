/**
 * Several processes write to the same tables: no row is lost or there twice, and one that is killed leaves no part of a transaction.
 *
 * Method: each writer appends rows of its own, updates counters that all update (again when it loses), and appends to two tables in one
 * transaction. One more writer is killed with SIGKILL, again and again, while the others go on.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/engine/database.ts'
import { effort } from '../effort.ts'

const WRITERS = Number(process.env['SLUICE_WRITERS'] ?? 4)
const COMMITS = Number(process.env['SLUICE_COMMITS'] ?? effort({ quick: 15, whole: 50 }))
const KILLS = Number(process.env['SLUICE_KILLS'] ?? effort({ quick: 1, whole: 3 }))
const CHILD = fileURLToPath(new URL('./many-writers.mjs', import.meta.url))

const root = mkdtempSync(join(tmpdir(), 'sluice-writers-'))
let database: Database

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  database = await open({ catalog: root, threads: 1, memoryLimit: '128MB' })
  for (const name of ['rows', 'both_a', 'both_b']) await database.query(`create table ${name} (writer int, n int)`)
  // A file a counter: updates of one do not stand in the way of updates of the other, but for Iceberg's serializable isolation.
  await database.query(`create table counters (k int, n int) partitioned by (k)`)
  await (await database.query('insert into counters values (0, 0), (1, 0)')).rows()
})

afterAll(async () => {
  await database.close()
  rmSync(root, { recursive: true, force: true })
})

function start(writer: number, commits: number): ChildProcess {
  return spawn(process.execPath, [CHILD, root, String(writer), String(commits)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.on('exit', (code) => resolve(code)))

/** Kills a writer when it has done some statements, at a random moment. */
async function killed(writer: number): Promise<void> {
  const child = start(writer, 0)
  const end = ended(child)
  let lines = 0
  await new Promise<void>((resolve) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      lines += chunk.toString().split('\n').length - 1
      if (lines > 4) resolve()
    })
    child.on('exit', () => resolve())
  })
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 60))
  child.kill('SIGKILL')
  await end
}

async function rows(table: string, writers: string): Promise<[number, number][]> {
  const result = await database.query(`select writer, n from ${table} where writer ${writers} order by writer, n`)
  return (await result.rows()).map((row) => [Number(row['writer']), Number(row['n'])])
}

test(`${WRITERS} writers, ${COMMITS} commits each, ${KILLS} kills`, async () => {
  const writers = Array.from({ length: WRITERS }, (_, i) => ended(start(i + 1, COMMITS)))
  for (let kill = 0; kill < KILLS; kill++) await killed(1000 + kill)
  expect(await Promise.all(writers)).toEqual(Array(WRITERS).fill(0))

  const numbers = Array.from({ length: COMMITS }, (_, i) => i + 1)
  const expected = (wanted: (n: number) => boolean): number[][] =>
    Array.from({ length: WRITERS }, (_, i) => numbers.filter(wanted).map((n) => [i + 1, n])).flat()
  expect(await rows('rows', '< 1000')).toEqual(expected((n) => n % 5 > 1))
  expect(await rows('both_a', '< 1000')).toEqual(expected((n) => n % 5 === 0))
  expect(await rows('both_b', '< 1000')).toEqual(expected((n) => n % 5 === 0))

  // All or nothing, of those that were killed too.
  expect(await rows('both_a', '>= 1000')).toEqual(await rows('both_b', '>= 1000'))
  const counted = await (await database.query('select count(*) c, sum(n) s from counters')).rows()
  expect(Number(counted[0]!['c'])).toBe(2)
  expect(Number(counted[0]!['s'])).toBeGreaterThanOrEqual(WRITERS * numbers.filter((n) => n % 5 === 1).length)
}, 600_000)
