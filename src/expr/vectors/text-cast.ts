/** Casts from text and to text over vectors: kernels for the common forms, the reference for the rest. */
import type { Pointer } from '../../core/memory.ts'
import { type DataType, DECIMAL_I64_DIGITS, VARCHAR, isNumeric, storageOf, widthOf } from '../../core/types.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { TextKernels } from '../../kernel/generated/text.ts'
import type { EvaluateContext } from '../functions/function.ts'
import type { LiteralValue } from '../expr.ts'
import { isUtc } from '../values/calendar.ts'
import { castToJson } from './json.ts'
import { fillRest } from './rest.ts'

/** Views of texts, one a row, and which of them are NULL (0: none). */
export interface Texts {
  readonly data: Pointer
  readonly validity: Pointer
  readonly length: number
}

/** Writes the values of the texts to `out`; rows that it does not know go to `slow`, their number is the result. */
export type TextReader = (kernels: TextKernels, texts: Texts, out: Pointer, slow: Pointer) => number

const I32_RANGES: Partial<Record<DataType['kind'], readonly [number, number]>> = {
  tinyint: [-128, 127],
  smallint: [-32768, 32767],
  utinyint: [0, 255],
  usmallint: [0, 65535],
  integer: [-999_999_999, 999_999_999],
}

/** The kernel that reads texts as values of a type; undefined: none. */
export function textReaderOf(type: DataType, timeZone: string): TextReader | undefined {
  const range = I32_RANGES[type.kind]
  if (range !== undefined) {
    return (k, { data, validity, length }, out, slow) =>
      k.textToI32(data, validity, length, range[0], range[1], out, slow)
  }
  switch (type.kind) {
    case 'bigint':
      return (k, { data, validity, length }, out, slow) => k.textToI64(data, validity, length, out, slow)
    case 'double':
      return (k, { data, validity, length }, out, slow) => k.textToF64(data, validity, length, out, slow)
    case 'boolean':
      return (k, { data, validity, length }, out, slow) => k.textToBoolean(data, validity, length, out, slow)
    case 'date':
      return (k, { data, validity, length }, out, slow) => k.textToDate(data, validity, length, out, slow)
    case 'time':
      return (k, { data, validity, length }, out, slow) => k.textToTime(data, validity, length, out, slow)
    case 'decimal': {
      const { precision, scale } = type
      if (precision > DECIMAL_I64_DIGITS) return undefined
      return (k, { data, validity, length }, out, slow) =>
        k.textToDecimal(data, validity, length, precision - scale, scale, out, slow)
    }
    case 'timestamp': {
      if (type.unit !== 'us') return undefined
      const [zone, inUtc] = [type.zone ? 1 : 0, timeZone === 'UTC' ? 1 : 0]
      return (k, { data, validity, length }, out, slow) =>
        k.textToTimestamp(data, validity, length, zone, inUtc, out, slow)
    }
    default:
      return undefined
  }
}

/** Letters that `NaN` and `infinity` begin with, as small ones. */
const LETTERS_OF_NUMBERS: ReadonlySet<number> = new Set([...'in'].map((letter) => letter.charCodeAt(0)))

/** Whether a byte begins texts that are surely no number: errors that nobody sees are dear. */
function beginsNoNumber(byte: number): boolean {
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x7a && byte < 0x80 && !LETTERS_OF_NUMBERS.has(letter)
}

/**
 * Texts as values of another type; null where no kernel reads them. `cast`: the meaning of the cast for the rows that are left, which gives NULL for what
 * cannot be cast if `isTry`.
 */
export function castFromText(
  context: EvaluateContext,
  vector: FlatVector,
  to: DataType,
  isTry: boolean,
  cast: (value: LiteralValue) => LiteralValue,
): FlatVector | null {
  if (to.kind === 'json') return castToJson(context, vector, to, cast)
  const { memory, arena, kernels, session } = context
  const read = textReaderOf(to, session.timeZone)
  if (read === undefined) return null
  const { length, validity } = vector
  const data = arena.allocate(length * widthOf(storageOf(to)))
  const rows = arena.allocate(length * 4)
  const count = read(kernels.text, vector, data, rows)
  const result: FlatVector = { encoding: 'flat', type: to, length, data, validity, children: [] }
  const { u8, u32 } = memory
  const skipsWords = isTry && isNumeric(to)
  return fillRest(context, result, { rows, count }, (row) => {
    const view = (vector.data >>> 2) + 2 * row
    if (skipsWords && u32[view + 1]! > 0 && beginsNoNumber(u8[u32[view]!]!)) return null
    return cast(valueAt(memory, vector, row))
  })
}

/** Bytes that the texts of a type take at most. */
function roomOf(type: DataType): number | null {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'utinyint':
    case 'usmallint':
      return 11
    case 'bigint':
    case 'uinteger':
    case 'double':
      return 22
    case 'decimal':
      return type.precision <= DECIMAL_I64_DIGITS ? 22 : null
    case 'date':
      return 10
    case 'timestamp':
      return type.unit === 'us' ? 29 : null
    default:
      return null
  }
}

/** Values as texts; null where no kernel writes them. */
export function castToText(
  context: EvaluateContext,
  vector: FlatVector,
  cast: (value: LiteralValue) => LiteralValue,
): FlatVector | null {
  const { memory, arena, kernels, session } = context
  const { type, data: values, length, validity } = vector
  const room = roomOf(type)
  if (room === null) return null
  if (type.kind === 'timestamp' && type.zone && !isUtc(session.timeZone)) return null
  const bytes = arena.allocate(length * room)
  const data = arena.allocate(length * 8)
  const rows = arena.allocate(length * 4)
  const { printI32, printI64, printF64, printDates, printMicros } = kernels.scalar
  let count = 0
  if (type.kind === 'double') count = printF64(values, validity, length, bytes, data, rows)
  else if (type.kind === 'date') count = printDates(values, validity, length, bytes, data, rows)
  else if (type.kind === 'timestamp')
    count = printMicros(values, validity, length, type.zone ? 1 : 0, bytes, data, rows)
  else if (storageOf(type) === 'i32') printI32(values, validity, length, bytes, data)
  else printI64(values, validity, length, type.kind === 'decimal' ? type.scale : 0, bytes, data)
  const result: FlatVector = { encoding: 'flat', type: VARCHAR, length, data, validity, children: [] }
  return fillRest(context, result, { rows, count }, (row) => cast(valueAt(memory, vector, row)))
}
