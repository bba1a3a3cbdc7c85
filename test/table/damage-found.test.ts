/** Damage that once gave other rows without a word, format by format: each case is one that mutations of real tables found. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseHeader, readAvroBytes } from '../../src/format/avro/container.ts'
import { AvroCursor } from '../../src/format/avro/cursor.ts'
import { writeAvroFile } from '../../src/format/avro/write-file.ts'
import { createMemoryStorage } from '../../src/storage/memory-storage.ts'
import { readManifest } from '../../src/table/paimon/manifest.ts'
import { parseExactJson } from '../../src/core/exact-json.ts'
import { assertRowCount } from '../../src/exec/scan/row-count-check.ts'
import { createStorageAccess } from '../../src/storage/storage-access.ts'
import type { DataFile } from '../../src/format/format.ts'
import { mayNamePath, onlyPathOf } from '../../src/table/iceberg/delete-index.ts'
import type { ContentFile } from '../../src/table/iceberg/manifest.ts'
import { type TableMetadata, parseMetadataFile } from '../../src/table/iceberg/metadata.ts'
import { parseTableConfig } from '../../src/table/hudi/table-config.ts'
import { nameMappingOf } from '../../src/table/iceberg/column-sources.ts'
import { liveFiles } from '../../src/table/paimon/live-files.ts'
import { parseSchema } from '../../src/table/paimon/table-schema.ts'
import { add, checkpoint, column, commitName, commitsOf, filesOf, lines } from './delta/make-table.ts'
import { metadata, openLog, protocol, remove } from './delta/make-table.ts'
import { type MadeManifest, makeTable, tasksOf } from './iceberg/make-table.ts'

const damaged = { sqlstate: 'XX001' }

describe('JSON', () => {
  test('bytes that are no UTF-8', () => {
    expect(() => parseExactJson(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), 'x')).toThrow('UTF-8')
  })

  test('a key twice: a cut joined two objects', () => {
    expect(() => parseExactJson('{"id":7,"name":"a","t":8,"name":"b"}', 'x')).toThrow('twice')
  })
})

describe('Iceberg', () => {
  const field = { id: 1, name: 'a', required: false, type: 'int' }
  const snapshot = { 'snapshot-id': 5, 'timestamp-ms': 1, 'manifest-list': 'l' }
  const base = {
    'format-version': 2,
    location: '/t',
    schemas: [{ 'schema-id': 0, fields: [field] }],
    'partition-specs': [{ 'spec-id': 0, fields: [] }],
    'current-snapshot-id': 5,
    snapshots: [snapshot],
    refs: { main: { 'snapshot-id': 5, type: 'branch' } },
  }
  const parse = (json: unknown): unknown => parseMetadataFile(Buffer.from(JSON.stringify(json)), 'f')

  test.each([
    ['the current snapshot is a text', { ...base, 'current-snapshot-id': '5' }],
    ['the current snapshot is not that of main', { ...base, 'current-snapshot-id': 6 }],
    ['a snapshot whose list has another name', { ...base, snapshots: [{ ...snapshot, 'manifest-list': 7 }] }],
    ['a snapshot without manifests', { ...base, snapshots: [{ 'snapshot-id': 5, 'timestamp-ms': 1 }] }],
    ['a snapshot that is no object', { ...base, snapshots: [snapshot, 3] }],
    ['two fields of one id', { ...base, schemas: [{ fields: [field, { ...field, name: 'b' }] }] }],
    ['two fields of one name', { ...base, schemas: [{ fields: [field, { ...field, id: 2 }] }] }],
    ['neither required nor not', { ...base, schemas: [{ fields: [{ ...field, required: 'x' }] }] }],
    ['a ref of another kind', { ...base, refs: { main: { 'snapshot-id': 5, type: 'branc' } } }],
    ['a partition field that is no object', { ...base, 'partition-specs': [{ 'spec-id': 0, fields: [1] }] }],
  ])('%s', (_, json) => {
    expect(() => parse(base)).not.toThrow()
    expect(() => parse(json)).toThrow(expect.objectContaining(damaged))
  })
})

test('bounds of a delete file that are no paths leave out no data file', () => {
  const FILE_PATH_ID = 2_147_483_546
  const bounds = (lower: string, upper: string): ContentFile => {
    const bytes = [lower, upper].map((text) => new Map([[FILE_PATH_ID, Buffer.from(text, 'latin1')]]))
    return { lowerBounds: bytes[0], upperBounds: bytes[1] } as unknown as ContentFile
  }
  const path = Buffer.from('/t/a')
  expect(mayNamePath(bounds('/t/b', '/t/c'), path)).toBe(false)
  expect(mayNamePath(bounds('/t/b\xa9', '/t/c'), path)).toBe(true)
  expect(mayNamePath(bounds('/t/c', '/t/b'), path)).toBe(true)
  expect(onlyPathOf(bounds('/t/a', '/t/a'))).toBe('/t/a')
  expect(onlyPathOf(bounds('/t/a\xa9', '/t/a\xa9'))).toBeUndefined()
})

describe('Delta', () => {
  const START = [protocol(), metadata([column('id', 'integer')])]
  const checksum = (parts: object): string => JSON.stringify({ numMetadata: 1, numProtocol: 1, ...parts })
  const version = (number: number, kind: string): string => commitName(number).replace('json', kind)

  test('a file that no commit added is removed: its path is damaged', async () => {
    const log = commitsOf([[...START, add('a'), add('b')], [remove('c')]])
    await expect(openLog(log)).rejects.toMatchObject(damaged)
  })

  test('a file that the checkpoint lacks is removed', async () => {
    const top = [
      { 'protocol.minReaderVersion': 1, 'protocol.minWriterVersion': 2 },
      { 'metaData.id': '1', 'metaData.schemaString': '{"type":"struct","fields":[]}' },
    ]
    const files = ['a', 'b'].map((path) => ({ 'add.path': path, 'add.size': 1 }))
    const log = { [version(0, 'checkpoint.parquet')]: checkpoint([...top, ...files]) }
    const read = (path: string): Promise<string[]> =>
      openLog({ ...log, [commitName(1)]: lines([add('c'), remove(path)]) }).then((table) => filesOf(table))
    expect(await read('b')).toEqual(['a', 'c'])
    await expect(read('d')).rejects.toMatchObject(damaged)
  })

  test('an addition that lacks what all have', async () => {
    const log = commitsOf([[...START, { add: { path: 'a', partitionValues: {}, siz: 1 } }]])
    await expect(openLog(log)).rejects.toMatchObject(damaged)
  })

  test('metadata without partition columns', async () => {
    const log = commitsOf([START])
    const text = String(log[commitName(0)]).replace('partitionColumns', 'p!rtitionColumns')
    await expect(openLog({ [commitName(0)]: text })).rejects.toMatchObject(damaged)
  })

  test('a partition value under another name', async () => {
    const fields = [column('id', 'integer'), column('p', 'integer')]
    const log = commitsOf([
      [protocol(), metadata(fields, { partitionBy: ['p'] }), add('a', { partitionValues: { q: '1' } })],
    ])
    await expect(openLog(log).then((table) => filesOf(table))).rejects.toMatchObject(damaged)
  })

  test('two additions that a cut made one', async () => {
    const text = '{"add":{"path":"a","partitionValues":{},"size":1,"path":"b","partitionValues":{},"size":1}}'
    const log = commitsOf([START])
    await expect(openLog({ [commitName(0)]: `${String(log[commitName(0)])}${text}\n` })).rejects.toMatchObject(damaged)
  })

  test.each([
    ['fewer files', { numFiles: 2, tableSizeBytes: 100 }],
    ['other files', { numFiles: 1, tableSizeBytes: 99 }],
    ['other columns', { metadata: { schemaString: '{}' } }],
  ])('%s than the checksum of the version says', async (_, parts) => {
    const log = commitsOf([[...START, add('a')]])
    const read = (text: string): Promise<unknown> => openLog({ ...log, [version(0, 'crc')]: text }).then(filesOf)
    expect(await read(checksum({ numFiles: 1, tableSizeBytes: 100 }))).toEqual(['a'])
    await expect(read(checksum(parts))).rejects.toMatchObject(damaged)
  })
})

test.each([
  ['data', { deletes: true }],
  ['deletes', { files: [{ path: 'd', content: 1 as const }] }],
])('a manifest of Iceberg with %s that its list says is of the other', async (_, change) => {
  const fields = [{ id: 1, name: 'a', required: false, type: 'int' }]
  const whole = { files: [{ path: 'a' }], sequence: 1n }
  const other = { files: [{ path: 'b' }], sequence: 1n }
  const read = (manifest: MadeManifest): Promise<unknown> =>
    makeTable({ fields, manifests: [other, manifest] }).then(({ table }) => tasksOf(table))
  await expect(read(whole)).resolves.toHaveLength(2)
  await expect(read({ ...whole, ...change })).rejects.toMatchObject(damaged)
})

test.each([
  [0, undefined],
  // Rows that are not yet in a bucket.
  [-2, undefined],
  [-1, damaged],
  [-3, damaged],
])('a file of Paimon in bucket %i', async (bucket, error) => {
  const folder = fileURLToPath(new URL('../fixtures/paimon/flink_agg/manifest', import.meta.url))
  const name = readdirSync(folder).find((file) => !file.startsWith('manifest-list'))!
  const bytes = new Uint8Array(readFileSync(join(folder, name)))
  const { metadata: header } = parseHeader(new AvroCursor(bytes, name), name).header
  const records = readAvroBytes(bytes, name)
    .records()
    .map((record) => ({ ...record, _BUCKET: bucket }))
  const storage = createMemoryStorage()
  const schema = parseExactJson(header.get('avro.schema')!, name)
  await storage.put(`memory:t/manifest/${name}`, writeAvroFile(schema, new Map(), records))
  const read = readManifest(
    createStorageAccess([], () => storage),
    'memory:t',
    name,
  ).next()
  if (error === undefined) await expect(read).resolves.toMatchObject({ done: false })
  else await expect(read).rejects.toMatchObject(error)
})

describe('Paimon', () => {
  const base = {
    id: 0,
    fields: [{ id: 0, name: 'a', type: 'INT' }],
    partitionKeys: [],
    primaryKeys: ['a'],
    options: {},
  }

  test.each([
    ['no primary keys', { ...base, primaryKeys: undefined }],
    ['two fields of one id', { ...base, fields: [...base.fields, { id: 0, name: 'b', type: 'INT' }] }],
  ])('%s', (_, json) => {
    expect(() => parseSchema(JSON.stringify(base), 'f')).not.toThrow()
    expect(() => parseSchema(JSON.stringify(json), 'f')).toThrow(expect.objectContaining(damaged))
  })
})

test('a file of other rows than the metadata says', () => {
  const file = { rowCount: 3 } as unknown as DataFile
  const ref = { url: 'f', format: 'avro', byteCount: 1 } as const
  expect(() => assertRowCount({ ...ref, rowCount: 3 }, file)).not.toThrow()
  expect(() => assertRowCount(ref, file)).not.toThrow()
  expect(() => assertRowCount({ ...ref, rowCount: 4 }, file)).toThrow('3 rows')
})

test('a name mapping whose names have another name', () => {
  const of = (json: unknown): unknown =>
    nameMappingOf({
      properties: new Map([['schema.name-mapping.default', JSON.stringify(json)]]),
    } as unknown as TableMetadata)
  expect(of([{ 'field-id': 1, names: ['a'] }])).toEqual(new Map([[1, ['a']]]))
  expect(() => of([{ 'field-id': 1, nimes: ['a'] }])).toThrow(expect.objectContaining(damaged))
})

test('a commit of Delta whose information goes on as a file', async () => {
  const info = { operation: 'WRITE', engineInfo: 'x', partitionValues: {}, dataChange: true }
  const log = commitsOf([[protocol(), metadata([column('id', 'integer')])], [{ commitInfo: info }]])
  await expect(openLog(log)).rejects.toMatchObject(damaged)
})

test('manifests of Paimon with fewer rows than the snapshot says: a list was cut', async () => {
  const everything = { manifestMightMatch: () => true, groupMightMatch: () => true }
  const read = (recordCount: bigint): Promise<unknown> =>
    liveFiles(createStorageAccess(), '/t', [], { ...everything, recordCount }).next()
  await expect(read(0n)).resolves.toMatchObject({ done: true })
  await expect(read(5n)).rejects.toMatchObject(damaged)
})

describe('properties of Hudi', () => {
  const text = 'hoodie.table.name=t\nhoodie.table.version=8\nhoodie.table.type=COPY_ON_WRITE\n'
  const checksum = 'hoodie.table.checksum=498511606\n'
  const parse = (all: string): unknown => parseTableConfig(all, 'f')

  test.each([
    ['cut', text.slice(0, -1)],
    ['cut, with a checksum', `${text}${checksum}hoodie.table.recor`],
    ['overwritten with zeroes', text.replace('8', '8\0')],
    ['with the checksum of another name', `${text}hoodie.table.checksum=1\n`],
  ])('%s', (_, all) => {
    expect(() => parse(text)).not.toThrow()
    expect(() => parse(`${text}${checksum}`)).not.toThrow()
    expect(() => parse(all)).toThrow(expect.objectContaining(damaged))
  })
})
