/**
 * The columns of an Avro data file: the fields of its record as SQL types.
 *
 * A union with null is a nullable value of its other branch; unions of several others, and types that contain themselves, are refused.
 *
 * Spec: Apache Avro 1.12, "Complex Types", "Logical Types"; Iceberg table spec, appendix A, "Avro" (field ids, maps as arrays of pairs).
 */
import {
  BIGINT,
  BOOLEAN,
  BYTEA,
  DATE,
  DOUBLE,
  type DataType,
  type Field,
  INTEGER,
  INTERVAL,
  NULL_TYPE,
  REAL,
  TIME,
  UUID,
  VARCHAR,
  decimal,
} from '../../core/types.ts'
import type { TreeNode } from '../bind-tree.ts'
import type { FileField } from '../format.ts'
import type { AvroLogical, AvroRecord, AvroType } from './schema.ts'

export interface AvroNode extends TreeNode<AvroNode> {
  readonly nullable: boolean
  /** As the file has it, with its union. */
  readonly written: AvroType
  /** The branch that is not null. */
  readonly avro: AvroType
}

/** The columns of a file of records. */
export function avroNodes(record: AvroRecord): AvroNode[] {
  return fieldsOf(record, new Set([record]))
}

/** The same as the interface between formats has it. */
export function avroField({ name, type, nullable, id, children }: AvroNode): FileField {
  return { name, type, nullable, ...(id === undefined ? {} : { id }), children: children.map(avroField) }
}

/** The record of a map's pair, where maps are arrays of pairs. */
export function pairOf(type: AvroType): AvroRecord | undefined {
  if (type.kind !== 'array' || type.isMap !== true) return undefined
  return type.items.kind === 'record' && type.items.fields.length === 2 ? type.items : undefined
}

function fieldsOf(record: AvroRecord, open: ReadonlySet<AvroRecord>): AvroNode[] {
  return record.fields.map(({ name, type, id }) => nodeOf(name, type, open, id))
}

function nodeOf(name: string, written: AvroType, open: ReadonlySet<AvroRecord>, id?: number): AvroNode {
  const branches = written.kind === 'union' ? written.branches : [written]
  const values = branches.filter(({ kind }) => kind !== 'null')
  const avro = values[0] ?? { kind: 'null' }
  const base = {
    name,
    nullable: values.length < branches.length || values.length === 0,
    written,
    avro,
    ...(id === undefined ? {} : { id }),
  }
  if (values.length > 1) return { ...base, type: VARCHAR, children: [], refusal: 'a union of several types' }
  if (avro.kind === 'record' && open.has(avro)) {
    return { ...base, type: VARCHAR, children: [], refusal: 'a type that contains itself' }
  }
  const children = childrenOf(avro, open)
  const refused = children.find(({ refusal }) => refusal !== undefined)
  const type = typeOf(avro, children)
  return { ...base, type, children, ...(refused === undefined ? {} : { refusal: refused.refusal! }) }
}

function childrenOf(avro: AvroType, open: ReadonlySet<AvroRecord>): AvroNode[] {
  switch (avro.kind) {
    case 'record':
      return fieldsOf(avro, new Set([...open, avro]))
    case 'map':
      return [nodeOf('key', { kind: 'string' }, open), nodeOf('value', avro.values, open)]
    case 'array': {
      const pair = pairOf(avro)
      if (pair === undefined || open.has(pair)) return [nodeOf('element', avro.items, open)]
      const [key, value] = pair.fields
      const inner = new Set([...open, pair])
      return [nodeOf('key', key!.type, inner, key!.id), nodeOf('value', value!.type, inner, value!.id)]
    }
    default:
      return []
  }
}

function typeOf(avro: AvroType, children: readonly AvroNode[]): DataType {
  const [first, second] = children
  switch (avro.kind) {
    case 'null':
    case 'union':
      return NULL_TYPE
    case 'boolean':
      return BOOLEAN
    case 'int':
      return logicalType(avro.logical) ?? INTEGER
    case 'long':
      return logicalType(avro.logical) ?? BIGINT
    case 'float':
      return REAL
    case 'double':
      return DOUBLE
    case 'bytes':
    case 'fixed':
      return logicalType(avro.logical) ?? BYTEA
    case 'string':
      return logicalType(avro.logical) ?? VARCHAR
    case 'enum':
      return VARCHAR
    case 'record':
      return { kind: 'struct', fields: children.map(asField) }
    case 'map':
      return { kind: 'map', key: asField(first!), value: asField(second!) }
    case 'array':
      if (second !== undefined) return { kind: 'map', key: asField(first!), value: asField(second) }
      return { kind: 'list', element: asField(first!) }
  }
}

function logicalType(logical: AvroLogical | undefined): DataType | undefined {
  switch (logical?.kind) {
    case 'decimal':
      return decimal(logical.precision, logical.scale)
    case 'timestamp':
      return { kind: 'timestamp', unit: logical.unit === 'ns' ? 'ns' : 'us', zone: logical.zone }
    case 'time':
      return TIME
    case 'uuid':
      return UUID
    case 'date':
      return DATE
    case 'duration':
      return INTERVAL
    case undefined:
      return undefined
  }
}

function asField({ name, type, nullable, id }: AvroNode): Field {
  return { name, type, nullable, ...(id === undefined ? {} : { id }) }
}
