import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type JsonObject, type JsonValue, writeExactJson } from '../../../src/core/exact-json.ts'
import { writeAvroFile } from '../../../src/format/avro/write-file.ts'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { parsePathMapping } from '../../../src/storage/path-mapping.ts'
import { createStorageAccess } from '../../../src/storage/storage-access.ts'
import { openIcebergTable } from '../../../src/table/iceberg/iceberg-table.ts'
import { parseMetadata, parseMetadataFile } from '../../../src/table/iceberg/metadata.ts'
import { findMetadata } from '../../../src/table/iceberg/metadata-location.ts'
import { fieldOf } from '../../../src/table/iceberg/schema.ts'
import { distinctCountsAt, resolveVersion } from '../../../src/table/iceberg/snapshot.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/iceberg', import.meta.url))
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const snapshot = (id: JsonValue, timestampMs: number, schemaId?: number): JsonObject => ({
  'snapshot-id': id,
  'timestamp-ms': timestampMs,
  'manifest-list': `s3://b/${String(id as number)}.avro`,
  ...(schemaId === undefined ? {} : { 'schema-id': schemaId }),
})

const schema = (id: number, name: string): JsonObject => ({
  type: 'struct',
  'schema-id': id,
  fields: [{ id: 1, name, required: true, type: 'int' }],
})

const base: JsonObject = {
  'format-version': 2,
  location: 's3://b/t',
  'current-schema-id': 1,
  schemas: [schema(0, 'old'), schema(1, 'new')],
  'partition-specs': [{ 'spec-id': 0, fields: [] }],
  'current-snapshot-id': 2347282075430832439n,
  snapshots: [snapshot(1, 1000, 0), snapshot(2347282075430832439n, 2000, 1), snapshot(3, 1500)],
  'snapshot-log': [
    { 'snapshot-id': 1, 'timestamp-ms': 1000 },
    { 'snapshot-id': 99, 'timestamp-ms': 1200 },
    { 'snapshot-id': 2347282075430832439n, 'timestamp-ms': 2000 },
    { 'snapshot-id': 1, 'timestamp-ms': 3000 },
  ],
  refs: {
    main: { 'snapshot-id': 2347282075430832439n, type: 'branch' },
    dev: { 'snapshot-id': 1, type: 'branch' },
    v1: { 'snapshot-id': 1, type: 'tag' },
    '3': { 'snapshot-id': 1, type: 'tag' },
  },
}

