/**
 * Where each column of a scan comes from in a data file.
 *
 * Files are read by field id. What a file without the field holds: the partition's value where the file is partitioned by the column's identity
 * (files of migrated Hive tables), else the column's initial default, else NULL. Files without ids are read by the name mapping.
 *
 * Spec: Iceberg table spec, "Column Projection" and "Name Mapping Serialization".
 */
import { SqlError, corrupt, unsupported } from '../../core/errors.ts'
import { type JsonValue, isJsonObject, parseExactJson } from '../../core/exact-json.ts'
import { BIGINT, type DataType, type Field, VARCHAR } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { TargetField } from '../../format/format.ts'
import type { ColumnSource, ProjectedColumn } from '../table.ts'
import { initialDefaultOf } from './default-value.ts'
import type { ManifestEntry } from './manifest.ts'
import type { TableMetadata } from './metadata.ts'
import type { BoundSpec } from './partition.ts'
import {
  type IcebergSchema,
  type NestedField,
  dataTypeOf,
  fieldsById,
  hasValueBounds,
  nestedFieldsOf,
} from './schema.ts'

/** Names in files by field id; undefined when the table has no name mapping. */
export type NameMapping = ReadonlyMap<number, readonly string[]>

/** Reserved ids (spec, "Reserved Field IDs"). */
export const HIDDEN_COLUMNS: readonly Field[] = [
  { name: '_file', type: VARCHAR, nullable: false, id: 2_147_483_646 },
  { name: '_pos', type: BIGINT, nullable: false, id: 2_147_483_645 },
]

/** Row lineage, of version 3 on (spec, "Row Lineage"). */
export const LINEAGE_COLUMNS: readonly Field[] = [
  { name: '_row_id', type: BIGINT, nullable: true, id: 2_147_483_540 },
  { name: '_last_updated_sequence_number', type: BIGINT, nullable: true, id: 2_147_483_539 },
]

const MAPPING_DEPTH_MAX = 100
/** Partitions whose sources are kept to be shared. */
const SHARED_MAX = 10_000

const MAPPING = 'table property "schema.name-mapping.default"'

/** The table's `schema.name-mapping.default`; XX001 when it is malformed. */
export function nameMappingOf(metadata: TableMetadata): NameMapping | undefined {
  const text = metadata.properties.get('schema.name-mapping.default')
  if (text === undefined) return undefined
  const mapping = new Map<number, readonly string[]>()
  const add = (json: JsonValue | undefined, depth: number): void => {
    if (!Array.isArray(json) || depth > MAPPING_DEPTH_MAX) return
    for (const entry of json as readonly JsonValue[]) {
      if (!isJsonObject(entry)) continue
      const { names } = entry
      if (!Array.isArray(names)) throw corrupt(MAPPING, 'a field without names')
      const id = entry['field-id']
      if (typeof id === 'number') {
        mapping.set(
          id,
          names.filter((name) => typeof name === 'string'),
        )
      }
      add(entry['fields'], depth + 1)
    }
  }
  add(parseExactJson(text, MAPPING), 0)
  return mapping
}

/** The columns of one scan, bound to the table's schema. */
export class ColumnBinder {
  readonly #schema: IcebergSchema
  readonly #fields: ReadonlyMap<number, NestedField>
  readonly #mapping: NameMapping | undefined
  readonly #plain: readonly ColumnSource[]
  readonly #hasFile: boolean
  /** Sources by what their files' partitions fix. */
  readonly #shared = new Map<string, readonly ColumnSource[]>()

  constructor(columns: readonly ProjectedColumn[], schema: IcebergSchema, mapping: NameMapping | undefined) {
    this.#schema = schema
    this.#fields = fieldsById(schema)
    this.#mapping = mapping
    this.#plain = columns.map((column) => this.#source(column))
    this.#hasFile = this.#plain.some(({ kind }) => kind === 'constant' || kind === 'inherited')
  }

  /** The id under which manifests keep bounds of column `index` of the scan; undefined for hidden columns, and for types without bounds. */
  boundedId(index: number): number | undefined {
    const source = this.#plain[index]
    const field = source?.kind === 'file' ? this.#fields.get(source.field.id!) : undefined
    return field !== undefined && hasValueBounds(field) ? field.id : undefined
  }

  /** One source a column. The same array for files that agree. */
  sources(
    { file, fileSequenceNumber }: Pick<ManifestEntry, 'file' | 'fileSequenceNumber'>,
    spec: BoundSpec | undefined,
    values: readonly (LiteralValue | undefined)[],
  ): readonly ColumnSource[] {
    const missing = this.#missing(spec, values)
    if (!this.#hasFile && missing.size === 0) return this.#plain
    const key = this.#hasFile ? undefined : missingKey(missing)
    const known = key === undefined ? undefined : this.#shared.get(key)
    if (known !== undefined) return known
    const sources = this.#plain.map((source, i): ColumnSource => {
      if (source.kind === 'constant') return { ...source, value: file.path }
      if (source.kind === 'inherited') return lineage(source, file.firstRowId, fileSequenceNumber)
      const value = missing.get(i)
      if (source.kind !== 'file' || value === undefined) return source
      return { kind: 'file', field: { ...source.field, missing: value } }
    })
    if (key !== undefined && this.#shared.size < SHARED_MAX) this.#shared.set(key, sources)
    return sources
  }

