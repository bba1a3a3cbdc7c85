/** The relations of the system as tables whose rows are made for a statement. */
import type { DataType, Field } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { createMemoryTable } from '../../table/memory/memory-table.ts'
import type { Table } from '../../table/table.ts'
import { OID, systemShapes, type SystemRelationShape } from './relation-columns.ts'
import { functionRows } from './rows/function-rows.ts'
import { informationRows } from './rows/information-rows.ts'
import { relationRows } from './rows/relation-rows.ts'
import type { RowBuilders, SystemRow } from './rows/row-builder.ts'
import { serverRows } from './rows/server-rows.ts'
import { typeRows } from './rows/type-rows.ts'
import type { SystemSnapshot } from './system-snapshot.ts'

/** The number of the relation that a row is of. */
const TABLE_OID: Field = { name: 'tableoid', type: OID, nullable: false }

/** Relations that are not here are empty: they are of what a lake has none of. */
const PG_CATALOG_ROWS: RowBuilders = { ...relationRows, ...typeRows, ...functionRows, ...serverRows }

/** The relation of a name with or without its schema; undefined when PostgreSQL has none of that name. */
export function systemShape(parts: readonly string[]): SystemRelationShape | undefined {
  const [name = '', schema = 'pg_catalog'] = parts.toReversed()
  return systemShapes().get(`${schema}.${name}`)
}

export async function systemTable(shape: SystemRelationShape, snapshot: SystemSnapshot): Promise<Table> {
  const builders = shape.schema === 'pg_catalog' ? PG_CATALOG_ROWS : informationRows
  const builder = Object.hasOwn(builders, shape.name) ? builders[shape.name]! : undefined
  const rows = builder === undefined ? [] : await builder(snapshot)
  const fields = [...shape.fields, TABLE_OID]
  const all = rows.map((row): SystemRow => ({ ...row, tableoid: shape.oid }))
  const columns = fields.map(({ name, type }) => all.map((row) => valueOf(row, name, type)))
  const table = createMemoryTable(shape.name, { fields }, columns)
  return { ...table, schema: { fields: shape.fields }, hiddenColumns: [TABLE_OID] }
}

function valueOf(row: SystemRow, name: string, type: DataType): LiteralValue {
  const value = Object.hasOwn(row, name) ? row[name]! : null
  return literalOf(value, type)
}

/** Builders give numbers: those of 64 bits are bigints. */
function literalOf(value: LiteralValue, type: DataType): LiteralValue {
  if (Array.isArray(value) && type.kind === 'list') return value.map((one) => literalOf(one, type.element.type))
  if (typeof value === 'number' && (type.kind === 'uinteger' || type.kind === 'bigint')) return BigInt(value)
  return value
}
