/** Parquet checkpoints made for a test, in memory: files with texts of statistics. */
import { loadArrow } from '../../../src/core/arrow.ts'
import { createParquetWriter } from '../../../src/format/parquet/write/parquet-writer.ts'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { type StorageAccess, createStorageAccess } from '../../../src/storage/storage-access.ts'

export const CHECKPOINT_URL = 'memory:/c.parquet'

export interface CheckpointRow {
  readonly path: string
  readonly stats: string | null
}

/** A checkpoint of another action, then files; every `vectors`th has a deletion vector. */
export async function checkpoint(rows: readonly CheckpointRow[], vectors = 1000): Promise<StorageAccess> {
  const arrow = await loadArrow()
  const field = (name: string, type: InstanceType<typeof arrow.DataType>) => new arrow.Field(name, type, true)
  const text = new arrow.Utf8()
  const parts = ['storageType', 'pathOrInlineDv'].map((name) => field(name, text))
  const vector = new arrow.Struct([
    ...parts,
    field('sizeInBytes', new arrow.Int32()),
    field('cardinality', new arrow.Int64()),
  ])
  const fields = [
    field('path', text),
    field('size', new arrow.Int64()),
    field('deletionVector', vector),
    field('stats', text),
  ]
  const adds = rows.map(({ path, stats }, i) => {
    const of = { storageType: 'u', pathOrInlineDv: 'x', sizeInBytes: 1, cardinality: 2n }
    return { path, size: BigInt(i), deletionVector: i % vectors === vectors - 1 ? of : null, stats }
  })
  const table = new arrow.Table({ add: arrow.vectorFromArray([null, ...adds], new arrow.Struct(fields)) })
  const written: Uint8Array[] = []
  const writer = await createParquetWriter({
    codec: 'snappy',
    write: async (bytes) => void written.push(bytes.slice()),
  })
  await writer.write(table.batches)
  await writer.finish()
  const storage = createMemoryStorage()
  await storage.put(CHECKPOINT_URL, new Uint8Array(Buffer.concat(written)))
  return createStorageAccess([], () => storage)
}
