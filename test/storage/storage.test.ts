import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { coalesceRanges } from '../../src/storage/coalesce.ts'
import { countingStorage } from '../../src/storage/counting-storage.ts'
import { baseName, joinLocation, parentLocation, plainLocation, schemeOf } from '../../src/storage/file-location.ts'
import { fileStorage } from '../../src/storage/file-storage.ts'
import { storageFor } from '../../src/storage/index.ts'
import { createMemoryStorage } from '../../src/storage/memory-storage.ts'
import { mapPath, parsePathMapping } from '../../src/storage/path-mapping.ts'
import type { Storage } from '../../src/storage/storage.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-storage-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function names(storage: Storage, url: string): Promise<string[]> {
  const found: string[] = []
  for await (const entry of storage.list(url)) found.push(entry.name + (entry.isDirectory ? '/' : ''))
  return found.sort()
}

/** Method: the same steps against every storage; what they promise is one contract. */
describe.each([
  ['file', fileStorage, folder],
  ['file url', fileStorage, `file://${folder}/by-url`],
  ['memory', createMemoryStorage(), 'memory:/lake'],
])('%s storage', (_, storage, root) => {
  const bytes = Uint8Array.from({ length: 100 }, (__, i) => i)

  test('creates a file once and replaces it by put', async () => {
    const url = joinLocation(root, 'a', 'b', 'one.bin')
    expect(await storage.putIfAbsent(url, bytes)).toBe(true)
    expect(await storage.putIfAbsent(url, new Uint8Array(3))).toBe(false)
    expect(await storage.readAll(url)).toEqual(bytes)
    expect((await storage.stat(url)).byteCount).toBe(100)
    await storage.put(url, bytes.subarray(0, 5))
    expect(await storage.readAll(url)).toEqual(bytes.subarray(0, 5))
  })

  test('reads ranges, and refuses ranges beyond the end', async () => {
    const url = joinLocation(root, 'ranges.bin')
    await storage.put(url, bytes)
    expect(await storage.read(url, 10, 13)).toEqual(Uint8Array.of(10, 11, 12))
    expect((await storage.read(url, 100, 100)).byteLength).toBe(0)
    await expect(storage.read(url, 90, 101)).rejects.toMatchObject({ sqlstate: 'XX001' })
    await expect(storage.read(url, 0, 2 ** 50)).rejects.toMatchObject({ sqlstate: 'XX001' })
    await expect(storage.readAll(url, 99)).rejects.toMatchObject({ sqlstate: '54000' })
    const file = storage.openSync(url)
    const into = new Uint8Array(4)
    file.readSync(into, 96)
    expect(into).toEqual(bytes.subarray(96))
    expect(() => file.readSync(into, 97)).toThrow('file ends before offset 101')
    file.close()
    file.readSync(into, 0)
    expect(into).toEqual(bytes.subarray(0, 4))
    file.close()
  })

  test('lists a folder, and nothing where there is none', async () => {
    await storage.put(joinLocation(root, 'list', 'x.bin'), bytes)
    await storage.put(joinLocation(root, 'list', 'deep', 'y.bin'), bytes)
    await storage.put(joinLocation(root, 'list', 'deep', 'z.bin'), bytes)
    expect(await names(storage, joinLocation(root, 'list'))).toEqual(['deep/', 'x.bin'])
    expect(await names(storage, joinLocation(root, 'list', 'none'))).toEqual([])
    await storage.delete(joinLocation(root, 'list', 'x.bin'))
    await storage.delete(joinLocation(root, 'list', 'x.bin'))
    expect(await names(storage, joinLocation(root, 'list'))).toEqual(['deep/'])
  })

  test('names the missing file', async () => {
    const url = joinLocation(root, 'missing.bin')
    for (const attempt of [storage.stat(url), storage.read(url, 0, 1), storage.readAll(url)]) {
      await expect(attempt).rejects.toMatchObject({
        sqlstate: '58P01',
        message: `could not open file "${url}": no such file`,
      })
    }
    expect(() => storage.openSync(url)).toThrow('no such file')
  })
})

test('a name that no file can have is that of a missing file', async () => {
  for (const name of ['a\0b', 'x'.repeat(5000), 'x'.repeat(300)]) {
    const url = join(folder, name)
    const missing = { sqlstate: '58P01', message: `could not open file "${url}": no such file` }
    await expect(fileStorage.stat(url)).rejects.toMatchObject(missing)
    await expect(fileStorage.readAll(url)).rejects.toMatchObject(missing)
    expect(() => fileStorage.openSync(url)).toThrow('no such file')
  }
})

