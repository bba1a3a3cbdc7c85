/** `\\d` and `\\dt` print what psql prints, and below it what kind of table it is. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import { runClient } from './run-client.ts'

const lake = mkdtempSync(join(tmpdir(), 'sluice-describe-'))
const engine = new Engine({ dataDirectory: lake, settings: { threads: 1, memory_limit: '64MB' } })

const run = async (text: string, format = 'table') => runClient(engine, { format, text })

beforeAll(async () => {
  mkdirSync(join(lake, 'empty'))
  const { err } = await run(`
    create table users (id bigint not null, "fullName" text comment 'as on the passport', born date);
    create schema sales;
    create table sales.daily (day date, amount decimal(10,2));
    create table user_names (name text);
    attach '${lake}' as other;
    insert into users values (1, 'a', null);`)
  expect(err).toBe('')
})
afterAll(async () => {
  await engine.close()
  rmSync(lake, { recursive: true, force: true })
})

/** The text with the snapshot's id and time replaced by their pattern. */
const stable = (text: string): string =>
  text.replaceAll(/\d{15,19} \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00\)/g, 'ID (TIME)')

describe('\\\\d TABLE', () => {
  test('columns under a centred title, and the table below', async () => {
    const { out, err, ok } = await run('\\d users')
    expect(stable(out)).toBe(
      `\
                 Table "main.users"
  Column  |  Type   | Collation | Nullable | Default
----------+---------+-----------+----------+---------
 id       | bigint  |           | not null | 
 fullName | varchar |           |          | 
 born     | date    |           |          | 
Format: iceberg
Location: ${lake}/users
Snapshot: ID (TIME)

`,
    )
    expect({ err, ok }).toEqual({ err: '', ok: true })
  })

  test('shows defaults, constraints and how files are laid out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-describe-rules-'))
    const other = new Engine({ dataDirectory: folder, settings: { threads: 1, memory_limit: '64MB' } })
    const on = async (text: string) => runClient(other, { format: 'table', text })
    const { err } = await on(`
      create table stock (item text not null, n int default 1 + 1 check (n >= 0), at timestamp, constraint named check (n < 100))
        partitioned by (bucket(4, item), day(at));
      alter table stock write ordered by n desc, item nulls first;`)
    expect(err).toBe('')
    const { out } = await on('\\d stock')
    expect(out).toMatch(/ item +\| varchar +\| +\| not null \| +\n n +\| integer +\| +\| +\| 1 \+ 1 *\n/)
    expect(out).toContain('Check constraints:\n    "stock_n_check" CHECK (n >= 0)\n    "named" CHECK (n < 100)\n')
    expect(out).toContain('Partitioned by: bucket(4, item), day(at)\nOrdered by: n DESC NULLS LAST, item NULLS FIRST\n')
    const failed = await on(`insert into stock values ('bolt', 5, null), ('nut', -1, timestamp '2024-01-01')`)
    expect(failed.err).toContain(
      'ERROR:  new row for relation "stock" violates check constraint "stock_n_check"\nDETAIL:  Failing row contains (nut, -1, 2024-01-01 00:00:00).\n',
    )
    expect((await on('insert into stock values (null, 1, null)')).err).toContain(
      'DETAIL:  Failing row contains (null, 1, null).\n',
    )
    await other.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('the snapshot is the current one', async () => {
    const { out: snapshots } = await run('\\t\nselect snapshot_id from users$snapshots', 'csv')
    expect((await run('\\d users')).out).toContain(`Snapshot: ${snapshots.trim()} (`)
  })

  test('a table without snapshots has none to show', async () => {
    expect((await run('\\d user_names')).out).toMatch(/\nFormat: iceberg\nLocation: \S+\/user_names\n\n$/)
  })

  test('\\\\d+ shows comments too', async () => {
    expect((await run('\\d+ users')).out).toContain('| Default |    Description')
    expect((await run('\\d+ users')).out).toContain('|         | as on the passport\n')
  })

  test('tables of another catalog are titled by its name', async () => {
    expect((await run('\\d other.users')).out).toContain(' Table "other.main.users"\n')
    expect((await run('use other;\n\\d users')).out).toContain(' Table "main.users"\n')
    expect((await run('\\d sales.daily')).out).toContain(' Table "sales.daily"\n')
  })

  test('names are folded unless quoted', async () => {
    expect((await run('\\d USERS;')).out).toContain('Table "main.users"')
    expect((await run('\\d "USERS"')).err).toBe(
      'ERROR:  relation "USERS" does not exist\nHINT:  Perhaps you meant the table "users".\n',
    )
  })

  test('a pattern describes each table that fits', async () => {
    const { out } = await run('\\d user*')
    expect(out.match(/Table ".*"/g)).toEqual(['Table "main.user_names"', 'Table "main.users"'])
    expect(await run('\\d x*')).toEqual({ out: '', err: 'Did not find any relation named "x*".\n', ok: true })
  })

  test('an error has no place: there is no SQL text', async () => {
    const { out, ok } = await run('\\d nowhere.users', 'jsonl')
    expect(JSON.parse(out)).toMatchObject({ error: { sqlstate: '3F000', position: null } })
    expect(ok).toBe(false)
  })

  test('\\\\x and \\\\t as for any result', async () => {
    const { out } = await run('\\x\n\\d user_names')
    expect(out.replace(/Location: .*/, 'Location: L')).toBe(
      'Table "main.user_names"\n-[ RECORD 1 ]---------\nColumn    | name\nType      | varchar\nCollation | \nNullable  | \n' +
        'Default   | \nFormat: iceberg\nLocation: L\n\n',
    )
    expect((await run('\\t\n\\d user_names')).out).toBe(' name   | varchar |           |          | \n')
  })

  test('other formats give the columns alone', async () => {
    expect((await run('\\d user_names', 'csv')).out).toBe('Column,Type,Collation,Nullable,Default\nname,varchar,,,\n')
  })
})

describe('\\\\dt', () => {
  const ALL = `\
      List of relations
 Schema |    Name    | Type
--------+------------+-------
 main   | user_names | table
 main   | users      | table
 sales  | daily      | table
(3 rows)

`

  test.each(['\\dt', '\\d', '\\dt other'])('%s lists tables', async (command) => {
    expect(await run(command)).toEqual({ out: ALL, err: '', ok: true })
  })

  test.each([
    ['\\dt sales', ['daily']],
    ['\\dt other.main.*', ['user_names', 'users']],
    ['\\dt main.*s', ['user_names', 'users']],
    ['\\dt user?names', ['user_names']],
    ['\\dt user_', []],
    ['\\dt "user*"', []],
    ['\\dt USERS', ['users']],
  ])('%s', async (command, names) => {
    const { out } = await run(command, 'csv')
    expect(out.split('\n').slice(1, -1)).toEqual(names.map((name) => expect.stringContaining(`,${name},table`)))
  })

  test('nothing found', async () => {
    expect(await run('\\dt nope')).toEqual({ out: '', err: 'Did not find any relations named "nope".\n', ok: true })
  })

  test('\\\\dt+ shows the format of each', async () => {
    expect((await run('\\dt+ users')).out).toContain(' main   | users | table | iceberg\n(1 row)\n')
  })
})
