/** One open data file of a table. */
import type { RecordBatch } from '../../../core/arrow.ts'
import { type Schema, isFloat } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import type { ReadContext } from '../../../format/format.ts'
import { type ParquetCodec, createParquetWriter } from '../../../format/parquet/write/parquet-writer.ts'
import type { Storage } from '../../../storage/storage.ts'
import { type StagedFile, describeParquetFile } from './data-file.ts'

export interface DataFileWriter {
  /** Bytes that have left for the storage. */
  readonly byteCount: number
  write(batches: readonly RecordBatch[]): Promise<void>
  /** Closes the file; its path is the URL given. */
  finish(): Promise<StagedFile>
  /** Closes the file as it is; the caller deletes it. Never throws. */
  abandon(): Promise<void>
}

export interface DataFileOptions {
  readonly url: string
  readonly storage: Storage
  readonly context: ReadContext
  readonly schema: Schema
  readonly specId: number
  readonly partition: readonly LiteralValue[]
  readonly codec: ParquetCodec
  /** Whether infinite dates and timestamps are written as their extremes; refused otherwise. */
  readonly infiniteTimes?: boolean
}

export async function createDataFile(options: DataFileOptions): Promise<DataFileWriter> {
  const { url, storage, context, schema, specId, partition, codec, infiniteTimes = false } = options
  const sink = await storage.create(url)
  let byteCount = 0
  const write = async (bytes: Uint8Array): Promise<void> => {
    await sink.write(bytes)
    byteCount += bytes.byteLength
  }
  const floats = schema.fields.flatMap(({ type, id }, index) =>
    isFloat(type) && id !== undefined ? [{ id, index }] : [],
  )
  const nanCounts = new Map(floats.map(({ id }) => [id, 0]))
  try {
    const writer = await createParquetWriter({ codec, infiniteTimes, write })
    return {
      get byteCount() {
        return byteCount
      },
      async write(batches) {
        for (const batch of batches) {
          for (const { id, index } of floats) nanCounts.set(id, nanCounts.get(id)! + countNaN(batch, index))
        }
        await writer.write(batches)
      },
      async finish() {
        await writer.finish()
        await sink.close()
        return describeParquetFile(storage, context, { url, columns: schema.fields, specId, partition, nanCounts })
      },
      async abandon() {
        await writer.abort().catch(() => undefined)
        await sink.abort().catch(() => undefined)
      },
    }
  } catch (error) {
    await sink.abort().catch(() => undefined)
    throw error
  }
}

/** Slots of NULLs hold zeros, so they need no look. */
function countNaN(batch: RecordBatch, column: number): number {
  const values = batch.data.children[column]!.values as Float32Array | Float64Array
  let count = 0
  for (let i = 0; i < batch.numRows; i++) if (values[i] !== values[i]) count += 1
  return count
}