describe('versions', () => {
  const metadata = parseMetadata(base, 'f')
  const at = (value: bigint | string) => {
    const found = resolveVersion(metadata, 't', { kind: 'version', value })
    return [found.snapshot?.id, found.schema.fields[0]!.name]
  }
  const asOf = (millis: number) => {
    const found = resolveVersion(metadata, 't', {
      kind: 'timestamp',
      micros: BigInt(millis) * 1000n,
    })
    return [found.snapshot?.id, found.schema.fields[0]!.name]
  }

  test('by id the schema is the snapshot’s, of a branch the table’s, of a tag the snapshot’s', () => {
    expect(at(1n)).toEqual([1n, 'old'])
    expect(at(2347282075430832439n)).toEqual([2347282075430832439n, 'new'])
    expect(at('2347282075430832439')).toEqual([2347282075430832439n, 'new'])
    expect(at('dev')).toEqual([1n, 'new'])
    expect(at('v1')).toEqual([1n, 'old'])
    expect(at('main')).toEqual([2347282075430832439n, 'new'])
    // A snapshot that does not name its schema has the current one; a tag may look like a number.
    expect(at(3n)).toEqual([3n, 'new'])
    expect(at('3')).toEqual([1n, 'old'])
  })

  test('by time counts what was current then, rollbacks included', () => {
    expect(asOf(1000)).toEqual([1n, 'old'])
    expect(asOf(1199)).toEqual([1n, 'old'])
    expect(asOf(2999)).toEqual([2347282075430832439n, 'new'])
    expect(asOf(4000)).toEqual([1n, 'old'])
  })

  test('a version that is gone is an error', () => {
    expect(() => at(42n)).toThrow('snapshot 42 of table "t" not found')
    expect(() => at('nobody')).toThrow('version "nobody" of table "t" not found')
    expect(() => asOf(999)).toThrow('table "t" has no snapshot at or before 1970-01-01T00:00:00.999Z')
    expect(() => asOf(1300)).toThrow('snapshot 99 of table "t" not found')
    expect(() => resolveVersion(metadata, 't', { kind: 'timestamp', micros: -(2n ** 63n) })).toThrow('microseconds')
  })

  test('a table without data, and one without refs', () => {
    const { refs: _, 'current-snapshot-id': __, ...rest } = base
    const empty = parseMetadata({ ...rest, 'current-snapshot-id': -1 }, 'f')
    expect(resolveVersion(empty, 't').snapshot).toBeUndefined()
    const old = parseMetadata({ ...rest, 'current-snapshot-id': 1 }, 'f')
    expect(resolveVersion(old, 't', { kind: 'version', value: 'main' }).snapshot?.id).toBe(1n)
  })

  test.each<[JsonObject, string]>([
    [{ ...base, 'format-version': 4 }, 'Iceberg format version 4 is not supported'],
    [{ ...base, location: null }, 'f: malformed Iceberg metadata: "location" is missing'],
    [{ ...base, schemas: [{ type: 'struct', fields: [{ name: 'x' }] }] }, 'a field has no name or id'],
    [{ ...base, snapshots: [{}] }, '"snapshot-id" is missing'],
  ])('damaged metadata %#', (json, message) => {
    expect(() => parseMetadata(json, 'f')).toThrow(message)
  })

  test('transforms of several columns are kept, but nothing is known of them', () => {
    const fields = [{ name: 'p', transform: 'bucket[4]', 'source-ids': [1, 2], 'field-id': 1000 }]
    const { specs } = parseMetadata({ ...base, 'partition-specs': [{ 'spec-id': 0, fields }] }, 'f')
    expect(specs[0]!.fields[0]!.transform).toBe('bucket[4] of several columns')
  })
})

test('distinct values are those of the nearest snapshot that has them', () => {
  const blobs = [
    { type: 'apache-datasketches-theta-v1', fields: [1], properties: { ndv: '42' } },
    { type: 'apache-datasketches-theta-v1', fields: [2], properties: { ndv: 'many' } },
    { type: 'other', fields: [3, 4], properties: { ndv: '7' } },
  ]
  const statistics = [{ 'snapshot-id': 1, 'statistics-path': 's3://b/s.puffin', 'blob-metadata': blobs }]
  const snapshots = [
    snapshot(1, 1),
    { ...snapshot(2, 2), 'parent-snapshot-id': 1 },
    { ...snapshot(3, 3), 'parent-snapshot-id': 3 },
  ]
  const metadata = parseMetadata({ ...base, snapshots, statistics }, 'f')
  expect([...distinctCountsAt(metadata, metadata.snapshots[1])]).toEqual([[1, 42]])
  expect(distinctCountsAt(metadata, metadata.snapshots[2]).size).toBe(0)
})

describe('the current metadata file', () => {
  async function found(files: Readonly<Record<string, string>>): Promise<string | undefined> {
    const storage = createMemoryStorage()
    for (const [name, text] of Object.entries(files)) await storage.put(`memory:/t/metadata/${name}`, bytes(text))
    return (await findMetadata(storage, 'memory:/t'))?.url.slice('memory:/t/metadata/'.length)
  }

  test.each<[string, Readonly<Record<string, string>>, string | undefined]>([
    ['hint', { 'version-hint.text': '2\n', 'v1.metadata.json': '', 'v2.metadata.json': '' }, 'v2.metadata.json'],
    [
      'a hint that lags behind',
      { 'version-hint.text': '1', 'v1.metadata.json': '', 'v2.metadata.json': '' },
      'v2.metadata.json',
    ],
    [
      'a hint to what is gone',
      { 'version-hint.text': '7', 'v9.metadata.json': '', 'v10.metadata.json': '' },
      'v10.metadata.json',
    ],
    [
      'a hint of a name',
      {
        'version-hint.text': '00001-a.metadata.json',
        '00001-a.metadata.json': '',
        '00002-b.metadata.json': '',
      },
      '00001-a.metadata.json',
    ],
    [
      'a hint out of the folder',
      { 'version-hint.text': '../../etc/v9.metadata.json', 'v1.metadata.json': '' },
      'v1.metadata.json',
    ],
    [
      'numbers, not text',
      { '00009-a.metadata.json': '', '00010-b.metadata.json': '', '2-c.metadata.json': '' },
      '00010-b.metadata.json',
    ],
    [
      'compressed',
      { 'v3.gz.metadata.json': '', 'v2.metadata.json': '', 'v1.metadata.json.gz': '' },
      'v3.gz.metadata.json',
    ],
    ['nothing', { 'snap-1.avro': '' }, undefined],
  ])('%s', async (_, files, expected) => {
    expect(await found(files)).toBe(expected)
  })

  test('gzip is told by the bytes', () => {
    const text = bytes(writeExactJson(base))
    expect(parseMetadataFile(gzipSync(text), 'f').currentSnapshotId).toBe(2347282075430832439n)
    expect(() => parseMetadataFile(Uint8Array.of(0x1f, 0x8b, 1, 2), 'f')).toThrow('f: damaged gzip data')
  })
})

