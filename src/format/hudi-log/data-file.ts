/**
 * A Hudi log file as a data file: one row group a block that has rows (Avro records, HFiles of Avro records, deletes), and the row groups of
 * Parquet blocks.
 *
 * A block's row group has the block's offset, so that a split of a task can mean one block. Blocks of a file may have different schemas: targets are
 * bound block by block. Corrupt blocks, commands and change data have no rows here.
 */
import { Arena } from '../../core/arena.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import { parseExactJson } from '../../core/exact-json.ts'
import type { Selection, Vector } from '../../core/vector.ts'
import { sliceVector } from '../../core/vector-values.ts'
import type { Expr } from '../../expr/expr.ts'
import { gatherVector } from '../../expr/gather.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { type AvroRecord, type AvroType, parseAvroSchema } from '../avro/schema.ts'
import { bytesMin } from '../avro/skip.ts'
import { FooterCache } from '../footer-cache.ts'
import type {
  BoundFile,
  ColumnRange,
  DataFile,
  FileField,
  FileFormat,
  ReadContext,
  RowGroupInfo,
  RowGroupReader,
  RowRange,
  TargetField,
} from '../format.ts'
import { type ByteSource, HFileReader } from '../hfile/hfile-reader.ts'
import { parquetFormat } from '../parquet/index.ts'
import { ByteCursor } from './byte-cursor.ts'
import { recordBuilders } from './column-builders.ts'
import { DeleteRecords } from './delete-records.ts'
import { HEADER_KEYS, type LogBlock, readLogBlocks } from './log-blocks.ts'

/** Blocks are remembered by their headers; a header is mostly the schema. */
const CACHE_BYTES = 16 << 20
const CONTENT_BYTES_MAX = 2 ** 30

const blockCache = new FooterCache<readonly LogBlock[]>(CACHE_BYTES)

export const hudiLogFormat: FileFormat = {
  name: 'hudi-log',
  open: (file, context) => new LogDataFile(file, context),
}

/** The blocks of a log file. */
export function logBlocksOf(file: SyncFile): readonly LogBlock[] {
  return blockCache.get(file, () => {
    const value = readLogBlocks({
      url: file.url,
      byteCount: file.byteCount,
      bytes(start, end) {
        const bytes = new Uint8Array(end - start)
        file.readSync(bytes, start)
        return bytes
      },
    })
    return {
      value,
      byteCount: value.reduce((sum, { header }) => sum + 200 + (header.get(HEADER_KEYS.schema)?.length ?? 0), 0),
    }
  })
}

/** The schema of a block's records; XX001 when there is none. */
export function schemaOfBlock({ header, start }: LogBlock, url: string): AvroRecord {
  const text = header.get(HEADER_KEYS.schema)
  if (text === undefined) throw corrupt(url, `the log block at byte ${start} has no schema`)
  const type: AvroType = parseAvroSchema(parseExactJson(text, url), url)
  if (type.kind !== 'record') throw corrupt(url, `the schema of the log block at byte ${start} is no record`)
  return type
}

/** A block, or a row group of a Parquet block. */
interface LogRowGroup {
  readonly block: LogBlock
  readonly info: RowGroupInfo
  /** Of a Parquet block: the file in it, and the row group there. */
  readonly inner?: { readonly file: DataFile; readonly rowGroup: number } | undefined
}

class LogDataFile implements DataFile {
  readonly rowCount: number
  readonly rowGroups: readonly RowGroupInfo[]
  readonly fields: readonly FileField[] = []
  readonly #file: SyncFile
  readonly #context: ReadContext
  readonly #groups: readonly LogRowGroup[]

  constructor(file: SyncFile, context: ReadContext) {
    this.#file = file
    this.#context = context
    const groups: LogRowGroup[] = []
    let firstRow = 0
    for (const block of logBlocksOf(file)) {
      for (const { rowCount, ...rest } of this.#groupsOf(block)) {
        const info = { rowCount, firstRow, byteOffset: block.start, byteCount: block.end - block.start }
        groups.push({ block, info, ...rest })
        firstRow += rowCount
      }
    }
    this.#groups = groups
    this.rowGroups = groups.map(({ info }) => info)
    this.rowCount = firstRow
  }

