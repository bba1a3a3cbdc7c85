/**
 * What a predicate rules out: files by partition values and by statistics, conjuncts by partitions that make them certain.
 *
 * The answer is "might match": whatever is unknown stays.
 */
import type { DataType } from '../../core/types.ts'
import { type Expr, type LiteralValue, and, conjuncts, walkExpr } from '../../expr/expr.ts'
import { mightMatch, mustMatch } from '../../expr/prune.ts'
import type { ColumnRange } from '../../format/format.ts'
import { convertBound } from '../../format/parquet/statistics.ts'
import { literalRanges } from '../literal-ranges.ts'
import { type PrunedColumn, nestedColumns } from '../nested-columns.ts'
import type { Pushdown } from '../table.ts'
import type { DeltaFile } from './actions.ts'
import type { TypedRange } from './checkpoint-file.ts'
import type { ColumnBinder } from './column-sources.ts'
import { type FileStatistics, type StatisticsColumn, rangeOfColumn } from './file-statistics.ts'
import type { DeltaSchema } from './schema.ts'
import type { RangedColumn } from './statistics-rows.ts'

export class ScanPruner {
  readonly #pushed: Expr | null
  /** The same with fields of structs as columns of their own. */
  readonly #predicate: Expr | null
  readonly #columns: readonly PrunedColumn[]
  readonly #statistics: readonly (StatisticsColumn | undefined)[]
  readonly #binder: ColumnBinder
  readonly #usesPartitions: boolean
  /** Residuals by the conjuncts that are left, one digit each. */
  readonly #residuals = new Map<string, Expr | null>()

  constructor({ predicate, columns }: Pushdown, schema: DeltaSchema, binder: ColumnBinder) {
    this.#binder = binder
    this.#pushed = predicate
    const nested = nestedColumns(predicate, columns, (column) => binder.fieldOf(column)?.id)
    this.#predicate = nested.predicate
    this.#columns = nested.columns
    this.#statistics = this.#columns.map(({ id, type }) => {
      const field = id === undefined ? undefined : schema.byId.get(id)
      const path = id === undefined ? undefined : schema.physicalPaths.get(id)
      return field === undefined || path === undefined ? undefined : { path, type, isWidened: field.isWidened }
    })
    const inputs = predicate === null ? [] : walkExpr(predicate).flatMap((e) => (e.kind === 'input' ? e.index : []))
    this.#usesPartitions = inputs.some((index) => binder.columns[index]?.kind === 'partition')
  }

  /** Whether partition values can rule anything out. */
  get usesPartitions(): boolean {
    return this.#usesPartitions
  }

  /** Whether statistics are of any use. */
  get wantsStatistics(): boolean {
    return this.#predicate !== null
  }

  /** Columns with statistics, outside of whose ranges no row matches. */
  get ranges(): readonly RangedColumn[] {
    const byId = literalRanges(this.#predicate, this.#columns)
    return this.#columns.flatMap(({ id }, i): RangedColumn[] => {
      const [range, statistics] = [id === undefined ? undefined : byId.get(id), this.#statistics[i]]
      const isKept = this.#binder.columns[i]?.kind === 'partition'
      return range === undefined || statistics === undefined || isKept ? [] : [{ path: statistics.path, range }]
    })
  }

  /** False only when no file of the partition can hold a row that matches. */
  partitionMightMatch(values: readonly LiteralValue[]): boolean {
    if (this.#predicate === null || !this.#usesPartitions) return true
    return mightMatch(this.#predicate, (input) => this.#partitionRange(input, values))
  }

  /** As `partitionMightMatch`, for values of which only ranges are known, by physical name; they are as the checkpoint's writer typed them. */
  partitionsMightMatch(rangeOf: (physicalName: string) => TypedRange | undefined): boolean {
    if (this.#predicate === null || !this.#usesPartitions) return true
    return mightMatch(this.#predicate, (input) => {
      const column = this.#binder.columns[input]
      if (column?.kind !== 'partition') return undefined
      const known = rangeOf(column.field.physicalName)
      return known && rangeAs(known, column.field.type)
    })
  }

  /** False only when no row of the file can match. */
  fileMightMatch(file: DeltaFile, statistics: FileStatistics, values: readonly LiteralValue[]): boolean {
    if (this.#predicate === null) return true
    return mightMatch(this.#predicate, (input) => {
      const column = this.#statistics[input]
      return this.#partitionRange(input, values) ?? (column && rangeOfColumn(statistics, column, file))
    })
  }

  /** The predicate without the conjuncts that hold for every row of the partition; null when none is left. */
  residual(values: readonly LiteralValue[]): Expr | null {
    if (this.#pushed === null || !this.#usesPartitions) return this.#pushed
    const replaced = conjuncts(this.#predicate!)
    const isLeft = replaced.map((part) => !mustMatch(part, (input) => this.#partitionRange(input, values)))
    if (isLeft.every(Boolean)) return this.#pushed
    // One object for the files that agree: executors prepare it once.
    const key = isLeft.map(Number).join('')
    let residual = this.#residuals.get(key)
    if (residual === undefined) {
      const left = conjuncts(this.#pushed).filter((_, n) => isLeft[n])
      this.#residuals.set(key, (residual = left.length === 0 ? null : and(left)))
    }
    return residual
  }

  #partitionRange(input: number, values: readonly LiteralValue[]): ColumnRange | undefined {
    const column = this.#binder.columns[input]
    return column?.kind === 'partition' ? rangeOfValue(values[column.slot]!) : undefined
  }
}

/** A range in another type; bounds that cannot be converted are unknown. */
function rangeAs({ range, type }: TypedRange, to: DataType): ColumnRange {
  const { min, max, nullCount, valueCount } = range
  const low = min === undefined || min === null ? undefined : convertBound(min, type, to)
  const high = max === undefined || max === null ? undefined : convertBound(max, type, to)
  return {
    ...(low === undefined ? {} : { min: low }),
    ...(high === undefined ? {} : { max: high }),
    ...(nullCount === undefined ? {} : { nullCount }),
    ...(valueCount === undefined ? {} : { valueCount }),
    exact: false,
  }
}

/** The range of a column that has one value in every row. */
export function rangeOfValue(value: LiteralValue, rowCount: number = 1): ColumnRange {
  if (value === null) return { nullCount: rowCount, valueCount: rowCount, exact: false }
  // NaN is the greatest float: nothing below the greatest number occurs.
  if (Number.isNaN(value)) {
    return { min: Infinity, max: Infinity, nullCount: 0, nanCount: rowCount, valueCount: rowCount, exact: false }
  }
  return { min: value, max: value, nullCount: 0, nanCount: 0, valueCount: rowCount, exact: true }
}
