/**
 * ALTER TABLE: the metadata's JSON with other columns, partitions, sort order or properties. Nothing is written but the metadata.
 *
 * A schema, spec or order that is new gets an id of its own; the older ones stay, for the snapshots and files that were made with them.
 *
 * Spec: Iceberg table spec, "Schema Evolution", "Partition Evolution", "Sorting", Appendix C.
 */
import { SqlError } from '../../../core/errors.ts'
import { type JsonObject, type JsonValue, writeExactJson } from '../../../core/exact-json.ts'
import { type DataType, typeName } from '../../../core/types.ts'
import type { PartitionField, SortField, TableAlteration } from '../../alteration.ts'
import { type TableMetadata, parseMetadata } from '../metadata.ts'
import { dataTypeOf } from '../schema.ts'
import { currentSchema } from '../snapshot.ts'
import {
  checkProperty,
  defaultProperty,
  identityProperty,
  identityText,
  keyProperty,
  keyText,
  typeProperty,
} from '../table-rules.ts'
import {
  addField,
  dropField,
  fieldIdOf,
  moveField,
  renameField,
  setDoc,
  setFieldType,
  setRequired,
} from './alter-columns.ts'
import type { TableStep } from './commit.ts'
import { nextTimestamp } from './new-snapshot.ts'
import { IdSequence, PARTITION_SUFFIXES, takesType } from './new-table.ts'

/** The changes as a step of a commit that is based on `base`. */
export function alterStep(base: TableMetadata, changes: readonly TableAlteration[]): TableStep {
  return { kind: 'metadata', update: (metadata) => alteredMetadata(metadata, changes, base) }
}

/** The metadata after the changes. `base`: when they were asked for. */
export function alteredMetadata(
  metadata: TableMetadata,
  changes: readonly TableAlteration[],
  base: TableMetadata,
): JsonObject {
  let now = metadata
  for (const change of changes) {
    if (change.kind === 'same-rows') {
      if (now.currentSnapshotId === base.currentSnapshotId) continue
      throw new SqlError('40001', 'could not serialize access: rows were changed meanwhile')
    }
    now = parseMetadata(altered(now, change), metadata.location)
  }
  return { ...now.json, 'last-updated-ms': nextTimestamp(metadata) }
}

function altered(metadata: TableMetadata, change: Exclude<TableAlteration, { kind: 'same-rows' }>): JsonObject {
  switch (change.kind) {
    case 'set-default': {
      const key = defaultProperty(fieldIdOf(schemaJson(metadata), [change.column]))
      return withProperties(metadata, new Map([[key, change.expression]]))
    }
    case 'set-identity': {
      const key = identityProperty(fieldIdOf(schemaJson(metadata), [change.column]))
      return withProperties(metadata, new Map([[key, change.always === null ? null : identityText(change.always)]]))
    }
    case 'declare-type': {
      const key = typeProperty(fieldIdOf(schemaJson(metadata), [change.column]))
      return withProperties(metadata, new Map([[key, change.type === null ? null : typeName(change.type)]]))
    }
    case 'add-check':
      return addCheck(metadata, change.name, change.expression)
    case 'drop-check':
      return withProperties(metadata, new Map([[checkProperty(change.name), null]]))
    case 'add-key': {
      const ids = change.columns.map((column) => fieldIdOf(schemaJson(metadata), [column]))
      return withProperties(metadata, new Map([[keyProperty(change.name), keyText(change.isPrimary, ids)]]))
    }
    case 'drop-key':
      return withProperties(metadata, new Map([[keyProperty(change.name), null]]))
    case 'set-properties':
      return withProperties(metadata, change.properties)
    case 'unset-properties':
      return withProperties(metadata, new Map(change.names.map((name) => [name, null])))
    case 'add-partition':
      return withSpec(metadata, [...specJson(metadata), partitionJson(metadata, change.field, change.name)])
    case 'drop-partition':
      return withSpec(metadata, withoutPartition(metadata, change.field))
    case 'sort-order':
      return withOrder(metadata, change.order)
    default:
      return withSchema(metadata, change)
  }
}

function schemaJson({ json, currentSchemaId }: TableMetadata): JsonObject {
  return (json['schemas'] as readonly JsonObject[]).find((schema) => schema['schema-id'] === currentSchemaId)!
}

type ColumnChange = Extract<
  TableAlteration,
  {
    kind:
      | 'add-column'
      | 'drop-column'
      | 'rename-column'
      | 'move-column'
      | 'set-type'
      | 'set-nullable'
      | 'comment-column'
  }
>

function withSchema(metadata: TableMetadata, change: ColumnChange): JsonObject {
  const ids = new IdSequence(metadata.lastColumnId)
  const before = schemaJson(metadata)
  const schema = changedSchema(metadata, before, change, ids)
  const schemas = metadata.json['schemas'] as readonly JsonObject[]
  const id = 1 + Math.max(...metadata.schemas.map((one) => one.id))
  return {
    ...metadata.json,
    'last-column-id': ids.last,
    'current-schema-id': id,
    schemas: [...schemas, { ...schema, 'schema-id': id }],
  }
}

function changedSchema(metadata: TableMetadata, schema: JsonObject, change: ColumnChange, ids: IdSequence): JsonObject {
  switch (change.kind) {
    case 'add-column':
      return addField(schema, change.path, { field: change.field, place: change.place }, ids)
    case 'drop-column':
      checkNotPartitioned(metadata, fieldIdOf(schema, change.path), change.path)
      return dropField(schema, change.path)
    case 'rename-column':
      fieldIdOf(schema, change.path)
      return renameField(schema, change.path, change.to)
    case 'move-column':
      return moveField(schema, change.path, change.place)
    case 'set-type':
      return setFieldType(schema, change.path, change.type, ids)
    case 'set-nullable':
      return setRequired(schema, change.path, !change.nullable)
    case 'comment-column':
      return setDoc(schema, change.path, change.comment)
  }
}

