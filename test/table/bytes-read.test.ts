/**
 * Bytes read for one column of one row, found by its key: at most 1.2 times what the metadata of the file makes possible.
 *
 *   possible   of the key's column and of the one that is read: the dictionary, the page with the row, and their page indexes
 *
 * Method: one Parquet file of our writer, read as a table of Iceberg, of Delta, of Hudi, of Paimon, and by itself; nothing is cached. Of the file's
 * tail, only what was read beyond the footer would count: it is read once a file, and kept. test/shared/bytes-read.test.ts does it for other formats.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { writeAvroFile } from '../../src/format/avro/write-file.ts'
import { readColumnChunk } from '../../src/format/parquet/column-chunk.ts'
import { readFooter } from '../../src/format/parquet/footer.ts'
import { pageOfRow, readOffsetIndex } from '../../src/format/parquet/page-index.ts'
import { openLocalFile } from '../../src/storage/open-files.ts'
import { jsonRows, startBuiltEngine } from '../built-engine.ts'
import { writeHudiTable, writePaimonTable } from './tables-of-one-file.ts'

const ROWS = 300_000
const COLUMNS = ['key', 'v', 'name', 'code'] as const

let engine: Engine
let session: Session
let folder: string
let file: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bytes-read-'))
  mkdirSync(join(folder, 'lake'))
  engine = await startBuiltEngine({ page_cache_percent: 0, memory_limit: '512MB' }, join(folder, 'own'))
  session = engine.createSession()
  await session.query(`ATTACH '${join(folder, 'lake')}' AS lake (TYPE lake)`)
  await session.query(`CREATE TABLE iceberg AS
    SELECT i AS key, i * 7 % 100003 AS v, 'name ' || (i * 31 % 77777)::varchar AS name, (i % 100)::integer AS code
    FROM generate_series(1, ${ROWS}) g(i)`)
  const files = readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.parquet'))
  file = join(folder, String(files[0]))
  writeDeltaLog(join(folder, 'lake', 'delta'))
  writeHudiTable(join(folder, 'lake', 'hudi'), file)
  writePaimonTable(join(folder, 'lake', 'paimon'), file)
})

afterAll(async () => {
  await engine?.close()
  rmSync(folder, { recursive: true, force: true })
})

function writeDeltaLog(table: string): void {
  const type = { key: 'long', v: 'long', name: 'string', code: 'integer' }
  const fields = COLUMNS.map((name) => ({ name, type: type[name], nullable: true, metadata: {} }))
  const actions = [
    { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
    {
      metaData: {
        id: '1',
        format: { provider: 'parquet', options: {} },
        schemaString: JSON.stringify({ type: 'struct', fields }),
        partitionColumns: [],
        configuration: {},
      },
    },
    {
      add: {
        path: `file://${file}`,
        partitionValues: {},
        size: statSync(file).size,
        modificationTime: 1,
        dataChange: true,
      },
    },
  ]
  mkdirSync(join(table, '_delta_log'), { recursive: true })
  const commit = join(table, '_delta_log', `${'0'.padStart(20, '0')}.json`)
  writeFileSync(commit, actions.map((action) => `${JSON.stringify(action)}\n`).join(''))
}

/** Bytes that must be read of some columns for one row. */
function possible(row: number, columns: readonly string[]): number {
  const source = openLocalFile(file)
  const { metadata } = readFooter(source)
  let [group, first] = [0, 0]
  while (row >= first + metadata.rowGroups[group]!.rowCount) first += metadata.rowGroups[group++]!.rowCount
  let sum = 0
  for (const name of new Set(columns)) {
    const position = metadata.rowGroups[group]!.chunkPositions[COLUMNS.indexOf(name as (typeof COLUMNS)[number])]!
    const chunk = readColumnChunk(metadata.footer, position)
    const bytes = new Uint8Array(chunk.offsetIndexByteCount!)
    source.readSync(bytes, chunk.offsetIndexOffset!)
    const pages = readOffsetIndex(bytes)!
    const dictionary = pages[0]!.offset - (chunk.dictionaryPageOffset ?? pages[0]!.offset)
    sum += dictionary + pages[pageOfRow(pages, row - first)]!.byteCount
    sum += bytes.length + (name === 'key' ? chunk.columnIndexByteCount! : 0)
  }
  source.close()
  return sum
}

async function bytesRead(sql: string): Promise<number> {
  const [[plan]] = (await jsonRows(session, `EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`)) as [[string]]
  let sum = 0
  JSON.parse(typeof plan === 'string' ? plan : JSON.stringify(plan), (name, value: unknown) => {
    if (name === 'bytes_read') sum += Number(value)
    return value
  })
  return sum
}

describe.each(['iceberg', 'lake.delta', 'lake.hudi', 'lake.paimon', 'the file'])('%s', (source) => {
  test.each(COLUMNS)('%s', async (column) => {
    const from = source === 'the file' ? `read_parquet('${file}')` : source
    // Where the dictionary is of use, and where the writer gave it up.
    for (const key of [8000, 110_000, 250_000]) {
      const sql = `SELECT ${column} FROM ${from} WHERE key = ${key}`
      expect(await jsonRows(session, sql), basename(file)).toHaveLength(1)
      const limit = possible(key - 1, ['key', column])
      const read = await bytesRead(sql)
      expect(read, `${sql}: ${limit} are possible`).toBeGreaterThan(0)
      expect(read / limit, sql).toBeLessThanOrEqual(1.2)
    }
  })
})

test('Avro: files have no statistics, so the whole file is possible, once', async () => {
  const schema = {
    type: 'record',
    name: 'row',
    fields: [
      { name: 'key', type: 'long' },
      { name: 'v', type: 'string' },
    ],
  } as const
  const records = Array.from({ length: 20_000 }, (_, i) => ({ key: BigInt(i), v: `value ${(i * 7919) % 10_007}` }))
  const path = join(folder, 'rows.avro')
  writeFileSync(path, writeAvroFile(schema, new Map(), records))
  const sql = `SELECT v FROM read_avro('${path}') WHERE key = 12345`
  expect(await jsonRows(session, sql)).toEqual([[records[12_345]!.v]])
  const read = await bytesRead(sql)
  expect(read).toBeGreaterThan(0)
  expect(read / statSync(path).size).toBeLessThanOrEqual(1.2)
})

describe('rows named by their numbers', () => {
  test.each([
    ['file_row_number', (): string => `read_parquet('${file}', file_row_number => true)`],
    ['_pos', (): string => 'iceberg'],
  ])('%s: only the pages that hold them', async (column, source) => {
    const numbers = [7999, 8001, 109_999, 249_999]
    const sql = `SELECT key - 1, name FROM ${source()} WHERE ${column} IN (${numbers.join(', ')}, 5000000) ORDER BY 1`
    const rows = numbers.map((number) => [number, `name ${((number + 1) * 31) % 77777}`])
    expect(await jsonRows(session, sql)).toEqual(rows)
    const alone = `SELECT name FROM ${source()} WHERE ${column} = ANY('{7999, 249999}')`
    const limit = possible(7999, ['name']) + possible(249_999, ['name'])
    const read = await bytesRead(alone)
    expect(read).toBeGreaterThan(0)
    expect(read / limit, `${limit} are possible`).toBeLessThanOrEqual(1.2)
    // Both ways: a filter that names nothing.
    const all = `SELECT key - 1, name FROM ${source()} WHERE ${column} + 0 IN (${numbers.join(', ')}) ORDER BY 1`
    expect(await jsonRows(session, all)).toEqual(rows)
  })
})
