/**
 * What a predicate rules out: manifests by their partition summaries, files by partition values and column bounds, conjuncts by partitions that
 * make them certain.
 *
 * Every source says which values a column may have in some rows; the ranges are intersected and the predicate is asked once:
 *
 *   partition value (day = 2024-05-01)   ->  ts in [2024-05-01 00:00, 2024-05-01 23:59:59.999999], no NULLs
 *   column bounds                        ->  ts in [lower, upper], null count
 *
 * `bucket` fields keep no order and become columns of their own (bucket-predicate.ts). The answer is "might match": whatever is unknown stays.
 */
import type { DataType } from '../../core/types.ts'
import { type Expr, type LiteralValue, and, conjuncts, walkExpr } from '../../expr/expr.ts'
import { mightMatch, mustMatch } from '../../expr/prune.ts'
import { compareValues } from '../../expr/values/compare.ts'
import type { ColumnRange } from '../../format/format.ts'
import type { Pushdown } from '../table.ts'
import { decodeBound } from './bounds.ts'
import { addBucketConditions } from './bucket-predicate.ts'
import { type IntegerRange, integerRanges } from './integer-ranges.ts'
import type { ContentFile, FieldSummary, FileCounts, ManifestFile } from './manifest.ts'
import type { StatisticsSelection } from './manifest-schema.ts'
import { type PrunedColumn, nestedColumns } from '../nested-columns.ts'
import type { BoundPartitionField, BoundSpec } from './partition.ts'
import { sourceRange } from './transform.ts'

export type Verdict = 'keep' | 'partition' | 'bounds'

/** A spec as the predicate sees it. */
interface SpecView {
  /** The predicate with conditions on the spec's buckets added. */
  readonly predicate: Expr
  /** Partition fields over a column of the scan, by column. */
  readonly fieldsOf: ReadonlyMap<number, readonly number[]>
  /** The partition field behind an input that stands for buckets. */
  readonly bucketOf: ReadonlyMap<number, number>
}

type PartitionValues = readonly (LiteralValue | undefined)[]

function sameValues(a: PartitionValues, b: PartitionValues): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]))
}

interface AskedPartition {
  readonly spec: BoundSpec
  readonly values: PartitionValues
  readonly rangeOf: (input: number) => ColumnRange | undefined
  readonly mightMatch: boolean
  /** Conjuncts that the partition leaves open; null: there is none. */
  readonly uncertain: Expr | null
  /** Undefined: not asked for yet. */
  residual: Expr | null | undefined
}

/** The ranges of partition fields: one a field of the spec, undefined where nothing is known. */
type FieldRanges = (field: number) => PartitionRange | undefined

export class ScanPruner {
  /** As it was pushed down. */
  readonly #pushed: Expr | null
  /** The same with fields of structs as columns of their own. */
  readonly #predicate: Expr | null
  readonly #columns: readonly PrunedColumn[]
  readonly #views = new Map<BoundSpec, SpecView>()
  /** Residuals by the conjuncts that are left, one digit each. */
  readonly #residuals = new Map<string, Expr | null>()

  #ranges: ReadonlyMap<number, IntegerRange> | undefined
  /** The partition that was asked about last, as of a file that is not empty. */
  #last: AskedPartition | undefined

  /** `idOf` gives the field id of a column of the scan; undefined for hidden ones. */
  constructor({ predicate, columns }: Pushdown, idOf: (column: number) => number | undefined) {
    const nested = nestedColumns(predicate, columns, idOf)
    this.#pushed = predicate
    this.#predicate = nested.predicate
    this.#columns = nested.columns
  }

