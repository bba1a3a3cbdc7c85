/**
 * Types of a Paimon schema: texts such as `DECIMAL(18, 4) NOT NULL`, and objects for nested ones.
 *
 *   {"type": "ARRAY NOT NULL", "element": T}   {"type": "MAP", "key": T, "value": T}   {"type": "ROW", "fields": [{id, name, type}]}
 *
 * Spec: Apache Paimon, "Schema" and "Data Types".
 */
import { corrupt, unsupported } from '../../core/errors.ts'
import { type JsonObject, type JsonValue, isJsonObject } from '../../core/exact-json.ts'
import { type DataType, type Field, type SimpleKind, decimal } from '../../core/types.ts'

/** A type with what SQL types don't say: whether NULL is allowed. */
export interface PaimonType {
  readonly type: DataType
  readonly nullable: boolean
  /** As the schema writes it, without NOT NULL: `VARCHAR(10)`; the keyword alone of nested types. */
  readonly text: string
}

export interface PaimonField {
  readonly id: number
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
  readonly typeText: string
  readonly description: string | undefined
}

const DEPTH_MAX = 100

const SIMPLE: Readonly<Record<string, SimpleKind>> = {
  ...{ BOOLEAN: 'boolean', TINYINT: 'tinyint', SMALLINT: 'smallint', INT: 'integer', INTEGER: 'integer' },
  ...{ BIGINT: 'bigint', FLOAT: 'real', DOUBLE: 'double', DATE: 'date', TIME: 'time' },
  ...{ CHAR: 'varchar', VARCHAR: 'varchar', STRING: 'varchar' },
  ...{ BINARY: 'bytea', VARBINARY: 'bytea', BYTES: 'bytea', BLOB: 'bytea' },
  VARIANT: 'variant',
}

const TIMESTAMP = /^TIMESTAMP(?:_LTZ)?(?:\((\d+)\))?( WITH LOCAL TIME ZONE| WITHOUT TIME ZONE)?$/

/** Fractional digits beyond which timestamps have nanoseconds. */
const MICRO_DIGITS = 6

/** Errors: XX001 for what is no type, 0A000 for types that cannot be read. */
export function parsePaimonType(json: JsonValue | undefined, where: string, depth: number = 0): PaimonType {
  if (depth > DEPTH_MAX) throw corrupt(where, 'a type is nested too deeply')
  if (typeof json === 'string') return parseText(json, where)
  if (!isJsonObject(json) || typeof json['type'] !== 'string') throw corrupt(where, 'a field without a type')
  const { text, nullable } = withoutNotNull(json['type'])
  const part = (key: string): PaimonType => parsePaimonType(json[key], where, depth + 1)
  const field = (name: string, { type, nullable: isNullable }: PaimonType): Field => ({
    name,
    type,
    nullable: isNullable,
  })
  switch (text) {
    case 'ARRAY':
    case 'VECTOR':
      return { type: { kind: 'list', element: field('element', part('element')) }, nullable, text }
    case 'MULTISET': {
      const count: Field = { name: 'value', type: { kind: 'integer' }, nullable: false }
      return { type: { kind: 'map', key: field('key', part('element')), value: count }, nullable, text }
    }
    case 'MAP':
      return {
        type: { kind: 'map', key: field('key', part('key')), value: field('value', part('value')) },
        nullable,
        text,
      }
    case 'ROW': {
      const fields = fieldList(json, where).map((item) => parseField(item, where, depth + 1))
      return { type: { kind: 'struct', fields: fields.map(plainField) }, nullable, text }
    }
    default:
      return { ...parseText(text, where), nullable }
  }
}

/** The fields of a schema or a row type. */
export function parseFields(json: JsonObject, where: string): PaimonField[] {
  return fieldList(json, where).map((item) => parseField(item, where, 0))
}

/** The field as SQL sees it, its id kept. */
export function plainField({ id, name, type, nullable, description }: PaimonField): Field {
  return { id, name, type, nullable, ...(description === undefined ? {} : { comment: description }) }
}

function fieldList(json: JsonObject, where: string): readonly JsonValue[] {
  const { fields } = json
  if (!Array.isArray(fields)) throw corrupt(where, 'fields expected')
  return fields as readonly JsonValue[]
}

function parseField(json: JsonValue, where: string, depth: number): PaimonField {
  if (!isJsonObject(json) || typeof json['name'] !== 'string' || typeof json['id'] !== 'number') {
    throw corrupt(where, 'a field without a name or an id')
  }
  const { type, nullable, text } = parsePaimonType(json['type'], where, depth)
  const { description } = json
  const comment = typeof description === 'string' ? description : undefined
  return { id: json['id'], name: json['name'], type, nullable, typeText: text, description: comment }
}

function withoutNotNull(text: string): { text: string; nullable: boolean } {
  const trimmed = text.trim().replaceAll(/\s+/g, ' ')
  const match = /^(.*?) (NOT NULL|NULL)$/i.exec(trimmed)
  return { text: match?.[1] ?? trimmed, nullable: match?.[2]?.toUpperCase() !== 'NOT NULL' }
}

function parseText(json: string, where: string): PaimonType {
  const { text, nullable } = withoutNotNull(json)
  const upper = text.toUpperCase()
  const timestamp = TIMESTAMP.exec(upper)
  if (timestamp !== null) {
    const unit = Number(timestamp[1] ?? MICRO_DIGITS) > MICRO_DIGITS ? 'ns' : 'us'
    const zone = upper.startsWith('TIMESTAMP_LTZ') || timestamp[2] === ' WITH LOCAL TIME ZONE'
    return { type: { kind: 'timestamp', unit, zone }, nullable, text }
  }
  const match = /^([A-Z]+)(?:\(([\d, ]+)\))?$/.exec(upper)
  const [name, numbers] = [match?.[1] ?? '', (match?.[2] ?? '').split(',').map(Number)]
  if (name === 'DECIMAL' || name === 'NUMERIC' || name === 'DEC') {
    const [precision = 10, scale = 0] = match?.[2] === undefined ? [] : numbers
    if (!(precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision)) {
      throw corrupt(where, `malformed type "${json}"`)
    }
    return { type: decimal(precision, scale), nullable, text }
  }
  const kind = SIMPLE[name]
  if (kind === undefined) throw unsupported(`the Paimon type "${json}"`, { detail: `in "${where}"` })
  return { type: { kind }, nullable, text }
}
