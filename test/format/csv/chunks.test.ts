/** CSV files in chunks: the rows are those of the text however it is cut into chunks, and whoever reads them in whichever order. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { BIGINT, VARCHAR } from '../../../src/core/types.ts'
import { CsvDataFile } from '../../../src/format/csv/data-file.ts'
import type { CsvLayout } from '../../../src/format/csv/layout.ts'
import { splitRows } from '../../../src/format/csv/split-rows.ts'
import { bytesFile, createTestEngine, targetOf } from '../parquet/read-file.ts'
import { type Json, vectorJson } from '../vector-json.ts'

const engine = createTestEngine(64 << 20)

const LAYOUT: CsvLayout = {
  kind: 'csv',
  dialect: { delimiter: ',', quote: '"', escape: '"', comment: '' },
  columns: [
    { name: 'a', type: VARCHAR },
    { name: 'b', type: VARCHAR },
  ],
  ...{ skip: 0, hasHeader: false, nulls: ['NULL'], quotedNulls: false, padsRows: false, dropsRows: false },
  ...{ rowBytesMax: 1 << 20, values: { timeZone: 'UTC' }, compression: 'none' },
}

function read(csv: string | Uint8Array, layout: CsvLayout, chunkBytes: number, order: 'up' | 'down' = 'up'): Json[][] {
  const bytes = typeof csv === 'string' ? new Uint8Array(Buffer.from(csv)) : csv
  const file = new CsvDataFile(bytesFile(bytes, 'test.csv'), engine, layout, chunkBytes)
  const bound = file.bind(file.fields.map(targetOf))
  const chunks = file.rowGroups.map((_, i) => i)
  if (order === 'down') chunks.reverse()
  const parts = chunks.map((chunk) => {
    const arena = new Arena(engine.memory, 'test')
    const reader = bound.openRowGroup(chunk)
    try {
      const columns = layout.columns.map((_, column) =>
        vectorJson(engine.memory, reader.read(column, 0, reader.rowCount, null, arena)),
      )
      return Array.from({ length: reader.rowCount }, (_, row) => columns.map((values) => values[row]!))
    } finally {
      reader.close()
      arena.free()
    }
  })
  if (order === 'down') parts.reverse()
  return parts.flat()
}

const field = fc.oneof(
  fc.stringMatching(/^[a-z ]{0,6}$/),
  fc.array(fc.constantFrom('x', '""', ',', '\n', '\r\n', ' '), { maxLength: 8 }).map((parts) => `"${parts.join('')}"`),
)
const csvText = fc
  .array(fc.tuple(field, field, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 20 })
  .map((rows) => rows.map(([a, b, end]) => `${a},${b}${end}`).join(''))

describe('chunks', () => {
  test('have the rows of the text, wherever they are cut', () => {
    fc.assert(
      fc.property(
        csvText,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('up' as const, 'down' as const),
        (csv, size, order) => {
          const wanted = [...splitRows(csv, LAYOUT.dialect, true)].map(({ fields }) => fields.map(({ text }) => text))
          expect(read(csv, LAYOUT, size, order)).toEqual(wanted)
        },
      ),
      { seed: 1, numRuns: 700 },
    )
  })

  test('begin at any line end when nothing is quoted', () => {
    const layout = { ...LAYOUT, dialect: { delimiter: ',', quote: '', escape: '', comment: '' } }
    const csv = 'a,"\r\nb,c\nlong long long,"\n\n"d,e'
    for (let size = 1; size < 30; size++) {
      expect(read(csv, layout, size)).toEqual([
        ['a', '"'],
        ['b', 'c'],
        ['long long long', '"'],
        ['"d', 'e'],
      ])
    }
  })

  test('leave comments out', () => {
    const layout = { ...LAYOUT, dialect: { ...LAYOUT.dialect, comment: '#' } }
    const csv = '# "\na,b\n#,\r\n"c\n#",d\n'
    for (let size = 1; size < 30; size++) {
      expect(read(csv, layout, size)).toEqual([
        ['a', 'b'],
        ['c\n#', 'd'],
      ])
    }
  })
})

describe('gzip', () => {
  /** The rows of a file that is read from its beginning to its end. */
  function readSequentially(packed: Uint8Array, layout: CsvLayout, chunkBytes: number): Json[][] {
    const file = new CsvDataFile(
      bytesFile(packed, 'test.csv.gz'),
      engine,
      { ...layout, compression: 'gzip' },
      chunkBytes,
    )
    const bound = file.bind(file.fields.map(targetOf))
    const rows: Json[][] = []
    try {
      for (let chunk = 0; file.hasRowGroup(chunk); chunk++) {
        const arena = new Arena(engine.memory, 'test')
        const reader = bound.openRowGroup(chunk)
        const columns = layout.columns.map((_, column) =>
          vectorJson(engine.memory, reader.read(column, 0, reader.rowCount, null, arena)),
        )
        for (let row = 0; row < reader.rowCount; row++) rows.push(columns.map((values) => values[row]!))
        reader.close()
        arena.free()
      }
    } finally {
      file.close()
    }
    return rows
  }

  test('rows are those of the text, wherever chunks end', () => {
    fc.assert(
      fc.property(csvText, fc.integer({ min: 1, max: 40 }), fc.nat(), (csv, size, place) => {
        const wanted = [...splitRows(csv, LAYOUT.dialect, true)].map(({ fields }) => fields.map(({ text }) => text))
        const bytes = Buffer.from(csv)
        const cut = place % (bytes.length + 1)
        // Two members, one after the other.
        const packed = Buffer.concat([gzipSync(bytes.subarray(0, cut)), gzipSync(bytes.subarray(cut))])
        expect(readSequentially(new Uint8Array(packed), LAYOUT, size)).toEqual(wanted)
      }),
      { seed: 2, numRuns: 300 },
    )
  })

  test('large texts come piece by piece', () => {
    const csv = Array.from({ length: 60_000 }, (_, i) => `row ${i},"${'x'.repeat(i % 50)}"\n`).join('')
    const rows = readSequentially(new Uint8Array(gzipSync(csv)), LAYOUT, 100_000)
    expect(rows.length).toBe(60_000)
    expect(rows.every(([a, b], i) => a === `row ${i}` && (b as string).length === i % 50)).toBe(true)
  })

  test('damage is found', () => {
    const packed = new Uint8Array(gzipSync('a,b\nc,d\n'))
    const wrongSum = Uint8Array.from(packed, (byte, i) => (i === packed.length - 8 ? byte ^ 1 : byte))
    expect(() => readSequentially(wrongSum, LAYOUT, 100)).toThrow('the checksum of the text is wrong')
    expect(() => readSequentially(packed.subarray(0, -12), LAYOUT, 100)).toThrow('the compressed data are malformed')
    expect(() => readSequentially(packed.subarray(0, -4), LAYOUT, 100)).toThrow('the file ends early')
    expect(() => readSequentially(new Uint8Array(Buffer.from('a,b\n')), LAYOUT, 100)).toThrow(
      'no member of a gzip file',
    )
    expect(() => readSequentially(new Uint8Array(gzipSync('a,b\nc\n')), LAYOUT, 100)).toThrow('line 2: missing data')
  })
})