  /** Of which columns counts and bounds are worth reading. */
  get statistics(): StatisticsSelection {
    if (this.#predicate === null) return 'none'
    const ids = new Set<number>()
    for (const node of walkExpr(this.#predicate)) {
      const id = node.kind === 'input' ? this.#columns[node.index]?.id : undefined
      if (id !== undefined) ids.add(id)
    }
    return ids
  }

  /** Outside of which no value of a column can match, by field id. */
  get ranges(): ReadonlyMap<number, IntegerRange> {
    return (this.#ranges ??= integerRanges(this.#predicate, this.#columns))
  }

  /** False only when no file of the manifest can hold a row that matches. */
  manifestMightMatch(spec: BoundSpec, { partitions }: ManifestFile): boolean {
    if (this.#predicate === null || partitions === undefined) return true
    const view = this.#viewOf(spec)
    const ranges: FieldRanges = (i) => {
      const summary = partitions[i]
      return summary && summaryRange(spec.fields[i]!, summary)
    }
    return mightMatch(view.predicate, (input) => this.#partitionRange(view, ranges, input))
  }

  /** Whether partition values can rule files of the spec out. */
  usesPartitions(spec: BoundSpec): boolean {
    return this.#predicate !== null && spec.fields.length > 0
  }

  /** False only when no row of the partition can match. */
  partitionMightMatch(spec: BoundSpec, values: PartitionValues): boolean {
    return this.#predicate === null || spec.fields.length === 0 || this.#partition(spec, values).mightMatch
  }

  /** `keep`, or what rules the file out. */
  fileMightMatch(
    spec: BoundSpec | undefined,
    values: readonly (LiteralValue | undefined)[],
    file: ContentFile,
  ): Verdict {
    if (this.#predicate === null) return 'keep'
    let predicate: Expr | null = this.#predicate
    if (spec !== undefined && spec.fields.length > 0) {
      const partition = this.#partition(spec, values)
      if (!partition.mightMatch) return 'partition'
      predicate = partition.uncertain
    }
    // Nothing is left to ask: bounds need not be decoded.
    if (predicate === null) return 'keep'
    const view = spec && this.#viewOf(spec)
    const ranges = valueRanges(spec, values, file.recordCount)
    const byPartition = (input: number): ColumnRange | undefined => view && this.#partitionRange(view, ranges, input)
    const matches = mightMatch(predicate, (input) => {
      const column = this.#columns[input]
      const bounds = column && boundsRange(file, column)
      return column === undefined ? byPartition(input) : intersect(bounds, byPartition(input), column.type)
    })
    return matches ? 'keep' : 'bounds'
  }

  /** True only when every row of the file matches, by its partition and bounds. */
  fileMustMatch(
    spec: BoundSpec | undefined,
    values: readonly (LiteralValue | undefined)[],
    file: ContentFile,
  ): boolean {
    if (this.#predicate === null) return true
    const view = spec && this.#viewOf(spec)
    const ranges = valueRanges(spec, values, file.recordCount)
    return mustMatch(this.#predicate, (input) => {
      const column = this.#columns[input]
      const byPartition = view && this.#partitionRange(view, ranges, input)
      return column === undefined ? byPartition : intersect(boundsRange(file, column), byPartition, column.type)
    })
  }

  /** The predicate without the conjuncts that hold for every row of the partition; null when none is left. */
  residual(spec: BoundSpec | undefined, values: readonly (LiteralValue | undefined)[]): Expr | null {
    if (this.#pushed === null || spec === undefined || spec.fields.length === 0) return this.#pushed
    const partition = this.#partition(spec, values)
    if (partition.residual !== undefined) return partition.residual
    const isLeft = conjuncts(this.#predicate!).map((part) => !mustMatch(part, partition.rangeOf))
    const residual = isLeft.every(Boolean) ? this.#pushed : this.#residualOf(isLeft)
    partition.residual = residual
    return residual
  }

  /** One object for the files that agree: executors prepare it once. */
  #residualOf(isLeft: readonly boolean[]): Expr | null {
    const key = isLeft.map(Number).join('')
    let residual = this.#residuals.get(key)
    if (residual === undefined) {
      const left = conjuncts(this.#pushed!).filter((_, n) => isLeft[n])
      this.#residuals.set(key, (residual = left.length === 0 ? null : and(left)))
    }
    return residual
  }

  /** Files of a partition stand together: what was found of the last one is kept. */
  #partition(spec: BoundSpec, values: PartitionValues): AskedPartition {
    if (spec === this.#last?.spec && sameValues(values, this.#last.values)) return this.#last
    const view = this.#viewOf(spec)
    const ranges = valueRanges(spec, values, 1)
    const rangeOf = (input: number): ColumnRange | undefined => this.#partitionRange(view, ranges, input)
    const isPossible = mightMatch(view.predicate, rangeOf)
    // Values themselves alone: writers have got other transforms wrong (truncated integers that overflow, days before 1970), and bounds tell.
    const isItself = (input: number): boolean =>
      (view.fieldsOf.get(input) ?? []).every((field) => spec.fields[field]!.transform.kind === 'identity')
    const valueOf = (input: number): ColumnRange | undefined => (isItself(input) ? rangeOf(input) : undefined)
    const uncertain = isPossible ? conjuncts(view.predicate).filter((part) => !mustMatch(part, valueOf)) : []
    this.#last = {
      spec,
      values,
      rangeOf,
      mightMatch: isPossible,
      uncertain: uncertain.length === 0 ? null : and(uncertain),
      residual: undefined,
    }
    return this.#last
  }

  #viewOf(spec: BoundSpec): SpecView {
    let view = this.#views.get(spec)
    if (view === undefined) {
      const fieldsOf = new Map<number, number[]>()
      this.#columns.forEach(({ id }, column) => {
        const fields = spec.fields.flatMap(({ sourceId }, i) => (sourceId === id ? [i] : []))
        if (fields.length > 0) fieldsOf.set(column, fields)
      })
      const { predicate, bucketOf } = addBucketConditions(this.#predicate!, this.#columns, {
        spec,
        fieldsOf,
      })
      view = { predicate, fieldsOf, bucketOf }
      this.#views.set(spec, view)
    }
    return view
  }

  #partitionRange(view: SpecView, ranges: FieldRanges, input: number): ColumnRange | undefined {
    const bucket = view.bucketOf.get(input)
    if (bucket !== undefined) return ranges(bucket)
    const column = this.#columns[input]
    let result: ColumnRange | undefined
    for (const field of view.fieldsOf.get(input) ?? []) {
      result = intersect(result, sourceRangeOf(field, ranges), column!.type)
    }
    return result
  }
}

/** Marks ranges of partition fields with what is needed to range back onto their columns. */
interface PartitionRange extends ColumnRange {
  readonly field: BoundPartitionField
}

function sourceRangeOf(index: number, ranges: FieldRanges): ColumnRange | undefined {
  const range = ranges(index)
  if (range === undefined) return undefined
  const { field, min, max, nullCount, valueCount, nanCount } = range
  const counts = {
    ...(nullCount === undefined ? {} : { nullCount }),
    ...(valueCount === undefined ? {} : { valueCount }),
    ...(nanCount === undefined ? {} : { nanCount }),
  }
  if (min === undefined || max === undefined || field.sourceType === undefined) return { ...counts, exact: false }
  return { ...counts, ...sourceRange(field.transform, field.sourceType, min, max) }
}

function isUseful({ transform, type }: BoundPartitionField): boolean {
  return type !== undefined && transform.kind !== 'void' && transform.kind !== 'unknown'
}

/** The ranges that a file's partition values say. */
function valueRanges(
  spec: BoundSpec | undefined,
  values: readonly (LiteralValue | undefined)[],
  rowCount: number,
): FieldRanges {
  return (i): PartitionRange | undefined => {
    const field = spec?.fields[i]
    const value = values[i]
    if (field === undefined || value === undefined || !isUseful(field)) return undefined
    if (value === null) return { field, nullCount: rowCount, valueCount: rowCount, exact: false }
    // NaN is the greatest float: nothing below the greatest number occurs.
    if (Number.isNaN(value)) {
      return {
        field,
        min: Infinity,
        max: Infinity,
        nullCount: 0,
        nanCount: rowCount,
        valueCount: rowCount,
        exact: false,
      }
    }
    return {
      field,
      min: value,
      max: value,
      nullCount: 0,
      nanCount: 0,
      valueCount: rowCount,
      exact: true,
    }
  }
}

function summaryRange(field: BoundPartitionField, summary: FieldSummary): PartitionRange | undefined {
  if (!isUseful(field)) return undefined
  const type = field.type!
  const [min, max] = orderedBounds(boundOf(summary.lowerBound, type), boundOf(summary.upperBound, type), type)
  return {
    field,
    ...(min !== undefined && max !== undefined ? { min, max } : {}),
    ...(summary.containsNull ? {} : { nullCount: 0 }),
    ...(summary.containsNan === false ? { nanCount: 0 } : {}),
    exact: false,
  }
}

function boundOf(bytes: Uint8Array | undefined, type: DataType): LiteralValue | undefined {
  return bytes === undefined ? undefined : decodeBound(bytes, type)
}

/** What the manifest says of a column's values in a file; undefined when nothing. */
export function boundsRange(file: FileCounts, { id, type, isNested }: PrunedColumn): ColumnRange | undefined {
  if (id === undefined) return undefined
  const nullCount = isNested ? nestedNullCount(file, id) : file.nullCounts?.get(id)
  const nanCount = isFloat(type) ? file.nanCounts?.get(id) : 0
  const [min, max] = orderedBounds(
    boundOf(file.lowerBounds?.get(id), type),
    boundOf(file.upperBounds?.get(id), type),
    type,
  )
  // Asked for every file: spreading parts into an object takes ten times as long.
  const range: { -readonly [K in keyof ColumnRange]: ColumnRange[K] } = {
    valueCount: file.recordCount,
    exact: isWhole(type),
  }
  if (nullCount !== undefined) range.nullCount = nullCount
  if (nanCount !== undefined) range.nanCount = nanCount
  // NaN as a bound comes from writers that took it for a number: it bounds nothing.
  if (min !== undefined && !Number.isNaN(min)) range.min = min
  if (max !== undefined && !Number.isNaN(max)) range.max = max
  return range
}

/**
 * Rows in which a struct's field is NULL, as it also is where its struct is. Parquet's writers count those among the field's values and NULLs, ORC's among
 * neither: what both leave is how many values are there.
 */
function nestedNullCount({ recordCount, format, valueCounts, nullCounts }: FileCounts, id: number): number | undefined {
  const nulls = nullCounts?.get(id)
  const counted = valueCounts?.get(id)
  if (nulls === undefined || counted === undefined) return format === 'parquet' ? nulls : undefined
  const count = recordCount - (counted - nulls)
  return counted >= nulls && count >= nulls ? count : undefined
}

/**
 * Bounds in the engine's order. Uuids are ordered as two signed longs by Java's own comparison and as 16 bytes by the specification; where the bounds
 * ascend as bytes, their first halves mean the same in both.
 */
function orderedBounds(
  min: LiteralValue | undefined,
  max: LiteralValue | undefined,
  type: DataType,
): readonly [LiteralValue | undefined, LiteralValue | undefined] {
  if (type.kind !== 'uuid' || min === undefined || max === undefined) return [min, max]
  const order = compareValues(min, max, type)
  if (order > 0) return [undefined, undefined]
  return order === 0 ? [min, max] : [halfFilled(min as Uint8Array, 0), halfFilled(max as Uint8Array, 0xff)]
}

function halfFilled(uuid: Uint8Array, byte: number): Uint8Array {
  return uuid.slice().fill(byte, 8)
}

/** Types whose bounds are never cut off or widened; floats may have another zero. */
export function isWhole({ kind }: DataType): boolean {
  return !CUT_OR_WIDENED.has(kind)
}

const CUT_OR_WIDENED: ReadonlySet<DataType['kind']> = new Set(['varchar', 'bytea', 'uuid', 'real', 'double', 'half'])

function isFloat(type: DataType): boolean {
  return type.kind === 'real' || type.kind === 'double' || type.kind === 'half'
}

/** What both ranges say together: the tighter of each. */
function intersect(a: ColumnRange | undefined, b: ColumnRange | undefined, type: DataType): ColumnRange | undefined {
  if (a === undefined) return b
  if (b === undefined) return a
  const min = tighter(a.min, b.min, (x, y) => compareValues(x, y, type) > 0)
  const max = tighter(a.max, b.max, (x, y) => compareValues(x, y, type) < 0)
  const nullCount = a.nullCount ?? b.nullCount
  const nanCount = a.nanCount ?? b.nanCount
  const valueCount = a.valueCount ?? b.valueCount
  const prefix = a.prefix ?? b.prefix
  return {
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(nullCount === undefined ? {} : { nullCount }),
    ...(nanCount === undefined ? {} : { nanCount }),
    ...(valueCount === undefined ? {} : { valueCount }),
    ...(prefix === undefined ? {} : { prefix }),
    exact: false,
  }
}

function tighter(
  a: LiteralValue | undefined,
  b: LiteralValue | undefined,
  isTighter: (a: LiteralValue, b: LiteralValue) => boolean,
): LiteralValue | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return isTighter(a, b) ? a : b
}
