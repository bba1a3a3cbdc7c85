/**
 * Avro schemas: JSON to a tree of types. Named types that are referred to are the same object, so recursive schemas are cyclic.
 *
 * Spec: Apache Avro 1.12, "Schema Declaration" and "Logical Types".
 */
import { DataError } from '../../core/errors.ts'
import { type JsonObject, type JsonValue, isJsonObject } from '../../core/exact-json.ts'

type AvroPrimitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'

export type AvroType =
  | { readonly kind: AvroPrimitive; readonly logical?: AvroLogical }
  | AvroFixed
  | AvroEnum
  | {
      readonly kind: 'array'
      readonly items: AvroType
      readonly asMap?: PairSelection
      /** The logical type `map`: pairs of a map whose keys are not strings. */
      readonly isMap?: boolean
    }
  | { readonly kind: 'map'; readonly values: AvroType }
  | AvroRecord
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }

/**
 * Of a reader's array of records (key, value), the form of maps whose keys are not strings: it comes out as a Map with int keys.
 */
export interface PairSelection {
  /** Keys whose values are wanted, others are passed over; undefined: all. */
  readonly keep: ReadonlySet<number> | undefined
}

interface AvroNamed {
  /** Full name, with the namespace. */
  readonly name: string
  readonly aliases: readonly string[]
}

interface AvroFixed extends AvroNamed {
  readonly kind: 'fixed'
  readonly size: number
  readonly logical?: AvroLogical
}

interface AvroEnum extends AvroNamed {
  readonly kind: 'enum'
  readonly symbols: readonly string[]
  readonly default?: string
}

export interface AvroRecord extends AvroNamed {
  readonly kind: 'record'
  readonly fields: readonly AvroField[]
}

export interface AvroField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: AvroType
  /** As JSON; `undefined` is none, `null` is the default null. */
  readonly default?: JsonValue
  /** Iceberg's `field-id`. */
  readonly id?: number
}

export type AvroLogical =
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'timestamp'; readonly unit: 'ms' | 'us' | 'ns'; readonly zone: boolean }
  | { readonly kind: 'time'; readonly unit: 'ms' | 'us' }
  | { readonly kind: 'uuid' | 'date' | 'duration' }

/** Nesting of types at most; recursive types count once. */
const DEPTH_MAX = 100

const PRIMITIVES: ReadonlySet<string> = new Set('null boolean int long float double bytes string'.split(' '))

/** The type that `json` declares; XX001 naming `what` when it is not an Avro schema. */
export function parseAvroSchema(json: JsonValue, what: string): AvroType {
  return new SchemaParser(what).parse(json, '', 0)
}

class SchemaParser {
  readonly #what: string
  readonly #named = new Map<string, AvroType>()

  constructor(what: string) {
    this.#what = what
  }

