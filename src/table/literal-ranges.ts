/**
 * What a predicate asks of columns that are compared with values: theirs must lie in a range. Bounds of files are compared with it in the form that they
 * were written in, before anything else is made of the files.
 *
 *   a > 5 and a <= 9 and b in ('x', 'z')   ->   a: [5, 9], b: ['x', 'z']
 */
import { type DataType, sameType } from '../core/types.ts'
import { type Expr, type LiteralValue, conjuncts } from '../expr/expr.ts'
import { compareValues } from '../expr/values/compare.ts'
import type { PrunedColumn } from './nested-columns.ts'

/** Both ends belong to it; undefined: it has no end there. */
export interface LiteralRange {
  readonly type: DataType
  readonly low: LiteralValue | undefined
  readonly high: LiteralValue | undefined
}

/** Types of one order, without values like NaN. */
const RANGED: ReadonlySet<DataType['kind']> = new Set([
  ...(['tinyint', 'smallint', 'integer', 'bigint', 'date', 'time', 'timestamp', 'varchar'] as const),
])

/** By field id: the ranges outside of which a conjunct of the predicate is not true. */
export function literalRanges(
  predicate: Expr | null,
  columns: readonly PrunedColumn[],
): ReadonlyMap<number, LiteralRange> {
  const found = new Map<number, LiteralRange>()
  for (const part of predicate === null ? [] : conjuncts(predicate)) {
    const compared = comparisonOf(part, columns) ?? listOf(part, columns)
    if (compared === undefined) continue
    const { id, type } = compared
    const known = found.get(id) ?? { type, low: undefined, high: undefined }
    found.set(id, {
      type,
      low: furthest(known.low, compared.low, (order) => order > 0, type),
      high: furthest(known.high, compared.high, (order) => order < 0, type),
    })
  }
  return found
}

/** Of two values the one that compares to the other as wanted; one that is not there gives way. */
function furthest(
  a: LiteralValue | undefined,
  b: LiteralValue | undefined,
  isWanted: (order: number) => boolean,
  type: DataType,
): LiteralValue | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return isWanted(compareValues(b, a, type)) ? b : a
}

interface RangedColumn extends LiteralRange {
  readonly id: number
}

const TURNED: Readonly<Record<string, string>> = { eq: 'eq', lt: 'gt', le: 'ge', gt: 'lt', ge: 'le' }

/** Of a column with a value of its own type. */
function comparisonOf(expr: Expr, columns: readonly PrunedColumn[]): RangedColumn | undefined {
  if (expr.kind !== 'call' || !Object.hasOwn(TURNED, expr.name)) return undefined
  const [first, second] = expr.args
  const isTurned = first?.kind === 'literal'
  const [side, literal] = isTurned ? [second, first] : [first, second]
  if (side === undefined || literal?.kind !== 'literal' || literal.value === null) return undefined
  const column = rangedColumn(side, literal.type, columns)
  if (column === undefined) return undefined
  const name = isTurned ? TURNED[expr.name]! : expr.name
  return {
    ...column,
    low: /^(?:eq|g[te])$/.test(name) ? literal.value : undefined,
    high: /^(?:eq|l[te])$/.test(name) ? literal.value : undefined,
  }
}

/** Of a column with a list of such values, among which NULL is equal to nothing. */
function listOf(expr: Expr, columns: readonly PrunedColumn[]): RangedColumn | undefined {
  if (expr.kind !== 'in' || expr.negated) return undefined
  const [first] = expr.values
  const column = first && rangedColumn(expr.arg, first.type, columns)
  const values = expr.values.map(({ value }) => value).filter((value) => value !== null)
  if (column === undefined || values.length === 0) return undefined
  if (!expr.values.every(({ type }) => sameType(type, column.type))) return undefined
  const end = (isWanted: (order: number) => boolean): LiteralValue =>
    values.reduce((found, value) => furthest(found, value, isWanted, column.type)!)
  return { ...column, low: end((order) => order < 0), high: end((order) => order > 0) }
}

function rangedColumn(
  expr: Expr,
  type: DataType,
  columns: readonly PrunedColumn[],
): { readonly id: number; readonly type: DataType } | undefined {
  const column = expr.kind === 'input' ? columns[expr.index] : undefined
  if (column?.id === undefined || !RANGED.has(column.type.kind) || !sameType(column.type, type)) return undefined
  return { id: column.id, type: column.type }
}
