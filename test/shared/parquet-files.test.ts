/**
 * Every Parquet file of the shared fixtures, of parquet-testing and of the fuzzing corpora: the rows that were recorded, or an error that
 * blames the file; never another exception.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../src/core/errors.ts'
import { memoryUse } from '../../src/core/memory.ts'
import { createTestEngine, openFile, readWhole } from '../format/parquet/read-file.ts'
import type { Json } from '../format/vector-json.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

const engine = createTestEngine()
const FIXTURES = join(SHARED, 'fixtures')
const OWN = join(FIXTURES, 'parquet')
const PUBLIC = join(FIXTURES, 'public')

/** The columns of a file, or the SQLSTATE of the error that refuses it. */
function attempt(path: string): { names: string[]; columns: Json[][] } | string {
  try {
    const { fields, columns } = readWhole(engine, openFile(path))
    return { names: fields.map(({ name }) => name), columns }
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    expect(['XX001', '0A000'], `${path}: ${error.message}`).toContain(error.sqlstate)
    return error.sqlstate
  } finally {
    expect(memoryUse(engine.memory).usedBytes, path).toBe(0)
  }
}

interface Query {
  readonly sql: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows?: readonly (readonly unknown[])[]
}

/** What a `SELECT *` of a recorded answer gave. */
function wholeTable(expectedFile: string): Query | undefined {
  const { queries } = JSON.parse(readFileSync(expectedFile, 'utf8')) as { queries: Query[] }
  return queries.find(({ sql, rows }) => /^SELECT \* FROM \S+$/.test(sql) && rows !== undefined)
}

function canonicalRows(rows: readonly (readonly unknown[])[]): string[] {
  return rows.map((row) => JSON.stringify(row, canonicalPart)).toSorted()
}

/** Floats to float32, maps without order, uuids without dashes; recorded INT96 has nanoseconds where we keep microseconds. */
function canonicalPart(_key: string, part: unknown): unknown {
  if (typeof part === 'number') return Number.isInteger(part) ? part : Math.fround(part)
  if (typeof part === 'string') {
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}$/.test(part)) return part.replace(/000$/, '')
    return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(part) ? part.replaceAll('-', '') : part
  }
  const isMap = Array.isArray(part) && part.length > 0 && part.every((pair) => Array.isArray(pair) && pair.length === 2)
  return isMap ? part.map((pair) => JSON.stringify(pair, canonicalPart)).toSorted() : part
}

function compare(path: string, expected: Query): void {
  const result = attempt(path)
  if (typeof result === 'string') throw new Error(`${path} was refused with ${result}`)
  const { names, columns } = result
  expect(names, path).toEqual(expected.columns.map(({ name }) => name))
  const rows = (columns[0] ?? []).map((_, row) => columns.map((column) => column[row]))
  expect(canonicalRows(rows), path).toEqual(canonicalRows(expected.rows ?? []))
}

const folders = (path: string): string[] => (HAS_SHARED ? readdirSync(path) : [])

/** Refused by design: encrypted, nanoseconds in TIME, damaged. */
const REFUSED = new Set(['encrypted_columns', 'encrypted_footer', 'ts_units'])

describe.skipIf(!HAS_SHARED)('fixtures', () => {
  const tables = folders(OWN).filter((name) => !name.endsWith('.expected') && name !== 'hive')
  test.each(tables)('%s', (name) => {
    const files = readdirSync(join(OWN, name)).map((file) => join(OWN, name, file))
    const expected = wholeTable(join(OWN, `${name}.expected`, 'expected.json'))
    if (REFUSED.has(name)) for (const file of files) expect(attempt(file), file).toBe('0A000')
    else if (name.startsWith('broken_')) for (const file of files) expect(attempt(file), file).toBe('XX001')
    else if (files.length === 1 && expected !== undefined) compare(files[0]!, expected)
    else for (const file of files) expect(typeof attempt(file), file).toBe('object')
  })
})

describe.skipIf(!HAS_SHARED)('parquet-testing', () => {
  const root = join(PUBLIC, 'parquet-testing')
  const files = ['data', 'bad_data'].flatMap((folder) =>
    folders(join(root, folder))
      .filter((name) => /\.parquet(\.encrypted)?$/.test(name))
      .map((name) => `${folder}/${name}`),
  )
  /**
   * Recorded by a reader that keeps 64-bit nanoseconds (years beyond 2262 wrapped around), and one whose schema's root group is the
   * only thing told of map keys that are optional.
   */
  const otherwise = new Set(['data/int96_from_spark.parquet', 'data/nested_structs.rust.parquet'])
  test.each(files)('%s', (file) => {
    const recorded = join(root, '_expected', `${file.replace('/', '__')}.json`)
    const expected = existsSync(recorded) ? wholeTable(recorded) : undefined
    if (expected === undefined || otherwise.has(file)) attempt(join(root, file))
    else compare(join(root, file), expected)
  })

  test('timestamps of Spark beyond 64-bit nanoseconds are right', () => {
    const result = attempt(join(root, 'data/int96_from_spark.parquet'))
    expect(typeof result === 'string' ? result : result.columns[0]).toEqual([
      '2024-01-01T20:34:56.123456',
      '2024-01-01T01:00:00.000000',
      '9999-12-31T03:00:00.000000',
      '2024-12-30T23:00:00.000000',
      null,
      '+290000-12-30T23:00:00.000000',
    ])
  })
})

describe.skipIf(!HAS_SHARED)('fuzzing corpora: rows or an error', () => {
  const files = ['parquet-fuzzing', 'parquet-encoding-fuzzing'].flatMap((folder) =>
    folders(join(PUBLIC, 'arrow-testing', folder)).map((name) => join(PUBLIC, 'arrow-testing', folder, name)),
  )
  test(`${files.length} files`, { timeout: 120_000 }, () => {
    for (const file of files) attempt(file)
  })
})

describe.skipIf(!HAS_SHARED)('encodings', () => {
  const root = join(PUBLIC, 'iceberg/encodings')
  test.each(folders(root))('%s gives the values of PLAIN', (encoding) => {
    for (const name of readdirSync(join(root, encoding))) {
      if (!existsSync(join(root, 'PLAIN', name))) continue
      const [got, plain] = [attempt(join(root, encoding, name)), attempt(join(root, 'PLAIN', name))]
      expect(typeof got, name).toBe('object')
      expect(got, name).toEqual(plain)
    }
  })
})
