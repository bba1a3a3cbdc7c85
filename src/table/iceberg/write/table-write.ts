/**
 * A running write: batches become Parquet files, and a commit makes them visible at once.
 *
 *   batch --rows by partition value--> buffer of a partition --some megabytes--> open file (Arrow -> parquet-wasm -> storage) --size--> next file
 *
 * Rows wait in buffers so that a batch which touches hundreds of partitions does not open hundreds of files: at most OPEN_FILES_MAX are
 * open, and the one that was not written to for longest is closed for the next.
 *
 * Whatever was begun is deleted when the write fails, unless nobody knows whether its commit happened.
 */
import { randomUUID } from 'node:crypto'
import { type ArrowData, type RecordBatch, loadArrow, toRecordBatch } from '../../../core/arrow.ts'
import { SqlError } from '../../../core/errors.ts'
import type { Field, Schema } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import type { Batch } from '../../../core/vector.ts'
import type { ReadContext } from '../../../format/format.ts'
import { joinLocation } from '../../../storage/file-location.ts'
import type { TableWrite } from '../../table.ts'
import type { BoundSpec } from '../partition.ts'
import { fieldOf } from '../schema.ts'
import { currentSchema } from '../snapshot.ts'
import { codecOf } from './codec.ts'
import { type CommitBase, type Committed, type TableStep, commitSteps, isCommitUnknown } from './commit.ts'
import type { ConflictCheck } from './conflicts.ts'
import type { StagedFile } from './data-file.ts'
import { keepsInfiniteTimes } from './infinite-times.ts'
import { type DataFileWriter, createDataFile } from './data-file-writer.ts'
import { partitionFolder, splitByPartition } from './partition-rows.ts'
import { type CommitTarget, deleteQuietly, markUnfinished, unmarkUnfinished } from './publish.ts'
import { defaultSpec, randomSnapshotId } from './snapshot-change.ts'

export interface WriteLimits {
  /** A file is closed, and the next begun, at this size: big enough for long scans, small enough to share among workers. */
  readonly fileBytes: number
  /** Files open at once: each holds pages of a row group in memory. */
  readonly openFiles: number
  /** What waits for one partition before it is written. */
  readonly partitionBufferBytes: number
  /** What waits for all of them. */
  readonly bufferBytes: number
}

export const WRITE_LIMITS: WriteLimits = {
  fileBytes: 512 << 20,
  openFiles: 32,
  partitionBufferBytes: 4 << 20,
  bufferBytes: 64 << 20,
}

interface PartitionBuffer {
  readonly key: string
  readonly values: readonly LiteralValue[]
  batches: RecordBatch[]
  byteCount: number
}

export interface WriteOptions extends CommitBase {
  readonly context: ReadContext
  readonly limits?: Partial<WriteLimits>
  /** Takes what was done, in place of a commit of its own. The files named are deleted when that is rolled back. */
  readonly publish?: (step: TableStep, created: readonly string[]) => Promise<void>
}

/** Data files that go with a commit. */
export interface Removal {
  /** Paths as recorded. */
  readonly removed: ReadonlySet<string>
  readonly check: ConflictCheck
}

const NOTHING: ReadonlySet<string> = new Set()

export class IcebergWrite implements TableWrite {
  readonly #target: CommitTarget
  readonly #options: WriteOptions
  readonly #limits: WriteLimits
  readonly #schema: Schema
  readonly #spec: BoundSpec
  readonly #buffers = new Map<string, PartitionBuffer>()
  /** By partition key, the one written to last at the end. */
  readonly #open = new Map<string, { readonly writer: DataFileWriter; readonly path: string }>()
  readonly #staged: StagedFile[] = []
  /** URLs of all files begun and not yet part of a snapshot. */
  readonly #created: string[] = []
  readonly #writeId = randomUUID()
  #bufferedBytes = 0
  /** What the commit removes besides what it adds. */
  removal: Removal | undefined

  constructor(target: CommitTarget, options: WriteOptions) {
    this.#target = target
    this.#options = options
    this.#limits = { ...WRITE_LIMITS, ...options.limits }
    this.#schema = { fields: currentSchema(options.metadata).fields.map((field) => fieldOf(field)) }
    this.#spec = defaultSpec(options.metadata)
  }

