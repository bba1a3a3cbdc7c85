/**
 * A field's default, given as JSON in the reader's schema, as a value.
 *
 * Spec: Apache Avro 1.12, "Complex Types, Records": bytes and fixed are strings whose code points 0-255 are the bytes; a union's default
 * is of any of its branches (older versions: of the first).
 */
import { DataError } from '../../core/errors.ts'
import { type JsonValue, isJsonObject } from '../../core/exact-json.ts'
import type { AvroValue } from './decoder.ts'
import { decimalFromBytes, uuidFromText } from './logical.ts'
import type { AvroType } from './schema.ts'

/** XX001 when the default is not of the type. */
export function avroDefault(type: AvroType, json: JsonValue): AvroValue {
  const value = tryDefault(type, json, 0)
  if (value === undefined) throw new DataError('XX001', `default value is not of Avro type ${type.kind}`)
  return value
}

function tryDefault(type: AvroType, json: JsonValue, depth: number): AvroValue | undefined {
  if (depth > 100) return undefined
  switch (type.kind) {
    case 'null':
      return json === null ? null : undefined
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined
    case 'int':
    case 'float':
    case 'double':
      return typeof json === 'number' || typeof json === 'bigint' ? Number(json) : undefined
    case 'long':
      if (typeof json !== 'bigint' && !Number.isInteger(json)) return undefined
      return BigInt(json as number | bigint)
    case 'string':
      if (typeof json !== 'string') return undefined
      return type.logical?.kind === 'uuid' ? uuidFromText(json) : json
    case 'enum':
      return typeof json === 'string' && type.symbols.includes(json) ? json : undefined
    case 'bytes':
    case 'fixed': {
      if (typeof json !== 'string') return undefined
      const bytes = Uint8Array.from(json, (unit) => unit.charCodeAt(0))
      return type.logical?.kind === 'decimal' ? decimalFromBytes(bytes) : bytes
    }
    case 'array':
      if (!Array.isArray(json)) return undefined
      return defaults((json as readonly JsonValue[]).map((item) => tryDefault(type.items, item, depth + 1)))
    case 'map': {
      if (!isJsonObject(json)) return undefined
      const entries = Object.entries(json).map(
        ([key, item]) => [key, tryDefault(type.values, item ?? null, depth + 1)] as const,
      )
      return defaults(entries.map(([, value]) => value)) && new Map(entries as [string, AvroValue][])
    }
    case 'record': {
      if (!isJsonObject(json)) return undefined
      const record = Object.create(null) as Record<string, AvroValue>
      for (const field of type.fields) {
        const own = json[field.name]
        const given = own === undefined ? field.default : own
        const value = given === undefined ? undefined : tryDefault(field.type, given, depth + 1)
        if (value === undefined) return undefined
        record[field.name] = value
      }
      return record
    }
    case 'union':
      for (const branch of type.branches) {
        const value = tryDefault(branch, json, depth + 1)
        if (value !== undefined) return value
      }
      return undefined
  }
}

function defaults(values: readonly (AvroValue | undefined)[]): AvroValue[] | undefined {
  return values.some((value) => value === undefined) ? undefined : (values as AvroValue[])
}
