/** DELETE, UPDATE, MERGE and TRUNCATE through the built package. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiValue } from '../../src/engine/api-value.ts'
import type { Database } from '../../src/engine/database.ts'
import { commandOf, failureOf, rowsOf } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-change-'))
let database: Database
let other: Database

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  const options = { catalog: root, threads: 1, memoryLimit: '128MB' }
  database = await open(options)
  other = await open(options)
})

afterAll(async () => {
  await database.close()
  await other.close()
  rmSync(root, { recursive: true, force: true })
})

/** The command tag. */
const run = async (sql: string, on: Database = database): Promise<string> => commandOf(on, sql)
const rows = async (sql: string): Promise<ApiValue[][]> => rowsOf(database, sql)
const failure = async (sql: string, on: Database = database): Promise<string> => failureOf(on, sql)

async function files(table: string): Promise<ApiValue[][]> {
  return rows(`select content, sum(record_count)::bigint as n from "${table}$files" group by content order by content`)
}

/** Numbers 1 to 10, their squares, and a group of three. */
async function numbers(name: string, clauses = ''): Promise<void> {
  await run(
    `create table ${name} ${clauses} as select i as n, i * i as sq, i % 3 as g from generate_series(1::bigint, 10) s(i)`,
  )
}

const MODES = ['merge-on-read', 'copy-on-write'] as const
const PARTITIONS = ['', 'partitioned by (g)', 'partitioned by (bucket(4, n))'] as const

describe.each(MODES.flatMap((mode) => PARTITIONS.map((by) => ({ mode, by }))))('$mode, $by', ({ mode, by }) => {
  const modes = ['delete', 'update', 'merge'].map((kind) => `'write.${kind}.mode' = '${mode}'`)
  const name = `t_${mode.slice(0, 4)}_${PARTITIONS.indexOf(by)}`
  const make = async (): Promise<void> => {
    await run(`drop table if exists ${name}`)
    await run(`create table ${name} (n bigint, sq bigint, g int) ${by} with (${modes.join(', ')})`)
    await run(`insert into ${name} select i, i * i, (i % 3)::int from generate_series(1, 10) s(i)`)
  }

  test('DELETE', async () => {
    await make()
    expect(await run(`delete from ${name} where n in (2, 5, 9)`)).toBe('DELETE 3')
    expect(await run(`delete from ${name} where sq = 16`)).toBe('DELETE 1')
    expect(await run(`delete from ${name} where n = 100`)).toBe('DELETE 0')
    expect(await rows(`select n from ${name} order by n`)).toEqual([[1n], [3n], [6n], [7n], [8n], [10n]])
    const deletes = (await files(name)).filter(([content]) => content !== 0)
    expect(deletes.length > 0).toBe(mode === 'merge-on-read')
  })

  test('UPDATE', async () => {
    await make()
    expect(await run(`update ${name} set sq = -sq, g = 7 where n <= 3`)).toBe('UPDATE 3')
    expect(await rows(`select n, sq, g from ${name} where sq < 0 or g = 7 order by n`)).toEqual([
      [1n, -1n, 7],
      [2n, -4n, 7],
      [3n, -9n, 7],
    ])
    expect(await rows(`select count(*) c, sum(n)::bigint s from ${name}`)).toEqual([[10n, 55n]])
    // Rows that were written by an update are changed again.
    expect(await run(`update ${name} set sq = n where n <= 4`)).toBe('UPDATE 4')
    expect(await rows(`select sum(sq)::bigint s from ${name}`)).toEqual([[385n - 30n + 10n]])
  })

  test('MERGE', async () => {
    await make()
    const source = 'values (1, 100), (2, null), (11, 121), (12, null)'
    const merge = `merge into ${name} t using (${source}) s(k, v) on t.n = s.k
      when matched and s.v is null then delete
      when matched then update set sq = s.v
      when not matched and s.v is null then do nothing
      when not matched then insert (n, sq) values (s.k, s.v)
      when not matched by source and t.n > 8 then delete
      when not matched by source and t.n = 3 then update set g = 33`
    expect(await run(merge)).toBe('MERGE 6')
    expect(await rows(`select n, sq, g from ${name} where n not between 4 and 8 order by n`)).toEqual([
      [1n, 100n, 1],
      [3n, 9n, 33],
      [11n, 121n, null],
    ])
    expect(await rows(`select count(*) c from ${name}`)).toEqual([[8n]])
  })

  test('TRUNCATE', async () => {
    await make()
    await run(`delete from ${name} where n = 1`)
    expect(await run(`truncate ${name}`)).toBe('TRUNCATE TABLE')
    expect(await rows(`select * from ${name}`)).toEqual([])
    expect(await files(name)).toEqual([])
    await run(`insert into ${name} values (1, 1, 1)`)
    expect(await rows(`select n from ${name}`)).toEqual([[1n]])
  })
})

