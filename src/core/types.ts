/**
 * SQL types and how their values lie in memory.
 *
 * | type                                   | storage | bytes a value | meaning                                      |
 * |----------------------------------------|---------|---------------|----------------------------------------------|
 * | boolean                                | i8      | 1             | 0 or 1                                       |
 * | tinyint smallint integer utinyint usmallint date | i32 | 4       | date: days since 1970-01-01                  |
 * | uinteger bigint time timestamp timestamptz | i64 | 8             | time: micros of the day; timestamps: UTC micros or nanos |
 * | ubigint, decimal(p > 18)               | i128    | 16            | little-endian two's complement               |
 * | decimal(p <= 18)                       | i64     | 8             | unscaled                                     |
 * | half real                              | f32     | 4             |                                              |
 * | double                                 | f64     | 8             |                                              |
 * | varchar bytea json jsonb bit           | bytes   | 8             | u32 address, u32 byte length; json: UTF-8 text, jsonb: in one form; bit: its digits |
 * | variant                                | bytes   | 8             | its metadata, then its value (docs/decisions/006) |
 * | decimal(p > 38)                       | bytes   | 8             | core/wide-decimal.ts; only queries compute them |
 * | timetz                                 | b128    | 16            | expr/values/zoned-time.ts                    |
 * | uuid                                   | b128    | 16            | the 16 bytes in text order                   |
 * | interval                               | interval | 16           | i32 months, i32 days, i64 micros             |
 * | list map                               | list    | 8             | u32 first child row, u32 child row count     |
 * | struct                                 | struct  | 0             | one child vector a field                     |
 */
export type DataType =
  | { readonly kind: SimpleKind; readonly as?: ObjectName }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'timestamp'; readonly unit: TimeUnit; readonly zone: boolean }
  | { readonly kind: 'list'; readonly element: Field }
  | { readonly kind: 'map'; readonly key: Field; readonly value: Field }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }

export type SimpleKind =
  | 'null'
  | 'boolean'
  | 'tinyint'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'utinyint'
  | 'usmallint'
  | 'uinteger'
  | 'ubigint'
  | 'half'
  | 'real'
  | 'double'
  | 'date'
  | 'time'
  | 'timetz'
  | 'varchar'
  | 'json'
  | 'jsonb'
  | 'bit'
  | 'bytea'
  | 'uuid'
  | 'interval'
  | 'variant'

/**
 * Numbers of objects of a catalog (uinteger): `oid` as a number, the others as the name of what has the number. Otherwise they are uintegers like
 * any other: `sameType` does not tell them apart.
 */
export type ObjectName = 'oid' | 'regclass' | 'regtype' | 'regproc' | 'regnamespace' | 'regrole' | 'regcollation'

/** Micros (6 digits) or nanos (9 digits). */
export type TimeUnit = 'us' | 'ns'

/** A named, typed column, struct field, list element or map key/value. */
export interface Field {
  readonly name: string
  readonly type: DataType
  /** False when the table promises that no value is NULL. */
  readonly nullable: boolean
  /** The table format's own identity of the field (Iceberg field id, Delta column mapping id). */
  readonly id?: number
  readonly comment?: string
}

export interface Schema {
  readonly fields: readonly Field[]
}

/** Whether values are strings: text, JSON and bit strings. */
export function isText({ kind }: DataType): boolean {
  return kind === 'varchar' || kind === 'json' || kind === 'jsonb' || kind === 'bit'
}

/** How values lie in memory; kernels are written once per storage, not per type. */
export type Storage = 'i8' | 'i32' | 'i64' | 'i128' | 'f32' | 'f64' | 'bytes' | 'b128' | 'interval' | 'list' | 'struct'

export const BOOLEAN: DataType = { kind: 'boolean' }
export const INTEGER: DataType = { kind: 'integer' }
export const BIGINT: DataType = { kind: 'bigint' }
export const REAL: DataType = { kind: 'real' }
export const DOUBLE: DataType = { kind: 'double' }
export const DATE: DataType = { kind: 'date' }
export const TIME: DataType = { kind: 'time' }
export const TIMETZ: DataType = { kind: 'timetz' }
export const VARCHAR: DataType = { kind: 'varchar' }
export const JSON_TEXT: DataType = { kind: 'json' }
export const JSONB: DataType = { kind: 'jsonb' }
export const BIT: DataType = { kind: 'bit' }
export const BYTEA: DataType = { kind: 'bytea' }
export const UUID: DataType = { kind: 'uuid' }
export const INTERVAL: DataType = { kind: 'interval' }
export const VARIANT: DataType = { kind: 'variant' }
export const NULL_TYPE: DataType = { kind: 'null' }
export const TIMESTAMP: DataType = { kind: 'timestamp', unit: 'us', zone: false }
export const TIMESTAMPTZ: DataType = { kind: 'timestamp', unit: 'us', zone: true }

/** DECIMAL(precision, scale) with 1 <= precision <= 1000 and 0 <= scale <= precision; columns of tables have 38 digits at most. */
export function decimal(precision: number, scale: number): DataType {
  return { kind: 'decimal', precision, scale }
}

