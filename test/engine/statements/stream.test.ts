/** SELECT ... FROM STREAM(t): what is computed commit by commit, what the command line prints of it, and what is refused. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import type { Session } from '../../../src/engine/session.ts'
import { jsonRows } from '../../built-engine.ts'
import { runClient } from '../../repl/run-client.ts'

let folder: string
let engine: Engine
let session: Session

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-stream-'))
  const { startEngine } = (await import('../../../dist/src/engine/engine.js' as string)) as {
    startEngine: typeof import('../../../src/engine/engine.ts').startEngine
  }
  engine = await startEngine({ dataDirectory: folder, settings: { threads: 1, memory_limit: '64MB' } })
  session = engine.createSession()
  for (const sql of [
    'CREATE TABLE t (id bigint, name varchar, tags varchar[])',
    `INSERT INTO t VALUES (1, 'a', ARRAY['x', 'y']), (2, 'b', NULL)`,
    `INSERT INTO t VALUES (3, 'c', ARRAY['z'])`,
    'CREATE TABLE d (id bigint, city varchar)',
    `INSERT INTO d VALUES (1, 'Oslo'), (3, 'Rome')`,
  ]) {
    await session.query(sql)
  }
})

afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true })
})

const T = 'STREAM(t, wait => false)'

describe('row by row', () => {
  test.each([
    [
      `SELECT id, name FROM ${T}`,
      [
        ['1', 'a'],
        ['2', 'b'],
        ['3', 'c'],
      ],
    ],
    [
      `SELECT id + 1 AS n, _change_type FROM ${T} s WHERE s.id > 1`,
      [
        ['3', 'insert'],
        ['4', 'insert'],
      ],
    ],
    [`SELECT id FROM ${T} LIMIT 2`, [['1'], ['2']]],
    [`SELECT id FROM ${T} LIMIT 0`, []],
    [
      `SELECT s.id, d.city FROM ${T} s LEFT JOIN d USING (id)`,
      [
        ['1', 'Oslo'],
        ['2', null],
        ['3', 'Rome'],
      ],
    ],
    [`SELECT id FROM ${T} WHERE id IN (SELECT id FROM d)`, [['1'], ['3']]],
    [
      `SELECT id, tag FROM ${T} s, unnest(s.tags) AS u(tag)`,
      [
        ['1', 'x'],
        ['1', 'y'],
        ['3', 'z'],
      ],
    ],
    [`SELECT id FROM d RIGHT JOIN ${T} s USING (id)`, [['1'], ['2'], ['3']]],
    [`WITH c AS (SELECT max(id) AS m FROM d) SELECT id FROM ${T}, c WHERE id = m`, [['3']]],
    [`SELECT id FROM STREAM('t', start => 'now', wait => false)`, []],
    [`SELECT count(*) FROM table_changes('t')`, [['3']]],
  ])('%s', async (sql, rows) => {
    expect((await jsonRows(session, sql)).toSorted((a, b) => String(a[0]).localeCompare(String(b[0])))).toEqual(rows)
  })
})

describe('the command line', () => {
  const lines = async (format: string, text: string): Promise<string[]> =>
    (await runClient(engine, { format, text })).out.trimEnd().split('\n')

  test('a line of JSON a commit, with the offset behind it', async () => {
    const [first, second, ...others] = await lines('jsonl', `SELECT id, _change_type FROM ${T}`)
    expect(others).toEqual([])
    const answer = JSON.parse(first!) as { rows: unknown; command: string; offset: object }
    expect(answer).toMatchObject({
      rows: [
        ['1', 'insert'],
        ['2', 'insert'],
      ],
      command: 'SELECT 2',
    })
    expect(JSON.parse(second!)).toMatchObject({ rows: [['3', 'insert']] })
    const offset = JSON.stringify(answer.offset)
    expect(await lines('jsonl', `SELECT id, _change_type FROM STREAM(t, from => '${offset}', wait => false)`)).toEqual([
      second,
    ])
  })

  test('commits without rows are not printed; CSV has one header', async () => {
    expect(await lines('jsonl', `SELECT id FROM ${T} WHERE id = 3`)).toHaveLength(1)
    expect(await lines('csv', `SELECT id FROM ${T}`)).toEqual(['id', '1', '2', '3'])
  })
})

describe('refused', () => {
  const refused = (what: string): string => `0A000 ${what} over STREAM is not supported`
  const misplaced = '0A000 STREAM anywhere but in FROM of a plain SELECT is not supported'

  test.each([
    [`SELECT id FROM ${T} ORDER BY id`, refused('ORDER BY')],
    [`SELECT id FROM ${T} OFFSET 1`, refused('OFFSET')],
    [`SELECT count(*) FROM ${T}`, refused('an aggregate or GROUP BY')],
    [`SELECT id FROM ${T} GROUP BY id`, refused('an aggregate or GROUP BY')],
    [`SELECT DISTINCT id FROM ${T}`, refused('DISTINCT')],
    [`SELECT row_number() OVER () FROM ${T}`, refused('a window function')],
    [`SELECT d.id FROM d LEFT JOIN ${T} s USING (id)`, refused('a join that keeps rows without a match in it')],
    [`SELECT id FROM d WHERE id IN (SELECT id FROM ${T})`, misplaced],
    [`SELECT id FROM d UNION ALL SELECT id FROM ${T}`, misplaced],
    [`SELECT id FROM (SELECT id FROM ${T}) x`, misplaced],
    [`INSERT INTO d SELECT id, name FROM ${T}`, misplaced],
    [`SELECT a.id FROM ${T} a, ${T} b`, '0A000 a second STREAM in a query is not supported'],
    [`SELECT x FROM ${T} s(x)`, '0A000 a list of column names behind STREAM is not supported'],
    ['SELECT 1 FROM STREAM()', '42883 stream does not exist with these arguments'],
    ['SELECT 1 FROM STREAM(t, net => true)', '42883 stream does not exist with these arguments'],
    ['SELECT 1 FROM STREAM(1)', '42804 STREAM is of a table: its name is needed here'],
    [`SELECT 1 FROM STREAM(t, wait => 1)`, '42804 wait is a boolean, not type integer'],
    [`SELECT 1 FROM STREAM(nope)`, '42P01 relation "nope" does not exist'],
    [`SELECT id FROM ${T} LIMIT -1`, '2201W LIMIT must not be negative'],
  ])('%s', async (sql, message) => {
    const failure = await jsonRows(session, sql).then(
      () => 'none',
      (error: { sqlstate: string; message: string }) => `${error.sqlstate} ${error.message}`,
    )
    expect(failure).toBe(message)
  })
})
