/**
 * Columns of a batch as a program sees them, and back: typed arrays where the values are numbers, else arrays of values as in the API.
 *
 * | type | values |
 * |---|---|
 * | boolean | `Uint8Array` of 0 and 1 |
 * | tinyint to integer | `Int32Array` |
 * | bigint, uinteger | `BigInt64Array` |
 * | real, double | `Float32Array`, `Float64Array` |
 * | date | `Int32Array`: days since 1970-01-01 |
 * | time, timestamp | `BigInt64Array`: microseconds (nanoseconds of a timestamp(9)) since midnight, or since 1970 UTC |
 * | others | array of values |
 */
import type { Arena } from '../../core/arena.ts'
import { SqlError } from '../../core/errors.ts'
import type { EngineMemory } from '../../core/memory.ts'
import { type DataType, storageOf } from '../../core/types.ts'
import { columnValues } from '../../core/vector-export.ts'
import { vectorFromLiterals } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { EvaluateContext, SessionValues } from '../../expr/functions/function.ts'
import { flattenVector } from '../../expr/gather.ts'
import { type ApiValue, toApiValue } from '../api-value.ts'
import { fromApiValue } from './from-api-value.ts'

export type TypedValues = Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array

/** A column of a batch: a copy, of as many values as the batch has rows. */
export interface BatchColumn {
  readonly type: DataType
  readonly values: TypedValues | readonly ApiValue[]
  /** A byte a row, 0 = NULL; null: no NULLs. The value under a NULL means nothing. */
  readonly validity: Uint8Array | null
}

/** What a vectorised function may give: values, alone or with a validity. NULLs in an array are NULLs. */
export type BatchResult =
  | TypedValues
  | readonly unknown[]
  | { readonly values: TypedValues | readonly unknown[]; readonly validity?: Uint8Array | null }

type Kind = 'u8' | 'i32' | 'i64' | 'f32' | 'f64'

function typedKind(type: DataType): Kind | null {
  if (type.kind === 'boolean') return 'u8'
  if (type.kind === 'decimal') return null
  const storage = storageOf(type)
  return storage === 'i32' || storage === 'i64' || storage === 'f32' || storage === 'f64' ? storage : null
}

const SHIFT: Readonly<Record<Kind, number>> = { u8: 0, i32: 2, i64: 3, f32: 2, f64: 3 }
const ARRAYS = { u8: Uint8Array, i32: Int32Array, i64: BigInt64Array, f32: Float32Array, f64: Float64Array } as const

export function columnOf(context: EvaluateContext, vector: Vector, rowCount: number): BatchColumn {
  const { memory } = context
  const kind = typedKind(vector.type)
  if (kind === null) {
    const values = columnValues(memory, vector).map((value) => toApiValue(value, vector.type))
    return { type: vector.type, values, validity: validityOf(values) }
  }
  const flat = flattenVector(context, vector.encoding === 'constant' ? { ...vector, length: rowCount } : vector)
  const from = flat.data >>> SHIFT[kind]
  const validity = flat.validity === 0 ? null : memory.u8.slice(flat.validity, flat.validity + rowCount)
  return { type: vector.type, values: memory[kind].slice(from, from + rowCount), validity }
}

function validityOf(values: readonly ApiValue[]): Uint8Array | null {
  return values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 0 : 1)) : null
}

/** A column of the one value. */
export function singleColumn(value: LiteralValue, type: DataType): BatchColumn {
  const kind = typedKind(type)
  const validity = value === null ? new Uint8Array(1) : null
  if (kind === null) return { type, values: [toApiValue(value, type)], validity }
  const values = new ARRAYS[kind](1)
  if (value !== null) values[0] = typeof value === 'boolean' ? Number(value) : (value as number & bigint)
  return { type, values, validity }
}

interface GivenValues {
  readonly values: TypedValues | readonly unknown[]
  readonly own: Uint8Array | null
}

