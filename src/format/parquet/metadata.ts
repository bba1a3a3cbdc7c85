/**
 * The footer's structures, decoded from Thrift: the schema at once, row groups' columns only when they are asked for
 * (49 row groups of 16 columns are 784 column chunks, of which a query needs a few).
 *
 * Spec: parquet-format 2.11, parquet.thrift.
 */
import { ThriftError, ThriftReader, TYPE_BINARY, TYPE_I64, TYPE_LIST, TYPE_STRUCT } from './thrift.ts'

export type PhysicalType =
  | 'BOOLEAN'
  | 'INT32'
  | 'INT64'
  | 'INT96'
  | 'FLOAT'
  | 'DOUBLE'
  | 'BYTE_ARRAY'
  | 'FIXED_LEN_BYTE_ARRAY'

/** Physical types by number. */
export const PHYSICAL_TYPES: readonly PhysicalType[] = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
]

/** Converted types by number (the older form of logical types). */
const CONVERTED_TYPES = (
  'UTF8 MAP MAP_KEY_VALUE LIST ENUM DECIMAL DATE TIME_MILLIS TIME_MICROS TIMESTAMP_MILLIS TIMESTAMP_MICROS ' +
  'UINT_8 UINT_16 UINT_32 UINT_64 INT_8 INT_16 INT_32 INT_64 JSON BSON INTERVAL'
).split(' ')

export type LogicalUnit = 'ms' | 'us' | 'ns'

export type LogicalType =
  | {
      readonly kind: 'string' | 'map' | 'list' | 'enum' | 'date' | 'null' | 'json' | 'bson' | 'uuid' | 'float16'
    }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'time' | 'timestamp'; readonly unit: LogicalUnit; readonly utc: boolean }
  | { readonly kind: 'integer'; readonly bits: number; readonly signed: boolean }
  | { readonly kind: 'variant' | 'geometry' | 'geography' }
  /** One that the specification did not have yet: the physical type counts. */
  | { readonly kind: 'unknown'; readonly field: number }

/** Bits of the repetition type. */
export type Repetition = 'required' | 'optional' | 'repeated'

export interface SchemaElement {
  readonly name: string
  readonly repetition: Repetition
  readonly physical?: PhysicalType
  /** Bytes of a FIXED_LEN_BYTE_ARRAY. */
  readonly typeLength: number
  readonly childCount: number
  /** Name of the converted type, the older form of the logical type: `UTF8`, `LIST`, ... */
  readonly converted?: string
  readonly logical?: LogicalType
  readonly precision: number
  readonly scale: number
  readonly fieldId?: number
}

export interface RawStatistics {
  /** Deprecated bounds: compared as signed bytes by old writers. */
  readonly oldMin?: Uint8Array
  readonly oldMax?: Uint8Array
  readonly min?: Uint8Array
  readonly max?: Uint8Array
  readonly minIsExact?: boolean
  readonly maxIsExact?: boolean
  readonly nullCount?: number
  readonly nanCount?: number
  readonly distinctCount?: number
}

export interface ColumnChunk {
  readonly physical: PhysicalType | undefined
  /** The names from the schema's root to the leaf, each followed by NUL; '' when the file does not say. */
  readonly path: string
  readonly codec: number
  readonly valueCount: number
  readonly compressedByteCount: number
  readonly uncompressedByteCount: number
  readonly dataPageOffset: number
  readonly dictionaryPageOffset?: number
  readonly statistics?: RawStatistics
  readonly bloomFilterOffset?: number
  readonly bloomFilterByteCount?: number
  readonly offsetIndexOffset?: number
  readonly offsetIndexByteCount?: number
  readonly columnIndexOffset?: number
  readonly columnIndexByteCount?: number
  /** Encrypted with a key of its own or the footer's: unreadable. */
  readonly isEncrypted: boolean
  /** The chunk lies in another file (never seen in the wild). */
  readonly isElsewhere: boolean
}

export interface RowGroupMetadata {
  readonly rowCount: number
  readonly totalByteCount: number
  readonly fileOffset?: number
  readonly compressedByteCount?: number
  /** Where each column chunk's structure begins in the footer. */
  readonly chunkPositions: readonly number[]
}

