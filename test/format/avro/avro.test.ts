import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonValue } from '../../../src/core/exact-json.ts'
import { openAvroFile, readAvroBytes } from '../../../src/format/avro/container.ts'
import { AvroCursor } from '../../../src/format/avro/cursor.ts'
import { type AvroObject, type AvroValue, compileDecoder } from '../../../src/format/avro/decoder.ts'
import { AvroOutput, encodeAvro } from '../../../src/format/avro/encoder.ts'
import { decimalFromBytes, decimalToBytes, uuidFromText, uuidToText } from '../../../src/format/avro/logical.ts'
import { parseAvroSchema } from '../../../src/format/avro/schema.ts'
import { snappyDecompress } from '../../../src/format/avro/snappy.ts'
import { writeAvroFile } from '../../../src/format/avro/write-file.ts'
import { countingStorage } from '../../../src/storage/counting-storage.ts'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { mutationCount, readMutations } from '../../mutations.ts'

function roundTrip(written: JsonValue, value: AvroValue, read: JsonValue = written): AvroValue {
  const writer = parseAvroSchema(written, 'writer')
  const output = new AvroOutput()
  encodeAvro(output, writer, value)
  const cursor = new AvroCursor(output.view().slice(), 'test')
  const result = compileDecoder(writer, parseAvroSchema(read, 'reader'))(cursor)
  expect(cursor.remaining).toBe(0)
  return result
}

const record = (...fields: JsonValue[]): JsonValue => ({ type: 'record', name: 'r', fields })