  parse(json: JsonValue | undefined, namespace: string, depth: number): AvroType {
    if (depth > DEPTH_MAX) throw this.#error('the types are nested too deeply')
    if (typeof json === 'string') return this.#reference(json, namespace)
    if (Array.isArray(json)) return this.#union(json as readonly JsonValue[], namespace, depth)
    if (!isJsonObject(json)) throw this.#error('a type is missing')
    const type = json['type']
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(json, namespace, depth)
      case 'enum':
        return this.#enum(json, namespace)
      case 'fixed':
        return this.#fixed(json, namespace)
      case 'array':
        return {
          kind: 'array',
          items: this.parse(json['items'], namespace, depth + 1),
          ...(json['logicalType'] === 'map' ? { isMap: true } : {}),
        }
      case 'map':
        return { kind: 'map', values: this.parse(json['values'], namespace, depth + 1) }
      default:
        if (typeof type === 'string' && PRIMITIVES.has(type)) return primitive(type as AvroPrimitive, json)
        return this.parse(type, namespace, depth + 1)
    }
  }

  #reference(name: string, namespace: string): AvroType {
    if (PRIMITIVES.has(name)) return { kind: name as AvroPrimitive }
    const found = this.#named.get(fullName(name, namespace)) ?? this.#named.get(name)
    if (found === undefined) throw this.#error(`type "${name}" is not defined`)
    return found
  }

  #union(json: readonly JsonValue[], namespace: string, depth: number): AvroType {
    const branches = json.map((branch) => this.parse(branch, namespace, depth + 1))
    if (branches.length === 0) throw this.#error('a union is empty')
    if (branches.some(({ kind }) => kind === 'union')) throw this.#error('a union holds a union')
    return { kind: 'union', branches }
  }

  #record(json: JsonObject, namespace: string, depth: number): AvroType {
    const named = this.#names(json, namespace)
    const fields: AvroField[] = []
    const record: AvroRecord = { kind: 'record', ...named, fields }
    this.#define(named.name, record)
    const list = json['fields']
    if (!Array.isArray(list)) throw this.#error(`record "${named.name}" has no fields`)
    const seen = new Set<string>()
    for (const field of list as readonly JsonValue[]) {
      if (!isJsonObject(field) || typeof field['name'] !== 'string') {
        throw this.#error(`a field of record "${named.name}" has no name`)
      }
      if (seen.has(field['name'])) throw this.#error(`field "${field['name']}" occurs twice`)
      seen.add(field['name'])
      fields.push({
        name: field['name'],
        aliases: stringsOf(field['aliases']),
        type: this.parse(field['type'], namespaceOf(named.name), depth + 1),
        ...(field['default'] === undefined ? {} : { default: field['default'] }),
        ...idOf(field),
      })
    }
    // Writers give ids to all fields of a record or to none: one without would be read as missing.
    const odd = fields.some(({ id }) => id !== undefined) ? fields.find(({ id }) => id === undefined) : undefined
    if (odd !== undefined) throw this.#error(`field "${odd.name}" of record "${named.name}" alone has no "field-id"`)
    return record
  }

  #enum(json: JsonObject, namespace: string): AvroType {
    const named = this.#names(json, namespace)
    const symbols = stringsOf(json['symbols'])
    if (symbols.length === 0) throw this.#error(`enum "${named.name}" has no symbols`)
    const fallback = json['default']
    const type: AvroEnum = {
      kind: 'enum',
      ...named,
      symbols,
      ...(typeof fallback === 'string' ? { default: fallback } : {}),
    }
    this.#define(named.name, type)
    return type
  }

  #fixed(json: JsonObject, namespace: string): AvroType {
    const named = this.#names(json, namespace)
    const size = json['size']
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) {
      throw this.#error(`fixed "${named.name}" has no size`)
    }
    const logical = logicalOf(json, 'fixed', size)
    const type: AvroFixed = { kind: 'fixed', ...named, size, ...(logical ? { logical } : {}) }
    this.#define(named.name, type)
    return type
  }

  #names(json: JsonObject, namespace: string): AvroNamed {
    const { name } = json
    if (typeof name !== 'string' || name === '') throw this.#error('a named type has no name')
    const own = typeof json['namespace'] === 'string' ? json['namespace'] : namespace
    const full = fullName(name, own)
    const aliases = stringsOf(json['aliases']).map((alias) => fullName(alias, namespaceOf(full)))
    return { name: full, aliases }
  }

  #define(name: string, type: AvroType): void {
    if (this.#named.has(name)) throw this.#error(`type "${name}" is defined twice`)
    this.#named.set(name, type)
  }

  #error(problem: string): DataError {
    return new DataError('XX001', `${this.#what}: malformed Avro schema: ${problem}`)
  }
}

function primitive(kind: AvroPrimitive, json: JsonObject): AvroType {
  const logical = logicalOf(json, kind, Infinity)
  return logical ? { kind, logical } : { kind }
}

/** Spec: a reader ignores logical types that are unknown or do not fit their underlying type. */
function logicalOf(json: JsonObject, kind: string, size: number): AvroLogical | undefined {
  // Iceberg's zone: `adjust-to-utc` on timestamp-micros; plain Avro's: timestamp-* against local-timestamp-*.
  const zone = json['adjust-to-utc'] !== false
  const { logicalType } = json
  if (typeof logicalType !== 'string') return undefined
  switch (`${kind} ${logicalType}`) {
    case 'bytes decimal':
    case 'fixed decimal': {
      const { precision, scale = 0 } = json
      if (typeof precision !== 'number' || typeof scale !== 'number') return undefined
      if (precision < 1 || scale < 0 || scale > precision) return undefined
      // Values of more digits than any type here has: their bytes.
      if (precision > 38) return undefined
      return { kind: 'decimal', precision, scale }
    }
    case 'string uuid':
      return { kind: 'uuid' }
    case 'fixed uuid':
      return size === 16 ? { kind: 'uuid' } : undefined
    case 'fixed duration':
      return size === 12 ? { kind: 'duration' } : undefined
    case 'int date':
      return { kind: 'date' }
    case 'int time-millis':
      return { kind: 'time', unit: 'ms' }
    case 'long time-micros':
      return { kind: 'time', unit: 'us' }
    case 'long timestamp-millis':
      return { kind: 'timestamp', unit: 'ms', zone }
    case 'long timestamp-micros':
      return { kind: 'timestamp', unit: 'us', zone }
    case 'long timestamp-nanos':
      return { kind: 'timestamp', unit: 'ns', zone }
    case 'long local-timestamp-millis':
      return { kind: 'timestamp', unit: 'ms', zone: false }
    case 'long local-timestamp-micros':
      return { kind: 'timestamp', unit: 'us', zone: false }
    case 'long local-timestamp-nanos':
      return { kind: 'timestamp', unit: 'ns', zone: false }
    default:
      return undefined
  }
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

function namespaceOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot < 0 ? '' : name.slice(0, dot)
}

function stringsOf(json: JsonValue | undefined): string[] {
  if (!Array.isArray(json)) return []
  return (json as readonly JsonValue[]).filter((item) => typeof item === 'string')
}

function idOf(json: JsonObject): { readonly id?: number } {
  const id = json['field-id']
  return typeof id === 'number' ? { id } : {}
}
