/**
 * Damaged files: any change of a file's bytes gives rows or an error that blames the file, and leaves no memory behind; never another
 * exception, a crash or a hang. Method: flip, overwrite and cut bytes of small files, most of them in the footer and in page headers.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import { memoryUse } from '../../../src/core/memory.ts'
import { bytesFile, createTestEngine, readWhole } from './read-file.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/parquet', import.meta.url))
const engine = createTestEngine(64 << 20)

const NAMES = [
  'prims_v26',
  'nested_page_v1',
  'nested_page_v2',
  'decimals',
  'int96',
  'codec_zstd',
  'codec_snappy',
  'codec_lz4',
  'encoding_delta_byte_array_page_v2',
  'encoding_delta_binary_packed_page_v2',
  'encoding_rle_page_v2',
  'bloom',
]

test.each(NAMES)('%s, damaged anywhere', (name) => {
  const original = new Uint8Array(readFileSync(join(FOLDER, name, 'part-0.parquet')))
  let serial = 0
  fc.assert(
    fc.property(
      fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.nat(255) }), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.boolean(),
      (changes, inFooter) => {
        const bytes = original.slice()
        const footer = new DataView(bytes.buffer).getUint32(bytes.length - 8, true)
        const start = inFooter ? bytes.length - 8 - footer : 0
        for (const { at, value } of changes) bytes[Math.floor(start + at * (bytes.length - start - 5))] = value
        try {
          readWhole(engine, bytesFile(bytes, `${name}-${serial++}`))
        } catch (error) {
          if (!(error instanceof SluiceError)) throw error
          expect(['XX001', '0A000', '53200']).toContain(error.sqlstate)
        }
        expect(memoryUse(engine.memory).usedBytes).toBe(0)
      },
    ),
    { seed: 11, numRuns: 40 },
  )
})
