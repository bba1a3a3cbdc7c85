/** Deletion vectors written byte by byte, in both forms, whole and damaged. */
import { expect, test } from 'vitest'
import { crc32OfBytes } from '../../../src/core/crc32.ts'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { createStorageAccess } from '../../../src/storage/storage-access.ts'
import { type VectorPlace, readVector } from '../../../src/table/paimon/deletion-vectors.ts'

const URL = 'memory:t/index/index-1'

/** A 32-bit bitmap of one array container: rows 1, 5 and 70. */
const BITMAP = [0x3a, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 16, 0, 0, 0, 1, 0, 5, 0, 70, 0]

function vector(body: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(1 + 4 + body.length + 4)
  const view = new DataView(bytes.buffer)
  bytes[0] = 1
  view.setUint32(1, body.length)
  bytes.set(body, 5)
  view.setUint32(5 + body.length, crc32OfBytes(Uint8Array.from(body)))
  return bytes
}

async function read(bytes: Uint8Array, length: number, cardinality?: number): Promise<bigint[]> {
  const storage = createMemoryStorage()
  await storage.put(URL, bytes)
  const place: VectorPlace = {
    ...{ indexFile: 'index-1', externalPath: undefined, partition: new Uint8Array(0), bucket: 0 },
    ...{ offset: 1, length, cardinality },
  }
  const access = createStorageAccess([], () => storage)
  return [...(await readVector(access, URL, place))]
}

const MAGIC_32 = [0x5e, 0x43, 0xf2, 0xd0]
const MAGIC_64 = [0xd1, 0xd3, 0x39, 0x64]

test('a 32-bit bitmap; its length counts the magic and the bitmap', async () => {
  const body = [...MAGIC_32, ...BITMAP]
  expect(await read(vector(body), body.length, 3)).toEqual([1n, 5n, 70n])
})

test('a 64-bit bitmap; its length counts size and checksum too', async () => {
  const body = [...MAGIC_64, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...BITMAP]
  expect(await read(vector(body), body.length + 8)).toEqual([1n, 5n, 70n])
})

test.each([
  ['another checksum', (bytes: Uint8Array) => bytes.fill(9, bytes.length - 1), 'checksum'],
  ['another magic', (bytes: Uint8Array) => bytes, 'unknown form'],
])('damaged: %s', async (_, change, message) => {
  const magic = message === 'checksum' ? MAGIC_32 : [1, 2, 3, 4]
  const body = [...magic, ...BITMAP]
  await expect(read(change(vector(body)), body.length)).rejects.toThrow(message)
})

test('a size or a count that is not the recorded one is damage', async () => {
  const body = [...MAGIC_32, ...BITMAP]
  await expect(read(vector(body), body.length - 1)).rejects.toThrow('ends early')
  await expect(read(vector(body), body.length + 1)).rejects.toThrow('another size')
  await expect(read(vector(body), body.length, 2)).rejects.toThrow('3 rows instead of 2')
})
