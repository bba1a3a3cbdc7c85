import { SqlError, unsupported } from '../../core/errors.ts'
import { bindInsert } from '../../plan/bind/bind-insert.ts'
import type { LogicalQuery } from '../../plan/logical.ts'
import type { InsertStatement } from '../../sql/ast.ts'
import type { TableWrite } from '../../table/table.ts'
import { resolveTable } from '../names.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { bindContext, planQuery } from './plan.ts'
import { prepareQuery } from './prepare-query.ts'
import { startQuery } from './run-bound.ts'

/** INSERT INTO t [(columns)] query: the rows become visible at once, when all are written, or not at all. */
export async function runInsert(
  session: Session,
  statement: InsertStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  if (statement.overwrite) throw unsupported('INSERT OVERWRITE', { at: statement.at })
  const table = await resolveTable(session.names, statement.table.parts, null, statement.table.at)
  if (table.begin === undefined) {
    throw new SqlError('0A000', `cannot insert into "${table.name}": ${table.format} tables are read-only here`, {
      at: statement.table.at,
    })
  }
  const prepared = statement.query === null ? null : await prepareQuery(session, statement.query, options)
  const context = prepared?.context ?? bindContext(session, options)
  const query = await bindInsert({ ...statement, query: prepared?.query ?? null }, table, context)
  const rowCount = await writeQuery(session, query, () => table.begin!(session.engine), options)
  return commandResult('INSERT 0', () => session.engine.memory, rowCount)
}

/** Runs a query into a write and commits it; aborts the write on any error. Returns rows written. */
export async function writeQuery(
  session: Session,
  query: LogicalQuery,
  begin: () => Promise<TableWrite>,
  options: ExecuteOptions,
): Promise<number> {
  const planned = await planQuery(session, query)
  const write = await begin()
  try {
    for await (const batch of (await startQuery(session, planned, options)).batches) {
      try {
        await write.append(batch)
      } finally {
        batch.release()
      }
    }
    const { rowCount } = await write.commit()
    return rowCount
  } catch (error) {
    // What went wrong is the news, not what cleaning up runs into.
    await write.abort().catch(() => undefined)
    throw error
  }
}
