/** Columns of an Avro schema, as commits record it: Avro's types as Spark reads them. */
import { corrupt, unsupported } from '../../core/errors.ts'
import { parseExactJson } from '../../core/exact-json.ts'
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
  VARCHAR,
  decimal,
} from '../../core/types.ts'
import { type AvroLogical, type AvroType, parseAvroSchema } from '../../format/avro/schema.ts'

/** Nesting of types at most: named types may contain themselves. */
const DEPTH_MAX = 100

/** The columns of a record schema given as JSON text; XX001 naming `what` when it is none. */
export function fieldsOfAvroSchema(json: string, what: string): readonly Field[] {
  const type = parseAvroSchema(parseExactJson(json, what), what)
  if (type.kind !== 'record') throw corrupt(what, 'the Avro schema of the table is no record')
  return type.fields.map((field) => fieldOfAvro(field.name, field.type, 0))
}

/** A column of an Avro type; unions with null make it nullable. */
export function fieldOfAvro(name: string, type: AvroType, depth: number = 0): Field {
  if (depth > DEPTH_MAX) throw unsupported(`column "${name}" of a type that contains itself`)
  if (type.kind !== 'union') return { name, type: dataTypeOf(name, type, depth), nullable: type.kind === 'null' }
  const branches = type.branches.filter(({ kind }) => kind !== 'null')
  const [only] = branches
  if (branches.length > 1) throw unsupported(`column "${name}" of an Avro union of several types`)
  const nullable = branches.length < type.branches.length
  return { name, type: only === undefined ? NULL_TYPE : dataTypeOf(name, only, depth), nullable }
}

function dataTypeOf(name: string, type: AvroType, depth: number): DataType {
  switch (type.kind) {
    case 'array':
      return { kind: 'list', element: fieldOfAvro('element', type.items, depth + 1) }
    case 'map':
      return {
        kind: 'map',
        key: { name: 'key', type: VARCHAR, nullable: false },
        value: fieldOfAvro('value', type.values, depth + 1),
      }
    case 'record':
      return { kind: 'struct', fields: type.fields.map((field) => fieldOfAvro(field.name, field.type, depth + 1)) }
    case 'enum':
    case 'string':
      return VARCHAR
    case 'null':
      return NULL_TYPE
    case 'boolean':
      return BOOLEAN
    case 'float':
      return REAL
    case 'double':
      return DOUBLE
    case 'union':
      throw unsupported(`column "${name}" of an Avro union in a union`)
    default:
      return scalarOf(type.kind, type.logical)
  }
}

function scalarOf(kind: 'int' | 'long' | 'bytes' | 'fixed', logical: AvroLogical | undefined): DataType {
  switch (logical?.kind) {
    case 'decimal':
      return decimal(logical.precision, logical.scale)
    case 'date':
      return DATE
    case 'time':
      return TIME
    case 'timestamp':
      return { kind: 'timestamp', unit: logical.unit === 'ns' ? 'ns' : 'us', zone: logical.zone }
    default:
      return kind === 'int' ? INTEGER : kind === 'long' ? BIGINT : BYTEA
  }
}