describe('values', () => {
  test.each<[JsonValue, AvroValue]>([
    ['null', null],
    ['boolean', true],
    ['int', -2_147_483_648],
    ['int', 2_147_483_647],
    ['long', -(2n ** 63n)],
    ['long', 2n ** 63n - 1n],
    ['long', 2n ** 27n],
    ['long', 9_007_199_254_740_993n],
    ['float', 1.5],
    ['double', -0.1],
    ['double', Number.NaN],
    ['string', 'São Paulo 🚀'],
    ['bytes', Uint8Array.of(0, 255, 1)],
    [{ type: 'fixed', name: 'f', size: 3 }, Uint8Array.of(1, 2, 3)],
    [{ type: 'enum', name: 'e', symbols: ['A', 'B'] }, 'B'],
    [{ type: 'array', items: 'long' }, [1n, 2n, 3n]],
    [{ type: 'array', items: ['null', 'string'] }, ['a', null]],
    [
      { type: 'map', values: 'int' },
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    ],
    [{ type: 'bytes', logicalType: 'decimal', precision: 38, scale: 10 }, -12_345_678_901_234_567_890_123_456_789n],
    [{ type: 'fixed', name: 'd', size: 9, logicalType: 'decimal', precision: 20, scale: 2 }, -1n],
    [{ type: 'string', logicalType: 'uuid' }, uuidFromText('f79c3e09-677c-4bbd-a479-3f349cb785e7')],
    [{ type: 'int', logicalType: 'date' }, -1],
    [{ type: 'long', logicalType: 'timestamp-millis' }, -1000n],
    [{ type: 'long', logicalType: 'timestamp-nanos' }, 1n],
    [{ type: 'long', logicalType: 'time-micros' }, 86_399_999_999n],
  ])('value %#', (schema, value) => {
    expect(roundTrip(schema, value)).toEqual(value)
  })

  test('longs of every size', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(63), (value, shift) => {
        const smaller = value >> BigInt(shift)
        expect(roundTrip('long', smaller)).toBe(smaller)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test('units: millis come out as micros, durations as intervals', () => {
    expect(
      roundTrip({ type: 'int', logicalType: 'time-millis' }, 5, {
        type: 'int',
        logicalType: 'time-millis',
      }),
    ).toBe(5000n)
    const bytes = Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0)
    const plain = parseAvroSchema({ type: 'fixed', name: 'd', size: 12, logicalType: 'duration' }, 'x')
    expect(compileDecoder(plain)(new AvroCursor(bytes, 'x'))).toEqual({
      months: 1,
      days: 2,
      micros: 3000n,
    })
  })

  test('decimals in as few bytes as they need, as Java writes them', () => {
    expect(decimalToBytes(0n)).toEqual(Uint8Array.of(0))
    expect(decimalToBytes(127n)).toEqual(Uint8Array.of(127))
    expect(decimalToBytes(128n)).toEqual(Uint8Array.of(0, 128))
    expect(decimalToBytes(-128n)).toEqual(Uint8Array.of(128))
    expect(decimalFromBytes(new Uint8Array(0))).toBe(0n)
    expect(uuidToText(uuidFromText('F79C3E09-677c-4bbd-a479-3f349cb785e7'))).toBe(
      'f79c3e09-677c-4bbd-a479-3f349cb785e7',
    )
  })
})

describe('schema resolution', () => {
  test.each<[JsonValue, AvroValue, JsonValue, AvroValue]>([
    ['int', 7, 'long', 7n],
    ['int', 7, 'double', 7],
    ['long', 7n, 'double', 7],
    ['float', 1.5, 'double', 1.5],
    ['string', 'a', 'bytes', Uint8Array.of(97)],
    ['bytes', Uint8Array.of(97), 'string', 'a'],
    ['int', 7, ['null', 'long'], 7n],
    [['null', 'int'], 7, 'long', 7n],
    [['int', 'string'], 'a', ['string', 'null', 'long'], 'a'],
    [
      { type: 'enum', name: 'e', symbols: ['A', 'B'] },
      'B',
      { type: 'enum', name: 'e', symbols: ['A', '?'], default: '?' },
      '?',
    ],
  ])('resolution %#', (written, value, read, expected) => {
    expect(roundTrip(written, value, read)).toEqual(expected)
  })

  test('records: fields by name and alias, in any order; dropped ones are skipped, new ones have defaults', () => {
    const written = record(
      { name: 'gone', type: { type: 'array', items: { type: 'map', values: record2('inner') } } },
      { name: 'old', type: 'int' },
      { name: 'kept', type: 'string' },
    )
    const read = record(
      { name: 'kept', type: 'string' },
      { name: 'renamed', aliases: ['old'], type: 'long' },
      {
        name: 'added',
        type: { type: 'array', items: 'long' },
        default: [1, 9_007_199_254_740_993n],
      },
      { name: 'nothing', type: ['null', 'int'], default: null },
    )
    const value = { gone: [new Map([['k', { a: 1n, b: 'x' }]])], old: 5, kept: 'y' }
    expect(roundTrip(written, value, read)).toEqual({
      kept: 'y',
      renamed: 5n,
      added: [1n, 9_007_199_254_740_993n],
      nothing: null,
    })
  })

  test('by field id, whatever the names are', () => {
    const writer = parseAvroSchema(
      record({ name: 'x', type: 'int', 'field-id': 1 }, { name: 'y', type: 'int', 'field-id': 2 }),
      'w',
    )
    const reader = parseAvroSchema(
      record({ name: 'x', type: 'int', 'field-id': 2 }, { name: 'z', type: 'int', 'field-id': 1 }),
      'r',
    )
    const cursor = new AvroCursor(Uint8Array.of(2, 4), 'test')
    expect(compileDecoder(writer, reader, { matchBy: 'field-id' })(cursor)).toEqual({ z: 1, x: 2 })
  })

  test('what does not resolve is refused', () => {
    expect(() => roundTrip('string', 'a', 'int')).toThrow('Avro string cannot be read as int')
    expect(() => roundTrip(record({ name: 'a', type: 'int' }), { a: 1 }, record({ name: 'b', type: 'int' }))).toThrow(
      'Avro field "b" has neither data nor a default value',
    )
    expect(() => roundTrip(['null', 'string'], 'a', ['null', 'int'])).toThrow('Avro string cannot be read as')
  })

  test('recursive types', () => {
    const list: JsonValue = record({ name: 'value', type: 'int' }, { name: 'next', type: ['null', 'r'] })
    const value = { value: 1, next: { value: 2, next: null } }
    expect(roundTrip(list, value)).toEqual(value)
    let deep: AvroObject = { value: 0, next: null }
    for (let i = 0; i < 1000; i++) deep = { value: i, next: deep }
    expect(() => roundTrip(list, deep)).toThrow('nested this deeply')
  })
})

function record2(name: string): JsonValue {
  return {
    type: 'record',
    name,
    fields: [
      { name: 'a', type: 'long' },
      { name: 'b', type: 'string' },
    ],
  }
}

describe('container files', () => {
  const schema = record(
    { name: 'i', type: 'long', 'field-id': 1 },
    { name: 's', type: ['null', 'string'], default: null, 'field-id': 2 },
  )
  const rows = Array.from({ length: 20_000 }, (_, i) => ({
    i: BigInt(i),
    s: i % 3 === 0 ? null : `row ${i}`,
  }))

  test.each(['null', 'deflate'] as const)('codec %s, many blocks, metadata', (codec) => {
    const bytes = writeAvroFile(schema, new Map([['schema', '{"x":1}']]), rows, codec)
    const file = readAvroBytes(bytes, 'f.avro')
    expect(file.header.codec).toBe(codec)
    expect(file.header.metadata.get('schema')).toBe('{"x":1}')
    expect(file.records().map((row) => ({ ...row }))).toEqual(rows)
  })

  test('blocks are read as they are asked for', async () => {
    const wide = rows.map(({ i }) => ({ i, s: 'x'.repeat(400) }))
    const bytes = writeAvroFile(schema, new Map(), wide, 'null')
    expect(bytes.length).toBeGreaterThan(8_000_000)
    const storage = countingStorage(createMemoryStorage())
    await storage.put('memory:/f.avro', bytes)
    const file = await openAvroFile({ storage, url: 'memory:/f.avro' })
    for await (const block of file.blocks()) {
      expect(block[0]).toEqual(wide[0])
      break
    }
    expect(storage.counts.bytesRead).toBeLessThan(1_100_000)
    let count = 0
    for await (const block of file.blocks()) count += block.length
    expect(count).toBe(20_000)
    expect(storage.counts.bytesRead).toBeLessThan(bytes.length * 1.4)
  })

  test('an empty file', () => {
    expect(readAvroBytes(writeAvroFile(schema, new Map(), []), 'f').records()).toEqual([])
  })

  test('unknown codecs are refused, damaged files are named', () => {
    const bytes = writeAvroFile(schema, new Map(), rows.slice(0, 10), 'deflate')
    const bzip2 = Buffer.from(bytes)
    const at = bzip2.indexOf('deflate')
    bzip2.write('bzip2.9', at)
    expect(() => readAvroBytes(new Uint8Array(bzip2), 'f').records()).toThrow('Avro codec "bzip2.9" is not supported')
    expect(() => readAvroBytes(new TextEncoder().encode('PAR1'), 'f.avro')).toThrow(
      'f.avro: not an Avro container file',
    )
  })

  /** Method: bytes of a good file changed at random: an answer or one of our errors, never a crash or much memory. */
  test('damaged bytes give an error or records', async () => {
    const good = writeAvroFile(schema, new Map(), rows.slice(0, 50), 'null')
    const storage = createMemoryStorage()
    await readMutations(good, { seed: 7, count: mutationCount(400) }, async (bytes) => {
      await storage.put('memory:/f', bytes)
      const file = await openAvroFile({ storage, url: 'memory:/f' })
      for await (const block of file.blocks()) expect(block.length).toBeLessThan(2_000_000)
    })
  })
})

describe('snappy', () => {
  test('literals, copies and overlapping copies', () => {
    // length 13, literal "abc", copy 1-byte offset 3 length 10 (overlapping)
    const input = Uint8Array.of(13, (3 - 1) << 2, 97, 98, 99, ((10 - 4) << 2) | 1, 3)
    expect(new TextDecoder().decode(snappyDecompress(input, 100))).toBe('abcabcabcabca')
  })

  test.each([
    [Uint8Array.of(), 'its length is missing'],
    [Uint8Array.of(200, 1), 'it says to hold 200 bytes'],
    [Uint8Array.of(255, 255, 255, 127), 'it says to hold'],
    [Uint8Array.of(4, 1, 5), 'a copy is out of range'],
    [Uint8Array.of(4, 12, 97), 'a literal is too long'],
  ])('refuses damaged input %#', (input, problem) => {
    expect(() => snappyDecompress(input, 1000)).toThrow(problem)
  })
})
