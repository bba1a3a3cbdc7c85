/**
 * Values to Avro's binary encoding: the inverse of decoder.ts, with the same values.
 *
 * Spec: Apache Avro 1.12, "Binary Encoding".
 */
import { InternalError } from '../../core/errors.ts'
import type { AvroObject, AvroValue } from './decoder.ts'
import { decimalToBytes, decimalToFixed, uuidToText } from './logical.ts'
import type { AvroType } from './schema.ts'

const utf8 = new TextEncoder()

/** Bytes that grow as they are written. */
export class AvroOutput {
  #bytes = new Uint8Array(4096)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get byteCount(): number {
    return this.#length
  }

  /** What was written, as a view that the next write may change. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  long(value: bigint | number): void {
    this.#reserve(10)
    if (typeof value === 'number' && value >= -0x4000_0000 && value < 0x4000_0000) {
      let rest = ((value << 1) ^ (value >> 31)) >>> 0
      for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
      this.#bytes[this.#length++] = rest
      return
    }
    const signed = BigInt(value)
    let rest = BigInt.asUintN(64, (signed << 1n) ^ (signed >> 63n))
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80
    this.#bytes[this.#length++] = Number(rest)
  }

  float(value: number): void {
    this.#reserve(4)
    this.#view.setFloat32(this.#length, value, true)
    this.#length += 4
  }

  double(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  bytes(value: Uint8Array): void {
    this.long(value.length)
    this.raw(value)
  }

  string(value: string): void {
    this.bytes(utf8.encode(value))
  }

  #reserve(byteCount: number): void {
    const needed = this.#length + byteCount
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** Writes `value` as `type`. A field that a record lacks is NULL. Values that don't fit the type are our own fault (XX000). */
export function encodeAvro(output: AvroOutput, type: AvroType, value: AvroValue | undefined): void {
  switch (type.kind) {
    case 'null':
      return
    case 'boolean':
      output.byte(value === true ? 1 : 0)
      return
    case 'int':
      output.long(numeric(value, type))
      return
    case 'long':
      output.long(fromEngineUnit(type, numeric(value, type)))
      return
    case 'float':
      output.float(Number(numeric(value, type)))
      return
    case 'double':
      output.double(Number(numeric(value, type)))
      return
    case 'bytes':
      output.bytes(
        type.logical?.kind === 'decimal' ? decimalToBytes(BigInt(numeric(value, type))) : binary(value, type),
      )
      return
    case 'string':
      output.string(value instanceof Uint8Array ? uuidToText(value) : text(value, type))
      return
    case 'fixed':
      output.raw(fixedBytes(type.size, value, type))
      return
    case 'enum':
      output.long(type.symbols.indexOf(text(value, type)))
      return
    case 'array': {
      const items = value as readonly AvroValue[]
      if (!Array.isArray(items)) throw misfit(value, type)
      if (items.length > 0) output.long(items.length)
      for (const item of items) encodeAvro(output, type.items, item)
      output.byte(0)
      return
    }
    case 'map': {
      if (!(value instanceof Map)) throw misfit(value, type)
      const entries = value as ReadonlyMap<string, AvroValue>
      if (entries.size > 0) output.long(entries.size)
      for (const [key, item] of entries) {
        output.string(key)
        encodeAvro(output, type.values, item)
      }
      output.byte(0)
      return
    }
    case 'record': {
      const record = value as AvroObject
      for (const field of type.fields) encodeAvro(output, field.type, record[field.name])
      return
    }
    case 'union': {
      const index = type.branches.findIndex((branch) => fits(branch, value))
      if (index < 0) throw misfit(value, type)
      output.long(index)
      encodeAvro(output, type.branches[index]!, value)
    }
  }
}

/** Whether `value` can be of the type: what tells the branches of a union apart. */
function fits(type: AvroType, value: AvroValue | undefined): boolean {
  switch (type.kind) {
    case 'null':
      return value === null || value === undefined
    case 'boolean':
      return typeof value === 'boolean'
    case 'int':
    case 'long':
      return typeof value === 'bigint' || Number.isInteger(value)
    case 'float':
    case 'double':
      return typeof value === 'number'
    case 'bytes':
    case 'fixed':
      return value instanceof Uint8Array || (type.logical?.kind === 'decimal' && typeof value === 'bigint')
    case 'string':
      return typeof value === 'string' || (type.logical?.kind === 'uuid' && value instanceof Uint8Array)
    case 'enum':
      return typeof value === 'string' && type.symbols.includes(value)
    case 'array':
      return Array.isArray(value)
    case 'map':
      return value instanceof Map
    case 'record':
      return (
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        !(value instanceof Map) &&
        !(value instanceof Uint8Array)
      )
    case 'union':
      return false
  }
}

function fromEngineUnit(type: AvroType, value: number | bigint): number | bigint {
  const logical = 'logical' in type ? type.logical : undefined
  return logical?.kind === 'timestamp' && logical.unit === 'ms' ? BigInt(value) / 1000n : value
}

function fixedBytes(size: number, value: AvroValue | undefined, type: AvroType): Uint8Array {
  if (typeof value === 'bigint') return decimalToFixed(value, size)
  const bytes = binary(value, type)
  if (bytes.length !== size) throw misfit(value, type)
  return bytes
}

function numeric(value: AvroValue | undefined, type: AvroType): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  throw misfit(value, type)
}

function binary(value: AvroValue | undefined, type: AvroType): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw misfit(value, type)
}

function text(value: AvroValue | undefined, type: AvroType): string {
  if (typeof value === 'string') return value
  throw misfit(value, type)
}

function misfit(value: AvroValue | undefined, type: AvroType): InternalError {
  return new InternalError(`value of type ${value === null ? 'null' : typeof value} written as Avro ${type.kind}`)
}
