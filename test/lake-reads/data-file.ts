/** Parquet files of rows given as JavaScript values, with field ids, as our own writer makes them. */
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as arrow from 'apache-arrow'
import { createParquetWriter } from '../../src/format/parquet/write/parquet-writer.ts'

/** Names of types as Iceberg and Delta have them, as far as the cases need. */
export type ColumnType =
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'string'
  | 'binary'
  | 'date'
  | 'timestamp'
  | 'uuid'
  | { readonly struct: readonly Column[] }

export interface Column {
  readonly id: number
  /** In the file. */
  readonly name: string
  readonly type: ColumnType
}

/** date: days, timestamp: microseconds as bigint, uuid and binary: bytes, struct: an object. */
export type Cell = null | number | bigint | string | Uint8Array | { readonly [name: string]: Cell }
export type Row = readonly Cell[]

export interface WrittenFile {
  readonly path: string
  readonly rowCount: number
  readonly byteCount: number
}

/** Writes a file into `folder` and gives its absolute path. */
export async function writeDataFile(
  folder: string,
  columns: readonly Column[],
  rows: readonly Row[],
  options: { readonly name?: string; readonly rowGroupRows?: number } = {},
): Promise<WrittenFile> {
  const path = join(folder, options.name ?? `${randomUUID()}.parquet`)
  const schema = new arrow.Schema(columns.map((column) => fieldOf(column)))
  const children = columns.map(({ type }, i) =>
    dataOf(
      type,
      rows.map((row) => row[i] ?? null),
    ),
  )
  const struct = new arrow.Struct(schema.fields)
  const data = arrow.makeData({ type: struct, length: rows.length, nullCount: 0, children })
  const parts: Uint8Array[] = []
  const writer = await createParquetWriter({
    codec: 'snappy',
    ...(options.rowGroupRows === undefined ? {} : { rowGroupRows: options.rowGroupRows }),
    write: async (bytes) => void parts.push(bytes.slice()),
  })
  await writer.write(new arrow.RecordBatch(schema, data))
  await writer.finish()
  await mkdir(dirname(path), { recursive: true })
  const bytes = Buffer.concat(parts)
  await writeFile(path, bytes)
  return { path, rowCount: rows.length, byteCount: bytes.length }
}

function typeOf(type: ColumnType): arrow.DataType {
  switch (type) {
    case 'int':
      return new arrow.Int32()
    case 'long':
      return new arrow.Int64()
    case 'float':
      return new arrow.Float32()
    case 'double':
      return new arrow.Float64()
    case 'string':
      return new arrow.Utf8()
    case 'binary':
      return new arrow.Binary()
    case 'date':
      return new arrow.DateDay()
    case 'timestamp':
      return new arrow.TimestampMicrosecond()
    case 'uuid':
      return new arrow.FixedSizeBinary(16)
    default:
      return new arrow.Struct(type.struct.map((column) => fieldOf(column)))
  }
}

function fieldOf({ id, name, type }: Column): arrow.Field {
  return new arrow.Field(name, typeOf(type), true, new Map([['PARQUET:field_id', String(id)]]))
}

function dataOf(type: ColumnType, values: readonly Cell[]): arrow.Data {
  const nullBitmap = new Uint8Array((values.length + 7) >> 3)
  values.forEach((value, i) => {
    if (value !== null) nullBitmap[i >> 3]! |= 1 << (i & 7)
  })
  const nullCount = values.filter((value) => value === null).length
  const shape = { length: values.length, nullCount, nullBitmap }
  const numbers = (): number[] => values.map((value) => (value === null ? 0 : Number(value)))
  const longs = (): bigint[] => values.map((value) => (value === null ? 0n : BigInt(value as bigint)))
  switch (type) {
    case 'int':
      return arrow.makeData({ ...shape, type: new arrow.Int32(), data: Int32Array.from(numbers()) })
    case 'long':
      return arrow.makeData({ ...shape, type: new arrow.Int64(), data: BigInt64Array.from(longs()) })
    case 'float':
      return arrow.makeData({ ...shape, type: new arrow.Float32(), data: Float32Array.from(numbers()) })
    case 'double':
      return arrow.makeData({ ...shape, type: new arrow.Float64(), data: Float64Array.from(numbers()) })
    case 'date':
      return arrow.makeData({ ...shape, type: new arrow.DateDay(), data: Int32Array.from(numbers()) })
    case 'timestamp':
      return arrow.makeData({ ...shape, type: new arrow.TimestampMicrosecond(), data: BigInt64Array.from(longs()) })
    case 'string':
      return arrow.vectorFromArray(values as (string | null)[], new arrow.Utf8()).data[0]!
    case 'binary':
      return arrow.vectorFromArray(values as (Uint8Array | null)[], new arrow.Binary()).data[0]!
    case 'uuid':
      return arrow.vectorFromArray(values as (Uint8Array | null)[], new arrow.FixedSizeBinary(16)).data[0]!
    default: {
      const fields = values as ({ readonly [name: string]: Cell } | null)[]
      const children = type.struct.map((column) =>
        dataOf(
          column.type,
          fields.map((value) => value?.[column.name] ?? null),
        ),
      )
      const struct = new arrow.Struct(type.struct.map((column) => fieldOf(column)))
      return arrow.makeData({ ...shape, type: struct, children })
    }
  }
}
