/**
 * Bytes read for one column of one row, found by its key: at most 1.2 times what the metadata of real files makes possible.
 *
 *   Lance          of the key all pages, for there are no statistics; of the other column the chunk with the value, its table of chunks and its dictionary
 *   ORC            of both the row index, and the compressed chunks from the row group's positions to those of the next one
 *   lake tables    no more than their files by themselves
 *
 * test/table/bytes-read.test.ts has Parquet and Avro.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { CHUNK_HEADER_BYTES } from '../../src/format/orc/chunks.ts'
import type { OrcDataFile } from '../../src/format/orc/data-file.ts'
import { orcFormat } from '../../src/format/orc/index.ts'
import { DATA, LENGTH, ROW_INDEX } from '../../src/format/orc/stripe-streams.ts'
import { pagesOf, readLanceMetadata } from '../../src/format/lance/file-metadata.ts'
import { jsonRows, startBuiltEngine } from '../built-engine.ts'
import { createTestEngine, openFile } from '../format/parquet/read-file.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

const FIXTURES = join(SHARED, 'fixtures')
const RATIO = 1.2

let engine: Engine
let session: Session

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startBuiltEngine({ page_cache_percent: 0, memory_limit: '512MB', threads: 1 })
  session = engine.createSession()
  for (const format of ['lance', 'iceberg', 'paimon', 'delta', 'hudi']) {
    const folder = join(FIXTURES, format)
    await session.query(`ATTACH '${folder}' AS ${format} (TYPE lake, REMAP '/tmp/lake/${format}=${folder}')`)
  }
})

afterAll(() => engine?.close())

async function bytesRead(sql: string): Promise<number> {
  const [[plan]] = (await jsonRows(session, `EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`)) as [[unknown]]
  let sum = 0
  JSON.parse(typeof plan === 'string' ? plan : JSON.stringify(plan), (name, value: unknown) => {
    if (name === 'bytes_read') sum += Number(value)
    return value
  })
  return sum
}

describe.skipIf(!HAS_SHARED)('Lance', () => {
  /** Rows of a chunk at most: of values that take few bits. */
  const CHUNK_ROWS_MAX = 4096

  test.each(['enc_2_0', 'enc_2_1', 'enc_2_2'])('%s', async (table) => {
    const folder = join(FIXTURES, 'lance', table, 'data')
    const file = openFile(join(folder, readdirSync(folder)[0]!))
    const metadata = readLanceMetadata(file)
    expect(metadata.rowCount).toBe(9000)
    const bytesOf = (column: number, buffers?: readonly number[]): number =>
      pagesOf(file, metadata, column)
        .flatMap((page) => page.buffers.filter((_, i) => buffers?.includes(i) ?? true))
        .reduce((sum, { start, end }) => sum + end - start, 0)
    const key = bytesOf(0)
    for (const [column, { name }] of metadata.columns.entries()) {
      const whole = bytesOf(column)
      // Chunks have 8 kB or 4096 values at most; pages of version 2.0 have none, but a dictionary.
      const aside = table === 'enc_2_0' ? (name === 'lowcard' ? whole : 0) : bytesOf(column, [0, 2])
      const chunk = table === 'enc_2_0' ? 128 : Math.max(8192, (whole * CHUNK_ROWS_MAX) / 9000)
      const sql = `SELECT "${name}" FROM lance.${table} WHERE id = 7777`
      expect(await jsonRows(session, sql)).toHaveLength(1)
      const possible = column === 0 ? key : key + Math.min(whole, aside + chunk)
      const read = await bytesRead(sql)
      expect(read).toBeGreaterThan(0)
      expect(read / possible, `${sql}: ${possible} are possible`).toBeLessThanOrEqual(RATIO)
    }
    file.close()
  })
})

