/** Vectors from JavaScript values and back, for tests. Values are as in LiteralValue; strings stand for varchar. */
import type { Arena } from '../../src/core/arena.ts'
import type { EngineMemory } from '../../src/core/memory.ts'
import { type DataType, storageOf, widthOf } from '../../src/core/types.ts'
import type { Batch, FlatVector, Vector } from '../../src/core/vector.ts'

export type Value = null | boolean | number | bigint | string

export interface Space {
  readonly memory: EngineMemory
  readonly arena: Arena
}

export function makeFlat({ memory, arena }: Space, type: DataType, values: readonly Value[]): FlatVector {
  const storage = storageOf(type)
  const width = widthOf(storage)
  const data = arena.allocateZeroed(values.length * width)
  const hasNulls = values.includes(null)
  const validity = hasNulls ? arena.allocate(values.length) : 0
  values.forEach((value, i) => {
    if (hasNulls) memory.u8[validity + i] = value === null ? 0 : 1
    const at = data + i * width
    if (value === null) {
      // What lies under a NULL must not matter.
      memory.u8.fill(storage === 'bytes' ? 0 : 0x5a, at, at + width)
      return
    }
    switch (storage) {
      case 'i8':
        memory.u8[at] = Number(value)
        break
      case 'i32':
        memory.i32[at >>> 2] = Number(value)
        break
      case 'i64':
        memory.i64[at >>> 3] = value as bigint
        break
      case 'f32':
        memory.f32[at >>> 2] = value as number
        break
      case 'f64':
        memory.f64[at >>> 3] = value as number
        break
      case 'i128':
        memory.i64[at >>> 3] = BigInt.asIntN(64, value as bigint)
        memory.i64[(at >>> 3) + 1] = (value as bigint) >> 64n
        break
      case 'bytes': {
        const bytes = new TextEncoder().encode(value as string)
        const start = arena.allocate(bytes.length)
        memory.u8.set(bytes, start)
        memory.u32[at >>> 2] = start
        memory.u32[(at >>> 2) + 1] = bytes.length
        break
      }
      case 'b128':
      case 'interval':
      case 'list':
      case 'struct':
        throw new Error(`no test values of ${storage}`)
    }
  })
  return { encoding: 'flat', type, length: values.length, data, validity, children: [] }
}

export function makeDictionary(space: Space, type: DataType, values: readonly Value[]): Vector {
  const distinct = [...new Set(values.filter((value) => value !== null))]
  if (distinct.length === 0) return makeFlat(space, type, values)
  const dictionary = makeFlat(space, type, distinct)
  const data = space.arena.allocate(values.length * 4)
  const hasNulls = values.includes(null)
  const validity = hasNulls ? space.arena.allocate(values.length) : 0
  const codes = new Map(distinct.map((value, i) => [value, i]))
  values.forEach((value, i) => {
    space.memory.u32[(data >>> 2) + i] = value === null ? 0 : codes.get(value)!
    if (hasNulls) space.memory.u8[validity + i] = value === null ? 0 : 1
  })
  return { encoding: 'dictionary', type, length: values.length, data, validity, dictionary }
}

export function makeConstant(space: Space, type: DataType, value: Value, length: number): Vector {
  const isNull = value === null
  const data = isNull ? 0 : makeFlat(space, type, [value]).data
  return { encoding: 'constant', type, length, data, isNull, children: [] }
}

/** The vector in an encoding that `choice` picks, where the values allow it. */
export function makeVector(space: Space, type: DataType, values: readonly Value[], choice = 0): Vector {
  if (choice % 3 === 1) return makeDictionary(space, type, values)
  if (choice % 3 === 2 && values.length > 0 && values.every((value) => Object.is(value, values[0]))) {
    return makeConstant(space, type, values[0]!, values.length)
  }
  return makeFlat(space, type, values)
}

export function readVector(memory: EngineMemory, vector: Vector): Value[] {
  return Array.from({ length: vector.length }, (_, i) => readValue(memory, vector, i))
}

function readValue(memory: EngineMemory, vector: Vector, row: number): Value {
  if (vector.encoding === 'constant') {
    return vector.isNull ? null : readAt(memory, vector.type, vector.data)
  }
  if (vector.validity !== 0 && memory.u8[vector.validity + row] === 0) return null
  if (vector.encoding === 'dictionary') {
    const code = memory.u32[(vector.data >>> 2) + row]!
    return readValue(memory, vector.dictionary, code)
  }
  return readAt(memory, vector.type, vector.data + row * widthOf(storageOf(vector.type)))
}

function readAt(memory: EngineMemory, type: DataType, at: number): Value {
  switch (storageOf(type)) {
    case 'i8':
      return memory.u8[at] !== 0
    case 'i32':
      return memory.i32[at >>> 2]!
    case 'i64':
      return memory.i64[at >>> 3]!
    case 'f32':
      return memory.f32[at >>> 2]!
    case 'f64':
      return memory.f64[at >>> 3]!
    case 'i128':
      return (memory.i64[(at >>> 3) + 1]! << 64n) | memory.u64[at >>> 3]!
    case 'bytes': {
      const start = memory.u32[at >>> 2]!
      return new TextDecoder().decode(memory.u8.slice(start, start + memory.u32[(at >>> 2) + 1]!))
    }
    case 'b128':
    case 'interval':
    case 'list':
    case 'struct':
      throw new Error('no test values of this storage')
  }
}

export function readBatch(memory: EngineMemory, batch: Batch): Value[][] {
  const columns = batch.columns.map((column) => readVector(memory, column))
  return Array.from({ length: batch.rowCount }, (_, i) => columns.map((column) => column[i]!))
}

/** Text by which rows are compared in tests: distinguishes types, NULL and NaN, not -0. */
export function rowText(row: readonly Value[]): string {
  return row
    .map((value) => {
      if (value === null) return 'NULL'
      if (typeof value === 'bigint') return `${value}n`
      if (typeof value === 'string') return JSON.stringify(value)
      return String(value === 0 ? 0 : value)
    })
    .join('|')
}
