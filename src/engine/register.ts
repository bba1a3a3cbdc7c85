/** Program data as tables: arrays of objects, and Arrow tables. */
import type { Table as ArrowTable, Vector as ArrowVector } from 'apache-arrow'
import { loadArrow } from '../core/arrow.ts'
import { SqlError, unsupported } from '../core/errors.ts'
import {
  BIGINT,
  BOOLEAN,
  BYTEA,
  DATE,
  type DataType,
  DOUBLE,
  type Field,
  INTEGER,
  NULL_TYPE,
  REAL,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
  decimal,
} from '../core/types.ts'
import type { LiteralValue } from '../expr/expr.ts'
import { createMemoryTable } from '../table/memory/memory-table.ts'
import type { Table } from '../table/table.ts'
import type { ApiValue } from './api-value.ts'

export type RegisteredData = ArrowTable | readonly { readonly [column: string]: ApiValue | Date }[]

export async function registerTable(name: string, data: RegisteredData): Promise<Table> {
  if (Array.isArray(data)) return fromObjects(name, data as readonly { readonly [column: string]: ApiValue | Date }[])
  return fromArrow(name, data as ArrowTable)
}

// ---- objects

/** Column types are the narrowest that hold every value: boolean, integer, bigint, double, timestamptz, bytea, varchar. */
function fromObjects(name: string, rows: readonly { readonly [column: string]: ApiValue | Date }[]): Table {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const columns = names.map((column) => rows.map((row) => row[column] ?? null))
  const fields = columns.map((values, i): Field => ({
    name: names[i]!,
    type: typeOfValues(names[i]!, values),
    nullable: true,
  }))
  const literals = columns.map((values, i) => values.map((value) => toLiteral(value, fields[i]!.type)))
  return createMemoryTable(name, { fields }, literals)
}

function typeOfValues(column: string, values: readonly (ApiValue | Date)[]): DataType {
  let type: DataType = NULL_TYPE
  for (const value of values) {
    if (value === null) continue
    type = widen(column, type, typeOfValue(column, value))
  }
  return type.kind === 'null' ? VARCHAR : type
}

function typeOfValue(column: string, value: ApiValue | Date): DataType {
  switch (typeof value) {
    case 'boolean':
      return BOOLEAN
    case 'bigint':
      return BIGINT
    case 'string':
      return VARCHAR
    case 'number':
      if (!Number.isInteger(value) || Object.is(value, -0)) return DOUBLE
      if (Math.abs(value) <= 0x7fff_ffff) return INTEGER
      return Number.isSafeInteger(value) ? BIGINT : DOUBLE
    default:
      if (value instanceof Date) return TIMESTAMPTZ
      if (value instanceof Uint8Array) return BYTEA
      throw unsupported(`registering nested values (column "${column}")`)
  }
}

const NUMERIC_ORDER: readonly DataType['kind'][] = ['integer', 'bigint', 'double']

function widen(column: string, a: DataType, b: DataType): DataType {
  if (a.kind === 'null' || a.kind === b.kind) return b
  const [i, j] = [NUMERIC_ORDER.indexOf(a.kind), NUMERIC_ORDER.indexOf(b.kind)]
  if (i >= 0 && j >= 0) return i > j ? a : b
  throw new SqlError('42804', `column "${column}" holds values of types ${a.kind} and ${b.kind}`)
}

function toLiteral(value: ApiValue | Date, type: DataType): LiteralValue {
  if (value === null) return null
  if (value instanceof Date) return BigInt(value.getTime()) * 1000n
  if (type.kind === 'bigint') return BigInt(value as number | bigint)
  if (type.kind === 'double') return Number(value)
  return value as LiteralValue
}

// ---- Arrow

async function fromArrow(name: string, table: ArrowTable): Promise<Table> {
  const arrow = await loadArrow()
  const fields = table.schema.fields.map((field): Field => ({
    name: field.name,
    type: typeOfArrow(arrow, field.name, field.type as never),
    nullable: field.nullable,
  }))
  const columns = fields.map((field, i) => readColumn(arrow, field, table.getChildAt(i)!))
  return createMemoryTable(name, { fields }, columns)
}

