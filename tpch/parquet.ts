/** Generated columns as Parquet files: the typed arrays become Arrow vectors without a detour through rows. */
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Arrow, type ArrowData as Data, type RecordBatch, arrowSchema, loadArrow } from '../src/core/arrow.ts'
import { createParquetWriter } from '../src/format/parquet/write/parquet-writer.ts'
import { type Chunk, type Column, Int32Column, Int64Column, TextColumn } from './columns.ts'
import type { FileJob, JobResult } from './jobs.ts'
import { schemaOf } from './schema.ts'
import type { GeneratedTable } from './tables/table.ts'

/** Writes one file; `makeRows` hands over the rows of the job chunk by chunk. */
export async function writeTableFile(job: FileJob, table: GeneratedTable, chunks: Iterable<Chunk>): Promise<JobResult> {
  const arrow = await loadArrow()
  await mkdir(dirname(job.path), { recursive: true })
  const file = await open(job.path, 'wx')
  try {
    return await writeChunks(arrow, file, job, table, chunks)
  } catch (error) {
    await unlink(job.path)
    throw error
  } finally {
    await file.close()
  }
}

async function writeChunks(
  arrow: Arrow,
  file: FileHandle,
  job: FileJob,
  table: GeneratedTable,
  chunks: Iterable<Chunk>,
): Promise<JobResult> {
  const write = async (bytes: Uint8Array): Promise<void> => void (await file.write(bytes))
  const writer = await createParquetWriter({ codec: job.codec, write })
  const schema = arrowSchema(arrow, schemaOf(table))
  let rowCount = 0
  for (const chunk of chunks) {
    await writer.write(toBatch(arrow, schema, chunk))
    rowCount += chunk.rowCount
  }
  const byteCount = await writer.finish()
  await file.sync()
  return { rowCount, file: { path: job.path, byteCount } }
}

function toBatch(arrow: Arrow, schema: RecordBatch['schema'], chunk: Chunk): RecordBatch {
  const children = chunk.columns.map((column, i) => toData(arrow, schema.fields[i]!.type, column, chunk.rowCount))
  const struct = new arrow.Struct(schema.fields)
  return new arrow.RecordBatch(schema, arrow.makeData({ type: struct, length: chunk.rowCount, nullCount: 0, children }))
}

function toData(arrow: Arrow, type: Data['type'], column: Column, length: number): Data {
  const base = { type, length, nullCount: 0 }
  if (column instanceof TextColumn) {
    const valueOffsets = column.offsets.subarray(0, length + 1)
    return arrow.makeData({ ...base, valueOffsets, data: column.bytes.subarray(0, valueOffsets[length]) } as never)
  }
  if (column instanceof Int32Column)
    return arrow.makeData({ ...base, data: column.values.subarray(0, length) } as never)
  const data = column.kind === 'money' ? widen(column, length) : new BigInt64Array(column.words.buffer, 0, length)
  return arrow.makeData({ ...base, data } as never)
}

/** Arrow's decimals have 128 bits: the upper half repeats the sign. */
function widen({ words }: Int64Column, length: number): Uint32Array {
  const wide = new Int32Array(4 * length)
  for (let i = 0; i < length; i++) {
    const high = words[2 * i + 1]!
    wide[4 * i] = words[2 * i]!
    wide[4 * i + 1] = high
    wide[4 * i + 2] = high >> 31
    wide[4 * i + 3] = high >> 31
  }
  return new Uint32Array(wide.buffer)
}
