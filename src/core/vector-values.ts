/**
 * Between vectors in shared memory and JavaScript values, one value at a time, and views of vectors that copy nothing.
 *
 * For literals, tests and rare paths: whole columns go through vector-export.ts, hot loops through kernels.
 */
import { Buffer } from 'node:buffer'
import type { Arena } from './arena.ts'
import { assert, defined } from './assert.ts'
import { joinInt128 } from './int64.ts'
import type { EngineMemory, Pointer } from './memory.ts'
import { type DataType, type Storage, isText, storageOf, widthOf } from './types.ts'
import type { IntervalValue, LiteralValue } from './value.ts'
import { wideDecimalBytes, wideDecimalValue } from './wide-decimal.ts'
import type { ConstantVector, FlatVector, Vector } from './vector.ts'

const buffers = new WeakMap<ArrayBufferLike, Buffer>()

/** The memory as a Buffer, whose string functions are faster than TextDecoder and read shared memory. */
function bufferOf(memory: EngineMemory): Buffer {
  let buffer = buffers.get(memory.u8.buffer)
  if (buffer === undefined) {
    buffer = Buffer.from(memory.u8.buffer)
    buffers.set(memory.u8.buffer, buffer)
  }
  return buffer
}

/** UTF-8 bytes as a string; broken sequences become U+FFFD. */
export function readText(memory: EngineMemory, pointer: Pointer, byteCount: number): string {
  return bufferOf(memory).toString('utf8', pointer, pointer + byteCount)
}

/** Bytes as a string of the characters U+0000 to U+00FF: for bytes known to be ASCII. */
export function readLatin1(memory: EngineMemory, pointer: Pointer, byteCount: number): string {
  return bufferOf(memory).toString('latin1', pointer, pointer + byteCount)
}

export function readInt128(memory: EngineMemory, pointer: Pointer): bigint {
  const at = pointer >>> 3
  return joinInt128(memory.u64[at]!, memory.i64[at + 1]!)
}

export function writeInt128(memory: EngineMemory, pointer: Pointer, value: bigint): void {
  const at = pointer >>> 3
  // Typed arrays take a bigint modulo 2^64.
  memory.i64[at] = BigInt.asIntN(64, value)
  memory.i64[at + 1] = BigInt.asIntN(64, value >> 64n)
}

/** Whether a row is NULL. */
export function isNullAt(memory: EngineMemory, vector: Vector, row: number): boolean {
  if (vector.encoding === 'constant') return vector.isNull
  return vector.validity !== 0 && memory.u8[vector.validity + row] === 0
}

/** The value of a row; a copy that stays when the vector's memory is used again. */
export function valueAt(memory: EngineMemory, vector: Vector, row: number): LiteralValue {
  assert(row >= 0 && row < vector.length, 'row of the vector')
  if (isNullAt(memory, vector, row)) return null
  switch (vector.encoding) {
    case 'dictionary':
      return valueAt(memory, vector.dictionary, memory.i32[(vector.data >>> 2) + row]!)
    case 'constant':
      return readValue(memory, vector.type, vector.data, vector.children, 0)
    case 'flat':
      return readValue(memory, vector.type, vector.data, vector.children, row)
  }
}

function readValue(
  memory: EngineMemory,
  type: DataType,
  data: Pointer,
  children: readonly Vector[],
  row: number,
): LiteralValue {
  const storage = storageOf(type)
  const at = data + row * widthOf(storage)
  switch (storage) {
    case 'i8':
      return type.kind === 'null' ? null : memory.u8[at] !== 0
    case 'i32':
      return memory.i32[at >>> 2]!
    case 'i64':
      return memory.i64[at >>> 3]!
    case 'i128':
      return readInt128(memory, at)
    case 'f32':
      return memory.f32[at >>> 2]!
    case 'f64':
      return memory.f64[at >>> 3]!
    case 'bytes': {
      const start = memory.u32[at >>> 2]!
      const length = memory.u32[(at >>> 2) + 1]!
      if (isText(type)) return readText(memory, start, length)
      const bytes = memory.u8.slice(start, start + length)
      return type.kind === 'decimal' ? wideDecimalValue(bytes) : bytes
    }
    case 'b128':
      return memory.u8.slice(at, at + 16)
    case 'interval':
      return readInterval(memory, at)
    case 'list':
      return readList(memory, type, at, children)
    case 'struct':
      return children.map((child) => valueAt(memory, child, row))
  }
}