function givenValues(result: BatchResult, rowCount: number): GivenValues {
  const isPlain = Array.isArray(result) || ArrayBuffer.isView(result)
  const { values, validity: own = null } = isPlain
    ? { values: result as GivenValues['values'] }
    : ((result ?? {}) as { readonly values: GivenValues['values']; readonly validity?: Uint8Array | null })
  checkLength(values, rowCount, 'values')
  if (own !== null) checkLength(own, rowCount, 'bytes of validity')
  return { values, own }
}

/** Of a result for one row. */
export function singleValue(result: BatchResult, type: DataType, session: SessionValues): LiteralValue {
  const { values, own } = givenValues(result, 1)
  if (own !== null && own[0] === 0) return null
  const kind = typedKind(type)
  if (kind !== null && values instanceof ARRAYS[kind] && isInRange(type, values as TypedValues, () => false)) {
    const value = (values as TypedValues)[0]!
    return kind === 'u8' ? value !== 0 : value
  }
  return valueOf(values[0], type, session)
}

function valueOf(value: unknown, type: DataType, session: SessionValues): LiteralValue {
  return fromApiValue(type.kind === 'boolean' && typeof value === 'number' ? value !== 0 : value, type, session)
}

/** The vector of what a function gave; rows that are NULL in `validity` (0: none) are NULL whatever it gave for them. */
export function vectorOf(
  { memory, arena, session }: Pick<EvaluateContext, 'memory' | 'arena' | 'session'>,
  result: BatchResult,
  type: DataType,
  rowCount: number,
  validity: number,
): FlatVector {
  const { values, own } = givenValues(result, rowCount)
  const isNull = (row: number): boolean =>
    (validity !== 0 && memory.u8[validity + row] === 0) || (own !== null && own[row] === 0)
  const kind = typedKind(type)
  if (kind !== null && values instanceof ARRAYS[kind] && isInRange(type, values as TypedValues, isNull)) {
    return typedVector(memory, arena, type, { kind, values: values as TypedValues, validity, own })
  }
  const literals = Array.from(values as ArrayLike<unknown>, (value, row) =>
    isNull(row) ? null : valueOf(value, type, session),
  )
  return vectorFromLiterals(memory, arena, type, literals)
}

function checkLength(values: unknown, rowCount: number, what: string): void {
  const length = (values as { readonly length?: unknown } | null | undefined)?.length
  if (length === rowCount) return
  throw new SqlError('38000', `a vectorised function gave ${String(length)} ${what} for ${rowCount} rows`)
}

/** Numbers that the type does not hold go the way of single values, which says so. */
function isInRange({ kind }: DataType, values: TypedValues, isNull: (row: number) => boolean): boolean {
  if (kind === 'boolean') return values.every((value, row) => (value as number) <= 1 || isNull(row))
  const limits: Readonly<Record<string, readonly [number, number]>> = {
    tinyint: [-128, 127],
    utinyint: [0, 255],
    smallint: [-32_768, 32_767],
    usmallint: [0, 65_535],
    uinteger: [0, 4_294_967_295],
    time: [0, 86_400_000_000],
  }
  const limit = limits[kind]
  if (limit === undefined) return true
  return values.every((value, row) => (value >= limit[0] && value <= limit[1]) || isNull(row))
}

function typedVector(
  memory: EngineMemory,
  arena: Arena,
  type: DataType,
  { kind, values, validity, own }: { kind: Kind; values: TypedValues; validity: number; own: Uint8Array | null },
): FlatVector {
  const { length } = values
  const data = arena.allocate(length << SHIFT[kind])
  ;(memory[kind] as { set(values: TypedValues, at: number): void }).set(values, data >>> SHIFT[kind])
  let valid = validity
  if (own !== null) {
    valid = arena.allocate(length)
    for (let row = 0; row < length; row++) {
      memory.u8[valid + row] = own[row] !== 0 && (validity === 0 || memory.u8[validity + row] !== 0) ? 1 : 0
    }
  }
  return { encoding: 'flat', type, length, data, validity: valid, children: [] }
}
