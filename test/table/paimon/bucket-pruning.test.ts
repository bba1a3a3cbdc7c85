/** Buckets of keys as Paimon's writers chose them: of tables of the fixtures, found by reading their files. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { BIGINT, type DataType, INTEGER, VARCHAR } from '../../../src/core/types.ts'
import { call, input, literal } from '../../../src/expr/expr.ts'
import { BucketPruner, keyRow, murmurOfWords } from '../../../src/table/paimon/bucket-pruning.ts'
import type { PaimonField } from '../../../src/table/paimon/data-type.ts'
import type { ManifestEntry } from '../../../src/table/paimon/manifest.ts'
import { readOptions } from '../../../src/table/paimon/options.ts'
import { createStorageAccess } from '../../../src/storage/storage-access.ts'
import type { ScanTask } from '../../../src/table/table.ts'
import { openPaimonTable } from '../../../src/table/paimon/paimon-table.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/paimon', import.meta.url))

const field = (name: string, type: DataType): PaimonField =>
  ({ id: 0, name, type, typeText: '', nullable: false }) as PaimonField
const bucketOf = (
  key: readonly (number | bigint | string)[],
  fields: readonly PaimonField[],
  buckets: number,
): number => Math.abs(murmurOfWords(keyRow(key, fields)!) % buckets)

test('keys are hashed as binary rows', () => {
  // Of pai_append_bucketed (`bucket-key` k, 4 buckets) and of primary-key tables with 2 buckets.
  expect(['k0', 'k1', 'k2', 'k3'].map((key) => bucketOf([key], [field('k', VARCHAR)], 4))).toMatchInlineSnapshot(`
    [
      1,
      2,
      0,
      1,
    ]
  `)
  expect([1, 2, 3, 4, 5, 6].map((key) => bucketOf([key], [field('id', INTEGER)], 2))).toMatchInlineSnapshot(`
    [
      0,
      0,
      1,
      0,
      0,
      0,
    ]
  `)
})

test('texts of more than seven bytes stand behind the fields', () => {
  const row = keyRow([7n, 'eight by'], [field('a', BIGINT), field('b', VARCHAR)])!
  expect(Buffer.from(row).toString('hex')).toBe(
    ['0000000000000000', '0700000000000000', '0800000018000000', '6569676874206279'].join(''),
  )
})

const schema = { fields: [field('id', INTEGER)], partitionKeys: [], primaryKeys: ['id'] } as never
const columns = [{ name: 'id', type: INTEGER }]
const entry = (bucket: number, totalBuckets: number): ManifestEntry => ({ bucket, totalBuckets }) as ManifestEntry
const isThree = call('eq', [input(0, INTEGER), literal(3, INTEGER)], { kind: 'boolean' })

test('a predicate that names keys leaves their buckets', () => {
  const options = readOptions(new Map([['bucket', '2']]))
  const pruner = BucketPruner.of({ columns, predicate: isThree }, schema, options)!
  const bucket = bucketOf([3], [field('id', INTEGER)], 2)
  expect([bucket, 1 - bucket].map((one) => pruner.mightMatch(entry(one, 2)))).toEqual([true, false])
})

test('by the key itself, where the table says so', () => {
  const options = readOptions(
    new Map([
      ['bucket', '2'],
      ['bucket-function.type', 'mod'],
    ]),
  )
  const pruner = BucketPruner.of({ columns, predicate: isThree }, schema, options)!
  expect([0, 1].map((one) => pruner.mightMatch(entry(one, 2)))).toEqual([false, true])
})

test.each([
  ['buckets are dynamic', new Map([['bucket', '-1']]), isThree],
  [
    'the function is not known',
    new Map([
      ['bucket', '2'],
      ['bucket-function.type', 'hive'],
    ]),
    isThree,
  ],
  [
    'keys are not named',
    new Map([['bucket', '2']]),
    call('lt', [input(0, INTEGER), literal(3, INTEGER)], { kind: 'boolean' }),
  ],
])('any bucket may match where %s', (_, options, predicate) => {
  expect(BucketPruner.of({ columns, predicate }, schema, readOptions(options))).toBeUndefined()
})

test('each key is found in the bucket of a table of another writer', async () => {
  const table = await openPaimonTable(`${FIXTURES}/flink_pk_input`, { name: 't', access: createStorageAccess() })
  const column = [{ name: 'id', type: INTEGER }]
  for (const id of [1, 3, 4, 5, 40, 99]) {
    const predicate = call('eq', [input(0, INTEGER), literal(id, INTEGER)], { kind: 'boolean' })
    const tasks: ScanTask[] = []
    for await (const task of table.scan({ columns: column, predicate })) tasks.push(task)
    const urls = tasks.flatMap(
      ({ merge, file }) => merge?.runs.flatMap(({ files }) => files.map((one) => one.file.url)) ?? [file.url],
    )
    const bucket = bucketOf([id], [field('id', INTEGER)], 2)
    expect(urls.every((url) => url.includes(`bucket-${bucket}`))).toBe(true)
    expect(urls.length).toBeGreaterThan(0)
  }
})