function readInterval(memory: EngineMemory, at: Pointer): IntervalValue {
  return {
    months: memory.i32[at >>> 2]!,
    days: memory.i32[(at >>> 2) + 1]!,
    micros: memory.i64[(at >>> 3) + 1]!,
  }
}

function readList(memory: EngineMemory, type: DataType, at: Pointer, children: readonly Vector[]): LiteralValue {
  const start = memory.u32[at >>> 2]!
  const count = memory.u32[(at >>> 2) + 1]!
  const [first, second] = children
  const parts: LiteralValue[] = []
  for (let i = start; i < start + count; i++) {
    const value = valueAt(memory, defined(first, 'elements of a list'), i)
    parts.push(type.kind === 'map' ? [value, valueAt(memory, defined(second, 'values of a map'), i)] : value)
  }
  return parts
}

/** A flat vector of the values, in the arena. Strings' bytes are in the arena too. */
export function vectorFromLiterals(
  memory: EngineMemory,
  arena: Arena,
  type: DataType,
  values: readonly LiteralValue[],
): FlatVector {
  const length = values.length
  const storage = storageOf(type)
  const width = widthOf(storage)
  let validity: Pointer = 0
  if (values.includes(null)) {
    validity = arena.allocate(length)
    for (let i = 0; i < length; i++) memory.u8[validity + i] = values[i] === null ? 0 : 1
  }
  if (storage === 'struct' || storage === 'list') return nestedFromLiterals(memory, arena, type, values, validity)
  const data = arena.allocate(length * width)
  memory.bulk.fill(0, data, data + length * width)
  if (storage === 'bytes' && isText(type)) writeTexts(memory, arena, data, values as readonly (string | null)[])
  else if (type.kind !== 'null') {
    for (let i = 0; i < length; i++) {
      const value = values[i]!
      if (value !== null) writeValue(memory, arena, storage, data + i * width, value)
    }
  }
  return { encoding: 'flat', type, length, data, validity, children: [] }
}

/** Characters up to which a text is written one after the other: encoding has a price of its own. */
const SHORT_CHARS_MAX = 64

/** Views of texts at `data`; short ones share one allocation. */
function writeTexts(memory: EngineMemory, arena: Arena, data: Pointer, values: readonly (string | null)[]): void {
  const { u8, u32 } = memory
  let room = 0
  for (const value of values) if (value !== null && value.length <= SHORT_CHARS_MAX) room += 3 * value.length
  let next = arena.allocate(room)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value === null) continue
    if (value.length > SHORT_CHARS_MAX) {
      writeValue(memory, arena, 'bytes', data + 8 * i, value)
      continue
    }
    let size = 0
    let code = 0
    for (; size < value.length && (code = value.charCodeAt(size)) < 0x80; size++) u8[next + size] = code
    // With its room: what is left of a memory of more than 2 GiB is no length for it.
    if (size < value.length) size = bufferOf(memory).write(value, next, 3 * value.length, 'utf8')
    u32[(data >>> 2) + 2 * i] = next
    u32[(data >>> 2) + 2 * i + 1] = size
    next += size
  }
}

