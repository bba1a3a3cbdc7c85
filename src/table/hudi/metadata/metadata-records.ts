/**
 * Records of a partition of the metadata table: those of its base HFiles, changed by the HFile and delete blocks of its logs, oldest first.
 *
 * Keys are sorted in each file, so that only the blocks are read in which keys of some prefixes can be.
 */
import { Arena } from '../../../core/arena.ts'
import { ResourceError, corrupt, unsupported } from '../../../core/errors.ts'
import { parseExactJson } from '../../../core/exact-json.ts'
import { VARCHAR } from '../../../core/types.ts'
import { valueAt } from '../../../core/vector-values.ts'
import { AvroCursor } from '../../../format/avro/cursor.ts'
import { type AvroObject, type Decode, compileDecoder } from '../../../format/avro/decoder.ts'
import { parseAvroSchema } from '../../../format/avro/schema.ts'
import type { CellCursor } from '../../../format/hfile/cell-cursor.ts'
import { type ByteSource, HFileReader } from '../../../format/hfile/hfile-reader.ts'
import { compareBytes } from '../../../format/hfile/row-order.ts'
import { ByteCursor } from '../../../format/hudi-log/byte-cursor.ts'
import { DeleteRecords } from '../../../format/hudi-log/delete-records.ts'
import { HEADER_KEYS, type LogBlock } from '../../../format/hudi-log/log-blocks.ts'
import type { SyncFile } from '../../../storage/storage.ts'
import { metadataReadContext } from '../../metadata-reader.ts'
import type { FileSlice } from '../file-slices.ts'
import { committedBlocks } from '../log-blocks-of.ts'
import type { MetadataPartition, MetadataTable } from './metadata-table.ts'

/** Which keys are wanted: all, or those that begin with one of these. */
export type WantedKeys = 'all' | readonly string[]

/** The newest record of two with the same key, or what both say together. */
export type Combine = (older: AvroObject, newer: AvroObject) => AvroObject

const newest: Combine = (_, newer) => newer

/** Records kept at most: indexes of more are not worth reading to plan a query. */
const RECORDS_MAX = 2_000_000
const BLOCK_BYTES_MAX = 1 << 30

/** Records by key. XX001 for damaged files, 0A000 for blocks of other kinds, 54000 for too many records. */
export function readMetadataRecords(
  { snapshot, slices, view }: MetadataTable,
  partition: MetadataPartition,
  wanted: WantedKeys,
  combine: Combine = newest,
): ReadonlyMap<string, AvroObject> {
  const collector = new RecordCollector(wanted, combine)
  for (const slice of slices.get(partition) ?? []) readSlice({ snapshot, view }, slice, collector)
  return collector.records
}

/** The same for each file slice: where a key may have a record in several of them. */
export function* readRecordsBySlice(
  { snapshot, slices, view }: MetadataTable,
  partition: MetadataPartition,
  wanted: WantedKeys,
): Generator<ReadonlyMap<string, AvroObject>> {
  for (const slice of slices.get(partition) ?? []) {
    const collector = new RecordCollector(wanted, newest)
    readSlice({ snapshot, view }, slice, collector)
    yield collector.records
  }
}

function readSlice(
  { snapshot, view }: Pick<MetadataTable, 'snapshot' | 'view'>,
  slice: FileSlice,
  collector: RecordCollector,
): void {
  readBase(snapshot, slice, collector)
  for (const { log, block } of committedBlocks(snapshot.access, slice.logs, view)) {
    const file = snapshot.access.storageFor(log.url).openSync(log.url)
    try {
      readBlock(file, block, collector)
    } finally {
      file.close()
    }
  }
}

function readBase({ access }: MetadataTable['snapshot'], { base }: FileSlice, collector: RecordCollector): void {
  if (base === undefined) return
  if (base.format !== 'hfile') throw unsupported(`a metadata table with ${base.format} files`)
  const file = access.storageFor(base.url).openSync(base.url)
  try {
    collector.addFile(partOf(file, 0, file.byteCount))
  } finally {
    file.close()
  }
}

