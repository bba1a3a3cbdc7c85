/** Damaged manifests, deletion files and data files of Lance: an error that blames the file, or rows; never another exception, a crash or a hang. */
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { memoryUse } from '../../../src/core/memory.ts'
import { BIGINT, BOOLEAN, DOUBLE, VARCHAR } from '../../../src/core/types.ts'
import { and, call, input, literal } from '../../../src/expr/expr.ts'
import { lanceFormat } from '../../../src/format/lance/index.ts'
import type { LanceField } from '../../../src/format/lance/schema.ts'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { createStorageAccess } from '../../../src/storage/storage-access.ts'
import { readDeletionFile } from '../../../src/table/lance/deletion-file.ts'
import { openLanceTable } from '../../../src/table/lance/lance-table.ts'
import { assertManifestWhole } from '../../../src/table/lance/manifest-checks.ts'
import { type LanceDataFileRef, type LanceFragment, readManifest } from '../../../src/table/lance/manifest.ts'
import { metadataReadContext } from '../../../src/table/metadata-reader.ts'
import { mutationCount, readMutations } from '../../mutations.ts'
import { bytesFile, createTestEngine, readWhole } from '../../format/parquet/read-file.ts'
import { effort } from '../../effort.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/lance', import.meta.url))
const COUNT = mutationCount(effort({ quick: 40, whole: 200 }))
const engine = createTestEngine(128 << 20)

describe('data files', () => {
  const names = [
    'zipped_2_1',
    'constant_2_2',
    'prims_legacy',
    'prims_2_0',
    'prims_2_1',
    'prims_2_2',
    'nested_legacy',
    'nested_2_0',
  ]
  test.each([...names, 'nested_2_1', 'nested_2_2', 'map_packed'])('%s', { timeout: 600_000 }, async (name) => {
    const data = join(FOLDER, name, 'data')
    const original = new Uint8Array(readFileSync(join(data, readdirSync(data)[0]!)))
    await readMutations(original, { seed: 17, count: COUNT }, (bytes, serial) => {
      try {
        readWhole(engine, bytesFile(bytes, `${name}-${serial}`), undefined, lanceFormat)
      } finally {
        expect(memoryUse(engine.memory).usedBytes).toBe(0)
      }
    })
  })
})

describe('metadata', () => {
  const storage = createMemoryStorage()
  const access = { storageFor: () => storage, locate: (path: string) => path } as unknown as Parameters<
    typeof readManifest
  >[0]

  test('manifests', async () => {
    const versions = join(FOLDER, 'dml', '_versions')
    const name = readdirSync(versions).find((file) => file.endsWith('.manifest'))!
    const original = new Uint8Array(readFileSync(join(versions, name)))
    await readMutations(original, { seed: 18, count: COUNT }, async (bytes) => {
      await storage.put('memory:m', bytes)
      await readManifest(access, 'memory:m')
    })
  })

  test('deletion files', async () => {
    const folder = join(FOLDER, 'dml', '_deletions')
    const original = new Uint8Array(readFileSync(join(folder, readdirSync(folder)[0]!)))
    const deletion = { kind: 'array', readVersion: 2n, id: 5n, rowCount: 5, isElsewhere: false } as const
    const fragment = { id: 0, files: [], deletion, physicalRows: 40, rowIds: undefined }
    await storage.put('memory:d/_deletions/0-2-5.arrow', original)
    const rows = await readDeletionFile(access, 'memory:d', fragment, deletion)
    expect([...rows]).toEqual([0n, 9n, 18n, 27n, 36n])
    const of = (rowCount: number, physicalRows: number): Promise<unknown> =>
      readDeletionFile(access, 'memory:d', { ...fragment, physicalRows }, { ...deletion, rowCount })
    await expect(of(6, 40)).rejects.toThrow('it deletes 5 rows, the manifest says 6')
    await expect(of(5, 36)).rejects.toThrow('it deletes row 36 of a fragment of 36 rows')
    await expect(of(0, 0)).resolves.toEqual(rows)
    await readMutations(original, { seed: 19, count: COUNT }, async (bytes) => {
      await storage.put('memory:d/_deletions/0-2-5.arrow', bytes)
      await readDeletionFile(access, 'memory:d', fragment, deletion)
    })
  })
})

describe('indexes', () => {
  const dataset = join(FOLDER, 'indexed')
  const files = readdirSync(join(dataset, '_indices'), { recursive: true, withFileTypes: true })
    .filter(({ name }) => /lookup|page_data/.test(name))
    .map(({ name, parentPath }) => join(parentPath, name).slice(dataset.length + 1))
    .toSorted()

  test.each(files)('%s', { timeout: 600_000 }, async (name) => {
    const original = new Uint8Array(readFileSync(join(dataset, name)))
    const storage = createMemoryStorage()
    const predicate = and([
      call('eq', [input(0, BIGINT), literal(93n, BIGINT)], BOOLEAN),
      call('eq', [input(1, VARCHAR), literal('c13', VARCHAR)], BOOLEAN),
      call('gt', [input(2, DOUBLE), literal(4, DOUBLE)], BOOLEAN),
    ])
    const columns = [
      { name: 'id', type: BIGINT },
      { name: 'cat', type: VARCHAR },
      { name: 'x', type: DOUBLE },
    ]
    for (const { name: file, parentPath } of readdirSync(dataset, { recursive: true, withFileTypes: true })) {
      const path = join(parentPath, file)
      if (statSync(path).isFile()) await storage.put(`memory:d${path.slice(dataset.length)}`, readFileSync(path))
    }
    await readMutations(original, { seed: 20, count: Math.ceil(COUNT / 4) }, async (bytes) => {
      await storage.put(`memory:d/${name}`, bytes)
      const table = await openLanceTable('memory:d', { name: 'd', access: createStorageAccess([], () => storage) })
      let tasks = 0
      for await (const _ of table.scan({ columns, predicate })) tasks++
      // Fragments that the index does not have are always read.
      expect(tasks).toBeGreaterThan(1)
      expect(memoryUse(metadataReadContext().memory).usedBytes).toBe(0)
    })
  })
})

