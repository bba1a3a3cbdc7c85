/**
 * Texts to the values of a column: by kernel what is written in the common form, by the meaning of CAST what is left, so that both give the same.
 */
import type { Arena } from '../../core/arena.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import { type DataType, VARCHAR, storageOf, widthOf } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { readText, vectorFromLiterals } from '../../core/vector-values.ts'
import type { FlatVector } from '../../core/vector.ts'
import { castValue } from '../../expr/values/cast-value.ts'
import { type Texts, textReaderOf } from '../../expr/vectors/text-cast.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { TextValues } from '../csv/layout.ts'
import { timeReader } from './time-format.ts'

export interface TextContext {
  readonly memory: EngineMemory
  readonly kernels: Kernels
  readonly arena: Arena
}

/** Called with a row whose text is no value of the type; what it does not throw makes the row NULL. */
export type OnBadValue = (row: number, error: unknown) => void

/** The texts as values of `type`; those of text types are the views themselves. */
export function textColumn(
  context: TextContext,
  texts: Texts,
  type: DataType,
  values: TextValues,
  onBadValue: OnBadValue,
): FlatVector {
  const { data, validity, length } = texts
  if (type.kind === 'varchar') return { encoding: 'flat', type, length, data, validity, children: [] }
  const cast = caster(type, values)
  const run = cast.isCustom ? undefined : textReaderOf(type, values.timeZone)
  if (run === undefined) return castAll(context, texts, type, cast.cast, onBadValue)
  const { memory, kernels, arena } = context
  const out = arena.allocate(length * widthOf(storageOf(type)))
  const slow = arena.allocate(length * 4)
  const slowCount = run(kernels.text, texts, out, slow)
  let mask = validity
  for (let i = 0; i < slowCount; i++) {
    const row = memory.u32[(slow >>> 2) + i]!
    let value: LiteralValue = null
    try {
      value = cast.cast(textAt(memory, data, row))
    } catch (error) {
      onBadValue(row, error)
    }
    if (value === null) {
      if (mask === 0) {
        mask = arena.allocate(length)
        memory.u8.fill(1, mask, mask + length)
      }
      memory.u8[mask + row] = 0
    } else storeValue(memory, type, out, row, value)
  }
  return { encoding: 'flat', type, length, data: out, validity: mask, children: [] }
}

function textAt(memory: EngineMemory, views: Pointer, row: number): string {
  const { u32 } = memory
  const at = (views >>> 2) + 2 * row
  return readText(memory, u32[at]!, u32[at + 1]!)
}

function castAll(
  { memory, arena }: TextContext,
  { data, validity, length }: Texts,
  type: DataType,
  cast: (text: string) => LiteralValue,
  onBadValue: OnBadValue,
): FlatVector {
  const literals: LiteralValue[] = []
  for (let row = 0; row < length; row++) {
    let value: LiteralValue = null
    if (validity === 0 || memory.u8[validity + row] !== 0) {
      try {
        value = cast(textAt(memory, data, row))
      } catch (error) {
        onBadValue(row, error)
      }
    }
    literals.push(value)
  }
  return vectorFromLiterals(memory, arena, type, literals)
}

function caster(
  type: DataType,
  { dateFormat, timestampFormat, timeZone }: TextValues,
): { readonly isCustom: boolean; readonly cast: (text: string) => LiteralValue } {
  const format = type.kind === 'date' ? dateFormat : type.kind === 'timestamp' ? timestampFormat : undefined
  if (format !== undefined) return { isCustom: true, cast: remembering(timeReader(type, format, timeZone)) }
  const session = { nowMicros: 0n, timeZone }
  return { isCustom: false, cast: (text) => castValue(text, VARCHAR, type, session) }
}

/** Days occur again and again. */
function remembering(cast: (text: string) => LiteralValue): (text: string) => LiteralValue {
  const known = new Map<string, LiteralValue>()
  return (text) => {
    let value = known.get(text)
    if (value === undefined) {
      value = cast(text)
      if (known.size >= REMEMBERED_MAX) known.clear()
      known.set(text, value)
    }
    return value
  }
}

const REMEMBERED_MAX = 8192

/** Writes a value of a type that has a kernel. */
function storeValue(memory: EngineMemory, type: DataType, data: Pointer, row: number, value: LiteralValue): void {
  switch (storageOf(type)) {
    case 'i8':
      memory.u8[data + row] = value === true ? 1 : 0
      return
    case 'i32':
      memory.i32[(data >>> 2) + row] = value as number
      return
    case 'f64':
      memory.f64[(data >>> 3) + row] = value as number
      return
    default:
      memory.i64[(data >>> 3) + row] = value as bigint
  }
}
