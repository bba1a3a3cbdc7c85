/**
 * Queries on Delta tables through the whole engine: deleted rows, versions, older files, changes.
 *
 * Method: logs and tiny Parquet files written byte by byte to a folder of their own; the engine is that of `dist`, where its workers run.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/core/exact-json.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import type { Session } from '../../../src/engine/session.ts'
import { type Node, writeFile } from '../../format/parquet/write-file.ts'
import { type LogFiles, add, column, commitsOf, metadata, protocol, remove } from './make-table.ts'
import { jsonRows, startBuiltEngine } from '../../built-engine.ts'

let engine: Engine
let session: Session
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'delta-'))
  writeTable('t', CHANGING, { a: [1, 2, 3, 4], b: [5, 6], c: [4, 7] })
  writeTable('feed', FEED, { a: [1, 2], b: [3, 2], c: [9] }, { 'cdc.parquet': recorded() })
  writeTable('many', MANY, Object.fromEntries([0, 1, 2, 3].map((n) => [`f${n}`, [n * 10, n * 10 + 5]])))
  writeTable('nulls', NULLS, { a: [1] })
  engine = await startBuiltEngine()
  session = engine.createSession()
  await session.query(`ATTACH '${folder}' AS lake (TYPE lake)`)
  await session.query('USE lake')
  await session.query("SET delta_commit_time = 'commit_info'")
})

afterAll(async () => {
  await engine?.close()
  rmSync(folder, { recursive: true, force: true })
})

function writeTable(
  name: string,
  log: LogFiles,
  data: Readonly<Record<string, number[]>>,
  others: LogFiles = {},
): void {
  const put = (path: string, content: string | Uint8Array): void => {
    const file = join(folder, name, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  for (const [path, content] of Object.entries(log)) put(`_delta_log/${path}`, content)
  for (const [path, values] of Object.entries(data)) put(path, numbers(values))
  for (const [path, content] of Object.entries(others)) put(path, content)
}

const ID: Node = { name: 'id', repetition: 'required', physical: 'INT32' }
const plain = (values: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)
const page = (values: readonly number[]) => ({ pages: [{ valueCount: values.length, values: plain(values) }] })

/** A file with the one column `id`. */
function numbers(values: readonly number[]): Uint8Array {
  return writeFile([ID], values.length, [page(values)])
}

/** Recorded changes: 2 became 3. */
function recorded(): Uint8Array {
  const kinds = ['update_preimage', 'update_postimage'].map((kind) => {
    const bytes = Buffer.from(`\0\0\0\0${kind}`)
    bytes.writeUInt32LE(kind.length)
    return bytes
  })
  const type: Node = { name: '_change_type', repetition: 'required', physical: 'BYTE_ARRAY', converted: 0 }
  return writeFile([ID, type], 2, [page([2, 3]), { pages: [{ valueCount: 2, values: Buffer.concat(kinds) }] }])
}

/** Rows 3 of PROTOCOL.md's example fall into the file: 3. */
const VECTOR = {
  storageType: 'i',
  pathOrInlineDv: 'wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L',
  sizeInBytes: 40,
  cardinality: 6,
}

const bounds = (min: number, max: number, rows: number): JsonObject => ({
  stats: { numRecords: rows, minValues: { id: min }, maxValues: { id: max }, nullCount: { id: 0 } },
})
const commit = (seconds: number, operation: string): JsonObject => ({
  commitInfo: { timestamp: 1_700_000_000_000 + seconds * 1000, operation },
})

