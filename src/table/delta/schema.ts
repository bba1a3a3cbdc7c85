/**
 * Delta's types and schemas, as the JSON of `schemaString` gives them, and the engine's types for them.
 *
 * Spec: Delta PROTOCOL.md, "Schema Serialization Format", "Column Mapping", "Type Widening".
 */
import { type DataError, corrupt, unsupported } from '../../core/errors.ts'
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
  NULL_TYPE,
  REAL,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
  VARIANT,
  decimal,
} from '../../core/types.ts'

/** `none`: files are read by the columns' names; `name`: by their physical names; `id`: by field ids. */
export type MappingMode = 'none' | 'name' | 'id'

/** A column, struct field, list element, map key or value. */
export interface DeltaField {
  /** Unique within the schema; ours, not the table's. */
  readonly id: number
  readonly name: string
  /** The name in data files, partition values and statistics. */
  readonly physicalName: string
  /** `delta.columnMapping.id`. */
  readonly mappingId: number | undefined
  readonly type: DataType
  /** Struct fields; [element]; [key, value]; nothing. */
  readonly children: readonly DeltaField[]
  readonly nullable: boolean
  /** The column or a part of it had another type before: statistics may be of that. */
  readonly isWidened: boolean
  readonly comment: string | undefined
  /** A type that the engine has not: reading the column is refused with this name. */
  readonly refusal: string | undefined
}

export interface DeltaSchema {
  readonly fields: readonly DeltaField[]
  readonly mapping: MappingMode
  /** Every field by id, nested ones too. */
  readonly byId: ReadonlyMap<number, DeltaField>
  /** Names of columns above the field and its own, as in data files. */
  readonly physicalPaths: ReadonlyMap<number, readonly string[]>
}

/** Nesting of types at most. */
const DEPTH_MAX = 100

const PRIMITIVES: ReadonlyMap<string, DataType> = new Map<string, DataType>([
  ['string', VARCHAR],
  ['long', BIGINT],
  ['integer', INTEGER],
  ['short', { kind: 'smallint' }],
  ['byte', { kind: 'tinyint' }],
  ['float', REAL],
  ['double', DOUBLE],
  ['boolean', BOOLEAN],
  ['binary', BYTEA],
  ['date', DATE],
  ['timestamp', TIMESTAMPTZ],
  ['timestamp_ntz', TIMESTAMP],
  ['void', NULL_TYPE],
  ['variant', VARIANT],
])

/** XX001 naming `file` when the text is not a schema. */
export function parseSchema(text: string, mapping: MappingMode, file: string): DeltaSchema {
  const json = parseExactJson(text, `schema in "${file}"`)
  if (!isJsonObject(json)) throw malformed(file, 'the schema is not an object')
  const parser = new SchemaParser(mapping, file)
  return { fields: parser.fields(json, [], 0), mapping, byId: parser.byId, physicalPaths: parser.physicalPaths }
}

/** The field as the engine has it. */
export function fieldOf({ name, type, nullable, id, comment }: DeltaField): Field {
  return { name, type, nullable, id, ...(comment === undefined ? {} : { comment }) }
}

/** Throws 0A000 for a column of a type that the engine has not, also deep within. */
export function assertReadable({ name, refusal, children }: DeltaField, column: string = name): void {
  if (refusal !== undefined) throw unsupported(`reading column "${column}" of Delta type ${refusal}`)
  for (const child of children) assertReadable(child, column)
}

interface ParsedType {
  readonly type: DataType
  readonly children: readonly DeltaField[]
  readonly refusal?: string
}

class SchemaParser {
  readonly byId = new Map<number, DeltaField>()
  readonly physicalPaths = new Map<number, readonly string[]>()
  readonly #mapping: MappingMode
  readonly #file: string
  #count = 0

  constructor(mapping: MappingMode, file: string) {
    this.#mapping = mapping
    this.#file = file
  }