/** Digits that an i64 decimal can hold: 10^18 - 1 fits, 10^19 - 1 does not. */
export const DECIMAL_I64_DIGITS = 18
export const DECIMAL_DIGITS_MAX = 38
/** Digits that a computed decimal may have, as PostgreSQL's numeric with a precision; those beyond 38 are slow. */
export const WIDE_DECIMAL_DIGITS_MAX = 1000

/** Whether it is a decimal of more than 38 digits, which no kernel knows. */
export function isWideDecimal(type: DataType): boolean {
  return type.kind === 'decimal' && type.precision > DECIMAL_DIGITS_MAX
}

/** The most digits that a result of decimals of these precisions has: 38, but more where an operand has. */
export function decimalRoom(...precisions: readonly number[]): number {
  return precisions.some((precision) => precision > DECIMAL_DIGITS_MAX) ? WIDE_DECIMAL_DIGITS_MAX : DECIMAL_DIGITS_MAX
}

/** A list of nullable elements. */
export function listOf(element: DataType): DataType {
  return { kind: 'list', element: { name: 'element', type: element, nullable: true } }
}

/** A map with nullable values. */
export function mapOf(key: DataType, value: DataType): DataType {
  return {
    kind: 'map',
    key: { name: 'key', type: key, nullable: false },
    value: { name: 'value', type: value, nullable: true },
  }
}

export function storageOf(type: DataType): Storage {
  switch (type.kind) {
    case 'null':
    case 'boolean':
      return 'i8'
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'utinyint':
    case 'usmallint':
    case 'date':
      return 'i32'
    case 'uinteger':
    case 'bigint':
    case 'time':
    case 'timestamp':
      return 'i64'
    case 'ubigint':
      return 'i128'
    case 'decimal':
      if (type.precision <= DECIMAL_I64_DIGITS) return 'i64'
      return type.precision <= DECIMAL_DIGITS_MAX ? 'i128' : 'bytes'
    case 'half':
    case 'real':
      return 'f32'
    case 'double':
      return 'f64'
    case 'varchar':
    case 'json':
    case 'jsonb':
    case 'bit':
    case 'bytea':
    case 'variant':
      return 'bytes'
    case 'uuid':
    case 'timetz':
      return 'b128'
    case 'interval':
      return 'interval'
    case 'list':
    case 'map':
      return 'list'
    case 'struct':
      return 'struct'
  }
}

const WIDTHS: Record<Storage, number> = {
  ...{ i8: 1, i32: 4, i64: 8, i128: 16, f32: 4, f64: 8 },
  ...{ bytes: 8, b128: 16, interval: 16, list: 8, struct: 0 },
}

/** Bytes that one value takes in a vector's data. */
export function widthOf(storage: Storage): number {
  return WIDTHS[storage]
}

export function sameType(a: DataType, b: DataType): boolean {
  if (a.kind !== b.kind) return false
  if (a.kind === 'decimal' && b.kind === 'decimal') {
    return a.precision === b.precision && a.scale === b.scale
  }
  if (a.kind === 'timestamp' && b.kind === 'timestamp') return a.unit === b.unit && a.zone === b.zone
  if (a.kind === 'list' && b.kind === 'list') return sameType(a.element.type, b.element.type)
  if (a.kind === 'map' && b.kind === 'map') {
    return sameType(a.key.type, b.key.type) && sameType(a.value.type, b.value.type)
  }
  if (a.kind === 'struct' && b.kind === 'struct') {
    return (
      a.fields.length === b.fields.length &&
      a.fields.every((field, i) => {
        const other = b.fields[i]
        return other !== undefined && field.name === other.name && sameType(field.type, other.type)
      })
    )
  }
  return true
}

const SQL_NAMES: Partial<Record<DataType['kind'], string>> = {
  double: 'double precision',
  varchar: 'varchar',
  timetz: 'time with time zone',
}

/** The type as SQL writes it: `decimal(15,2)`, `timestamp(6) with time zone`, `struct(a integer)`, `integer[]`. */
export function typeName(type: DataType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'timestamp':
      return `timestamp${type.unit === 'ns' ? '(9)' : ''}${type.zone ? ' with time zone' : ''}`
    case 'list':
      return `${typeName(type.element.type)}[]`
    case 'map':
      return `map(${typeName(type.key.type)}, ${typeName(type.value.type)})`
    case 'struct':
      return `struct(${type.fields.map((f) => `${f.name} ${typeName(f.type)}`).join(', ')})`
    default:
      return ('as' in type ? type.as : undefined) ?? SQL_NAMES[type.kind] ?? type.kind
  }
}

export function isInteger(type: DataType): boolean {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
      return true
    default:
      return false
  }
}

export function isFloat(type: DataType): boolean {
  return type.kind === 'double' || type.kind === 'real' || type.kind === 'half'
}

export function isNumeric(type: DataType): boolean {
  return isInteger(type) || isFloat(type) || type.kind === 'decimal'
}