test('one of many writers creates the file, and nobody leaves a temporary file', async () => {
  const url = join(folder, 'race', 'v1.metadata.json')
  const wins = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => fileStorage.putIfAbsent(url, Uint8Array.of(i))),
  )
  expect(wins.filter(Boolean)).toHaveLength(1)
  expect(await fileStorage.readAll(url)).toEqual(Uint8Array.of(wins.indexOf(true)))
  expect(readdirSync(join(folder, 'race'))).toEqual(['v1.metadata.json'])
})

test('more files than descriptors can be open at once', () => {
  const files = Array.from({ length: 300 }, (_, i) => {
    const path = join(folder, `many-${i}`)
    writeFileSync(path, `${i}`.padStart(3, '0'))
    return fileStorage.openSync(path)
  })
  const into = new Uint8Array(3)
  for (const round of [0, 1]) {
    for (const [i, file] of files.entries()) {
      file.readSync(into, 0)
      expect(`${round}:${new TextDecoder().decode(into)}`).toBe(`${round}:${String(i).padStart(3, '0')}`)
    }
  }
  writeFileSync(join(folder, 'many-0'), 'another')
  expect(() => files[0]!.readSync(into, 0)).toThrow('changed while a query read it')
  for (const file of files) file.close()
})

test('listing follows links and passes over dangling ones', async () => {
  await fileStorage.put(join(folder, 'links', 'real'), new Uint8Array(1))
  symlinkSync(join(folder, 'links', 'real'), join(folder, 'links', 'good'))
  symlinkSync(join(folder, 'nowhere'), join(folder, 'links', 'bad'))
  expect(await names(fileStorage, join(folder, 'links'))).toEqual(['good', 'real'])
})

test('locations', () => {
  expect(schemeOf('/a/b')).toBe('file')
  expect(schemeOf('s3://bucket/a')).toBe('s3')
  expect(schemeOf('data/x:y')).toBe('file')
  expect(['file:/a', 'file:///a', 'file://localhost/a', '/a', 'FILE:/a'].map(plainLocation)).toEqual([
    '/a',
    '/a',
    '/a',
    '/a',
    '/a',
  ])
  expect(plainLocation('file:///a/city=New%20York')).toBe('/a/city=New%20York')
  expect(baseName('/a/b/')).toBe('b')
  expect(parentLocation('/a')).toBe('/')
  expect(parentLocation('a')).toBe('.')
  expect(parentLocation('/a/b/c')).toBe('/a/b')
  expect(storageFor('relative/x').scheme).toBe('file')
  expect(() => storageFor('ftp://x/y')).toThrow('storage scheme "ftp" is not supported')
})

test('REMAP covers plain, file: and file:// forms, whole names only, longest first', () => {
  const rules = parsePathMapping('/tmp/lake/=/data, file:/tmp/lake/special = /other/')
  expect(mapPath(rules, '/tmp/lake/t/a.parquet')).toBe('/data/t/a.parquet')
  expect(mapPath(rules, 'file:/tmp/lake/t')).toBe('/data/t')
  expect(mapPath(rules, 'file:///tmp/lake')).toBe('/data')
  expect(mapPath(rules, '/tmp/lakes/t')).toBe('/tmp/lakes/t')
  expect(mapPath(rules, '/tmp/lake/special/x')).toBe('/other/x')
  expect(mapPath(parsePathMapping('s3://b/x=/local'), 's3://b/x/y')).toBe('/local/y')
  expect(() => parsePathMapping('nonsense')).toThrow('invalid value for option "remap": "nonsense"')
})

test('coalescing merges near ranges and keeps far ones apart', () => {
  const wanted = [
    { start: 100, end: 110 },
    { start: 0, end: 10 },
    { start: 15, end: 20 },
    { start: 104, end: 106 },
  ]
  expect(coalesceRanges(wanted, { gapMax: 5, bytesMax: 1000 })).toEqual([
    { start: 0, end: 20, parts: [1, 2] },
    { start: 100, end: 110, parts: [0, 3] },
  ])
  expect(coalesceRanges(wanted, { gapMax: 5, bytesMax: 15 })).toHaveLength(3)
  expect(coalesceRanges([], { gapMax: 5, bytesMax: 15 })).toEqual([])
})

test('the counting storage counts', async () => {
  const storage = countingStorage(createMemoryStorage())
  await storage.put('memory:/a', new Uint8Array(10))
  await storage.read('memory:/a', 2, 5)
  storage.openSync('memory:/a').readSync(new Uint8Array(4), 0)
  expect(storage.counts).toMatchObject({ readCount: 2, bytesRead: 7, writeCount: 1 })
})