  /** What files of a partition hold in columns that they lack, by column of the scan. */
  #missing(
    spec: BoundSpec | undefined,
    values: readonly (LiteralValue | undefined)[],
  ): ReadonlyMap<number, LiteralValue> {
    const missing = new Map<number, LiteralValue>()
    spec?.fields.forEach(({ transform, sourceId }, field) => {
      const value = values[field]
      if (transform.kind !== 'identity' || value === undefined) return
      this.#plain.forEach((source, column) => {
        if (source.kind === 'file' && source.field.id === sourceId) missing.set(column, value)
      })
    })
    return missing
  }

  #source(column: ProjectedColumn): ColumnSource {
    const field =
      column.fieldId === undefined
        ? this.#schema.fields.find(({ name }) => name === column.name)
        : this.#fields.get(column.fieldId)
    if (field !== undefined) return { kind: 'file', field: targetField(field, column.type, this.#mapping) }
    if (column.name === '_pos') return { kind: 'position' }
    const lineageColumn = LINEAGE_COLUMNS.find(({ name }) => name === column.name)
    if (lineageColumn !== undefined) {
      const { id, name, type } = lineageColumn
      const target: TargetField = { id: id!, names: [name], type, children: [] }
      return { kind: 'inherited', field: target, value: 0n, addsPosition: name === '_row_id' }
    }
    if (column.name === '_file') return { kind: 'constant', value: '', type: VARCHAR }
    throw new SqlError('42703', `column "${column.name}" does not exist`)
  }
}

/** Rows of files without row ids have neither column. */
function lineage(
  source: ColumnSource & { kind: 'inherited' },
  firstRowId: bigint | undefined,
  sequenceNumber: bigint,
): ColumnSource {
  if (firstRowId === undefined) return { kind: 'constant', value: null, type: BIGINT }
  return { ...source, value: source.addsPosition ? firstRowId : sequenceNumber }
}

/** Text that tells the values of partitions apart. */
function missingKey(missing: ReadonlyMap<number, LiteralValue>): string {
  return [...missing]
    .map(([column, value]) => {
      const text =
        value instanceof Uint8Array
          ? Buffer.from(value).toString('hex')
          : Object.is(value, -0)
            ? '-0'
            : String(value as string | number | bigint | boolean | null)
      return `${column} ${value === null ? 'null' : typeof value} ${text.length} ${text}`
    })
    .join()
}

/**
 * What a reader is asked for to get `field` as `type`.
 *
 * @param type The field's type, or a part of it: structs may have fewer fields.
 */
export function targetField(field: NestedField, type: DataType, mapping: NameMapping | undefined): TargetField {
  const missing = initialDefaultOf(field)
  return {
    id: field.id,
    // Without a mapping the present name is the best guess for files without ids.
    names: mapping === undefined ? [field.name] : (mapping.get(field.id) ?? []),
    type,
    children: childTargets(field, type, mapping),
    ...(missing === undefined ? {} : { missing }),
  }
}

function childTargets(field: NestedField, type: DataType, mapping: NameMapping | undefined): readonly TargetField[] {
  const nested = nestedFieldsOf(field.type)
  switch (type.kind) {
    case 'struct':
      return type.fields.map((part) => {
        const child = nested.find(({ id, name }) => (part.id === undefined ? name === part.name : id === part.id))
        if (child === undefined)
          throw new SqlError('42703', `field "${part.name}" of column "${field.name}" does not exist`)
        return targetField(child, part.type, mapping)
      })
    case 'list':
      return [targetField(nested[0]!, type.element.type, mapping)]
    case 'map':
      return [targetField(nested[0]!, type.key.type, mapping), targetField(nested[1]!, type.value.type, mapping)]
    default:
      return []
  }
}

/** Targets for the key columns of equality deletes, which the table may have dropped since. */
export function equalityKeys(
  ids: readonly number[],
  schemas: readonly IcebergSchema[],
  mapping: NameMapping | undefined,
): readonly TargetField[] {
  return ids.map((id) => {
    // The last schema that has the field knows its widest type.
    const field = schemas
      .toReversed()
      .map((schema) => fieldsById(schema).get(id))
      .find((found) => found !== undefined)
    if (field === undefined) throw unsupported(`an equality delete by the unknown field ${id}`)
    return targetField(field, dataTypeOf(field.type, field.name), mapping)
  })
}
