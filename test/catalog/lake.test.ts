import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { attachCatalog } from '../../src/catalog/index.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sluice-lake-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A directory with a bit of everything. */
beforeAll(() => {
  const iceberg = (name: string, to: string): void =>
    cpSync(join(FIXTURES, 'iceberg', name), join(folder, to), { recursive: true })
  iceberg('pyice_v1', 'pyice_v1')
  iceberg('pyice_v1', 'sales/pyice')
  iceberg('pyice_v1', 'main/within_main')
  const parquet = join(FIXTURES, 'exec', 'numbers-0.parquet')
  cpSync(parquet, join(folder, 'single.parquet'))
  cpSync(parquet, join(folder, 'flat', 'part-0.parquet'))
  cpSync(parquet, join(folder, 'hive', 'year=2024', 'city=a%2Fb', 'part-0.parquet'))
  cpSync(parquet, join(folder, 'hive', 'year=2025', 'city=__HIVE_DEFAULT_PARTITION__', 'part-0.parquet'))
  mkdirSync(join(folder, 'hive', '_temporary'), { recursive: true })
  writeFileSync(join(folder, 'hive', '_temporary', 'x.parquet'), 'half written')
  for (const sign of [
    'a_delta/_delta_log',
    'a_hudi/.hoodie',
    'a_paimon/snapshot',
    'a_paimon/schema',
    'a_lance/_versions',
    'uniform/metadata',
    'uniform/_delta_log',
  ]) {
    mkdirSync(join(folder, sign), { recursive: true })
  }
  writeFileSync(join(folder, 'uniform/metadata/v1.metadata.json'), '{}')
  writeFileSync(join(folder, 'uniform/_delta_log/00000000000000000000.json'), '')
  mkdirSync(join(folder, 'foreign', 'deep'), { recursive: true })
  mkdirSync(join(folder, 'metadata_only', 'metadata'), { recursive: true })
  writeFileSync(join(folder, 'foreign', 'notes.txt'), 'no table')
  mkdirSync(join(folder, 'damaged', 'metadata'), { recursive: true })
  writeFileSync(join(folder, 'damaged', 'metadata', 'v1.metadata.json'), '{"format-version": 2')
  writeFileSync(join(folder, 'broken.parquet'), 'PAR1')
})

async function listing(catalog: Catalog, schema: string): Promise<string[]> {
  const found: string[] = []
  for await (const { name, format } of catalog.tables(schema)) found.push(`${name} ${format}`)
  return found.sort()
}

describe.each(['lake', 'embedded'])('%s', (type) => {
  test('lists what is a table, and passes over what is not', async () => {
    const catalog = await attachCatalog('c', folder, { type })
    expect([...(await catalog.schemas())].sort()).toEqual(['main', 'sales'])
    expect(await listing(catalog, 'main')).toEqual([
      'a_delta delta',
      'a_hudi hudi',
      'a_lance lance',
      'a_paimon paimon',
      'broken files',
      'damaged iceberg',
      'flat files',
      'hive files',
      'pyice_v1 iceberg',
      'single files',
      'uniform delta',
      'within_main iceberg',
    ])
    expect(await listing(catalog, 'sales')).toEqual(['pyice iceberg'])
    expect(await listing(catalog, 'none')).toEqual([])
  })

  test('opens tables by name, in schemas too', async () => {
    const catalog = await attachCatalog('c', folder, { type })
    for (const [schema, name] of [
      ['main', 'pyice_v1'],
      ['sales', 'pyice'],
      ['main', 'within_main'],
    ] as const) {
      expect((await catalog.table(schema, name))?.format).toBe('iceberg')
    }
    expect((await catalog.table('main', 'single'))?.format).toBe('files')
    expect((await catalog.table('main', 'pyice_v1$snapshots'))?.format).toBe('memory')
    for (const [schema, name] of [
      ['main', 'none'],
      ['none', 'pyice_v1'],
      ['main', '..'],
      ['main', 'sales/pyice'],
      ['..', 'x'],
      ['main', 'none$files'],
      ['main', 'foreign'],
    ]) {
      expect(await catalog.table(schema!, name!)).toBeUndefined()
    }
    await expect(catalog.table('main', 'pyice_v1$nonsense')).rejects.toMatchObject({
      sqlstate: '42P01',
      message: 'table "pyice_v1" has no metadata table "nonsense"',
    })
  })

  test('names what is damaged or not there', async () => {
    const catalog = await attachCatalog('c', folder, { type })
    await expect(catalog.table('main', 'a_delta')).rejects.toMatchObject({
      sqlstate: '58P01',
    })
    await expect(catalog.table('main', 'damaged')).rejects.toMatchObject({ sqlstate: 'XX001' })
    await expect(catalog.table('main', 'damaged')).rejects.toThrow('damaged/metadata/v1.metadata.json: malformed JSON')
    await expect(catalog.table('main', 'broken')).rejects.toMatchObject({ sqlstate: 'XX001' })
    await expect(catalog.table('main', 'flat', { kind: 'version', value: 1n })).rejects.toMatchObject({
      sqlstate: '0A000',
    })
  })
})

test('hive partitions become columns; hidden files are no data', async () => {
  const catalog = await attachCatalog('c', folder, {})
  const table = (await catalog.table('main', 'hive'))!
  const plain = (await catalog.table('main', 'flat'))!
  expect(table.schema.fields.slice(plain.schema.fields.length).map(({ name, type }) => `${name} ${type.kind}`)).toEqual(
    ['year integer', 'city varchar'],
  )
  const tasks = []
  for await (const task of table.scan({
    columns: table.schema.fields.slice(-2).map(({ name, type }) => ({ name, type })),
    predicate: null,
  }))
    tasks.push(task)
  expect(
    tasks.map(({ columns }) => columns.map((source) => (source.kind === 'constant' ? source.value : source.kind))),
  ).toEqual([
    [2024, 'a/b'],
    [2025, null],
  ])
})

test('a table by its own folder, and REMAP', async () => {
  const own = await attachCatalog('c', join(FIXTURES, 'iceberg', 'pyice_v1'), {
    remap: `/tmp/lake/iceberg=${join(FIXTURES, 'iceberg')}`,
  })
  expect(await listing(own, 'main')).toEqual(['pyice_v1 iceberg'])
  const table = (await own.table('main', 'pyice_v1'))!
  expect((await table.statistics()).rowCount).toBe(29)
  const unmapped = await attachCatalog('c', join(FIXTURES, 'iceberg'), {
    remap: '/tmp/lake=/nowhere/at/all',
  })
  await expect((await unmapped.table('main', 'pyice_v1'))!.statistics()).rejects.toMatchObject({
    sqlstate: '58P01',
  })
})

test('errors of ATTACH', async () => {
  await expect(attachCatalog('c', join(folder, 'missing'), {})).rejects.toMatchObject({
    sqlstate: '58P01',
  })
  await expect(attachCatalog('c', folder, { type: 'glue' })).rejects.toThrow('catalog type "glue" is not supported')
  await expect(attachCatalog('c', folder, { colour: 'red' })).rejects.toThrow('unrecognized ATTACH option "colour"')
  await expect(attachCatalog('c', folder, { remap: 'x' })).rejects.toMatchObject({
    sqlstate: '22023',
  })
  const empty = await attachCatalog('c', join(folder, 'missing'), { type: 'embedded' })
  expect(await empty.schemas()).toEqual(['main'])
  expect(await empty.table('main', 't')).toBeUndefined()
})
