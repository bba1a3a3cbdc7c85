/**
 * The hash of the bucket transform: 32-bit Murmur3, x86 variant, seed 0.
 *
 * int, long, date, time and timestamps hash as 8 little-endian bytes (nanos as micros), decimals as their fewest big-endian bytes, text as
 * UTF-8, uuid as its 16 bytes.
 *
 * Spec: Iceberg table spec, Appendix B, "32-bit Hash Requirements", whose test values are in the test.
 */
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { floorDivide } from '../../expr/values/calendar.ts'
import { decimalToBytes } from '../../format/avro/logical.ts'

/** The hash as an i32; undefined for types that can't be bucketed. */
export function bucketHash(value: LiteralValue, type: DataType): number | undefined {
  const bytes = hashedBytes(value, type)
  return bytes === undefined ? undefined : murmur3(bytes)
}

function hashedBytes(value: LiteralValue, type: DataType): Uint8Array | undefined {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'date':
      return longBytes(BigInt(value as number))
    case 'bigint':
    case 'time':
      return longBytes(value as bigint)
    case 'timestamp':
      return longBytes(type.unit === 'ns' ? floorDivide(value as bigint, 1000n) : (value as bigint))
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

function longBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, value, true)
  return bytes
}

/** Murmur3_32 (x86) of the bytes with seed 0, as an i32. */
function murmur3(bytes: Uint8Array): number {
  let hash = 0
  const blocks = bytes.length >> 2
  for (let i = 0; i < blocks; i++) {
    const at = i * 4
    hash ^= mixBlock(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe654_6b64) | 0
  }
  let tail = 0
  for (let i = bytes.length - 1; i >= blocks * 4; i--) tail = (tail << 8) | bytes[i]!
  hash ^= mixBlock(tail) ^ bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return hash ^ (hash >>> 16)
}

function mixBlock(block: number): number {
  const k = Math.imul(block, 0xcc9e_2d51)
  return Math.imul((k << 15) | (k >>> 17), 0x1b87_3593)
}
