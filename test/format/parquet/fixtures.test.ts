/** Files of another writer: their rows, whole and in pieces; damaged and encrypted ones: an error of the right class. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import { memoryUse } from '../../../src/core/memory.ts'
import type { Json } from '../vector-json.ts'
import { createTestEngine, openFile, readWhole } from './read-file.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/parquet', import.meta.url))
const engine = createTestEngine()

const fileOf = (name: string): string => join(FOLDER, name, 'part-0.parquet')

afterEach(() => {
  // Readers that were closed, also by an error, leave nothing behind.
  expect(memoryUse(engine.memory).usedBytes).toBe(0)
})

function columnsOf(name: string, batchRows?: number): Json[][] {
  return readWhole(engine, openFile(fileOf(name)), batchRows).columns
}

/** Maps have no order in expected.json, nor floats more digits than they need. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'number') return Number.isInteger(part) ? part : Math.fround(part)
    return Array.isArray(part) && part.every((pair) => Array.isArray(pair) && pair.length === 2)
      ? part.map((pair) => JSON.stringify(pair)).toSorted()
      : part
  })
}

describe('rows', () => {
  const withAnswers = readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, 'expected.json')))
  test.each(withAnswers.filter((name) => name !== 'ts_units'))('%s holds what was written', (name) => {
    const expected = JSON.parse(readFileSync(join(FOLDER, name, 'expected.json'), 'utf8')) as {
      rows: Json[][]
    }
    const columns = columnsOf(name)
    const rows = columns[0]!.map((_, row) => canonical(columns.map((column) => column[row])))
    expect(rows.toSorted()).toEqual(expected.rows.map(canonical).toSorted())
  })

  test('every codec gives the same rows', () => {
    const snappy = columnsOf('codec_snappy')
    expect(snappy[0]!.length).toBe(1500)
    for (const codec of ['zstd', 'gzip', 'brotli', 'lz4']) expect(columnsOf(`codec_${codec}`)).toEqual(snappy)
  })

  test('every encoding gives the same rows', () => {
    // All but the booleans of this one are PLAIN.
    const plain = JSON.stringify(columnsOf('encoding_rle_page_v2'))
    const names = readdirSync(FOLDER).filter((name) => name.startsWith('encoding_'))
    expect(names.length).toBe(5)
    for (const name of names) expect(JSON.stringify(columnsOf(name)) === plain, name).toBe(true)
  })

  test.each(['prims_v26', 'nested_page_v1', 'nested_page_v2', 'encoding_delta_byte_array_page_v2', 'bloom'])(
    '%s is the same in batches of any size',
    (name) => {
      const whole = columnsOf(name)
      for (const batchRows of [1, 7, 64, 1000]) expect(columnsOf(name, batchRows)).toEqual(whole)
    },
  )

  test('strings of 1.5 MB come out whole', () => {
    const lengths = columnsOf('huge_strings').flatMap((column) =>
      column.map((value) => (typeof value === 'string' ? value.length : 0)),
    )
    expect(Math.max(...lengths)).toBeGreaterThan(1_000_000)
  })
})

describe('refused', () => {
  const errorOf = (name: string): SluiceError => {
    try {
      columnsOf(name)
    } catch (error) {
      if (error instanceof SluiceError) return error
      throw error
    }
    throw new Error(`${name} was read`)
  }

  test.each([
    ['broken_page', 'XX001', /column "id", page at offset 4: zstd: the compressed data are malformed$/],
    ['broken_truncated', 'XX001', /expected "PAR1" at offset 25947, found /],
    ['encrypted_footer', '0A000', /an encrypted Parquet footer is not supported$/],
    ['encrypted_columns', '0A000', /the encrypted column "text" is not supported$/],
    ['ts_units', '0A000', /^reading nanoseconds of column "t9" of .* as microseconds is not supported$/],
  ])('%s: %s', (name, sqlstate, message) => {
    const error = errorOf(name)
    expect(error.sqlstate).toBe(sqlstate)
    expect(error.message).toMatch(message)
  })
})
