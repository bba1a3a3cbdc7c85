/**
 * Bounds of columns and partition summaries: single values in binary form.
 *
 * A bound may have been written when the column was narrower: its length tells. What can't be decoded is unknown, not an error: bounds only help.
 *
 * Spec: Iceberg table spec, Appendix D, "Single-value serialization". Little-endian but decimals (big-endian, fewest bytes) and uuids.
 */
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { decimalFromBytes, decimalToBytes } from '../../format/avro/logical.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

const MICROS_PER_DAY = 86_400_000_000n

/** The value in `bytes` as a value of `type`; undefined when the bytes are not of that type or one that was promoted to it. */
export function decodeBound(bytes: Uint8Array, type: DataType): LiteralValue | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { length } = bytes
  switch (type.kind) {
    case 'boolean':
      return length === 1 ? bytes[0] !== 0 : undefined
    case 'integer':
    case 'date':
      return length === 4 ? view.getInt32(0, true) : undefined
    case 'bigint':
      return integerBound(view)
    case 'time':
      return length === 8 ? view.getBigInt64(0, true) : undefined
    case 'timestamp':
      if (length === 8) return view.getBigInt64(0, true)
      // A date that became a timestamp (version 3).
      if (length !== 4) return undefined
      return BigInt(view.getInt32(0, true)) * MICROS_PER_DAY * (type.unit === 'ns' ? 1000n : 1n)
    case 'real':
      return length === 4 ? view.getFloat32(0, true) : undefined
    case 'double':
      return length === 8 ? view.getFloat64(0, true) : length === 4 ? view.getFloat32(0, true) : undefined
    case 'decimal':
      return length >= 1 && length <= 17 ? decimalFromBytes(bytes) : undefined
    case 'varchar':
      try {
        return utf8.decode(bytes)
      } catch {
        // Cut within a character: no text to compare with.
        return undefined
      }
    case 'bytea':
      return bytes
    case 'uuid':
      return length === 16 ? bytes : undefined
    default:
      return undefined
  }
}

function integerBound(view: DataView): bigint | undefined {
  if (view.byteLength === 8) return view.getBigInt64(0, true)
  return view.byteLength === 4 ? BigInt(view.getInt32(0, true)) : undefined
}

/** The binary form of a value that is neither NULL nor nested; undefined for types without one. */
export function encodeBound(value: LiteralValue, type: DataType): Uint8Array | undefined {
  switch (type.kind) {
    case 'boolean':
      return Uint8Array.of(value === true ? 1 : 0)
    case 'integer':
    case 'date':
      return withView(4, (view) => view.setInt32(0, value as number, true))
    case 'bigint':
    case 'time':
    case 'timestamp':
      return withView(8, (view) => view.setBigInt64(0, value as bigint, true))
    case 'real':
      return withView(4, (view) => view.setFloat32(0, value as number, true))
    case 'double':
      return withView(8, (view) => view.setFloat64(0, value as number, true))
    case 'decimal':
      return decimalToBytes(value as bigint)
    case 'varchar':
      return new TextEncoder().encode(value as string)
    case 'bytea':
    case 'uuid':
      return value as Uint8Array
    default:
      return undefined
  }
}

function withView(byteCount: number, set: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(byteCount)
  set(new DataView(bytes.buffer))
  return bytes
}
