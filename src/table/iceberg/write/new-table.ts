/**
 * Metadata of a table that is made new: field ids, partition spec, first metadata JSON.
 *
 * Spec: Iceberg table spec, format version 2, "Table Metadata Fields" and Appendix C.
 */
import { randomUUID } from 'node:crypto'
import { SqlError, unsupported } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/exact-json.ts'
import { type DataType, type Schema, typeName } from '../../../core/types.ts'

export interface NewPartitionField {
  readonly column: string
  readonly transform: string
  readonly parameter?: number
}

export interface NewTable {
  /** Absolute location of the table's folder. */
  readonly location: string
  readonly columns: Schema
  readonly partitionBy: readonly NewPartitionField[]
  readonly properties: ReadonlyMap<string, string>
}

/** Partition field ids begin here. */
const FIRST_PARTITION_ID = 1000

/** The metadata of an empty table of format version 2. Errors: 0A000 for types that Iceberg version 2 has not. */
export function newTableMetadata({ location, columns, partitionBy, properties }: NewTable): JsonObject {
  const ids = new IdSequence()
  const fields = assignIds(columns, ids)
  const spec = partitionBy.map((field, i) => partitionFieldJson(field, columns, fields, FIRST_PARTITION_ID + i))
  return {
    'format-version': 2,
    'table-uuid': randomUUID(),
    location,
    'last-sequence-number': 0,
    'last-updated-ms': Date.now(),
    'last-column-id': ids.last,
    'current-schema-id': 0,
    schemas: [{ type: 'struct', 'schema-id': 0, fields }],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: spec }],
    'last-partition-id': FIRST_PARTITION_ID + spec.length - 1,
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: Object.fromEntries(properties),
    'current-snapshot-id': -1,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  }
}

class IdSequence {
  last = 0
  next(): number {
    return ++this.last
  }
}

/** Ids level by level: all columns first, then what is nested in them, as Iceberg's own writers do. */
function assignIds({ fields }: Schema, ids: IdSequence): JsonObject[] {
  const own = fields.map(() => ids.next())
  return fields.map(({ name, type, nullable, comment }, i) => ({
    id: own[i]!,
    name,
    required: !nullable,
    type: typeJson(type, name, ids),
    ...(comment === undefined ? {} : { doc: comment }),
  }))
}

function typeJson(type: DataType, column: string, ids: IdSequence): JsonValue {
  switch (type.kind) {
    case 'boolean':
    case 'date':
    case 'time':
    case 'double':
      return type.kind
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'utinyint':
    case 'usmallint':
      return 'int'
    case 'uinteger':
    case 'bigint':
      return 'long'
    case 'ubigint':
      return 'decimal(20, 0)'
    case 'half':
    case 'real':
      return 'float'
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`
    case 'timestamp':
      if (type.unit === 'ns') throw unsupported(`type ${typeName(type)} of column "${column}" in an Iceberg table of version 2`)
      return type.zone ? 'timestamptz' : 'timestamp'
    case 'varchar':
    case 'null':
      return 'string'
    case 'bytea':
      return 'binary'
    case 'list': {
      const id = ids.next()
      return {
        type: 'list',
        'element-id': id,
        'element-required': !type.element.nullable,
        element: typeJson(type.element.type, column, ids),
      }
    }
    case 'map': {
      const [key, value] = [ids.next(), ids.next()]
      return {
        type: 'map',
        'key-id': key,
        key: typeJson(type.key.type, column, ids),
        'value-id': value,
        'value-required': !type.value.nullable,
        value: typeJson(type.value.type, column, ids),
      }
    }
    case 'struct':
      return { type: 'struct', fields: assignIds({ fields: type.fields }, ids) }
    case 'uuid':
    case 'interval':
      throw unsupported(`writing type ${typeName(type)} of column "${column}" to an Iceberg table`)
  }
}

function partitionFieldJson(
  { column, transform, parameter }: NewPartitionField,
  columns: Schema,
  fields: readonly JsonObject[],
  fieldId: number,
): JsonObject {
  const index = columns.fields.findIndex(({ name }) => name === column)
  if (index < 0) throw new SqlError('42703', `column "${column}" does not exist`)
  const suffix = { identity: '', bucket: '_bucket', truncate: '_trunc', void: '_null' }[transform] ?? `_${transform}`
  return {
    name: `${column}${suffix}`,
    transform: parameter === undefined ? transform : `${transform}[${parameter}]`,
    'source-id': fields[index]!['id']!,
    'field-id': fieldId,
  }
}