/** How a column's bounds were compared: by its type, by IEEE 754 total order, or in a way not known. */
export type ColumnOrder = 'type' | 'ieee754' | 'undefined'

export interface FileMetadata {
  readonly elements: readonly SchemaElement[]
  readonly rowCount: number
  readonly rowGroups: readonly RowGroupMetadata[]
  readonly createdBy: string
  /** One a leaf column; empty when the footer has none. */
  readonly columnOrders: readonly ColumnOrder[]
  /** The footer's bytes, for column chunks decoded later. */
  readonly footer: Uint8Array
}

/** Schema, number of rows, row groups. */
const REQUIRED_FIELDS = [2, 3, 4]
const ENCRYPTION_ALGORITHM = 8

/** What follows the FileMetaData of signed footers: nonce and tag. */
const SIGNATURE_BYTES = 28

/**
 * Decodes the footer's FileMetaData, which takes all of the bytes: a field that damage made the end of it is found so.
 *
 * @param isAuthentic The bytes were decrypted, so they are as they were written: others may follow the metadata.
 */
export function readFileMetadata(footer: Uint8Array, isAuthentic = false): FileMetadata {
  const reader = new ThriftReader(footer)
  const found = new Set<number>()
  let elements: SchemaElement[] = []
  let rowCount = 0
  let rowGroups: RowGroupMetadata[] = []
  let createdBy = ''
  let columnOrders: ColumnOrder[] = []
  reader.beginStruct()
  while (reader.nextField()) {
    found.add(reader.fieldId)
    switch (reader.fieldId) {
      case 2:
        elements = readList(reader, readSchemaElement)
        break
      case 3:
        reader.expect(TYPE_I64)
        rowCount = reader.readOffset()
        break
      case 4:
        rowGroups = readList(reader, readRowGroup)
        break
      case 6:
        reader.expect(TYPE_BINARY)
        createdBy = reader.readString()
        break
      case 7:
        columnOrders = readList(reader, readColumnOrder)
        break
      default:
        reader.skipField()
    }
  }
  for (const field of REQUIRED_FIELDS) {
    if (!found.has(field)) throw new ThriftError(`the footer has no field ${field}`, reader.position, false)
  }
  const rest = footer.length - reader.position
  if (rest !== 0 && !isAuthentic && !(found.has(ENCRYPTION_ALGORITHM) && rest === SIGNATURE_BYTES)) {
    throw new ThriftError(`${rest} bytes follow the metadata`, reader.position, false)
  }
  return { elements, rowCount, rowGroups, createdBy, columnOrders, footer }
}

function readList<T>(reader: ThriftReader, readElement: (reader: ThriftReader) => T): T[] {
  reader.expect(TYPE_LIST)
  const count = reader.readListHeader(TYPE_STRUCT)
  const list: T[] = []
  for (let i = 0; i < count; i++) {
    const outer = reader.beginStruct()
    list.push(readElement(reader))
    reader.endStruct(outer)
  }
  return list
}

const REPETITIONS = ['required', 'optional', 'repeated'] as const

function repetitionOf(reader: ThriftReader): Repetition {
  const number = reader.readInt()
  const repetition = REPETITIONS[number]
  if (repetition === undefined) throw new ThriftError(`unknown repetition ${number}`, reader.position, false)
  return repetition
}

function readSchemaElement(reader: ThriftReader): SchemaElement {
  const element: { -readonly [K in keyof SchemaElement]: SchemaElement[K] } = {
    name: '',
    repetition: 'required',
    typeLength: 0,
    childCount: 0,
    precision: 0,
    scale: 0,
  }
  while (reader.nextField()) {
    switch (reader.fieldId) {
      case 1: {
        const number = reader.readInt()
        const physical = PHYSICAL_TYPES[number]
        if (physical === undefined) throw new ThriftError(`unknown physical type ${number}`, reader.position, false)
        element.physical = physical
        break
      }
      case 2:
        element.typeLength = reader.readCount()
        break
      case 3:
        element.repetition = repetitionOf(reader)
        break
      case 4:
        reader.expect(TYPE_BINARY)
        element.name = reader.readName()
        break
      case 5:
        element.childCount = reader.readCount()
        break
      case 6: {
        const converted = CONVERTED_TYPES[reader.readInt()]
        if (converted !== undefined) element.converted = converted
        break
      }
      case 7:
        element.scale = reader.readInt()
        break
      case 8:
        element.precision = reader.readInt()
        break
      case 9:
        element.fieldId = reader.readInt()
        break
      case 10:
        reader.expect(TYPE_STRUCT)
        element.logical = readLogicalType(reader)
        break
      default:
        reader.skipField()
    }
  }
  return element
}

