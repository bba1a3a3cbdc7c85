/**
 * What the estimator knows of a column's values, as numbers: ints, decimals, dates and timestamps have a place on the number line, so
 * ranges can be interpolated; texts only have a count of distinct values.
 */
import { toApproximateNumber } from '../../core/int64.ts'
import { type DataType, storageOf, widthOf } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { ColumnRange } from '../../format/format.ts'

export interface ColumnStats {
  /** Distinct values in the rows at hand, NULL not counted; at least 1. */
  readonly distinct: number
  /** Distinct values in the whole table, and its rows: what filters have not touched. */
  readonly baseDistinct: number
  readonly baseRows: number
  /** Nothing is known: `distinct` says how many groups to expect, and no more. */
  readonly isGuess: boolean
  /** The result of an aggregate: conditions on it look for the exceptions. */
  readonly isAggregate?: boolean
  /** Of such a result over the groups, where it can be told (aggregate-stats.ts). */
  readonly spread?: { readonly mean: number; readonly deviation: number }
  readonly nullFraction: number
  /** Undefined: not known, or not on the number line. */
  readonly min: number | undefined
  readonly max: number | undefined
}

/**
 * Statistics of the columns of a plan, by id. A column's are computed when somebody asks for them: of most columns nobody does.
 */
export class LazyColumns {
  readonly #find: (id: number) => ColumnStats | undefined
  readonly #known = new Map<number, ColumnStats | undefined>()

  /** `find` gives a column's statistics; undefined for columns of other plans. */
  constructor(find: (id: number) => ColumnStats | undefined) {
    this.#find = find
  }

  get(id: number): ColumnStats | undefined {
    const known = this.#known.get(id)
    if (known !== undefined || this.#known.has(id)) return known
    const stats = this.#find(id)
    this.#known.set(id, stats)
    return stats
  }
}

/**
 * Columns of small tables tend to be names, each once; those of large ones tend to be codes and texts of which few are compared for
 * equality. Too few rows expected does more harm than too many (a nested loop, a huge hash table), so the guess stays low.
 */
const NAMES_MAX = 64

/** The place of a value on the number line; only differences and order mean something. */
export function positionOf(value: LiteralValue | undefined, type: DataType): number | undefined {
  switch (type.kind) {
    case 'decimal':
      return typeof value === 'bigint' ? toApproximateNumber(value) / 10 ** type.scale : undefined
    case 'timestamp':
      // Nanoseconds and microseconds side by side with days.
      if (typeof value !== 'bigint') return undefined
      return toApproximateNumber(value) / (type.unit === 'ns' ? 86_400e9 : 86_400e6)
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : undefined
    default:
      if (typeof value === 'bigint') return toApproximateNumber(value)
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined
  }
}

/** How far apart neighbouring values are: 1 for integers and dates, 0.01 for decimal(p,2); undefined where they are dense. */
function stepOf(type: DataType): number | undefined {
  switch (type.kind) {
    case 'decimal':
      return 10 ** -type.scale
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
    case 'date':
    case 'boolean':
      return 1
    default:
      return undefined
  }
}

/** From a table's statistics of a column. */
export function statsOfColumn(range: ColumnRange | undefined, type: DataType, rows: number): ColumnStats {
  const nullFraction = range?.nullCount === undefined || rows === 0 ? 0 : Math.min(1, range.nullCount / rows)
  const min = positionOf(range?.min, type)
  const max = positionOf(range?.max, type)
  const filled = Math.max(1, rows * (1 - nullFraction))
  const step = stepOf(type)
  let distinct = range?.distinctCount
  if (distinct === undefined && min !== undefined && max !== undefined && step !== undefined) {
    distinct = Math.floor((max - min) / step) + 1
  }
  if (distinct === undefined && type.kind === 'boolean') distinct = 2
  distinct ??= distinctBetween(range?.min, range?.max)
  const isGuess = distinct === undefined
  distinct ??= defaultDistinct(type, filled)
  const distinctHere = Math.max(1, Math.min(distinct, filled))
  return {
    distinct: distinctHere,
    baseDistinct: distinctHere,
    baseRows: rows,
    isGuess,
    nullFraction,
    min,
    max,
  }
}

/** Codes of one or two characters after a common beginning: 'A'..'R', 'Brand#11'..'Brand#55'. Undefined for other texts. */
function distinctBetween(min: LiteralValue | undefined, max: LiteralValue | undefined): number | undefined {
  if (typeof min !== 'string' || typeof max !== 'string' || min.length !== max.length) return undefined
  let common = 0
  while (common < min.length && min[common] === max[common]) common++
  const [low, high] = [min.slice(common), max.slice(common)]
  if (low.length === 0) return 1
  if (low.length === 1) return high.charCodeAt(0) - low.charCodeAt(0) + 1
  return low.length === 2 && /^\d+$/.test(low + high) ? Number(high) - Number(low) + 1 : undefined
}

function defaultDistinct(type: DataType, rows: number): number {
  // Timestamps and floats rarely repeat.
  if (type.kind === 'timestamp' || type.kind === 'double' || type.kind === 'real') return rows
  return guessDistinct(rows)
}

function guessDistinct(rows: number): number {
  return rows <= NAMES_MAX ? Math.max(1, rows) : Math.max(NAMES_MAX, Math.sqrt(rows))
}

export function unknownStats(rows: number, distinct?: number): ColumnStats {
  const some = Math.max(1, distinct ?? guessDistinct(rows))
  return {
    distinct: some,
    baseDistinct: some,
    baseRows: Math.max(1, rows),
    isGuess: distinct === undefined,
    nullFraction: 0,
    min: undefined,
    max: undefined,
  }
}

/** Expected number of distinct values when `rows` of `total` rows are drawn of a column with `distinct` values (Cardenas). */
export function distinctAfter(distinct: number, total: number, rows: number): number {
  if (rows >= total || distinct <= 1) return Math.max(1, Math.min(distinct, rows))
  const perValue = total / distinct
  const kept = distinct * (1 - (1 - rows / total) ** perValue)
  return Math.max(1, Math.min(distinct, rows, kept))
}

/** Bytes that a value takes in memory, on average: texts are taken as 20 bytes beside their 8 of address and length. */
export function bytesOf(type: DataType): number {
  const storage = storageOf(type)
  if (storage === 'bytes') return 28
  if (storage === 'list') return 64
  return storage === 'struct' ? 32 : widthOf(storage)
}
