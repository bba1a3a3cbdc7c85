/** Chunks that begin with a dictionary and go on without codes, as writers leave them when the dictionary became too large. */
import { tableFromArrays } from 'apache-arrow'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { parquetFormat } from '../../../src/format/parquet/index.ts'
import { createParquetWriter } from '../../../src/format/parquet/write/parquet-writer.ts'
import { vectorJson } from '../vector-json.ts'
import { bytesFile, createTestEngine, readWhole, targetOf } from './read-file.ts'

const ROWS = 80_000
const engine = createTestEngine()

/** Distinct numbers and texts: 256 KiB of dictionary are full after 32,768 and 9,000 of them. */
async function fileWithFallback(codec: 'snappy' | 'uncompressed'): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const writer = await createParquetWriter({ codec, write: async (bytes) => void parts.push(bytes.slice()) })
  const rows = Array.from({ length: ROWS }, (_, i) => i)
  const table = tableFromArrays({
    number: BigInt64Array.from(rows, (i) => BigInt(i) * 7n),
    text: rows.map((i) => `a text of its own ${i}`),
  })
  for (const batch of table.batches) await writer.write(batch)
  await writer.finish()
  return Buffer.concat(parts)
}

test.each(['snappy', 'uncompressed'] as const)('%s: any rows, prefetched or not', async (codec) => {
  const bytes = bytesFile(await fileWithFallback(codec), codec)
  const { columns } = readWhole(engine, bytes)
  const file = parquetFormat.open(bytes, engine)
  const bound = file.bind(file.fields.map(targetOf))
  const ranges = fc.array(fc.record({ start: fc.nat(ROWS - 1), length: fc.integer({ min: 1, max: 3000 }) }), {
    minLength: 1,
    maxLength: 5,
  })
  fc.assert(
    fc.property(fc.nat(1), fc.boolean(), ranges, (column, prefetches, wanted) => {
      const reader = bound.openRowGroup(0)
      const arena = new Arena(engine.memory, 'test')
      try {
        let position = 0
        for (const { start: from, length } of wanted.toSorted((a, b) => a.start - b.start)) {
          const start = Math.max(position, from)
          const end = Math.min(ROWS, start + length)
          if (start >= end) break
          if (prefetches) reader.prefetch([column], [{ start, end }])
          const vector = reader.read(column, start, end, null, arena)
          expect(vectorJson(engine.memory, vector)).toEqual(columns[column]!.slice(start, end))
          position = end
        }
      } finally {
        reader.close()
        arena.free()
      }
    }),
    { seed: 7, numRuns: 120 },
  )
})

test('rows of pages without codes are read without the dictionary', async () => {
  let bytesRead = 0
  const inner = bytesFile(await fileWithFallback('snappy'), 'x')
  const counted = {
    ...inner,
    readSync: (into: Uint8Array, start: number): void => {
      bytesRead += into.length
      inner.readSync(into, start)
    },
  }
  const file = parquetFormat.open(counted, engine)
  const bound = file.bind(file.fields.map(targetOf))
  const reader = bound.openRowGroup(0)
  const arena = new Arena(engine.memory, 'test')
  bytesRead = 0
  reader.prefetch([0], [{ start: ROWS - 1, end: ROWS }])
  expect(vectorJson(engine.memory, reader.read(0, ROWS - 1, ROWS, null, arena))).toEqual([`${(ROWS - 1) * 7}`])
  // A page of 48 KiB and the page index; the dictionary alone has 256 KiB, half of that compressed.
  expect(bytesRead).toBeLessThan(64 << 10)
  reader.close()
  arena.free()
})
