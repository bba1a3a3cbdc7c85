/** Whole columns as arrays of JavaScript values: results. */
import type { EngineMemory } from './memory.ts'
import { isText, storageOf } from './types.ts'
import type { LiteralValue } from './value.ts'
import { readInt128, readLatin1, readText, valueAt } from './vector-values.ts'
import type { FlatVector, Vector } from './vector.ts'

/** One value a row, copied out of the memory. */
export function columnValues(memory: EngineMemory, vector: Vector): LiteralValue[] {
  switch (vector.encoding) {
    case 'constant': {
      if (vector.length === 0) return []
      return Array.from({ length: vector.length }, constantly(valueAt(memory, vector, 0)))
    }
    case 'dictionary': {
      const values = dictionaryValues(memory, vector.dictionary, vector.length)
      const first = vector.data >>> 2
      const result: LiteralValue[] = new Array(vector.length)
      for (let i = 0; i < vector.length; i++) {
        const code = memory.i32[first + i]!
        const isNull = vector.validity !== 0 && memory.u8[vector.validity + i] === 0
        result[i] = isNull ? null : values === null ? valueAt(memory, vector.dictionary, code) : values[code]!
      }
      return result
    }
    case 'flat':
      return flatValues(memory, vector)
  }
}

function constantly(value: LiteralValue): () => LiteralValue {
  return () => value
}

const decoded = new WeakMap<FlatVector, LiteralValue[]>()

/** The dictionary's values, decoded once for all batches that share it; null when it is much larger than the batch. */
function dictionaryValues(memory: EngineMemory, dictionary: FlatVector, rowCount: number): LiteralValue[] | null {
  let values = decoded.get(dictionary)
  if (values === undefined) {
    if (dictionary.length > 4 * rowCount + 64) return null
    values = flatValues(memory, dictionary)
    decoded.set(dictionary, values)
  }
  return values
}

function flatValues(memory: EngineMemory, vector: FlatVector): LiteralValue[] {
  const { length, data } = vector
  const result = valuesWithoutNulls(memory, vector, data, length)
  if (vector.validity !== 0) {
    for (let i = 0; i < length; i++) if (memory.u8[vector.validity + i] === 0) result[i] = null
  }
  return result
}

function valuesWithoutNulls(memory: EngineMemory, vector: FlatVector, data: number, length: number): LiteralValue[] {
  switch (storageOf(vector.type)) {
    case 'i32':
      return Array.from(memory.i32.subarray(data >>> 2, (data >>> 2) + length))
    case 'i64':
      return Array.from(memory.i64.subarray(data >>> 3, (data >>> 3) + length))
    case 'f32':
      return Array.from(memory.f32.subarray(data >>> 2, (data >>> 2) + length))
    case 'f64':
      return Array.from(memory.f64.subarray(data >>> 3, (data >>> 3) + length))
    case 'i128':
      return Array.from({ length }, (_, i) => readInt128(memory, data + i * 16))
    case 'bytes':
      if (isText(vector.type)) return texts(memory, vector)
      return Array.from({ length }, (_, i) => valueAt(memory, vector, i))
    default:
      return Array.from({ length }, (_, i) => valueAt(memory, vector, i))
  }
}

/**
 * Texts of a column. Where their bytes lie close together and are ASCII, the whole range is decoded at once and cut: decoding
 * one by one costs about 100 ns a value.
 */
function texts(memory: EngineMemory, vector: FlatVector): LiteralValue[] {
  const { length, validity } = vector
  const views = memory.u32.subarray(vector.data >>> 2, (vector.data >>> 2) + 2 * length)
  const isValid = (row: number): boolean => validity === 0 || memory.u8[validity + row] !== 0
  let low = 0xffff_ffff
  let high = 0
  let total = 0
  for (let i = 0; i < length; i++) {
    if (!isValid(i)) continue
    const start = views[2 * i]!
    const size = views[2 * i + 1]!
    if (size === 0) continue
    low = Math.min(low, start)
    high = Math.max(high, start + size)
    total += size
  }
  const result: LiteralValue[] = new Array(length)
  const near = total > 0 && high - low <= 2 * total + 4096
  if (near && isAscii(memory, low, high)) {
    const whole = readLatin1(memory, low, high - low)
    for (let i = 0; i < length; i++) {
      const start = views[2 * i]! - low
      result[i] = isValid(i) && views[2 * i + 1]! > 0 ? whole.slice(start, start + views[2 * i + 1]!) : ''
    }
    return result
  }
  for (let i = 0; i < length; i++) {
    result[i] = isValid(i) ? readText(memory, views[2 * i]!, views[2 * i + 1]!) : null
  }
  return result
}

function isAscii(memory: EngineMemory, start: number, end: number): boolean {
  let bits = 0
  for (let i = start; i < end; i++) bits |= memory.u8[i]!
  return bits < 128
}
