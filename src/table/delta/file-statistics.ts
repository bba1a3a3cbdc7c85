/**
 * Statistics of a data file: from the JSON in its action, or from the columns of a checkpoint (`stats_parsed`).
 *
 *   {"numRecords": 3, "minValues": {"id": 1, "s": {"x": 2}}, "maxValues": {...}, "nullCount": {...}, "tightBounds": true}
 *
 * What they say is only believed as far as it is certain: texts are cut, timestamps are rounded down to milliseconds, JSON numbers may not hold a
 * decimal, floats say nothing of NaN, and with a deletion vector the bounds may be those of deleted rows.
 *
 * Spec: Delta PROTOCOL.md, "Per-file Statistics".
 */
import { type DataType, isFloat } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { ColumnRange } from '../../format/format.ts'
import { convertBound } from '../../format/parquet/statistics.ts'
import { type DeltaFile, bigintOf, numberOf, objectOf } from './actions.ts'
import { parseJson } from './json-lines.ts'
import { valueOfText } from './value-text.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** A bound in the column's type. */
interface Bound {
  readonly value: LiteralValue
  readonly exact: boolean
}

export interface FileStatistics {
  /** Rows of the data file, deleted ones too. */
  readonly rowCount: number | undefined
  readonly isTight: boolean
  bound(end: 'min' | 'max', path: readonly string[], type: DataType): Bound | undefined
  nullCount(path: readonly string[]): number | undefined
}

/** A column that statistics are asked about. */
export interface StatisticsColumn {
  readonly path: readonly string[]
  readonly type: DataType
  /** It was of a narrower type before. */
  readonly isWidened: boolean
}

const NONE: FileStatistics = {
  rowCount: undefined,
  isTight: false,
  bound: () => undefined,
  nullCount: () => undefined,
}

/** The statistics of a file; of damaged JSON nothing is known. */
export function statisticsOf({ stats }: DeltaFile): FileStatistics {
  if (stats === undefined) return NONE
  return typeof stats === 'string' ? new JsonStatistics(stats) : stats
}

/** How most writers begin: the count of rows is known before the rest is parsed. */
const ROW_COUNT = /^\{"numRecords":(\d{1,15})[,}]/

class JsonStatistics implements FileStatistics {
  readonly rowCount: number | undefined
  readonly #text: string
  #parsed: Readonly<Record<string, unknown>> | undefined