function readBlock(file: SyncFile, block: LogBlock, collector: RecordCollector): void {
  const { kind, contentStart, contentBytes, header } = block
  if (kind === 'hfile') {
    collector.addFile(partOf(file, contentStart, contentBytes), header.get(HEADER_KEYS.schema))
    return
  }
  if (kind !== 'delete') throw unsupported(`a metadata table with ${kind} blocks`, { detail: `file "${file.url}"` })
  if (contentBytes > BLOCK_BYTES_MAX) throw corrupt(file.url, `a log block of ${contentBytes} bytes`)
  const context = metadataReadContext()
  const { memory } = context
  const arena = new Arena(memory, 'deletes of a metadata table')
  try {
    const pointer = arena.allocate(contentBytes)
    file.readSync(memory.u8.subarray(pointer, pointer + contentBytes), contentStart)
    const records = new DeleteRecords(new ByteCursor(memory.u8, pointer, pointer + contentBytes, file.url))
    const keys = records.column({ ...context, arena }, { names: ['_hoodie_record_key'], type: VARCHAR, children: [] })
    for (let row = 0; row < records.rowCount; row++) collector.delete(valueAt(memory, keys, row))
  } finally {
    arena.free()
  }
}

function partOf(file: SyncFile, from: number, byteCount: number): ByteSource {
  return {
    url: file.url,
    byteCount,
    bytes(start, end) {
      const bytes = new Uint8Array(end - start)
      file.readSync(bytes, from + start)
      return bytes
    },
  }
}

class RecordCollector {
  readonly records = new Map<string, AvroObject>()
  /** In order, none the beginning of another. */
  readonly #prefixes: readonly Uint8Array[] | undefined
  readonly #combine: Combine
  readonly #decoders = new Map<string, Decode>()

  constructor(wanted: WantedKeys, combine: Combine) {
    this.#combine = combine
    if (wanted === 'all') return
    const sorted = wanted.map((text) => new TextEncoder().encode(text)).toSorted(compareBytes)
    this.#prefixes = sorted.filter((prefix, i) => i === 0 || !beginsWith(prefix, sorted[i - 1]!))
  }

  /** The records of an HFile; `schema`: of its values, where the file does not say. */
  addFile(source: ByteSource, schema?: string): void {
    const reader = new HFileReader(source)
    const own = reader.info('schema')
    const text = own === undefined ? schema : new TextDecoder().decode(own)
    if (reader.entryCount === 0) return
    if (text === undefined) throw corrupt(source.url, 'an HFile of a metadata table without a schema')
    const decode = this.#decoderOf(text, source.url)
    if (this.#prefixes === undefined) {
      for (const cells of reader.blocks()) while (cells.next()) this.#add(cells, decode, source.url)
      return
    }
    for (const prefix of this.#prefixes) {
      for (const cells of reader.blocksFrom(prefix)) {
        if (!this.#addBeginning(cells, prefix, decode, source.url)) break
      }
    }
  }

  delete(key: unknown): void {
    if (typeof key === 'string') this.records.delete(key)
  }

  /** False when no further block can have keys that begin so. */
  #addBeginning(cells: CellCursor, prefix: Uint8Array, decode: Decode, url: string): boolean {
    while (cells.next()) {
      const row = rowOf(cells)
      if (beginsWith(row, prefix)) this.#add(cells, decode, url)
      else if (compareBytes(row, prefix) > 0) return false
    }
    return true
  }

  #add(cells: CellCursor, decode: Decode, url: string): void {
    const key = new TextDecoder().decode(rowOf(cells))
    // A value of no bytes is a delete.
    if (cells.valueLength === 0) {
      this.records.delete(key)
      return
    }
    const value = cells.bytes.subarray(cells.valueStart, cells.valueStart + cells.valueLength)
    const record = decode(new AvroCursor(value, url)) as AvroObject
    const older = this.records.get(key)
    this.records.set(key, older === undefined ? record : this.#combine(older, record))
    if (this.records.size > RECORDS_MAX)
      throw new ResourceError('54000', `more than ${RECORDS_MAX} records in "${url}"`)
  }

  #decoderOf(schema: string, url: string): Decode {
    let decode = this.#decoders.get(schema)
    if (decode === undefined) {
      const type = parseAvroSchema(parseExactJson(schema, url), url)
      if (type.kind !== 'record') throw corrupt(url, 'the schema of a metadata table is no record')
      this.#decoders.set(schema, (decode = compileDecoder(type)))
    }
    return decode
  }
}

function rowOf({ key, rowLength }: CellCursor): Uint8Array {
  return key.subarray(2, 2 + rowLength)
}

function beginsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, i) => bytes[i] === byte)
}