/** Logical types without parameters, by field number. */
const SIMPLE_LOGICAL = new Map<number, LogicalType>([
  [1, { kind: 'string' }],
  [2, { kind: 'map' }],
  [3, { kind: 'list' }],
  [4, { kind: 'enum' }],
  [6, { kind: 'date' }],
  [11, { kind: 'null' }],
  [12, { kind: 'json' }],
  [13, { kind: 'bson' }],
  [14, { kind: 'uuid' }],
  [15, { kind: 'float16' }],
  [16, { kind: 'variant' }],
  [17, { kind: 'geometry' }],
  [18, { kind: 'geography' }],
])

function readLogicalType(reader: ThriftReader): LogicalType {
  let type: LogicalType = { kind: 'unknown', field: 0 }
  const outer = reader.beginStruct()
  while (reader.nextField()) {
    const field = reader.fieldId
    reader.expect(TYPE_STRUCT)
    if (field === 5 || field === 7 || field === 8 || field === 10) type = readLogicalParameters(reader, field)
    else {
      type = SIMPLE_LOGICAL.get(field) ?? { kind: 'unknown', field }
      reader.skipStruct()
    }
  }
  reader.endStruct(outer)
  return type
}

function readLogicalParameters(reader: ThriftReader, kind: 5 | 7 | 8 | 10): LogicalType {
  const outer = reader.beginStruct()
  let first = 0
  let second = 0
  let flag = false
  let unit: LogicalUnit = 'us'
  while (reader.nextField()) {
    const { fieldId, fieldType } = reader
    if (fieldType <= 2) flag = reader.readBool()
    else if (fieldType === TYPE_STRUCT) unit = readUnit(reader)
    else if (fieldType === 3) {
      const [bits] = reader.bytes.subarray(reader.position, reader.end)
      reader.skipField()
      first = bits ?? 0
    } else if (fieldId === 1) first = reader.readInt()
    else if (fieldId === 2) second = reader.readInt()
    else reader.skipField()
  }
  reader.endStruct(outer)
  if (kind === 5) return { kind: 'decimal', scale: first, precision: second }
  if (kind === 10) return { kind: 'integer', bits: first, signed: flag }
  return { kind: kind === 7 ? 'time' : 'timestamp', unit, utc: flag }
}

function readUnit(reader: ThriftReader): LogicalUnit {
  const outer = reader.beginStruct()
  let unit: LogicalUnit = 'us'
  while (reader.nextField()) {
    unit = (['ms', 'us', 'ns'] as const)[reader.fieldId - 1] ?? 'us'
    reader.skipField()
  }
  reader.endStruct(outer)
  return unit
}

function readColumnOrder(reader: ThriftReader): ColumnOrder {
  let order: ColumnOrder = 'undefined'
  while (reader.nextField()) {
    order = reader.fieldId === 1 ? 'type' : reader.fieldId === 2 ? 'ieee754' : 'undefined'
    reader.skipField()
  }
  return order
}

function readRowGroup(reader: ThriftReader): RowGroupMetadata {
  const group: { -readonly [K in keyof RowGroupMetadata]: RowGroupMetadata[K] } = {
    rowCount: 0,
    totalByteCount: 0,
    chunkPositions: [],
  }
  while (reader.nextField()) {
    switch (reader.fieldId) {
      case 1: {
        reader.expect(TYPE_LIST)
        const count = reader.readListHeader(TYPE_STRUCT)
        const positions: number[] = []
        for (let i = 0; i < count; i++) {
          positions.push(reader.position)
          reader.skipStruct()
        }
        group.chunkPositions = positions
        break
      }
      case 2:
        group.totalByteCount = reader.readInt()
        break
      case 3:
        group.rowCount = reader.readOffset()
        break
      case 5:
        group.fileOffset = reader.readInt()
        break
      case 6:
        group.compressedByteCount = reader.readInt()
        break
      default:
        reader.skipField()
    }
  }
  return group
}
