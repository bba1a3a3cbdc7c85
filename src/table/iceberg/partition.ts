/**
 * Partition values of a file by its own spec, as engine values.
 *
 * Specs evolve: a manifest belongs to one spec, and its partition struct is read by that. The source column may have been promoted or dropped
 * since, so values are brought to the column's type now; a field whose column is unknown says nothing.
 */
import { type DataType, storageOf } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { AvroValue } from '../../format/avro/decoder.ts'
import type { ContentFile, PartitionStruct } from './manifest.ts'
import type { PartitionSpec, TableMetadata } from './metadata.ts'
import { type IcebergSchema, type IcebergType, dataTypeOf, fieldsById } from './schema.ts'
import { type Transform, parseTransform, transformType } from './transform.ts'

export interface BoundPartitionField {
  readonly name: string
  readonly sourceId: number
  readonly fieldId: number
  readonly transform: Transform
  /** The source column's type now; undefined when the column is gone or of a type that the engine has not. */
  readonly sourceType: DataType | undefined
  /** Type of the partition values. */
  readonly type: DataType | undefined
}

export interface BoundSpec {
  readonly id: number
  readonly fields: readonly BoundPartitionField[]
  /** No field divides the data: deletes of such a spec apply to the whole table. */
  readonly isUnpartitioned: boolean
}

/** The specs of a table by id, bound to the columns of `schema`, the one that is read. */
export function bindSpecs(metadata: TableMetadata, schema: IcebergSchema): ReadonlyMap<number, BoundSpec> {
  // Of columns that the schema lacks, the newest schema says the type: later schemas only promote.
  const types = new Map<number, IcebergType>()
  for (const known of [...metadata.schemas.toSorted((a, b) => a.id - b.id), schema]) {
    for (const [id, field] of fieldsById(known)) types.set(id, field.type)
  }
  return new Map(metadata.specs.map((spec) => [spec.id, bindSpec(spec, types)]))
}

function bindSpec(spec: PartitionSpec, types: ReadonlyMap<number, IcebergType>): BoundSpec {
  const fields = spec.fields.map((field): BoundPartitionField => {
    const transform = parseTransform(field.transform)
    const source = types.get(field.sourceId)
    const isPrimitive =
      source !== undefined && !['struct', 'list', 'map', 'variant', 'geometry', 'unsupported'].includes(source.kind)
    const sourceType = isPrimitive ? dataTypeOf(source, field.name) : undefined
    const type = sourceType && transformType(transform, sourceType)
    return {
      name: field.name,
      sourceId: field.sourceId,
      fieldId: field.fieldId,
      transform,
      sourceType,
      type,
    }
  })
  return {
    id: spec.id,
    fields,
    isUnpartitioned: fields.every(({ transform }) => transform.kind === 'void'),
  }
}

/** The file's partition values, one a field of the spec; undefined where the value is not there or not usable. */
export function partitionValues(
  spec: BoundSpec,
  { partition }: Pick<ContentFile, 'partition'>,
): readonly (LiteralValue | undefined)[] {
  return spec.fields.map((field, i) => {
    const position = positionOf(partition, field, i)
    const value = position < 0 ? undefined : partition.values[position]
    if (value === undefined || value === null) return value
    return field.type === undefined ? undefined : toType(value, field.type)
  })
}

function positionOf({ ids, names }: PartitionStruct, field: BoundPartitionField, index: number): number {
  const byId = ids.indexOf(field.fieldId)
  if (byId >= 0) return byId
  const byName = names.indexOf(field.name)
  if (byName >= 0) return byName
  return ids.every((id) => id === undefined) && index < names.length ? index : -1
}

/** An Avro value as a value of the type's storage; undefined when it is of another kind. */
function toType(value: AvroValue, type: DataType): LiteralValue | undefined {
  switch (storageOf(type)) {
    case 'i8':
      return typeof value === 'boolean' ? value : undefined
    case 'i32':
      return typeof value === 'bigint' ? Number(value) : typeof value === 'number' ? value : undefined
    case 'i64':
    case 'i128':
      if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
      return typeof value === 'bigint' ? value : undefined
    case 'f32':
    case 'f64':
      return typeof value === 'number' ? value : undefined
    case 'bytes':
      if (type.kind === 'varchar') return typeof value === 'string' ? value : undefined
      return value instanceof Uint8Array ? value : undefined
    case 'b128':
      return value instanceof Uint8Array && value.length === 16 ? value : undefined
    default:
      return undefined
  }
}

/** Text that is the same for files of one partition, and only for those. Raw values: equal however columns changed since. */
export function partitionKey(file: ContentFile): string {
  return `${file.specId}|${partitionValuesKey(file)}`
}

/** As `partitionKey`, of the values alone. */
export function partitionValuesKey({ partition }: ContentFile): string {
  return partition.values.map(keyPart).join('|')
}

function keyPart(value: AvroValue): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`
  // Int and long of one value are one partition: the column was promoted in between.
  return Object.is(value, -0) ? '-0' : String(value as number | bigint | boolean)
}
