/** Damage that once gave other rows without a word, in data files: each case is one that mutations of real files found. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { avroFormat } from '../../src/format/avro/index.ts'
import { writeAvroFile } from '../../src/format/avro/write-file.ts'
import type { FileFormat } from '../../src/format/format.ts'
import { parseTrailer } from '../../src/format/hfile/trailer.ts'
import { lanceFormat } from '../../src/format/lance/index.ts'
import { orcFormat } from '../../src/format/orc/index.ts'
import { parquetFormat } from '../../src/format/parquet/index.ts'
import { bytesFile, createTestEngine, readWhole } from './parquet/read-file.ts'
import { writeFile } from './parquet/write-file.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))
const engine = createTestEngine(64 << 20)
const damaged = (message: string): object =>
  expect.objectContaining({ sqlstate: 'XX001', message: expect.stringContaining(message) })

let serial = 0
const read = (bytes: Uint8Array, format: FileFormat): unknown =>
  readWhole(engine, bytesFile(bytes, `found-${serial++}`), undefined, format).columns

/** The same bytes but for those of the first `text` behind `from`. */
function exchanged(bytes: Uint8Array, text: string, by: string, from: number = 0): Uint8Array {
  const copy = Buffer.from(bytes)
  const at = copy.indexOf(text, from, 'latin1')
  expect(at).toBeGreaterThan(0)
  copy.write(by, at, 'latin1')
  return copy
}

describe('Parquet', () => {
  const values = new Uint8Array(Int32Array.of(1, 2, 3).buffer)
  const whole = writeFile([{ name: 'ident', physical: 'INT32' }], 3, [{ pages: [{ valueCount: 3, values }] }])

  test('a column that the schema and the row groups call differently', () => {
    expect(read(whole, parquetFormat)).toEqual([[1, 2, 3]])
    expect(() => read(exchanged(whole, 'ident', 'idest'), parquetFormat)).toThrow(damaged('is called "ident"'))
  })

  test('a name that is not UTF-8', () => {
    expect(() => read(exchanged(whole, 'ident', 'id\xffnt'), parquetFormat)).toThrow(damaged('a name is not UTF-8'))
  })

  test('a field of the footer that became its end', () => {
    const footer = whole.length - 8 - Buffer.from(whole).readUInt32LE(whole.length - 8)
    const cut = Buffer.from(whole)
    // The second field, the schema, after the version's number.
    expect(cut[footer + 2]! >> 4).toBe(1)
    cut[footer + 2] = 0
    expect(() => read(cut, parquetFormat)).toThrow(damaged('the footer has no field 2'))
  })

  test('a text that is not UTF-8, in a page and in a dictionary', () => {
    const texts = Buffer.from('\u0006\0\0\0abcdef', 'latin1')
    const schema = [{ name: 't', physical: 'BYTE_ARRAY', converted: 0 }] as const
    const plain = writeFile(schema, 1, [{ pages: [{ valueCount: 1, values: texts }] }])
    expect(read(plain, parquetFormat)).toEqual([['abcdef']])
    expect(() => read(exchanged(plain, 'abcdef', 'abc\xffef'), parquetFormat)).toThrow(damaged('a text is not UTF-8'))
    const codes = { valueCount: 1, encoding: 8, values: Uint8Array.of(1, 2, 0) }
    const coded = writeFile(schema, 1, [{ pages: [{ kind: 'dictionary', valueCount: 1, values: texts }, codes] }])
    expect(read(coded, parquetFormat)).toEqual([['abcdef']])
    expect(() => read(exchanged(coded, 'abcdef', 'abc\xffef'), parquetFormat)).toThrow(damaged('a text is not UTF-8'))
  })
})

describe('other formats', () => {
  const files: readonly (readonly [string, string, FileFormat])[] = [
    ['orc', 'prims_v011/part-0.orc', orcFormat],
    ['orc', 'prims_v012/part-0.orc', orcFormat],
    ['lance', `prims_2_0/data/${readdirSync(join(FIXTURES, 'lance/prims_2_0/data'))[0]!}`, lanceFormat],
  ]
  test.each(files)('a text of %s %s that is not UTF-8', (folder, name, format) => {
    const bytes = readFileSync(join(FIXTURES, folder, name))
    expect(() => read(bytes, format)).not.toThrow()
    expect(() => read(exchanged(bytes, 'xxxxxxxx', 'xxx\xffxxxx'), format)).toThrow(damaged('a text is not UTF-8'))
  })

  test('a text of Avro that is not UTF-8, and a field that alone has no id', () => {
    const fields = [
      { name: 't', type: 'string', 'field-id': 1 },
      { name: 'u', type: 'string', 'field-id': 2 },
    ]
    const bytes = writeAvroFile({ type: 'record', name: 'r', fields }, new Map(), [{ t: 'abcdef', u: 'v' }], 'null')
    expect(read(bytes, avroFormat)).toEqual([['abcdef'], ['v']])
    expect(() => read(exchanged(bytes, 'abcdef', 'abc\xffef'), avroFormat)).toThrow(damaged('a text is not UTF-8'))
    expect(() => read(exchanged(bytes, 'field-id', 'fiend-id'), avroFormat)).toThrow(damaged('alone has no "field-id"'))
  })

  test('an ORC file that is cut, and ends with what could be an empty footer', () => {
    const bytes = readFileSync(join(FIXTURES, 'orc/prims_v012/part-0.orc'))
    // A postscript and a footer of no bytes, without the magic that the oldest files lack.
    const cut = Buffer.concat([bytes.subarray(0, 60), Buffer.from([0x08, 0, 2])])
    expect(() => read(cut, orcFormat)).toThrow(damaged('has no types'))
  })

  test('an HFile whose trailer has blocks and no cells', () => {
    const bytes = readFileSync(join(FIXTURES, 'hfile/diff/part-0'))
    const tail = Buffer.from(bytes.subarray(-4096))
    const { entryCount } = parseTrailer(tail, 'f')
    expect(entryCount).toBe(737)
    // Field 7, and 737 as a varint.
    const at = tail.lastIndexOf(Buffer.from([0x38, 0xe1, 0x05]))
    tail[at + 1] = 0x80
    tail[at + 2] = 0
    expect(() => parseTrailer(tail, 'f')).toThrow(damaged('no cells'))
  })
})