describe('DELETE', () => {
  test('files all of whose rows match go by the metadata', async () => {
    await numbers('byfile', 'partitioned by (g)')
    expect(await run('delete from byfile where g = 1')).toBe('DELETE 4')
    expect(await files('byfile')).toEqual([[0, 6n]])
    expect(await run('delete from byfile where n > 2 and n < 100')).toBe('DELETE 5')
    // All rows of a file, which only reading it could tell: no delete file is left behind.
    expect(await files('byfile')).toEqual([
      [0, 3n],
      [1, 2n],
    ])
    const [[operation]] = (await rows(
      `select operation from "byfile$snapshots" order by committed_at desc limit 1`,
    )) as [[string]]
    expect(operation).toBe('delete')
    expect(await run('delete from byfile')).toBe('DELETE 1')
    expect(await files('byfile')).toEqual([])
  })

  test('USING: a row that several rows match goes once', async () => {
    await numbers('used')
    expect(await run('delete from used u using (values (1), (1), (2)) v(x) where u.n = v.x')).toBe('DELETE 2')
    expect(await run('delete from used using used b where used.n = b.n + 1 and b.sq = 9')).toBe('DELETE 1')
    expect(await rows('select n from used order by n limit 2')).toEqual([[3n], [5n]])
  })

  test('subqueries, WITH and parameters', async () => {
    await numbers('sub')
    expect(await run('delete from sub where n = (select max(n) from sub)')).toBe('DELETE 1')
    expect(await run('delete from sub where exists (select 1 from sub b where b.n = sub.n * 2)')).toBe('DELETE 4')
    expect(await run('with w as (select 5 as x) delete from sub using w where n = x')).toBe('DELETE 1')
    const result = await database.query('delete from sub where n > $1 returning n', [8])
    expect(await result.rows()).toEqual([{ n: 9n }])
    expect(await rows('select n from sub order by n')).toEqual([[6n], [7n], [8n]])
  })

  test('RETURNING', async () => {
    await numbers('given')
    expect(await rows('delete from given where n < 3 returning *, n + sq as s, old.n as o')).toEqual([
      [1n, 1n, 1n, 2n, 1n],
      [2n, 4n, 2n, 6n, 2n],
    ])
    expect(await rows('delete from given returning n')).toHaveLength(8)
  })
})

