/**
 * Page headers.
 *
 * Spec: parquet-format 2.11, parquet.thrift, PageHeader; README.md, "Data Pages".
 */
import { ThriftReader, TYPE_STRUCT } from './thrift.ts'

export const ENCODING_PLAIN = 0
export const ENCODING_PLAIN_DICTIONARY = 2
export const ENCODING_RLE = 3
export const ENCODING_DELTA_BINARY_PACKED = 5
export const ENCODING_DELTA_LENGTH_BYTE_ARRAY = 6
export const ENCODING_DELTA_BYTE_ARRAY = 7
export const ENCODING_RLE_DICTIONARY = 8
export const ENCODING_BYTE_STREAM_SPLIT = 9

export type PageKind = 'data' | 'data-v2' | 'dictionary' | 'other'

export interface PageHeader {
  readonly kind: PageKind
  /** Bytes after decompression, levels included. */
  readonly byteCount: number
  /** Bytes in the file after the header. */
  readonly compressedByteCount: number
  /** CRC-32 of these bytes; -1: the writer made none. */
  readonly checksum: number
  /** Values, NULLs included; entries of a dictionary. */
  readonly valueCount: number
  /** Version 2 pages only. */
  readonly rowCount: number
  readonly encoding: number
  /** Encodings of the levels of version 1 pages. */
  readonly definitionEncoding: number
  readonly repetitionEncoding: number
  /** Bytes of the levels of version 2 pages. */
  readonly definitionByteCount: number
  readonly repetitionByteCount: number
  /** False in version 2 pages whose values were left as they are. */
  readonly isCompressed: boolean
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Reads the header at the reader's position, which is at the page's body afterwards. */
export function readPageHeader(reader: ThriftReader): PageHeader {
  const header: Mutable<PageHeader> = {
    kind: 'other',
    byteCount: 0,
    compressedByteCount: 0,
    checksum: -1,
    valueCount: 0,
    rowCount: 0,
    encoding: -1,
    definitionEncoding: ENCODING_RLE,
    repetitionEncoding: ENCODING_RLE,
    definitionByteCount: 0,
    repetitionByteCount: 0,
    isCompressed: true,
  }
  reader.beginStruct()
  while (reader.nextField()) {
    switch (reader.fieldId) {
      case 2:
        header.byteCount = reader.readCount()
        break
      case 3:
        header.compressedByteCount = reader.readCount()
        break
      case 4:
        header.checksum = reader.readInt() >>> 0
        break
      case 5:
      case 7:
        reader.expect(TYPE_STRUCT)
        readVersion1(reader, header)
        break
      case 8:
        reader.expect(TYPE_STRUCT)
        readVersion2(reader, header)
        break
      default:
        reader.skipField()
    }
  }
  return header
}

/** DataPageHeader and DictionaryPageHeader begin alike. */
function readVersion1(reader: ThriftReader, header: Mutable<PageHeader>): void {
  header.kind = reader.fieldId === 5 ? 'data' : 'dictionary'
  const outer = reader.beginStruct()
  while (reader.nextField()) {
    if (reader.fieldId === 1) header.valueCount = reader.readCount()
    else if (reader.fieldId === 2) header.encoding = reader.readInt()
    else if (reader.fieldId === 3 && header.kind === 'data') header.definitionEncoding = reader.readInt()
    else if (reader.fieldId === 4 && header.kind === 'data') header.repetitionEncoding = reader.readInt()
    else reader.skipField()
  }
  reader.endStruct(outer)
}

function readVersion2(reader: ThriftReader, header: Mutable<PageHeader>): void {
  header.kind = 'data-v2'
  const outer = reader.beginStruct()
  while (reader.nextField()) {
    switch (reader.fieldId) {
      case 1:
        header.valueCount = reader.readCount()
        break
      case 3:
        header.rowCount = reader.readCount()
        break
      case 4:
        header.encoding = reader.readInt()
        break
      case 5:
        header.definitionByteCount = reader.readCount()
        break
      case 6:
        header.repetitionByteCount = reader.readCount()
        break
      case 7:
        header.isCompressed = reader.readBool()
        break
      default:
        reader.skipField()
    }
  }
  reader.endStruct(outer)
}

/** Whether values are codes into the dictionary. */
export function isDictionaryEncoding(encoding: number): boolean {
  return encoding === ENCODING_PLAIN_DICTIONARY || encoding === ENCODING_RLE_DICTIONARY
}