describe.skipIf(!HAS_SHARED)('ORC', () => {
  const context = createTestEngine()
  /** Where among the positions of a row group those of a stream begin, without NULLs: the chunk, the byte in it, and of numbers the value in its run. */
  const STREAMS = {
    id: [[DATA, 0]],
    wide: [[DATA, 0]],
    f: [[DATA, 0]],
    text: [
      [DATA, 0],
      [LENGTH, 2],
    ],
  } as const

  /** The row index of a column, and the chunks of its streams that hold a row group. */
  function possible(file: OrcDataFile, name: keyof typeof STREAMS, row: number): number {
    const stripe = file.rowGroups.findIndex(({ firstRow, rowCount }) => row < firstRow + rowCount)
    const group = Math.floor((row - file.rowGroups[stripe]!.firstRow) / file.tail.footer.rowIndexStride)
    const column = file.tail.columns.find((node) => node.name === name)!.column
    const streams = file.streams(stripe)
    const entries = file.rowIndex(stripe, column, () => undefined)!
    const index = streams.range(column, ROW_INDEX)!
    let sum = index.end - index.start
    for (const [kind, at] of STREAMS[name]) {
      const { start, end } = streams.range(column, kind)!
      const chunks = chunkEnds(file, start, end)
      const first = entries[group]!.positions[at]!
      const [next, rest] = entries[group + 1]?.positions.slice(at, at + 2) ?? [end - start, 0]
      // Where the next row group begins within a chunk, that chunk is needed too: its first values may lie in a run of both.
      const last = rest === 0 ? next! : chunks.find((chunk) => chunk > next!)!
      sum += last - first
    }
    return sum
  }

  function chunkEnds({ file }: OrcDataFile, start: number, end: number): number[] {
    const ends: number[] = []
    const header = new Uint8Array(CHUNK_HEADER_BYTES)
    for (let at = start; at < end;) {
      file.readSync(header, at)
      at += CHUNK_HEADER_BYTES + ((header[0]! + header[1]! * 256 + header[2]! * 65_536) >>> 1)
      ends.push(at - start)
    }
    return ends
  }

  test.each(['codec_zlib', 'codec_zstd', 'codec_snappy', 'codec_lz4'])('%s', async (folder) => {
    const path = join(FIXTURES, 'orc', folder, 'part-0.orc')
    const file = orcFormat.open(openFile(path), context) as OrcDataFile
    for (const row of [0, 999, 3500, file.rowCount - 1]) {
      for (const name of Object.keys(STREAMS) as (keyof typeof STREAMS)[]) {
        const sql = `SELECT ${name} FROM read_orc('${path}') WHERE id = ${row}`
        expect(await jsonRows(session, sql)).toHaveLength(1)
        const limit = possible(file, 'id', row) + (name === 'id' ? 0 : possible(file, name, row))
        const read = await bytesRead(sql)
        expect(read).toBeGreaterThan(0)
        expect(read / limit, `${sql}: ${limit} are possible, ${read} were read`).toBeLessThanOrEqual(RATIO)
      }
    }
  })
})

describe.skipIf(!HAS_SHARED)('lake tables', () => {
  test.each([
    ['iceberg', 'ice_types_v2_orc', 'orc'],
    ['iceberg', 'ice_types_v2_parquet', 'parquet'],
    ['iceberg', 'ice_part_time_orc', 'orc'],
    ['paimon', 'py_append_orc', 'orc'],
    ['paimon', 'pai_types_orc', 'orc'],
    ['delta', 'rs_types', 'parquet'],
    ['hudi', 'hudi_cow_types', 'parquet'],
  ])('%s %s', async (format, table, kind) => {
    const folder = join(FIXTURES, format, table)
    const files = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith(`.${kind}`) && !/metadata|_delta_log|\.hoodie/.test(name))
      .map((name) => join(folder, name))
    expect(files.length).toBeGreaterThan(0)
    const result = await session.query(`SELECT * FROM ${format}.${table} LIMIT 1`)
    const [row] = await jsonRows(session, `SELECT id FROM ${format}.${table} LIMIT 1`)
    for (const { name } of result.fields) {
      const where = `WHERE id = ${String(row![0])}`
      let limit = 0
      for (const file of files) limit += await bytesRead(`SELECT "${name}" FROM read_${kind}('${file}') ${where}`)
      const read = await bytesRead(`SELECT "${name}" FROM ${format}.${table} ${where}`)
      expect(read, name).toBeGreaterThan(0)
      expect(read / limit, `${name}: ${limit} of the files by themselves`).toBeLessThanOrEqual(RATIO)
    }
  })
})
