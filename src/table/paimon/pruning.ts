/**
 * What a predicate rules out: manifests by the bounds of their partitions, partitions by their values, files by the bounds of keys and columns.
 *
 * Values of a row are known for a file alone only where no other file has a row of the same key: then bounds of all columns count, else those of
 * key columns. The answer is "might match".
 */
import { type DataType, isInteger, sameType } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { type Expr, and, conjuncts } from '../../expr/expr.ts'
import { mightMatch, mustMatch } from '../../expr/prune.ts'
import type { ColumnRange } from '../../format/format.ts'
import type { Pushdown } from '../table.ts'
import { binaryRowArity, readBinaryRow } from './binary-row.ts'
import type { PaimonField } from './data-type.ts'
import type { DataFileMeta, ManifestMeta, SimpleStats } from './manifest.ts'
import { type PaimonSchema, bucketKeyFields } from './table-schema.ts'

export class PaimonPruner {
  readonly #predicate: Expr | null
  readonly #partitionFields: readonly PaimonField[]
  /** By column of the scan: the table's field, and its place among the partition keys or -1. */
  readonly #fields: readonly (PaimonField | undefined)[]
  readonly #places: readonly number[]
  readonly #residuals = new Map<string, Expr | null>()

  constructor({ predicate, columns }: Pushdown, schema: PaimonSchema) {
    this.#predicate = predicate
    this.#fields = columns.map(({ name }) => schema.fields.find((field) => field.name === name))
    this.#places = columns.map(({ name }) => schema.partitionKeys.indexOf(name))
    this.#partitionFields = partitionFields(schema)
  }

