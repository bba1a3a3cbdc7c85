/**
 * How one field of the rows of a key becomes one value. A function is an entry in PICKS or VALUES.
 *
 * Picks choose one of the rows, by number: no value is touched. Values are computed. `older` is a row that comes late: its group's order puts
 * it before what was merged so far.
 *
 * Spec: Apache Paimon documentation, "Merge Engine", "Aggregation" and "Partial Update".
 */
import { SqlError, unsupported } from '../../../core/errors.ts'
import { type DataType, typeName } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import { divideRounded, fitsPrecision, powerOfTen } from '../../../expr/values/decimal.ts'
import type { FieldFunction, FieldMerge } from '../../../table/merge.ts'
import { areEqual, mergeMapByTime, nestedPartialUpdate, nestedUpdate } from './nested-functions.ts'

/** No row: NULL. */
export const NO_ROW = -1

/** What a pick knows of the rows of a field. */
export interface PickRows {
  isNull(row: number): boolean
  /** Whether the value of row `a` is above that of row `b`, neither being NULL. */
  isAbove(a: number, b: number): boolean
  /** Of a boolean field. */
  isTrue(row: number): boolean
}

/** Of a key under way. */
export interface PickState {
  current: number
  /** Set when `first_value` and the like have theirs. */
  isInitialized: boolean
}

export interface PickFunction {
  newer(state: PickState, row: number, rows: PickRows): number
  older(state: PickState, row: number, rows: PickRows): number
  /** Absent: refused. */
  retract?(state: PickState, row: number, rows: PickRows, isOlder: boolean): number
  /** Compares values. */
  readonly isOrdered?: boolean
}

/** The one of two rows that `choose` says, NULLs aside. */
function chosen(choose: (state: PickState, row: number, rows: PickRows) => number): PickFunction {
  const either: PickFunction['newer'] = (state, row, rows) => {
    if (rows.isNull(row)) return state.current
    return state.current === NO_ROW || rows.isNull(state.current) ? row : choose(state, row, rows)
  }
  return { newer: either, older: either }
}

const PICKS: Partial<Record<FieldFunction, PickFunction>> = {
  key: { newer: (_, row) => row, older: ({ current }) => current, retract: (_, row) => row },
  replace: {
    newer: (_, row) => row,
    older: ({ current }) => current,
    retract: ({ current }, _row, _rows, isOlder) => (isOlder ? current : NO_ROW),
  },
  last_value: { newer: (_, row) => row, older: ({ current }) => current, retract: () => NO_ROW },
  last_non_null_value: {
    newer: ({ current }, row, rows) => (rows.isNull(row) ? current : row),
    older: ({ current }, row, rows) => (current === NO_ROW || rows.isNull(current) ? row : current),
    retract: ({ current }, row, rows) => (rows.isNull(row) ? current : NO_ROW),
  },
  first_value: {
    newer: (state, row) => {
      if (state.isInitialized) return state.current
      state.isInitialized = true
      return row
    },
    older: (state, row) => {
      if (state.isInitialized) return row
      state.isInitialized = true
      return state.current
    },
  },
  first_non_null_value: {
    newer: (state, row, rows) => {
      if (state.isInitialized || rows.isNull(row)) return state.current
      state.isInitialized = true
      return row
    },
    older: (state, row, rows) => {
      if (state.isInitialized || state.current === NO_ROW || rows.isNull(state.current)) return row
      state.isInitialized = true
      return state.current
    },
  },
  max: { ...chosen(({ current }, row, rows) => (rows.isAbove(row, current) ? row : current)), isOrdered: true },
  min: { ...chosen(({ current }, row, rows) => (rows.isAbove(current, row) ? row : current)), isOrdered: true },
  bool_and: chosen(({ current }, row, rows) => (rows.isTrue(current) ? row : current)),
  bool_or: chosen(({ current }, row, rows) => (rows.isTrue(current) ? current : row)),
}

/** One that computes values. */
export interface ValueFunction {
  merge(accumulator: LiteralValue, value: LiteralValue): LiteralValue
  /** The value comes late; absent: as if it had been there before. */
  mergeOlder?(accumulator: LiteralValue, value: LiteralValue): LiteralValue
  /** Absent: refused. */
  retract?(accumulator: LiteralValue, value: LiteralValue): LiteralValue
}

const VALUES: Partial<Record<FieldFunction, (field: FieldMerge, type: DataType) => ValueFunction>> = {
  sum: (_, type) => ({
    merge: (a, b) => (a === null || b === null ? (a ?? b) : add(a, b, type)),
    retract: (a, b) => {
      if (b === null) return a
      return a === null ? subtract(zeroOf(b), b, type) : subtract(a, b, type)
    },
  }),
  product: (_, type) => ({
    merge: (a, b) => (a === null || b === null ? (a ?? b) : multiply(a, b, type)),
    retract: (a, b) => (a === null || b === null ? a : divide(a, b, type)),
  }),
  listagg: ({ delimiter = ',', distinct = false }) => ({
    merge: (a, b) => (distinct ? joinDistinct(a, b, delimiter) : join(a, b, delimiter)),
  }),
  collect: ({ distinct = false }, type) => collect(elementType(type), distinct),
  merge_map: (_, type) => mergeMap(type),
  merge_map_with_keytime: ({ timestampField }, type) => mergeMapByTime(type, timestampField),
  nested_update: (field, type) => nestedUpdate(elementType(type), field),
  nested_partial_update: (field, type) => nestedPartialUpdate(elementType(type), field),
}

