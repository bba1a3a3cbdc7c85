/**
 * SQL types of leaf columns, from the physical type and its logical or (older) converted annotation.
 *
 * Spec: parquet-format 2.11, LogicalTypes.md. An annotation that does not go with the physical type is ignored, as the
 * specification says of unknown ones.
 */
import { BIGINT, BOOLEAN, BYTEA, DATE, DECIMAL_DIGITS_MAX, DOUBLE, INTEGER, INTERVAL } from '../../core/types.ts'
import { type DataType, NULL_TYPE, REAL, TIME, UUID, VARCHAR, decimal } from '../../core/types.ts'
import type { LogicalType, SchemaElement } from './metadata.ts'

/** The type of a leaf, and why its values cannot be read, if so. */
export interface LeafType {
  readonly type: DataType
  readonly refusal?: string
}

export function leafType(element: SchemaElement, createdBy: string): LeafType {
  const logical = logicalOf(element)
  if (logical?.kind === 'null') return { type: NULL_TYPE }
  switch (element.physical) {
    case 'BOOLEAN':
      return { type: BOOLEAN }
    case 'INT32':
      return int32Type(logical)
    case 'INT64':
      return int64Type(logical)
    case 'INT96':
      return { type: { kind: 'timestamp', unit: int96Unit(createdBy), zone: false } }
    case 'FLOAT':
      return { type: REAL }
    case 'DOUBLE':
      return { type: DOUBLE }
    case 'BYTE_ARRAY':
      return byteArrayType(logical)
    default:
      return fixedType(element, logical)
  }
}

/**
 * INT96 holds nanoseconds of any year. Arrow writes it from 64-bit values, so nanoseconds fit; Spark, Hive and Impala write
 * microseconds of the years 1 to 9999, which do not fit 64 bits as nanoseconds.
 */
function int96Unit(createdBy: string): 'us' | 'ns' {
  return createdBy.startsWith('parquet-cpp-arrow') ? 'ns' : 'us'
}

function int32Type(logical: LogicalType | undefined): LeafType {
  switch (logical?.kind) {
    case 'date':
      return { type: DATE }
    case 'decimal':
      return decimalType(logical, INTEGER)
    case 'time':
      return { type: logical.unit === 'ms' ? TIME : INTEGER }
    case 'integer':
      return {
        type: { kind: INTEGER_KINDS[`${logical.signed ? '' : 'u'}${logical.bits}`] ?? 'integer' },
      }
    default:
      return { type: INTEGER }
  }
}

const INTEGER_KINDS: Record<string, 'tinyint' | 'smallint' | 'utinyint' | 'usmallint' | 'uinteger'> = {
  8: 'tinyint',
  16: 'smallint',
  u8: 'utinyint',
  u16: 'usmallint',
  u32: 'uinteger',
}

function int64Type(logical: LogicalType | undefined): LeafType {
  switch (logical?.kind) {
    case 'decimal':
      return decimalType(logical, BIGINT)
    case 'time':
      return { type: logical.unit === 'ms' ? BIGINT : TIME }
    case 'timestamp':
      return {
        type: { kind: 'timestamp', unit: logical.unit === 'ns' ? 'ns' : 'us', zone: logical.utc },
      }
    case 'integer':
      return { type: logical.signed || logical.bits !== 64 ? BIGINT : { kind: 'ubigint' } }
    default:
      return { type: BIGINT }
  }
}

function byteArrayType(logical: LogicalType | undefined): LeafType {
  switch (logical?.kind) {
    case 'string':
    case 'enum':
    case 'json':
      return { type: VARCHAR }
    case 'decimal':
      return decimalType(logical, BYTEA)
    default:
      return { type: BYTEA }
  }
}

function fixedType(element: SchemaElement, logical: LogicalType | undefined): LeafType {
  const { typeLength } = element
  if (typeLength === 0) return { type: BYTEA, refusal: 'a fixed_len_byte_array of no bytes' }
  if (logical?.kind === 'decimal') return decimalType(logical, BYTEA)
  if (logical?.kind === 'uuid' && typeLength === 16) return { type: UUID }
  if (logical?.kind === 'float16' && typeLength === 2) return { type: { kind: 'half' } }
  if (element.converted === 'INTERVAL' && typeLength === 12) return { type: INTERVAL }
  return { type: BYTEA }
}

function decimalType({ precision, scale }: { precision: number; scale: number }, plain: DataType): LeafType {
  if (precision < 1 || precision > DECIMAL_DIGITS_MAX || scale < 0 || scale > precision) {
    return { type: plain, refusal: `decimal(${precision},${scale})` }
  }
  return { type: decimal(precision, scale) }
}

/** The logical type, taken from the converted type where only that is there. */
function logicalOf({ logical, converted, precision, scale }: SchemaElement): LogicalType | undefined {
  if (logical !== undefined && logical.kind !== 'unknown') return logical
  if (converted === 'DECIMAL') return { kind: 'decimal', precision, scale }
  return converted === undefined ? undefined : CONVERTED[converted]
}

const CONVERTED: Record<string, LogicalType | undefined> = {
  UTF8: { kind: 'string' },
  ENUM: { kind: 'enum' },
  JSON: { kind: 'json' },
  BSON: { kind: 'bson' },
  DATE: { kind: 'date' },
  TIME_MILLIS: { kind: 'time', unit: 'ms', utc: true },
  TIME_MICROS: { kind: 'time', unit: 'us', utc: true },
  TIMESTAMP_MILLIS: { kind: 'timestamp', unit: 'ms', utc: true },
  TIMESTAMP_MICROS: { kind: 'timestamp', unit: 'us', utc: true },
  INT_8: { kind: 'integer', bits: 8, signed: true },
  INT_16: { kind: 'integer', bits: 16, signed: true },
  INT_32: { kind: 'integer', bits: 32, signed: true },
  INT_64: { kind: 'integer', bits: 64, signed: true },
  UINT_8: { kind: 'integer', bits: 8, signed: false },
  UINT_16: { kind: 'integer', bits: 16, signed: false },
  UINT_32: { kind: 'integer', bits: 32, signed: false },
  UINT_64: { kind: 'integer', bits: 64, signed: false },
}

/** Unit of a time or timestamp leaf in the file; undefined for other leaves. */
export function unitOf(element: SchemaElement): 'ms' | 'us' | 'ns' | undefined {
  const logical = logicalOf(element)
  return logical?.kind === 'time' || logical?.kind === 'timestamp' ? logical.unit : undefined
}