/** Files of the table's present partitions could no longer be written. */
function checkNotPartitioned(metadata: TableMetadata, id: number, path: readonly string[]): void {
  const spec = metadata.specs.find((one) => one.id === metadata.defaultSpecId)
  if (spec?.fields.some(({ sourceId }) => sourceId === id) !== true) return
  throw new SqlError('2BP01', `cannot drop column "${path.join('.')}" because the table is partitioned by it`, {
    hint: 'Drop the partition field first.',
  })
}

/** Null takes a property away. */
function withProperties({ json }: TableMetadata, changes: ReadonlyMap<string, string | null>): JsonObject {
  const properties: Record<string, JsonValue> = { ...(json['properties'] as Readonly<Record<string, JsonValue>>) }
  for (const [key, value] of changes) {
    if (value === null) delete properties[key]
    else properties[key] = value
  }
  return { ...json, properties }
}

function addCheck(metadata: TableMetadata, name: string, expression: string): JsonObject {
  const key = checkProperty(name)
  if (metadata.properties.has(key)) {
    throw new SqlError('42710', `constraint "${name}" for the table already exists`)
  }
  return withProperties(metadata, new Map([[key, expression]]))
}

function specJson({ json, defaultSpecId }: TableMetadata): readonly JsonObject[] {
  const specs = json['partition-specs'] as readonly JsonObject[]
  return specs.find((spec) => spec['spec-id'] === defaultSpecId)!['fields'] as readonly JsonObject[]
}

function transformText({ transform, parameter }: PartitionField): string {
  return parameter === undefined ? transform : `${transform}[${parameter}]`
}

function sourceOf(metadata: TableMetadata, { column, transform }: PartitionField): { id: number; type: DataType } {
  const field = currentSchema(metadata).fields.find(({ name }) => name === column)
  if (field === undefined) throw new SqlError('42703', `column "${column}" does not exist`)
  const type = dataTypeOf(field.type, column)
  if (!takesType(transform, type)) {
    throw new SqlError('42804', `column "${column}" of type ${typeName(type)} does not take transform ${transform}`)
  }
  return { id: field.id, type }
}

/** A field that an earlier spec had keeps its id: files of both can be told to be of one partition. */
function partitionJson(metadata: TableMetadata, field: PartitionField, given: string | undefined): JsonObject {
  const source = sourceOf(metadata, field)
  const transform = transformText(field)
  const present = specJson(metadata)
  if (present.some((one) => one['source-id'] === source.id && one['transform'] === transform)) {
    throw new SqlError('42701', `the table is partitioned by ${transform} of "${field.column}" already`)
  }
  const known = metadata.specs
    .flatMap(({ fields }) => fields)
    .find((one) => one.sourceId === source.id && one.transform === transform)
  const name = given ?? known?.name ?? `${field.column}${PARTITION_SUFFIXES[field.transform] ?? `_${field.transform}`}`
  if (present.some((one) => one['name'] === name)) {
    throw new SqlError('42701', `partition field "${name}" already exists`)
  }
  const id = known?.fieldId ?? Math.max(metadata.lastPartitionId, 999) + 1
  return { name, transform, 'source-id': source.id, 'field-id': id }
}

function withoutPartition(metadata: TableMetadata, field: PartitionField | string): readonly JsonObject[] {
  const present = specJson(metadata)
  const isMeant = (one: JsonObject): boolean =>
    typeof field === 'string'
      ? one['name'] === field
      : one['source-id'] === sourceOf(metadata, field).id && one['transform'] === transformText(field)
  const rest = present.filter((one) => !isMeant(one))
  if (rest.length === present.length) {
    const shown = typeof field === 'string' ? field : `${transformText(field)} of ${field.column}`
    throw new SqlError('42704', `partition field "${shown}" does not exist`)
  }
  return rest
}

function withSpec(metadata: TableMetadata, fields: readonly JsonObject[]): JsonObject {
  const { json } = metadata
  const specs = json['partition-specs'] as readonly JsonObject[]
  const same = specs.find((spec) => writeExactJson(spec['fields']!) === writeExactJson(fields))
  if (same !== undefined) return { ...json, 'default-spec-id': same['spec-id']! }
  const id = 1 + Math.max(...metadata.specs.map((spec) => spec.id))
  const last = Math.max(metadata.lastPartitionId, ...fields.map((field) => field['field-id'] as number))
  return {
    ...json,
    'partition-specs': [...specs, { 'spec-id': id, fields }],
    'default-spec-id': id,
    'last-partition-id': last,
  }
}

function withOrder(metadata: TableMetadata, order: readonly SortField[]): JsonObject {
  const { json } = metadata
  const orders = (json['sort-orders'] ?? []) as readonly JsonObject[]
  const fields = order.map((field) => ({
    transform: transformText(field),
    'source-id': sourceOf(metadata, field).id,
    direction: field.descending ? 'desc' : 'asc',
    'null-order': field.nullsFirst ? 'nulls-first' : 'nulls-last',
  }))
  const same = orders.find((one) => writeExactJson(one['fields'] ?? []) === writeExactJson(fields))
  if (same !== undefined) return { ...json, 'default-sort-order-id': same['order-id']! }
  // 0 is the order of what is not sorted.
  const id = fields.length === 0 ? 0 : 1 + Math.max(0, ...orders.map((one) => one['order-id'] as number))
  return { ...json, 'sort-orders': [...orders, { 'order-id': id, fields }], 'default-sort-order-id': id }
}
