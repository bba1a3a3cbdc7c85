/**
 * Metadata of a table that is made new: field ids, partition spec, first metadata JSON.
 *
 * Spec: Iceberg table spec, format version 2, "Table Metadata Fields" and Appendix C.
 */
import { randomUUID } from 'node:crypto'
import { SqlError, unsupported } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/exact-json.ts'
import { type DataType, type Schema, isInteger, isWideDecimal, typeName } from '../../../core/types.ts'
import { baseName, joinLocation } from '../../../storage/file-location.ts'
import type { LoadedMetadata } from '../iceberg-table.ts'
import type { StagedTable } from './commit.ts'
import { metadataLog, nextTimestamp } from './new-snapshot.ts'

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
export function newTableMetadata({ location, columns, partitionBy, properties }: NewTable): StagedTable {
  const ids = new IdSequence(0)
  const fields = assignIds(columns, ids)
  const spec = specJson(partitionBy, columns, fields, FIRST_PARTITION_ID)
  const json: JsonObject = {
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
    'sort-orders': [UNSORTED],
    properties: Object.fromEntries(properties),
    'current-snapshot-id': -1,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  }
  return { json, replacedVersion: 0 }
}

const UNSORTED: JsonObject = { 'order-id': 0, fields: [] }

/**
 * The metadata that replaces a table's: new columns, partitions and properties, no rows. It is the next version of the same table, so its
 * earlier snapshots can still be read, with their own columns, and a reader never finds no table at all.
 *
 * Nothing is taken over by name: columns and partition fields get ids that the table has never used.
 */
export function replacedTableMetadata(
  { metadata, location }: LoadedMetadata,
  table: Omit<NewTable, 'location'>,
): StagedTable {
  const { json } = metadata
  const ids = new IdSequence(metadata.lastColumnId)
  const fields = assignIds(table.columns, ids)
  const firstPartitionId = Math.max(metadata.lastPartitionId + 1, FIRST_PARTITION_ID)
  const spec = specJson(table.partitionBy, table.columns, fields, firstPartitionId)
  const schemaId = 1 + Math.max(...metadata.schemas.map(({ id }) => id))
  const specId = 1 + Math.max(...metadata.specs.map(({ id }) => id))
  const orders = (Array.isArray(json['sort-orders']) ? json['sort-orders'] : []) as readonly JsonObject[]
  const { main: _, ...refs } = (json['refs'] ?? {}) as JsonObject
  return {
    replacedVersion: location.version,
    json: {
      ...json,
      'last-updated-ms': nextTimestamp(metadata),
      'last-column-id': ids.last,
      'current-schema-id': schemaId,
      schemas: [...(json['schemas'] as JsonValue[]), { type: 'struct', 'schema-id': schemaId, fields }],
      'default-spec-id': specId,
      'partition-specs': [...(json['partition-specs'] as JsonValue[]), { 'spec-id': specId, fields: spec }],
      'last-partition-id': firstPartitionId + spec.length - 1,
      'default-sort-order-id': 0,
      'sort-orders': orders.some((order) => order['order-id'] === 0) ? orders : [UNSORTED, ...orders],
      properties: Object.fromEntries(table.properties),
      'current-snapshot-id': -1,
      refs,
      'metadata-log': metadataLog(metadata, joinLocation(metadata.location, 'metadata', baseName(location.url))),
    },
  }
}

/** Field ids of a table: never given twice. */
export class IdSequence {
  last: number
  constructor(last: number) {
    this.last = last
  }
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

/** A type as the metadata has it, with ids for what is nested in it. */
export function typeJson(type: DataType, column: string, ids: IdSequence): JsonValue {
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
      if (isWideDecimal(type)) {
        throw new SqlError(
          '22023',
          `NUMERIC precision ${type.precision} must be between 1 and 38 in an Iceberg table`,
          {
            hint: `Cast column "${column}" to a decimal of fewer digits.`,
          },
        )
      }
      return `decimal(${type.precision}, ${type.scale})`
    case 'timestamp':
      if (type.unit === 'ns')
        throw unsupported(`type ${typeName(type)} of column "${column}" in an Iceberg table of version 2`)
      return type.zone ? 'timestamptz' : 'timestamp'
    case 'varchar':
    case 'null':
      return 'string'
    case 'json':
    case 'jsonb':
    case 'bit':
      throw unsupported(`type ${typeName(type)} of column "${column}" in an Iceberg table`, {
        hint: 'Cast it to text.',
      })
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
    case 'timetz':
    case 'uuid':
    case 'variant':
    case 'interval':
      throw unsupported(`writing type ${typeName(type)} of column "${column}" to an Iceberg table`)
  }
}

export const PARTITION_SUFFIXES: Readonly<Record<string, string>> = {
  identity: '',
  bucket: '_bucket',
  truncate: '_trunc',
  void: '_null',
}

function specJson(
  partitionBy: readonly NewPartitionField[],
  columns: Schema,
  fields: readonly JsonObject[],
  firstId: number,
): JsonObject[] {
  const taken = new Set(columns.fields.map(({ name }) => name))
  const transforms = new Set<string>()
  return partitionBy.map(({ column, transform, parameter }, i) => {
    const index = columns.fields.findIndex(({ name }) => name === column)
    const source = columns.fields[index]
    if (source === undefined) throw new SqlError('42703', `column "${column}" does not exist`)
    if (!takesType(transform, source.type)) {
      throw new SqlError(
        '42804',
        `column "${column}" of type ${typeName(source.type)} cannot be partitioned by ${transform}`,
      )
    }
    const text = parameter === undefined ? transform : `${transform}[${parameter}]`
    if (transforms.has(`${text} ${column}`))
      throw new SqlError('42701', `partition field ${text} of "${column}" specified more than once`)
    transforms.add(`${text} ${column}`)
    const base = `${column}${PARTITION_SUFFIXES[transform] ?? `_${transform}`}`
    // Only an identity field may have the name of a column: its own.
    let name = base
    for (let n = 2; taken.has(name) && (transform !== 'identity' || n > 2); n++) name = `${base}_${n}`
    taken.add(name)
    return { name, transform: text, 'source-id': fields[index]!['id']!, 'field-id': firstId + i }
  })
}

/** Spec: "Partition Transforms", the table of source types. */
export function takesType(transform: string, type: DataType): boolean {
  const { kind } = type
  switch (transform) {
    case 'identity':
    case 'void':
      return kind !== 'list' && kind !== 'map' && kind !== 'struct'
    case 'bucket':
      return isInteger(type) || ['decimal', 'date', 'time', 'timestamp', 'varchar', 'bytea'].includes(kind)
    case 'truncate':
      return isInteger(type) || ['decimal', 'varchar', 'bytea'].includes(kind)
    case 'hour':
      return kind === 'timestamp'
    default:
      return kind === 'timestamp' || kind === 'date'
  }
}