describe('UPDATE', () => {
  test('FROM, several columns, DEFAULT', async () => {
    await numbers('many')
    const from = 'from (values (1, 10), (2, 20)) v(k, x)'
    expect(await run(`update many m set (sq, g) = (v.x, default) ${from} where m.n = v.k`)).toBe('UPDATE 2')
    expect(
      await run('update many set (sq, g) = (select max(b.sq), 5 from many b where b.n < many.n) where n = 4'),
    ).toBe('UPDATE 1')
    expect(await rows('select * from many where n in (1, 2, 4) order by n')).toEqual([
      [1n, 10n, null],
      [2n, 20n, null],
      [4n, 20n, 5n],
    ])
  })

  test('RETURNING sees the new values, and the old ones by name', async () => {
    await numbers('seen')
    expect(await rows('update seen s set sq = 0 where n = 3 returning s.*, old.sq as was, new.sq as now')).toEqual([
      [3n, 0n, 0n, 9n, 0n],
    ])
  })

  test('errors', async () => {
    await numbers('wrong')
    expect(await failure('update wrong set nn = 1')).toBe('42703 column "nn" of relation "wrong" does not exist')
    expect(await failure('update wrong set n = 1, n = 2')).toBe('42601 multiple assignments to same column "n"')
    expect(await failure("update wrong set n = 'x'")).toMatch(/^22P02/)
    expect(await failure('update wrong set n = true')).toMatch(/^42804 column "n" is of type bigint/)
    expect(await failure('update wrong set (n, g) = (1, 2, 3)')).toMatch(/^42601 number of columns/)
    expect(await failure('update wrong set n = n / 0')).toMatch(/^22012/)
    expect(await failure('update nowhere set n = 1')).toMatch(/^42P01/)
    expect(await rows('select sum(n)::bigint s from wrong')).toEqual([[55n]])
    expect(await rows('select count(*) c from "wrong$snapshots"')).toEqual([[1n]])
    expect(readdirSync(join(root, 'wrong/data'))).toHaveLength(1)
  })
})

describe('MERGE', () => {
  test('a row that two rows of the source change', async () => {
    await numbers('twice')
    const merge = 'merge into twice t using (values (1, 5), (1, 6)) s(k, v) on t.n = s.k when matched then'
    expect(await failure(`${merge} update set sq = s.v`)).toBe('21000 MERGE command cannot affect row a second time')
    expect(await failure(`${merge} delete`)).toMatch(/^21000/)
    expect(await run(`${merge} do nothing`)).toBe('MERGE 0')
    expect(await rows('select count(*) c from "twice$snapshots"')).toEqual([[1n]])
  })

  test('merge_action(), columns of both sides', async () => {
    await numbers('told')
    const sql = `merge into told t using (values (1, 5), (50, 6)) s(k, v) on t.n = s.k
      when matched then update set sq = v when not matched then insert values (k, v, default)
      returning merge_action(), lower(merge_action()) as l, t.n, t.sq, s.k`
    expect((await rows(sql)).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))).toEqual([
      ['INSERT', 'insert', 50n, 6n, 50],
      ['UPDATE', 'update', 1n, 5n, 1],
    ])
  })

  test('whole rows, by name and by place', async () => {
    await numbers('whole')
    const source = '(select 3 as g, 1 as n, 77 as sq union all select 4, 99, 78)'
    const merge = `merge into whole using ${source} s on whole.n = s.n`
    expect(await run(`${merge} when matched then update set * when not matched then insert *`)).toBe('MERGE 2')
    expect(await rows('select n, sq, g from whole where sq in (77, 78) order by n')).toEqual([
      [1n, 77n, 3n],
      [99n, 78n, 4n],
    ])
    const byPlace = 'merge into whole using (values (1, 2, 3)) s(n, b, c) using (n) when matched then update'
    expect(await run(byPlace)).toBe('MERGE 1')
    expect(await rows('select * from whole where n = 1')).toEqual([[1n, 2n, 3n]])
  })

  test('errors', async () => {
    await numbers('bad')
    const merge = 'merge into bad t using (values (1)) s(k) on t.n = s.k'
    expect(await failure(`${merge} when matched then delete when matched then do nothing`)).toBe(
      '42601 unreachable WHEN clause specified after unconditional WHEN clause',
    )
    expect(await failure(`${merge} when not matched then insert (n) values (t.n)`)).toMatch(/^42P01/)
    expect(await failure(`${merge} when not matched then delete`)).toMatch(/^42601/)
    expect(await failure(`${merge} when matched then insert values (1, 2, 3)`)).toMatch(/^42601/)
    expect(await failure('merge into bad using bad on true when matched then delete')).toMatch(/^42712/)
  })
})

