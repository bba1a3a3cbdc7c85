/**
 * Damaged files: any change of a file's bytes gives rows or an error that blames the file, and leaves no memory behind; never another
 * exception, a crash or a hang. Method: mutations of small files (test/mutations.ts).
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { memoryUse } from '../../../src/core/memory.ts'
import { mutationCount, readMutations } from '../../mutations.ts'
import { BIGINT } from '../../../src/core/types.ts'
import { parquetFormat } from '../../../src/format/parquet/index.ts'
import { bytesFile, createTestEngine, readWhole, targetOf } from './read-file.ts'
import { writeFile } from './write-file.ts'
import { effort } from '../../effort.ts'

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

test.each(NAMES)('%s, damaged anywhere', { timeout: 600_000 }, async (name) => {
  const original = new Uint8Array(readFileSync(join(FOLDER, name, 'part-0.parquet')))
  await readMutations(
    original,
    { seed: 11, count: mutationCount(effort({ quick: 25, whole: 200 })) },
    (bytes, serial) => {
      try {
        readWhole(engine, bytesFile(bytes, `${name}-${serial}`))
      } finally {
        expect(memoryUse(engine.memory).usedBytes).toBe(0)
      }
    },
  )
})

test('a column of other values than its row group has rows', () => {
  const values = new Uint8Array(Int32Array.of(1, 2, 3).buffer)
  const column = { pages: [{ valueCount: 3, values }] }
  const file = (rowCount: number): Uint8Array => writeFile([{ name: 'id', physical: 'INT32' }], rowCount, [column])
  expect(readWhole(engine, bytesFile(file(3), 'whole')).columns).toEqual([[1, 2, 3]])
  expect(() => readWhole(engine, bytesFile(file(2), 'fewer'))).toThrow('3 values in a row group of 2 rows')
})

test('a column under another name than its row groups have: it is not missing', () => {
  const bytes = new Uint8Array(readFileSync(join(FOLDER, 'prims_v26', 'part-0.parquet')))
  const whole = parquetFormat.open(bytesFile(bytes, 'named'), engine)
  const targets = [...whole.fields.map(targetOf), { names: ['not there'], type: BIGINT, children: [] }]
  expect(() => whole.bind(targets)).not.toThrow()
  // Of the schema, which stands before the row groups.
  const at = Buffer.from(bytes).indexOf('\x18\x03i64', 0, 'latin1')
  expect(at).toBeGreaterThan(0)
  bytes[at + 2] = 0x6a
  const damaged = parquetFormat.open(bytesFile(bytes, 'renamed'), engine)
  expect(() => damaged.bind(targets)).toThrow('the column "j64" is called "i64" by its row groups')
})
