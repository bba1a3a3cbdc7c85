/**
 * What a predicate asks of columns that are integers, dates or times: their values must lie in a range. Bounds of files are compared with it as bytes,
 * before anything else is made of the files.
 */
import type { DataType } from '../../core/types.ts'
import type { Expr, LiteralValue } from '../../expr/expr.ts'
import { literalRanges } from '../literal-ranges.ts'
import type { PrunedColumn } from '../nested-columns.ts'

/** Both ends included; a value is its high and its low half, the first signed. */
export interface IntegerRange {
  readonly byteCount: 4 | 8
  readonly low: Halves
  readonly high: Halves
}

export interface Halves {
  readonly high: number
  /** 0 for values of 4 bytes, which are the high half. */
  readonly low: number
}

/** Types whose bounds are little-endian signed integers of the width given. */
const INTEGER_BYTES: Partial<Record<DataType['kind'], 4 | 8>> = {
  integer: 4,
  date: 4,
  bigint: 8,
  time: 8,
  timestamp: 8,
}

export function integerBytes({ kind }: DataType): 4 | 8 | undefined {
  return INTEGER_BYTES[kind]
}

/** By field id: the ranges outside of which a conjunct of the predicate is not true. */
export function integerRanges(
  predicate: Expr | null,
  columns: readonly PrunedColumn[],
): ReadonlyMap<number, IntegerRange> {
  const found = new Map<number, IntegerRange>()
  for (const [id, { type, low, high }] of literalRanges(predicate, columns)) {
    const byteCount = integerBytes(type)
    if (byteCount !== undefined) found.set(id, rangeOf(byteCount, low, high))
  }
  return found
}

function rangeOf(byteCount: 4 | 8, low: LiteralValue | undefined, high: LiteralValue | undefined): IntegerRange {
  const halvesOf = (value: LiteralValue | undefined, otherwise: Halves): Halves => {
    if (typeof value === 'number') return { high: value, low: 0 }
    if (typeof value !== 'bigint') return otherwise
    return { high: Number(value >> 32n), low: Number(value & 0xffff_ffffn) }
  }
  return {
    byteCount,
    low: halvesOf(low, { high: -(2 ** 31), low: 0 }),
    high: halvesOf(high, { high: 2 ** 31 - 1, low: 2 ** 32 - 1 }),
  }
}