/** Writes a value, not NULL, of a storage that is not nested; the bytes of texts go to the arena. */
export function writeValue(
  memory: EngineMemory,
  arena: Arena,
  storage: Storage,
  at: Pointer,
  value: LiteralValue,
): void {
  switch (storage) {
    case 'i8':
      memory.u8[at] = value === true ? 1 : 0
      return
    case 'i32':
      memory.i32[at >>> 2] = value as number
      return
    case 'i64':
      memory.i64[at >>> 3] = value as bigint
      return
    case 'i128':
      writeInt128(memory, at, value as bigint)
      return
    case 'f32':
      memory.f32[at >>> 2] = value as number
      return
    case 'f64':
      memory.f64[at >>> 3] = value as number
      return
    case 'bytes': {
      const bytes = bytesOf(value)
      const start = arena.allocate(bytes.length)
      memory.u8.set(bytes, start)
      memory.u32[at >>> 2] = start
      memory.u32[(at >>> 2) + 1] = bytes.length
      return
    }
    case 'b128':
      memory.u8.set(value as Uint8Array, at)
      return
    case 'interval': {
      const { months, days, micros } = value as IntervalValue
      memory.i32[at >>> 2] = months
      memory.i32[(at >>> 2) + 1] = days
      memory.i64[(at >>> 3) + 1] = micros
      return
    }
    case 'list':
    case 'struct':
      throw new TypeError('nested values are written by nestedFromLiterals')
  }
}

function bytesOf(value: LiteralValue): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'utf8')
  return typeof value === 'bigint' || typeof value === 'number' ? wideDecimalBytes(value) : (value as Uint8Array)
}

function nestedFromLiterals(
  memory: EngineMemory,
  arena: Arena,
  type: DataType,
  values: readonly LiteralValue[],
  validity: Pointer,
): FlatVector {
  const length = values.length
  if (type.kind === 'struct') {
    const children = type.fields.map((field, i) => {
      const parts = values.map((value) => (value === null ? null : ((value as readonly LiteralValue[])[i] ?? null)))
      return vectorFromLiterals(memory, arena, field.type, parts)
    })
    return { encoding: 'flat', type, length, data: 0, validity, children }
  }
  const data = arena.allocate(length * 8)
  const items: LiteralValue[] = []
  for (const [i, value] of values.entries()) {
    const parts = value === null ? [] : (value as readonly LiteralValue[])
    memory.u32[(data >>> 2) + i * 2] = items.length
    memory.u32[(data >>> 2) + i * 2 + 1] = parts.length
    for (const part of parts) items.push(part)
  }
  const children: Vector[] = []
  if (type.kind === 'list') children.push(vectorFromLiterals(memory, arena, type.element.type, items))
  if (type.kind === 'map') {
    const part = (place: number): LiteralValue[] =>
      items.map((pair) => (pair as readonly LiteralValue[])[place] ?? null)
    children.push(vectorFromLiterals(memory, arena, type.key.type, part(0)))
    children.push(vectorFromLiterals(memory, arena, type.value.type, part(1)))
  }
  return { encoding: 'flat', type, length, data, validity, children }
}

/** `length` rows of one value. */
export function constantVector(
  memory: EngineMemory,
  arena: Arena,
  type: DataType,
  value: LiteralValue,
  length: number,
): ConstantVector {
  const one = vectorFromLiterals(memory, arena, type, [value])
  const { data, children } = one
  return { encoding: 'constant', type, length, data, isNull: value === null, children }
}

/** Rows [start, start + count) of a vector, sharing its memory. */
export function sliceVector(vector: Vector, start: number, count: number): Vector {
  assert(start >= 0 && count >= 0 && start + count <= vector.length, 'rows of the vector')
  if (start === 0 && count === vector.length) return vector
  switch (vector.encoding) {
    case 'constant':
      return { ...vector, length: count }
    case 'dictionary':
      return {
        ...vector,
        length: count,
        data: vector.data + start * 4,
        validity: vector.validity === 0 ? 0 : vector.validity + start,
      }
    case 'flat': {
      const storage = storageOf(vector.type)
      return {
        ...vector,
        length: count,
        data: vector.data + start * widthOf(storage),
        validity: vector.validity === 0 ? 0 : vector.validity + start,
        children:
          storage === 'struct' ? vector.children.map((child) => sliceVector(child, start, count)) : vector.children,
      }
    }
  }
}