  fields({ fields }: JsonObject, path: readonly string[], depth: number): DeltaField[] {
    if (!Array.isArray(fields)) throw malformed(this.#file, 'a struct has no fields')
    return (fields as readonly JsonValue[]).map((json) => {
      if (!isJsonObject(json) || typeof json['name'] !== 'string') throw malformed(this.#file, 'a field has no name')
      return this.#structField(json, json['name'], path, depth)
    })
  }

  #structField(json: JsonObject, name: string, path: readonly string[], depth: number): DeltaField {
    const metadata = isJsonObject(json['metadata']) ? json['metadata'] : {}
    const physical = metadata['delta.columnMapping.physicalName']
    const mappingId = metadata['delta.columnMapping.id']
    const isMapped = this.#mapping !== 'none'
    if (isMapped && typeof physical !== 'string') {
      throw malformed(this.#file, `column "${name}" has no physical name, though columns are mapped`)
    }
    if (this.#mapping === 'id' && typeof mappingId !== 'number') {
      throw malformed(this.#file, `column "${name}" has no id, though columns are mapped by id`)
    }
    const physicalName = isMapped ? (physical as string) : name
    const changes = metadata['delta.typeChanges']
    return this.#field({
      name,
      physicalName,
      mappingId: this.#mapping === 'id' ? (mappingId as number) : undefined,
      path: [...path, physicalName],
      json: json['type'],
      nullable: json['nullable'] !== false,
      isWidened: Array.isArray(changes) && changes.length > 0,
      comment: typeof metadata['comment'] === 'string' ? metadata['comment'] : undefined,
      depth,
    })
  }

  #field(parts: {
    name: string
    physicalName: string
    mappingId: number | undefined
    path: readonly string[]
    json: JsonValue | undefined
    nullable: boolean
    isWidened: boolean
    comment: string | undefined
    depth: number
  }): DeltaField {
    const { name, physicalName, mappingId, path, nullable, isWidened, comment } = parts
    const id = ++this.#count
    const { type, children, refusal } = this.#type(parts.json, path, parts.depth + 1)
    const field = { id, name, physicalName, mappingId, type, children, nullable, isWidened, comment, refusal }
    this.byId.set(id, field)
    this.physicalPaths.set(id, path)
    return field
  }

  #type(json: JsonValue | undefined, path: readonly string[], depth: number): ParsedType {
    if (depth > DEPTH_MAX) throw malformed(this.#file, 'the types are nested too deeply')
    if (typeof json === 'string') return this.#primitive(json)
    if (!isJsonObject(json)) throw malformed(this.#file, 'a type is missing')
    switch (json['type']) {
      case 'struct': {
        const children = this.fields(json, path, depth)
        return { type: { kind: 'struct', fields: children.map(fieldOf) }, children }
      }
      case 'array': {
        const element = this.#part('element', json['elementType'], json['containsNull'] !== false, path, depth)
        return { type: { kind: 'list', element: fieldOf(element) }, children: [element] }
      }
      case 'map': {
        const key = this.#part('key', json['keyType'], false, path, depth)
        const value = this.#part('value', json['valueType'], json['valueContainsNull'] !== false, path, depth)
        return { type: { kind: 'map', key: fieldOf(key), value: fieldOf(value) }, children: [key, value] }
      }
      // Some writers give primitive types as objects too.
      default:
        if (typeof json['type'] === 'string') return this.#primitive(json['type'])
        throw malformed(this.#file, 'a type has no name')
    }
  }

  #part(
    name: string,
    json: JsonValue | undefined,
    nullable: boolean,
    path: readonly string[],
    depth: number,
  ): DeltaField {
    const physicalPath = [...path, name]
    const isWidened = false
    const plain = { name, physicalName: name, mappingId: undefined, isWidened, comment: undefined }
    return this.#field({ ...plain, path: physicalPath, json, nullable, depth })
  }

  #primitive(name: string): ParsedType {
    const type = PRIMITIVES.get(name)
    if (type !== undefined) return { type, children: [] }
    const number = /^decimal(?:\(\s*(\d{1,3})\s*,\s*(-?\d{1,3})\s*\))?$/.exec(name)
    if (number !== null) {
      const [precision, scale] = [Number(number[1] ?? 10), Number(number[2] ?? 0)]
      if (precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision) {
        return { type: decimal(precision, scale), children: [] }
      }
      throw malformed(this.#file, `type ${name} is not possible`)
    }
    if (/^(?:var)?char\(\d+\)$|^string collate /i.test(name)) return { type: VARCHAR, children: [] }
    return { type: BYTEA, children: [], refusal: name }
  }
}

function malformed(file: string, problem: string): DataError {
  return corrupt(file, `malformed table schema: ${problem}`)
}