test('version 1: manifests listed in the metadata, without sequence numbers', async () => {
  const storage = createMemoryStorage()
  const entry = {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      { name: 'status', type: 'int', 'field-id': 0 },
      { name: 'snapshot_id', type: 'long', 'field-id': 1 },
      {
        name: 'data_file',
        'field-id': 2,
        type: {
          type: 'record',
          name: 'r2',
          fields: [
            { name: 'file_path', type: 'string', 'field-id': 100 },
            { name: 'file_format', type: 'string', 'field-id': 101 },
            {
              name: 'partition',
              type: {
                type: 'record',
                name: 'r102',
                fields: [{ name: 'p', type: ['null', 'int'], 'field-id': 1000 }],
              },
              'field-id': 102,
            },
            { name: 'record_count', type: 'long', 'field-id': 103 },
            { name: 'file_size_in_bytes', type: 'long', 'field-id': 104 },
            { name: 'block_size_in_bytes', type: 'long', 'field-id': 105 },
          ],
        },
      },
    ],
  }
  const file = (path: string, p: number) => ({
    file_path: path,
    file_format: 'PARQUET',
    partition: { p },
    record_count: 5n,
    file_size_in_bytes: 10n,
    block_size_in_bytes: 1n,
  })
  const entries = [
    { status: 1, snapshot_id: 7n, data_file: file('a', 1) },
    { status: 0, snapshot_id: 6n, data_file: file('b', 2) },
    { status: 2, snapshot_id: 7n, data_file: file('c', 3) },
  ]
  await storage.put('memory:/t/m.avro', writeAvroFile(entry, new Map([['partition-spec-id', '1']]), entries))
  const metadata = {
    'format-version': 1,
    location: 'memory:/t',
    schema: { type: 'struct', fields: [{ id: 1, name: 'x', required: false, type: 'int' }] },
    'partition-spec': [{ name: 'p', transform: 'identity', 'source-id': 1 }],
    'partition-specs': [
      {
        'spec-id': 1,
        fields: [{ name: 'p', transform: 'identity', 'source-id': 1, 'field-id': 1000 }],
      },
    ],
    'current-snapshot-id': 7,
    snapshots: [{ 'snapshot-id': 7, 'timestamp-ms': 1, manifests: ['memory:/t/m.avro'] }],
  }
  await storage.put('memory:/t/metadata/v1.metadata.json', bytes(writeExactJson(metadata)))
  const table = await openIcebergTable('memory:/t', {
    name: 't',
    access: createStorageAccess([], () => storage),
  })
  expect(await table.statistics()).toMatchObject({ rowCount: 10, exact: true, fileCount: 2 })
  const columns = [{ name: 'x', type: table.schema.fields[0]!.type, fieldId: 1 }]
  const found = []
  for await (const task of table.scan({ columns, predicate: null })) found.push([task.file.url, task.columns])
  // Files of migrated tables may lack the partition's column: then its value is the partition's.
  expect(found).toEqual([
    [
      'a',
      [
        {
          kind: 'file',
          field: { id: 1, names: ['x'], type: columns[0]!.type, children: [], missing: 1 },
        },
      ],
    ],
    [
      'b',
      [
        {
          kind: 'file',
          field: { id: 1, names: ['x'], type: columns[0]!.type, children: [], missing: 2 },
        },
      ],
    ],
  ])
})