  bind(targets: readonly TargetField[]): BoundFile {
    return new LogBoundFile(this.#file, this.#context, this.#groups, targets)
  }

  #groupsOf(block: LogBlock): { rowCount: number; inner?: LogRowGroup['inner'] }[] {
    const { url } = this.#file
    switch (block.kind) {
      case 'command':
      case 'corrupt':
        return []
      case 'avro':
      case 'cdc': {
        const head = this.#content(block, 8)
        const rowCount = new DataView(head.buffer).getInt32(4)
        if (rowCount < 0 || rowCount > block.contentBytes / 4) {
          throw corrupt(url, `the log block at byte ${block.start} cannot hold ${rowCount} records`)
        }
        return [{ rowCount }]
      }
      case 'delete': {
        const bytes = this.#content(block, block.contentBytes)
        return [{ rowCount: new DeleteRecords(new ByteCursor(bytes, 0, bytes.length, url)).rowCount }]
      }
      case 'parquet': {
        const file = parquetFormat.open(new FilePart(this.#file, block), this.#context)
        return file.rowGroups.map(({ rowCount }, rowGroup) => ({ rowCount, inner: { file, rowGroup } }))
      }
      case 'hfile': {
        const { entryCount: rowCount } = new HFileReader(new FilePart(this.#file, block))
        return [{ rowCount }]
      }
    }
  }

  #content({ contentStart, contentBytes, start }: LogBlock, byteCount: number): Uint8Array {
    if (byteCount > contentBytes) throw corrupt(this.#file.url, `the log block at byte ${start} is cut`)
    const bytes = new Uint8Array(byteCount)
    this.#file.readSync(bytes, contentStart)
    return bytes
  }
}

/** The content of a block as a file of its own. */
class FilePart implements SyncFile, ByteSource {
  readonly url: string
  readonly byteCount: number
  readonly modifiedMs: number
  readonly #file: SyncFile
  readonly #start: number

  constructor(file: SyncFile, { contentStart, contentBytes }: LogBlock) {
    this.#file = file
    this.#start = contentStart
    this.byteCount = contentBytes
    this.modifiedMs = file.modifiedMs
    // What is remembered of files is known by their url.
    this.url = `${file.url}#${contentStart}`
  }

  readSync(into: Uint8Array, start: number): void {
    if (start + into.length > this.byteCount) throw corrupt(this.url, 'the file ends too early')
    this.#file.readSync(into, this.#start + start)
  }

  bytes(start: number, end: number): Uint8Array {
    const bytes = new Uint8Array(end - start)
    this.readSync(bytes, start)
    return bytes
  }

  close(): void {
    // The log file is closed by who opened it.
  }
}

class LogBoundFile implements BoundFile {
  readonly #file: SyncFile
  readonly #context: ReadContext
  readonly #groups: readonly LogRowGroup[]
  readonly #targets: readonly TargetField[]
  readonly #inner = new Map<DataFile, BoundFile>()

  constructor(file: SyncFile, context: ReadContext, groups: readonly LogRowGroup[], targets: readonly TargetField[]) {
    this.#file = file
    this.#context = context
    this.#groups = groups
    this.#targets = targets
  }

  statistics(rowGroup: number, column: number): ColumnRange | undefined {
    const { inner } = this.#groups[rowGroup]!
    return inner && this.#innerFile(inner.file).statistics(inner.rowGroup, column)
  }

  mightMatch(rowGroup: number, predicate: Expr): boolean {
    const { inner } = this.#groups[rowGroup]!
    return inner === undefined || this.#innerFile(inner.file).mightMatch(inner.rowGroup, predicate)
  }

  openRowGroup(rowGroup: number): RowGroupReader {
    const { block, info, inner } = this.#groups[rowGroup]!
    if (inner !== undefined) return this.#innerFile(inner.file).openRowGroup(inner.rowGroup)
    return new BlockReader(this.#file, this.#context, block, info.rowCount, this.#targets)
  }

  #innerFile(file: DataFile): BoundFile {
    let bound = this.#inner.get(file)
    if (bound === undefined) this.#inner.set(file, (bound = file.bind(this.#targets)))
    return bound
  }
}

/** Reads a block of records: all its rows at the first call. */
class BlockReader implements RowGroupReader {
  readonly rowCount: number
  bytesRead = 0
  readonly #file: SyncFile
  readonly #context: ReadContext
  readonly #block: LogBlock
  readonly #targets: readonly TargetField[]
  readonly #arena: Arena
  #columns: readonly Vector[] | undefined

  constructor(
    file: SyncFile,
    context: ReadContext,
    block: LogBlock,
    rowCount: number,
    targets: readonly TargetField[],
  ) {
    this.#file = file
    this.#context = context
    this.#block = block
    this.rowCount = rowCount
    this.#targets = targets
    this.#arena = new Arena(context.memory, 'a log block', 64 << 10)
  }

  candidateRanges(): readonly RowRange[] {
    return [{ start: 0, end: this.rowCount }]
  }

  prefetch(): void {
    // A block is read as a whole.
  }

  read(column: number, start: number, end: number, selection: Selection | null, arena: Arena): Vector {
    const part = sliceVector((this.#columns ??= this.#decode())[column]!, start, end - start)
    if (selection === null) return part
    return gatherVector({ memory: this.#context.memory, kernels: this.#context.kernels, arena }, part, selection)
  }

  close(): void {
    this.#arena.free()
  }

  #decode(): Vector[] {
    if (this.#block.kind === 'hfile') return this.#decodeHFile()
    const { contentStart, contentBytes, kind, start } = this.#block
    const { url } = this.#file
    const { memory, kernels } = this.#context
    if (contentBytes > CONTENT_BYTES_MAX) throw corrupt(url, `the log block at byte ${start} has ${contentBytes} bytes`)
    const pointer = this.#arena.allocate(contentBytes)
    this.#file.readSync(memory.u8.subarray(pointer, pointer + contentBytes), contentStart)
    this.bytesRead += contentBytes
    const cursor = new ByteCursor(memory.u8, pointer, pointer + contentBytes, url)
    const context = { memory, kernels, arena: this.#arena }
    if (kind === 'delete') {
      const records = new DeleteRecords(cursor)
      return this.#targets.map((target) => records.column(context, target))
    }
    const { fields } = schemaOfBlock(this.#block, url)
    const { steps, builders, missing } = recordBuilders(fields, this.#targets, 0)
    cursor.take(4)
    const rowCount = cursor.int32()
    if (rowCount !== this.rowCount) throw corrupt(url, `the log block at byte ${start} has changed`)
    const recordBytesMin = fields.reduce((sum, { type }) => sum + bytesMin(type), 0)
    for (let row = 0; row < rowCount; row++) {
      const length = cursor.int32()
      const end = cursor.position + length
      if (length < recordBytesMin || length > cursor.remaining) throw cursor.error(`a record of ${length} bytes`)
      for (const step of steps) step(cursor)
      for (const builder of missing) builder.addNull()
      if (cursor.position !== end) throw cursor.error('a record is not as long as it says')
    }
    return builders.map((builder) => builder.finish(context))
  }

  /** The values of an HFile's cells are records. */
  #decodeHFile(): Vector[] {
    const { url } = this.#file
    const { memory, kernels } = this.#context
    const { fields } = schemaOfBlock(this.#block, url)
    // Writers empty a field of this name, for the cell's key has its value.
    if (fields.some(({ name }) => name === 'key')) {
      throw unsupported('HFile blocks of a Hudi table with a column "key"', { detail: `file "${url}"` })
    }
    const { steps, builders, missing } = recordBuilders(fields, this.#targets, 0)
    let rowCount = 0
    for (const cells of new HFileReader(new FilePart(this.#file, this.#block)).blocks()) {
      // Texts stay where they are, so the block has to.
      const pointer = this.#arena.allocate(cells.bytes.length)
      memory.u8.set(cells.bytes, pointer)
      this.bytesRead += cells.bytes.length
      while (cells.next()) {
        const start = pointer + cells.valueStart
        const cursor = new ByteCursor(memory.u8, start, start + cells.valueLength, url)
        for (const step of steps) step(cursor)
        for (const builder of missing) builder.addNull()
        if (cursor.remaining > 0) throw cursor.error('a record is not as long as it says')
        rowCount++
      }
    }
    if (rowCount !== this.rowCount) throw corrupt(url, `the log block at byte ${this.#block.start} has changed`)
    return builders.map((builder) => builder.finish({ memory, kernels, arena: this.#arena }))
  }
}
