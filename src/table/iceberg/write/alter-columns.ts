/**
 * Changes of a table's columns, on the schema's JSON.
 *
 * Columns keep their ids, so files need not be read: a column that is dropped and added again is another one. Types change only as their
 * values are promoted while reading.
 *
 * Spec: Iceberg table spec, "Schema Evolution".
 */
import { SqlError, unsupported } from '../../../core/errors.ts'
import { type JsonObject, type JsonValue, isJsonObject } from '../../../core/exact-json.ts'
import { type DataType, type Field, typeName } from '../../../core/types.ts'
import type { FieldPlace } from '../../alteration.ts'
import { type IdSequence, typeJson } from './new-table.ts'

type FieldPath = readonly string[]

/** A struct's JSON with other fields; the same object is never changed. */
type ChangeFields = (fields: readonly JsonObject[]) => readonly JsonObject[]

export function addField(
  schema: JsonObject,
  path: FieldPath,
  { field, place }: { readonly field: Field; readonly place: FieldPlace | undefined },
  ids: IdSequence,
): JsonObject {
  return changeStruct(schema, path, (fields) => {
    const { name, type, comment } = field
    if (fields.some((one) => one['name'] === name)) {
      throw new SqlError('42701', `column "${path.join('.')}" already exists`)
    }
    const id = ids.next()
    const added: JsonObject = {
      id,
      name,
      required: !field.nullable,
      type: typeJson(type, name, ids),
      ...(comment === undefined ? {} : { doc: comment }),
    }
    return placed([...fields, added], name, place)
  })
}

export function dropField(schema: JsonObject, path: FieldPath): JsonObject {
  return changeStruct(schema, path, (fields) => {
    const rest = fields.filter((one) => one['name'] !== path.at(-1))
    if (rest.length === fields.length) throw noField(path)
    if (rest.length === 0) throw unsupported('dropping the only column')
    return rest
  })
}

export function moveField(schema: JsonObject, path: FieldPath, place: FieldPlace): JsonObject {
  return changeStruct(schema, path, (fields) => {
    if (!fields.some((one) => one['name'] === path.at(-1))) throw noField(path)
    return placed(fields, path.at(-1)!, place)
  })
}

function placed(fields: readonly JsonObject[], name: string, place: FieldPlace | undefined): readonly JsonObject[] {
  if (place === undefined || place.after === name) return fields
  const field = fields.find((one) => one['name'] === name)!
  const others = fields.filter((one) => one !== field)
  const index = place.after === null ? -1 : others.findIndex((one) => one['name'] === place.after)
  if (place.after !== null && index < 0) throw noField([place.after])
  return [...others.slice(0, index + 1), field, ...others.slice(index + 1)]
}

export function renameField(schema: JsonObject, path: FieldPath, to: string): JsonObject {
  return changeStruct(schema, path, (fields) => {
    if (fields.some((one) => one['name'] === to)) throw new SqlError('42701', `column "${to}" already exists`)
    return fields.map((one) => (one['name'] === path.at(-1) ? { ...one, name: to } : one))
  })
}

/** Another type to which values are promoted; 0A000 for others. */
export function setFieldType(schema: JsonObject, path: FieldPath, type: DataType, ids: IdSequence): JsonObject {
  return changeField(schema, path, (field) => {
    const from = field['type']!
    const to = typeJson(type, path.join('.'), ids)
    if (from === to) return field
    if (typeof from === 'string' && typeof to === 'string' && isPromotion(from, to)) return { ...field, type: to }
    const shown = typeof from === 'string' ? from : 'a nested type'
    throw unsupported(`changing column "${path.join('.')}" from ${shown} to ${typeName(type)}`, {
      hint: 'Iceberg promotes int to long, float to double, and decimals to more digits.',
    })
  })
}

/** Spec: "Schema Evolution", type promotion in version 2. */
function isPromotion(from: string, to: string): boolean {
  if (from === 'int') return to === 'long'
  if (from === 'float') return to === 'double'
  const [a, b] = [from, to].map((text) => /^decimal\((\d+), ?(\d+)\)$/.exec(text))
  return a !== null && b !== null && a !== undefined && b !== undefined && a[2] === b[2] && Number(a[1]) <= Number(b[1])
}

export function setRequired(schema: JsonObject, path: FieldPath, required: boolean): JsonObject {
  return changeField(schema, path, (field) => ({ ...field, required }))
}

export function setDoc(schema: JsonObject, path: FieldPath, doc: string | null): JsonObject {
  return changeField(schema, path, (field) => {
    const rest = Object.fromEntries(Object.entries(field).filter(([key]) => key !== 'doc'))
    return doc === null ? rest : { ...rest, doc }
  })
}

/** The id of the field at `path`; 42703 when there is none. */
export function fieldIdOf(schema: JsonObject, path: FieldPath): number {
  let id: number | undefined
  changeField(schema, path, (field) => {
    id = field['id'] as number
    return field
  })
  return id!
}

function changeField(schema: JsonObject, path: FieldPath, change: (field: JsonObject) => JsonObject): JsonObject {
  return changeStruct(schema, path, (fields) => {
    if (!fields.some((one) => one['name'] === path.at(-1))) throw noField(path)
    return fields.map((one) => (one['name'] === path.at(-1) ? change(one) : one))
  })
}

/** Changes the fields of the struct around the last name of `path`. */
function changeStruct(struct: JsonObject, path: FieldPath, change: ChangeFields, depth = 0): JsonObject {
  const fields = struct['fields'] as readonly JsonObject[]
  if (depth === path.length - 1) return { ...struct, fields: change(fields) }
  const name = path[depth]!
  if (!fields.some((one) => one['name'] === name)) throw noField(path.slice(0, depth + 1))
  return {
    ...struct,
    fields: fields.map((one) =>
      one['name'] === name ? { ...one, type: changeType(one['type']!, path, change, depth + 1) } : one,
    ),
  }
}

/** Steps into lists and maps by `element`, `key` and `value`, where structs lie in them. */
function changeType(type: JsonValue, path: FieldPath, change: ChangeFields, depth: number): JsonValue {
  if (isJsonObject(type)) {
    if (type['type'] === 'struct') return changeStruct(type, path, change, depth)
    const part = path[depth]!
    const isPart = type['type'] === 'list' ? part === 'element' : part === 'value'
    if (isPart && depth < path.length - 1) return { ...type, [part]: changeType(type[part]!, path, change, depth + 1) }
  }
  throw noField(path.slice(0, depth + 1))
}

function noField(path: FieldPath): SqlError {
  return new SqlError('42703', `column "${path.join('.')}" does not exist`)
}
