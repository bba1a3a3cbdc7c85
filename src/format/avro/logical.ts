/**
 * Logical types to and from the engine's values: unscaled decimals, 16 bytes of a uuid, micros and nanos.
 *
 * Spec: Apache Avro 1.12, "Logical Types".
 */
import { DataError } from '../../core/errors.ts'
import type { Decode } from './decoder.ts'
import type { AvroLogical, AvroType } from './schema.ts'

/** `decode`, with its physical value turned into the logical type's. */
export function decodeLogical(decode: Decode, logical: AvroLogical | undefined, type: AvroType): Decode {
  switch (logical?.kind) {
    case undefined:
    case 'date':
      return decode
    case 'decimal':
      return (cursor) => decimalFromBytes(decode(cursor) as Uint8Array)
    case 'uuid':
      if (type.kind === 'fixed') return decode
      return (cursor) => uuidFromText(decode(cursor) as string)
    case 'time':
      if (logical.unit === 'us') return decode
      return (cursor) => BigInt(decode(cursor) as number) * 1000n
    case 'timestamp':
      if (logical.unit !== 'ms') return decode
      return (cursor) => (decode(cursor) as bigint) * 1000n
    case 'duration':
      return (cursor) => durationFromBytes(decode(cursor) as Uint8Array)
  }
}

/** Big-endian two's complement of any length; no bytes are 0. */
export function decimalFromBytes(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return BigInt.asIntN(bytes.length * 8, value)
}

/** The fewest bytes that hold `value` in big-endian two's complement, at least one. */
export function decimalToBytes(value: bigint): Uint8Array {
  let byteCount = 1
  while (BigInt.asIntN(byteCount * 8, value) !== value) byteCount++
  return decimalToFixed(value, byteCount)
}

/** `value` in `byteCount` bytes, big-endian two's complement. */
export function decimalToFixed(value: bigint, byteCount: number): Uint8Array {
  const bytes = new Uint8Array(byteCount)
  let rest = value
  for (let i = byteCount - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

/** The 16 bytes of a uuid's text; XX001 for other text. */
export function uuidFromText(text: string): Uint8Array {
  const digits = text.replaceAll('-', '')
  if (!/^[0-9a-fA-F]{32}$/.test(digits)) throw new DataError('XX001', `malformed uuid: "${text}"`)
  return Uint8Array.from({ length: 16 }, (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

/** 8-4-4-4-12 hex digits, lower case. */
export function uuidToText(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([a, b]) => digits.slice(a, b))
    .join('-')
}

function durationFromBytes(bytes: Uint8Array): { months: number; days: number; micros: bigint } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const millis = BigInt(view.getUint32(8, true))
  return { months: view.getUint32(0, true), days: view.getUint32(4, true), micros: millis * 1000n }
}
