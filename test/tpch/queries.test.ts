/** The 22 queries over tables that our own generator and writer made, through the built package. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/engine/database.ts'
import { type Answer, QUERY_NAMES, answerProblem, readQuery } from '../../tpch/answers.ts'
import { effort } from '../effort.ts'

const QUERIES = fileURLToPath(new URL('../../tpch/queries', import.meta.url))
const ANSWERS = fileURLToPath(new URL('../../tpch/answers/sf0.01', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'sluice-tpch-'))
const databases: { threads: number; database: Database }[] = []

beforeAll(async () => {
  const { makeSampleLake } = (await import(
    '../../dist/tpch/sample-lake.js' as string
  )) as typeof import('../../tpch/sample-lake.ts')
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  await makeSampleLake(folder)
  age(folder)
  // The second has so little room that cached pages make place for others all the time.
  for (const { threads, memoryLimit, percent } of [
    { threads: 1, memoryLimit: '512MB', percent: 50 },
    { threads: 3, memoryLimit: '512MB', percent: 1 },
    { threads: 2, memoryLimit: '512MB', percent: 0 },
  ]) {
    const database = await open({ catalog: folder, threads, memoryLimit, settings: { page_cache_percent: percent } })
    databases.push({ threads, database })
  }
}, 120_000)

afterAll(async () => {
  for (const { database } of databases) await database.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Makes files old enough for the cache of pages, which leaves those alone that have just been written. */
function age(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), 1_000_000_000, 1_000_000_000)
  }
}

describe('TPC-H at scale 0.01', () => {
  for (const name of QUERY_NAMES) {
    test(`${name}, with one thread and with more, with and without cached pages`, async () => {
      const answer = JSON.parse(readFileSync(join(ANSWERS, `${name}.json`), 'utf8')) as Answer
      // Pages are cached the second time that they are read.
      const rounds = Array.from({ length: effort({ quick: 1, whole: 3 }) }, () => databases).flat()
      for (const { threads, database } of [...rounds, databases[0]!, databases[0]!]) {
        const result = await database.query(readQuery(QUERIES, name))
        const rows = (await result.rows()).map((row) => result.schema.map((field) => row[field.name]))
        expect(answerProblem(answer, rows), `${threads} threads`).toBeUndefined()
      }
    })
  }
})

test('pages that were cached are not read again', async () => {
  const bytesRead = []
  for (const { database } of databases) {
    const plan = await database.query('explain (analyze, format json) select sum(l_quantity) from lineitem')
    const text = JSON.stringify(await plan.rows())
    bytesRead.push(Number(/bytes_read[^0-9]*(\d+)/.exec(text)?.[1] ?? 0))
  }
  expect(bytesRead[0]).toBe(0)
  expect(bytesRead[2]).toBeGreaterThan(0)
})

/** Method: blocks of a result and the reply that ends it travel by different ways; once the reply overtook blocks, about one run in four. */
test('a sorted result of many batches arrives in order, every time', async () => {
  const { database } = databases[1]!
  for (let run = 0; run < effort({ quick: 4, whole: 24 }); run++) {
    const result = await database.query('select l_orderkey, l_linenumber from lineitem order by 1, 2')
    let last = -1
    let count = 0
    for await (const row of result.stream()) {
      const key = Number(row['l_orderkey']) * 8 + Number(row['l_linenumber'])
      if (key <= last) throw new Error(`row ${count} of run ${run} is out of order`)
      last = key
      count += 1
    }
    expect(count).toBe(60_175)
  }
})
