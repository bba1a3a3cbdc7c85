/**
 * Where the blocks of a container file lie, and a cache of that: one small read a block, no block's bytes.
 *
 * Consecutive blocks are put together to row groups: blocks hold some 16 to 64 KiB, too few rows to be worth a start of their own.
 *
 * Spec: Apache Avro 1.12, "Object Container Files".
 */
import { corrupt } from '../../core/errors.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { FooterCache } from '../footer-cache.ts'
import { type AvroHeader, parseHeader } from './container.ts'
import { AvroCursor } from './cursor.ts'
import { type AvroNode, avroNodes } from './file-node.ts'
import type { AvroRecord, AvroType } from './schema.ts'
import { bytesMin } from './skip.ts'

const HEADER_BYTES = 16 << 10
const HEADER_BYTES_MAX = 64 << 20
const SYNC_BYTES = 16
/** Two varints of at most ten bytes each. */
const BLOCK_HEAD_BYTES = 20
const BLOCK_BYTES_MAX = 256 << 20
/** A row group ends when it has so many bytes or rows. */
const GROUP_BYTES = 1 << 20
const GROUP_ROWS = 16_384
/** The column of a file that holds no records, as DuckDB calls it. */
const VALUE_COLUMN = 'avro_schema'
/** Rows of a block whose records take no bytes. */
const EMPTY_RECORDS_MAX = 1 << 20

export interface AvroBlock {
  /** Where the compressed records lie. */
  readonly start: number
  readonly byteCount: number
  readonly rowCount: number
}

export interface AvroGroup {
  readonly blocks: readonly AvroBlock[]
  readonly rowCount: number
  readonly firstRow: number
  readonly byteOffset: number
  readonly byteCount: number
}

export interface AvroIndex {
  readonly header: AvroHeader
  /** The columns' record; of files that hold other values one with a field for them. */
  readonly record: AvroRecord
  /** What a value is: the record, or a union of it and null. */
  readonly written: AvroType
  readonly columns: readonly AvroNode[]
  readonly groups: readonly AvroGroup[]
  readonly rowCount: number
}

const cache = new FooterCache<AvroIndex>(64 << 20)

/** The file's header and blocks, from the cache or read now. Errors: XX001. */
export function readAvroIndex(file: SyncFile): AvroIndex {
  return cache.get(file, () => {
    const value = readIndex(file)
    const blocks = value.groups.reduce((sum, group) => sum + group.blocks.length, 0)
    return { value, byteCount: (value.header.metadata.get('avro.schema') ?? '').length + blocks * 64 }
  })
}

function readIndex(file: SyncFile): AvroIndex {
  const { header, sync, start } = readHeader(file)
  const own = recordOf(header.schema)
  const record = own ?? recordOfValues(header.schema)
  const least = bytesMin(header.schema)
  const groups: AvroGroup[] = []
  let blocks: AvroBlock[] = []
  let [rows, bytes, firstRow, offset] = [0, 0, 0, start]
  const endGroup = (): void => {
    if (blocks.length === 0) return
    groups.push({ blocks, rowCount: rows, firstRow, byteOffset: offset, byteCount: bytes })
    firstRow += rows
    ;[blocks, rows, bytes] = [[], 0, 0]
  }
  const head = new Uint8Array(BLOCK_HEAD_BYTES + SYNC_BYTES)
  for (let position = start; position < file.byteCount;) {
    const block = readBlockHead(file, position, head)
    checkBlock(file, block, { position, sync, least: isCompressed(header) ? 0 : least, isEmpty: least === 0 })
    if (blocks.length > 0 && (bytes + block.byteCount > GROUP_BYTES || rows + block.rowCount > GROUP_ROWS)) endGroup()
    if (blocks.length === 0) offset = position
    if (block.rowCount > 0) {
      blocks.push(block)
      rows += block.rowCount
      bytes += block.byteCount
    }
    position = block.start + block.byteCount + SYNC_BYTES
  }
  endGroup()
  const written = own === undefined ? record : header.schema
  return { header, record, written, columns: avroNodes(record), groups, rowCount: firstRow }
}

/** The record that a file's values are, or are unless they are null. */
function recordOf(schema: AvroType): AvroRecord | undefined {
  if (schema.kind === 'record') return schema
  if (schema.kind !== 'union') return undefined
  const [record, ...others] = schema.branches.filter(({ kind }) => kind !== 'null')
  return record?.kind === 'record' && others.length === 0 ? record : undefined
}

/** For files of other values than records: a record of one field is written as its field is. */
function recordOfValues(schema: AvroType): AvroRecord {
  return { kind: 'record', name: '', aliases: [], fields: [{ name: VALUE_COLUMN, aliases: [], type: schema }] }
}

function isCompressed({ codec }: AvroHeader): boolean {
  return codec !== 'null'
}

function readHeader(file: SyncFile): { header: AvroHeader; sync: Uint8Array; start: number } {
  for (let length = HEADER_BYTES; ; length *= 4) {
    const bytes = new Uint8Array(Math.min(length, file.byteCount))
    file.readSync(bytes, 0)
    const cursor = new AvroCursor(bytes, file.url)
    try {
      return { ...parseHeader(cursor, file.url), start: cursor.position }
    } catch (error) {
      // A header longer than what was read looks damaged: read more, unless that was all.
      if (bytes.length === file.byteCount || length > HEADER_BYTES_MAX) throw error
    }
  }
}

function readBlockHead(file: SyncFile, position: number, into: Uint8Array): AvroBlock {
  const bytes = into.subarray(0, Math.min(BLOCK_HEAD_BYTES, file.byteCount - position))
  file.readSync(bytes, position)
  const cursor = new AvroCursor(bytes, file.url)
  const rowCount = cursor.count('record count')
  const byteCount = cursor.count('block size')
  return { start: position + cursor.position, byteCount, rowCount }
}

function checkBlock(
  file: SyncFile,
  { start, byteCount, rowCount }: AvroBlock,
  { position, sync, least, isEmpty }: { position: number; sync: Uint8Array; least: number; isEmpty: boolean },
): void {
  const end = start + byteCount
  if (byteCount > BLOCK_BYTES_MAX || end + SYNC_BYTES > file.byteCount) {
    throw corrupt(file.url, `a block of ${byteCount} bytes at offset ${position} does not fit the file`)
  }
  // A compressed block may hold a thousand times its bytes.
  const most = isEmpty ? EMPTY_RECORDS_MAX : least > 0 ? byteCount / least : byteCount * 1100 + 100_000
  if (rowCount > most) throw corrupt(file.url, `${rowCount} records do not fit the block at offset ${position}`)
  const found = new Uint8Array(SYNC_BYTES)
  file.readSync(found, end)
  if (!found.every((byte, i) => byte === sync[i])) throw corrupt(file.url, `sync marker expected at offset ${end}`)
}