  manifestMightMatch({ partitionStats, fileName }: ManifestMeta): boolean {
    if (this.#predicate === null || partitionStats === undefined || this.#partitionFields.length === 0) return true
    const ranges = rangesOf(partitionStats, this.#partitionFields, undefined, fileName)
    return mightMatch(this.#predicate, (input) => ranges[this.#places[input]!])
  }

  partitionMightMatch(values: readonly LiteralValue[]): boolean {
    return this.#predicate === null || mightMatch(this.#predicate, (input) => this.#partitionRange(values, input))
  }

  /** Whether rows of the file might match: by its keys, and with `allColumns` by all its columns. */
  fileMightMatch(
    file: DataFileMeta,
    fileSchema: PaimonSchema,
    partition: readonly LiteralValue[],
    allColumns: boolean,
  ): boolean {
    if (this.#predicate === null) return true
    const keyNames = bucketKeyFields(fileSchema)
    const keyFields = keyNames.map((name) => fileSchema.fields.find((field) => field.name === name)!)
    const keyRanges = fileSchema.primaryKeys.length === 0 ? [] : this.#ranges(file.keyStats, keyFields, file)
    const valueFields = statsFields(file, fileSchema)
    const valueRanges = allColumns ? this.#ranges(file.valueStats, valueFields, file) : []
    return mightMatch(this.#predicate, (input) => {
      const field = this.#fields[input]
      if (field === undefined) return undefined
      if (this.#places[input]! >= 0) return this.#partitionRange(partition, input)
      const inFile = fileSchema.fields.find(({ id }) => id === field.id)
      if (inFile === undefined) return allColumns ? allNull(file.rowCount) : undefined
      const key = keyFields.indexOf(inFile)
      const range = keyRanges[key] ?? valueRanges[valueFields.indexOf(inFile)]
      return sameType(inFile.type, field.type) ? range : widenedRange(range, inFile.type, field.type)
    })
  }

  /** The predicate without what holds for every row of the partition; null when none is left. */
  residual(partition: readonly LiteralValue[]): Expr | null {
    if (this.#predicate === null || this.#partitionFields.length === 0) return this.#predicate
    const all = conjuncts(this.#predicate)
    const isLeft = all.map((part) => !mustMatch(part, (input) => this.#partitionRange(partition, input)))
    if (isLeft.every(Boolean)) return this.#predicate
    const key = isLeft.map(Number).join('')
    let residual = this.#residuals.get(key)
    if (residual === undefined) {
      const left = all.filter((_, i) => isLeft[i])
      this.#residuals.set(key, (residual = left.length === 0 ? null : and(left)))
    }
    return residual
  }

  #partitionRange(values: readonly LiteralValue[], input: number): ColumnRange | undefined {
    const place = this.#places[input]!
    if (place < 0) return undefined
    const value = values[place] ?? null
    return value === null ? allNull(1) : { min: value, max: value, exact: true, nullCount: 0, valueCount: 1 }
  }

  #ranges(
    stats: SimpleStats | undefined,
    fields: readonly PaimonField[],
    file: DataFileMeta,
  ): readonly (ColumnRange | undefined)[] {
    return stats === undefined ? [] : rangesOf(stats, fields, file.rowCount, file.fileName)
  }
}

/** Bounds of a type's values in a wider one that has all of them, in their order; undefined for other changes of a column's type. */
function widenedRange(range: ColumnRange | undefined, from: DataType, to: DataType): ColumnRange | undefined {
  if (range === undefined) return undefined
  const { min, max, ...counts } = range
  if (min === undefined || max === undefined) return range
  if (isInteger(from) && to.kind === 'bigint')
    return { min: BigInt(min as number), max: BigInt(max as number), ...counts }
  const isWider =
    (isInteger(from) && from.kind !== 'bigint' && (to.kind === 'integer' || to.kind === 'smallint')) ||
    (from.kind === 'real' && to.kind === 'double') ||
    (from.kind === 'decimal' && to.kind === 'decimal' && from.scale === to.scale && from.precision <= to.precision)
  return isWider ? range : undefined
}

function allNull(rowCount: number): ColumnRange {
  return { exact: false, nullCount: rowCount, valueCount: rowCount }
}

/** The fields of the partition, in the order of the keys. */
export function partitionFields({ fields, partitionKeys }: PaimonSchema): readonly PaimonField[] {
  return partitionKeys.flatMap((name) => fields.filter((field) => field.name === name))
}

/** The fields that a file's `valueStats` are of. */
export function statsFields({ valueStatsCols, writeCols }: DataFileMeta, schema: PaimonSchema): readonly PaimonField[] {
  const names = valueStatsCols ?? writeCols
  if (names === undefined) return schema.fields
  return names.flatMap((name) => schema.fields.filter((field) => field.name === name))
}

/** Bounds by place of the field; undefined where there are none. Text bounds may be cut, so they are never exact. */
function rangesOf(
  { minValues, maxValues, nullCounts }: SimpleStats,
  fields: readonly PaimonField[],
  rowCount: number | undefined,
  where: string,
): readonly (ColumnRange | undefined)[] {
  // Statistics may have been dropped, or be of other columns than those known.
  if (binaryRowArity(minValues) !== fields.length || binaryRowArity(maxValues) !== fields.length) return []
  const minimums = readBinaryRow(minValues, fields, where)
  const maximums = readBinaryRow(maxValues, fields, where)
  return fields.map((_, i): ColumnRange | undefined => {
    const [min, max] = [minimums[i] ?? null, maximums[i] ?? null]
    const nulls = nullCounts[i] ?? null
    const nullCount = nulls === null || nulls < 0n ? undefined : Number(nulls)
    const counts = {
      exact: false,
      ...(nullCount === undefined ? {} : { nullCount }),
      ...(rowCount === undefined ? {} : { valueCount: rowCount }),
    }
    if (min === null || max === null) return nullCount === undefined ? undefined : counts
    if (Number.isNaN(min) || Number.isNaN(max)) return counts
    // Some writers' bounds pass over NaN: there is none where the bounds are all the values.
    const values = rowCount === undefined || nullCount === undefined ? Infinity : rowCount - nullCount
    const isAll = values <= (min === max ? 1 : 2)
    return { min, max, ...counts, ...(isAll ? { nanCount: 0 } : {}) }
  })
}
