/**
 * Columns of types that a table's format has not: the table keeps their text, and says of what type it is (`TableRules.types`).
 *
 *     scan of t (doc varchar)  ->  cast to jsonb  ->  what statements see  ->  cast to varchar  ->  rows that are written
 *
 * So filters on such columns are checked row by row, and other engines see the text.
 */
import { type DataType, type Field, VARCHAR, sameType } from '../../core/types.ts'
import { type Expr, column } from '../../expr/expr.ts'
import type { Table } from '../../table/table.ts'
import type { LogicalPlan, PlanColumn } from '../logical.ts'
import type { Binder } from './binder.ts'

/** Whether columns of the type are kept as text. */
export function isKeptAsText({ kind }: DataType): boolean {
  return kind === 'json' || kind === 'jsonb' || kind === 'interval' || kind === 'bit'
}

const known = new WeakMap<Table, readonly Field[]>()

/** The table's columns as statements see them; the same objects for one table. */
export function declaredFields(table: Table): readonly Field[] {
  const types = table.rules?.types
  if (types === undefined) return table.schema.fields
  let fields = known.get(table)
  if (fields === undefined) {
    fields = table.schema.fields.map((field) => {
      const type = field.type.kind === 'varchar' ? types.get(field.name) : undefined
      return type === undefined ? field : { ...field, type }
    })
    known.set(table, fields)
  }
  return fields
}

/** The scan of a table with its columns as they are declared; the plan itself where all are what the format has. */
export function withDeclaredTypes(binder: Binder, table: Table, scan: LogicalPlan): LogicalPlan {
  const fields = declaredFields(table)
  if (fields === table.schema.fields) return scan
  const columns = scan.columns.map((from, i): PlanColumn => {
    const field = fields[i]
    if (field === undefined || sameType(field.type, from.type)) return from
    return binder.newColumn(from.name, field.type, from.nullable)
  })
  const expressions = scan.columns.map((from, i): Expr => {
    const value = column(from.id, from.type)
    return columns[i] === from ? value : { kind: 'cast', arg: value, type: columns[i]!.type, try: false }
  })
  return { kind: 'project', child: scan, expressions, columns }
}

/** A value as the table keeps it. */
export function keptValue(expr: Expr): Expr {
  return isKeptAsText(expr.type) ? { kind: 'cast', arg: expr, type: VARCHAR, try: false } : expr
}