  async append(batch: Batch, rows?: Int32Array): Promise<void> {
    if (batch.rowCount === 0 || rows?.length === 0) return
    const arrow = await loadArrow()
    const { context } = this.#options
    for (const part of splitByPartition(context, { spec: this.#spec, schema: this.#schema }, batch, rows)) {
      const { key, values } = part
      const record = toRecordBatch(arrow, context.memory, this.#schema, batch, part.rows)
      checkRequired(this.#schema.fields, record.data.children, 0, '')
      this.#buffer({ key, values, batches: [record], byteCount: record.data.byteLength })
    }
    await this.#writeFullBuffers()
  }

  /** A file that another has begun: deleted when the write fails. */
  created(url: string): void {
    this.#created.push(url)
  }

  /** A file that another has written. */
  stage(file: StagedFile): void {
    this.#staged.push(file)
  }

  #buffer(more: PartitionBuffer): void {
    const buffer = this.#buffers.get(more.key)
    if (buffer === undefined) this.#buffers.set(more.key, more)
    else {
      buffer.batches.push(...more.batches)
      buffer.byteCount += more.byteCount
    }
    this.#bufferedBytes += more.byteCount
  }

  async #writeFullBuffers(): Promise<void> {
    const { bufferBytes, partitionBufferBytes } = this.#limits
    for (const buffer of this.#buffers.values()) {
      if (buffer.byteCount >= partitionBufferBytes) await this.#writeBuffer(buffer)
    }
    if (this.#bufferedBytes < bufferBytes) return
    // The largest first, until there is room for a while: small ones go on growing.
    for (const buffer of [...this.#buffers.values()].toSorted((a, b) => b.byteCount - a.byteCount)) {
      if (this.#bufferedBytes < bufferBytes / 2) return
      await this.#writeBuffer(buffer)
    }
  }

  async #writeBuffer(buffer: PartitionBuffer): Promise<void> {
    this.#buffers.delete(buffer.key)
    this.#bufferedBytes -= buffer.byteCount
    const file = await this.#fileOf(buffer)
    await file.writer.write(buffer.batches)
    if (file.writer.byteCount >= this.#limits.fileBytes) await this.#close(buffer.key)
  }

  async #fileOf({ key, values }: PartitionBuffer) {
    let file = this.#open.get(key)
    if (file === undefined) {
      if (this.#open.size >= this.#limits.openFiles) await this.#close(this.#open.keys().next().value!)
      file = await this.#begin(values)
    }
    this.#open.delete(key)
    this.#open.set(key, file)
    return file
  }

  async #begin(partition: readonly LiteralValue[]) {
    const { access, url: tableUrl } = this.#target
    const { metadata, context, staged } = this.#options
    if (staged?.replacedVersion === 0 && this.#created.length === 0) await markUnfinished(this.#target)
    const name = `${String(this.#created.length + 1).padStart(5, '0')}-${this.#writeId}.parquet`
    const folder = partitionFolder(this.#spec, partition)
    const parts = ['data', ...(folder === '' ? [] : [folder]), name]
    const url = joinLocation(tableUrl, ...parts)
    this.#created.push(url)
    const storage = access.storageFor(url)
    const writer = await createDataFile({
      url,
      storage,
      context,
      schema: this.#schema,
      specId: this.#spec.id,
      partition,
      codec: codecOf(metadata.properties),
      infiniteTimes: keepsInfiniteTimes(metadata.properties),
    })
    return { writer, path: joinLocation(metadata.location, ...parts) }
  }

  async #close(key: string): Promise<void> {
    const { writer, path } = this.#open.get(key)!
    const file = await writer.finish()
    this.#open.delete(key)
    this.#staged.push({ ...file, path })
  }

  /** Finishes the files of the rows appended so far. */
  async closeFiles(): Promise<void> {
    for (const buffer of this.#buffers.values()) await this.#writeBuffer(buffer)
    for (const key of this.#open.keys()) await this.#close(key)
  }

  async commit(): Promise<Committed> {
    await this.closeFiles()
    const snapshotId = randomSnapshotId()
    const { removed = NOTHING, check } = this.removal ?? {}
    // A statement that changes no row leaves no snapshot.
    if (check !== undefined && removed.size === 0 && this.#staged.length === 0) return { rowCount: 0, snapshotId }
    const change = { snapshotId, files: this.#staged, removed, ...(check === undefined ? {} : { check }) }
    try {
      await this.#publish({ kind: 'snapshot', change })
      this.#created.length = 0
    } catch (error) {
      // The files may be part of a snapshot: they stay.
      if (isCommitUnknown(error)) this.#created.length = 0
      throw error
    }
    const data = this.#staged.filter(({ content }) => content === 'data')
    return { rowCount: data.reduce((sum, file) => sum + file.rowCount, 0), snapshotId }
  }

  async #publish(step: TableStep): Promise<void> {
    const { publish } = this.#options
    if (publish === undefined) await commitSteps(this.#target, this.#options, [step])
    else await publish(step, [...this.#created])
  }

  /** Deletes what was written; after a commit that happened there is nothing to delete. Never throws. */
  async abort(): Promise<void> {
    this.#buffers.clear()
    for (const { writer } of this.#open.values()) await writer.abandon()
    this.#open.clear()
    if (this.#created.length === 0) return
    await deleteQuietly(this.#target, this.#created.splice(0))
    if (this.#options.staged?.replacedVersion === 0) await unmarkUnfinished(this.#target).catch(() => undefined)
  }
}

/**
 * 23502 for a NULL in a column or nested field that has none. What lies in a NULL struct is no value: those `absent` slots may
 * be empty.
 */
function checkRequired(fields: readonly Field[], data: readonly ArrowData[], absent: number, path: string): void {
  fields.forEach(({ name, nullable, type }, i) => {
    const column = data[i]!
    const { nullCount } = column
    if (!nullable && nullCount > absent) {
      throw new SqlError('23502', `null value in column "${path}${name}" violates not-null constraint`)
    }
    switch (type.kind) {
      case 'struct':
        return checkRequired(type.fields, column.children, nullCount, `${path}${name}.`)
      case 'list':
        return checkRequired([type.element], column.children, 0, `${path}${name}.`)
      case 'map':
        return checkRequired(
          [{ ...type.key, nullable: false }, type.value],
          column.children[0]!.children,
          0,
          `${path}${name}.`,
        )
      default:
        return undefined
    }
  })
}
