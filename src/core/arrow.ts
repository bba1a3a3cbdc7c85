/**
 * Batches as Arrow record batches: the one place that imports apache-arrow, and lazily, for it takes 140 ms to load.
 *
 * Bytes are copied out of the shared memory, so the result outlives the query. Dictionary and constant vectors are written out flat.
 */
import type { Data, DataType as ArrowType, Field as ArrowField, RecordBatch, Schema as ArrowSchema } from 'apache-arrow'
import { unreachable } from './assert.ts'
import { InternalError, unsupported } from './errors.ts'
import type { EngineMemory, Pointer } from './memory.ts'
import { type DataType, type Field, type Schema, isWideDecimal, storageOf, typeName, widthOf } from './types.ts'
import type { Batch, ConstantVector, FlatVector, Vector } from './vector.ts'

export type Arrow = typeof import('apache-arrow')

/** Arrow's types for those who hand batches on: no other file names the package. */
export type { Data as ArrowData, RecordBatch }

let loaded: Promise<Arrow> | undefined

export function loadArrow(): Promise<Arrow> {
  loaded ??= import('apache-arrow')
  return loaded
}

/** The Arrow type whose values a column of `type` is exported as. */
export function arrowType(arrow: Arrow, type: DataType): ArrowType {
  switch (type.kind) {
    case 'null':
      return new arrow.Null()
    case 'boolean':
      return new arrow.Bool()
    case 'tinyint':
      return new arrow.Int8()
    case 'smallint':
      return new arrow.Int16()
    case 'integer':
      return new arrow.Int32()
    case 'bigint':
      return new arrow.Int64()
    case 'utinyint':
      return new arrow.Uint8()
    case 'usmallint':
      return new arrow.Uint16()
    case 'uinteger':
      return new arrow.Uint32()
    case 'ubigint':
      return new arrow.Uint64()
    case 'half':
    case 'real':
      return new arrow.Float32()
    case 'double':
      return new arrow.Float64()
    case 'date':
      return new arrow.DateDay()
    case 'time':
      return new arrow.TimeMicrosecond()
    case 'timestamp': {
      const unit = type.unit === 'ns' ? arrow.TimeUnit.NANOSECOND : arrow.TimeUnit.MICROSECOND
      return new arrow.Timestamp(unit, type.zone ? 'UTC' : null)
    }
    case 'decimal':
      if (isWideDecimal(type)) throw unsupported(`${typeName(type)} in Arrow batches`, { hint: 'Cast it to text.' })
      return new arrow.Decimal(type.scale, type.precision, 128)
    case 'varchar':
    case 'json':
    case 'jsonb':
    case 'bit':
      return new arrow.Utf8()
    case 'bytea':
    // As the engine keeps it: metadata and value in one.
    case 'variant':
      return new arrow.Binary()
    case 'timetz':
    case 'uuid':
    case 'interval':
      // Arrow's month-day-nano interval has the same 16 bytes but for nanos; JavaScript's Arrow cannot write it everywhere.
      return new arrow.FixedSizeBinary(16)
    case 'list':
      return new arrow.List(arrowField(arrow, type.element))
    case 'map': {
      const entries = new arrow.Struct([
        arrowField(arrow, { ...type.key, name: 'key', nullable: false }),
        arrowField(arrow, { ...type.value, name: 'value' }),
      ])
      return new arrow.Map_(new arrow.Field('entries', entries, false) as never)
    }
    case 'struct':
      return new arrow.Struct(type.fields.map((field) => arrowField(arrow, field)))
    default:
      return unreachable(type)
  }
}

/** The field ids of a table format travel in the metadata under this key, for writers that put them into files. */
const FIELD_ID_KEY = 'PARQUET:field_id'

function arrowField(arrow: Arrow, { name, type, nullable, id }: Omit<Field, 'comment'>): ArrowField {
  const metadata = id === undefined ? undefined : new Map([[FIELD_ID_KEY, String(id)]])
  return new arrow.Field(name, arrowType(arrow, type), nullable, metadata)
}

