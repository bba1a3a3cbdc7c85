import { BIGINT, DATE, type DataType, INTEGER, type Schema, VARCHAR, decimal } from '../src/core/types.ts'
import type { ColumnKind } from './columns.ts'
import type { GeneratedTable } from './tables/table.ts'

const TYPES: Readonly<Record<ColumnKind, DataType>> = {
  bigint: BIGINT,
  integer: INTEGER,
  money: decimal(15, 2),
  date: DATE,
  text: VARCHAR,
}

/** The table's columns as SQL has them, with ids from 1 on. No value is NULL. */
export function schemaOf({ columns }: GeneratedTable): Schema {
  return { fields: columns.map(({ name, kind }, i) => ({ name, type: TYPES[kind], nullable: false, id: i + 1 })) }
}