describe('values', () => {
  test('NULL is one of the texts that mean it, in quotes only where no text can be meant', () => {
    const layout = { ...LAYOUT, columns: [LAYOUT.columns[0]!, { name: 'b', type: BIGINT }] }
    expect(read('NULL,NULL\n"NULL","NULL"\n"",1\n', layout, 100)).toEqual([
      [null, null],
      ['NULL', null],
      ['', '1'],
    ])
    expect(read('"NULL",1\n', { ...layout, quotedNulls: true }, 100)).toEqual([[null, '1']])
  })

  test('a header, a byte order mark and skipped lines are no rows', () => {
    const layout = { ...LAYOUT, hasHeader: true, skip: 2 }
    expect(read('\ufeffone\r\ntwo\n"h,1\n",h2\nx,y\n', layout, 5)).toEqual([['x', 'y']])
    expect(read('one', layout, 5)).toEqual([])
  })

  test('errors say where they are', () => {
    const layout = { ...LAYOUT, columns: [LAYOUT.columns[0]!, { name: 'b', type: BIGINT }] }
    const csv = 'x,1\r\n"two\nlines",2\ny,z\n'
    for (const size of [4, 8, 100]) {
      expect(() => read(csv, layout, size)).toThrow(
        '"test.csv", line 4, column 2 ("b" bigint): invalid input syntax for type bigint: "z"',
      )
      expect(() => read('a,b\nc\n', LAYOUT, size)).toThrow(
        '"test.csv", line 2: missing data for column "b": 1 of 2 columns found',
      )
      expect(() => read('a,b\nc,d,e\n', LAYOUT, size)).toThrow(
        'line 2: extra data after last expected column: 2 columns expected',
      )
      expect(() => read('a,b\nc,"d\n', LAYOUT, size)).toThrow('line 2, column 2: unterminated CSV quoted field')
      expect(() => read('a,b\nc,"d"e\n', LAYOUT, size)).toThrow('line 2, column 2: text behind the closing quote')
    }
    const latin = Uint8Array.from(Buffer.from('a,b\nc,\xe9\n', 'latin1'))
    expect(() => read(latin, LAYOUT, 100)).toThrow(
      '"test.csv", line 2: invalid byte sequence for encoding "UTF8": 0xe9',
    )
    const long = { ...LAYOUT, rowBytesMax: 1000 }
    expect(() => read(`a,"${'b'.repeat(300_000)}"\n`, long, 100)).toThrow('the row is longer than 1000 bytes')
  })

  test('rows that do not fit are left out when that is asked for, whichever columns are read', () => {
    const columns = [{ name: 'a', type: BIGINT }, LAYOUT.columns[1]!]
    const layout = { ...LAYOUT, columns, dropsRows: true }
    const csv = '1,a\nx,b\n2\n3,c,d\n4,"e"f\n5,g\n'
    expect(read(csv, layout, 100)).toEqual([
      ['1', 'a'],
      ['5', 'g'],
    ])
    const file = new CsvDataFile(bytesFile(new Uint8Array(Buffer.from(csv)), 'test.csv'), engine, layout)
    const reader = file.bind([targetOf(file.fields[1]!)]).openRowGroup(0)
    expect(reader.rowCount).toBe(2)
    reader.close()
  })

  test('short rows are filled up when that is asked for', () => {
    expect(read('a,b\nc\n', { ...LAYOUT, padsRows: true }, 100)).toEqual([
      ['a', 'b'],
      ['c', null],
    ])
  })
})
