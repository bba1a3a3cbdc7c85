import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableFromArrays } from 'apache-arrow'
import { expect, test } from 'vitest'
import { createMemory } from '../../../src/core/memory.ts'
import { createParquetWriter } from '../../../src/format/parquet/write/parquet-writer.ts'
import { parquetFormat } from '../../../src/format/parquet/index.ts'
import { createKernels } from '../../../src/kernel/kernels.ts'
import { storageFor } from '../../../src/storage/index.ts'

/** Method: write batches of an odd size, read the footer with our own reader: the row groups are cut by rows, not by batches. */
test('cuts row groups by rows and streams the bytes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parquet-writer-'))
  try {
    const parts: Uint8Array[] = []
    const writer = await createParquetWriter({
      codec: 'snappy',
      rowGroupRows: 1000,
      write: async (bytes) => void parts.push(bytes),
    })
    const table = tableFromArrays({ a: Int32Array.from({ length: 700 }, (_, i) => i) })
    for (let i = 0; i < 5; i++) await writer.write(table.batches[0]!)
    const byteCount = await writer.finish()
    expect(parts.length).toBeGreaterThan(1)
    const file = join(folder, 'x.parquet')
    writeFileSync(file, Buffer.concat(parts))
    const memory = createMemory(64 << 20)
    const source = storageFor(file).openSync(file)
    expect(source.byteCount).toBe(byteCount)
    const data = parquetFormat.open(source, { memory, kernels: createKernels(memory) })
    expect(data.rowGroups.map((group) => group.rowCount)).toEqual([1000, 1000, 1000, 500])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a sink that fails makes the write fail, not hang', async () => {
  const writer = await createParquetWriter({
    codec: 'snappy',
    rowGroupRows: 100,
    write: async () => {
      throw new Error('disk full')
    },
  })
  const table = tableFromArrays({ a: Int32Array.from({ length: 1000 }, (_, i) => i) })
  const writing = (async () => {
    for (let i = 0; i < 50; i++) await writer.write(table.batches[0]!)
    await writer.finish()
  })()
  await expect(writing).rejects.toThrow('could not write a Parquet file: Error: disk full')
})
