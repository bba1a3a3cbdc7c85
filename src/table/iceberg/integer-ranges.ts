/**
 * What a predicate asks of columns that are integers, dates or times: their values must lie in a range. Bounds of files are compared with it as bytes,
 * before anything else is made of the files.
 */
import { type DataType, sameType } from '../../core/types.ts'
import { type Expr, type LiteralValue, conjuncts } from '../../expr/expr.ts'
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

/** By field id: the ranges outside of which a comparison of the predicate is not true. */
export function integerRanges(
  predicate: Expr | null,
  columns: readonly PrunedColumn[],
): ReadonlyMap<number, IntegerRange> {
  const found = new Map<number, { type: DataType; low?: number | bigint; high?: number | bigint }>()
  for (const part of predicate === null ? [] : conjuncts(predicate)) {
    const compared = comparisonOf(part, columns)
    if (compared === undefined) continue
    const { column, value } = compared
    let range = found.get(column.id!)
    if (range === undefined) found.set(column.id!, (range = { type: column.type }))
    const [isLow, isHigh] = [/^(?:eq|g[te])$/.test(compared.name), /^(?:eq|l[te])$/.test(compared.name)]
    if (isLow && (range.low === undefined || value > range.low!)) range.low = value
    if (isHigh && (range.high === undefined || value < range.high!)) range.high = value
  }
  return new Map([...found].map(([id, { type, low, high }]) => [id, rangeOf(integerBytes(type)!, low, high)]))
}

interface Comparison {
  readonly name: string
  readonly column: PrunedColumn
  readonly value: number | bigint
}

const TURNED: Readonly<Record<string, string>> = { eq: 'eq', lt: 'gt', le: 'ge', gt: 'lt', ge: 'le' }

/** Of a column with a value of its own type. */
function comparisonOf(expr: Expr, columns: readonly PrunedColumn[]): Comparison | undefined {
  if (expr.kind !== 'call' || !Object.hasOwn(TURNED, expr.name)) return undefined
  const [first, second] = expr.args
  const isTurned = first?.kind === 'literal'
  const [side, value] = isTurned ? [second, first] : [first, second]
  if (side?.kind !== 'input' || value?.kind !== 'literal') return undefined
  const column = columns[side.index]
  if (column?.id === undefined || integerBytes(column.type) === undefined) return undefined
  if (!sameType(column.type, value.type)) return undefined
  if (typeof value.value !== 'number' && typeof value.value !== 'bigint') return undefined
  return { name: isTurned ? TURNED[expr.name]! : expr.name, column, value: value.value }
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
