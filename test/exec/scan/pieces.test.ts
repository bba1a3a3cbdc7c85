/** Row groups that threads share: every row is read once, whoever takes which piece. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PAGE_BYTES, createMemory } from '../../../src/core/memory.ts'
import { QueryControl } from '../../../src/exec/query-control.ts'
import { RowGroupPieces, countersOf, piecesWanted } from '../../../src/exec/scan/pieces.ts'
import type { Database } from '../../../src/index.ts'

describe('pieces', () => {
  test('cover each row group once, in order for each reader', () => {
    const control = QueryControl.create(createMemory(4 * PAGE_BYTES))
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1_200_000 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 2, max: 16 }),
        fc.array(fc.boolean(), { minLength: 400, maxLength: 400 }),
        (rowCounts, taskCount, workerCount, helps) => {
          control.resetForRound(taskCount)
          const wanted = piecesWanted(rowCounts.length, { workerCount, taskCount })
          const { first } = countersOf(taskCount - 1, taskCount)
          const own = new RowGroupPieces(control, rowCounts, { wanted, first })
          const other = new RowGroupPieces(control, rowCounts, { wanted, first })
          let step = 0
          rowCounts.forEach((rowCount, number) => {
            const seen = [own.begin(number)]
            for (let range = own.next(number); range !== null; range = own.next(number)) {
              expect(range.start).toBeGreaterThanOrEqual(seen.at(-1)!.end)
              seen.push(range)
              const help = helps[step++ % helps.length] === true ? other.help() : null
              if (help !== null) seen.push(help.range)
            }
            const sorted = seen.toSorted((a, b) => a.start - b.start)
            expect(sorted[0]!.start).toBe(0)
            expect(sorted.at(-1)!.end).toBe(rowCount)
            sorted.slice(1).forEach(({ start }, i) => expect(start).toBe(sorted[i]!.end))
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  test('one thread, and many row groups, need none', () => {
    expect(piecesWanted(1, { workerCount: 1, taskCount: 1 })).toBe(1)
    expect(piecesWanted(40, { workerCount: 4, taskCount: 1 })).toBe(1)
    expect(piecesWanted(1, { workerCount: 4, taskCount: 4096 })).toBe(1)
    expect(piecesWanted(2, { workerCount: 4, taskCount: 1 })).toBe(16)
  })
})

describe('a file of one row group', () => {
  let folder: string
  let shared: Database
  let single: Database

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-pieces-'))
    const { open } = (await import('../../../dist/src/index.js' as string)) as typeof import('../../../src/index.ts')
    shared = await open({ catalog: folder, threads: 3 })
    await shared.query(`create table t as select i::bigint as id, (i % 97)::integer as k, 'name ' || i % 1000 as name,
      case when i % 3 = 0 then null else i * 0.5 end as x, 'comment ' || i as text from generate_series(1, 400000) as g(i)`)
    single = await open({ catalog: folder, threads: 1 })
  })

  afterAll(async () => {
    await shared.close()
    await single.close()
    await rm(folder, { recursive: true, force: true })
  })

  test.each([
    'select count(*), sum(id), sum(x), min(text), max(text) from t',
    "select k, count(*), sum(x), count(distinct name) from t where id > 150000 and text like '%7%' group by k order by k",
    'select id, text from t where id between 199990 and 200010 order by id',
    'select name, count(*) from t where x is null and k = 5 group by name order by name limit 20',
  ])('gives the same rows by pieces: %s', async (sql) => {
    const rows = async (db: Database): Promise<unknown> => (await db.query(sql)).rows()
    expect(await rows(shared)).toEqual(await rows(single))
  })
})
