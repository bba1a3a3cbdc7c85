/**
 * One partition type for files of all specs: the fields of every spec by id, with the names of the newest spec that has them.
 *
 * Spec: Iceberg Java, Partitioning.partitionType; fields stand in the order of their ids, those that are void in every spec are left out.
 */
import type { DataType, Field } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { ContentFile } from './manifest.ts'
import { type BoundPartitionField, type BoundSpec, partitionValues } from './partition.ts'

export interface PartitionType {
  /** A struct; null for tables that were never partitioned. */
  readonly type: DataType | null
  /** The partition of a file as a value of the struct. */
  valueOf(file: ContentFile): LiteralValue
}

export function partitionTypeOf(specs: ReadonlyMap<number, BoundSpec>): PartitionType {
  const fields = new Map<number, BoundPartitionField>()
  for (const spec of [...specs.values()].toSorted((a, b) => b.id - a.id)) {
    for (const field of spec.fields) {
      const known = fields.get(field.fieldId)
      if (field.type === undefined || field.transform.kind === 'void') continue
      // A field that is void in newer specs keeps its newest name.
      if (known === undefined) fields.set(field.fieldId, field)
    }
  }
  const sorted = [...fields.values()].toSorted((a, b) => a.fieldId - b.fieldId)
  const type: DataType | null =
    sorted.length === 0 ? null : { kind: 'struct', fields: sorted.map((field): Field => fieldOf(field)) }
  return { type, valueOf: (file) => valueOf(file, specs, sorted) }
}

function fieldOf({ name, type, fieldId }: BoundPartitionField): Field {
  return { name, type: type!, nullable: true, id: fieldId }
}

function valueOf(
  file: ContentFile,
  specs: ReadonlyMap<number, BoundSpec>,
  fields: readonly BoundPartitionField[],
): LiteralValue {
  const spec = specs.get(file.specId)
  if (spec === undefined) return fields.map(() => null)
  const values = partitionValues(spec, file)
  return fields.map(({ fieldId }) => values[spec.fields.findIndex((field) => field.fieldId === fieldId)] ?? null)
}
