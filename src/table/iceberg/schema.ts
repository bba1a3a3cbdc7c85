/**
 * Iceberg's types and schemas, as the table metadata's JSON gives them, and the engine's types for them.
 *
 * Spec: Iceberg table spec, "Schemas and Data Types" and Appendix C, "JSON serialization".
 */
import { type DataError, corrupt, unsupported } from '../../core/errors.ts'
import { type JsonObject, type JsonValue, isJsonObject, writeExactJson } from '../../core/exact-json.ts'
import {
  BIGINT,
  BOOLEAN,
  BYTEA,
  DATE,
  DOUBLE,
  type DataType,
  type Field,
  INTEGER,
  NULL_TYPE,
  REAL,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  UUID,
  VARCHAR,
  VARIANT,
  decimal,
} from '../../core/types.ts'

type IcebergPrimitive =
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'timestamp_ns'
  | 'timestamptz_ns'
  | 'string'
  | 'uuid'
  | 'binary'
  | 'unknown'
  | 'variant'

export type IcebergType =
  | { readonly kind: IcebergPrimitive }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'fixed'; readonly length: number }
  /** Well-known binary; its bounds are points, not values. */
  | { readonly kind: 'geometry'; readonly name: string }
  /** Known by name only: types of later versions. */
  | { readonly kind: 'unsupported'; readonly name: string }
  | IcebergStruct
  | { readonly kind: 'list'; readonly element: NestedField }
  | { readonly kind: 'map'; readonly key: NestedField; readonly value: NestedField }

interface IcebergStruct {
  readonly kind: 'struct'
  readonly fields: readonly NestedField[]
}

/** A column, struct field, list element, map key or value. */
export interface NestedField {
  readonly id: number
  readonly name: string
  readonly required: boolean
  readonly type: IcebergType
  readonly doc?: string
  /** What rows hold that were written before the field was added; JSON as in the metadata. */
  readonly initialDefault?: JsonValue
  readonly writeDefault?: JsonValue
}

export interface IcebergSchema {
  readonly id: number
  readonly fields: readonly NestedField[]
  readonly identifierFieldIds: readonly number[]
}

/** Nesting of types at most. */
const DEPTH_MAX = 100

const PRIMITIVES: ReadonlySet<string> = new Set(
  (
    'boolean int long float double date time timestamp timestamptz timestamp_ns timestamptz_ns ' +
    'string uuid binary unknown variant'
  ).split(' '),
)

/** XX001 naming `file` when the JSON is not a schema. */
export function parseSchema(json: JsonValue | undefined, file: string): IcebergSchema {
  if (!isJsonObject(json)) throw malformed(file, 'a schema is missing')
  const { 'identifier-field-ids': ids, 'schema-id': id } = json
  if (id !== undefined && typeof id !== 'number') throw malformed(file, 'the id is not a number')
  const schema = {
    id: id ?? 0,
    fields: parseFields(json, file, 0),
    identifierFieldIds: Array.isArray(ids) ? ids.filter((one) => typeof one === 'number') : [],
  }
  assertDistinct(schema.fields, new Set(), file)
  return schema
}

/** Two columns of one id would be one column of the data files. */
function assertDistinct(fields: readonly NestedField[], ids: Set<number>, file: string): void {
  const names = new Set<string>()
  for (const { id, name, type } of fields) {
    if (ids.has(id) || names.has(name)) throw malformed(file, `field "${name}" with id ${id} occurs twice`)
    ids.add(id)
    names.add(name)
    assertDistinct(nestedFieldsOf(type), ids, file)
  }
}

function parseFields(json: JsonObject, file: string, depth: number): NestedField[] {
  const { fields } = json
  if (!Array.isArray(fields)) throw malformed(file, 'a struct has no fields')
  return (fields as readonly JsonValue[]).map((field) => {
    if (!isJsonObject(field) || typeof field['name'] !== 'string' || typeof field['id'] !== 'number') {
      throw malformed(file, 'a field has no name or id')
    }
    return {
      id: field['id'],
      name: field['name'],
      required: booleanOf(field, 'required', file),
      type: parseType(field['type'], file, depth + 1),
      ...(typeof field['doc'] === 'string' ? { doc: field['doc'] } : {}),
      ...(field['initial-default'] === undefined ? {} : { initialDefault: field['initial-default'] }),
      ...(field['write-default'] === undefined ? {} : { writeDefault: field['write-default'] }),
    }
  })
}

/** False where it is absent. */
function booleanOf(json: JsonObject, key: string, file: string): boolean {
  const value = json[key] ?? false
  if (typeof value !== 'boolean') throw malformed(file, `"${key}" is neither true nor false`)
  return value
}

