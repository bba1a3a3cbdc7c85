/** Damaged manifests, deletion files and data files of Lance: an error that blames the file, or rows; never another exception, a crash or a hang. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import { memoryUse } from '../../../src/core/memory.ts'
import { lanceFormat } from '../../../src/format/lance/index.ts'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { readDeletionFile } from '../../../src/table/lance/deletion-file.ts'
import { readManifest } from '../../../src/table/lance/manifest.ts'
import { bytesFile, createTestEngine, readWhole } from '../../format/parquet/read-file.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/lance', import.meta.url))
const RUNS = Number(process.env['SLUICE_MUTATIONS'] ?? 120)
const engine = createTestEngine(128 << 20)

const anyChanges = fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.nat(255) }), {
  minLength: 1,
  maxLength: 5,
})

function damaged(original: Uint8Array, changes: readonly { at: number; value: number }[], place: number): Uint8Array {
  const start = place === 1 ? Math.max(0, original.length - 600) : 0
  const bytes = original.slice()
  for (const { at, value } of changes) bytes[Math.floor(start + at * (bytes.length - start - 1))] = value
  return place === 2 ? bytes.slice(0, Math.floor(changes[0]!.at * bytes.length)) : bytes
}

function expectOurs(error: unknown): void {
  if (!(error instanceof SluiceError)) throw error
  expect(['XX001', '0A000', '53200'], error.message).toContain(error.sqlstate)
}

describe('data files', () => {
  const names = ['prims_legacy', 'prims_2_0', 'prims_2_1', 'prims_2_2', 'nested_legacy', 'nested_2_0']
  test.each([...names, 'nested_2_1', 'nested_2_2', 'map_packed'])('%s', { timeout: 600_000 }, (name) => {
    const data = join(FOLDER, name, 'data')
    const original = new Uint8Array(readFileSync(join(data, readdirSync(data)[0]!)))
    let serial = 0
    fc.assert(
      fc.property(anyChanges, fc.integer({ min: 0, max: 3 }), (changes, place) => {
        try {
          const file = bytesFile(damaged(original, changes, place), `${name}-${serial++}`)
          readWhole(engine, file, undefined, lanceFormat)
        } catch (error) {
          expectOurs(error)
        }
        expect(memoryUse(engine.memory).usedBytes).toBe(0)
      }),
      { seed: 17, numRuns: RUNS },
    )
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
    await fc.assert(
      fc.asyncProperty(anyChanges, fc.integer({ min: 0, max: 3 }), async (changes, place) => {
        await storage.put('memory:m', damaged(original, changes, place))
        await readManifest(access, 'memory:m').catch(expectOurs)
      }),
      { seed: 18, numRuns: RUNS },
    )
  })

  test('deletion files', async () => {
    const folder = join(FOLDER, 'dml', '_deletions')
    const original = new Uint8Array(readFileSync(join(folder, readdirSync(folder)[0]!)))
    const deletion = { kind: 'array', readVersion: 2n, id: 5n, rowCount: 5, isElsewhere: false } as const
    const fragment = { id: 0, files: [], deletion, physicalRows: 40, firstRowId: undefined }
    await storage.put('memory:d/_deletions/0-2-5.arrow', original)
    const rows = await readDeletionFile(access, 'memory:d', fragment, deletion)
    expect([...rows]).toEqual([0n, 9n, 18n, 27n, 36n])
    await fc.assert(
      fc.asyncProperty(anyChanges, fc.integer({ min: 0, max: 3 }), async (changes, place) => {
        await storage.put('memory:d/_deletions/0-2-5.arrow', damaged(original, changes, place))
        await readDeletionFile(access, 'memory:d', fragment, deletion).catch(expectOurs)
      }),
      { seed: 19, numRuns: RUNS },
    )
  })
})
