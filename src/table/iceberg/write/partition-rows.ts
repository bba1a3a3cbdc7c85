/** Rows of a batch by the partition that they belong to. */
import type { Schema } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import type { Batch } from '../../../core/vector.ts'
import { columnValues } from '../../../core/vector-export.ts'
import { unsupported } from '../../../core/errors.ts'
import type { ReadContext } from '../../../format/format.ts'
import type { BoundSpec } from '../partition.ts'
import { applyTransform } from '../transform.ts'

export interface PartitionPart {
  /** Partition values, one a field of the spec. */
  readonly values: readonly LiteralValue[]
  readonly batch: Batch
  /** Rows of the batch, ascending; undefined = all. */
  readonly rows: Int32Array | undefined
}

/** The batch cut by partition; one part with all rows for a table without partitions. */
export function splitByPartition(context: ReadContext, spec: BoundSpec, schema: Schema, batch: Batch): readonly PartitionPart[] {
  if (spec.fields.length === 0) return [{ values: [], batch, rows: undefined }]
  const columns = spec.fields.map((field) => {
    const index = schema.fields.findIndex(({ id }) => id === field.sourceId)
    if (index < 0 || field.type === undefined || field.sourceType === undefined) {
      throw unsupported(`writing to a table partitioned by field "${field.name}"`)
    }
    const { transform, sourceType, name } = field
    const known = new Map<LiteralValue, LiteralValue>()
    return columnValues(context.memory, batch.columns[index]!).map((value) => {
      let result = known.get(value)
      if (result === undefined) {
        result = applyTransform(transform, value, sourceType)
        if (result === undefined) throw unsupported(`writing to a table partitioned by field "${name}"`)
        known.set(value, result)
      }
      return result
    })
  })
  const parts = new Map<string, { values: LiteralValue[]; rows: number[] }>()
  for (let row = 0; row < batch.rowCount; row++) {
    const values = columns.map((column) => column[row]!)
    const key = values.map(keyOf).join('\0')
    const part = parts.get(key)
    if (part === undefined) parts.set(key, { values, rows: [row] })
    else part.rows.push(row)
  }
  return [...parts.values()].map(({ values, rows }) => ({ values, batch, rows: Int32Array.from(rows) }))
}

function keyOf(value: LiteralValue): string {
  return value instanceof Uint8Array ? `x${Buffer.from(value).toString('hex')}` : `${typeof value}${Object.is(value, -0) ? 0 : String(value)}`
}

/** `region=eu/ts_day=2024-02-29`: for people; readers take the values from the manifests. */
export function partitionFolder(spec: BoundSpec, values: readonly LiteralValue[]): string {
  return spec.fields.map(({ name }, i) => `${encodeURIComponent(name)}=${encodeURIComponent(textOf(values[i] ?? null))}`).join('/')
}

const NAME_MAX = 100

function textOf(value: LiteralValue): string {
  if (value === null) return 'null'
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)
  // Long values would make names that file systems refuse: the rest of the name tells them apart.
  return text.length <= NAME_MAX ? text : `${text.slice(0, NAME_MAX)}-${hashOf(text)}`
}

function hashOf(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (let i = 0; i < text.length; i++) hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n)
  return hash.toString(16)
}
