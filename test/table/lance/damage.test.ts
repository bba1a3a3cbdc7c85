/** Damaged manifests, deletion files and data files of Lance: an error that blames the file, or rows; never another exception, a crash or a hang. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { memoryUse } from '../../../src/core/memory.ts'
import { lanceFormat } from '../../../src/format/lance/index.ts'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { readDeletionFile } from '../../../src/table/lance/deletion-file.ts'
import { readManifest } from '../../../src/table/lance/manifest.ts'
import { mutationCount, readMutations } from '../../mutations.ts'
import { bytesFile, createTestEngine, readWhole } from '../../format/parquet/read-file.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/lance', import.meta.url))
const COUNT = mutationCount(120)
const engine = createTestEngine(128 << 20)

describe('data files', () => {
  const names = ['prims_legacy', 'prims_2_0', 'prims_2_1', 'prims_2_2', 'nested_legacy', 'nested_2_0']
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
    await readMutations(original, { seed: 19, count: COUNT }, async (bytes) => {
      await storage.put('memory:d/_deletions/0-2-5.arrow', bytes)
      await readDeletionFile(access, 'memory:d', fragment, deletion)
    })
  })
})
