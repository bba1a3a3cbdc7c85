/**
 * `readable_metrics` of `t$files` and `t$entries`: counts and bounds by the names of columns, as values of their types.
 *
 * As Iceberg Java's MetricsUtil: one struct a column that is not nested, nested ones under their dotted names, by name.
 */
import { BIGINT, type DataType } from '../../../core/types.ts'
import type { LiteralValue } from '../../../expr/expr.ts'
import { decodeBound } from '../bounds.ts'
import type { ContentFile } from '../manifest.ts'
import { type IcebergSchema, type NestedField, dataTypeOf, hasValueBounds, nestedFieldsOf } from '../schema.ts'
import { structOf } from './content.ts'

export interface ReadableMetrics {
  readonly type: DataType
  /** A file's metrics as a value of the type. */
  valueOf(file: ContentFile): LiteralValue
}

interface MeasuredColumn {
  readonly name: string
  readonly id: number
  readonly type: DataType
}

export function readableMetricsOf(schema: IcebergSchema): ReadableMetrics {
  const columns = schema.fields
    .flatMap((field) => leavesOf(field, field.name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return {
    type: structOf(columns.map(({ name, type }) => [name, metricsType(type)])),
    valueOf: (file) => columns.map((column) => metricsOf(file, column)),
  }
}

function leavesOf(field: NestedField, name: string): MeasuredColumn[] {
  const nested = nestedFieldsOf(field.type)
  if (nested.length > 0) return nested.flatMap((part) => leavesOf(part, `${name}.${part.name}`))
  // A struct without fields, and types that are not primitive.
  if (field.type.kind === 'struct' || !hasValueBounds(field)) return []
  return [{ name, id: field.id, type: dataTypeOf(field.type, name) }]
}

function metricsType(type: DataType): DataType {
  return structOf([
    ['column_size', BIGINT],
    ['value_count', BIGINT],
    ['null_value_count', BIGINT],
    ['nan_value_count', BIGINT],
    ['lower_bound', type],
    ['upper_bound', type],
  ])
}

function metricsOf(file: ContentFile, { id, type }: MeasuredColumn): LiteralValue {
  const count = (counts: ReadonlyMap<number, number> | undefined): LiteralValue => {
    const found = counts?.get(id)
    return found === undefined ? null : BigInt(found)
  }
  const bound = (bounds: ReadonlyMap<number, Uint8Array> | undefined): LiteralValue => {
    const bytes = bounds?.get(id)
    return (bytes && decodeBound(bytes, type)) ?? null
  }
  return [
    count(file.columnSizes),
    count(file.valueCounts),
    count(file.nullCounts),
    count(file.nanCounts),
    bound(file.lowerBounds),
    bound(file.upperBounds),
  ]
}