  constructor(text: string) {
    this.#text = text
    const count = text.endsWith('}') ? ROW_COUNT.exec(text)?.[1] : undefined
    this.rowCount = count === undefined ? countOf(this.#json['numRecords']) : Number(count)
  }

  get isTight(): boolean {
    return this.#json['tightBounds'] !== false
  }

  get #json(): Readonly<Record<string, unknown>> {
    return (this.#parsed ??= parsed(this.#text))
  }

  bound(end: 'min' | 'max', path: readonly string[], type: DataType): Bound | undefined {
    const value = at(this.#json[`${end}Values`], path)
    return value === undefined || value === null ? undefined : jsonBound(end, value, type)
  }

  nullCount(path: readonly string[]): number | undefined {
    return countOf(at(this.#json['nullCount'], path))
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return objectOf(parseJson(text, 'statistics')) ?? {}
  } catch {
    return {}
  }
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const name of path) {
    const object = objectOf(found)
    if (object === undefined || !Object.hasOwn(object, name)) return undefined
    found = object[name]
  }
  return found
}

function countOf(value: unknown): number | undefined {
  const count = numberOf(value)
  return count !== undefined && count >= 0 ? count : undefined
}

function jsonBound(end: 'min' | 'max', json: unknown, type: DataType): Bound | undefined {
  switch (type.kind) {
    case 'boolean':
      return typeof json === 'boolean' ? { value: json, exact: true } : undefined
    case 'tinyint':
    case 'smallint':
    case 'integer': {
      const value = numberOf(json)
      return value === undefined ? undefined : { value, exact: true }
    }
    case 'bigint': {
      const value = bigintOf(json)
      return value === undefined ? undefined : { value, exact: true }
    }
    case 'real':
    case 'double':
      return floatBound(json, type)
    case 'decimal':
      return typeof json === 'number' || typeof json === 'bigint' ? decimalBound(end, json, type) : undefined
    case 'varchar':
      return typeof json === 'string' ? { value: json, exact: false } : undefined
    case 'date': {
      const value = typeof json === 'string' ? valueOfText(json, type) : undefined
      return value === undefined ? undefined : { value, exact: true }
    }
    case 'timestamp': {
      const value = typeof json === 'string' ? valueOfText(json, type) : undefined
      return typeof value === 'bigint' ? timestampBound(end, value) : undefined
    }
    default:
      return undefined
  }
}

function floatBound(json: unknown, type: DataType): Bound | undefined {
  let value = typeof json === 'number' ? json : undefined
  if (typeof json === 'bigint') value = Number(json)
  if (typeof json === 'string') value = valueOfText(json, type) as number | undefined
  if (value === undefined || Number.isNaN(value)) return undefined
  return { value: type.kind === 'real' ? Math.fround(value) : value, exact: false }
}

/** JSON.parse keeps 15 digits of a number: beyond that, the bound is moved outwards. */
function decimalBound(
  end: 'min' | 'max',
  json: number | bigint,
  type: Extract<DataType, { kind: 'decimal' }>,
): Bound | undefined {
  const text = String(json)
  const value = valueOfText(text, type)
  if (typeof value === 'bigint' && (typeof json === 'bigint' || text.replaceAll(/^-?[0.]*|\D|0*$/g, '').length <= 15)) {
    return { value, exact: true }
  }
  const scaled = Number(json) * 10 ** type.scale
  if (!Number.isFinite(scaled)) return undefined
  const margin = BigInt(Math.ceil(Math.abs(scaled) * 2 ** -48)) + 1n
  const middle = BigInt(Math.round(scaled))
  return { value: end === 'min' ? middle - margin : middle + margin, exact: false }
}

/** Rounded down to a millisecond: values up to the next one may occur. */
function timestampBound(end: 'min' | 'max', micros: bigint): Bound {
  return { value: end === 'max' && micros % 1000n === 0n ? micros + 999n : micros, exact: false }
}

/** A bound as a Parquet column of a checkpoint has it, in the type that it has there. */
export function columnBound(end: 'min' | 'max', value: LiteralValue, from: DataType, to: DataType): Bound | undefined {
  if (value === null || Number.isNaN(value)) return undefined
  const converted = convertBound(value, from, to)
  if (converted === undefined) return undefined
  if (to.kind === 'timestamp') return timestampBound(end, converted as bigint)
  return { value: converted, exact: !isFloat(to) && to.kind !== 'varchar' && to.kind !== 'bytea' }
}

/** What is known of a column in a file. */
export function rangeOfColumn(
  statistics: FileStatistics,
  { path, type, isWidened }: StatisticsColumn,
  { deletionVector, countsNan }: DeltaFile,
): ColumnRange {
  const { rowCount, isTight } = statistics
  const isWide = deletionVector !== undefined || !isTight
  let nullCount = statistics.nullCount(path)
  // Wide counts only mean something at their ends.
  if (isWide && nullCount !== 0 && nullCount !== rowCount) nullCount = undefined
  const min = statistics.bound('min', path, type)
  const max = statistics.bound('max', path, type)
  const [low, high] = [loosened('min', min?.value, type, isWidened), loosened('max', max?.value, type, isWidened)]
  // Asked for every file and column: spreading parts into an object takes ten times as long.
  const range: Mutable<ColumnRange> = { exact: !isWide && min?.exact === true && max?.exact === true }
  if (low !== undefined) range.min = low
  if (high !== undefined) range.max = high
  if (nullCount !== undefined) range.nullCount = nullCount
  if (rowCount !== undefined) range.valueCount = rowCount
  if (!isFloat(type) || (countsNan && high !== undefined)) range.nanCount = 0
  return range
}

/** Both zeroes are one value to bounds; a double that was a float is as near to its text as floats are. */
function loosened(
  end: 'min' | 'max',
  value: LiteralValue | undefined,
  type: DataType,
  isWidened: boolean,
): LiteralValue | undefined {
  if (typeof value !== 'number' || !isFloat(type)) return value
  if (value === 0) return end === 'min' ? -0 : 0
  if (!isWidened || type.kind !== 'double' || !Number.isFinite(value)) return value
  const margin = Math.abs(value) * 2 ** -23
  return end === 'min' ? value - margin : value + margin
}
