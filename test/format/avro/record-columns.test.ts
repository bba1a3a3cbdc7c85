/** Fields of records as columns are what the decoder of objects makes of them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonValue } from '../../../src/core/exact-json.ts'
import { createMemory } from '../../../src/core/memory.ts'
import { openAvroFile } from '../../../src/format/avro/container.ts'
import type { AvroObject } from '../../../src/format/avro/decoder.ts'
import {
  type AvroColumn,
  type ColumnChoice,
  type RecordColumns,
  compileRecordColumns,
  readRecordColumns,
} from '../../../src/format/avro/record-columns.ts'
import { parseAvroSchema } from '../../../src/format/avro/schema.ts'
import { writeAvroFile } from '../../../src/format/avro/write-file.ts'
import { createKernels } from '../../../src/kernel/kernels.ts'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'

const memory = createMemory(16 << 20)
const context = { memory, kernels: createKernels(memory) }

const pairs = (id: number, value: string): JsonValue => ({
  type: 'array',
  logicalType: 'map',
  items: {
    type: 'record',
    name: `pair${id}`,
    fields: [
      { name: 'key', type: 'int' },
      { name: 'value', type: value },
    ],
  },
})
const schema: JsonValue = {
  type: 'record',
  name: 'r',
  fields: [
    { name: 'status', type: 'int', 'field-id': 0 },
    { name: 'skipped', type: ['null', 'string'], 'field-id': 9 },
    {
      name: 'inner',
      'field-id': 2,
      type: {
        type: 'record',
        name: 'inner',
        fields: [
          { name: 'counts', type: ['null', pairs(1, 'long')], 'field-id': 10 },
          { name: 'count', type: ['null', 'long'], 'field-id': 11 },
          { name: 'bounds', type: pairs(2, 'bytes'), 'field-id': 12 },
          { name: 'ids', type: { type: 'array', items: 'long' }, 'field-id': 13 },
        ],
      },
    },
  ],
}

const field = (id: number, name: string): { id: number; name: string } => ({ id, name })
const INNER = field(2, 'inner')
const CHOICES: readonly ColumnChoice[] = [
  { kind: 'integer', path: [field(0, 'status')] },
  { kind: 'integer', path: [INNER, field(11, 'renamed since')] },
  { kind: 'pairs', path: [INNER, field(10, 'counts')], keys: [1, 3] },
  { kind: 'pairs', path: [INNER, field(12, 'bounds')], keys: [2] },
  { kind: 'span', path: [INNER, field(13, 'ids')] },
  { kind: 'integer', path: [field(77, 'nowhere')] },
]

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const mapOf = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<{ key: number; value: T }[]> =>
  fc.array(fc.record({ key: fc.integer({ min: 0, max: 4 }), value }), { maxLength: 6 })
const record = fc.record({
  status: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  skipped: fc.option(fc.string({ maxLength: 4 })),
  inner: fc.record({
    counts: fc.option(mapOf(long)),
    count: fc.option(long),
    bounds: mapOf(fc.uint8Array({ maxLength: 5 })),
    ids: fc.array(long, { maxLength: 3 }),
  }),
})

const isNull = ({ validity }: AvroColumn, row: number): boolean => memory.u8[validity + row] === 0

function integerAt(column: AvroColumn, row: number): bigint | null {
  if (isNull(column, row)) return null
  return column.width === 4 ? BigInt(memory.i32[(column.data >>> 2) + row]!) : memory.i64[(column.data >>> 3) + row]!
}

function hexAt(column: AvroColumn, row: number): string | null {
  if (isNull(column, row)) return null
  const [start, length] = [0, 1].map((i) => memory.u32[(column.data >>> 2) + 2 * row + i]!)
  return Buffer.from(memory.u8.slice(start, start! + length!)).toString('hex')
}

const rowsOf = (block: RecordColumns): unknown[] =>
  Array.from({ length: block.rowCount }, (_, row) => [
    ...[0, 1, 2].flatMap((choice) => block.of(choice)!.map((column) => integerAt(column, row))),
    hexAt(block.of(3)![0]!, row),
    hexAt(block.of(4)![0]!, row) !== null,
    block.of(5),
  ])

async function open(records: readonly AvroObject[], of: JsonValue = schema): ReturnType<typeof openAvroFile> {
  const storage = createMemoryStorage()
  await storage.put('memory:/f.avro', writeAvroFile(of, new Map(), records))
  return openAvroFile({ storage, url: 'memory:/f.avro' })
}

test('of any records; of equal keys the last counts', async () => {
  const property = fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 5 }), async (records) => {
    const file = await open(records as readonly AvroObject[])
    const program = compileRecordColumns(file.header.schema, CHOICES)!
    const found: unknown[] = []
    for await (const rows of readRecordColumns(file, program, context, rowsOf)) found.push(...rows)
    const last = <T>(list: readonly { key: number; value: T }[] | null, key: number): T | null =>
      list?.findLast((pair) => pair.key === key)?.value ?? null
    expect(found).toEqual(
      records.map(({ status, inner }) => {
        const bound = last(inner.bounds, 2)
        return [
          ...[BigInt(status), inner.count, last(inner.counts, 1), last(inner.counts, 3)],
          bound === null ? null : Buffer.from(bound).toString('hex'),
          ...[true, undefined],
        ]
      }),
    )
  })
  await fc.assert(property, { numRuns: 100 })
})

test('the span of a field, and of a record', async () => {
  const inner = { counts: null, count: null, bounds: [], ids: [1n, -1n] }
  const file = await open([{ status: 1, skipped: null, inner } as unknown as AvroObject])
  const program = compileRecordColumns(file.header.schema, [...CHOICES, { kind: 'span', path: [] }])!
  const visit = (block: RecordColumns): unknown => [4, 6].map((choice) => hexAt(block.of(choice)![0]!, 0))
  for await (const spans of readRecordColumns(file, program, context, visit)) {
    expect(spans).toEqual(['04020100', '0200' + '00' + '00' + '00' + '04020100'])
  }
})

test.each<[string, JsonValue]>([
  ['a count that is a text', 'string'],
  ['a union of several types', ['int', 'long']],
])('%s is of another form', (_, type) => {
  const other = parseAvroSchema({ type: 'record', name: 'r', fields: [{ name: 'status', type }] }, 'test')
  expect(compileRecordColumns(other, [CHOICES[0]!])).toBeUndefined()
})

test('a block that ends early, and one of more records than fit it', async () => {
  const bytes = writeAvroFile(
    { type: 'record', name: 'r', fields: [{ name: 'status', type: 'long' }] },
    new Map(),
    [{ status: 5n }],
    'null',
  )
  const storage = createMemoryStorage()
  const visit = (): void => undefined
  // The varints of the count of records, of bytes, and of the only record are the three before the last sync marker.
  for (const [at, byte, problem] of [
    [17, 0x80, /ends before/],
    [19, 40, /20 records do not fit/],
  ] as const) {
    const cut = bytes.slice()
    cut[cut.length - at] = byte
    await storage.put('memory:/f.avro', cut)
    const file = await openAvroFile({ storage, url: 'memory:/f.avro' })
    const program = compileRecordColumns(file.header.schema, [CHOICES[0]!])!
    await expect(readRecordColumns(file, program, context, visit).next()).rejects.toThrow(problem)
  }
})
