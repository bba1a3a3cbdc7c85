/** Text files with flipped, cut and repeated bytes give rows or an error that blames the file, and all memory back. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { SluiceError } from '../../../src/core/errors.ts'
import { memoryUse } from '../../../src/core/memory.ts'
import { BIGINT, DATE, DOUBLE, VARCHAR } from '../../../src/core/types.ts'
import { CsvDataFile } from '../../../src/format/csv/data-file.ts'
import type { CsvLayout } from '../../../src/format/csv/layout.ts'
import { sniffCsv } from '../../../src/format/csv/sniff.ts'
import { JsonDataFile } from '../../../src/format/json/data-file.ts'
import type { JsonLayout } from '../../../src/format/json/layout.ts'
import { sniffJson } from '../../../src/format/json/sniff.ts'
import { mutationCount } from '../../mutations.ts'
import { bytesFile, createTestEngine, targetOf } from '../parquet/read-file.ts'

const engine = createTestEngine(64 << 20)

const COMMON = { rowBytesMax: 1 << 16, values: { timeZone: 'UTC' }, dropsRows: false } as const
const COLUMNS = [
  { name: 'n', type: BIGINT },
  { name: 't', type: VARCHAR },
  { name: 'x', type: DOUBLE },
  { name: 'd', type: DATE },
]
const CSV: CsvLayout = {
  ...{ kind: 'csv', dialect: { delimiter: ',', quote: '"', escape: '"', comment: '' }, columns: COLUMNS, ...COMMON },
  ...{ skip: 0, hasHeader: true, nulls: [''], quotedNulls: false, padsRows: false, compression: 'none' },
}
const JSON_LAYOUT: JsonLayout = {
  kind: 'json',
  form: 'lines',
  columns: COLUMNS,
  isPlain: false,
  ...COMMON,
  compression: 'none',
}

const CSV_TEXT = `n,t,x,d\n${Array.from({ length: 40 }, (_, i) => `${i},"text ""${i}"", é",${i / 8},2024-01-${String((i % 28) + 1).padStart(2, '0')}`).join('\n')}\n`
const ROWS = Array.from({ length: 40 }, (_, i) =>
  JSON.stringify({ n: i, t: `a "${i}" \u00e9`, x: i / 8, d: '2024-01-31' }),
)

/** Reads all of it; a text may have any number of rows. */
function readAll(file: CsvDataFile | JsonDataFile): void {
  try {
    const bound = file.bind(file.fields.map(targetOf))
    const count = file.isSequential ? Infinity : file.rowGroups.length
    for (let chunk = 0; chunk < count && (!file.isSequential || file.hasRowGroup(chunk)); chunk++) {
      const reader = bound.openRowGroup(chunk)
      const arena = new Arena(engine.memory, 'test')
      try {
        file.fields.forEach((_, column) => reader.read(column, 0, reader.rowCount, null, arena))
      } finally {
        reader.close()
        arena.free()
      }
    }
  } finally {
    file.close()
  }
}

const mutation = fc.array(fc.tuple(fc.nat(), fc.constantFrom('flip', 'cut', 'repeat', 'drop'), fc.nat(255)), {
  minLength: 1,
  maxLength: 3,
})

function mutated(bytes: Uint8Array, changes: readonly (readonly [number, string, number])[]): Uint8Array {
  let all = [...bytes]
  for (const [place, kind, byte] of changes) {
    const at = all.length === 0 ? 0 : place % all.length
    if (kind === 'flip') all[at] = byte
    else if (kind === 'cut') all = all.slice(0, at)
    else if (kind === 'drop') all.splice(at, byte)
    else all.splice(at, 0, ...all.slice(at, at + byte))
  }
  return Uint8Array.from(all)
}

const CASES: readonly (readonly [
  string,
  Uint8Array,
  (bytes: Uint8Array, chunkBytes: number) => CsvDataFile | JsonDataFile,
])[] = [
  ['csv', Buffer.from(CSV_TEXT), (bytes, size) => new CsvDataFile(bytesFile(bytes, 'a.csv'), engine, CSV, size)],
  [
    'csv.gz',
    gzipSync(CSV_TEXT),
    (bytes, size) => new CsvDataFile(bytesFile(bytes, 'a.csv.gz'), engine, { ...CSV, compression: 'gzip' }, size),
  ],
  [
    'lines',
    Buffer.from(ROWS.join('\n')),
    (bytes, size) => new JsonDataFile(bytesFile(bytes, 'a.jsonl'), engine, JSON_LAYOUT, size),
  ],
  [
    'array',
    Buffer.from(`[${ROWS.join(',\n')}]`),
    (bytes, size) => new JsonDataFile(bytesFile(bytes, 'a.json'), engine, { ...JSON_LAYOUT, form: 'array' }, size),
  ],
  [
    'stream',
    Buffer.from(ROWS.join('')),
    (bytes, size) => new JsonDataFile(bytesFile(bytes, 'a.json'), engine, { ...JSON_LAYOUT, form: 'stream' }, size),
  ],
]

test.each(CASES)('%s', { timeout: 600_000 }, (_, bytes, open) => {
  fc.assert(
    fc.property(mutation, fc.integer({ min: 20, max: 3000 }), (changes, chunkBytes) => {
      try {
        readAll(open(mutated(bytes, changes), chunkBytes))
      } catch (error) {
        expect(error).toBeInstanceOf(SluiceError)
        expect((error as SluiceError).sqlstate).toMatch(/^(?:22...|XX001|54000)$/)
      }
      expect(memoryUse(engine.memory).usedBytes).toBe(0)
    }),
    { seed: 1, numRuns: mutationCount(1000) },
  )
})

test('samples of anything are described or refused', () => {
  fc.assert(
    fc.property(mutation, fc.boolean(), fc.boolean(), (changes, isJson, isWhole) => {
      const text = Buffer.from(mutated(Buffer.from(isJson ? ROWS.join('\n') : CSV_TEXT), changes)).toString('utf8')
      if (isJson) expect(sniffJson({ text, isWhole }, {}).layout.columns.length).toBeGreaterThan(0)
      else expect(sniffCsv({ text, isWhole }, {}).layout.columns.length).toBeGreaterThan(0)
    }),
    { seed: 2, numRuns: 300 },
  )
})
