/** Texts of all forms, to be damaged: plain, with quotes, in parts that threads share, compressed. */
import { gzipSync } from 'node:zlib'
import { Arena } from '../../src/core/arena.ts'
import { BIGINT, DATE, DOUBLE, VARCHAR } from '../../src/core/types.ts'
import { CsvDataFile } from '../../src/format/csv/data-file.ts'
import type { CsvLayout } from '../../src/format/csv/layout.ts'
import { JsonDataFile } from '../../src/format/json/data-file.ts'
import type { JsonLayout } from '../../src/format/json/layout.ts'
import type { FileToDamage, RowsOfFile } from './damaged-files.ts'
import { type TestEngine, bytesFile, targetOf } from './parquet/read-file.ts'
import { type Json, vectorJson } from './vector-json.ts'

const COMMON = { rowBytesMax: 1 << 16, values: { timeZone: 'UTC' }, dropsRows: false } as const
const COLUMNS = [
  { name: 'n', type: BIGINT },
  { name: 't', type: VARCHAR },
  { name: 'x', type: DOUBLE },
  { name: 'd', type: DATE },
]
export const CSV_LAYOUT: CsvLayout = {
  ...{ kind: 'csv', dialect: { delimiter: ',', quote: '"', escape: '"', comment: '' }, columns: COLUMNS, ...COMMON },
  ...{ skip: 0, hasHeader: true, nulls: [''], quotedNulls: false, padsRows: false, compression: 'none' },
}
export const LINES_LAYOUT: JsonLayout = {
  ...{ kind: 'json', form: 'lines', columns: COLUMNS, isPlain: false, compression: 'none' },
  ...COMMON,
}

const days = (i: number): string => `2024-01-${String((i % 28) + 1).padStart(2, '0')}`
export const CSV_TEXT: string = `n,t,x,d\n${Array.from({ length: 40 }, (_, i) => `${i},"text ""${i}"", é",${i / 8},${days(i)}`).join('\n')}\n`
/** Lines of JSON. */
export const OBJECTS: string[] = Array.from({ length: 40 }, (_, i) =>
  JSON.stringify({ n: i, t: `a "${i}" é`, x: i / 8, d: days(i) }),
)

/** Threads share a file in chunks of so many bytes. */
const CHUNK_BYTES = 500

/** Of each format its files, which an engine reads. */
export const TEXTS_TO_DAMAGE: Readonly<Record<'csv' | 'json', (engine: TestEngine) => FileToDamage[]>> = {
  csv: (engine) => {
    const file = (name: string, bytes: Uint8Array, layout: CsvLayout): FileToDamage => ({
      name,
      bytes,
      read: (content, url) => readText(engine, new CsvDataFile(bytesFile(content, url), engine, layout, CHUNK_BYTES)),
    })
    return [
      file('plain', Buffer.from(CSV_TEXT), CSV_LAYOUT),
      file('gzip', gzipSync(CSV_TEXT), { ...CSV_LAYOUT, compression: 'gzip' }),
    ]
  },
  json: (engine) => {
    const file = (name: string, bytes: Uint8Array, layout: JsonLayout): FileToDamage => ({
      name,
      bytes,
      read: (content, url) => readText(engine, new JsonDataFile(bytesFile(content, url), engine, layout, CHUNK_BYTES)),
    })
    return [
      file('lines', Buffer.from(OBJECTS.join('\n')), LINES_LAYOUT),
      file('array', Buffer.from(`[${OBJECTS.join(',\n')}]`), { ...LINES_LAYOUT, form: 'array' }),
      file('stream', Buffer.from(OBJECTS.join('')), { ...LINES_LAYOUT, form: 'stream' }),
      file('gzip', gzipSync(OBJECTS.join('\n')), { ...LINES_LAYOUT, compression: 'gzip' }),
    ]
  },
}

/** All rows of a text, however many there are. */
export function readText(engine: TestEngine, file: CsvDataFile | JsonDataFile): RowsOfFile {
  const columns: Json[][] = file.fields.map(() => [])
  try {
    const bound = file.bind(file.fields.map(targetOf))
    const count = file.isSequential ? Infinity : file.rowGroups.length
    for (let chunk = 0; chunk < count && (!file.isSequential || file.hasRowGroup(chunk)); chunk++) {
      const reader = bound.openRowGroup(chunk)
      const arena = new Arena(engine.memory, 'test')
      try {
        for (const [i, column] of columns.entries()) {
          const vector = reader.read(i, 0, reader.rowCount, null, arena)
          column.push(...vectorJson(engine.memory, vector))
        }
      } finally {
        reader.close()
        arena.free()
      }
    }
  } finally {
    file.close()
  }
  return { fields: file.fields.map(({ name }) => name), columns }
}
