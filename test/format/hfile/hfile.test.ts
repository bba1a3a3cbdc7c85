/**
 * HFiles that HBase wrote, with block encodings and compression, and what is left of them when they are damaged.
 *
 * Checksums cover the data, so a damaged file gives the right cells or an error that blames the file: never other cells, another exception,
 * a crash or a hang. Method: flip, overwrite and cut bytes.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { memoryUse } from '../../../src/core/memory.ts'
import { crc32cOfBytes } from '../../../src/format/hfile/crc32c.ts'
import { hfileFormat } from '../../../src/format/hfile/data-file.ts'
import { HFileReader } from '../../../src/format/hfile/hfile-reader.ts'
import { mutationCount, readMutations } from '../../mutations.ts'
import { bytesFile, createTestEngine, readWhole } from '../parquet/read-file.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/hfile', import.meta.url))
const engine = createTestEngine(64 << 20)

function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(FOLDER, name, 'part-0')))
}

test('CRC-32C of the specification', () => {
  // RFC 3720, B.4.
  expect(crc32cOfBytes(new Uint8Array(32))).toBe(0x8a91_36aa)
  expect(crc32cOfBytes(new Uint8Array(32).fill(0xff))).toBe(0x62a8_ab43)
  expect(crc32cOfBytes(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd_794e)
})

describe.each(['diff', 'fast_diff_gz'])('%s', (name) => {
  test('all cells, in batches of any size', () => {
    const { columns, fields } = readWhole(engine, bytesFile(bytesOf(name), name), 100, hfileFormat)
    expect(fields.map((field) => field.name)).toEqual(['row', 'family', 'qualifier', 'ts', 'type', 'value'])
    expect(columns.map((column) => column.length)).toEqual([737, 737, 737, 737, 737, 737])
    expect(columns.map((column) => column[3])).toMatchSnapshot()
    expect(readWhole(engine, bytesFile(bytesOf(name), name), 8192, hfileFormat).columns).toEqual(columns)
  })

  test('from any row on, by the index', () => {
    const bytes = bytesOf(name)
    const all = rowsFrom(bytes, name)
    for (const row of new Set(all))
      expect(rowsFrom(bytes, name, row).slice(0, 3)).toEqual(all.slice(all.indexOf(row)).slice(0, 3))
    expect(rowsFrom(bytes, name, '\uffff')).toEqual([])
    expect(rowsFrom(bytes, name, '')).toEqual(all)
  })

  test('damaged anywhere', { timeout: 600_000 }, async () => {
    const original = bytesOf(name)
    const right = JSON.stringify(cellsOf(original, name))
    await readMutations(original, { seed: 5, count: mutationCount(600) }, (bytes) => {
      expect(JSON.stringify(cellsOf(bytes, name))).toBe(right)
    })
    expect(memoryUse(engine.memory).usedBytes).toBe(0)
  })
})

/** The cells' keys and values, in hex. */
function cellsOf(bytes: Uint8Array, url: string): string[] {
  const source = { url, byteCount: bytes.length, bytes: (start: number, end: number) => bytes.slice(start, end) }
  const cells: string[] = []
  for (const cursor of new HFileReader(source).blocks()) {
    while (cursor.next()) {
      const value = cursor.bytes.subarray(cursor.valueStart, cursor.valueStart + cursor.valueLength)
      cells.push(
        Buffer.from(cursor.key.subarray(0, cursor.keyLength)).toString('hex') + Buffer.from(value).toString('hex'),
      )
    }
  }
  return cells
}

/** The rows of the cells, from the first one that is not before `from`. */
function rowsFrom(bytes: Uint8Array, url: string, from?: string): string[] {
  const reader = new HFileReader({ url, byteCount: bytes.length, bytes: (start, end) => bytes.slice(start, end) })
  const rows: string[] = []
  for (const cells of from === undefined ? reader.blocks() : reader.blocksFrom(Buffer.from(from))) {
    while (cells.next()) {
      const row = Buffer.from(cells.key.subarray(2, 2 + cells.rowLength)).toString()
      if (from === undefined || row >= from) rows.push(row)
    }
  }
  return rows
}