/** Made once a schema: many small batches have the same one. */
const arrowSchemas = new WeakMap<Schema, ArrowSchema>()

export function arrowSchema(arrow: Arrow, schema: Schema): ArrowSchema {
  let made = arrowSchemas.get(schema)
  if (made === undefined) {
    made = new arrow.Schema(schema.fields.map((field) => arrowField(arrow, field)))
    arrowSchemas.set(schema, made)
  }
  return made
}

/** A record batch of no rows: writers learn the schema from it. */
export function emptyRecordBatch(arrow: Arrow, schema: Schema): RecordBatch {
  const arrowed = arrowSchema(arrow, schema)
  const children = arrowed.fields.map((field) => nullData(arrow, field.type, 0))
  const struct = arrow.makeData({ type: new arrow.Struct(arrowed.fields), length: 0, nullCount: 0, children })
  return new arrow.RecordBatch(arrowed, struct)
}

/** A copy of `batch`, or of some of its rows, as an Arrow record batch with the columns of `schema`. */
export function toRecordBatch(
  arrow: Arrow,
  memory: EngineMemory,
  schema: Schema,
  batch: Batch,
  rows: Int32Array = allRows(batch.rowCount),
): RecordBatch {
  const arrowed = arrowSchema(arrow, schema)
  const children = batch.columns.map((column, i) =>
    toData(arrow, memory, retyped(column, schema.fields[i]!.type), rows),
  )
  const struct = arrow.makeData({ type: new arrow.Struct(arrowed.fields), length: rows.length, nullCount: 0, children })
  return new arrow.RecordBatch(arrowed, struct)
}

/**
 * The vector as one of `type`: a table may store a type by another name that has the same storage (smallint as integer), and its
 * nested fields have ids that the query's have not.
 */
function retyped(vector: Vector, type: DataType): Vector {
  if (vector.type === type) return vector
  const children = 'children' in vector ? vector.children.map((child, i) => retyped(child, childType(type, i))) : []
  if (vector.encoding === 'dictionary') return { ...vector, type, dictionary: { ...vector.dictionary, type } }
  return { ...vector, type, children }
}

function childType(type: DataType, index: number): DataType {
  if (type.kind === 'list') return type.element.type
  if (type.kind === 'map') return index === 0 ? type.key.type : type.value.type
  if (type.kind === 'struct') return type.fields[index]!.type
  throw new InternalError(`a ${type.kind} has no parts`)
}

/** Row numbers to export, in order. */
type Rows = Int32Array

function allRows(count: number): Rows {
  const rows = new Int32Array(count)
  for (let i = 0; i < count; i++) rows[i] = i
  return rows
}

/** Rows `rows` of a vector as Arrow data; -1 is a NULL row. */
function toData(arrow: Arrow, memory: EngineMemory, vector: Vector, rows: Rows): Data {
  switch (vector.encoding) {
    case 'constant':
      return flatData(
        arrow,
        memory,
        asOneRow(vector),
        rows.map((row) => (row < 0 || vector.isNull ? -1 : 0)),
      )
    case 'dictionary': {
      const { i32, u8 } = memory
      const codes = rows.map((row) => {
        if (row < 0) return -1
        if (vector.validity !== 0 && u8[vector.validity + row] === 0) return -1
        return i32[(vector.data >>> 2) + row]!
      })
      return flatData(arrow, memory, vector.dictionary, codes)
    }
    case 'flat': {
      if (vector.validity === 0) return flatData(arrow, memory, vector, rows)
      const { u8 } = memory
      const valid = rows.map((row) => (row >= 0 && u8[vector.validity + row] === 1 ? row : -1))
      return flatData(arrow, memory, vector, valid)
    }
  }
}

