/**
 * Makes variant values: scalars, and objects and arrays of values that are made already.
 *
 * Spec: Apache Parquet, VariantEncoding.md.
 */
import { unsupported } from '../../../core/errors.ts'
import { type DataType, typeName } from '../../../core/types.ts'
import type { LiteralValue } from '../../expr.ts'

/** A variant NULL. */
export const VARIANT_NULL: Uint8Array = Uint8Array.of(0)

/** Metadata without names. */
export const EMPTY_METADATA: Uint8Array = Uint8Array.of(0x11, 0, 0)

export interface VariantField {
  readonly name: string
  /** The name's place in the metadata. */
  readonly id: number
  readonly value: Uint8Array
}

/** The value, not NULL, of a type that is not nested. 0A000 for types that variants have not. */
export function variantScalar(value: LiteralValue, type: DataType): Uint8Array {
  switch (type.kind) {
    case 'boolean':
      return Uint8Array.of((value === true ? 1 : 2) << 2)
    case 'tinyint':
      return primitive(3, 1, (view) => view.setInt8(1, value as number))
    case 'smallint':
    case 'utinyint':
      return primitive(4, 2, (view) => view.setInt16(1, value as number, true))
    case 'integer':
    case 'usmallint':
      return primitive(5, 4, (view) => view.setInt32(1, value as number, true))
    case 'uinteger':
    case 'bigint':
      return primitive(6, 8, (view) => view.setBigInt64(1, BigInt(value as bigint), true))
    case 'double':
      return primitive(7, 8, (view) => view.setFloat64(1, value as number, true))
    case 'half':
    case 'real':
      return primitive(14, 4, (view) => view.setFloat32(1, value as number, true))
    case 'decimal':
      return variantDecimal(BigInt(value as bigint), type)
    case 'date':
      return primitive(11, 4, (view) => view.setInt32(1, value as number, true))
    case 'time':
      return primitive(17, 8, (view) => view.setBigInt64(1, value as bigint, true))
    case 'timestamp': {
      const micros = type.zone ? 12 : 13
      const code = type.unit === 'us' ? micros : micros + 6
      return primitive(code, 8, (view) => view.setBigInt64(1, value as bigint, true))
    }
    case 'varchar':
      return variantText(value as string)
    case 'bytea':
      return sized(15, value as Uint8Array)
    case 'uuid': {
      const bytes = new Uint8Array(17)
      bytes[0] = 20 << 2
      bytes.set(value as Uint8Array, 1)
      return bytes
    }
    default:
      throw unsupported(`a variant of type ${typeName(type)}`)
  }
}

function primitive(code: number, byteCount: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(1 + byteCount)
  bytes[0] = code << 2
  write(new DataView(bytes.buffer))
  return bytes
}

function variantDecimal(unscaled: bigint, { precision, scale }: DataType & { kind: 'decimal' }): Uint8Array {
  const write = (view: DataView): void => view.setUint8(1, scale)
  if (precision <= 9) {
    return primitive(8, 5, (view) => {
      write(view)
      view.setInt32(2, Number(unscaled), true)
    })
  }
  if (precision <= 18) {
    return primitive(9, 9, (view) => {
      write(view)
      view.setBigInt64(2, unscaled, true)
    })
  }
  return primitive(10, 17, (view) => {
    write(view)
    view.setBigUint64(2, BigInt.asUintN(64, unscaled), true)
    view.setBigInt64(10, unscaled >> 64n, true)
  })
}

const SHORT_MAX = 63

function variantText(text: string): Uint8Array {
  const content = new TextEncoder().encode(text)
  if (content.length > SHORT_MAX) return sized(16, content)
  const bytes = new Uint8Array(1 + content.length)
  bytes[0] = (content.length << 2) | 1
  bytes.set(content, 1)
  return bytes
}

function sized(code: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + content.length)
  bytes[0] = code << 2
  new DataView(bytes.buffer).setUint32(1, content.length, true)
  bytes.set(content, 5)
  return bytes
}

/** An object; fields come out in the order of their names' code points. */
export function variantObject(fields: readonly VariantField[]): Uint8Array {
  const sorted = fields.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  const idSize = sizeOf(sorted.reduce((most, { id }) => Math.max(most, id), 0))
  const values = sorted.map(({ value }) => value)
  const { bytes, at, offsetSize, isLarge } = container(values, sorted.length * idSize)
  bytes[0] = 2 | ((offsetSize - 1) << 2) | ((idSize - 1) << 4) | (isLarge ? 64 : 0)
  sorted.forEach(({ id }, i) => writeUnsigned(bytes, at + i * idSize, idSize, id))
  return bytes
}

export function variantArray(items: readonly Uint8Array[]): Uint8Array {
  const { bytes, offsetSize, isLarge } = container(items, 0)
  bytes[0] = 3 | ((offsetSize - 1) << 2) | (isLarge ? 16 : 0)
  return bytes
}

/** Count, offsets and values, with room for `idBytes` behind the count, which begins at `at`. */
function container(
  values: readonly Uint8Array[],
  idBytes: number,
): { readonly bytes: Uint8Array; readonly at: number; readonly offsetSize: number; readonly isLarge: boolean } {
  const total = values.reduce((sum, value) => sum + value.length, 0)
  const offsetSize = sizeOf(total)
  const isLarge = values.length > 255
  const at = 1 + (isLarge ? 4 : 1)
  const offsets = at + idBytes
  const start = offsets + (values.length + 1) * offsetSize
  const bytes = new Uint8Array(start + total)
  writeUnsigned(bytes, 1, at - 1, values.length)
  let offset = 0
  values.forEach((value, i) => {
    writeUnsigned(bytes, offsets + i * offsetSize, offsetSize, offset)
    bytes.set(value, start + offset)
    offset += value.length
  })
  writeUnsigned(bytes, offsets + values.length * offsetSize, offsetSize, offset)
  return { bytes, at, offsetSize, isLarge }
}

/** Bytes that the number takes: 1 to 4. */
function sizeOf(value: number): number {
  return value < 256 ? 1 : value < 65_536 ? 2 : value < 16_777_216 ? 3 : 4
}

function writeUnsigned(bytes: Uint8Array, at: number, size: number, value: number): void {
  for (let i = 0, rest = value; i < size; i++, rest = Math.floor(rest / 256)) bytes[at + i] = rest % 256
}
