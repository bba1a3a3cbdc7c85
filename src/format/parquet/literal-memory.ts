/** One value in the flat layout of its type (core/types.ts): what constant vectors point to. */
import type { Arena } from '../../core/arena.ts'
import { unsupported } from '../../core/errors.ts'
import { highWord, lowWord } from '../../core/int64.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import { type DataType, storageOf, typeName } from '../../core/types.ts'
import type { IntervalValue, LiteralValue } from '../../core/value.ts'

/** Writes `value` (not NULL) to `arena`. Errors: 0A000 for lists, maps and structs. */
export function storeLiteral(memory: EngineMemory, arena: Arena, type: DataType, value: LiteralValue): Pointer {
  const pointer = arena.allocate(16)
  const storage = storageOf(type)
  switch (storage) {
    case 'i8':
      memory.u8[pointer] = value === true ? 1 : 0
      return pointer
    case 'i32':
      memory.i32[pointer >>> 2] = value as number
      return pointer
    case 'f32':
      memory.f32[pointer >>> 2] = value as number
      return pointer
    case 'f64':
      memory.f64[pointer >>> 3] = value as number
      return pointer
    case 'i64':
      memory.i64[pointer >>> 3] = value as bigint
      return pointer
    case 'i128':
      memory.i64[pointer >>> 3] = lowWord(value as bigint)
      memory.i64[(pointer >>> 3) + 1] = highWord(value as bigint)
      return pointer
    case 'b128':
      memory.u8.set(value as Uint8Array, pointer)
      return pointer
    case 'bytes': {
      const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : (value as Uint8Array)
      const at = arena.allocate(bytes.length)
      memory.u8.set(bytes, at)
      memory.u32[pointer >>> 2] = at
      memory.u32[(pointer >>> 2) + 1] = bytes.length
      return pointer
    }
    case 'interval': {
      const { months, days, micros } = value as IntervalValue
      memory.i32[pointer >>> 2] = months
      memory.i32[(pointer >>> 2) + 1] = days
      memory.i64[(pointer >>> 3) + 1] = micros
      return pointer
    }
    case 'list':
    case 'struct':
      throw unsupported(`a default value of type ${typeName(type)}`)
  }
}
