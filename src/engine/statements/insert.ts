import { SqlError, unsupported } from '../../core/errors.ts'
import { bindDelete } from '../../plan/bind/bind-change.ts'
import { bindInsert } from '../../plan/bind/bind-insert.ts'
import type { BindContext } from '../../plan/bind/context.ts'
import type { ChangeQuery } from '../../plan/bind/change-target.ts'
import type { LogicalQuery } from '../../plan/logical.ts'
import type { DeleteStatement, InsertStatement } from '../../sql/ast.ts'
import type { RowChange, Table, TableWrite } from '../../table/table.ts'
import { locateTable } from '../names.ts'
import type { StatementResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { RowChanger } from './change-rows.ts'
import { assertNoView, beginChange, planChange, readingFrom, removeRows } from './change-table.ts'
import { changedResult } from './changed-result.ts'
import { bindContext, planQuery } from './plan.ts'
import { prepareQuery } from './prepare-query.ts'
import { startQuery } from './run-bound.ts'

/** INSERT [OVERWRITE] INTO t [(columns)] [REPLACE WHERE ...] query: the rows become visible at once, when all are written, or not at all. */
export async function runInsert(
  session: Session,
  statement: InsertStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const { table } = await locateTable(session.names, statement.table.parts, null, statement.table.at)
  assertInsertable(table, statement)
  if (statement.onConflict !== undefined) {
    const { runOnConflict } = await import('./on-conflict.ts')
    return runOnConflict(session, { ...statement, onConflict: statement.onConflict }, table, options)
  }
  if (table.rules === undefined || table.rules.keys.length === 0) return insertInto(session, table, statement, options)
  const { withKeys } = await import('./unique-keys.ts')
  return withKeys(session, statement.table, (within) => insertInto(session, within.table, statement, options), options)
}

async function insertInto(
  session: Session,
  table: Table,
  statement: InsertStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  if (statement.overwrite || statement.replaceWhere !== null) return runReplace(session, statement, options)
  const { statement: prepared, context } = await prepareInsert(session, statement, options)
  const change = await bindInsert(prepared, table, context)
  const planned = await planQuery(session, change.query)
  const write = await table.begin!(session.engine)
  try {
    const changer = await runInto(session, { change, planned, write, table }, options)
    await write.commit()
    return changedResult(session, 'INSERT 0', changer.rowCount, { change, rows: changer.returned })
  } catch (error) {
    // What went wrong is the news, not what cleaning up runs into.
    await write.abort().catch(() => undefined)
    throw error
  }
}

/** OVERWRITE replaces all rows, REPLACE WHERE those that match; the query may read the table as it was. */
export async function runReplace(
  session: Session,
  statement: InsertStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const { table: name, replaceWhere, at } = statement
  if (statement.overwrite && replaceWhere !== null) throw unsupported('INSERT OVERWRITE with REPLACE WHERE', { at })
  const { table, place } = await locateTable(session.names, name.parts, null, name.at)
  const write = await beginChange(session, table, { kind: 'replace', name })
  const context = readingFrom(session, write.source, place, options)
  try {
    // The new rows first: their query reads files that are going to be removed.
    const prepared = await prepareInsert(session, statement, options, context)
    const change = await bindInsert(prepared.statement, write.source, prepared.context)
    const planned = await planQuery(session, change.query)
    const changer = await runInto(session, { change, planned, write, table }, options)
    await removeReplaced(session, { write, table, statement, context }, options)
    await write.commit()
    return changedResult(session, 'INSERT 0', changer.rowCount, { change, rows: changer.returned })
  } catch (error) {
    await write.abort().catch(() => undefined)
    throw error
  }
}

/** The statement with a query that the binder takes. */
async function prepareInsert(
  session: Session,
  statement: InsertStatement,
  options: ExecuteOptions,
  context: BindContext = bindContext(session, options),
): Promise<{ statement: InsertStatement; context: BindContext }> {
  if (statement.query === null) return { statement, context }
  const prepared = await prepareQuery(session, statement.query, options, context)
  return { statement: { ...statement, query: prepared.query }, context: prepared.context }
}

interface Replacement {
  readonly write: RowChange
  readonly table: Table
  readonly statement: InsertStatement
  readonly context: Parameters<typeof bindDelete>[2]
}

async function removeReplaced(
  session: Session,
  { write, table, statement, context }: Replacement,
  options: ExecuteOptions,
): Promise<void> {
  const { table: name, alias, replaceWhere: where, at } = statement
  const target = { name, alias, at }
  const gone: DeleteStatement = { kind: 'delete', with: null, table: target, using: [], where, returning: null, at }
  const change = await bindDelete(gone, write.source, context)
  const planned = await planChange(session, change, write)
  const changer = await runInto(session, { change, planned, write, table }, options)
  await removeRows(session, write, changer, options)
}

interface RunningWrite {
  readonly change: ChangeQuery
  readonly planned: Awaited<ReturnType<typeof planQuery>>
  readonly write: TableWrite
  readonly table: Table
}

async function runInto(
  session: Session,
  { change, planned, write, table }: RunningWrite,
  options: ExecuteOptions,
): Promise<RowChanger> {
  const { memory } = session.engine
  const changer = new RowChanger(change, write, { memory, repetition: 'first', fields: table.schema.fields })
  for await (const batch of (await startQuery(session, planned, options)).batches) {
    try {
      await changer.add(batch)
    } finally {
      batch.release()
    }
  }
  return changer
}

function assertInsertable(table: Table, { table: { at } }: InsertStatement): void {
  assertNoView(table, at)
  if (table.begin !== undefined) return
  throw new SqlError('0A000', `cannot insert into "${table.name}": ${table.format} tables are read-only here`, { at })
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