/** Method: metadata tables against what the writers' own engines showed. */
describe('metadata tables of other writers', () => {
  const access = createStorageAccess(parsePathMapping(`/tmp/lake/iceberg=${FIXTURES}`))
  interface Query {
    readonly sql: string
    readonly as_of: { readonly metadata_table?: string } | null
    readonly rows: readonly (readonly unknown[])[]
  }
  const cases = readdirSync(FIXTURES)
    .filter((name) => name.endsWith('.expected'))
    .flatMap((name) => {
      const { queries } = JSON.parse(readFileSync(`${FIXTURES}/${name}/expected.json`, 'utf8')) as {
        queries: Query[]
      }
      return queries.flatMap((query): [string, string, Query][] => {
        const kind = query.as_of?.metadata_table
        return kind === undefined ? [] : [[name.replace('.expected', ''), kind, query]]
      })
    })

  test('there are some', () => expect(cases.length).toBeGreaterThan(3))

  test.each(cases)('%s$%s', async (name, kind, query) => {
    const table = await openIcebergTable(`${FIXTURES}/${name}`, { name, access })
    const { schema: found, literalRows } = await table.metadataTable(kind)
    const names = /^SELECT (.*) FROM/.exec(query.sql)![1]!
    const wanted = names === '*' ? found.fields.map((field) => field.name) : names.split(', ')
    const indexes = wanted.map((one) => found.fields.findIndex((field) => field.name === one))
    const rows = literalRows!.map((row) => JSON.stringify(indexes.map((i) => plain(row[i], found.fields[i]!.type))))
    expect(rows.sort()).toEqual(query.rows.map((row) => JSON.stringify(row)).sort())
  })
})

function plain(value: unknown, type: import('../../../src/core/types.ts').DataType): unknown {
  if (value === null) return null
  if (type.kind === 'struct') {
    return Object.fromEntries(type.fields.map((field, i) => [field.name, plain((value as unknown[])[i], field.type)]))
  }
  if (type.kind === 'timestamp') return new Date(Number((value as bigint) / 1000n)).toISOString().replace('Z', '000Z')
  return typeof value === 'bigint' ? String(value) : value
}

describe('refused by name', () => {
  test('views, with the dialects of their texts', () => {
    const view: JsonObject = {
      'view-uuid': 'fa6506c3-7681-40c8-86dc-e36561f83385',
      'format-version': 1,
      location: 's3://b/v',
      versions: [{ 'version-id': 1, representations: [{ type: 'sql', sql: 'SELECT 1', dialect: 'spark' }] }],
    }
    expect(() => parseMetadata(view, 'f')).toThrow('reading an Iceberg view is not supported')
  })

  test('encrypted tables, when rows are read', async () => {
    const storage = createMemoryStorage()
    const encrypted = { ...base, 'format-version': 3, snapshots: [{ ...snapshot(1, 1000, 0), 'key-id': 'k' }] }
    const current = { ...encrypted, 'current-snapshot-id': 1, refs: {} }
    await storage.put('memory:/t/metadata/v1.metadata.json', bytes(writeExactJson(current)))
    const access = createStorageAccess([], () => storage)
    const table = await openIcebergTable('memory:/t', { name: 't', access })
    await expect(table.statistics()).rejects.toThrow('an encrypted Iceberg table is not supported')
  })
})

test('geometry is well-known binary', () => {
  const fields = ['geometry', 'geometry(srid:3857)', 'geography(srid:4269, spherical)'].map((type, i) => ({
    id: i + 1,
    name: `g${i}`,
    required: false,
    type,
  }))
  const metadata = parseMetadata({ ...base, schemas: [{ type: 'struct', 'schema-id': 1, fields }] }, 'f')
  expect(metadata.schemas[0]!.fields.map((field) => fieldOf(field))).toEqual(
    // Without ids: bounds of such columns are points.
    fields.map(({ name }) => ({ name, type: { kind: 'bytea' }, nullable: true })),
  )
})
