/** Materialized views: tables that keep the query that made their rows, which REFRESH computes anew. */
import type { CreateTableRequest } from '../../catalog/catalog.ts'
import { SqlError } from '../../core/errors.ts'
import type { QueryStatement, RefreshViewStatement } from '../../sql/ast.ts'
import { parse } from '../../sql/parse.ts'
import { viewProperties } from '../../table/iceberg/table-rules.ts'
import { locateTable } from '../names.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { runReplace } from './insert.ts'

/** What makes a materialized view of the table that is asked for. */
export function materializedRequest(session: Session, request: CreateTableRequest, sql: string): CreateTableRequest {
  const own = viewProperties({ sql, schema: session.currentSchema })
  return { ...request, properties: new Map([...request.properties, ...own]) }
}

/** All rows are replaced at once: readers see those before or those after. */
export async function runRefreshView(
  session: Session,
  { name, at }: RefreshViewStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const { table } = await locateTable(session.names, name.parts, null, name.at)
  const view = table.rules?.view
  if (view === undefined) throw new SqlError('42809', `"${table.name}" is not a materialized view`, { at: name.at })
  const statement = parse(view.sql)[0] as QueryStatement
  const before = session.currentSchema
  session.currentSchema = view.schema
  try {
    await runReplace(
      session,
      {
        kind: 'insert',
        table: name,
        alias: null,
        columns: null,
        query: statement.query,
        overwrite: true,
        byName: false,
        replaceWhere: null,
        returning: null,
        at,
      },
      options,
    )
  } finally {
    session.currentSchema = before
  }
  return commandResult('REFRESH MATERIALIZED VIEW', () => session.engine.memory)
}
