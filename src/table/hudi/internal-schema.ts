/**
 * Schemas with ids ("schema on read"): columns keep their identity when they are renamed, dropped and added again.
 *
 * The commit's metadata holds the schema as of that commit, the newest file of `.hoodie/.schema` all schemas there were. A data file has the
 * names that were true when it was written: those of the newest schema that is not younger than the file's instant.
 *
 * Form: JSON, as Hudi's SerDeHelper writes it: `{"version_id", "fields": [{"id", "name", "optional", "type"}]}`; `version_id` is the
 * instant of the change, 0 the schema before the first change.
 */
import { corrupt, unsupported } from '../../core/errors.ts'
import { type JsonObject, type JsonValue, isJsonObject, parseExactJson } from '../../core/exact-json.ts'
import {
  BIGINT,
  BOOLEAN,
  BYTEA,
  DATE,
  DOUBLE,
  type DataType,
  type Field,
  INTEGER,
  REAL,
  TIME,
  TIMESTAMPTZ,
  VARCHAR,
  decimal,
} from '../../core/types.ts'
import type { TargetField } from '../../format/format.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { Storage } from '../../storage/storage.ts'
import { readInstants } from './timeline.ts'

export interface InternalSchema {
  /** The instant since which it holds, as a number; 0 = the beginning. */
  readonly versionId: bigint
  readonly fields: readonly InternalField[]
}

export interface InternalField {
  readonly id: number
  readonly name: string
  readonly nullable: boolean
  readonly type: InternalType
}

export type InternalType =
  | { readonly kind: 'scalar'; readonly type: DataType }
  /** list: [element]; map: [key, value]. */
  | { readonly kind: 'list' | 'map' | 'struct'; readonly children: readonly InternalField[] }

const SCHEMA_BYTES_MAX = 256 << 20
const DEPTH_MAX = 100

const SCALARS: Readonly<Record<string, DataType>> = {
  boolean: BOOLEAN,
  int: INTEGER,
  long: BIGINT,
  float: REAL,
  double: DOUBLE,
  string: VARCHAR,
  uuid: VARCHAR,
  binary: BYTEA,
  date: DATE,
  time: TIME,
  timestamp: TIMESTAMPTZ,
}

/** One schema from a commit's metadata; XX001 naming `what` when it is none. */
export function parseInternalSchema(text: string, what: string): InternalSchema {
  return schemaOf(parseExactJson(text, what), what)
}

/** All schemas that a table had, oldest first; none when it never used schema on read. */
export async function readSchemaHistory(storage: Storage, tableUrl: string): Promise<readonly InternalSchema[]> {
  const folder = joinLocation(tableUrl, '.hoodie', '.schema')
  const newest = (await readInstants(storage, folder)).findLast(({ state }) => state === 'completed')
  if (newest === undefined) return []
  const bytes = await storage.readAll(newest.url, SCHEMA_BYTES_MAX)
  const json = bytes.length === 0 ? null : parseExactJson(bytes, newest.url)
  const list = isJsonObject(json) ? json['schemas'] : undefined
  if (!Array.isArray(list)) throw corrupt(newest.url, 'no schemas in the schema history')
  const schemas = (list as readonly JsonValue[]).map((item) => schemaOf(item, newest.url))
  return schemas.sort((a, b) => (a.versionId < b.versionId ? -1 : a.versionId > b.versionId ? 1 : 0))
}

/** The schema that files written at `instant` have. */
export function schemaAt(history: readonly InternalSchema[], instant: string): InternalSchema | undefined {
  const version = BigInt(instant)
  return history.findLast(({ versionId }) => versionId <= version) ?? history[0]
}

/** The columns as SQL sees them; `id` is the schema's own. */
export function fieldsOfInternal(fields: readonly InternalField[]): readonly Field[] {
  return fields.map(({ id, name, nullable, type }) => ({ id, name, nullable, type: dataTypeOf(type) }))
}

function dataTypeOf(type: InternalType): DataType {
  switch (type.kind) {
    case 'scalar':
      return type.type
    case 'struct':
      return { kind: 'struct', fields: fieldsOfInternal(type.children) }
    case 'list': {
      const [element] = fieldsOfInternal(type.children)
      return { kind: 'list', element: element! }
    }
    case 'map': {
      const [key, value] = fieldsOfInternal(type.children)
      return { kind: 'map', key: key!, value: value! }
    }
  }
}

