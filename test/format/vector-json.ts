/**
 * Vectors as JSON values, in the notation of the fixtures' expected.json: 64-bit integers and decimals as strings, dates and
 * times as ISO text, bytes as lower-case hex, structs as objects, maps as arrays of pairs.
 */
import type { EngineMemory } from '../../src/core/memory.ts'
import { type DataType, storageOf, widthOf } from '../../src/core/types.ts'
import type { FlatVector, Vector } from '../../src/core/vector.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** All rows of a vector. */
export function vectorJson(memory: EngineMemory, vector: Vector): Json[] {
  return Array.from({ length: vector.length }, (_, row) => valueJson(memory, vector, row))
}

function valueJson(memory: EngineMemory, vector: Vector, row: number): Json {
  if (vector.encoding === 'constant') {
    if (vector.isNull) return null
    const { type, data, children } = vector
    return flatJson(memory, { encoding: 'flat', type, length: 1, data, validity: 0, children }, 0)
  }
  if (vector.validity !== 0 && memory.u8[vector.validity + row] === 0) return null
  if (vector.encoding === 'flat') return flatJson(memory, vector, row)
  return flatJson(memory, vector.dictionary, memory.i32[(vector.data >>> 2) + row]!)
}

function flatJson(memory: EngineMemory, vector: FlatVector, row: number): Json {
  const { type } = vector
  const storage = storageOf(type)
  const at = vector.data + row * widthOf(storage)
  switch (storage) {
    case 'i8':
      return memory.u8[at] === 1
    case 'i32':
      return type.kind === 'date' ? dateJson(memory.i32[at >>> 2]!) : memory.i32[at >>> 2]!
    case 'i64':
      return int64Json(type, memory.i64[at >>> 3]!)
    case 'i128': {
      const value = (memory.i64[(at >>> 3) + 1]! << 64n) | memory.u64[at >>> 3]!
      return type.kind === 'decimal' ? decimalJson(value, type.scale) : String(value)
    }
    case 'f32':
      return floatJson(Number(memory.f32[at >>> 2]!.toPrecision(9)), memory.f32[at >>> 2]!)
    case 'f64':
      return floatJson(memory.f64[at >>> 3]!, memory.f64[at >>> 3]!)
    case 'bytes': {
      const start = memory.u32[at >>> 2]!
      const bytes = Buffer.from(memory.u8.slice(start, start + memory.u32[(at >>> 2) + 1]!))
      return bytes.toString(type.kind === 'varchar' ? 'utf8' : 'hex')
    }
    case 'b128': {
      const hex = Buffer.from(memory.u8.slice(at, at + 16)).toString('hex')
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    }
    case 'interval':
      return {
        months: memory.i32[at >>> 2]!,
        days: memory.i32[(at >>> 2) + 1]!,
        micros: String(memory.i64[(at >>> 3) + 1]!),
      }
    default:
      return nestedJson(memory, vector, row, at)
  }
}

function nestedJson(memory: EngineMemory, vector: FlatVector, row: number, at: number): Json {
  const { type, children } = vector
  if (type.kind === 'struct') {
    return Object.fromEntries(type.fields.map(({ name }, i) => [name, valueJson(memory, children[i]!, row)]))
  }
  const first = memory.u32[at >>> 2]!
  const count = memory.u32[(at >>> 2) + 1]!
  const rows = Array.from({ length: count }, (_, i) => first + i)
  if (type.kind === 'list') return rows.map((child) => valueJson(memory, children[0]!, child))
  return rows.map((child) => children.map((part) => valueJson(memory, part, child)))
}

function int64Json(type: DataType, value: bigint): Json {
  if (type.kind === 'decimal') return decimalJson(value, type.scale)
  if (type.kind === 'time') return timeText(value, 6)
  if (type.kind !== 'timestamp') return type.kind === 'uinteger' ? Number(value) : String(value)
  const digits = type.unit === 'ns' ? 9 : 6
  const day = 86_400n * 10n ** BigInt(digits)
  const ofDay = ((value % day) + day) % day
  const date = dateJson(Number((value - ofDay) / day))
  return `${date}T${timeText(ofDay, digits)}${type.zone ? 'Z' : ''}`
}

function timeText(value: bigint, digits: number): string {
  const text = String(value).padStart(digits + 1, '0')
  const seconds = Number(text.slice(0, -digits))
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return `${parts.map((part) => String(part).padStart(2, '0')).join(':')}.${text.slice(-digits)}`
}

function dateJson(days: number): string {
  // Days of the proleptic Gregorian calendar; the year begins in March so that leap days come last.
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const isPlain = year >= 0 && year <= 9999
  const yearText = isPlain
    ? String(year).padStart(4, '0')
    : `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`
  return `${yearText}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

function decimalJson(value: bigint, scale: number): string {
  if (scale === 0) return String(value)
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function floatJson(text: number, value: number): Json {
  return Number.isFinite(value) ? text : String(value)
}
