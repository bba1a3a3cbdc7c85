/** Views of other engines in a lake: their metadata as Iceberg's view specification has it, their texts in the SQL of Spark or Trino. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { jsonRows, startBuiltEngine } from '../built-engine.ts'

/** Columns id (0 to 18, some of them), k (text), v. */
const TABLE = fileURLToPath(new URL('../lake-reads/tables/pai_pk_dedup_uncompacted', import.meta.url))

let engine: Engine
let session: Session
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iceberg-views-'))
  await mkdir(join(folder, 'sales'))
  await cp(TABLE, join(folder, 'sales', 'orders'), { recursive: true })
  engine = await startBuiltEngine()
  session = engine.createSession()
  await session.query(`ATTACH '${folder}' AS lake (TYPE lake)`)
})

afterAll(async () => {
  await engine?.close()
  await rm(folder, { recursive: true })
})

async function makeView(
  path: readonly string[],
  representations: readonly { readonly dialect: string; readonly sql: string }[],
  columns: readonly string[],
): Promise<void> {
  const metadata = join(folder, ...path, 'metadata')
  await mkdir(metadata, { recursive: true })
  const view = {
    'view-uuid': 'fa6506c3-7681-40c8-86dc-e36561f83385',
    'format-version': 1,
    location: `s3://bucket/${path.join('/')}`,
    'current-version-id': 2,
    properties: {},
    versions: [
      {
        'version-id': 1,
        'schema-id': 1,
        'timestamp-ms': 1,
        summary: {},
        'default-namespace': ['sales'],
        representations: [{ type: 'sql', dialect: 'spark', sql: 'SELECT 1 AS old' }],
      },
      {
        'version-id': 2,
        'schema-id': 1,
        'timestamp-ms': 2,
        summary: {},
        'default-catalog': 'prod',
        'default-namespace': ['sales'],
        representations: representations.map((one) => ({ type: 'sql', ...one })),
      },
    ],
    schemas: [
      {
        'schema-id': 1,
        type: 'struct',
        fields: columns.map((name, i) => ({ id: i + 1, name, required: false, type: 'string' })),
      },
    ],
    'version-log': [],
  }
  await writeFile(join(metadata, 'v1.metadata.json'), JSON.stringify(view))
}

test('a text of Spark, with its own names of columns and its own namespace', async () => {
  const sql = 'SELECT left(`k`, 1), max(`id`) FROM `orders` WHERE `id` < 3 OR `id` = 18 GROUP BY left(`k`, 1)'
  await makeView(['sales', 'by_region'], [{ dialect: 'spark', sql }], ['Region', 'last'])
  expect(await jsonRows(session, 'SELECT "Region", last FROM lake.sales.by_region ORDER BY last')).toEqual([
    ['c', 2],
    ['d', 18],
  ])
  // Known now: the second time it is found before it is bound.
  expect(await jsonRows(session, 'SELECT count(*) FROM lake.sales.by_region')).toEqual([['2']])
})

test('a text of Trino, in another folder than its tables, among views within each other', async () => {
  await makeView(['large'], [{ dialect: 'trino', sql: "SELECT id FROM orders WHERE k = 'd18' OR id = 1" }], ['id'])
  await makeView(['largest'], [{ dialect: 'trino', sql: 'SELECT max(id) AS id FROM main.large' }], ['id'])
  expect(await jsonRows(session, 'SELECT id FROM lake.large ORDER BY id')).toEqual([[1], [18]])
  await session.query('USE lake')
  expect(await jsonRows(session, 'SELECT id FROM largest')).toEqual([[18]])
})

test('other dialects, and texts that cannot be had exactly, are refused by name', async () => {
  await makeView(['foreign'], [{ dialect: 'hive', sql: 'SELECT 1' }], ['a'])
  await expect(session.query('SELECT * FROM lake.main.foreign')).rejects.toThrow('view of another dialect')
})
