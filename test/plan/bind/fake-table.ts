/** Tables of a schema only, and a context that finds them: what binder and optimizer tests need. */
import { SqlError } from '../../../src/core/errors.ts'
import { type DataType, type Field, typeName } from '../../../src/core/types.ts'
import type { LiteralExpr } from '../../../src/expr/expr.ts'
import { type BindContext, bindQuery } from '../../../src/plan/bind/bind.ts'
import { resolveTypeName } from '../../../src/plan/bind/type-name.ts'
import type { LogicalQuery } from '../../../src/plan/logical.ts'
import { printLogicalQuery } from '../../../src/plan/print-logical.ts'
import type { Query, Statement } from '../../../src/sql/ast.ts'
import { parse } from '../../../src/sql/parse.ts'
import type { Table } from '../../../src/table/table.ts'

/** A table that has a schema and nothing else. */
export function fakeTable(name: string, fields: readonly Field[], hiddenColumns: readonly Field[] = []): Table {
  return {
    name,
    format: 'memory',
    schema: { fields },
    hiddenColumns,
    statistics: () => Promise.reject(new Error('no statistics')),
    scan: () => {
      throw new Error('no rows')
    },
    metadataTables: () => [],
  }
}

export function field(name: string, type: DataType, nullable = true): Field {
  return { name, type, nullable }
}

/** Tables of `CREATE TABLE t (a integer NOT NULL, ...);` statements. */
export function tablesOf(ddl: string): Map<string, Table> {
  const tables = new Map<string, Table>()
  for (const statement of parse(ddl)) {
    if (statement.kind !== 'create-table') throw new Error(`not a CREATE TABLE: ${statement.kind}`)
    const name = statement.name.parts.at(-1)!.name
    const fields = statement.columns.map((column) =>
      field(column.name.name, resolveTypeName(column.type!), !column.notNull),
    )
    tables.set(name, fakeTable(name, fields))
  }
  return tables
}

export function contextOf(tables: ReadonlyMap<string, Table>, parameters: readonly LiteralExpr[] = []): BindContext {
  return {
    resolveTable: async (parts, _travel, at) => {
      const name = parts.at(-1)!.name
      const table = tables.get(name)
      if (table === undefined) throw new SqlError('42P01', `relation "${name}" does not exist`, { at })
      return table
    },
    parameters,
    session: { nowMicros: 1_700_000_000_000_000n, timeZone: 'UTC' },
  }
}

/** The one query of `sql`. */
export function queryOf(sql: string): Query {
  const statements: readonly Statement[] = parse(sql)
  const [statement] = statements
  if (statements.length !== 1 || statement?.kind !== 'query') throw new Error(`not one query: ${sql}`)
  return statement.query
}

export function bindText(sql: string, context: BindContext): Promise<LogicalQuery> {
  return bindQuery(queryOf(sql), context)
}

/** The bound plan as text. */
export async function planText(sql: string, context: BindContext): Promise<string> {
  return printLogicalQuery(await bindText(sql, context))
}

/** The output as `name type, ...`. */
export async function outputText(sql: string, context: BindContext): Promise<string> {
  const { output } = await bindText(sql, context)
  return output.map(({ name, type }) => `${name} ${typeName(type)}`).join(', ')
}