function asOneRow(vector: ConstantVector): FlatVector {
  return { encoding: 'flat', type: vector.type, length: 1, data: vector.data, validity: 0, children: vector.children }
}

interface Nulls {
  readonly nullBitmap: Uint8Array
  readonly nullCount: number
}

function nullsOf(rows: Rows): Nulls {
  const nullBitmap = new Uint8Array((rows.length + 7) >> 3)
  let nullCount = 0
  for (let i = 0; i < rows.length; i++) {
    if (rows[i]! < 0) nullCount++
    else nullBitmap[i >> 3]! |= 1 << (i & 7)
  }
  return { nullBitmap, nullCount }
}

/** `rows` are row numbers of `vector`, which is read without looking at its validity again. */
function flatData(arrow: Arrow, memory: EngineMemory, vector: FlatVector, rows: Rows): Data {
  const type = arrowType(arrow, vector.type)
  // A NULL of a nested type may be a vector without parts.
  if (vector.children.length === 0 && (type.children ?? []).length > 0) return nullData(arrow, type, rows.length)
  const base = { type, length: rows.length, ...nullsOf(rows) }
  switch (storageOf(vector.type)) {
    case 'i8':
      if (vector.type.kind === 'null') return arrow.makeData({ type: new arrow.Null(), length: rows.length })
      return arrow.makeData({ ...base, data: packBooleans(memory, vector.data, rows) } as never)
    case 'bytes':
      return arrow.makeData({ ...base, ...packBytes(memory, vector.data, rows) } as never)
    case 'list':
      return listData(arrow, memory, vector, rows, base)
    case 'struct': {
      const children = vector.children.map((child) => toData(arrow, memory, child, rows))
      return arrow.makeData({ ...base, children } as never)
    }
    default:
      return arrow.makeData({ ...base, data: packFixed(memory, vector, rows) } as never)
  }
}

/** NULLs of a nested type, with the empty parts that Arrow's writers expect. */
function nullData(arrow: Arrow, type: ArrowType, length: number): Data {
  const nullBitmap = new Uint8Array((length + 7) >> 3)
  const isStruct = arrow.DataType.isStruct(type)
  const children = (type.children ?? []).map((child: ArrowField) => nullData(arrow, child.type, isStruct ? length : 0))
  const base = { type, length, nullCount: length, nullBitmap }
  if (isStruct) return arrow.makeData({ ...base, children } as never)
  if (children.length === 0) return arrow.makeData(base as never)
  return arrow.makeData({ ...base, valueOffsets: new Int32Array(length + 1), child: children[0] } as never)
}

function packBooleans({ u8 }: EngineMemory, data: Pointer, rows: Rows): Uint8Array {
  const bits = new Uint8Array((rows.length + 7) >> 3)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    if (row >= 0 && u8[data + row] === 1) bits[i >> 3]! |= 1 << (i & 7)
  }
  return bits
}

function packBytes(
  { u8, u32 }: EngineMemory,
  data: Pointer,
  rows: Rows,
): { valueOffsets: Int32Array; data: Uint8Array } {
  const valueOffsets = new Int32Array(rows.length + 1)
  const first = data >>> 2
  let total = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    if (row >= 0) total += u32[first + 2 * row + 1]!
    valueOffsets[i + 1] = total
  }
  const bytes = new Uint8Array(total)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    if (row < 0) continue
    const from = u32[first + 2 * row]!
    const to = valueOffsets[i]!
    const length = valueOffsets[i + 1]! - to
    if (length > SHORT_BYTES) bytes.set(u8.subarray(from, from + length), to)
    else for (let k = 0; k < length; k++) bytes[to + k] = u8[from + k]!
  }
  return { valueOffsets, data: bytes }
}

/** Shorter texts are copied byte by byte: a view of the bytes to copy costs as much as some 50 of them. */
const SHORT_BYTES = 48

