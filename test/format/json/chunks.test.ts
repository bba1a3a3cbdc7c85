/** JSON files in chunks: the values are those of the text however it is cut. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { BIGINT, DATE, JSON_TEXT, VARCHAR, listOf, mapOf } from '../../../src/core/types.ts'
import { JsonDataFile } from '../../../src/format/json/data-file.ts'
import type { JsonLayout } from '../../../src/format/json/layout.ts'
import { bytesFile, createTestEngine, targetOf } from '../parquet/read-file.ts'
import { type Json, vectorJson } from '../vector-json.ts'

const engine = createTestEngine(64 << 20)

const LAYOUT: JsonLayout = {
  kind: 'json',
  form: 'lines',
  columns: [
    { name: 'n', type: BIGINT },
    { name: 't', type: VARCHAR },
  ],
  ...{ isPlain: false, dropsRows: false, rowBytesMax: 1 << 20, values: { timeZone: 'UTC' }, compression: 'none' },
}

function read(json: string, options: Partial<JsonLayout>, chunkBytes: number): Json[][] {
  const layout = { ...LAYOUT, ...options }
  const plain = Buffer.from(json)
  const bytes = new Uint8Array(layout.compression === 'gzip' ? gzipSync(plain) : plain)
  const file = new JsonDataFile(bytesFile(bytes, 'test.json'), engine, layout, chunkBytes)
  const bound = file.bind(file.fields.map(targetOf))
  const rows: Json[][] = []
  try {
    const count = file.isSequential ? Infinity : file.rowGroups.length
    for (let chunk = 0; chunk < count && (!file.isSequential || file.hasRowGroup(chunk)); chunk++) {
      const arena = new Arena(engine.memory, 'test')
      const reader = bound.openRowGroup(chunk)
      try {
        const columns = layout.columns.map((_, column) =>
          vectorJson(engine.memory, reader.read(column, 0, reader.rowCount, null, arena)),
        )
        for (let row = 0; row < reader.rowCount; row++) rows.push(columns.map((values) => values[row]!))
      } finally {
        reader.close()
        arena.free()
      }
    }
  } finally {
    file.close()
  }
  return rows
}

test('values do not hang on where chunks end', () => {
  const record = fc.record({ n: fc.maxSafeInteger(), t: fc.string({ maxLength: 12 }) })
  const compression = fc.constantFrom('none' as const, 'gzip' as const)
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 12 }),
      fc.integer({ min: 1, max: 60 }),
      compression,
      (rows, size, packed) => {
        const wanted = rows.map(({ n, t }) => [String(n), t])
        const texts = rows.map((row) => JSON.stringify(row))
        expect(read(texts.join('\r\n'), { compression: packed }, size)).toEqual(wanted)
        expect(read(`\ufeff${texts.join('\n\n')}\n`, { compression: packed }, size)).toEqual(wanted)
        expect(read(`[ ${texts.join(' ,\n')} ]`, { form: 'array', compression: packed }, size)).toEqual(wanted)
        expect(read(texts.join(''), { form: 'stream', compression: packed }, size)).toEqual(wanted)
      },
    ),
    { seed: 1, numRuns: 200 },
  )
})

const hex = (text: string): string => Buffer.from(text).toString('hex')

test('values of each type', () => {
  const struct = { kind: 'struct' as const, fields: [{ name: 'x', type: DATE, nullable: true }] }
  const columns = [
    { name: 's', type: struct },
    { name: 'l', type: listOf(BIGINT) },
    { name: 'm', type: mapOf(VARCHAR, BIGINT) },
    { name: 'j', type: JSON_TEXT },
    { name: 'v', type: VARCHAR },
  ]
  const json =
    '{"s":{"x":"2024-01-31","y":1},"l":[1,null,"3"],"m":{"a":1},"j":{"b": [1.0]},"v":{"c":true}}\n{"j":"x\\u0041","v":"\\u00e9\\ud83d\\ude00"}\n{"l":null}\n'
  expect(read(json, { columns }, 1000)).toEqual([
    [{ x: '2024-01-31' }, ['1', null, '3'], [['a', '1']], hex('{"b": [1.0]}'), '{"c":true}'],
    [null, null, null, hex('"x\\u0041"'), 'é😀'],
    [null, null, null, null, null],
  ])
})

test('errors say where they are', () => {
  const whole =
    (json: string, options: Partial<JsonLayout> = {}) =>
    () =>
      read(json, options, 1000)
  expect(whole('{"n":1}\n{"n":"x"}\n')).toThrow(
    '"test.json", line 2, column "n" bigint: invalid input syntax for type bigint: "x"',
  )
  expect(whole('{"n":1}\n{"n":}\n')).toThrow('"test.json", line 2, byte 6 of it: malformed JSON')
  expect(whole('{"n":1}\n[1]\n')).toThrow('line 2, byte 4 of it: a JSON object is needed')
  expect(whole('{"n":\n1}\n')).toThrow('line 1, byte 6 of it: the JSON value does not end with its line')
  expect(whole('{"n":1,"n":2}\n')).toThrow('a key occurs twice')
  expect(whole('[{"n":1}', { form: 'array' })).toThrow('malformed JSON')
  expect(whole('[{"n":1}]x', { form: 'array' })).toThrow('malformed JSON')
  expect(whole('{"t":"\\ud800"}')).toThrow('line 1, column "t" varchar: a Unicode surrogate stands alone')
  expect(read('{"n":1}\n{"n":"x"}\n{"n"\n{"n":3}\n', { dropsRows: true }, 1000)).toEqual([
    ['1', null],
    ['3', null],
  ])
})
