/** The relations that PostgreSQL has in every database, with their columns: read from the texts beside. */
import {
  BIGINT,
  BOOLEAN,
  BYTEA,
  type DataType,
  DOUBLE,
  type Field,
  INTEGER,
  INTERVAL,
  type ObjectName,
  REAL,
  TIMESTAMPTZ,
  VARCHAR,
  decimal,
  listOf,
} from '../../core/types.ts'
import { INFORMATION_SCHEMA } from './information-schema-columns.ts'
import { PG_CATALOG } from './pg-catalog-columns.ts'

export interface SystemRelationShape {
  readonly schema: 'pg_catalog' | 'information_schema'
  readonly name: string
  readonly oid: number
  readonly kind: 'r' | 'v'
  readonly fields: readonly Field[]
  /** `typname` of each field. */
  readonly types: readonly string[]
}

const SMALLINT: DataType = { kind: 'smallint' }

function objectType(as: ObjectName): DataType {
  return { kind: 'uinteger', as }
}

export const OID: DataType = objectType('oid')

const TYPES: Readonly<Record<string, DataType>> = {
  bool: BOOLEAN,
  bytea: BYTEA,
  float4: REAL,
  float8: DOUBLE,
  int2: SMALLINT,
  int2vector: listOf(SMALLINT),
  int4: INTEGER,
  int8: BIGINT,
  interval: INTERVAL,
  numeric: decimal(38, 0),
  oid: OID,
  oidvector: listOf(OID),
  regproc: objectType('regproc'),
  regtype: objectType('regtype'),
  timestamptz: TIMESTAMPTZ,
  xid: OID,
}

/** Types that are none here (`name`, `char`, `pg_node_tree`, `aclitem`, `inet`, `pg_lsn`) are text. */
function typeOf(name: string): DataType {
  if (name.startsWith('_')) return listOf(typeOf(name.slice(1)))
  return Object.hasOwn(TYPES, name) ? TYPES[name]! : VARCHAR
}

function readShapes(schema: SystemRelationShape['schema'], text: string): SystemRelationShape[] {
  const lines = text
    .trim()
    .replaceAll(/\n {2}/g, ' ')
    .split('\n')
  return lines.map((line) => {
    const [head = '', columns = ''] = line.split(': ')
    const [name = '', oid = '', kind = ''] = head.split(' ')
    const pairs = columns.split(', ').map((column) => column.split(' ') as [string, string])
    return {
      schema,
      name,
      oid: Number(oid),
      kind: kind === 'r' ? 'r' : 'v',
      fields: pairs.map(([column, type]) => ({ name: column, type: typeOf(type), nullable: true })),
      types: pairs.map(([, type]) => type),
    }
  })
}

let shapes: ReadonlyMap<string, SystemRelationShape> | undefined

/** By `schema.name`. */
export function systemShapes(): ReadonlyMap<string, SystemRelationShape> {
  shapes ??= new Map(
    [...readShapes('pg_catalog', PG_CATALOG), ...readShapes('information_schema', INFORMATION_SCHEMA)].map((shape) => [
      `${shape.schema}.${shape.name}`,
      shape,
    ]),
  )
  return shapes
}