type Arrow = Awaited<ReturnType<typeof loadArrow>>

interface ArrowTypeFields {
  readonly typeId: number
  readonly isSigned?: boolean
  readonly bitWidth?: number
  readonly precision?: number
  readonly scale?: number
  readonly timezone?: string | null
  readonly unit?: number
  readonly dictionary?: ArrowTypeFields
}

function typeOfArrow(arrow: Arrow, column: string, type: ArrowTypeFields): DataType {
  const { Type } = arrow
  switch (type.typeId) {
    case Type.Bool:
      return BOOLEAN
    case Type.Int: {
      const kinds = { 8: 'tinyint', 16: 'smallint', 32: 'integer', 64: 'bigint' } as const
      const kind = kinds[type.bitWidth as 8]
      return { kind: type.isSigned === true ? kind : (`u${kind}` as 'utinyint') }
    }
    case Type.Float:
      return type.precision === 2 ? DOUBLE : REAL
    case Type.Utf8:
    case Type.LargeUtf8:
      return VARCHAR
    case Type.Binary:
    case Type.FixedSizeBinary:
      return BYTEA
    case Type.Date:
      return DATE
    case Type.Time:
      return TIME
    case Type.Timestamp:
      if (type.unit === arrow.TimeUnit.NANOSECOND)
        return { kind: 'timestamp', unit: 'ns', zone: Boolean(type.timezone) }
      return type.timezone ? TIMESTAMPTZ : TIMESTAMP
    case Type.Decimal:
      return decimal(type.precision!, type.scale!)
    case Type.Dictionary:
      return typeOfArrow(arrow, column, type.dictionary!)
    default:
      throw unsupported(`registering Arrow column "${column}" of its type`)
  }
}

function readColumn(arrow: Arrow, field: Field, column: ArrowVector): LiteralValue[] {
  const { unit, typeId } = column.type as ArrowTypeFields
  if (typeId === arrow.Type.Timestamp) return readTimestamps(arrow, column, unit)
  return Array.from({ length: column.length }, (_, i) => {
    const value: unknown = column.get(i)
    return value === null || value === undefined ? null : arrowLiteral(arrow, field.type, value, unit)
  })
}

/** The stored integers: `get` would give milliseconds as a double, which rounds. */
function readTimestamps(arrow: Arrow, column: ArrowVector, unit: number | undefined): LiteralValue[] {
  const scale = unit === arrow.TimeUnit.NANOSECOND ? 1n : perUnit(arrow, unit)
  return column.data.flatMap((chunk) => {
    const values = chunk.values as BigInt64Array
    return Array.from({ length: chunk.length }, (_, i) => (chunk.getValid(i) ? values[i]! * scale : null))
  })
}

function arrowLiteral(arrow: Arrow, type: DataType, value: unknown, unit: number | undefined): LiteralValue {
  switch (type.kind) {
    case 'bigint':
    case 'uinteger':
    case 'ubigint':
      return BigInt(value as number | bigint)
    case 'date':
      // Arrow's JavaScript gives dates as milliseconds.
      return Math.floor(Number(value) / 86_400_000)
    case 'timestamp':
      throw unsupported('registering timestamps in dictionaries')
    case 'time':
      return BigInt(value as number | bigint) * perUnit(arrow, unit)
    case 'decimal':
      return decimalFromWords(value as Uint32Array)
    default:
      return value as LiteralValue
  }
}

function perUnit(arrow: Arrow, unit: number | undefined): bigint {
  if (unit === arrow.TimeUnit.SECOND) return 1_000_000n
  if (unit === arrow.TimeUnit.MILLISECOND) return 1000n
  if (unit === arrow.TimeUnit.MICROSECOND) return 1n
  throw unsupported('registering times in nanoseconds')
}

function decimalFromWords(words: Uint32Array): bigint {
  let value = 0n
  for (let i = words.length - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[i]!)
  return BigInt.asIntN(words.length * 32, value)
}
