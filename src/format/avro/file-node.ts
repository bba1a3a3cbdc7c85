/**
 * The columns of an Avro data file: the fields of its record as SQL types.
 *
 * A union with null is a nullable value of its other branch. Unions of several others are what Spark makes of them: int and long are bigint, float
 * and double are double, the rest is a struct of a field for each, member0, member1, ..., of which one is not NULL. Types that contain themselves are
 * refused.
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
  /** The branch that is not null; a union where there are several. */
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
  const avro = valueOf(values)
  const base = {
    name,
    nullable: values.length < branches.length || values.length === 0,
    written,
    avro,
    ...(id === undefined ? {} : { id }),
  }
  if (avro.kind === 'record' && open.has(avro)) {
    return { ...base, type: VARCHAR, children: [], refusal: 'a type that contains itself' }
  }
  const children = childrenOf(avro, open)
  const refused = children.find(({ refusal }) => refusal !== undefined)
  const type = typeOf(avro, children)
  return { ...base, type, children, ...(refused === undefined ? {} : { refusal: refused.refusal! }) }
}

/** What a union of `values` and maybe null is a value of. */
function valueOf(values: readonly AvroType[]): AvroType {
  const [first, second] = values
  if (first === undefined) return { kind: 'null' }
  if (second === undefined) return first
  const isPlain = values.every((value) => !('logical' in value) || value.logical === undefined)
  const kinds = new Set(values.map(({ kind }) => kind))
  if (isPlain && values.length === 2) {
    if (kinds.has('int') && kinds.has('long')) return { kind: 'long' }
    if (kinds.has('float') && kinds.has('double')) return { kind: 'double' }
  }
  return { kind: 'union', branches: values }
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
    case 'union':
      return avro.branches.map((branch, i) => ({ ...nodeOf(`member${i}`, branch, open), nullable: true }))
    default:
      return []
  }
}

function typeOf(avro: AvroType, children: readonly AvroNode[]): DataType {
  const [first, second] = children
  switch (avro.kind) {
    case 'null':
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
    case 'union':
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