const CHANGING = commitsOf([
  [commit(0, 'WRITE'), protocol(['deletionVectors']), metadata([column('id', 'integer')]), add('a', bounds(1, 4, 4))],
  [commit(1, 'WRITE'), add('b', bounds(5, 6, 2))],
  // The fourth row of a, whose id is 4.
  [commit(2, 'DELETE'), remove('a'), add('a', { ...bounds(1, 4, 4), deletionVector: VECTOR })],
  [commit(3, 'ADD COLUMNS'), metadata([column('id', 'long'), column('x', 'string')])],
  [commit(4, 'RESTORE'), remove('a', { deletionVector: VECTOR }), add('a', bounds(1, 4, 4)), remove('b')],
  // Nothing changes: rows are only put elsewhere.
  [commit(5, 'OPTIMIZE'), remove('a', { dataChange: false }), add('a', { ...bounds(1, 4, 4), dataChange: false })],
])

const feed = { configuration: { 'delta.enableChangeDataFeed': 'true' } }
const FEED = commitsOf([
  [commit(0, 'WRITE'), protocol(), metadata([column('id', 'integer')], feed), add('a')],
  [commit(1, 'UPDATE'), remove('a'), add('b'), { cdc: { path: 'cdc.parquet', partitionValues: {}, size: 1 } }],
  [commit(2, 'WRITE'), add('c')],
])

const MANY = commitsOf([
  [
    ...[protocol(), metadata([column('id', 'integer'), column('p', 'integer')], { partitionBy: ['p'] })],
    ...[0, 1, 2, 3].map((n) =>
      add(`f${n}`, { ...bounds(n * 10, n * 10 + 5, 2), partitionValues: { p: n === 3 ? null : String(n % 2) } }),
    ),
  ],
  // As older writers do: without its partition.
  [remove('f9'), add('f9', { partitionValues: { p: '9' } })],
  [remove('f9')],
])

/** Spark leaves NULLs out of the partition of a removed file. */
const NULLS = commitsOf([
  [
    ...[protocol(), metadata([column('id', 'integer'), column('p', 'integer')], { partitionBy: ['p'] })],
    add('a', { ...bounds(1, 1, 1), partitionValues: { p: null } }),
  ],
  [remove('a', { partitionValues: {} })],
])

const rowsOf = (sql: string): Promise<unknown[][]> => jsonRows(session, sql)

describe('rows', () => {
  test('of versions, with and without deleted ones', async () => {
    const ids = async (version: number): Promise<unknown> =>
      rowsOf(`SELECT id FROM t FOR VERSION AS OF ${version} ORDER BY id`)
    expect(await ids(0)).toEqual([[1], [2], [3], [4]])
    expect(await ids(1)).toEqual([[1], [2], [3], [4], [5], [6]])
    expect(await ids(2)).toEqual([[1], [2], [3], [5], [6]])
  })

  test('by time', async () => {
    const at = new Date(1_700_000_001_500).toISOString()
    expect(await rowsOf(`SELECT count(*), max(id) FROM t FOR TIMESTAMP AS OF TIMESTAMPTZ '${at}'`)).toEqual([['6', 6]])
  })

  test('of files that are older than a column and its type', async () => {
    expect(await rowsOf('SELECT * FROM t WHERE id > 2 ORDER BY id')).toEqual([
      ['3', null],
      ['4', null],
    ])
  })

  test('a column of that name is no obstacle to hidden ones', async () => {
    const rows = await rowsOf('SELECT _pos, id FROM t WHERE id = 3')
    expect(rows).toEqual([['2', '3']])
  })
})

test('DESCRIBE HISTORY', async () => {
  const result = await session.query('DESCRIBE HISTORY feed')
  const rows: unknown[][] = []
  for await (const chunk of result.chunks()) rows.push(...chunk.map((row) => [...row]))
  const operation = result.fields.findIndex(({ name }) => name === 'operation')
  expect(rows.map((row) => [row[0], row[operation]])).toEqual([
    [2n, 'WRITE'],
    [1n, 'UPDATE'],
    [0n, 'WRITE'],
  ])
})

