/**
 * A running write: batches become Parquet files, one open file a partition, and a commit makes them visible at once.
 *
 *   batch --rows by partition value--> open file (Arrow -> parquet-wasm -> storage) --size--> next file
 */
import { randomUUID } from 'node:crypto'
import type { RecordBatch } from 'apache-arrow'
import { loadArrow, toRecordBatch } from '../../../core/arrow.ts'
import type { JsonObject } from '../../../core/exact-json.ts'
import { SqlError } from '../../../core/errors.ts'
import type { Schema } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import type { Batch } from '../../../core/vector.ts'
import type { ReadContext } from '../../../format/format.ts'
import { type ParquetWriter, createParquetWriter } from '../../../format/parquet/write/parquet-writer.ts'
import { joinLocation } from '../../../storage/file-location.ts'
import type { FileWriter } from '../../../storage/storage.ts'
import type { TableWrite } from '../../table.ts'
import type { TableMetadata } from '../metadata.ts'
import type { BoundSpec } from '../partition.ts'
import { fieldOf } from '../schema.ts'
import { currentSchema } from '../snapshot.ts'
import { type CommitTarget, type Committed, commitAppend, defaultSpec } from './commit.ts'
import { type StagedFile, describeParquetFile } from './data-file.ts'
import { partitionFolder, splitByPartition } from './partition-rows.ts'

/** A file is closed, and the next begun, at this size: big enough for long scans, small enough to share among workers. */
const FILE_BYTES_TARGET = 512 << 20

/** Open files at most: each holds a row group in memory. */
const OPEN_FILES_MAX = 128

interface OpenFile {
  readonly path: string
  readonly url: string
  readonly partition: readonly LiteralValue[]
  readonly writer: ParquetWriter
  readonly sink: FileWriter
  bytesWritten: number
}

export class IcebergWrite implements TableWrite {
  readonly #target: CommitTarget
  readonly #metadata: TableMetadata
  readonly #fresh: JsonObject | undefined
  readonly #context: ReadContext
  readonly #schema: Schema
  readonly #spec: BoundSpec
  readonly #open = new Map<string, OpenFile>()
  readonly #staged: StagedFile[] = []
  readonly #writeId = randomUUID()
  #fileCount = 0

  /** `fresh`: the table does not exist yet and appears with the commit. */
  constructor(target: CommitTarget, metadata: TableMetadata, context: ReadContext, fresh?: JsonObject) {
    this.#target = target
    this.#metadata = metadata
    this.#fresh = fresh
    this.#context = context
    this.#schema = { fields: currentSchema(metadata).fields.map((field) => fieldOf(field)) }
    this.#spec = defaultSpec(metadata)
  }

  async append(batch: Batch): Promise<void> {
    if (batch.rowCount === 0) return
    checkRequired(this.#context, this.#schema, batch)
    const arrow = await loadArrow()
    const { memory } = this.#context
    for (const part of splitByPartition(this.#context, this.#spec, this.#schema, batch)) {
      const record = toRecordBatch(arrow, memory, this.#schema, part.batch, part.rows)
      await this.#write(record, part.values)
    }
  }

  async #write(record: RecordBatch, partition: readonly LiteralValue[]): Promise<void> {
    const folder = partitionFolder(this.#spec, partition)
    let file = this.#open.get(folder)
    if (file === undefined) {
      if (this.#open.size >= OPEN_FILES_MAX) await this.#close(this.#open.keys().next().value!)
      file = await this.#begin(folder, partition)
      this.#open.set(folder, file)
    }
    await file.writer.write(record)
    if (file.bytesWritten >= FILE_BYTES_TARGET) await this.#close(folder)
  }

  async #begin(folder: string, partition: readonly LiteralValue[]): Promise<OpenFile> {
    this.#fileCount += 1
    const name = `${String(this.#fileCount).padStart(5, '0')}-${this.#writeId}.parquet`
    const parts = ['data', ...(folder === '' ? [] : [folder]), name]
    const url = joinLocation(this.#target.url, ...parts)
    const sink = await this.#target.access.storageFor(url).create(url)
    const codec = codecOf(this.#metadata)
    const write = async (bytes: Uint8Array): Promise<void> => {
      await sink.write(bytes)
      file.bytesWritten += bytes.byteLength
    }
    const writer = await createParquetWriter({ codec, write })
    const file: OpenFile = {
      ...{ path: joinLocation(this.#metadata.location, ...parts), url },
      ...{ partition, writer, sink, bytesWritten: 0 },
    }
    return file
  }

  async #close(folder: string): Promise<void> {
    const file = this.#open.get(folder)!
    this.#open.delete(folder)
    await file.writer.finish()
    await file.sink.close()
    const storage = this.#target.access.storageFor(file.url)
    const described = describeParquetFile(storage, this.#context, file.url, this.#schema.fields, file.partition)
    this.#staged.push({ ...described, path: file.path })
  }

  async commit(): Promise<Committed> {
    for (const folder of this.#open.keys()) await this.#close(folder)
    return commitAppend(this.#target, this.#metadata, this.#staged, this.#fresh)
  }

  /** Deletes what was written. */
  async abort(): Promise<void> {
    for (const { writer, sink } of this.#open.values()) {
      await writer.abort()
      await sink.abort()
    }
    this.#open.clear()
    const { access, url } = this.#target
    for (const { path } of this.#staged.splice(0)) {
      const inside = path.startsWith(this.#metadata.location) ? url + path.slice(this.#metadata.location.length) : access.locate(path)
      await access.storageFor(inside).delete(inside)
    }
  }
}

function codecOf({ properties }: TableMetadata): 'snappy' | 'zstd' | 'uncompressed' {
  const name = properties.get('write.parquet.compression-codec')
  return name === 'snappy' || name === 'uncompressed' ? name : 'zstd'
}

/** 23502 for a NULL in a column that has none. */
function checkRequired({ memory }: ReadContext, { fields }: Schema, { columns, rowCount }: Batch): void {
  fields.forEach(({ name, nullable }, i) => {
    const column = columns[i]!
    if (nullable) return
    const hasNull =
      column.encoding === 'constant'
        ? column.isNull
        : column.validity !== 0 && memory.u8.subarray(column.validity, column.validity + rowCount).includes(0)
    if (hasNull) throw new SqlError('23502', `null value in column "${name}" violates not-null constraint`)
  })
}
