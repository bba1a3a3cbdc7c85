/** The kernel's program on records of any schema: the columns asked for, among others that are passed over, are what was written. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonValue } from '../../../src/core/exact-json.ts'
import { memoryUse } from '../../../src/core/memory.ts'
import type { AvroObject, AvroValue } from '../../../src/format/avro/decoder.ts'
import { avroFormat } from '../../../src/format/avro/index.ts'
import { writeAvroFile } from '../../../src/format/avro/write-file.ts'
import { bytesFile, createTestEngine, readColumns, targetOf } from '../../format/parquet/read-file.ts'
import type { Json } from '../../format/vector-json.ts'

const engine = createTestEngine(128 << 20)
let serial = 0

/** A type, and values of it as they are written and as columns have them. */
interface Shape {
  readonly schema: JsonValue
  readonly value: fc.Arbitrary<readonly [AvroValue, Json]>
}

function plain<T>(schema: string, values: fc.Arbitrary<T>, json: (value: T) => Json): Shape {
  return { schema, value: values.map((value) => [value as AvroValue, json(value)] as const) }
}

const LEAVES: readonly Shape[] = [
  plain('boolean', fc.boolean(), (value) => value),
  plain('int', fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (value) => value),
  plain('long', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), String),
  plain(
    'double',
    fc.integer().map((value) => value / 8),
    (value) => value,
  ),
  plain('string', fc.string({ maxLength: 5 }), (value) => value),
  plain('bytes', fc.uint8Array({ maxLength: 5 }), (value) => Buffer.from(value).toString('hex')),
]

function shapes(depth: number): fc.Arbitrary<Shape> {
  const leaf = fc.constantFrom(...LEAVES)
  if (depth === 0) return leaf
  const inner = shapes(depth - 1)
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    { weight: 2, arbitrary: fc.tuple(inner, fc.boolean()).map(([shape, isFirst]) => optional(shape, isFirst)) },
    { weight: 1, arbitrary: inner.map(listOf) },
    { weight: 1, arbitrary: inner.map(mapOf) },
    { weight: 1, arbitrary: fc.array(inner, { minLength: 1, maxLength: 3 }).map(recordOf) },
  )
}

/** With NULL before or behind; a union in a union is none. */
function optional(shape: Shape, isFirst: boolean): Shape {
  if (Array.isArray(shape.schema)) return shape
  const value = fc.option(shape.value).map((pair): readonly [AvroValue, Json] => pair ?? [null, null])
  return { schema: isFirst ? ['null', shape.schema] : [shape.schema, 'null'], value }
}

function listOf({ schema, value }: Shape): Shape {
  return {
    schema: { type: 'array', items: schema },
    value: fc
      .array(value, { maxLength: 4 })
      .map((items) => [items.map(([avro]) => avro), items.map(([, json]) => json)]),
  }
}

function mapOf({ schema, value }: Shape): Shape {
  const entries = fc.uniqueArray(fc.tuple(fc.string({ maxLength: 3 }), value), {
    maxLength: 3,
    selector: ([key]) => key,
  })
  return {
    schema: { type: 'map', values: schema },
    value: entries.map((pairs) => [
      new Map(pairs.map(([key, [avro]]) => [key, avro])) as unknown as AvroValue,
      pairs.map(([key, [, json]]) => [key, json]),
    ]),
  }
}

function recordOf(fields: readonly Shape[]): Shape {
  return {
    schema: {
      type: 'record',
      name: `r${serial++}`,
      fields: fields.map(({ schema }, i) => ({ name: `f${i}`, type: schema })),
    },
    value: fc
      .tuple(...fields.map(({ value }) => value))
      .map((values) => [
        Object.fromEntries(values.map(([avro], i) => [`f${i}`, avro])) as unknown as AvroValue,
        Object.fromEntries(values.map(([, json], i) => [`f${i}`, json])),
      ]),
  }
}

const files = fc.array(shapes(3), { minLength: 1, maxLength: 5 }).chain((fields) => {
  const record = recordOf(fields)
  return fc.record({
    schema: fc.constant(record.schema),
    rows: fc.array(record.value, { maxLength: 12 }),
    wanted: fc.subarray(fields.map((_, i) => i)),
  })
})

test('columns of any schema', () => {
  fc.assert(
    fc.property(files, ({ schema, rows, wanted }) => {
      const bytes = writeAvroFile(
        schema,
        new Map(),
        rows.map(([avro]) => avro as AvroObject),
        'null',
      )
      const file = avroFormat.open(bytesFile(bytes, `program-${serial++}`), engine)
      const fields = wanted.map((i) => file.fields.find(({ name }) => name === `f${i}`)!)
      const columns = readColumns(engine, file, file.bind(fields.map(targetOf)), {
        columnCount: wanted.length,
        batchRows: 5,
      })
      const expected = wanted.map((i) => rows.map(([, json]) => (json as Record<string, Json>)[`f${i}`]))
      expect(columns).toEqual(expected)
      expect(memoryUse(engine.memory).usedBytes).toBe(0)
    }),
    { seed: 1, numRuns: 300 },
  )
})
