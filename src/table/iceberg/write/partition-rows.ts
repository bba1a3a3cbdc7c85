/**
 * Rows of a batch by the partition that they belong to.
 *
 * Spec: Iceberg table spec, "Partitioning". Readers take the values of identity partitions for those of the rows, so values that differ in any
 * way (NULL and the text 'null', 0 and -0) are different partitions, though their folders may have one name.
 */
import { SqlError, unsupported } from '../../../core/errors.ts'
import type { Schema } from '../../../core/types.ts'
import { type DataType, typeName } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import type { Batch } from '../../../core/vector.ts'
import { columnValues } from '../../../core/vector-export.ts'
import type { ReadContext } from '../../../format/format.ts'
import type { BoundPartitionField, BoundSpec } from '../partition.ts'
import { partitionText } from '../partition-text.ts'
import { applyTransform } from '../transform.ts'

export interface PartitionPart {
  /** The same for rows of one partition, and only for those. */
  readonly key: string
  /** Partition values, one a field of the spec. */
  readonly values: readonly LiteralValue[]
  /** Rows of the batch, ascending; undefined = all. */
  readonly rows: Int32Array | undefined
}

/** The rows of a batch (all, or those at `selected`) by partition; one part for a table without partitions. 22003: a value that has no partition. */
export function splitByPartition(
  context: ReadContext,
  { spec, schema }: { readonly spec: BoundSpec; readonly schema: Schema },
  batch: Batch,
  selected?: Int32Array,
): readonly PartitionPart[] {
  if (spec.fields.length === 0) return [{ key: '', values: [], rows: selected }]
  const columns = spec.fields.map((field) => {
    const index = schema.fields.findIndex(({ id }) => id === field.sourceId)
    if (index < 0) throw unsupported(`writing to a table partitioned by field "${field.name}" of a nested column`)
    return { values: columnValues(context.memory, batch.columns[index]!), transform: transformOf(field) }
  })
  const parts = new Map<string, { values: LiteralValue[]; rows: number[] }>()
  const count = selected?.length ?? batch.rowCount
  for (let i = 0; i < count; i++) {
    const row = selected === undefined ? i : selected[i]!
    const values = columns.map((column) => column.transform(column.values[row]!))
    const key = partitionKeyOf(values)
    const part = parts.get(key)
    if (part === undefined) parts.set(key, { values, rows: [row] })
    else part.rows.push(row)
  }
  return [...parts].map(([key, { values, rows }]) => ({ key, values, rows: Int32Array.from(rows) }))
}

function transformOf(field: BoundPartitionField): (value: LiteralValue) => LiteralValue {
  return memoized((value) => partitionValue(field, value))
}

function memoized(transform: (value: LiteralValue) => LiteralValue): (value: LiteralValue) => LiteralValue {
  const known = new Map<LiteralValue, LiteralValue>()
  return (value) => {
    // A map takes -0 for 0.
    if (Object.is(value, -0)) return transform(value)
    let result = known.get(value)
    if (result === undefined) known.set(value, (result = transform(value)))
    return result
  }
}

function partitionValue({ name, transform, sourceType, type }: BoundPartitionField, value: LiteralValue): LiteralValue {
  const result = sourceType && applyTransform(transform, value, sourceType)
  if (result === undefined || type === undefined) throw unsupported(`writing to a table partitioned by field "${name}"`)
  if (!fits(result, type)) {
    throw new SqlError('22003', `partition value of "${name}" is out of range for type ${typeName(type)}`, {
      detail: `${String(value)} rounds down to ${String(result)}.`,
    })
  }
  return result
}

/** Truncation rounds down, and so may leave the type at its lower end. */
function fits(value: LiteralValue, type: DataType): boolean {
  if (type.kind === 'integer') return (value ?? 0) === (Number(value) | 0)
  if (typeof value !== 'bigint') return true
  if (type.kind === 'bigint') return value === BigInt.asIntN(64, value)
  if (type.kind !== 'decimal') return true
  const limit = 10n ** BigInt(type.precision)
  return value > -limit && value < limit
}

/** Text that is the same for equal partition values, and only for those. */
export function partitionKeyOf(values: readonly LiteralValue[]): string {
  return values.map(keyOf).join('\0')
}

function keyOf(value: LiteralValue): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`
  return Object.is(value, -0) ? '-0' : `${typeof value}${String(value)}`
}

/** `region=eu/ts_day=2024-02-29`: for people; readers take the values from the manifests. */
export function partitionFolder(spec: BoundSpec, values: readonly LiteralValue[]): string {
  return spec.fields
    .map((field, i) => `${folderText(field.name)}=${folderText(partitionText(values[i] ?? null, field))}`)
    .join('/')
}

/** Bytes of a name and of a value at most: file systems refuse names of more than 255. */
const NAME_MAX = 100

/** Long texts are cut: two partitions may share a folder, for the names of files are unique. */
function folderText(text: string): string {
  const encoded = encodeURIComponent(text)
  if (encoded.length <= NAME_MAX) return encoded
  // Not within an escape.
  return encoded.slice(0, NAME_MAX).replace(/%.?$/, '')
}
