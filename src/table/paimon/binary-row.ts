/**
 * BinaryRow: rows in manifests (partitions, keys, bounds).
 *
 *   u8 row kind | bits of NULLs, from bit 8, up to a multiple of 8 bytes | 8 bytes a field | variable part
 *
 * Little-endian. Variable values of up to 7 bytes stand in the field, their length in the top byte (0x80 | length); longer ones are (u32 length,
 * u32 offset). Compact decimals and timestamps are in the field; long decimals and timestamps of more than 3 digits have (u32 length
 * or nanos of the milli, u32 offset) of their bytes or milliseconds. In manifests, four bytes go before: the number of fields, big-endian.
 *
 * Spec: Apache Paimon, "Manifest", appendix; BinaryRow of its Java implementation.
 */
import { corrupt } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'

/** What a field's layout depends on besides the type. */
export interface BinaryField {
  readonly type: DataType
  /** `TIMESTAMP(3)`: fractional digits decide the layout. */
  readonly typeText: string
}

const DECIMAL_COMPACT_DIGITS = 18
const TIMESTAMP_COMPACT_DIGITS = 3

/** The values of a serialized row, with its four bytes of arity; nested values come out undefined. XX001 for damaged bytes. */
export function readBinaryRow(
  bytes: Uint8Array,
  fields: readonly BinaryField[],
  where: string,
): (LiteralValue | undefined)[] {
  if (bytes.length < 4) throw corrupt(where, 'a row in a manifest ends early')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const arity = view.getInt32(0)
  if (arity !== fields.length)
    throw corrupt(where, `a row in a manifest has ${arity} fields instead of ${fields.length}`)
  const nullBytes = Math.floor((arity + 63 + 8) / 64) * 8
  if (bytes.length < 4 + nullBytes + arity * 8) throw corrupt(where, 'a row in a manifest ends early')
  const reader = new RowReader(bytes.subarray(4), where)
  return fields.map((field, i) => {
    const bit = i + 8
    if (((bytes[4 + (bit >> 3)]! >> (bit & 7)) & 1) === 1) return null
    return reader.value(nullBytes + i * 8, field)
  })
}

/** How many fields a serialized row has. */
export function binaryRowArity(bytes: Uint8Array): number {
  return bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(0)
}

/** Fractional digits of a timestamp type's text. */
export function timestampDigits(typeText: string): number {
  return Number(/\((\d+)\)/.exec(typeText)?.[1] ?? 6)
}

class RowReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #where: string

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#where = where
  }

  value(at: number, { type, typeText }: BinaryField): LiteralValue | undefined {
    const view = this.#view
    switch (type.kind) {
      case 'boolean':
        return view.getUint8(at) !== 0
      case 'tinyint':
        return view.getInt8(at)
      case 'smallint':
        return view.getInt16(at, true)
      case 'integer':
      case 'date':
        return view.getInt32(at, true)
      case 'time':
        return BigInt(view.getInt32(at, true)) * 1000n
      case 'bigint':
        return view.getBigInt64(at, true)
      case 'real':
        return view.getFloat32(at, true)
      case 'double':
        return view.getFloat64(at, true)
      case 'varchar':
        return new TextDecoder().decode(this.#variable(at))
      case 'bytea':
        return this.#variable(at).slice()
      case 'decimal':
        return type.precision <= DECIMAL_COMPACT_DIGITS ? view.getBigInt64(at, true) : this.#decimal(at)
      case 'timestamp':
        return this.#timestamp(at, timestampDigits(typeText), type.unit === 'ns')
      default:
        return undefined
    }
  }

  #variable(at: number): Uint8Array {
    const mark = this.#view.getUint8(at + 7)
    if ((mark & 0x80) !== 0) return this.#slice(at, mark & 0x7f)
    const word = this.#view.getBigUint64(at, true)
    return this.#slice(Number(word >> 32n), Number(word & 0xffff_ffffn))
  }

  #decimal(at: number): bigint {
    const word = this.#view.getBigUint64(at, true)
    let value = 0n
    const bytes = this.#slice(Number(word >> 32n), Number(word & 0xffff_ffffn))
    for (const byte of bytes) value = (value << 8n) | BigInt(byte)
    return BigInt.asIntN(bytes.length * 8, value)
  }

  #timestamp(at: number, digits: number, isNanos: boolean): bigint {
    let millis: bigint
    let nanos = 0n
    if (digits <= TIMESTAMP_COMPACT_DIGITS) millis = this.#view.getBigInt64(at, true)
    else {
      const word = this.#view.getBigUint64(at, true)
      const bytes = this.#slice(Number(word >> 32n), 8)
      millis = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true)
      nanos = word & 0xffff_ffffn
    }
    return isNanos ? millis * 1_000_000n + nanos : millis * 1000n + nanos / 1000n
  }

  #slice(offset: number, length: number): Uint8Array {
    if (offset + length > this.#bytes.length) throw corrupt(this.#where, 'a row in a manifest points outside itself')
    return this.#bytes.subarray(offset, offset + length)
  }
}