/** Method: the same question with pruning and without (a cast that no statistics see through). */
test('pruning does not change answers', async () => {
  for (const p of [
    'p = 1',
    'p IS NULL',
    'p <> 1',
    'id > 12',
    'id = 15',
    'id < 0',
    'p = 0 AND id >= 20',
    'p = 1 OR id = 0',
  ]) {
    const blind = p.replaceAll(/\b(id|p)\b/g, 'CAST($1::text AS integer)')
    const [pruned, whole] = [
      `SELECT * FROM many WHERE ${p} ORDER BY id`,
      `SELECT * FROM many WHERE ${blind} ORDER BY id`,
    ]
    expect(await rowsOf(pruned), p).toEqual(await rowsOf(whole))
  }
})

describe('changes', () => {
  const changes = async (call: string): Promise<unknown> =>
    rowsOf(`SELECT id, _change_type, _commit_version FROM table_changes(${call}) ORDER BY 3, 1, 2`)

  test('of files and deletion vectors', async () => {
    expect(await changes("'t', from => 0, to => 2")).toEqual([
      ['5', 'insert', '1'],
      ['6', 'insert', '1'],
      ['4', 'delete', '2'],
    ])
    expect(await changes("'t', from => 2, to => NULL")).toEqual([
      ['4', 'insert', '4'],
      ['5', 'delete', '4'],
      ['6', 'delete', '4'],
    ])
  })

  test('cancelled out', async () => {
    expect(await changes("'t', from => 0, to => 5, net => true")).toEqual([])
    expect(await changes("'t', from => -1, to => 5, mode => 'diff'")).toEqual([
      ['1', 'insert', '0'],
      ['2', 'insert', '0'],
      ['3', 'insert', '0'],
      ['4', 'insert', '4'],
    ])
  })

  test('of removed files', async () => {
    const sql = "SELECT id, p, _change_type FROM table_changes('nulls', from => 0)"
    expect(await rowsOf(sql)).toEqual([[1, null, 'delete']])
  })

  test('appended rows only', async () => {
    expect(await changes("'t', from => 0, mode => 'append'")).toEqual([
      ['5', 'insert', '1'],
      ['6', 'insert', '1'],
    ])
  })

  test('as the writer recorded them', async () => {
    expect(await changes("'feed', from => 0")).toEqual([
      [2, 'update_before', '1'],
      [3, 'update_after', '1'],
      [9, 'insert', '2'],
    ])
  })

  test('from files, though they are recorded: rows that stayed are no changes', async () => {
    expect(await changes("'feed', from => 0, to => 1, mode => 'diff'")).toEqual([
      [1, 'delete', '1'],
      [3, 'insert', '1'],
    ])
  })

  test("by Delta's own function, whose range has its start", async () => {
    const sql = "SELECT id, _change_type FROM delta_table_changes('feed', 1, 1) ORDER BY id"
    expect(await rowsOf(sql)).toEqual([
      [2, 'update_before'],
      [3, 'update_after'],
    ])
    expect(await rowsOf("SELECT count(*) FROM delta_table_changes('feed', 0)")).toEqual([['5']])
    const start = new Date(1_700_000_001_000).toISOString()
    expect(await rowsOf(`SELECT count(*) FROM delta_table_changes('feed', TIMESTAMPTZ '${start}')`)).toEqual([['3']])
  })

  test('have the time of their commit', async () => {
    expect(await rowsOf("SELECT DISTINCT _commit_timestamp FROM table_changes('feed', from => 1)")).toEqual([
      [new Date(1_700_000_002_000).toISOString().replace('.000Z', '.000000Z')],
    ])
  })

  test.each([
    ["'t', from => 9", '22023'],
    ["'t', from => 3, to => 1", '22023'],
    ["'t', from => 0, mode => 'cdc'", '0A000'],
    ["'t', from => 0, mode => 'incremental'", '0A000'],
    ["'many', from => 0", '0A000'],
  ])('table_changes(%s) is refused', async (call, sqlstate) => {
    await expect(changes(call)).rejects.toMatchObject({ sqlstate })
  })
})
