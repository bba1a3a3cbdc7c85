/**
 * Damaged files: any change of a file's bytes gives rows or an error that blames the file, and leaves no memory behind; never another
 * exception, a crash or a hang.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import { memoryUse } from '../../../src/core/memory.ts'
import { orcFormat } from '../../../src/format/orc/index.ts'
import { bytesFile, createTestEngine, readWhole } from '../parquet/read-file.ts'

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
const RUNS = Number(process.env['SLUICE_MUTATIONS'] ?? 60)

test.each(NAMES)('%s, damaged anywhere', { timeout: 600_000 }, (name) => {
  const original = new Uint8Array(readFileSync(join(FOLDER, name, 'part-0.orc')))
  let serial = 0
  fc.assert(
    fc.property(
      fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.nat(255) }), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.integer({ min: 0, max: 3 }),
      (changes, place) => {
        // The whole file, its tail, or cut off.
        const start = place === 1 ? Math.max(0, original.length - 500) : 0
        let bytes = original.slice()
        for (const { at, value } of changes) bytes[Math.floor(start + at * (bytes.length - start - 1))] = value
        if (place === 2) bytes = bytes.slice(0, Math.floor(changes[0]!.at * bytes.length))
        try {
          readWhole(engine, bytesFile(bytes, `${name}-${serial++}`), undefined, orcFormat)
        } catch (error) {
          if (!(error instanceof SluiceError)) throw error
          expect(['XX001', '0A000', '53200'], error.message).toContain(error.sqlstate)
        }
        expect(memoryUse(engine.memory).usedBytes).toBe(0)
      },
    ),
    { seed: 11, numRuns: RUNS },
  )
})

test('a file of another format is said to be none of ORC', () => {
  const text = new TextEncoder().encode(`{"commitInfo": {"timestamp": 1}}\n`.repeat(20))
  expect(() => readWhole(engine, bytesFile(text, 'log.json'), undefined, orcFormat)).toThrow('not an ORC file')
})