export function pickFunction(name: FieldFunction): PickFunction | undefined {
  return PICKS[name]
}

/** 0A000 for a type that the function is not for. */
export function valueFunction(field: FieldMerge, type: DataType): ValueFunction {
  const make = VALUES[field.function]
  if (make === undefined) throw unsupported(`aggregate function "${field.function}" of a table`)
  return make(field, type)
}

function zeroOf(value: LiteralValue): LiteralValue {
  return typeof value === 'bigint' ? 0n : 0
}

function add(a: LiteralValue, b: LiteralValue, type: DataType): LiteralValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return fitted(a + b, type)
  return fitted((a as number) + (b as number), type)
}

function subtract(a: LiteralValue, b: LiteralValue, type: DataType): LiteralValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return fitted(a - b, type)
  return fitted((a as number) - (b as number), type)
}

function multiply(a: LiteralValue, b: LiteralValue, type: DataType): LiteralValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    const product = a * b
    return fitted(type.kind === 'decimal' ? divideRounded(product, powerOfTen(type.scale)) : product, type)
  }
  return fitted((a as number) * (b as number), type)
}

function divide(a: LiteralValue, b: LiteralValue, type: DataType): LiteralValue {
  const isFloat = type.kind === 'real' || type.kind === 'double'
  if (!isFloat && (b === 0 || b === 0n)) throw new SqlError('22012', 'division by zero')
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    return fitted(type.kind === 'decimal' ? divideRounded(a * powerOfTen(type.scale), b) : a / b, type)
  }
  const quotient = (a as number) / (b as number)
  return fitted(isFloat ? quotient : Math.trunc(quotient), type)
}

const INTEGER_BITS: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, integer: 32, bigint: 64 }

/** The result in its type: decimals that don't fit are NULL, integers an error, as the reference has it. */
function fitted(value: number | bigint, type: DataType): LiteralValue {
  if (type.kind === 'decimal') return fitsPrecision(value as bigint, type.precision) ? value : null
  if (type.kind === 'real') return Math.fround(value as number)
  if (type.kind === 'double') return value
  const bits = INTEGER_BITS[type.kind]
  if (bits === undefined) throw unsupported(`an aggregate of a table over ${typeName(type)}`)
  const limit = 2n ** BigInt(bits - 1)
  const whole = BigInt(value)
  if (whole < -limit || whole >= limit) throw new SqlError('22003', `${typeName(type)} out of range`)
  return value
}

function isBlank(value: LiteralValue): boolean {
  return value === null || (value as string).trim() === ''
}

function join(a: LiteralValue, b: LiteralValue, delimiter: string): LiteralValue {
  if (isBlank(b)) return a
  return isBlank(a) ? b : `${a as string}${delimiter}${b as string}`
}

function joinDistinct(a: LiteralValue, b: LiteralValue, delimiter: string): LiteralValue {
  if (isBlank(b)) return a
  if (isBlank(a)) return b
  const parts = new Set((a as string).split(delimiter))
  let joined = a as string
  for (const part of (b as string).split(delimiter)) {
    if (part.trim() === '' || parts.has(part)) continue
    parts.add(part)
    joined += delimiter + part
  }
  return joined
}

function elementType(type: DataType): DataType {
  if (type.kind !== 'list') throw unsupported(`collecting values of type ${typeName(type)}`)
  return type.element.type
}

type Items = readonly LiteralValue[]

function collect(type: DataType, distinct: boolean): ValueFunction {
  const merge = (a: LiteralValue, b: LiteralValue): LiteralValue => {
    if (a === null && b === null) return null
    const items = [...((a as Items | null) ?? []), ...((b as Items | null) ?? [])]
    return distinct ? withoutRepeats(items, type) : items
  }
  return {
    merge,
    mergeOlder: merge,
    retract: (a, b) => {
      if (a === null || b === null) return a
      const gone = [...(b as Items)]
      return (a as Items).filter((item) => {
        const at = gone.findIndex((other) => areEqual(item, other, type))
        if (at >= 0) gone.splice(at, 1)
        return at < 0
      })
    },
  }
}

function withoutRepeats(items: Items, type: DataType): Items {
  const kept: LiteralValue[] = []
  for (const item of items) if (!kept.some((other) => areEqual(item, other, type))) kept.push(item)
  return kept
}

function mergeMap(type: DataType): ValueFunction {
  if (type.kind !== 'map') throw unsupported(`merging maps of type ${typeName(type)}`)
  const keyType = type.key.type
  const keyOf = (pair: LiteralValue): LiteralValue => (pair as Items)[0]!
  const without = (pairs: Items, others: Items): LiteralValue[] =>
    pairs.filter((pair) => !others.some((other) => areEqual(keyOf(pair), keyOf(other), keyType)))
  return {
    merge: (a, b) => (a === null || b === null ? (a ?? b) : [...without(a as Items, b as Items), ...(b as Items)]),
    retract: (a, b) => (a === null || b === null ? a : without(a as Items, b as Items)),
  }
}