/** What to ask of a file written with `written` (fields of one level) for `field`, of which `wanted` is read. Fields of other ids never match. */
export function targetOfInternal(
  field: InternalField,
  wanted: DataType,
  written: readonly InternalField[],
): TargetField {
  const source = written.find(({ id }) => id === field.id)
  return {
    names: source === undefined ? [] : [source.name],
    type: wanted,
    children: childTargets(field, wanted, source),
  }
}

function childTargets(field: InternalField, wanted: DataType, source: InternalField | undefined): TargetField[] {
  if (field.type.kind === 'scalar') return []
  const inner = source === undefined || source.type.kind === 'scalar' ? [] : source.type.children
  const children = field.type.children
  switch (wanted.kind) {
    case 'struct':
      return wanted.fields.flatMap(({ name, type }) => {
        const child = children.find((other) => other.name === name)
        return child === undefined ? [] : [targetOfInternal(child, type, inner)]
      })
    case 'list':
      return [targetOfInternal(children[0]!, wanted.element.type, inner)]
    case 'map':
      return [
        targetOfInternal(children[0]!, wanted.key.type, inner),
        targetOfInternal(children[1]!, wanted.value.type, inner),
      ]
    default:
      return []
  }
}

function schemaOf(json: JsonValue, what: string): InternalSchema {
  if (!isJsonObject(json)) throw corrupt(what, 'a schema with ids is missing')
  const version = json['version_id']
  const isVersion = typeof version === 'bigint' || (typeof version === 'number' && Number.isInteger(version))
  return { versionId: isVersion ? BigInt(version) : 0n, fields: fieldsOf(json, what, 0) }
}

function fieldsOf(json: JsonObject, what: string, depth: number): InternalField[] {
  const { fields } = json
  if (depth > DEPTH_MAX) throw corrupt(what, 'the types are nested too deeply')
  if (!Array.isArray(fields)) throw corrupt(what, 'a schema with ids has no fields')
  return (fields as readonly JsonValue[]).map((field) => {
    if (!isJsonObject(field) || typeof field['name'] !== 'string' || typeof field['id'] !== 'number') {
      throw corrupt(what, 'a field has no name or id')
    }
    return {
      id: field['id'],
      name: field['name'],
      nullable: field['optional'] !== false,
      type: typeOf(field['type'], what, depth + 1),
    }
  })
}

function typeOf(json: JsonValue | undefined, what: string, depth: number): InternalType {
  if (typeof json === 'string') return { kind: 'scalar', type: scalarOf(json, what) }
  if (!isJsonObject(json)) throw corrupt(what, 'a type is missing')
  switch (json['type']) {
    case 'record':
      return { kind: 'struct', children: fieldsOf(json, what, depth) }
    case 'array':
      return { kind: 'list', children: [partOf(json, 'element', what, depth)] }
    case 'map':
      return { kind: 'map', children: [partOf(json, 'key', what, depth), partOf(json, 'value', what, depth)] }
    default:
      return typeOf(json['type'], what, depth + 1)
  }
}

function partOf(json: JsonObject, part: 'element' | 'key' | 'value', what: string, depth: number): InternalField {
  if (depth > DEPTH_MAX) throw corrupt(what, 'the types are nested too deeply')
  const id = json[`${part}_id`]
  return {
    id: typeof id === 'number' ? id : -1,
    name: part,
    nullable: part !== 'key' && json[`${part}_optional`] !== false,
    type: typeOf(json[part], what, depth + 1),
  }
}

function scalarOf(text: string, what: string): DataType {
  const known = SCALARS[text]
  if (known !== undefined) return known
  const decimals = /^decimal(?:_fixed|_bytes)?\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)/.exec(text)
  if (decimals !== null) {
    const [precision, scale] = [Number(decimals[1]), Number(decimals[2])]
    if (precision < 1 || precision > 38 || scale > precision) throw corrupt(what, `malformed type "${text}"`)
    return decimal(precision, scale)
  }
  if (/^fixed\[\d+\]/.test(text)) return BYTEA
  throw unsupported(`column type "${text}" of a Hudi schema`, { detail: `in "${what}"` })
}
