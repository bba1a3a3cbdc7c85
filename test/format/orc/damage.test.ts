/**
 * Damaged files: any change of a file's bytes gives rows or an error that blames the file, and leaves no memory behind; never another
 * exception, a crash or a hang.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { memoryUse } from '../../../src/core/memory.ts'
import { orcFormat } from '../../../src/format/orc/index.ts'
import { mutationCount, readMutations } from '../../mutations.ts'
import { bytesFile, createTestEngine, readWhole } from '../parquet/read-file.ts'
import { effort } from '../../effort.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/orc', import.meta.url))
const engine = createTestEngine(64 << 20)

const NAMES = [
  'prims_v011',
  'prims_v012',
  'nested',
  'tns',
  'decimal',
  'java_lzo',
  'java_zlib',
  'java_snappy',
  'java_lz4',
]

test.each(NAMES)('%s, damaged anywhere', { timeout: 600_000 }, async (name) => {
  const original = new Uint8Array(readFileSync(join(FOLDER, name, 'part-0.orc')))
  await readMutations(
    original,
    { seed: 11, count: mutationCount(effort({ quick: 25, whole: 200 })) },
    (bytes, serial) => {
      try {
        readWhole(engine, bytesFile(bytes, `${name}-${serial}`), undefined, orcFormat)
      } finally {
        expect(memoryUse(engine.memory).usedBytes).toBe(0)
      }
    },
  )
})

test('a file of another format is said to be none of ORC', () => {
  const text = new TextEncoder().encode(`{"commitInfo": {"timestamp": 1}}\n`.repeat(20))
  expect(() => readWhole(engine, bytesFile(text, 'log.json'), undefined, orcFormat)).toThrow('not an ORC file')
})