/** Fixed-width values in Arrow's width for the type, which differs from ours for small integers and decimals. */
function packFixed(memory: EngineMemory, vector: FlatVector, rows: Rows): ArrayBufferView {
  const { type, data } = vector
  switch (type.kind) {
    case 'tinyint':
      return gather(new Int8Array(rows.length), rows, memory.i32, data >>> 2)
    case 'utinyint':
      return gather(new Uint8Array(rows.length), rows, memory.i32, data >>> 2)
    case 'smallint':
      return gather(new Int16Array(rows.length), rows, memory.i32, data >>> 2)
    case 'usmallint':
      return gather(new Uint16Array(rows.length), rows, memory.i32, data >>> 2)
    case 'uinteger':
      return gather(new Uint32Array(rows.length), rows, memory.u32, data >>> 2, 2)
    case 'ubigint':
      return gather(new BigUint64Array(rows.length), rows, memory.u64, data / 8, 2)
    case 'half':
    case 'real':
      return gather(new Float32Array(rows.length), rows, memory.f32, data >>> 2)
    case 'decimal':
      return widenDecimals(memory, vector, rows)
    default:
      return copyWidth(memory, data, widthOf(storageOf(type)), rows)
  }
}

function gather<T extends { [index: number]: number | bigint } & ArrayBufferView>(
  out: T,
  rows: Rows,
  source: { [index: number]: number | bigint },
  first: number,
  stride = 1,
): T {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    if (row >= 0) out[i] = source[first + row * stride]!
  }
  return out
}

/** Arrow decimals have 16 bytes: i64 values are sign-extended. In words of 4 bytes, for values of 8 would become bigints on their way. */
function widenDecimals(memory: EngineMemory, vector: FlatVector, rows: Rows): Uint32Array {
  const { u32, i32 } = memory
  const step = widthOf(storageOf(vector.type)) / 4
  const words = new Uint32Array(rows.length * 4)
  const first = vector.data >>> 2
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    if (row < 0) continue
    const from = first + row * step
    words[4 * i] = u32[from]!
    words[4 * i + 1] = u32[from + 1]!
    words[4 * i + 2] = step === 4 ? u32[from + 2]! : i32[from + 1]! >> 31
    words[4 * i + 3] = step === 4 ? u32[from + 3]! : i32[from + 1]! >> 31
  }
  return words
}

function copyWidth({ u32 }: EngineMemory, data: Pointer, width: number, rows: Rows): ArrayBufferView {
  const step = width / 4
  const words = new Int32Array(rows.length * step)
  const first = data >>> 2
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    if (row < 0) continue
    for (let k = 0; k < step; k++) words[i * step + k] = u32[first + row * step + k]!
  }
  if (width === 4) return words
  return width === 8 ? new BigInt64Array(words.buffer) : new Uint8Array(words.buffer)
}

function listData(arrow: Arrow, memory: EngineMemory, vector: FlatVector, rows: Rows, base: object): Data {
  const { u32 } = memory
  const valueOffsets = new Int32Array(rows.length + 1)
  const childRows: number[] = []
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    if (row >= 0) {
      const start = u32[(vector.data >>> 2) + 2 * row]!
      const count = u32[(vector.data >>> 2) + 2 * row + 1]!
      for (let k = 0; k < count; k++) childRows.push(start + k)
    }
    valueOffsets[i + 1] = childRows.length
  }
  const rowsOfChildren = Int32Array.from(childRows)
  const children = vector.children.map((child) => toData(arrow, memory, child, rowsOfChildren))
  if (vector.type.kind === 'list') {
    return arrow.makeData({ ...base, valueOffsets, child: children[0] } as never)
  }
  const entries = arrow.makeData({
    type: (arrowType(arrow, vector.type) as InstanceType<Arrow['Map_']>).children[0]!.type as never,
    length: childRows.length,
    nullCount: 0,
    children,
  } as never)
  return arrow.makeData({ ...base, valueOffsets, child: entries } as never)
}