function parseType(json: JsonValue | undefined, file: string, depth: number): IcebergType {
  if (depth > DEPTH_MAX) throw malformed(file, 'the types are nested too deeply')
  if (typeof json === 'string') return parsePrimitive(json, file)
  if (!isJsonObject(json)) throw malformed(file, 'a type is missing')
  const nested = (prefix: string, name: string, required: boolean): NestedField => {
    const id = json[`${prefix}-id`]
    if (typeof id !== 'number') throw malformed(file, `a type has no ${prefix}-id`)
    return { id, name, required, type: parseType(json[prefix], file, depth + 1) }
  }
  switch (json['type']) {
    case 'struct':
      return { kind: 'struct', fields: parseFields(json, file, depth) }
    case 'list':
      return {
        kind: 'list',
        element: nested('element', 'element', booleanOf(json, 'element-required', file)),
      }
    case 'map':
      return {
        kind: 'map',
        key: nested('key', 'key', true),
        value: nested('value', 'value', booleanOf(json, 'value-required', file)),
      }
    default:
      throw malformed(file, `unknown type ${writeExactJson(json)}`)
  }
}

function parsePrimitive(name: string, file: string): IcebergType {
  if (PRIMITIVES.has(name)) return { kind: name as IcebergPrimitive }
  const decimalMatch = /^decimal\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)$/.exec(name)
  if (decimalMatch) {
    const precision = Number(decimalMatch[1])
    const scale = Number(decimalMatch[2])
    if (precision < 1 || precision > 38 || scale > precision) throw malformed(file, `type "${name}"`)
    return { kind: 'decimal', precision, scale }
  }
  const fixedMatch = /^fixed\[\s*(\d{1,9})\s*\]$/.exec(name)
  if (fixedMatch) return { kind: 'fixed', length: Number(fixedMatch[1]) }
  // The reference system says nothing about the bytes.
  if (/^(geometry|geography)(\s*\(.*\))?$/.test(name)) return { kind: 'geometry', name }
  return { kind: 'unsupported', name }
}

/** The engine's type; 0A000 naming the column for types that the engine has not. */
export function dataTypeOf(type: IcebergType, column: string): DataType {
  switch (type.kind) {
    case 'boolean':
      return BOOLEAN
    case 'int':
      return INTEGER
    case 'long':
      return BIGINT
    case 'float':
      return REAL
    case 'double':
      return DOUBLE
    case 'date':
      return DATE
    case 'time':
      return TIME
    case 'timestamp':
      return TIMESTAMP
    case 'timestamptz':
      return TIMESTAMPTZ
    case 'timestamp_ns':
      return { kind: 'timestamp', unit: 'ns', zone: false }
    case 'timestamptz_ns':
      return { kind: 'timestamp', unit: 'ns', zone: true }
    case 'string':
      return VARCHAR
    case 'uuid':
      return UUID
    case 'fixed':
    case 'binary':
    case 'geometry':
      return BYTEA
    case 'unknown':
      return NULL_TYPE
    case 'variant':
      return VARIANT
    case 'decimal':
      return decimal(type.precision, type.scale)
    case 'list':
      return { kind: 'list', element: fieldOf(type.element, column) }
    case 'map':
      return { kind: 'map', key: fieldOf(type.key, column), value: fieldOf(type.value, column) }
    case 'struct':
      return { kind: 'struct', fields: type.fields.map((field) => fieldOf(field, column)) }
    case 'unsupported':
      throw unsupported(`type ${type.name} of column "${column}"`)
  }
}

/** The engine's field for a column of the table, ids included. */
export function fieldOf(field: NestedField, column: string = field.name): Field {
  return {
    name: field.name,
    type: dataTypeOf(field.type, column),
    nullable: !field.required,
    // By the id, pruning finds bounds.
    ...(hasValueBounds(field) ? { id: field.id } : {}),
    ...(field.doc === undefined ? {} : { comment: field.doc }),
  }
}

/** Whether the bounds that manifests keep of a field are values of its type. */
export function hasValueBounds({ type }: NestedField): boolean {
  return type.kind !== 'geometry' && type.kind !== 'variant'
}

/** The direct parts of a type. */
export function nestedFieldsOf(type: IcebergType): readonly NestedField[] {
  switch (type.kind) {
    case 'struct':
      return type.fields
    case 'list':
      return [type.element]
    case 'map':
      return [type.key, type.value]
    default:
      return []
  }
}

/** Every field of a schema by id, nested ones included. */
export function fieldsById(schema: IcebergSchema): ReadonlyMap<number, NestedField> {
  const byId = new Map<number, NestedField>()
  const add = (field: NestedField): void => {
    byId.set(field.id, field)
    nestedFieldsOf(field.type).forEach(add)
  }
  schema.fields.forEach(add)
  return byId
}

function malformed(file: string, problem: string): DataError {
  return corrupt(file, `malformed Iceberg schema: ${problem}`)
}
