/**
 * One column chunk's metadata, decoded from the footer when a reader asks for it.
 *
 * Spec: parquet-format 2.11, parquet.thrift, ColumnChunk, ColumnMetaData, Statistics.
 */
import { type ColumnChunk, type RawStatistics, PHYSICAL_TYPES } from './metadata.ts'
import { ThriftReader, TYPE_BINARY, TYPE_LIST, TYPE_STRUCT } from './thrift.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** How a chunk is encrypted, if it is. */
export interface ChunkCrypto {
  /** The column that has a key of its own; absent: the footer's. */
  readonly keyPath?: readonly string[]
  /** ColumnMetaData as an encrypted module. */
  readonly encryptedMetadata?: Uint8Array
}

function emptyChunk(): Mutable<ColumnChunk & ChunkCrypto> {
  return {
    physical: undefined,
    path: '',
    codec: 0,
    valueCount: 0,
    compressedByteCount: 0,
    uncompressedByteCount: 0,
    dataPageOffset: 0,
    isEncrypted: false,
    isElsewhere: false,
  }
}

/** Decodes a ColumnMetaData that stands by itself. */
export function readColumnMetadataBytes(bytes: Uint8Array): Omit<ColumnChunk, 'isEncrypted' | 'isElsewhere'> {
  const chunk = emptyChunk()
  readColumnMetadata(new ThriftReader(bytes), chunk)
  const { isEncrypted: _, isElsewhere: _1, ...metadata } = chunk
  return metadata
}

/** Decodes the ColumnChunk that begins at `position` of the footer. */
export function readColumnChunk(footer: Uint8Array, position: number): ColumnChunk & ChunkCrypto {
  const reader = new ThriftReader(footer, position)
  const chunk = emptyChunk()
  let hasMetadata = false
  reader.beginStruct()
  while (reader.nextField()) {
    switch (reader.fieldId) {
      case 1:
        chunk.isElsewhere = true
        reader.skipField()
        break
      case 3:
        reader.expect(TYPE_STRUCT)
        readColumnMetadata(reader, chunk)
        hasMetadata = true
        break
      case 4:
        chunk.offsetIndexOffset = reader.readOffset()
        break
      case 5:
        chunk.offsetIndexByteCount = reader.readCount()
        break
      case 6:
        chunk.columnIndexOffset = reader.readOffset()
        break
      case 7:
        chunk.columnIndexByteCount = reader.readCount()
        break
      case 8:
        chunk.isEncrypted = true
        reader.expect(TYPE_STRUCT)
        readCrypto(reader, chunk)
        break
      case 9:
        reader.expect(TYPE_BINARY)
        chunk.encryptedMetadata = reader.readBinary()
        break
      default:
        reader.skipField()
    }
  }
  // Encrypted columns have their metadata encrypted too.
  if (!hasMetadata) chunk.isEncrypted = true
  return chunk
}

/** A union: with the footer's key, or with one of its own. */
function readCrypto(reader: ThriftReader, chunk: Mutable<ChunkCrypto>): void {
  const outer = reader.beginStruct()
  while (reader.nextField()) {
    if (reader.fieldId === 2) {
      reader.expect(TYPE_STRUCT)
      chunk.keyPath = readPath(reader)
    } else reader.skipField()
  }
  reader.endStruct(outer)
}

function readPath(reader: ThriftReader): readonly string[] {
  const path: string[] = []
  const outer = reader.beginStruct()
  while (reader.nextField()) {
    if (reader.fieldId === 1) {
      reader.expect(TYPE_LIST)
      const count = reader.readListHeader(TYPE_BINARY)
      for (let i = 0; i < count; i++) path.push(reader.readString())
    } else reader.skipField()
  }
  reader.endStruct(outer)
  return path
}

function readColumnMetadata(reader: ThriftReader, chunk: Mutable<ColumnChunk>): void {
  const outer = reader.beginStruct()
  while (reader.nextField()) {
    switch (reader.fieldId) {
      case 1:
        chunk.physical = PHYSICAL_TYPES[reader.readInt()]
        break
      case 3: {
        reader.expect(TYPE_LIST)
        const count = reader.readListHeader(TYPE_BINARY)
        for (let i = 0; i < count; i++) chunk.path += `${reader.readString()}\0`
        break
      }
      case 4:
        chunk.codec = reader.readInt()
        break
      case 5:
        chunk.valueCount = reader.readOffset()
        break
      case 6:
        chunk.uncompressedByteCount = reader.readInt()
        break
      case 7:
        chunk.compressedByteCount = reader.readOffset()
        break
      case 9:
        chunk.dataPageOffset = reader.readOffset()
        break
      case 11:
        chunk.dictionaryPageOffset = reader.readOffset()
        break
      case 12:
        reader.expect(TYPE_STRUCT)
        chunk.statistics = readStatistics(reader)
        break
      case 14:
        chunk.bloomFilterOffset = reader.readOffset()
        break
      case 15:
        chunk.bloomFilterByteCount = reader.readCount()
        break
      default:
        reader.skipField()
    }
  }
  reader.endStruct(outer)
}

/** Decodes a Statistics struct, from its first field on. */
export function readStatistics(reader: ThriftReader): RawStatistics {
  const statistics: Mutable<RawStatistics> = {}
  const outer = reader.beginStruct()
  while (reader.nextField()) {
    switch (reader.fieldId) {
      case 1:
        reader.expect(TYPE_BINARY)
        statistics.oldMax = reader.readBinary()
        break
      case 2:
        reader.expect(TYPE_BINARY)
        statistics.oldMin = reader.readBinary()
        break
      case 3:
        statistics.nullCount = reader.readInt()
        break
      case 4:
        statistics.distinctCount = reader.readInt()
        break
      case 5:
        reader.expect(TYPE_BINARY)
        statistics.max = reader.readBinary()
        break
      case 6:
        reader.expect(TYPE_BINARY)
        statistics.min = reader.readBinary()
        break
      case 7:
        statistics.maxIsExact = reader.readBool()
        break
      case 8:
        statistics.minIsExact = reader.readBool()
        break
      case 9:
        statistics.nanCount = reader.readInt()
        break
      default:
        reader.skipField()
    }
  }
  reader.endStruct(outer)
  return statistics
}
