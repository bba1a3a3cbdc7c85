/** Pages that come out of the cache: the same values as when they are decompressed each time. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { BlockCache, enableBlockCache } from '../../../src/core/block-cache.ts'
import { SluiceError } from '../../../src/core/errors.ts'
import { memoryUse } from '../../../src/core/memory.ts'
import { parquetFormat } from '../../../src/format/parquet/index.ts'
import { vectorJson } from '../vector-json.ts'
import { createTestEngine, openFile, readWhole, targetOf } from './read-file.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/parquet', import.meta.url))
const plain = createTestEngine()
const engine = createTestEngine()
enableBlockCache(engine.memory, 200 << 20)
const cached = { ...engine, blockCache: BlockCache.attach(engine.memory) }

const NAMES = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.name.endsWith('.parquet'))
  .map((entry) => join(entry.parentPath, entry.name))

/** As on a machine where the files have been for a while: a fresh checkout's would not be cached. */
function openOld(path: string) {
  return { ...openFile(path), modifiedMs: 1 }
}

/** The columns, or the error's message of a file that is damaged or not supported. */
function outcome(reads: typeof plain, path: string, batchRows?: number): unknown {
  try {
    return readWhole(reads, openOld(path), batchRows).columns
  } catch (error) {
    if (error instanceof SluiceError) return error.message
    throw error
  }
}

test.each(NAMES.map((path) => [path.slice(FOLDER.length + 1), path] as const))('%s', (_, path) => {
  const expected = outcome(plain, path)
  for (const batchRows of [8192, 8192, 8192, 700, 8192]) expect(outcome(cached, path, batchRows)).toEqual(expected)
})

test('the third time, pages are not read from the file', () => {
  const path = join(FOLDER, 'codec_zstd', 'part-0.parquet')
  const rows = readWhole(plain, openOld(path)).columns
  const bytesRead = [0, 1, 2].map(() => {
    const file = parquetFormat.open(openOld(path), cached)
    const reader = file.bind(file.fields.map(targetOf)).openRowGroup(0)
    const arena = new Arena(engine.memory, 'test')
    const { rowCount } = file.rowGroups[0]!
    const columns = file.fields.map((_, i) => i)
    reader.prefetch(columns, [{ start: 0, end: rowCount }])
    for (const column of columns) {
      const vector = reader.read(column, 0, rowCount, null, arena)
      expect(vectorJson(engine.memory, vector)).toEqual(rows[column]!.slice(0, rowCount))
    }
    const { bytesRead: bytes } = reader
    reader.close()
    arena.free()
    return bytes
  })
  expect(bytesRead[2]).toBe(0)
  expect(memoryUse(engine.memory).cachedBytes).toBeGreaterThan(0)
})