test('a file that says to have more rows than any has', () => {
  const data = join(FOLDER, 'zipped_2_1', 'data')
  const original = readFileSync(join(data, readdirSync(data)[0]!))
  const footer = original.subarray(-40)
  const entry = Number(footer.readBigUInt64LE(16))
  const start = Number(original.readBigUInt64LE(entry))
  const descriptor = original.subarray(start, start + Number(original.readBigUInt64LE(entry + 8)))
  // Field 2, the number of rows, comes last.
  expect([...descriptor.subarray(-2)]).toEqual([0x10, 60])
  const changed = Buffer.concat([descriptor.subarray(0, -1), Buffer.from('ffffffffffff7f', 'hex')])
  const bytes = Buffer.concat([original.subarray(0, -40), changed, footer])
  bytes.writeBigUInt64LE(BigInt(original.length - 40), entry)
  bytes.writeBigUInt64LE(BigInt(changed.length), entry + 8)
  const file = bytesFile(new Uint8Array(bytes), 'many')
  expect(() => readWhole(engine, file, undefined, lanceFormat)).toThrow('many: 562949953421311 rows')
})

describe('manifests that contradict themselves', () => {
  const field = (id: number, name: string, parentId: number = -1): LanceField => ({
    id,
    name,
    parentId,
    logicalType: 'int32',
    nullable: true,
    isBlob: false,
    isPacked: false,
    dictionary: undefined,
    encoding: 1,
  })
  const file = (path: string, fields: readonly number[]): LanceDataFileRef => ({
    path,
    fields,
    byteCount: 1,
    isElsewhere: false,
  })
  const fragment = (...files: LanceDataFileRef[]): LanceFragment => ({
    id: 0,
    files,
    deletion: undefined,
    physicalRows: 3,
    rowIds: undefined,
  })
  const fields = [field(0, 'a'), field(1, 'b'), field(2, 'a', 1)]

  test.each([
    ['two fields of one id', [...fields, field(1, 'c')], []],
    ['two fields of one name', [...fields, field(3, 'b')], []],
    ['a field in one that is not there', [...fields, field(3, 'c', 9)], []],
    ['a field without an id', [...fields, field(-5, 'c')], []],
    ['a data file without a path', fields, [fragment(file('', [0]))]],
    ['a field in two files', fields, [fragment(file('x', [0, 1]), file('y', [1]))]],
    ['a field twice in a file', fields, [fragment(file('x', [0, 0]))]],
  ])('%s', (_, ownFields, fragments) => {
    const whole = [fragment(file('x', [0, -2, -2]), file('y', [1]))]
    expect(() => assertManifestWhole({ fields, fragments: whole }, 'f')).not.toThrow()
    const damaged = expect.objectContaining({ sqlstate: 'XX001' })
    expect(() => assertManifestWhole({ fields: ownFields, fragments }, 'f')).toThrow(damaged)
  })

  test.each([
    ['a column', 'name', 'nane', 'the schema is not'],
    ['a type', 'double', 'string', 'the schema is not'],
    ['a path', '.lance', '.lanca', 'the data files are not'],
  ])('%s of another name than the transaction has it', async (_, text, other, message) => {
    const folder = join(FOLDER, 'dml', '_versions')
    const bytes = readFileSync(join(folder, '18446744073709551614.manifest'))
    const storage = createMemoryStorage()
    const access = createStorageAccess([], () => storage)
    await storage.put('memory:m', bytes)
    await expect(readManifest(access, 'memory:m')).resolves.toMatchObject({ version: 1n })
    // The transaction stands before the manifest.
    bytes.write(other, bytes.lastIndexOf(text), 'latin1')
    await storage.put('memory:m', bytes)
    await expect(readManifest(access, 'memory:m')).rejects.toThrow(message)
  })

  test('a type that is not known: the file has it as another one', async () => {
    const storage = createMemoryStorage()
    const bytes = readFileSync(join(FOLDER, 'strings_0_13', '_versions', '1.manifest'))
    bytes.write('strinh', bytes.lastIndexOf('string'), 'latin1')
    await storage.put('memory:d/_versions/1.manifest', bytes)
    const table = await openLanceTable('memory:d', { name: 'd', access: createStorageAccess([], () => storage) })
    const scan = table.scan({ columns: table.schema.fields, predicate: null })
    await expect(scan[Symbol.asyncIterator]().next()).rejects.toMatchObject({ sqlstate: '0A000' })
  })

  test('a file without the field that the manifest says', () => {
    const data = join(FOLDER, 'zipped_2_1', 'data')
    const open = lanceFormat.open(
      bytesFile(new Uint8Array(readFileSync(join(data, readdirSync(data)[0]!))), 'f'),
      engine,
    )
    const target = { names: ['id'], type: BIGINT, children: [] }
    expect(() => open.bind([target])).not.toThrow()
    expect(() => open.bind([{ ...target, id: 70 }])).toThrow('it lacks the field 70, column "id"')
  })
})