describe('INSERT', () => {
  test('RETURNING', async () => {
    await numbers('fresh')
    expect(
      await rows(
        'insert into fresh as f (n, g) select 20 + i, i from generate_series(1, 2) s(i) returning f.n + 1 as m, *',
      ),
    ).toEqual([
      [22n, 21n, null, 1n],
      [23n, 22n, null, 2n],
    ])
    const result = await database.query('insert into fresh values (30, default, 1) returning n')
    expect(await result.rows()).toEqual([{ n: 30n }])
    expect(result.command).toBe('INSERT 0 1')
  })

  test('OVERWRITE replaces all rows, also by rows of the table itself', async () => {
    await numbers('over')
    expect(await run('insert overwrite over select n, -sq, g from over where n > 7')).toBe('INSERT 0 3')
    expect(await rows('select n, sq from over order by n')).toEqual([
      [8n, -64n],
      [9n, -81n],
      [10n, -100n],
    ])
    const [[operation]] = (await rows('select operation from "over$snapshots" order by committed_at desc limit 1')) as [
      [string],
    ]
    expect(operation).toBe('overwrite')
    expect(await run('insert overwrite over select * from over where false')).toBe('INSERT 0 0')
    expect(await rows('select * from over')).toEqual([])
  })

  test('REPLACE WHERE replaces the rows that match', async () => {
    await numbers('part', 'partitioned by (g)')
    expect(await run('insert into part replace where g = 1 values (100, 1, 1), (101, 2, 1)')).toBe('INSERT 0 2')
    expect(await rows('select n from part where g = 1 order by n')).toEqual([[100n], [101n]])
    expect(await rows('select count(*) c from part')).toEqual([[8n]])
    expect(await failure('insert into part replace where g = 1 values (100, 1, 2)')).toBe(
      '44000 new row does not match the condition of REPLACE WHERE',
    )
    expect(await rows('select count(*) c from part')).toEqual([[8n]])
  })

  test('ON CONFLICT needs a key', async () => {
    expect(await failure('insert into part values (1, 1, 1) on conflict (id) do nothing')).toMatch(/^42P10|^42703/)
  })
})

describe('two writers', () => {
  /** Runs `first` while a statement of the other database is under way: between its reading and its commit. */
  async function meanwhile(table: string, statement: string, first: string): Promise<string> {
    // What RETURNING asks for is computed while the table is read; the other's commit comes before the statement's own.
    const pending = failure(statement)
    await run(first, other)
    const result = await pending
    await rows(`select count(*) c from ${table}`)
    return result
  }

  test('appends go with everything that does not read them', async () => {
    await numbers('together')
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        failure(`insert into together values (${100 + i}, 0, 0)`, i % 2 ? other : database),
      ),
    )
    expect(outcomes).toEqual(Array(6).fill('none'))
    expect(await rows('select count(*) c from together')).toEqual([[16n]])
  })

  test('updates of one row: one of them fails, or they follow each other', async () => {
    await numbers('contended')
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        failure('update contended set sq = sq + 1000 where n = 5', i % 2 ? other : database),
      ),
    )
    const done = outcomes.filter((outcome) => outcome === 'none').length
    for (const outcome of outcomes) expect(outcome).toMatch(/^none$|^40001 could not serialize access/)
    expect(done).toBeGreaterThan(0)
    expect(await rows('select n, sq from contended where n = 5')).toEqual([[5n, 25n + 1000n * BigInt(done)]])
    expect(await rows('select count(*) c from contended')).toEqual([[10n]])
  })

  test('outcomes are those of some order', async () => {
    await numbers('ordered')
    const outcome = await meanwhile(
      'ordered',
      'delete from ordered where n > 5',
      'insert into ordered values (50, 0, 0)',
    )
    const [[left]] = (await rows('select count(*) c from ordered where n = 50')) as [[bigint]]
    if (outcome === 'none') expect([0n, 1n]).toContain(left)
    else expect(outcome).toMatch(/^40001/)
  })
})
