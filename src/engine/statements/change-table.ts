/** DELETE, UPDATE, MERGE and TRUNCATE: rows of a table go and come, visible at once when all is done, or not at all. */
import { plainQuery } from '../../sql/make-query.ts'
import { SqlError, type TextRange } from '../../core/errors.ts'
import { bindDelete, bindUpdate } from '../../plan/bind/bind-change.ts'
import { bindMerge } from '../../plan/bind/bind-merge.ts'
import { bindQuery } from '../../plan/bind/bind.ts'
import type { ChangeQuery } from '../../plan/bind/change-target.ts'
import type { BindContext } from '../../plan/bind/context.ts'
import type { PhysicalPlan } from '../../plan/physical.ts'
import type {
  DeleteStatement,
  Identifier,
  MergeStatement,
  QualifiedName,
  Query,
  TruncateStatement,
  UpdateStatement,
} from '../../sql/ast.ts'
import type { RowChange, RowChangeKind, Table } from '../../table/table.ts'
import { type ResolvedName, locateTable } from '../names.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { RowChanger } from './change-rows.ts'
import { changedResult } from './changed-result.ts'
import { type PlannedQuery, bindContext, planQuery } from './plan.ts'
import { withViews } from './prepare-query.ts'
import { startQuery } from './run-bound.ts'

type ChangeStatement = DeleteStatement | UpdateStatement | MergeStatement

export async function runChange(
  session: Session,
  given: ChangeStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const statement = await withViews(session, given)
  const { name } = statement.table
  const located = await locateTable(session.names, name.parts, null, name.at)
  const { table } = located
  assertNoView(table, name.at)
  // Rows that only go leave no key twice.
  if (statement.kind === 'delete' || table.rules === undefined || table.rules.keys.length === 0) {
    return changeRows(session, { statement, ...located }, options)
  }
  const { withKeys } = await import('./unique-keys.ts')
  return withKeys(session, name, (within) => changeRows(session, { statement, ...within }, options), options)
}

async function changeRows(
  session: Session,
  { statement, table, place }: { readonly statement: ChangeStatement } & Awaited<ReturnType<typeof locateTable>>,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const { name } = statement.table
  const write = await beginChange(session, table, { kind: statement.kind, name })
  const context = readingFrom(session, write.source, place, options)
  try {
    const change = await bindChange(statement, write.source, context)
    const planned = await planChange(session, change, write)
    const changer = new RowChanger(change, write, {
      memory: session.engine.memory,
      repetition: statement.kind === 'merge' ? 'error' : 'first',
      fields: table.schema.fields,
    })
    for await (const batch of (await startQuery(session, planned, options)).batches) {
      try {
        await changer.add(batch)
      } finally {
        batch.release()
      }
    }
    await removeRows(session, write, changer, options)
    await write.commit()
    const rowCount = changer.rowCount + write.unreadRows
    return changedResult(session, statement.kind.toUpperCase(), rowCount, { change, rows: changer.returned })
  } catch (error) {
    // What went wrong is the news, not what cleaning up runs into.
    await write.abort().catch(() => undefined)
    throw error
  }
}

/** Plans the query; files all of whose rows it removes need not be read. */
export async function planChange(session: Session, change: ChangeQuery, write: RowChange): Promise<PlannedQuery> {
  const planned = await planQuery(session, change.query)
  if (removesWhatItReads(change, planned)) write.removeWholeFiles(change.returning !== null)
  return planned
}

/** 42809 for materialized views: their rows are what their query says. */
export function assertNoView({ name, rules }: Table, at: TextRange): void {
  if (rules?.view === undefined) return
  throw new SqlError('42809', `cannot change materialized view "${name}"`, { at })
}

/** 0A000 for tables whose rows can't be changed. */
export async function beginChange(
  session: Session,
  table: Table,
  { kind, name }: { readonly kind: RowChangeKind; readonly name: QualifiedName },
): Promise<RowChange> {
  if (table.beginChange === undefined) {
    throw new SqlError('0A000', `cannot change rows of "${table.name}": ${table.format} tables are read-only here`, {
      at: name.at,
      hint: 'Rows can be changed in Iceberg tables of the embedded catalog "sluice".',
    })
  }
  return table.beginChange(session.engine, kind)
}

/** A context in which the changed table is `source`, by whatever name. */
export function readingFrom(
  session: Session,
  source: Table,
  place: ResolvedName | undefined,
  options: ExecuteOptions,
): BindContext {
  return {
    ...bindContext(session, options),
    resolveTable: async (parts: readonly Identifier[], travel, at) => {
      const given = travel === null ? options.tables?.(parts, at) : undefined
      // Names that no SQL can write are tables of the statement itself.
      if (given !== undefined && parts[0]!.name.startsWith(' ')) return given
      const found = await locateTable(session.names, parts, travel, at)
      const isSame =
        travel === null &&
        found.place?.catalog === place?.catalog &&
        found.place?.schema === place?.schema &&
        found.place?.table === place?.table
      return isSame ? source : (given ?? found.table)
    },
  }
}

function bindChange(statement: ChangeStatement, table: Table, context: BindContext): Promise<ChangeQuery> {
  switch (statement.kind) {
    case 'delete':
      return bindDelete(statement, table, context)
    case 'update':
      return bindUpdate(statement, table, context)
    case 'merge':
      return bindMerge(statement, table, context)
  }
}

/** Whether the plan is one scan, all rows of which are deleted. */
function removesWhatItReads({ actions, hasActionColumn }: ChangeQuery, { physical }: PlannedQuery): boolean {
  if (hasActionColumn || actions[0] !== 'delete' || physical.sources.size !== 1) return false
  let plan: PhysicalPlan = physical.plan
  while (plan.kind === 'project') plan = plan.child
  return plan.kind === 'scan' && plan.limit === null
}

/** Removes the rows, and writes files anew where they are to be. */
export async function removeRows(
  session: Session,
  write: RowChange,
  changer: RowChanger,
  options: ExecuteOptions,
): Promise<void> {
  const kept = await write.remove(changer.removed)
  if (kept !== null) {
    const context: BindContext = { ...bindContext(session, options), resolveTable: async () => kept }
    const planned = await planQuery(session, await bindQuery(ALL_ROWS, context))
    for await (const batch of (await startQuery(session, planned, options)).batches) {
      try {
        await write.append(batch)
      } finally {
        batch.release()
      }
    }
  }
}

const NOWHERE = { start: 0, end: 0 }

/** `TABLE kept`. */
const ALL_ROWS: Query = plainQuery(
  { kind: 'table', name: { parts: [{ name: 'kept', quoted: true, at: NOWHERE }], at: NOWHERE }, at: NOWHERE },
  NOWHERE,
)

/** TRUNCATE t, ...: a DELETE of all rows of each, which reads none of them. */
export async function runTruncate(
  session: Session,
  { names }: TruncateStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  for (const name of names) {
    const table = { name, alias: null, at: name.at }
    await runChange(
      session,
      { kind: 'delete', with: null, table, using: [], where: null, returning: null, at: name.at },
      options,
    )
  }
  return commandResult('TRUNCATE TABLE', () => session.engine.memory)
}
