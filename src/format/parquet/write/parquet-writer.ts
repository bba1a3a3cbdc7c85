/**
 * Writes Parquet files with parquet-wasm, record batch by record batch: at most a row group is held in memory.
 *
 *   record batches --IPC--> parquet-wasm (row groups, pages, statistics) --bytes--> sink
 *
 * Field ids in the schema (`PARQUET:field_id`) reach the file, in nested fields too. DECIMAL(p <= 18) becomes INT64.
 */
import type { RecordBatch } from '../../../core/arrow.ts'
import { loadArrow } from '../../../core/arrow.ts'
import { DataError } from '../../../core/errors.ts'
import { assertFiniteTimes } from './finite-times.ts'

/** Rows of a row group: DuckDB's size, big enough for column chunks of a megabyte, small enough to prune and to share among workers. */
export const ROW_GROUP_ROWS = 122_880

/** A point query decompresses one page of each column: with 48 KiB it takes 5.1 ms where 128 KiB took 6.0; scans were not slower. */
const PAGE_BYTES = 48 << 10

/** Columns with more distinct values than fit this are written plain: a large dictionary would have to be read for each of its pages. */
const DICTIONARY_BYTES = 256 << 10

/** As Iceberg's property `write.parquet.compression-codec` spells them; lz4 is Parquet's LZ4_RAW. */
export const PARQUET_CODECS = ['snappy', 'zstd', 'gzip', 'brotli', 'lz4', 'uncompressed'] as const

export type ParquetCodec = (typeof PARQUET_CODECS)[number]

export interface ParquetWriterOptions {
  readonly codec: ParquetCodec
  readonly rowGroupRows?: number
  /** Takes infinite dates and timestamps as the extremes that they are; refuses them otherwise. */
  readonly infiniteTimes?: boolean
  /** Takes the file's bytes in order; slow sinks slow the writer. */
  write(bytes: Uint8Array): Promise<void>
}

export interface ParquetWriter {
  /** All batches have the same schema. */
  write(batches: RecordBatch | readonly RecordBatch[]): Promise<void>
  /** Writes the footer; returns the size of the file in bytes. At least one batch must have been written. */
  finish(): Promise<number>
  /** Gives up: what was written so far is no file. */
  abort(): Promise<void>
}

type ParquetWasm = typeof import('parquet-wasm')

let loading: Promise<ParquetWasm> | undefined

const CREATED_BY = 'sluice'

export async function createParquetWriter(options: ParquetWriterOptions): Promise<ParquetWriter> {
  loading ??= import('parquet-wasm')
  const [arrow, wasm] = await Promise.all([loadArrow(), loading])
  const queue = createHandOver<unknown>()
  const input = new ReadableStream(
    {
      async pull(controller) {
        const next = await queue.take()
        if (next === undefined) controller.close()
        else controller.enqueue(next)
      },
    },
    { highWaterMark: 0 },
  )
  let byteCount = 0
  let failure: unknown
  const output = (async () => {
    // The stream is only made when the first batch is there: its schema is read from it.
    await queue.first
    const bytes = await wasm.transformParquetStream(input, writerProperties(wasm, options))
    for await (const chunk of bytes as AsyncIterable<Uint8Array>) {
      byteCount += chunk.byteLength
      await options.write(chunk)
    }
  })().catch((error: unknown) => {
    failure = error
    queue.close()
  })
  const check = (): void => {
    if (failure !== undefined)
      throw new DataError('58030', `could not write a Parquet file: ${String(failure)}`, { cause: failure })
  }
  return {
    async write(given) {
      check()
      const batches = Array.isArray(given) ? (given as readonly RecordBatch[]) : [given as RecordBatch]
      if (batches.length === 0) return
      if (options.infiniteTimes !== true) for (const batch of batches) assertFiniteTimes(arrow, batch)
      const bytes = arrow.tableToIPC(new arrow.Table(batches[0]!.schema, [...batches]), 'stream')
      for (const part of wasm.Table.fromIPCStream(bytes).recordBatches()) await queue.put(part)
      check()
    },
    async finish() {
      queue.end()
      await output
      check()
      return byteCount
    },
    async abort() {
      queue.end()
      await output
    },
  }
}

function writerProperties(wasm: ParquetWasm, { codec, rowGroupRows = ROW_GROUP_ROWS }: ParquetWriterOptions) {
  const { Compression, EnabledStatistics, WriterPropertiesBuilder } = wasm
  const codecs: Record<ParquetCodec, (typeof Compression)[keyof typeof Compression]> = {
    snappy: Compression.SNAPPY,
    zstd: Compression.ZSTD,
    gzip: Compression.GZIP,
    brotli: Compression.BROTLI,
    lz4: Compression.LZ4_RAW,
    uncompressed: Compression.UNCOMPRESSED,
  }
  return new WriterPropertiesBuilder()
    .setCompression(codecs[codec])
    .setMaxRowGroupSize(rowGroupRows)
    .setDataPageSizeLimit(PAGE_BYTES)
    .setDictionaryPageSizeLimit(DICTIONARY_BYTES)
    .setStatisticsEnabled(EnabledStatistics.Page)
    .setCreatedBy(CREATED_BY)
    .build()
}

/** One item at a time from a producer to a consumer; the producer waits until its item was taken. */
function createHandOver<T>() {
  let waiting: T | undefined
  let isEnded = false
  let isClosed = false
  let wakeConsumer = (): void => undefined
  let wakeProducer = (): void => undefined
  let markFirst = (): void => undefined
  const first = new Promise<void>((resolve) => (markFirst = resolve))
  return {
    first,
    async put(item: T): Promise<void> {
      waiting = item
      markFirst()
      wakeConsumer()
      while (waiting !== undefined && !isClosed) await new Promise<void>((resolve) => (wakeProducer = resolve))
    },
    async take(): Promise<T | undefined> {
      while (waiting === undefined && !isEnded) await new Promise<void>((resolve) => (wakeConsumer = resolve))
      const item = waiting
      waiting = undefined
      wakeProducer()
      return item
    },
    /** No more items. */
    end(): void {
      isEnded = true
      markFirst()
      wakeConsumer()
    },
    /** The consumer is gone: producers no longer wait. */
    close(): void {
      isClosed = true
      wakeProducer()
    },
  }
}
