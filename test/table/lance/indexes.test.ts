/**
 * Scalar indexes of Lance datasets: the same rows with them as without, and fewer rows read.
 *
 * The datasets (PROVENANCE.md) have rows that were deleted, updated and appended after their indexes were made; those of `indexed_stable` keep their ids when they
 * move, and `indexed_deferred` was compacted without its indexes.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BIGINT, BOOLEAN } from '../../../src/core/types.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import type { Session } from '../../../src/engine/session.ts'
import { type Expr, call, input, literal } from '../../../src/expr/expr.ts'
import { createStorageAccess } from '../../../src/storage/storage-access.ts'
import { openLanceTable } from '../../../src/table/lance/lance-table.ts'
import { jsonRows, startBuiltEngine } from '../../built-engine.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/lance', import.meta.url))
const DATASETS = ['indexed', 'indexed_stable', 'indexed_deferred']
const PREDICATES = [
  'id = 17',
  'id = 3',
  'id IN (5, 90, 95, 100, 300, 481, 519, 1000)',
  'id >= 150 AND id < 170',
  'id > 470',
  'id IS NULL',
  "cat = 'c7'",
  "cat = 'new'",
  "cat IN ('c1', 'new', 'none')",
  'cat IS NULL',
  "cat LIKE 'c1%'",
  "cat > 'c8'",
  'x = 12.3',
  "x = 'NaN'",
  'x > 99',
  'x IS NULL',
  'x < 1 OR x IS NULL',
  'n = 0',
  'n > 900',
  'n BETWEEN -3 AND 2',
  "n = 5 AND cat = 'c3'",
  "id < 100 AND n < -20 AND cat <> 'c4'",
  'NOT id > 10',
  "id = 17 OR cat = 'new'",
]

let engine: Engine
let session: Session

beforeAll(async () => {
  engine = await startBuiltEngine()
  session = engine.createSession()
  await session.query(`ATTACH '${FIXTURES}' AS lake (TYPE lake)`)
  await session.query('USE lake')
})

afterAll(() => engine?.close())

async function both(sql: string): Promise<{ with: unknown[][]; without: unknown[][] }> {
  await session.query('SET use_indexes = on')
  const rows = await jsonRows(session, sql)
  await session.query('SET use_indexes = off')
  return { with: rows, without: await jsonRows(session, sql) }
}

describe('the same rows with indexes as without', () => {
  test.each(DATASETS)('%s', async (name) => {
    for (const predicate of PREDICATES) {
      const rows = await both(`SELECT id, cat, x, n, tags, _rowid FROM ${name} WHERE ${predicate} ORDER BY id`)
      expect(rows.with, predicate).toEqual(rows.without)
    }
    const all = await jsonRows(session, `SELECT count(*) FROM ${name}`)
    expect(all).toEqual([[name === 'indexed' ? '506' : '507']])
  })
})

const ID: Expr = input(0, BIGINT)
const equals = (value: bigint): Expr => call('eq', [ID, literal(value, BIGINT)], BOOLEAN)

/** Of each task: the rows that are read, or `all`. */
async function planned(folder: string, predicate: Expr, usesIndexes: boolean = true): Promise<unknown[]> {
  const table = await openLanceTable(folder, { name: 't', access: createStorageAccess(), usesIndexes })
  const columns = [{ name: 'id', type: BIGINT }]
  const tasks: unknown[] = []
  for await (const { only } of table.scan({ columns, predicate })) {
    const [first] = only ?? []
    tasks.push(first?.kind === 'positions' ? [...first.rows].map(Number) : 'all')
  }
  return tasks
}

test('rows of covered fragments are read by number, others are scanned', async () => {
  const folder = join(FIXTURES, 'indexed')
  // Row 93 was updated: its old one is deleted, the new one lies in a fragment that the index does not have.
  expect(await planned(folder, equals(93n))).toEqual([[13], 'all', 'all'])
  expect(await planned(folder, equals(9999n))).toEqual(['all', 'all'])
  expect(await planned(folder, equals(93n), false)).toHaveLength(8)
})

test('indexes that a compaction left behind are passed over', async () => {
  expect(await planned(join(FIXTURES, 'indexed_deferred'), equals(93n))).toEqual(['all', 'all', 'all'])
})

test('indexes of datasets whose rows keep their ids are passed over: what they hold depends on who wrote them', async () => {
  expect(await planned(join(FIXTURES, 'indexed_stable'), equals(300n))).toEqual(Array(4).fill('all'))
})

test('damaged and missing indexes are passed over', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lance-index-'))
  try {
    cpSync(join(FIXTURES, 'indexed'), folder, { recursive: true })
    const indexes = join(folder, '_indices')
    for (const uuid of readdirSync(indexes)) {
      for (const file of readdirSync(join(indexes, uuid))) truncateSync(join(indexes, uuid, file), 30)
    }
    expect(await planned(folder, equals(93n))).toEqual(Array(8).fill('all'))
    rmSync(indexes, { recursive: true })
    expect(await planned(folder, equals(93n))).toEqual(Array(8).fill('all'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('rows are found by their ids and addresses', async () => {
  for (const name of DATASETS) {
    const rows = await jsonRows(session, `SELECT id, _rowid, _rowaddr FROM ${name} WHERE id % 37 = 5 ORDER BY id`)
    for (const [column, at] of [
      ['_rowid', 1],
      ['_rowaddr', 2],
    ] as const) {
      const list = rows.map((row) => row[at]).join(', ')
      const sql = `SELECT id, _rowid, _rowaddr FROM ${name} WHERE ${column} IN (${list}, -1, 77777777777) ORDER BY id`
      expect(await jsonRows(session, sql)).toEqual(rows)
    }
  }
  expect(await jsonRows(session, 'SELECT id FROM indexed WHERE _rowid = 3')).toEqual([])
})
