/**
 * Values as bytes that compare like them (compare.ts), for what sorts bytes but no nested values.
 *
 *   integers, dates, times   big-endian, the sign bit turned       list, map   for each element 1 and its key, or 2 for NULL; then 0
 *   floats                   the same, all bits turned where < 0   struct      for each field 1 and its key, or 2 for NULL
 *   text, bytea              bytes with 0 as 0 255, then 0 0       interval    its length in micros, as an integer of 16 bytes
 */
import { type DataType, storageOf } from '../../core/types.ts'
import type { IntervalValue, LiteralValue } from '../../core/value.ts'
import { intervalMicros } from './compare.ts'

/** The key of a value that is not NULL. */
export function orderKey(value: LiteralValue, type: DataType): Uint8Array {
  const bytes: number[] = []
  write(bytes, value, type)
  return Uint8Array.from(bytes)
}

const END = 0
const VALUE = 1
const NULL = 2

function write(bytes: number[], value: LiteralValue, type: DataType): void {
  switch (type.kind) {
    case 'list':
      for (const item of value as readonly LiteralValue[]) writeNullable(bytes, item, type.element.type)
      bytes.push(END)
      return
    case 'map': {
      const pair: DataType = { kind: 'struct', fields: [type.key, type.value] }
      for (const item of value as readonly LiteralValue[]) writeNullable(bytes, item, pair)
      bytes.push(END)
      return
    }
    case 'struct': {
      const values = value as readonly LiteralValue[]
      type.fields.forEach((field, i) => writeNullable(bytes, values[i] ?? null, field.type))
      return
    }
    case 'interval':
      writeInteger(bytes, intervalMicros(value as IntervalValue), 16)
      return
    case 'half':
    case 'real':
    case 'double':
      writeFloat(bytes, value as number)
      return
    default:
      writePlain(bytes, value, type)
  }
}

function writeNullable(bytes: number[], value: LiteralValue, type: DataType): void {
  bytes.push(value === null ? NULL : VALUE)
  if (value !== null) write(bytes, value, type)
}

function writePlain(bytes: number[], value: LiteralValue, type: DataType): void {
  switch (storageOf(type)) {
    case 'bytes':
      for (const byte of typeof value === 'string' ? Buffer.from(value, 'utf8') : (value as Uint8Array)) {
        bytes.push(byte)
        if (byte === 0) bytes.push(255)
      }
      bytes.push(0, 0)
      return
    case 'b128':
      bytes.push(...(value as Uint8Array))
      return
    case 'i8':
      bytes.push(value === true ? 1 : 0)
      return
    default:
      writeInteger(bytes, BigInt(value as number | bigint), 16)
  }
}

function writeInteger(bytes: number[], value: bigint, byteCount: number): void {
  const shifted = BigInt.asUintN(8 * byteCount, value + (1n << BigInt(8 * byteCount - 1)))
  for (let i = byteCount - 1; i >= 0; i--) bytes.push(Number((shifted >> BigInt(8 * i)) & 255n))
}

function writeFloat(bytes: number[], value: number): void {
  const view = new DataView(new ArrayBuffer(8))
  // NaN is above all, and -0 is 0.
  view.setFloat64(0, Number.isNaN(value) ? Number.NaN : value + 0)
  const negative = view.getInt8(0) < 0 && !Number.isNaN(value)
  for (let i = 0; i < 8; i++) bytes.push(negative ? 255 - view.getUint8(i) : view.getUint8(i) | (i === 0 ? 128 : 0))
}
